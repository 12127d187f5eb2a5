//! A signaling path that the page has made itself: any object with `publish` and `subscribe`.

use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use handclasp::signaling::{
    MAX_SEALED, Signaling, SignalingError, SignalingEvents, SignalingSink, Topic,
};
use js_sys::{ArrayBuffer, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::error::Failure;
use crate::value::{Members, object, settled};

/// Most messages that the page's `publish` has promised to send and has not. What comes then is dropped, as by any path.
const MAX_PUBLISHING: u32 = 64;

/// Most characters of what the page says about a failure.
const MAX_REASON: usize = 200;

/// What a path without a name is called.
const NAME: &str = "custom";

/// How long the first wait before another attempt is at most, and the longest. As with a broker.
const FIRST_RETRY_MS: u32 = 250;
const LAST_RETRY_MS: u32 = 30_000;

#[wasm_bindgen]
extern "C" {
    /// The browser's `Uint8Array`, of parts that may lie about themselves.
    #[wasm_bindgen(js_name = Uint8Array)]
    type View;

    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(buffer: &JsValue, offset: &JsValue, length: &JsValue) -> Result<View, JsValue>;
}

/// The path that this object is. With the feature `split` this is loaded at the first use: most rooms take a path that comes with us.
///
/// # Errors
/// An object without the two functions, and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        custom,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let path = _; { path.into_inner() } -> Result<Box<dyn Signaling>, Failure>)
    )
)]
pub(crate) fn path(object: Members) -> Ready<Result<Box<dyn Signaling>, Failure>> {
    ready(Page::new(object).map(|page| {
        let path: Box<dyn Signaling> = Box::new(Custom {
            page: Rc::new(page),
            subscription: RefCell::default(),
        });
        path
    }))
}

struct Custom {
    page: Rc<Page>,
    subscription: RefCell<Weak<Subscription>>,
}

/// The page's object.
struct Page {
    object: JsValue,
    name: String,
    publish: Function,
    subscribe: Function,
}

impl Page {
    fn new(object: Members) -> Result<Self, Failure> {
        let name = object.get("name").ok().and_then(|name| name.0.as_string());
        Ok(Self {
            publish: object.get("publish")?.function("publish")?,
            subscribe: object.get("subscribe")?.function("subscribe")?,
            name: name
                .filter(|name| !name.is_empty())
                .map_or(NAME.into(), short),
            object: object.0,
        })
    }
}

impl Signaling for Custom {
    fn name(&self) -> String {
        self.page.name.clone()
    }

    fn subscribe(&self, topic: &Topic, _will: Vec<u8>) -> SignalingEvents {
        let (sink, events) = SignalingEvents::channel();
        let subscription = Rc::new_cyclic(|this| Subscription {
            page: Rc::clone(&self.page),
            topic: topic.as_str().into(),
            sink,
            callback: reaction(this, |this, bytes| {
                if let Some(bytes) = bytes_of(&bytes) {
                    this.sink.message(bytes);
                }
            }),
            status: object(&[
                (
                    "up",
                    reaction(this, |this, _| {
                        this.speaks.set(true);
                        this.is_up();
                    }),
                ),
                (
                    "down",
                    reaction(this, |this, reason| {
                        this.speaks.set(true);
                        this.is_down(&reason);
                    }),
                ),
            ]),
            speaks: Cell::new(false),
            up: Cell::new(false),
            failing: Cell::new(false),
            publishing: Cell::new(0),
            reason: RefCell::default(),
            attempts: Cell::new(0),
            timer: RefCell::default(),
            unsubscribe: RefCell::default(),
            over: Cell::new(false),
        });
        self.subscription.replace(Rc::downgrade(&subscription));
        // The page's code runs by itself, not within ours.
        let this = Rc::clone(&subscription);
        spawn_local(async move { this.attempt().await });
        events.with_guard(Guard(subscription))
    }

    fn publish(&self, topic: &Topic, bytes: &[u8]) {
        let subscription = self.subscription.borrow().upgrade();
        match subscription {
            Some(subscription) if subscription.topic == topic.as_str() => {
                subscription.publish(bytes);
            }
            _ => {}
        }
    }
}

/// Ends the subscription with the stream of its events.
struct Guard(Rc<Subscription>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.over.set(true);
        self.0.timer.take();
        if let Some(unsubscribe) = self.0.unsubscribe.take() {
            end(&unsubscribe);
        }
    }
}

struct Subscription {
    page: Rc<Page>,
    topic: String,
    sink: SignalingSink,
    /// What the page calls with what arrives.
    callback: JsValue,
    /// `{ up, down }`.
    status: JsValue,
    /// Whether the page says by `status` how it is.
    speaks: Cell<bool>,
    /// Whether messages are to be published.
    up: Cell<bool>,
    /// Whether the last of them failed.
    failing: Cell<bool>,
    publishing: Cell<u32>,
    /// Why it did not work the last time.
    reason: RefCell<Option<SignalingError>>,
    /// How often subscribing has failed.
    attempts: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
    unsubscribe: RefCell<Option<Function>>,
    over: Cell<bool>,
}

