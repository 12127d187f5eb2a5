//! The bounded queue between a transport and its room.

use std::any::Any;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use handclasp_core::envelope::MAX_SEALED;

use super::SignalingError;

/// How many received messages wait for the room before the oldest is dropped.
///
/// The largest honest burst is the candidates of a full room, about twenty from each member. Anything beyond is a flood,
/// which must not fill the memory of the page.
pub const MAX_QUEUED_MESSAGES: usize = 256;

/// What a transport tells its room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalingEvent {
    /// Subscribed, for the first time or again. What was published in between is lost.
    Up,
    /// A message arrived. Anyone may have written it.
    Message(Vec<u8>),
    /// Not subscribed now. The transport tries again unless the reason [is permanent](SignalingError::is_permanent).
    ///
    /// Reported when an outage begins and whenever its reason changes, not for every attempt.
    Down(SignalingError),
}

/// The events of one subscription: a stream that does not end by itself.
///
/// Dropping it ends the subscription in good order.
///
/// # Cancel safety
/// Dropping the future of a `next()` loses nothing.
#[must_use = "dropping the events ends the subscription"]
pub struct SignalingEvents {
    queue: Rc<RefCell<Queue>>,
    guards: Vec<Box<dyn Any>>,
}

/// The transport's end of [`SignalingEvents`]. Clones feed the same queue.
///
/// It does not keep the subscription alive: once the stream is gone, everything handed in is dropped.
#[derive(Clone)]
pub struct SignalingSink {
    queue: Weak<RefCell<Queue>>,
}

#[derive(Default)]
struct Queue {
    /// The newest `Up` or `Down` that the room has not seen. One slot is enough: only the newest is true.
    state: Option<SignalingEvent>,
    messages: VecDeque<Vec<u8>>,
    waker: Option<Waker>,
}

impl SignalingEvents {
    /// A new queue and the transport's end of it.
    pub fn channel() -> (SignalingSink, Self) {
        let queue = Rc::new(RefCell::new(Queue::default()));
        let sink = SignalingSink {
            queue: Rc::downgrade(&queue),
        };
        let events = Self {
            queue,
            guards: Vec::new(),
        };
        (sink, events)
    }

    /// Keeps `guard` (a listener, a socket, a timer) until the stream is dropped, and drops it then. Later ones go first.
    pub fn with_guard(mut self, guard: impl Any) -> Self {
        self.guards.push(Box::new(guard));
        self
    }
}

impl Stream for SignalingEvents {
    type Item = SignalingEvent;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        let mut queue = self.queue.borrow_mut();
        if let Some(state) = queue.state.take() {
            return Poll::Ready(Some(state));
        }
        if let Some(message) = queue.messages.pop_front() {
            return Poll::Ready(Some(SignalingEvent::Message(message)));
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for SignalingEvents {
    fn drop(&mut self) {
        while self.guards.pop().is_some() {}
    }
}

impl SignalingSink {
    /// Says that the path carries messages now.
    pub fn up(&self) {
        self.push(|queue| queue.state = Some(SignalingEvent::Up));
    }

    /// Says that it does not, and why.
    pub fn down(&self, reason: SignalingError) {
        self.push(|queue| queue.state = Some(SignalingEvent::Down(reason)));
    }

    /// Hands in a message that arrived. One that is empty or larger than [`MAX_SEALED`] is dropped, since no signal is; when
    /// [`MAX_QUEUED_MESSAGES`] wait already, the oldest of them is.
    pub fn message(&self, bytes: Vec<u8>) {
        if bytes.is_empty() || bytes.len() > MAX_SEALED {
            tracing::debug!(
                bytes = bytes.len(),
                "dropped a message that cannot be a signal"
            );
            return;
        }
        self.push(|queue| {
            if queue.messages.len() == MAX_QUEUED_MESSAGES {
                tracing::debug!("dropped the oldest of too many signals");
                queue.messages.pop_front();
            }
            queue.messages.push_back(bytes);
        });
    }

    /// Whether the room has dropped the stream. Nothing that is handed in arrives any more.
    pub fn is_closed(&self) -> bool {
        self.queue.strong_count() == 0
    }

    fn push(&self, change: impl FnOnce(&mut Queue)) {
        let Some(queue) = self.queue.upgrade() else {
            return;
        };
        let waker = {
            let mut queue = queue.borrow_mut();
            change(&mut queue);
            queue.waker.take()
        };
        // Outside the borrow: a waker may run the room's task at once.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::{FutureExt, StreamExt};

    use super::*;

    fn drain(events: &mut SignalingEvents) -> Vec<SignalingEvent> {
        std::iter::from_fn(|| events.next().now_or_never().flatten()).collect()
    }

    #[test]
    fn only_the_newest_state_is_kept_and_comes_before_messages() {
        let (sink, mut events) = SignalingEvents::channel();
        sink.message(vec![1]);
        sink.up();
        sink.down(SignalingError::Lost);
        assert_eq!(
            drain(&mut events),
            [
                SignalingEvent::Down(SignalingError::Lost),
                SignalingEvent::Message(vec![1])
            ]
        );
    }

    #[test]
    fn a_flood_drops_the_oldest_messages() {
        let (sink, mut events) = SignalingEvents::channel();
        for number in 0..=MAX_QUEUED_MESSAGES {
            sink.message((number as u32).to_be_bytes().to_vec());
        }
        let drained = drain(&mut events);
        assert_eq!(drained.len(), MAX_QUEUED_MESSAGES);
        assert_eq!(
            drained[0],
            SignalingEvent::Message(1_u32.to_be_bytes().to_vec())
        );
    }

    #[test]
    fn what_cannot_be_a_signal_is_dropped() {
        let (sink, mut events) = SignalingEvents::channel();
        sink.message(Vec::new());
        sink.message(vec![0; MAX_SEALED + 1]);
        sink.message(vec![0; MAX_SEALED]);
        assert_eq!(
            drain(&mut events),
            [SignalingEvent::Message(vec![0; MAX_SEALED])]
        );
    }

    #[test]
    fn dropping_the_stream_drops_guards_last_first_and_closes_the_sink() {
        struct Guard(Rc<Cell<u32>>, u32);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.set(self.0.get() * 10 + self.1);
            }
        }
        let order = Rc::new(Cell::new(0));
        let (sink, events) = SignalingEvents::channel();
        let events = events
            .with_guard(Guard(order.clone(), 1))
            .with_guard(Guard(order.clone(), 2));
        assert!(!sink.is_closed());
        drop(events);
        assert_eq!(order.get(), 21);
        assert!(sink.is_closed());
        sink.message(vec![1]);
    }
}
