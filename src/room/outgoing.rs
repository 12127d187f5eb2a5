//! The bounded queue of what a room has to say.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::wakers::Wakers;

/// Most signals that wait to be sealed. A full room's worth of offers and candidates; what is beyond is repeated by the mesh.
pub(super) const MAX_OUTGOING: usize = 256;

/// The end that is written to. Dropping it ends the queue, once everything in it has been read.
pub(super) struct Outgoing(Rc<Queue>);

/// The end that is read.
pub(super) struct ToSeal(Rc<Queue>);

#[derive(Default)]
struct Queue {
    waiting: RefCell<VecDeque<Vec<u8>>>,
    closed: Cell<bool>,
    wakers: Wakers,
}

/// A new queue.
pub(super) fn queue() -> (Outgoing, ToSeal) {
    let queue = Rc::<Queue>::default();
    (Outgoing(Rc::clone(&queue)), ToSeal(queue))
}

impl Outgoing {
    /// Adds a signal, unless [`MAX_OUTGOING`] wait already.
    pub(super) fn push(&self, plaintext: Vec<u8>) {
        let mut waiting = self.0.waiting.borrow_mut();
        if waiting.len() >= MAX_OUTGOING {
            tracing::debug!("dropped a signal: too many wait to be sealed");
            return;
        }
        waiting.push_back(plaintext);
        drop(waiting);
        self.0.wakers.wake();
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.0.closed.set(true);
        self.0.wakers.wake();
    }
}

impl ToSeal {
    /// The next signal; `None` at the end.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&self) -> Option<Vec<u8>> {
        poll_fn(|cx| {
            let next = self.0.waiting.borrow_mut().pop_front();
            if next.is_some() || self.0.closed.get() {
                return Poll::Ready(next);
            }
            self.0.wakers.register(cx);
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn what_is_beyond_the_bound_is_dropped_and_the_rest_outlives_the_end() {
        let (outgoing, to_seal) = queue();
        assert_eq!(to_seal.next().now_or_never(), None);
        for number in 0..=MAX_OUTGOING {
            outgoing.push(vec![number as u8]);
        }
        drop(outgoing);
        for number in 0..MAX_OUTGOING {
            assert_eq!(
                to_seal.next().now_or_never(),
                Some(Some(vec![number as u8]))
            );
        }
        assert_eq!(to_seal.next().now_or_never(), Some(None));
    }
}