impl Subscription {
    async fn attempt(self: Rc<Self>) {
        if self.over.get() {
            return;
        }
        self.speaks.set(false);
        let (topic, page) = (self.topic.as_str().into(), &self.page);
        let answer = page
            .subscribe
            .call3(&page.object, &topic, &self.callback, &self.status);
        match settled(answer).await {
            Ok(unsubscribe) => {
                let unsubscribe = unsubscribe.dyn_into::<Function>().ok();
                if self.over.get() {
                    // Too late for the room.
                    unsubscribe.as_ref().map(end).unwrap_or_default();
                    return;
                }
                self.unsubscribe.replace(unsubscribe);
                self.attempts.set(0);
                if !self.speaks.get() {
                    self.is_up();
                }
            }
            Err(_) if self.over.get() => {}
            Err(error) => {
                self.is_down(&error);
                let attempts = self.attempts.get().saturating_add(1);
                self.attempts.set(attempts);
                let wait = retry_after(attempts, js_sys::Math::random());
                let this = Rc::downgrade(&self);
                let timer = Timeout::new(wait, move || {
                    if let Some(this) = this.upgrade() {
                        spawn_local(this.attempt());
                    }
                });
                self.timer.replace(Some(timer));
            }
        }
    }

    fn publish(self: Rc<Self>, bytes: &[u8]) {
        let publishing = self.publishing.get() + 1;
        if !self.up.get() || publishing > MAX_PUBLISHING {
            return;
        }
        self.publishing.set(publishing);
        let (topic, page) = (self.topic.as_str().into(), &self.page);
        let bytes = Uint8Array::from(bytes).into();
        let answer = page.publish.call2(&page.object, &topic, &bytes);
        spawn_local(async move {
            let outcome = settled(answer).await;
            self.publishing.set(self.publishing.get() - 1);
            match outcome {
                Ok(_) if self.failing.get() && self.up.get() => self.is_up(),
                Err(error) if !self.failing.replace(true) && self.up.get() => {
                    self.sink.down(reason(&error));
                }
                _ => {}
            }
        });
    }

    fn is_up(&self) {
        self.up.set(true);
        self.failing.set(false);
        self.sink.up();
    }

    fn is_down(&self, error: &JsValue) {
        let was_up = self.up.replace(false);
        let reason = reason(error);
        // Not for every attempt.
        let known = self.reason.replace(Some(reason.clone()));
        if was_up || known.as_ref() != Some(&reason) {
            self.sink.down(reason);
        }
    }
}

/// A function for the page, which may keep it for longer than there is anything to tell.
fn reaction(this: &Weak<Subscription>, act: fn(&Subscription, JsValue)) -> JsValue {
    let this = Weak::clone(this);
    let reaction = Closure::<dyn FnMut(JsValue)>::new(move |value| {
        if let Some(this) = this.upgrade().filter(|this| !this.over.get()) {
            act(&this, value);
        }
    });
    reaction.into_js_value()
}

/// Unsubscribes. What becomes of it nobody is there to hear.
fn end(unsubscribe: &Function) {
    let answer = unsubscribe.call0(&JsValue::UNDEFINED);
    spawn_local(async move { drop(settled(answer).await) });
}

/// The content of an `ArrayBuffer` or of a view of one; `None` for anything else, and for more than any signal has.
fn bytes_of(value: &JsValue) -> Option<Vec<u8>> {
    let view = if ArrayBuffer::is_view(value) {
        let view = Members(value.clone());
        let member = |name| view.get(name).ok().map(|member| member.0);
        View::new(
            &member("buffer")?,
            &member("byteOffset")?,
            &member("byteLength")?,
        )
    } else {
        let buffer = value.dyn_ref::<ArrayBuffer>()?;
        View::new(buffer, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    };
    let bytes = view.ok()?.unchecked_into::<Uint8Array>();
    (bytes.length() as usize <= MAX_SEALED).then(|| bytes.to_vec())
}

/// What the page says of a failure: an error's message, or a text.
fn reason(error: &JsValue) -> SignalingError {
    let message = || Members(error.clone()).text("message").ok()?;
    let text = error.as_string().or_else(message).map(short);
    SignalingError::Other(text.unwrap_or_else(|| "the page's signaling does not work".into()))
}

/// As much of it as is shown to people.
fn short(text: String) -> String {
    text.chars().take(MAX_REASON).collect()
}

/// How long to wait after so many failures, in milliseconds: twice as long each time, and not in step with others. `random` is 0 to 1.
fn retry_after(failures: u32, random: f64) -> u32 {
    let doublings = failures.saturating_sub(1).min(10);
    let most = (FIRST_RETRY_MS << doublings).min(LAST_RETRY_MS);
    most / 2 + (f64::from(most / 2) * random) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_fails_is_tried_again_ever_more_seldom() {
        assert_eq!(retry_after(1, 0.0), FIRST_RETRY_MS / 2);
        assert_eq!(retry_after(1, 1.0), FIRST_RETRY_MS);
        assert_eq!(retry_after(3, 1.0), 4 * FIRST_RETRY_MS);
        for failures in [9, 40, u32::MAX] {
            assert_eq!(retry_after(failures, 1.0), LAST_RETRY_MS);
            assert_eq!(retry_after(failures, 0.0), LAST_RETRY_MS / 2);
        }
    }

    #[test]
    fn what_the_page_says_is_cut_between_characters() {
        assert_eq!(short("ü".repeat(MAX_REASON + 1)), "ü".repeat(MAX_REASON));
        assert_eq!(short("broken".into()), "broken");
    }
}
