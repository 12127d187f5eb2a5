//! What a room tells the application.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use handclasp_core::MemberId;
use handclasp_core::link::LeaveReason;

use super::SignalingState;
use crate::channel::Channel;
use crate::peer::{Peer, PeerState};
use crate::wakers::Wakers;

/// Most events that wait for one subscriber. States merge, so that only joins, leaves and channels add up: this many say that nobody reads.
pub const MAX_EVENTS: usize = 256;

/// Something happened in a room.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RoomEvent {
    /// A signaling path changed its state.
    Signaling {
        /// The path's name.
        transport: String,
        /// Its state now.
        state: SignalingState,
    },
    /// A member is here. A connection is on its way.
    PeerJoined(Peer),
    /// How it stands with the connection to a member.
    PeerState {
        /// The member.
        peer: Peer,
        /// The state now.
        state: PeerState,
    },
    /// After an interruption, everything flows again with a member. Its channels and media are the objects that they were.
    PeerResumed {
        /// The member.
        peer: Peer,
        /// How long nothing had come.
        gap: Duration,
    },
    /// A member's profile arrived or changed.
    PeerProfile(Peer),
    /// A member's list of media changed, or what is on in it.
    PeerMedia(Peer),
    /// The words for a member are there: [`Peer::words`].
    PeerWords(Peer),
    /// A member is gone. The last about it.
    PeerLeft {
        /// Who.
        id: MemberId,
        /// Why.
        reason: LeaveReason,
    },
    /// A member opened a channel to us. Dropping every copy closes it.
    Channel {
        /// The member.
        peer: Peer,
        /// The channel.
        channel: Channel,
    },
    /// A member has no room for us: the room is full.
    Refused,
    /// This subscriber did not read, and events were lost; the stream ends here. Subscribe again and look at
    /// [`Room::peers`](crate::Room::peers).
    Lagged,
}

/// The events of a room from the call of [`Room::events`](crate::Room::events) on: a stream, which ends when the room has been left.
///
/// At most [`MAX_EVENTS`] wait. States, profiles and media of one peer merge: only the newest is told. When the bound is reached
/// nonetheless, the stream says [`RoomEvent::Lagged`] and ends.
///
/// # Cancel safety
/// Dropping the future of a `next()` loses nothing.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is read"]
pub struct RoomEvents(Rc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    inner: RefCell<Inner>,
    wakers: Wakers,
}

#[derive(Debug, Default)]
struct Inner {
    /// The oldest first. A vector: few wait, and of a ring the one that is superseded would have to be cut out of its middle.
    events: Vec<RoomEvent>,
    over: bool,
}

impl Stream for RoomEvents {
    type Item = RoomEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<RoomEvent>> {
        let mut inner = self.0.inner.borrow_mut();
        if !inner.events.is_empty() {
            return Poll::Ready(Some(inner.events.remove(0)));
        }
        if inner.over {
            return Poll::Ready(None);
        }
        self.0.wakers.register(cx);
        Poll::Pending
    }
}

/// Everyone who listens to one room.
#[derive(Debug, Default)]
pub(super) struct Subscribers {
    queues: RefCell<Vec<Weak<Queue>>>,
}

impl Subscribers {
    pub(super) fn subscribe(&self, over: bool) -> RoomEvents {
        let queue = Rc::new(Queue::default());
        queue.inner.borrow_mut().over = over;
        let mut queues = self.queues.borrow_mut();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Rc::downgrade(&queue));
        RoomEvents(queue)
    }

    pub(super) fn tell(&self, event: &RoomEvent) {
        for queue in self.live() {
            queue.push(event.clone());
        }
    }

    pub(super) fn end(&self) {
        for queue in self.live() {
            queue.inner.borrow_mut().over = true;
            queue.wakers.wake();
        }
    }

    fn live(&self) -> Vec<Rc<Queue>> {
        self.queues
            .borrow()
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }
}

impl Queue {
    fn push(&self, event: RoomEvent) {
        let superseded = {
            let mut inner = self.inner.borrow_mut();
            if inner.over {
                return;
            }
            let found = inner
                .events
                .iter()
                .position(|older| is_superseded(older, &event));
            let superseded = found.map(|index| inner.events.remove(index));
            let event = if inner.events.len() < MAX_EVENTS {
                event
            } else {
                inner.over = true;
                RoomEvent::Lagged
            };
            inner.events.push(event);
            superseded
        };
        // Outside the borrow: dropping the last handle of a peer or channel may do things.
        drop(superseded);
        self.wakers.wake();
    }
}

/// Whether nobody needs to hear `older` once `newer` has been told. Never across a peer's arrival, since ids are not reused.
fn is_superseded(older: &RoomEvent, newer: &RoomEvent) -> bool {
    use RoomEvent::{PeerMedia, PeerProfile, PeerState, PeerWords, Signaling};
    match (older, newer) {
        (PeerState { peer: a, .. }, PeerState { peer: b, .. })
        | (PeerProfile(a), PeerProfile(b))
        | (PeerMedia(a), PeerMedia(b))
        | (PeerWords(a), PeerWords(b)) => a == b,
        (Signaling { transport: a, .. }, Signaling { transport: b, .. }) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    fn peer(number: u8) -> Peer {
        Peer::new(MemberId::from_bytes([number; 16]))
    }

    fn drain(events: &mut RoomEvents) -> Vec<RoomEvent> {
        std::iter::from_fn(|| events.next().now_or_never().flatten()).collect()
    }

    #[test]
    fn states_of_one_peer_merge_and_those_of_another_do_not() {
        let subscribers = Subscribers::default();
        let mut events = subscribers.subscribe(false);
        for (number, state) in [
            (1, PeerState::Connecting),
            (2, PeerState::Connecting),
            (1, PeerState::Connected),
        ] {
            subscribers.tell(&RoomEvent::PeerState {
                peer: peer(number),
                state,
            });
        }
        let told = drain(&mut events);
        assert!(matches!(
            told.as_slice(),
            [
                RoomEvent::PeerState {
                    state: PeerState::Connecting,
                    ..
                },
                RoomEvent::PeerState {
                    state: PeerState::Connected,
                    ..
                },
            ]
        ));
    }

    #[test]
    fn who_does_not_read_is_told_so_and_the_stream_ends() {
        let subscribers = Subscribers::default();
        let mut events = subscribers.subscribe(false);
        for _ in 0..2 * MAX_EVENTS {
            subscribers.tell(&RoomEvent::Refused);
        }
        let told = drain(&mut events);
        assert_eq!(told.len(), MAX_EVENTS + 1);
        assert!(matches!(told.last(), Some(RoomEvent::Lagged)));
        assert!(matches!(events.next().now_or_never(), Some(None)));
    }

    #[test]
    fn every_subscriber_hears_everything() {
        let subscribers = Subscribers::default();
        let mut first = subscribers.subscribe(false);
        let mut second = subscribers.subscribe(false);
        subscribers.tell(&RoomEvent::PeerJoined(peer(1)));
        assert_eq!((drain(&mut first).len(), drain(&mut second).len()), (1, 1));
        subscribers.end();
        assert!(matches!(first.next().now_or_never(), Some(None)));
    }
}
