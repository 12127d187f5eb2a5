//! Who sends next: first come, first served.

use std::task::{Context, Waker};

/// Most sends that wait on one channel. A program that has more of them in flight does not wait for any.
pub(crate) const MAX_WAITING: usize = 1024;

/// The queue of sends that wait. Each has a ticket; the first in the queue is the one that may go.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    waiting: Vec<(Ticket, Option<Waker>)>,
    next: u64,
}

/// A place in the queue. Never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl Turns {
    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A place at the end; `None` when [`MAX_WAITING`] wait already.
    pub(crate) fn enter(&mut self) -> Option<Ticket> {
        if self.waiting.len() >= MAX_WAITING {
            return None;
        }
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push((ticket, None));
        Some(ticket)
    }

    /// Whether `ticket` is first.
    pub(crate) fn is_first(&self, ticket: Ticket) -> bool {
        self.waiting
            .first()
            .is_some_and(|(first, _)| *first == ticket)
    }

    /// Wakes the task of `cx` when its turn may have come.
    pub(crate) fn register(&mut self, ticket: Ticket, cx: &Context<'_>) {
        if let Some((_, waker)) = self.waiting.iter_mut().find(|(other, _)| *other == ticket) {
            *waker = Some(cx.waker().clone());
        }
    }

    /// Gives the place up: after a send, or because its future was dropped. Returns who is to be woken in consequence.
    #[must_use = "whoever has become first must be woken"]
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<Waker> {
        let first = self.is_first(ticket);
        self.waiting.retain(|(other, _)| *other != ticket);
        if first { self.first() } else { None }
    }

    /// The waker of the first in the queue.
    #[must_use = "to be woken, outside any borrow"]
    pub(crate) fn first(&mut self) -> Option<Waker> {
        self.waiting.first_mut().and_then(|(_, waker)| waker.take())
    }

    /// The wakers of all, for when the channel closes.
    #[must_use = "to be woken, outside any borrow"]
    pub(crate) fn all(&mut self) -> Vec<Waker> {
        self.waiting
            .iter_mut()
            .filter_map(|(_, waker)| waker.take())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_and_whoever_leaves_is_skipped() {
        let mut turns = Turns::default();
        let tickets: Vec<_> = (0..3).filter_map(|_| turns.enter()).collect();
        assert!(turns.is_first(tickets[0]) && !turns.is_first(tickets[1]));
        assert!(turns.leave(tickets[1]).is_none());
        assert!(turns.leave(tickets[0]).is_none(), "nobody registered");
        assert!(turns.is_first(tickets[2]));
    }

    #[test]
    fn leaving_first_hands_the_turn_to_the_next_but_leaving_later_does_not() {
        let waker = Waker::noop();
        let mut turns = Turns::default();
        let first = turns.enter().expect("room");
        let second = turns.enter().expect("room");
        let third = turns.enter().expect("room");
        turns.register(second, &Context::from_waker(waker));
        assert!(turns.leave(third).is_none());
        assert!(turns.leave(first).is_some());
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut turns = Turns::default();
        for _ in 0..MAX_WAITING {
            assert!(turns.enter().is_some());
        }
        assert!(turns.enter().is_none());
    }
}
