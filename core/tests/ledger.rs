//! Messages arrive exactly once and in order, whenever connections break and whichever side begins anew.

use std::collections::VecDeque;

use handclasp_core::flow::Load;
use handclasp_core::ledger::{Arrival, Ledger, Mark, Tally};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A side sends a message of so many bytes, if it may.
    Send(usize, usize),
    /// What is under way to a side arrives there: the next message, or the next tally.
    Message(usize),
    Tally(usize),
    /// The connection breaks, and there is another.
    Break,
    /// A side forgets everything, and there is another connection.
    Forget(usize),
    /// A side wants to know when all that it has sent so far has come.
    Mark(usize),
}

/// In whose visit a message was sent, and the how-manieth of these to the same visit it is.
type Note = (u32, u64);

struct End {
    ledger: Ledger<(Note, usize)>,
    epoch: u32,
    sent: u64,
    /// To whom, once somebody has been heard of. What was sent before that is theirs, too.
    sends_to: Option<u32>,
    /// Under way to this end.
    messages: VecDeque<(Note, usize)>,
    tallies: VecDeque<Tally>,
    held: VecDeque<(Note, usize)>,
    arrived: Vec<Note>,
    marks: Vec<Mark>,
}

impl End {
    fn new(epoch: u32) -> Self {
        Self {
            ledger: Ledger::new(epoch, true, false),
            epoch,
            sent: 0,
            sends_to: None,
            messages: VecDeque::new(),
            tallies: VecDeque::new(),
            held: VecDeque::new(),
            arrived: Vec::new(),
            marks: Vec::new(),
        }
    }
}

struct Pair {
    ends: [End; 2],
    epochs: u32,
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self {
            ends: [End::new(1), End::new(2)],
            epochs: 2,
        };
        pair.connect();
        pair
    }

    fn connect(&mut self) {
        for end in &mut self.ends {
            end.messages.clear();
            end.tallies.clear();
            end.held.clear();
            end.ledger.connect();
        }
        for side in 0..2 {
            let tally = self.ends[side].ledger.tally();
            self.ends[1 - side].tallies.push_back(tally);
        }
    }

    fn take(&mut self, side: usize) {
        if self.ends[side].ledger.holds() {
            return;
        }
        for (note, bytes) in std::mem::take(&mut self.ends[side].held) {
            self.ends[side].arrived.push(note);
            let ledger = &mut self.ends[side].ledger;
            let tallies = [
                ledger.received(Load::one(bytes)),
                ledger.read(Load::one(bytes)),
            ];
            self.ends[1 - side]
                .tallies
                .extend(tallies.into_iter().flatten());
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Send(side, bytes) => {
                let end = &mut self.ends[side];
                if end.ledger.has_room() {
                    let message = ((end.epoch, end.sent), bytes);
                    end.sent += 1;
                    end.ledger.sent(message, Load::one(bytes));
                    self.ends[1 - side].messages.push_back(message);
                }
            }
            Step::Message(side) => {
                let end = &mut self.ends[side];
                if let Some(message) = end.messages.pop_front() {
                    end.held.push_back(message);
                }
                self.take(side);
            }
            Step::Tally(side) => {
                let Some(tally) = self.ends[side].tallies.pop_front() else {
                    return;
                };
                let end = &mut self.ends[side];
                let told = end.ledger.told(tally).expect("an honest tally");
                if end
                    .sends_to
                    .replace(tally.by)
                    .is_some_and(|former| former != tally.by)
                {
                    end.sent = 0;
                }
                self.take(side);
                if told.tell {
                    let tally = self.ends[side].ledger.tally();
                    self.ends[1 - side].tallies.push_back(tally);
                }
                if told.resume {
                    let again: Vec<_> = self.ends[side].ledger.again().copied().collect();
                    self.ends[1 - side].messages.extend(again);
                }
            }
            Step::Break => self.connect(),
            Step::Mark(side) => {
                let mark = self.ends[side].ledger.mark().expect("it keeps");
                let tally = self.ends[side].ledger.tally();
                self.ends[1 - side].tallies.push_back(tally);
                self.ends[side].marks.push(mark);
            }
            Step::Forget(side) => {
                self.epochs += 1;
                self.ends[side] = End::new(self.epochs);
                self.connect();
            }
        }
    }

    /// Nothing breaks any more: both sides can send, and all that was sent between those who are there has come.
    fn settle(&mut self) {
        while self
            .ends
            .iter()
            .any(|end| !end.messages.is_empty() || !end.tallies.is_empty())
        {
            for side in 0..2 {
                self.step(Step::Tally(side));
                self.step(Step::Message(side));
            }
        }
        for side in 0..2 {
            let (me, them) = (&self.ends[side], &self.ends[1 - side]);
            assert!(me.ledger.is_open(), "side {side} can send");
            assert_eq!(me.sends_to, Some(them.epoch));
            for mark in &me.marks {
                assert_ne!(me.ledger.arrival(*mark), Arrival::Awaited);
            }
            let expected: Vec<Note> = (0..me.sent).map(|number| (me.epoch, number)).collect();
            let arrived: Vec<Note> = them
                .arrived
                .iter()
                .filter(|note| note.0 == me.epoch)
                .copied()
                .collect();
            assert_eq!(
                arrived, expected,
                "exactly once, in order, to whom it was meant for"
            );
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2usize, 0..300_000usize).prop_map(|(side, bytes)| Step::Send(side, bytes)),
        6 => (0..2usize).prop_map(Step::Message),
        4 => (0..2usize).prop_map(Step::Tally),
        2 => Just(Step::Break),
        1 => (0..2usize).prop_map(Step::Forget),
        1 => (0..2usize).prop_map(Step::Mark),
    ]
}

