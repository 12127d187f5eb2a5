//! One run: what the plan says goes wrong, then a network that is well again, then the judgement.

use core::time::Duration;

use handclasp_core::Time;
use handclasp_core::mesh::Input;
use handclasp_core::rng::Rng;

use crate::bug::Bug;
use crate::hostile;
use crate::network::Network;
use crate::plan::{Fault, MAX_MEMBERS, Plan, TOLERATED_STALL};
use crate::violation::{Rule, Violation};
use crate::world::World;

/// Once the network is well, all are connected within this: a pair that has just been given up is left alone for 30 s, a hello
/// comes within 38 s of it, and a member that is gone without a word is given up after 60 s.
pub const CONVERGES_WITHIN: Duration = Duration::from_secs(130);

/// How long a converged room is watched for silence and for connections rebuilt without cause.
const WATCHED: Duration = Duration::from_secs(60);

/// How often convergence is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many things happened.
    pub steps: u64,
    /// How long after the end of the chaos all were connected.
    pub converged_after: Duration,
    /// How many members there were.
    pub members: usize,
    /// How many peer connections were made.
    pub connections: usize,
    /// Mixes what everyone was told and when: two runs of one seed have the same.
    pub fingerprint: u64,
}

/// One run that can be watched.
#[derive(Debug)]
pub struct Run {
    world: World,
    plan: Plan,
    rng: Rng,
    /// What is to be undone, and when.
    ends: Vec<(Time, End)>,
    joined: usize,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Heal(usize, usize),
    BrokerBack,
    Return,
}

impl Run {
    /// The run of a seed; of so many members, if that is said.
    pub fn new(seed: u64, members: Option<usize>) -> Self {
        let plan = Plan::draw(seed, members);
        let mut world = World::new(seed, plan.network);
        if plan.network.loss > 0 || plan.network.delay > Duration::from_millis(500) {
            world.disturb_meeting();
        }
        Self {
            world,
            plan,
            rng: Rng::new(seed ^ 0xfa11),
            ends: Vec::new(),
            joined: 0,
        }
    }

    /// Puts a mistake in.
    #[must_use]
    pub fn with_bug(mut self, bug: Bug) -> Self {
        self.world.bug = Some(bug);
        self
    }

    /// Writes down what happens.
    #[must_use]
    pub fn traced(mut self) -> Self {
        self.world.trace();
        self
    }

