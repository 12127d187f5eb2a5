//! A room of meshes on a bad network, with browsers that are not there, in fake time and from one seed.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

mod browser;

use core::time::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState, LinkState};
use handclasp_core::mesh::{Input, Mesh, MeshConfig, MeshEvent, Output};
use handclasp_core::rng::Rng;
use handclasp_core::{Attempt, MemberId, Time};

use browser::FakeConnection;

/// How the outside path treats what is published.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Of a hundred messages, how many are lost.
    pub loss: u64,
    /// Of a hundred, how many arrive twice.
    pub duplication: u64,
    /// Longest delay; each message draws its own, so they overtake each other.
    pub delay: Duration,
}

impl Network {
    pub const GOOD: Self = Self {
        loss: 0,
        duplication: 0,
        delay: Duration::from_millis(20),
    };
    pub const BAD: Self = Self {
        loss: 30,
        duplication: 20,
        delay: Duration::from_millis(400),
    };
}

enum Happening {
    Publish {
        to: usize,
        plaintext: Vec<u8>,
    },
    Control {
        to: usize,
        from: MemberId,
        attempt: Attempt,
        frame: Vec<u8>,
    },
    Browser {
        of: usize,
        with: MemberId,
        attempt: Attempt,
        event: BrowserEvent,
    },
    Due {
        of: usize,
        at: Time,
    },
}

pub struct Node {
    pub mesh: Mesh,
    pub id: MemberId,
    pub events: Vec<(Time, MeshEvent)>,
    pub published: usize,
    pub opened: usize,
    connections: BTreeMap<(MemberId, Attempt), FakeConnection>,
    will: Vec<u8>,
    alive: bool,
    cut_off: bool,
}

pub struct World {
    pub now: Time,
    pub nodes: Vec<Node>,
    pub network: Network,
    /// Everything that was ever published.
    pub traffic: Vec<Vec<u8>>,
    /// Pairs between which no connection comes about.
    pub unreachable: bool,
    /// How many of the next connections are never to gather candidates.
    pub stillborn: usize,
    broken: BTreeSet<(usize, usize)>,
    rng: Rng,
    queue: BinaryHeap<Reverse<(Time, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    order: u64,
}

impl World {
    pub fn new(seed: u64, network: Network) -> Self {
        Self {
            now: Time::ZERO,
            nodes: Vec::new(),
            network,
            traffic: Vec::new(),
            unreachable: false,
            stillborn: 0,
            broken: BTreeSet::new(),
            rng: Rng::new(seed),
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            order: 0,
        }
    }

    /// A member joins, whose outside path is up at once.
    pub fn join(&mut self, max_peers: usize) -> usize {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.rng.next_u64().to_be_bytes());
        id[8..].copy_from_slice(&self.rng.next_u64().to_be_bytes());
        let me = MemberId::from_bytes(id);
        let mut mesh = Mesh::new(MeshConfig {
            me,
            seed: self.rng.next_u64(),
            max_peers,
            profile: me.to_string().into_bytes(),
        });
        let will = mesh.will();
        self.nodes.push(Node {
            mesh,
            id: me,
            events: Vec::new(),
            published: 0,
            opened: 0,
            connections: BTreeMap::new(),
            will,
            alive: true,
            cut_off: false,
        });
        let index = self.nodes.len() - 1;
        self.input(index, Input::SignalingUp);
        index
    }

    pub fn input(&mut self, of: usize, input: Input) {
        if !self.nodes[of].alive {
            return;
        }
        self.nodes[of].mesh.handle(input, self.now);
        while let Some(output) = self.nodes[of].mesh.poll() {
            self.perform(of, output);
        }
        if let Some(at) = self.nodes[of].mesh.next_timeout() {
            self.later(at.max(self.now), Happening::Due { of, at });
        }
    }

    /// Something that an application would do: adds a track, so that the connection must be negotiated anew.
    pub fn renegotiate(&mut self, of: usize, with: usize) {
        let with = self.nodes[with].id;
        let newest = self.nodes[of]
            .connections
            .iter_mut()
            .rfind(|((member, _), _)| *member == with);
        if let Some((&(_, attempt), connection)) = newest
            && connection.need()
        {
            self.browser(of, with, attempt, 1, BrowserEvent::NegotiationNeeded);
        }
    }

    /// The process is killed; the broker notices and publishes its will.
    pub fn kill(&mut self, of: usize) {
        self.nodes[of].alive = false;
        self.will(of);
    }

    /// The broker publishes the will of a member, dead or not.
    pub fn will(&mut self, of: usize) {
        let will = self.nodes[of].will.clone();
        let cut_off = std::mem::take(&mut self.nodes[of].cut_off);
        self.publish(of, &will);
        self.nodes[of].cut_off = cut_off;
    }

