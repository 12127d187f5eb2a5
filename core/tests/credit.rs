//! A receiver that does not read pauses its sender, and one that reads never leaves it waiting: everything that can happen to a few messages, in
//! every order.

use std::collections::{HashSet, VecDeque};

use handclasp_core::flow::{Load, MAX_KEPT_BYTES, TELL_BYTES};
use handclasp_core::ledger::{Arrival, Ledger, Tally};

/// How often the connection breaks in one story.
const BREAKS: u8 = 2;

/// Rules that can be taken out, each of which has to be missed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    /// The sender does not ask for room.
    IgnoreRoom,
    /// What has arrived is credited before anybody reads it.
    CreditOnArrival,
    /// Tallies do not say what is unread.
    HideUnread,
    /// Nobody tells that something was read.
    NeverTell,
    /// A new connection begins without a tally.
    BeginInSilence,
    /// What was read is counted, and not what has come.
    CountTheRead,
    /// Who asks for a tally is not told.
    HearNoQuestion,
}

#[derive(Debug, PartialEq)]
enum Violation {
    Bound,
    Order,
    Progress,
    /// The sender asked whether everything has come, and never hears.
    Arrival,
    /// A ledger refused what the other said.
    Count,
}

/// One direction of a channel. Messages are numbered.
#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    sender: Ledger<usize>,
    receiver: Ledger<usize>,
    sent: usize,
    read: usize,
    breaks: u8,
    /// Under way.
    messages: VecDeque<usize>,
    to_sender: VecDeque<Tally>,
    to_receiver: VecDeque<Tally>,
    /// At the receiver.
    held: VecDeque<usize>,
    inbox: VecDeque<usize>,
}

struct Model {
    sizes: Vec<usize>,
    bug: Option<Bug>,
}

type Step = fn(&Model, &mut World) -> Result<(), Violation>;

impl Model {
    const STEPS: [Step; 6] = [
        Self::send,
        Self::deliver,
        Self::read,
        Self::tell_sender,
        Self::tell_receiver,
        Self::break_connection,
    ];

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn begin(&self) -> World {
        let mut world = World {
            sender: Ledger::new(1, true, false),
            receiver: Ledger::new(2, true, false),
            sent: 0,
            read: 0,
            breaks: 0,
            messages: VecDeque::new(),
            to_sender: VecDeque::new(),
            to_receiver: VecDeque::new(),
            held: VecDeque::new(),
            inbox: VecDeque::new(),
        };
        self.connect(&mut world);
        world
    }

    fn connect(&self, world: &mut World) {
        world.messages.clear();
        world.to_sender.clear();
        world.to_receiver.clear();
        world.held.clear();
        world.sender.connect();
        world.receiver.connect();
        world.to_receiver.push_back(world.sender.tally());
        if !self.has(Bug::BeginInSilence) {
            let tally = world.receiver.tally();
            self.tell(world, tally);
        }
    }

    fn tell(&self, world: &mut World, mut tally: Tally) {
        if self.has(Bug::HideUnread) {
            tally.unread = Load::default();
        }
        if self.has(Bug::CountTheRead) {
            tally.count = world.read as u64;
        }
        world.to_sender.push_back(tally);
    }

    fn send(&self, world: &mut World) -> Result<(), Violation> {
        let room = world.sender.has_room() || (self.has(Bug::IgnoreRoom) && world.sender.is_open());
        if room && world.sent < self.sizes.len() {
            world
                .sender
                .sent(world.sent, Load::one(self.sizes[world.sent]));
            world.messages.push_back(world.sent);
            world.sent += 1;
        }
        Ok(())
    }

    fn deliver(&self, world: &mut World) -> Result<(), Violation> {
        world.held.extend(world.messages.pop_front());
        self.release(world);
        Ok(())
    }

    fn release(&self, world: &mut World) {
        while !world.receiver.holds()
            && let Some(message) = world.held.pop_front()
        {
            world.inbox.push_back(message);
            let awaited = world.receiver.received(Load::one(self.sizes[message]));
            if let Some(tally) = awaited.filter(|_| !self.has(Bug::HearNoQuestion)) {
                self.tell(world, tally);
            }
            if self.has(Bug::CreditOnArrival) {
                self.credit(world, message);
            }
        }
    }

    fn credit(&self, world: &mut World, message: usize) {
        let tally = world.receiver.read(Load::one(self.sizes[message]));
        if let Some(tally) = tally.filter(|_| !self.has(Bug::NeverTell)) {
            self.tell(world, tally);
        }
    }

    fn read(&self, world: &mut World) -> Result<(), Violation> {
        if let Some(message) = world.inbox.pop_front() {
            if message != world.read {
                return Err(Violation::Order);
            }
            world.read += 1;
            if !self.has(Bug::CreditOnArrival) {
                self.credit(world, message);
            }
        }
        Ok(())
    }

    fn tell_sender(&self, world: &mut World) -> Result<(), Violation> {
        if let Some(tally) = world.to_sender.pop_front() {
            let told = world.sender.told(tally).map_err(|_| Violation::Count)?;
            if told.resume {
                world.messages.extend(world.sender.again());
            }
        }
        Ok(())
    }

    fn tell_receiver(&self, world: &mut World) -> Result<(), Violation> {
        if let Some(tally) = world.to_receiver.pop_front() {
            let told = world.receiver.told(tally).map_err(|_| Violation::Count)?;
            if told.tell && !self.has(Bug::HearNoQuestion) {
                let tally = world.receiver.tally();
                self.tell(world, tally);
            }
            self.release(world);
        }
        Ok(())
    }

