//! A room: meshes, the network between them and the browsers they run in, in fake time.
//!
//! Everything follows from the seed. Nothing here decides; [`run`](crate::run) draws what goes wrong, and the tests of
//! `handclasp-core` say it.

mod browser;
mod hand;
mod judge;
mod outside;
mod path;
mod post;

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use handclasp_core::link::{BrowserEvent, LinkState};
use handclasp_core::mesh::{Input, Mesh, MeshConfig, MeshEvent, Output};
use handclasp_core::rng::Rng;
use handclasp_core::{Attempt, MemberId, Time};

use crate::bug::Bug;
use crate::endpoint::{Endpoint, Payload};
use crate::mail::Mailbox;
use crate::network::Network;
use crate::violation::{Rule, Violation};
use browser::Report;
use judge::Judge;

/// More happenings than this in one [`World::run_for`] and the world does not come to rest.
const MAX_STEPS: u64 = 2_000_000;

/// What will happen.
#[derive(Debug)]
enum Happening {
    /// A signal arrives outside.
    Signal { to: usize, plaintext: Vec<u8> },
    /// Something arrives over a connection.
    Carried {
        to: usize,
        from: MemberId,
        attempt: Attempt,
        payload: Payload,
    },
    /// A browser has something to report.
    Report {
        of: usize,
        with: MemberId,
        attempt: Attempt,
        report: Report,
    },
    /// The timer of this number goes off.
    Timer { of: usize, number: u64 },
    /// The member's socket to the broker is up or down, and it notices.
    Socket { of: usize, number: u32, up: bool },
    /// The machine wakes up.
    Wake { of: usize },
}

impl Happening {
    const fn of(&self) -> usize {
        match *self {
            Self::Signal { to, .. } | Self::Carried { to, .. } => to,
            Self::Report { of, .. }
            | Self::Timer { of, .. }
            | Self::Socket { of, .. }
            | Self::Wake { of } => of,
        }
    }
}

/// Ordered by time, then by when it was decided.
#[derive(Debug)]
struct Entry {
    at: Time,
    order: u64,
    happening: Happening,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// One machine with one member.
#[derive(Debug)]
pub struct Node {
    /// The member's decisions.
    pub mesh: Mesh,
    /// The member.
    pub id: MemberId,
    /// What its application was told, and when.
    pub events: Vec<(Time, MeshEvent)>,
    /// How many messages it has published.
    pub published: usize,
    /// How many peer connections it has made.
    pub opened: usize,
    endpoints: BTreeMap<(MemberId, Attempt), Endpoint>,
    mail: BTreeMap<MemberId, Mailbox>,
    will: Vec<u8>,
    /// Neither crashed nor left.
    alive: bool,
    /// Has no socket to the broker.
    cut_off: bool,
    /// Counts the changes of that.
    sockets: u32,
    /// How far its clock is ahead of the world's.
    ahead: u64,
    /// Longest time of a browser's operation.
    slowness: Duration,
    asleep: bool,
    /// When it fell asleep, and whether its clock stands still meanwhile.
    slept: Option<(Time, bool)>,
    /// What came while it was asleep.
    missed: VecDeque<Happening>,
    timer: Option<(Time, u64)>,
    timers: u64,
}

/// See the [module](self).
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Time,
    /// All members that ever joined, by number.
    pub nodes: Vec<Node>,
    /// How the outside path is.
    pub network: Network,
    /// Everything that was ever published.
    pub traffic: Vec<Vec<u8>>,
    /// No connection comes about between any two.
    pub unreachable: bool,
    /// How many of the next connections are never to gather candidates.
    pub stillborn: usize,
    /// A mistake that is made on purpose.
    pub bug: Option<Bug>,
    /// Someone in the room writes what nobody should: what browsers reject is not ours then.
    pub hostile: bool,
    /// How many things have happened.
    pub steps: u64,
    /// The broker is there.
    broker: bool,
    /// Who sends to whom in vain after a restart.
    astray: BTreeSet<(usize, usize)>,
    /// Pairs without a path, and how many reasons there are for it.
    broken: BTreeMap<(usize, usize), u32>,
    judge: Judge,
    log: Option<String>,
    rng: Rng,
    queue: BinaryHeap<Reverse<Entry>>,
    order: u64,
    index: BTreeMap<MemberId, usize>,
    /// Of the bugs that strike now and then.
    occasions: u64,
}

impl World {
    /// An empty room.
    pub fn new(seed: u64, network: Network) -> Self {
        Self {
            now: Time::ZERO,
            nodes: Vec::new(),
            network,
            traffic: Vec::new(),
            unreachable: false,
            stillborn: 0,
            bug: None,
            hostile: false,
            steps: 0,
            broker: true,
            astray: BTreeSet::new(),
            broken: BTreeMap::new(),
            judge: Judge::default(),
            log: None,
            rng: Rng::new(seed),
            queue: BinaryHeap::new(),
            order: 0,
            index: BTreeMap::new(),
            occasions: 0,
        }
    }