    /// The direct path between two members breaks: `disconnected`, later `failed`, on both sides.
    pub fn break_path(&mut self, a: usize, b: usize) {
        self.broken.insert((a.min(b), a.max(b)));
        for (of, with) in [(a, b), (b, a)] {
            let with = self.nodes[with].id;
            let broken: Vec<Attempt> = self.nodes[of]
                .connections
                .iter_mut()
                .filter_map(|((member, attempt), connection)| {
                    (*member == with && connection.break_path()).then_some(*attempt)
                })
                .collect();
            for attempt in broken {
                let state = BrowserEvent::Connection;
                self.browser(
                    of,
                    with,
                    attempt,
                    5_000,
                    state(ConnectionState::Disconnected),
                );
                self.browser(of, with, attempt, 16_000, state(ConnectionState::Failed));
            }
        }
    }

    /// The path between two members ends, for example because one of them has another address: there is another one, for whoever looks.
    pub fn lose_path(&mut self, a: usize, b: usize) {
        self.break_path(a, b);
        self.broken.remove(&(a.min(b), a.max(b)));
    }

    /// It works again.
    pub fn heal_path(&mut self, a: usize, b: usize) {
        self.broken.remove(&(a.min(b), a.max(b)));
        for (of, with) in [(a, b), (b, a)] {
            let with = self.nodes[with].id;
            let all: Vec<(Attempt, bool)> = self.nodes[of]
                .connections
                .iter_mut()
                .filter(|((member, _), _)| *member == with)
                .map(|((_, attempt), connection)| (*attempt, connection.heal()))
                .collect();
            for (attempt, heals) in all {
                if heals {
                    let state = BrowserEvent::Connection(ConnectionState::Connected);
                    self.browser(of, with, attempt, 1_000, state);
                }
                self.try_connect(of, with, attempt);
            }
        }
    }

    /// The outside path of one member goes down or comes back.
    pub fn outside(&mut self, of: usize, up: bool) {
        self.nodes[of].cut_off = !up;
        self.input(
            of,
            if up {
                Input::SignalingUp
            } else {
                Input::SignalingDown
            },
        );
    }

    pub fn deliver(&mut self, to: usize, plaintext: Vec<u8>) {
        self.input(to, Input::Opened(plaintext));
    }

