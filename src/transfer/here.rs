//! A transfer's channel and connections, as the page has them.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use futures_util::Sink;
use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{
    Event, RtcDataChannel, RtcDataChannelInit, RtcPeerConnectionState, RtcSdpType,
    RtcSessionDescriptionInit,
};

use super::host::{Boxed, Facts, Host, Line, News, Plan, Tell};
use crate::channel::Channel;
use crate::connection::LANE;
use crate::message::Message;
use crate::peer::{Peer, PeerState};
use crate::sys;
use crate::task::{self, Until};
use crate::wakers::{Wakers, within};

/// So much of a transfer waits in the browser for its channel at most: control messages go behind it, and at the end it is waited for.
pub(super) const HIGH_MARK: u32 = 256 * 1024;

/// How long addresses are gathered: without a server that answers, those of the device have come long before.
const GATHERING_MS: u32 = 2000;

/// See the [module](self).
pub(super) struct Here {
    peer: Peer,
    channel: Channel,
    /// The handle that sends, and waits for room.
    talking: RefCell<Channel>,
}

impl Here {
    pub(super) fn new(peer: Peer, channel: Channel) -> Self {
        channel.set_high_mark(HIGH_MARK);
        Self {
            peer,
            talking: RefCell::new(channel.clone()),
            channel,
        }
    }
}

impl Host for Here {
    fn is_connected(&self) -> bool {
        self.channel.is_open() && self.peer.state() == PeerState::Connected
    }

    fn is_closed(&self) -> bool {
        self.channel.close_reason().is_some()
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut talking = self.talking.borrow_mut();
        Pin::new(&mut *talking)
            .poll_ready(cx)
            .map(|room| room.is_ok())
    }

    fn send(&self, message: &Uint8Array) -> bool {
        let message = Message::Binary(message.clone());
        let mut talking = self.talking.borrow_mut();
        talking.start_send_unchanging(&message).is_ok()
    }

    fn poll_heard(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.channel.poll_message(cx)
    }

    fn finish(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            let _ = self.channel.finish().await;
        })
    }

    fn facts(&self) -> Boxed<'_, Facts> {
        Box::pin(async {
            let stats = self.peer.stats().await.unwrap_or_default();
            Facts {
                rtt: stats.rtt,
                loss: stats.remote_loss,
            }
        })
    }

    fn line(&self, plan: Plan, tell: Tell) -> Option<Box<dyn Line>> {
        let made: Box<dyn Line> = match plan {
            Plan::Make(protocol) => {
                let connection = self.peer.current()?;
                let channel = make_channel(connection.pc(), None, &protocol)?;
                tell(News::Channel(channel));
                Box::new(Made)
            }
            Plan::Expect(protocol) => {
                let peer = self.peer.clone();
                let take = move |channel| tell(News::Channel(channel));
                peer.lanes().expect(&protocol, Rc::new(take));
                Box::new(Expected { peer, protocol })
            }
            Plan::Offer => Box::new(Wire::make(&self.peer, None, tell)?),
            Plan::Answer(sdp) => Box::new(Wire::make(&self.peer, Some(sdp), tell)?),
        };
        Some(made)
    }
}

/// `None` when the browser makes none.
fn make_channel(
    pc: &sys::PeerConnection,
    negotiated: Option<u16>,
    protocol: &str,
) -> Option<RtcDataChannel> {
    let init = RtcDataChannelInit::new();
    if let Some(id) = negotiated {
        init.set_negotiated(true);
        init.set_id(id);
    }
    init.set_ordered(false);
    init.set_protocol(protocol);
    let made = pc.try_create_data_channel(LANE, &init);
    made.inspect_err(no_line).ok()
}

/// On the peer's own connection: the channel is all there is.
struct Made;

impl Line for Made {
    fn answered(&self, _: String) {}
}

/// The same, made by the other side.
struct Expected {
    peer: Peer,
    protocol: String,
}

impl Line for Expected {
    fn answered(&self, _: String) {}
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.peer.lanes().forget(&self.protocol);
    }
}

/// A connection of its own.
struct Wire(Rc<Inner>);

