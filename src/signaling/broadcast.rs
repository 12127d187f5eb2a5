//! Tabs of one browser, with no server.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use handclasp_core::envelope::MAX_SEALED;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent, PageTransitionEvent};

use super::{Signaling, SignalingError, SignalingEvents, SignalingSink, Topic};

/// Finds members in other tabs and windows of the same browser, on the same origin, by a
/// [`BroadcastChannel`](https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts).
///
/// It needs no server and no network, and is up at once. A member whose tab is closed is seen to leave at once as well: the
/// page posts the will while it is being unloaded. A tab that crashes posts nothing.
#[derive(Default)]
pub struct Broadcast {
    subscription: RefCell<Weak<Subscription>>,
}

struct Subscription {
    topic: Topic,
    channel: BroadcastChannel,
    _message: EventListener,
    _pagehide: Option<EventListener>,
}

impl Broadcast {
    /// A transport for one member.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Signaling for Broadcast {
    fn name(&self) -> String {
        "tabs of this browser".into()
    }

    fn subscribe(&self, topic: &Topic, will: Vec<u8>) -> SignalingEvents {
        let (sink, events) = SignalingEvents::channel();
        // The origin's other pages may use channels too, so the name says whose it is.
        let Ok(channel) = BroadcastChannel::new(&format!("handclasp/{}", topic.as_str())) else {
            sink.down(SignalingError::Unsupported);
            return events;
        };
        sink.up();
        let subscription = Rc::new(Subscription {
            topic: topic.clone(),
            _message: EventListener::new(&channel, "message", move |event| receive(&sink, event)),
            _pagehide: post_on_pagehide(&channel, will),
            channel,
        });
        *self.subscription.borrow_mut() = Rc::downgrade(&subscription);
        events.with_guard(subscription)
    }

    fn publish(&self, topic: &Topic, bytes: &[u8]) {
        match self.subscription.borrow().upgrade() {
            Some(subscription) if subscription.topic == *topic => {
                post(&subscription.channel, bytes);
            }
            _ => tracing::debug!("dropped a signal for a topic that is not subscribed"),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.channel.close();
    }
}

fn receive(sink: &SignalingSink, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<MessageEvent>() else {
        return;
    };
    // Any script of the origin may post anything. The length is looked at before a byte is copied.
    match event.data().dyn_into::<Uint8Array>() {
        Ok(bytes) if bytes.length() as usize <= MAX_SEALED => sink.message(bytes.to_vec()),
        _ => tracing::debug!("ignored a broadcast that is not a signal"),
    }
}

/// Posts the will when the page goes away for good. A page that is kept for the back button is not gone.
fn post_on_pagehide(channel: &BroadcastChannel, will: Vec<u8>) -> Option<EventListener> {
    let window = web_sys::window()?;
    let channel = channel.clone();
    Some(EventListener::new(&window, "pagehide", move |event| {
        let kept = event
            .dyn_ref::<PageTransitionEvent>()
            .is_some_and(PageTransitionEvent::persisted);
        if !kept {
            post(&channel, &will);
        }
    }))
}

fn post(channel: &BroadcastChannel, bytes: &[u8]) {
    // A copy, because posting a view would clone the whole memory of the program that it looks into.
    if channel.post_message(&Uint8Array::from(bytes)).is_err() {
        tracing::debug!("a broadcast could not be posted");
    }
}