    pub fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        let mut steps = 0u32;
        while let Some(&Reverse((at, order))) = self.queue.peek() {
            if at > end {
                break;
            }
            self.queue.pop();
            self.now = at;
            let happening = self.happenings.remove(&order).expect("queued together");
            self.happen(happening);
            steps += 1;
            assert!(steps < 1_000_000, "the world does not come to rest");
        }
        self.now = end;
    }

    pub fn state(&self, of: usize, with: usize) -> Option<LinkState> {
        let with = self.nodes[with].id;
        self.nodes[of]
            .events
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                MeshEvent::Left { member, .. } if *member == with => Some(None),
                MeshEvent::State { member, state } if *member == with => Some(Some(*state)),
                _ => None,
            })
            .flatten()
    }

    /// Whether the newest connection of one member to another carries messages.
    pub fn reaches(&self, of: usize, with: usize) -> bool {
        let with = self.nodes[with].id;
        let newest = self.nodes[of]
            .connections
            .iter()
            .rfind(|((member, _), _)| *member == with);
        newest.is_some_and(|(_, connection)| connection.carries())
    }

    pub fn all_connected(&self) -> bool {
        let living: Vec<usize> = (0..self.nodes.len())
            .filter(|&i| self.nodes[i].alive)
            .collect();
        living.iter().all(|&a| {
            living
                .iter()
                .all(|&b| a == b || self.state(a, b) == Some(LinkState::Connected))
        })
    }

    pub fn saw(&self, of: usize, event: &MeshEvent) -> bool {
        self.nodes[of].events.iter().any(|(_, seen)| seen == event)
    }

    /// The newest connection of each pair is stable on both sides, and each side's remote description is the other's local one.
    pub fn assert_agreement(&self) {
        for (a, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.alive) {
            for ((member, attempt), connection) in &node.connections {
                let b = self.index(*member);
                if self.state(a, b).is_some() && self.nodes[b].alive {
                    let other = self.nodes[b]
                        .connections
                        .get(&(node.id, *attempt))
                        .expect("both sides are at the same attempt");
                    connection.assert_agrees(other);
                }
            }
        }
    }

    fn index(&self, id: MemberId) -> usize {
        self.nodes
            .iter()
            .position(|node| node.id == id)
            .expect("a member")
    }

    fn later(&mut self, at: Time, happening: Happening) {
        self.order += 1;
        self.queue.push(Reverse((at, self.order)));
        self.happenings.insert(self.order, happening);
    }

    fn browser(
        &mut self,
        of: usize,
        with: MemberId,
        attempt: Attempt,
        millis: u64,
        event: BrowserEvent,
    ) {
        let at = self.now + Duration::from_millis(millis);
        self.later(
            at,
            Happening::Browser {
                of,
                with,
                attempt,
                event,
            },
        );
    }

    fn publish(&mut self, from: usize, plaintext: &[u8]) {
        self.traffic.push(plaintext.to_vec());
        for to in 0..self.nodes.len() {
            let cut_off = self.nodes[from].cut_off || self.nodes[to].cut_off;
            if to == from || cut_off || self.rng.next_u64() % 100 < self.network.loss {
                continue;
            }
            let copies = 1 + u64::from(self.rng.next_u64() % 100 < self.network.duplication);
            for _ in 0..copies {
                let at = self.now + Duration::from_millis(1) + self.rng.up_to(self.network.delay);
                let plaintext = plaintext.to_vec();
                self.later(at, Happening::Publish { to, plaintext });
            }
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
            } => {
                let to = self.index(member);
                let from = self.nodes[of].id;
                let open = self.nodes[of]
                    .connections
                    .get(&(member, attempt))
                    .is_some_and(FakeConnection::carries);
                if open {
                    let at = self.now + Duration::from_millis(5);
                    self.later(
                        at,
                        Happening::Control {
                            to,
                            from,
                            attempt,
                            frame,
                        },
                    );
                }
            }
            Output::Browser {
                member,
                attempt,
                command,
            } => self.command(of, member, attempt, command),
            Output::Event(event) => {
                let now = self.now;
                self.nodes[of].events.push((now, event));
            }
            Output::Discarded(_) => {}
        }
    }

    fn command(&mut self, of: usize, with: MemberId, attempt: Attempt, command: BrowserCommand) {
        let latency = 1 + self.rng.next_u64() % 10;
        let key = (with, attempt);
        match command {
            BrowserCommand::Open => {
                self.nodes[of].opened += 1;
                let mut connection = FakeConnection::new(self.rng.next_u64());
                connection.stillborn = self.stillborn > 0;
                self.stillborn = self.stillborn.saturating_sub(1);
                let previous = self.nodes[of].connections.insert(key, connection);
                assert!(previous.is_none(), "an attempt is opened once");
                self.browser(of, with, attempt, latency, BrowserEvent::NegotiationNeeded);
            }
            BrowserCommand::Close => {
                self.nodes[of].connections.remove(&key);
                // The other side's channel closes, if its path still works.
                let other = self.index(with);
                let me = self.nodes[of].id;
                if let Some(connection) = self.nodes[other].connections.get_mut(&(me, attempt))
                    && connection.other_side_closed()
                {
                    self.browser(other, me, attempt, 5, BrowserEvent::ControlClosed);
                }
            }
            command => {
                let connection = self.nodes[of]
                    .connections
                    .get_mut(&key)
                    .expect("it is open");
                let events = connection.command(command);
                for (wait, event) in events {
                    self.browser(of, with, attempt, latency + wait, event);
                }
                self.try_connect(of, with, attempt);
            }
        }
    }

    fn try_connect(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let other = self.index(with);
        if self.unreachable || self.broken.contains(&(of.min(other), of.max(other))) {
            return;
        }
        let me = self.nodes[of].id;
        let Some(theirs) = self.nodes[other].connections.get(&(me, attempt)).cloned() else {
            return;
        };
        let Some(ours) = self.nodes[of].connections.get_mut(&(with, attempt)) else {
            return;
        };
        if !ours.finds(&theirs) {
            return;
        }
        let opens = ours.connect();
        self.nodes[other]
            .connections
            .get_mut(&(me, attempt))
            .expect("found above")
            .connect();
        for (of, with) in [(of, with), (other, me)] {
            let state = BrowserEvent::Connection(ConnectionState::Connected);
            self.browser(of, with, attempt, 20, state);
            if opens {
                self.browser(of, with, attempt, 25, BrowserEvent::ControlOpen);
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Publish { to, plaintext } => self.input(to, Input::Opened(plaintext)),
            Happening::Control {
                to,
                from,
                attempt,
                frame,
            } => {
                let carried = self.nodes[to]
                    .connections
                    .get(&(from, attempt))
                    .is_some_and(FakeConnection::carries);
                if carried {
                    self.input(
                        to,
                        Input::Control {
                            member: from,
                            attempt,
                            frame,
                        },
                    );
                }
            }
            Happening::Browser {
                of,
                with,
                attempt,
                event,
            } => {
                if let Some(connection) = self.nodes[of].connections.get_mut(&(with, attempt)) {
                    let Some(event) = connection.report(event) else {
                        return;
                    };
                    self.input(
                        of,
                        Input::Browser {
                            member: with,
                            attempt,
                            event,
                        },
                    );
                    let again = self.nodes[of]
                        .connections
                        .get_mut(&(with, attempt))
                        .is_some_and(FakeConnection::needs_again);
                    if again {
                        self.browser(of, with, attempt, 1, BrowserEvent::NegotiationNeeded);
                    }
                    self.try_connect(of, with, attempt);
                }
            }
            Happening::Due { of, at } => {
                if self.nodes[of].mesh.next_timeout() == Some(at) || at <= self.now {
                    self.input_if_due(of);
                }
            }
        }
    }

    fn input_if_due(&mut self, of: usize) {
        if self.nodes[of]
            .mesh
            .next_timeout()
            .is_some_and(|at| at <= self.now)
        {
            self.input(of, Input::Timeout);
        }
    }
}