    /// Writes down what happens from now on.
    pub fn trace(&mut self) {
        self.log.get_or_insert_default();
    }

    /// What was written down since the last call.
    pub fn take_log(&mut self) -> String {
        self.log.as_mut().map(core::mem::take).unwrap_or_default()
    }

    /// A member joins. Its outside path is up at once, if the broker is.
    pub fn join(&mut self, max_peers: usize) -> usize {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.rng.next_u64().to_be_bytes());
        id[8..].copy_from_slice(&self.rng.next_u64().to_be_bytes());
        let me = MemberId::from_bytes(id);
        let mesh = Mesh::new(MeshConfig {
            me,
            seed: self.rng.next_u64(),
            max_peers,
            profile: me.to_string().into_bytes(),
        });
        let ahead = 1_000_000 + self.rng.next_u64() % 1_000_000;
        self.nodes.push(Node {
            mesh,
            id: me,
            events: Vec::new(),
            published: 0,
            opened: 0,
            endpoints: BTreeMap::new(),
            mail: BTreeMap::new(),
            will: Vec::new(),
            alive: true,
            cut_off: true,
            sockets: 0,
            ahead,
            slowness: Duration::from_millis(10),
            asleep: false,
            slept: None,
            missed: VecDeque::new(),
            timer: None,
            timers: 0,
        });
        let index = self.nodes.len() - 1;
        self.index.insert(me, index);
        self.say(|| format!("{index} joins as {me}"));
        if self.broker {
            self.outside(index, true);
        }
        index
    }

    /// How long a browser operation of this machine may take.
    pub fn set_slowness(&mut self, of: usize, slowness: Duration) {
        self.nodes[of].slowness = slowness;
    }

    /// Hands the mesh of a member an input, and does what it says.
    pub fn input(&mut self, of: usize, input: Input) {
        if !self.nodes[of].alive {
            return;
        }
        let leaves = matches!(input, Input::Leave);
        let now = self.local(of);
        self.nodes[of].mesh.handle(input, now);
        let mut outputs = 0;
        while let Some(output) = self.nodes[of].mesh.poll() {
            outputs += 1;
            self.perform(of, output);
        }
        self.judge_outputs(of, outputs);
        if leaves {
            self.nodes[of].alive = false;
            self.nodes[of].mail.clear();
        }
        self.arm(of);
    }

    /// Lets time pass.
    ///
    /// # Panics
    /// When a rule is broken: for tests, which have no use for a world that is not sound.
    pub fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        if let Err(violation) = self.run_until(until) {
            panic!("{violation}");
        }
    }

    /// Lets time pass until then, or until a rule is broken.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn run_until(&mut self, end: Time) -> Result<(), Violation> {
        let last = self.steps + MAX_STEPS;
        while let Some(Reverse(entry)) = self.queue.peek()
            && entry.at <= end
        {
            let Some(Reverse(entry)) = self.queue.pop() else {
                break;
            };
            self.now = self.now.max(entry.at);
            self.steps += 1;
            let of = entry.happening.of();
            let wakes = matches!(entry.happening, Happening::Wake { .. });
            if self.nodes[of].asleep && !wakes {
                self.nodes[of].missed.push_back(entry.happening);
            } else {
                self.happen(entry.happening);
            }
            if self.steps > last {
                self.violate(Rule::Bounds, || "the world does not come to rest".into());
            }
            if let Some(violation) = self.judge.take() {
                return Err(violation);
            }
        }
        self.now = self.now.max(end);
        self.judge.take().map_or(Ok(()), Err)
    }

    /// The members who are there.
    pub fn living(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|&of| self.nodes[of].alive)
            .collect()
    }

    /// What `of` was told last of `with`; `None` before it joined and after it left.
    pub fn state(&self, of: usize, with: usize) -> Option<LinkState> {
        self.judge.state(of, self.nodes[with].id)
    }

    /// Whether all who are there are connected, each with each.
    pub fn all_connected(&self) -> bool {
        let living = self.living();
        living.iter().all(|&a| {
            living
                .iter()
                .all(|&b| a == b || self.state(a, b) == Some(LinkState::Connected))
        })
    }

    /// Whether the application of `of` was told this.
    pub fn saw(&self, of: usize, event: &MeshEvent) -> bool {
        self.nodes[of].events.iter().any(|(_, seen)| seen == event)
    }

    /// Tells the judge that a pair has reason to be connected anew.
    pub fn disturb(&mut self, a: usize, b: usize) {
        self.judge.disturb(a, b);
    }

    /// The same of all pairs of a member, with those who are to come as well.
    pub fn disturb_all_of(&mut self, of: usize) {
        self.judge.disturb_all_of(of);
    }

    /// From now on messages get lost, so that even a first attempt may fail.
    pub fn disturb_meeting(&mut self) {
        self.judge.disturb_meeting();
    }

    fn local(&self, of: usize) -> Time {
        self.now + Duration::from_millis(self.nodes[of].ahead)
    }

    /// Sets the one timer of a member as the shell does: not again for the same moment.
    fn arm(&mut self, of: usize) {
        let next = self.nodes[of].mesh.next_timeout();
        let node = &mut self.nodes[of];
        if next == node.timer.map(|(at, _)| at) {
            return;
        }
        node.timers += 1;
        let number = node.timers;
        node.timer = next.map(|at| (at, number));
        if let Some(at) = next
            && self.bug != Some(Bug::StopClock)
        {
            let wait = at.since(self.local(of));
            self.after(wait, Happening::Timer { of, number });
        }
    }

    fn happen(&mut self, happening: Happening) {
        if !self.nodes[happening.of()].alive {
            return;
        }
        match happening {
            Happening::Signal { to, plaintext } => {
                if !self.nodes[to].cut_off {
                    self.input(to, Input::Opened(plaintext));
                }
            }
            Happening::Carried {
                to,
                from,
                attempt,
                payload,
            } => self.carried(to, from, attempt, payload),
            Happening::Report {
                of,
                with,
                attempt,
                report,
            } => self.report(of, with, attempt, report),
            Happening::Timer { of, number } => {
                if self.nodes[of]
                    .timer
                    .is_some_and(|(_, armed)| armed == number)
                {
                    self.nodes[of].timer = None;
                    self.input(of, Input::Timeout);
                }
            }
            Happening::Socket { of, number, up } => {
                if self.nodes[of].sockets == number {
                    self.outside(of, up);
                }
            }
            Happening::Wake { of } => self.wake(of),
        }
    }

    fn perform(&mut self, of: usize, output: Output) {
        match output {
            Output::Publish(plaintext) => {
                self.nodes[of].published += 1;
                self.publish(of, &plaintext);
            }
            Output::Control {
                member,
                attempt,
                frame,
            } => self.control(of, member, attempt, frame),
            Output::Browser {
                member,
                attempt,
                command,
            } => self.command(of, member, attempt, command),
            Output::Event(event) => self.event(of, event),
            Output::Discarded(reason) => self.say(|| format!("{of} discards: {reason}")),
        }
    }

    fn event(&mut self, of: usize, event: MeshEvent) {
        self.say(|| format!("{of} is told {event:?}"));
        let copies = if self.bug == Some(Bug::RepeatEvent) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            self.judge_event(of, &event);
        }
        match &event {
            MeshEvent::Joined(member) => {
                let (visit, epoch) = (self.rng.next_u64(), self.rng.next_u64());
                #[expect(clippy::cast_possible_truncation, reason = "any 32 bits will do")]
                let mailbox = Mailbox::new(visit, epoch as u32);
                self.nodes[of].mail.insert(*member, mailbox);
            }
            MeshEvent::Left { member, .. } => {
                self.nodes[of].mail.remove(member);
            }
            _ => {}
        }
        let now = self.now;
        self.nodes[of].events.push((now, event));
    }

    fn find(&self, id: MemberId) -> Option<usize> {
        self.index.get(&id).copied()
    }

    fn after(&mut self, wait: Duration, happening: Happening) {
        self.order += 1;
        self.queue.push(Reverse(Entry {
            at: self.now + wait,
            order: self.order,
            happening,
        }));
    }

    fn later(
        &mut self,
        of: usize,
        with: MemberId,
        attempt: Attempt,
        wait: Duration,
        report: Report,
    ) {
        self.after(
            wait,
            Happening::Report {
                of,
                with,
                attempt,
                report,
            },
        );
    }

    /// A browser's event reaches the mesh.
    fn tell(&mut self, of: usize, with: MemberId, attempt: Attempt, event: BrowserEvent) {
        self.say(|| format!("{of} browser for {with} {}: {event:?}", attempt.number()));
        self.input(
            of,
            Input::Browser {
                member: with,
                attempt,
                event,
            },
        );
    }

    fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            let millis = self.now.as_millis();
            *log += &format!("{:>6}.{:03}  {}\n", millis / 1000, millis % 1000, line());
        }
    }

    /// Whether a bug that strikes now and then does so now.
    fn strikes(&mut self, bug: Bug, one_in: u64) -> bool {
        if self.bug != Some(bug) {
            return false;
        }
        self.occasions += 1;
        self.occasions.is_multiple_of(one_in)
    }

    fn violate(&mut self, rule: Rule, detail: impl FnOnce() -> String) {
        let at = self.now;
        self.judge.violate(rule, at, detail);
    }

    fn pairs(&self) -> BTreeSet<(usize, usize)> {
        let living = self.living();
        living
            .iter()
            .flat_map(|&a| living.iter().map(move |&b| (a, b)))
            .filter(|(a, b)| a < b)
            .collect()
    }
}
