//! Direct paths: found, broken, healed, lost; machines that sleep, stall and die.

use core::time::Duration;

use handclasp_core::link::ConnectionState;
use handclasp_core::mesh::Input;
use handclasp_core::{Attempt, MemberId};

use super::browser::Report;
use super::{Happening, World};
use crate::endpoint::Path;

/// After how long without packets a browser says `disconnected`, and when `failed`; both vary by as much again as a tenth.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(5);
const FAILED_AFTER: Duration = Duration::from_secs(16);

/// How long a broken path takes to be noticed as working again.
const HEALED_AFTER: Duration = Duration::from_secs(1);

/// Within this a browser gives up a connection whose own address is gone, if it does so at all.
const GIVEN_UP_WITHIN: Duration = Duration::from_secs(1);

/// A sleep this long is noticed by others.
const LONG_SLEEP: Duration = Duration::from_secs(4);

impl World {
    /// The direct path between two members breaks: `disconnected`, later `failed`, on both sides. Each break needs its heal.
    pub fn break_path(&mut self, a: usize, b: usize) {
        self.say(|| format!("path {a}-{b} breaks"));
        self.disturb(a, b);
        *self.broken.entry((a.min(b), a.max(b))).or_default() += 1;
        for (of, with) in [(a, b), (b, a)] {
            let with = self.nodes[with].id;
            for attempt in self.attempts(of, with) {
                self.break_endpoint(of, with, attempt);
            }
        }
    }

    /// A browser closes its control channel by itself, as Firefox does some time after it has given the connection up.
    pub fn close_control(&mut self, of: usize, with: usize) {
        let with = self.nodes[with].id;
        for attempt in self.attempts(of, with) {
            self.later(of, with, attempt, Duration::ZERO, Report::ControlClosed);
        }
    }

    /// The path between two members ends, for example because one of them has another address: there is another one, for whoever
    /// looks.
    pub fn lose_path(&mut self, a: usize, b: usize) {
        self.break_path(a, b);
        self.broken.remove(&(a.min(b), a.max(b)));
    }

    /// A member has another address, and its browser gives the connection up at once, as Firefox does: only a new connection finds the
    /// other path. The browser at the other end waits for the old one as usual.
    pub fn lose_address(&mut self, of: usize, with: usize) {
        self.lose_path(of, with);
        let with = self.nodes[with].id;
        for attempt in self.attempts(of, with) {
            if let Some(endpoint) = self.nodes[of].endpoints.get(&(with, attempt)) {
                let failed = Report::Ice(ConnectionState::Failed, endpoint.spell);
                let wait = self.rng.up_to(GIVEN_UP_WITHIN);
                self.later(of, with, attempt, wait, failed);
            }
        }
    }

    /// Whatever restarts find, one member goes on sending to where the other's browser does not listen any more, as Chromium sometimes does.
    pub fn restarts_lead_astray(&mut self, of: usize, with: usize) {
        self.astray.insert((of, with));
    }

    /// Whether the newest connection of one member to another carries messages.
    pub fn reaches(&self, of: usize, with: usize) -> bool {
        let with = self.nodes[with].id;
        let mut newest = self.nodes[of].endpoints.iter().rev();
        newest
            .find(|((member, _), _)| *member == with)
            .is_some_and(|(_, endpoint)| {
                endpoint.control && !endpoint.astray && endpoint.path == Path::Works
            })
    }

    fn attempts(&self, of: usize, with: MemberId) -> Vec<Attempt> {
        let keys = self.nodes[of].endpoints.keys();
        keys.filter(|(member, _)| *member == with)
            .map(|(_, attempt)| *attempt)
            .collect()
    }

    fn break_endpoint(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        if !endpoint.break_path() {
            return;
        }
        let spell = endpoint.spell;
        for (after, state) in [
            (DISCONNECTED_AFTER, ConnectionState::Disconnected),
            (FAILED_AFTER, ConnectionState::Failed),
        ] {
            let wait = after + self.rng.up_to(after / 10);
            self.later(of, with, attempt, wait, Report::Ice(state, spell));
        }
    }

    /// It works again.
    pub fn heal_path(&mut self, a: usize, b: usize) {
        let pair = (a.min(b), a.max(b));
        let Some(reasons) = self.broken.get_mut(&pair) else {
            return;
        };
        *reasons -= 1;
        if *reasons > 0 {
            return;
        }
        self.broken.remove(&pair);
        self.say(|| format!("path {a}-{b} works again"));
        let (id_a, id_b) = (self.nodes[a].id, self.nodes[b].id);
        for attempt in self.attempts(a, id_b) {
            let can = |of: usize, with: MemberId| {
                let endpoint = self.nodes[of].endpoints.get(&(with, attempt));
                endpoint.is_some_and(|endpoint| endpoint.can_heal())
            };
            if can(a, id_b) && can(b, id_a) {
                self.heal_endpoint(a, id_b, attempt);
                self.heal_endpoint(b, id_a, attempt);
            }
            self.try_connect(a, id_b, attempt);
        }
    }

    /// Heals everything that is broken, whatever broke it.
    pub fn heal_all_paths(&mut self) {
        let pairs: Vec<_> = self.broken.keys().copied().collect();
        for (a, b) in pairs {
            self.broken.insert((a, b), 1);
            self.heal_path(a, b);
        }
    }

    fn heal_endpoint(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        endpoint.path = Path::Works;
        self.works(of, with, attempt, HEALED_AFTER);
    }