struct Inner {
    pc: sys::PeerConnection,
    tell: Tell,
    answer: Cell<Option<String>>,
    wakers: Wakers,
    listeners: RefCell<Vec<EventListener>>,
    opening: RefCell<Option<Until>>,
}

impl Wire {
    /// Offers, or answers.
    fn make(peer: &Peer, offer: Option<String>, tell: Tell) -> Option<Self> {
        // The same servers, policy and certificate.
        let configuration = peer.connection()?.get_configuration();
        let pc = sys::PeerConnection::new(&configuration);
        let pc = pc.inspect_err(no_line).ok()?;
        let wire = Self(Rc::new(Inner {
            pc,
            tell,
            answer: Cell::default(),
            wakers: Wakers::default(),
            listeners: RefCell::default(),
            opening: RefCell::default(),
        }));
        let channel = make_channel(&wire.0.pc, Some(0), "")?;
        wire.0.listen();
        (wire.0.tell)(News::Channel(channel));
        let inner = Rc::downgrade(&wire.0);
        let (opening, until) = task::stoppable(async move {
            let Some(inner) = inner.upgrade() else {
                return;
            };
            if inner.connect(offer).await.is_none() {
                (inner.tell)(News::Lost);
            }
        });
        wire.0.opening.replace(Some(until));
        task::spawn(opening);
        Some(wire)
    }
}

impl Line for Wire {
    fn answered(&self, sdp: String) {
        self.0.answer.set(Some(sdp));
        self.0.wakers.wake();
    }
}

impl Drop for Wire {
    /// At once, with everything that listens or waits.
    fn drop(&mut self) {
        self.0.listeners.take();
        self.0.opening.take();
        self.0.pc.close();
    }
}

impl Inner {
    fn listen(self: &Rc<Self>) {
        let on = |event: &'static str, act: fn(&Self, &Event)| {
            let this = Rc::downgrade(self);
            EventListener::new(&self.pc, event, move |event| {
                if let Some(this) = Weak::upgrade(&this) {
                    act(&this, event);
                }
            })
        };
        self.listeners.replace(vec![
            on("icegatheringstatechange", |this, _| this.wakers.wake()),
            on("connectionstatechange", |this, _| {
                // Whether it would come back is not waited for: all that follows waits for what is on it.
                let silent = [
                    RtcPeerConnectionState::Disconnected,
                    RtcPeerConnectionState::Failed,
                ];
                if silent.contains(&this.pc.connection_state()) {
                    (this.tell)(News::Lost);
                }
            }),
        ]);
    }

    /// `None` when it comes to nothing.
    async fn connect(&self, offer: Option<String>) -> Option<()> {
        if let Some(offer) = offer {
            self.hear(RtcSdpType::Offer, &offer).await?;
            (self.tell)(News::Description(self.describe().await?));
            return Some(());
        }
        (self.tell)(News::Description(self.describe().await?));
        let has_come = || {
            let answer = self.answer.take();
            let is_some = answer.is_some();
            self.answer.set(answer);
            is_some
        };
        self.wakers.until(has_come).await;
        self.hear(RtcSdpType::Answer, &self.answer.take()?).await
    }

    /// The local description, with the addresses that were gathered.
    async fn describe(&self) -> Option<String> {
        let set = self.pc.set_implicit_local_description();
        sys::settled(&set).await?.inspect_err(no_line).ok()?;
        let gathered = || self.pc.gathering_state() == "complete";
        let _ = within(GATHERING_MS, self.wakers.until(gathered)).await;
        Some(self.pc.local_description()?.sdp())
    }

    async fn hear(&self, kind: RtcSdpType, sdp: &str) -> Option<()> {
        let init = RtcSessionDescriptionInit::new(kind);
        init.set_sdp(sdp);
        let set = self.pc.set_remote_description(&init);
        let heard = sys::settled(&set).await?;
        heard.inspect_err(no_line).ok().map(drop)
    }
}

fn no_line(error: &JsValue) {
    tracing::debug!(error = %sys::error_name(error), "no lane");
}