    fn break_connection(&self, world: &mut World) -> Result<(), Violation> {
        if world.breaks < BREAKS {
            world.breaks += 1;
            self.connect(world);
        }
        Ok(())
    }

    /// Neither side holds more than the bound and one message.
    fn check_bound(&self, world: &World) -> Result<(), Violation> {
        let bytes = |messages: &mut dyn Iterator<Item = &usize>| -> usize {
            messages.map(|message| self.sizes[*message]).sum()
        };
        let largest = self.sizes.iter().max().copied().unwrap_or_default();
        let unread = bytes(&mut world.inbox.iter().chain(&world.held));
        let kept = bytes(&mut world.sender.again());
        let bound = MAX_KEPT_BYTES + largest - 1;
        (unread <= bound && kept <= bound)
            .then_some(())
            .ok_or(Violation::Bound)
    }

    /// Nothing breaks any more, and the receiver reads: then everything is read.
    fn check_progress(&self, world: &World) -> Result<(), Violation> {
        let mut world = world.clone();
        world.breaks = BREAKS;
        loop {
            let before = world.clone();
            for step in Self::STEPS {
                step(self, &mut world)?;
            }
            if world == before {
                return (world.read == self.sizes.len())
                    .then_some(())
                    .ok_or(Violation::Progress);
            }
        }
    }

    /// Nothing breaks any more, and nobody reads or sends: then the sender hears that all of it has come.
    fn check_arrival(&self, world: &World) -> Result<(), Violation> {
        let mut world = world.clone();
        let mark = world.sender.mark().ok_or(Violation::Arrival)?;
        world.to_receiver.push_back(world.sender.tally());
        loop {
            let before = world.clone();
            for step in [Self::deliver, Self::tell_sender, Self::tell_receiver] {
                step(self, &mut world)?;
            }
            if world == before {
                return (world.sender.arrival(mark) == Arrival::Arrived)
                    .then_some(())
                    .ok_or(Violation::Arrival);
            }
        }
    }

    /// Visits whatever can come about; returns how much that was.
    fn explore(&self) -> Result<usize, Violation> {
        let mut seen = HashSet::new();
        let mut open = vec![self.begin()];
        while let Some(world) = open.pop() {
            if seen.contains(&world) {
                continue;
            }
            self.check_bound(&world)?;
            self.check_progress(&world)?;
            for step in Self::STEPS {
                let mut next = world.clone();
                step(self, &mut next)?;
                open.push(next);
            }
            seen.insert(world);
        }
        for world in &seen {
            self.check_arrival(world)?;
        }
        Ok(seen.len())
    }
}

const MIB: usize = 1024 * 1024;

/// Two messages fill the bound, and each that is read is told.
const LARGE: [usize; 6] = [2 * MIB; 6];

/// The last of some small ones is told, and the large ones pass the bound.
const MIXED: [usize; 6] = [
    TELL_BYTES / 2 - 1,
    TELL_BYTES / 2,
    MAX_KEPT_BYTES - TELL_BYTES,
    TELL_BYTES - 1,
    1,
    MAX_KEPT_BYTES,
];

#[test]
fn every_interleaving_keeps_the_bound_the_order_and_goes_on() {
    for sizes in [LARGE, MIXED] {
        let sizes = sizes.to_vec();
        let states = Model { sizes, bug: None }.explore();
        assert_eq!(states.map(|states| states > 1000), Ok(true));
    }
}

#[test]
fn each_rule_is_missed_when_it_is_taken_out() {
    let expected = [
        (Bug::IgnoreRoom, Violation::Bound),
        (Bug::CreditOnArrival, Violation::Bound),
        (Bug::HideUnread, Violation::Bound),
        (Bug::NeverTell, Violation::Progress),
        (Bug::BeginInSilence, Violation::Progress),
        (Bug::CountTheRead, Violation::Order),
        (Bug::HearNoQuestion, Violation::Arrival),
    ];
    for (bug, violation) in expected {
        let sizes = LARGE.to_vec();
        let bug = Some(bug);
        assert_eq!(
            Model { sizes, bug }.explore(),
            Err(violation),
            "without the rule against {bug:?}"
        );
    }
}

/// The other dimension of the bound, in one story.
#[test]
fn so_many_messages_without_a_byte_pause_the_sender_too() {
    use handclasp_core::flow::MAX_KEPT_MESSAGES;

    let model = Model {
        sizes: vec![0; 3 * MAX_KEPT_MESSAGES],
        bug: None,
    };
    let mut world = model.begin();
    for _ in &model.sizes {
        assert_eq!(model.send(&mut world), Ok(()));
        assert_eq!(model.deliver(&mut world), Ok(()));
        assert_eq!(model.tell_receiver(&mut world), Ok(()));
    }
    assert_eq!(
        (world.sent, world.inbox.len()),
        (MAX_KEPT_MESSAGES, MAX_KEPT_MESSAGES)
    );
    // A new connection tells that all of it has come, and none was read.
    assert_eq!(model.break_connection(&mut world), Ok(()));
    assert_eq!(model.tell_sender(&mut world), Ok(()));
    assert_eq!(world.sender.again().count(), 0);
    assert!(!world.sender.has_room());
    assert_eq!(model.check_progress(&world), Ok(()));
}