proptest! {
    #[test]
    fn every_story_ends_well(steps in vec(step(), 0..200)) {
        let mut pair = Pair::new();
        for step in steps {
            pair.step(step);
        }
        pair.settle();
        // And it goes on.
        for side in 0..2 {
            pair.step(Step::Send(side, 1));
        }
        pair.settle();
    }

    #[test]
    fn any_tally_is_survived(
        by in any::<u32>(),
        of in any::<u32>(),
        count in any::<u64>(),
        messages in any::<u32>(),
        bytes in any::<u32>(),
        wants in any::<u64>(),
        sent in 0..5u64,
    ) {
        let mut ledger = Ledger::new(7, true, false);
        ledger.connect();
        for number in 0..sent {
            ledger.sent(number, Load::one(1));
        }
        let told = ledger.told(Tally { by, of, count, unread: Load { messages, bytes }, wants });
        let about_me = of == 7 || of == 0;
        prop_assert_eq!(told.is_err(), by == 0 || (about_me && count > sent));
    }
}

#[test]
fn a_first_connection_can_be_used_at_once_and_a_later_one_when_the_tally_has_come() {
    let mut ledger = Ledger::new(7, true, false);
    assert!(!ledger.is_open());
    ledger.connect();
    assert!(ledger.has_room());
    ledger.sent("one", Load::one(3));
    ledger.sent("two", Load::one(3));
    ledger.connect();
    assert!(!ledger.has_room());
    let told = ledger
        .told(Tally {
            by: 9,
            of: 7,
            count: 1,
            unread: Load::default(),
            wants: 0,
        })
        .expect("possible");
    assert!(told.resume && !told.tell);
    assert_eq!(ledger.again().collect::<Vec<_>>(), [&"two"]);
    assert!(ledger.has_room());
}

#[test]
fn of_a_lossy_channel_nothing_is_kept() {
    let mut ledger = Ledger::new(7, false, false);
    ledger.connect();
    ledger.sent("one", Load::one(3));
    assert!(!ledger.holds());
    assert_eq!(ledger.received(Load::one(3)), None);
    assert_eq!(ledger.mark(), None);
    assert_eq!(ledger.read(Load::one(usize::MAX)), None);
    ledger.connect();
    assert!(ledger.has_room());
    assert_eq!(ledger.again().count(), 0);
}
