//! What a transfer needs of the world: the channel that it comes over, and connections for its lanes.
//!
//! A transfer runs in the page or in a worker. Its channel and all connections are the page's in either case, where browsers keep them; a worker reaches them
//! by [messages](super::worker).

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use js_sys::Uint8Array;
use web_sys::RtcDataChannel;

use crate::message::Message;

pub(super) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// See the [module](self).
pub(super) trait Host {
    /// Whether messages go out now.
    fn is_connected(&self) -> bool;

    /// Whether the channel is closed for good.
    fn is_closed(&self) -> bool;

    /// Ready when the channel takes a message, with `false` when it never will again.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<bool>;

    /// Sends a message that nobody will change; `false` when it did not go.
    fn send(&self, message: &Uint8Array) -> bool;

    /// The next message; `None` when the channel is closed and all has been read.
    fn poll_heard(&self, cx: &mut Context<'_>) -> Poll<Option<Message>>;

    /// Closes the channel once the peer has everything, or soon.
    fn finish(&self) -> Boxed<'_, ()>;

    /// How the peer's connection goes.
    fn facts(&self) -> Boxed<'_, Facts>;

    /// Makes what a lane is on, which lasts until it is dropped; `None` when it cannot be had. `tell` may be called before this comes back.
    fn line(&self, plan: Plan, tell: Tell) -> Option<Box<dyn Line>>;
}

/// How a connection goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    pub(super) rtt: Option<Duration>,
    /// The share of a call's packets that do not arrive, if there is a call.
    pub(super) loss: Option<f64>,
}

/// What a lane is to be on.
pub(super) enum Plan {
    /// A channel of this protocol on the peer's own connection.
    Make(String),
    /// One that the peer is about to make.
    Expect(String),
    /// A connection of its own, which this side offers.
    Offer,
    /// A connection of its own, which the peer offers with this description.
    Answer(String),
}

/// What became of it.
pub(super) enum News {
    /// The lane's channel. Whatever is done with it is done at once: the browser's first event may be next.
    Channel(RtcDataChannel),
    /// This side's description, for the peer.
    Description(String),
    /// It is of no use any more.
    Lost,
}

/// Whom to tell.
pub(super) type Tell = Rc<dyn Fn(News)>;

/// What a lane is on.
pub(super) trait Line {
    /// The peer's answer.
    fn answered(&self, sdp: String);
}
