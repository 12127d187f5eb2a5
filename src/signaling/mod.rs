//! How members find each other: publish and subscribe of opaque bytes, over any path.
//!
//! A transport is dumb and untrusted. All trust, order and addressing live in the sealed
//! [envelope](handclasp_core::envelope) above it, so a transport can lose a call but never open it. Two come with the crate:
//!
//! - [`Broadcast`]: the tabs of one browser, with no server at all;
//! - [`Mqtt`]: any MQTT broker that speaks WebSocket.
//!
//! # Writing a transport
//!
//! Implement [`Signaling`]. Its two verbs have these duties:
//!
//! 1. **`subscribe` answers at once** and sets up behind the returned stream. It is called once for each room and visit.
//! 2. **Say [`Up`](SignalingEvent::Up)** as soon as what others publish from now on will arrive, and again after every
//!    interruption, because the room then announces itself afresh.
//! 3. **Say [`Down`](SignalingEvent::Down)** when that stops being so, with the reason, and keep trying. Where the reason
//!    [is permanent](SignalingError::is_permanent) the transport may give up.
//! 4. **Carry messages whole or not at all**, up to [`MAX_SEALED`] bytes. To lose, repeat, reorder or even forge them is
//!    allowed. To hand members their own messages back is allowed too.
//! 5. **`publish` never waits.** While the path is down it may queue a bounded number of messages or drop them: signals are
//!    repeated above.
//! 6. **Bound everything**, and never panic on what arrives.
//! 7. **Keep the will.** When the member vanishes (a crash, a closed tab, a lost network), the *path* publishes the will on
//!    the topic, if it is able to. Otherwise the will is ignored, and others notice a little later by themselves.
//! 8. **Dropping the [`SignalingEvents`] is the orderly end**: what was published before is still sent, the will is not,
//!    and every listener, timer and socket goes away.
//! 9. **[`name`](Signaling::name) is for people**: short, and free of credentials.
//!
//! ```
//! use std::cell::RefCell;
//! use std::rc::Rc;
//!
//! use handclasp::signaling::{Signaling, SignalingEvents, SignalingSink, Topic};
//!
//! /// Carries signals between members of one program.
//! #[derive(Clone, Default)]
//! struct Local(Rc<RefCell<Vec<(String, SignalingSink)>>>);
//!
//! impl Signaling for Local {
//!     fn name(&self) -> String {
//!         "local".into()
//!     }
//!
//!     fn subscribe(&self, topic: &Topic, _will: Vec<u8>) -> SignalingEvents {
//!         let (sink, events) = SignalingEvents::channel();
//!         sink.up();
//!         self.0.borrow_mut().push((topic.as_str().to_owned(), sink));
//!         events
//!     }
//!
//!     fn publish(&self, topic: &Topic, bytes: &[u8]) {
//!         self.0.borrow_mut().retain(|(_, sink)| !sink.is_closed());
//!         for (_, sink) in self.0.borrow().iter().filter(|(name, _)| name == topic.as_str()) {
//!             sink.message(bytes.to_vec());
//!         }
//!     }
//! }
//! ```

mod broadcast;
mod error;
mod events;
mod mqtt;

pub use broadcast::Broadcast;
pub use error::SignalingError;
pub use events::{MAX_QUEUED_MESSAGES, SignalingEvent, SignalingEvents, SignalingSink};
pub use handclasp_core::envelope::{MAX_SEALED, Topic};
pub use mqtt::{Mqtt, MqttUrlError};

/// A path on which members of a room find each other.
///
/// The [module](self) lists the duties of an implementation.
pub trait Signaling {
    /// What to call this path in front of people, such as `mqtt broker.example`. No credentials.
    fn name(&self) -> String;

    /// Starts to listen on `topic`.
    ///
    /// `will` is published on the topic by the path itself should this member vanish without dropping the stream. It is a
    /// sealed signal like any other.
    ///
    /// # Cancel safety
    /// Dropping the stream unsubscribes, releases everything, and withdraws the will.
    fn subscribe(&self, topic: &Topic, will: Vec<u8>) -> SignalingEvents;

    /// Sends `bytes` (at most [`MAX_SEALED`]) to everyone who listens on `topic`, at most once, without waiting.
    ///
    /// Only a topic that this transport is subscribed to can be published on; anything else may be dropped.
    fn publish(&self, topic: &Topic, bytes: &[u8]);
}

impl<S: Signaling + ?Sized> Signaling for Box<S> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn subscribe(&self, topic: &Topic, will: Vec<u8>) -> SignalingEvents {
        (**self).subscribe(topic, will)
    }

    fn publish(&self, topic: &Topic, bytes: &[u8]) {
        (**self).publish(topic, bytes);
    }
}

impl<S: Signaling + ?Sized> Signaling for std::rc::Rc<S> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn subscribe(&self, topic: &Topic, will: Vec<u8>) -> SignalingEvents {
        (**self).subscribe(topic, will)
    }

    fn publish(&self, topic: &Topic, bytes: &[u8]) {
        (**self).publish(topic, bytes);
    }
}
