//! Messages arrive exactly once and in order, however often connections break.

use std::collections::VecDeque;

use handclasp_core::flow::{
    Count, CountError, Kept, Load, MAX_KEPT_BYTES, MAX_KEPT_MESSAGES, TELL_BYTES,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// What may happen at any point.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(usize),
    Deliver,
    DeliverCount,
    Break,
}

/// One direction of a channel: data one way, counts the other, both lost when the connection breaks.
#[derive(Default)]
struct Pair {
    kept: Kept<u64>,
    count: Count,
    sent: u64,
    data: VecDeque<(u64, usize)>,
    counts: VecDeque<(u64, Load)>,
    /// The sender waits for the first count of a new connection.
    waiting: bool,
    arrived: Vec<u64>,
}

impl Pair {
    fn step(&mut self, step: Step) {
        match step {
            Step::Send(bytes) => {
                if !self.waiting && self.kept.has_room() {
                    self.kept.push(self.sent, Load::one(bytes));
                    self.data.push_back((self.sent, bytes));
                    self.sent += 1;
                }
            }
            Step::Deliver => {
                if let Some((number, bytes)) = self.data.pop_front() {
                    self.arrived.push(number);
                    self.count.received(Load::one(bytes));
                    if self.count.read(Load::one(bytes)) {
                        self.counts.push_back(self.count.tell());
                    }
                }
            }
            Step::DeliverCount => {
                if let Some((count, unread)) = self.counts.pop_front() {
                    self.kept.counted(count, unread).expect("an honest count");
                    if std::mem::take(&mut self.waiting) {
                        let again = self.kept.again();
                        self.data.extend(again.map(|&number| (number, 1000)));
                    }
                }
            }
            Step::Break => {
                self.data.clear();
                self.counts.clear();
                self.counts.push_back(self.count.tell());
                self.waiting = true;
            }
        }
    }
}

/// All interleavings of a few steps, and what must hold after each.
#[test]
fn every_short_story_ends_well() {
    const STEPS: [Step; 4] = [
        Step::Send(TELL_BYTES),
        Step::Deliver,
        Step::DeliverCount,
        Step::Break,
    ];
    for story in 0..4u32.pow(8) {
        let mut pair = Pair::default();
        for position in 0..8 {
            pair.step(STEPS[(story >> (2 * position) & 3) as usize]);
        }
        finish(&mut pair);
    }
}

/// The network settles; everything that was sent must have come.
fn finish(pair: &mut Pair) {
    pair.step(Step::Break);
    pair.step(Step::DeliverCount);
    while !pair.data.is_empty() {
        pair.step(Step::Deliver);
        pair.step(Step::DeliverCount);
    }
    let expected: Vec<u64> = (0..pair.sent).collect();
    assert_eq!(pair.arrived, expected, "exactly once, in order");
}

proptest! {
    #[test]
    fn every_long_story_too(steps in vec(prop_oneof![
        4 => (0..300_000usize).prop_map(Step::Send),
        4 => Just(Step::Deliver),
        2 => Just(Step::DeliverCount),
        1 => Just(Step::Break),
    ], 0..400)) {
        let mut pair = Pair::default();
        for step in steps {
            pair.step(step);
        }
        finish(&mut pair);
    }

    #[test]
    fn lies_change_nothing(sent in 0..50u64, counted in 0..50u64, lie in any::<u64>()) {
        let mut kept = Kept::default();
        for number in 0..sent {
            kept.push(number, Load::one(1));
        }
        let counted = counted.min(sent);
        prop_assert_eq!(kept.counted(counted, Load::default()), Ok(()));
        let before: Vec<u64> = kept.again().copied().collect();
        let expected = if lie > sent { Err(CountError::TooMany) } else if lie < counted { Err(CountError::TooFew) } else { Ok(()) };
        prop_assert_eq!(kept.counted(lie, Load::default()), expected);
        if expected.is_err() {
            prop_assert_eq!(kept.again().copied().collect::<Vec<_>>(), before);
        }
    }
}

#[test]
fn a_receiver_that_reads_never_makes_a_sender_wait_for_ever() {
    for bytes in [0, 1, 1000, TELL_BYTES, MAX_KEPT_BYTES] {
        let mut pair = Pair::default();
        for _ in 0..3 * MAX_KEPT_MESSAGES {
            assert!(pair.kept.has_room(), "{bytes} bytes each");
            pair.step(Step::Send(bytes));
            pair.step(Step::Deliver);
            pair.step(Step::DeliverCount);
        }
    }
}

#[test]
fn a_sender_whose_receiver_is_silent_stops_at_the_bound() {
    let mut pair = Pair::default();
    for _ in 0..2 * MAX_KEPT_MESSAGES {
        pair.step(Step::Send(10));
    }
    assert_eq!(pair.sent, MAX_KEPT_MESSAGES as u64);
    let mut pair = Pair::default();
    for _ in 0..100 {
        pair.step(Step::Send(MAX_KEPT_BYTES / 10 + 1));
    }
    assert_eq!(pair.sent, 10);
}