    /// The path was found, or found again.
    fn works(&mut self, of: usize, with: MemberId, attempt: Attempt, within: Duration) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        endpoint.spell += 1;
        let (spell, opens) = (endpoint.spell, !endpoint.control);
        let held = std::mem::take(&mut endpoint.held);
        let wait = self.rng.up_to(within);
        let state = Report::Ice(ConnectionState::Connected, spell);
        self.later(of, with, attempt, wait, state);
        if opens {
            // The two events come in any order.
            let wait = wait + self.rng.up_to(Duration::from_millis(20));
            self.later(of, with, attempt, wait, Report::ControlOpen);
        }
        for payload in held {
            self.carry(of, with, attempt, payload);
        }
    }

    pub(super) fn try_connect(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(other) = self.find(with) else { return };
        if self.unreachable || self.broken.contains_key(&(of.min(other), of.max(other))) {
            return;
        }
        let me = self.nodes[of].id;
        let sides = (
            self.nodes[of].endpoints.get(&(with, attempt)),
            self.nodes[other].endpoints.get(&(me, attempt)),
        );
        let (Some(ours), Some(theirs)) = sides else {
            return;
        };
        if !ours.finds(theirs) {
            return;
        }
        let tags = (theirs.pc.tag(), ours.pc.tag());
        let within = Duration::from_millis(20)
            + self
                .rng
                .up_to(self.nodes[of].slowness.max(self.nodes[other].slowness));
        for (of, with, tag) in [(of, with, tags.0), (other, me, tags.1)] {
            let astray = self
                .find(with)
                .is_some_and(|to| self.astray.contains(&(of, to)));
            if let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) {
                endpoint.astray = astray && endpoint.path == Path::Broken;
                endpoint.connect(tag);
            }
            self.works(of, with, attempt, within);
        }
    }

    /// This side closed its connection. The other learns of it over the path, or by silence.
    pub(super) fn lose_other_side(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(other) = self.find(with) else { return };
        let me = self.nodes[of].id;
        let Some(endpoint) = self.nodes[other].endpoints.get_mut(&(me, attempt)) else {
            return;
        };
        match endpoint.path {
            Path::Works if endpoint.control => {
                endpoint.path = Path::Dead;
                endpoint.spell += 1;
                let wait = Duration::from_millis(6);
                self.later(other, me, attempt, wait, Report::ControlClosed);
            }
            Path::Works => self.break_endpoint(other, me, attempt),
            Path::None | Path::Broken | Path::Dead => {}
        }
    }

    /// A browser says `disconnected` for a while although packets flow, as one does whose checks alone are lost.
    pub fn hiccup(&mut self, of: usize, with: usize, duration: Duration) {
        self.disturb(of, with);
        let with = self.nodes[with].id;
        for attempt in self.attempts(of, with) {
            let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
                continue;
            };
            if endpoint.path != Path::Works {
                continue;
            }
            let spell = endpoint.spell;
            let after = Duration::from_millis(1);
            for (wait, state) in [
                (after, ConnectionState::Disconnected),
                (after + duration, ConnectionState::Connected),
            ] {
                self.later(of, with, attempt, wait, Report::Ice(state, spell));
            }
        }
    }

    /// The process is killed; the broker notices and publishes its will.
    pub fn kill(&mut self, of: usize) {
        self.crash(of);
        self.will(of);
    }

    /// The process is killed, and nobody says so.
    pub fn crash(&mut self, of: usize) {
        self.say(|| format!("{of} crashes"));
        self.nodes[of].alive = false;
        self.nodes[of].mail.clear();
        self.nodes[of].endpoints.clear();
        let me = self.nodes[of].id;
        for other in self.living() {
            self.disturb(of, other);
            for attempt in self.attempts(other, me) {
                self.break_endpoint(other, me, attempt);
            }
        }
    }

    /// The machine does nothing for a while: it sleeps, or is busy. Its clock goes on or, with `clock_stops`, does not. Others
    /// notice a long sleep.
    pub fn sleep(&mut self, of: usize, duration: Duration, clock_stops: bool) {
        if self.nodes[of].asleep || !self.nodes[of].alive {
            return;
        }
        self.say(|| format!("{of} sleeps for {duration:?}"));
        self.nodes[of].asleep = true;
        self.nodes[of].slept = Some((self.now, clock_stops));
        if duration >= LONG_SLEEP {
            for other in self.living() {
                if other != of {
                    self.break_path(of, other);
                }
            }
        }
        self.after(duration, Happening::Wake { of });
    }

    pub(super) fn wake(&mut self, of: usize) {
        let Some((since, clock_stops)) = self.nodes[of].slept.take() else {
            return;
        };
        self.say(|| format!("{of} wakes up"));
        let slept = self.now.since(since);
        if clock_stops {
            let millis = u64::try_from(slept.as_millis()).unwrap_or(0);
            self.nodes[of].ahead = self.nodes[of].ahead.saturating_sub(millis);
        }
        self.nodes[of].asleep = false;
        while let Some(happening) = self.nodes[of].missed.pop_front() {
            self.happen(happening);
        }
        if slept >= LONG_SLEEP {
            for other in 0..self.nodes.len() {
                if other != of {
                    self.heal_path(of, other);
                }
            }
            self.input(of, Input::NetworkChanged);
        }
    }

    /// The clock of a machine jumps ahead, or back by at most the same.
    pub fn leap(&mut self, of: usize, millis: i64) {
        self.say(|| format!("the clock of {of} leaps by {millis} ms"));
        self.nodes[of].ahead = self.nodes[of].ahead.saturating_add_signed(millis);
    }
}
