//! The attempts at a connection: begun, carried forward, given up for the next.

use core::time::Duration;

use super::{
    ATTEMPT_DEADLINE, BrowserCommand, ConnectionState, LINK_DEADLINE, Link, LinkEffect, LinkState,
    POLITE_DELAY, REBUILD_AFTER, REBUILD_AT_MOST, REPEAT_AFTER, START_DEADLINE,
};
use crate::id::Attempt;
use crate::negotiation::{Effect, Negotiation};
use crate::recovery::{Order, Recovery};
use crate::time::Time;

impl Link {
    pub(crate) fn close(&mut self) {
        self.effects
            .push(LinkEffect::Browser(self.attempt, BrowserCommand::Close));
    }

    pub(super) fn open(&mut self, attempt: Attempt, now: Time) {
        self.attempt = attempt;
        self.negotiation = Negotiation::new(self.polite);
        self.browser = ConnectionState::New;
        self.control_open = false;
        self.ping = None;
        self.no_courtesy();
        self.described = 0;
        self.opened_at = now;
        self.attempts = self.attempts.saturating_add(1);
        self.agreed = false;
        self.rebuild_at = Some(now + ATTEMPT_DEADLINE);
        self.repeat_after = REPEAT_AFTER;
        self.repeat_at = Some(now + REPEAT_AFTER);
        self.repeated_at = now;
        self.effects
            .push(LinkEffect::Browser(attempt, BrowserCommand::Open));
    }

    pub(super) fn rebuild(&mut self, attempt: Attempt, now: Time) {
        self.close();
        if let Some(recovery) = &mut self.recovery {
            recovery.rebuilding();
        }
        self.forsaken(now);
        self.open(attempt, now);
    }

    /// The connection is not counted on any longer.
    fn forsaken(&mut self, now: Time) {
        self.recover(now);
        self.give_up_at.get_or_insert(now + LINK_DEADLINE);
        if self.state != LinkState::Connecting {
            self.become_state(LinkState::Reconnecting);
        }
    }

    /// Carries out what the recovery orders.
    pub(super) fn recover(&mut self, now: Time) {
        let Some(recovery) = &mut self.recovery else {
            return;
        };
        for order in recovery.orders() {
            match order {
                Order::Probe => self.probe(),
                Order::Ask => self.effects.push(LinkEffect::Ask),
                // An open offer is said again instead: browsers do not take two restarts well.
                Order::RestartIce if !self.negotiation.is_stable() => self.hurry(now),
                Order::RestartIce => {
                    self.pings_since = self.pings.wrapping_add(1);
                    self.effects.push(LinkEffect::Browser(
                        self.attempt,
                        BrowserCommand::RestartIce,
                    ));
                }
                Order::SendKeyFrames => self.effects.push(LinkEffect::Browser(
                    self.attempt,
                    BrowserCommand::SendKeyFrames,
                )),
                Order::Rebuild => self.rebuild(self.attempt.next(), now),
                Order::Interrupted => {
                    self.give_up_at.get_or_insert(now + LINK_DEADLINE);
                    self.become_state(LinkState::Interrupted);
                }
                Order::Resumed(gap) => {
                    self.give_up_at = None;
                    self.failures = 0;
                    self.effects.push(LinkEffect::Resumed(gap));
                    self.become_state(LinkState::Connected);
                    self.negotiated(now);
                }
            }
        }
    }

    /// A step further: what counts is the time without any, as machines and paths may be slow.
    pub(super) fn progressed(&mut self, now: Time) {
        // A connection that has been given up, or is there, has nothing to be repeated.
        if self.rebuild_at.is_some() && self.repeat_at.is_some() {
            self.rebuild_at = Some(now + self.attempt_deadline());
        }
    }

    fn attempt_deadline(&self) -> Duration {
        if self.agreed && self.browser == ConnectionState::New {
            (START_DEADLINE * (1 << self.attempts.saturating_sub(1).min(4))).min(ATTEMPT_DEADLINE)
        } else {
            ATTEMPT_DEADLINE
        }
    }

    /// This connection will not come back.
    pub(super) fn fail(&mut self, now: Time) {
        // A connection that worked is rebuilt at once; one that never did, ever more slowly.
        let backoff = match self.failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => (REBUILD_AFTER * (1 << doublings.min(8))).min(REBUILD_AT_MOST),
        };
        self.failures = self.failures.saturating_add(1);
        self.repeat_at = None;
        match &mut self.recovery {
            // Once the other side is known to hear of it.
            Some(recovery) => {
                recovery.failed(now + backoff, now);
                self.rebuild_at = None;
            }
            None => {
                let courtesy = if self.polite {
                    POLITE_DELAY
                } else {
                    Duration::ZERO
                };
                self.rebuild_at = Some(now + backoff + courtesy);
            }
        }
        self.forsaken(now);
    }

    /// What the browser's states add up to.
    pub(super) fn weigh(&mut self, now: Time) {
        match self.browser {
            ConnectionState::Connected if self.control_open => {
                self.rebuild_at = None;
                self.attempts = 0;
                self.suspected_until = None;
                match &mut self.recovery {
                    None => {
                        self.recovery = Some(Recovery::new(self.polite, self.seed, now));
                        self.give_up_at = None;
                        self.failures = 0;
                        self.become_state(LinkState::Connected);
                    }
                    Some(recovery) => {
                        recovery.connected(now);
                        self.recover(now);
                    }
                }
                self.negotiated(now);
            }
            ConnectionState::Disconnected => {
                if let Some(recovery) = &mut self.recovery {
                    recovery.disconnected(now);
                }
                self.recover(now);
            }
            ConnectionState::Failed => self.fail(now),
            _ => self.progressed(now),
        }
    }

    fn become_state(&mut self, state: LinkState) {
        if self.state != state {
            self.state = state;
            self.effects.push(LinkEffect::State(state));
        }
    }

    /// Passes the negotiation's effects on, and keeps repeating while there is something to wait for.
    pub(super) fn negotiated(&mut self, now: Time) {
        let attempt = self.attempt;
        for effect in self.negotiation.effects() {
            self.effects.push(match effect {
                Effect::SetLocalDescription => {
                    LinkEffect::Browser(attempt, BrowserCommand::SetLocalDescription)
                }
                Effect::SetRemoteDescription(description) => {
                    LinkEffect::Browser(attempt, BrowserCommand::SetRemoteDescription(description))
                }
                Effect::AddIceCandidate(candidate) => {
                    LinkEffect::Browser(attempt, BrowserCommand::AddIceCandidate(candidate))
                }
                Effect::Send(signal) => LinkEffect::Signal(attempt, signal),
            });
        }
        if let Some(recovery) = &mut self.recovery
            && self.negotiation.is_stable()
        {
            recovery.agreed(now);
            self.recover(now);
        }
        if !self.agreed && self.negotiation.is_agreed() {
            self.agreed = true;
            self.progressed(now);
        }
        if self.state == LinkState::Connected && self.negotiation.is_stable() {
            self.repeat_at = None;
            self.repeat_after = REPEAT_AFTER;
        } else if self.repeat_at.is_none() {
            self.repeat_at = Some(now + self.repeat_after);
        }
    }
}