    /// What was written down since the last call.
    pub fn take_log(&mut self) -> String {
        self.world.take_log()
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn to_end(&mut self) -> Result<Outcome, Violation> {
        self.join();
        let faults = std::mem::take(&mut self.plan.faults);
        for (at, fault) in faults {
            self.advance(at)?;
            self.strike(fault);
        }
        self.advance(Time::ZERO + self.plan.chaos)?;
        self.make_well();
        let well = self.world.now;
        let converged_after = self.converge(well)?;
        self.world.agreement()?;
        self.world.all_mail_read()?;
        self.watch()?;
        Ok(Outcome {
            steps: self.world.steps,
            converged_after,
            members: self.world.nodes.len(),
            connections: self.world.nodes.iter().map(|node| node.opened).sum(),
            fingerprint: self.fingerprint(),
        })
    }

    fn join(&mut self) {
        let slowness = self.plan.slowness[self.joined % MAX_MEMBERS];
        self.joined += 1;
        let of = self.world.join(7);
        self.world.set_slowness(of, slowness);
    }

    /// Up to that time, with what ends meanwhile.
    fn advance(&mut self, until: Time) -> Result<(), Violation> {
        loop {
            let next = self.ends.iter().enumerate().min_by_key(|(_, (at, _))| *at);
            let Some((index, &(at, end))) = next.filter(|(_, (at, _))| *at <= until) else {
                return self.world.run_until(until);
            };
            self.world.run_until(at)?;
            self.ends.swap_remove(index);
            match end {
                End::Heal(a, b) => self.world.heal_path(a, b),
                End::BrokerBack => self.world.set_broker(true),
                End::Return => self.join(),
            }
        }
    }

    fn ends(&mut self, after: Duration, end: End) {
        self.ends.push((self.world.now + after, end));
    }

    fn one(&mut self) -> Option<usize> {
        let living = self.world.living();
        let drawn = self.rng.next_u64().checked_rem(living.len() as u64)?;
        usize::try_from(drawn).ok().map(|index| living[index])
    }

    fn two(&mut self) -> Option<(usize, usize)> {
        let (a, b) = (self.one()?, self.one()?);
        (a != b).then_some((a, b))
    }

    fn strike(&mut self, fault: Fault) {
        // Nobody to whom it could happen.
        let _ = self.try_strike(fault);
    }

    fn try_strike(&mut self, fault: Fault) -> Option<()> {
        match fault {
            Fault::Join => self.join(),
            Fault::Leave => {
                if self.world.living().len() > 2 {
                    let of = self.one()?;
                    self.world.input(of, Input::Leave);
                }
            }
            Fault::Crash { will } => {
                let of = self.one()?;
                if will {
                    self.world.kill(of);
                } else {
                    self.world.crash(of);
                }
                let after = self.rng.up_to(Duration::from_secs(20));
                self.ends(after, End::Return);
            }
            Fault::Break(duration) => {
                let (a, b) = self.two()?;
                self.world.break_path(a, b);
                self.ends(duration, End::Heal(a, b));
            }
            Fault::Hiccup(duration) => {
                let (of, with) = self.two()?;
                self.world.hiccup(of, with, duration);
            }
            Fault::BrokerGone(duration) => {
                self.world.disturb_meeting();
                self.world.set_broker(false);
                self.ends(duration, End::BrokerBack);
            }
            Fault::SocketDead { duration, will } => {
                let of = self.one()?;
                self.world.disturb_meeting();
                self.world.lose_socket(of, duration);
                if will {
                    self.world.will(of);
                }
            }
            Fault::FalseWill => {
                let of = self.one()?;
                self.world.will(of);
            }
            Fault::Sleep {
                duration,
                clock_stops,
            } => {
                let of = self.one()?;
                self.world.disturb_all_of(of);
                self.world.sleep(of, duration, clock_stops);
            }
            Fault::Stall(duration) => {
                let of = self.one()?;
                if duration > TOLERATED_STALL {
                    self.world.disturb_all_of(of);
                }
                self.world.sleep(of, duration, false);
            }
            Fault::Leap(millis) => {
                let of = self.one()?;
                self.world.disturb_all_of(of);
                self.world.leap(of, millis);
            }
            Fault::Hints(times) => {
                let of = self.one()?;
                for _ in 0..times {
                    self.world.input(of, Input::NetworkChanged);
                }
            }
            Fault::Renegotiate { both, times } => {
                let (a, b) = self.two()?;
                for _ in 0..times {
                    self.world.renegotiate(a, b);
                    if both {
                        self.world.renegotiate(b, a);
                    }
                }
            }
            Fault::Mail { count, bytes } => {
                let (of, with) = self.two()?;
                let sizes = vec![bytes; usize::try_from(count).unwrap_or(1)];
                self.world.mail(of, with, &sizes);
            }
            Fault::Hostile => {
                self.world.hostile = true;
                for plaintext in hostile::signals(&mut self.rng, &self.world) {
                    self.world.inject(&plaintext);
                }
            }
            Fault::Weather(network) => {
                self.world.disturb_meeting();
                self.world.network = network;
            }
        }
        Some(())
    }

    /// From here on nothing goes wrong. Who sleeps wakes up by itself.
    fn make_well(&mut self) {
        let ends = std::mem::take(&mut self.ends);
        for (_, end) in ends {
            match end {
                End::Return => self.join(),
                End::Heal(..) | End::BrokerBack => {}
            }
        }
        self.world.network = Network::GOOD;
        self.world.heal_all_paths();
        self.world.restore_outside();
    }

    fn converge(&mut self, well: Time) -> Result<Duration, Violation> {
        let mut since = None;
        loop {
            let now = self.world.now;
            if self.world.all_connected() && self.world.agreement().is_ok() {
                // For a while, so that a moment between two failures is not taken for the end.
                let first = *since.get_or_insert(now);
                if now.since(first) >= LOOK_EVERY * 5 && self.world.all_mail_read().is_ok() {
                    return Ok(first.since(well));
                }
            } else {
                since = None;
            }
            if now.since(well) > CONVERGES_WITHIN {
                self.world.agreement()?;
                self.world.all_mail_read()?;
                return Err(Violation {
                    rule: Rule::Convergence,
                    at: now,
                    detail: format!(
                        "not all are connected {CONVERGES_WITHIN:?} after the network is well"
                    ),
                });
            }
            self.world.run_until(now + LOOK_EVERY)?;
        }
    }

    /// A room in which nothing goes wrong stays as it is. Those who are gone without a word have to be given up first.
    fn watch(&mut self) -> Result<(), Violation> {
        let settled = self.world.now + CONVERGES_WITHIN;
        self.world.run_until(settled)?;
        let told = |world: &World| {
            world
                .nodes
                .iter()
                .map(|node| node.events.len())
                .sum::<usize>()
        };
        let before = (self.world.traffic.len(), told(&self.world));
        self.world.run_until(settled + WATCHED)?;
        let after = (self.world.traffic.len(), told(&self.world));
        if before != after || !self.world.all_connected() {
            return Err(Violation {
                rule: Rule::Silence,
                at: self.world.now,
                detail: format!("(messages, events) went from {before:?} to {after:?}"),
            });
        }
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        let mut mixed = self.world.steps;
        for node in &self.world.nodes {
            for (at, event) in &node.events {
                let words = format!("{event:?}");
                for byte in words.bytes() {
                    mixed = mixed.rotate_left(7) ^ u64::from(byte) ^ at.as_millis();
                }
                mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            }
        }
        mixed
    }
}
