//! What to do when a connection that worked falters: ask, restart ICE, or build it anew.
//!
//! ```text
//!            silence, or a hint          still silent,               the other side          nothing
//!                                        `disconnected`              answers outside         came
//!   steady ─────────────────▶ listening ────────────────▶ asking ───────────────▶ suspect ─▶ restarting ──┐
//!     ▲                        probing                      ▲  ▲                      │                    │
//!     │                                                     │  └──────────────────────┼────────────────────┘
//!     │ something came                                      │ `failed`                ▼
//!     └──────────────────────── from anywhere ── verifying ─┴─────────────────── build anew
//! ```
//!
//! Facts that it rests on: browsers say `disconnected` after five to eight seconds, which is too late for someone who talks, so
//! silence is looked into before. **A remedy needs both sides, and therefore the outside path**: a restart or a new connection begun
//! while the other side cannot hear of it gathers addresses of a network that is not there, and keeps the old path, which would have
//! healed by itself, from doing so. Hence the question over the outside path, and no remedy before its answer. Firefox reports
//! `connected` after an ICE restart that came too late although nothing flows any more, so recovery is judged by what arrives, never
//! by a state; a second restart soon after the first makes it give up; and after `failed` only a new connection is sure to work
//! in every browser, as it is when this side has another address.
//!
//! Sources: RFC 8445 §9 (restarts), RFC 7675 (consent), W3C webrtc-pc §4.3.3.

use core::time::Duration;

use crate::rng::Rng;
use crate::time::Time;

/// After how long without a sign of life the other side is asked for one, over the connection. Of two sides that are connected one
/// asks, about once a second, which is no more than ICE does (RFC 7675 §5.1).
pub const LISTEN_FOR: Duration = Duration::from_secs(1);

/// How long the answer may take before the question goes outside. That tells a broken path from a broken network, and whether the
/// outside path itself still lives.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(750);

/// How long a sign of life may take when something hints at a change. Two lost packets in a row are forgiven.
pub const PROBE_DEADLINE: Duration = Duration::from_millis(1500);

/// No remedy after a shorter silence.
pub const SILENCE: Duration = Duration::from_millis(2500);

/// From when the other side answers outside, if that was soon: then the network is there, and the path is another.
pub const GRACE: Duration = Duration::from_millis(300);

/// An answer later than this is that of a network that was away.
pub const ANSWERS_SOON: Duration = Duration::from_millis(2500);

/// The same then: browsers find the old path again by themselves within 1.5 s, and a restart just then breaks it in Firefox.
pub const GRACE_AFTER_OUTAGE: Duration = Duration::from_secs(2);

/// How much longer the polite side waits, so that one of the two acts and not both.
pub const COURTESY: Duration = Duration::from_millis(1200);

/// The same before building anew. Two attempts at once collide, and after a rollback Chromium sometimes gathers no candidates.
pub const REBUILD_COURTESY: Duration = Duration::from_secs(1);

/// Silence so soon after a restart is not remedied by another: browsers do not take that well.
pub const ONE_RESTART_IN: Duration = Duration::from_secs(20);

/// First wait before the question is asked outside again; each next wait is twice as long. Whoever comes back says so by itself.
pub const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Longest such wait.
pub const ASK_AT_MOST: Duration = Duration::from_secs(8);

/// How long a restart may take before the connection is built anew. Its checks go on meanwhile, and meet a path that comes back; a
/// browser that gives up says `failed`.
pub const RESTART_DEADLINE: Duration = Duration::from_secs(10);

/// How long an answer may take once both sides have each other's description after a restart. Chromium sometimes goes on sending to where the
/// other side listened before, and either browser calls that `connected`; only an answer proves both directions.
pub const ANSWER_AFTER_RESTART: Duration = Duration::from_secs(2);

/// How long after `connected` something must have come. Chromium's SCTP tries again every three seconds when the path was gone for long.
pub const VERIFY_DEADLINE: Duration = Duration::from_millis(3300);

/// How long after a restart has been negotiated pictures are begun anew: by then checks have found the path, unless it is a long one.
pub const PICTURES_AFTER: Duration = Duration::from_millis(250);

/// And how long after that again; also once after something has come.
pub const PICTURES_AGAIN: Duration = Duration::from_millis(750);

/// How often at the most, after a restart.
pub const PICTURES_AT_MOST: u32 = 4;

/// A hint this long ago is of another change.
pub const HINT_COUNTS: Duration = Duration::from_secs(10);

/// Shortest time between two hints that have an effect: a flapping network must not become a storm of questions.
pub const HINT_AT_LEAST: Duration = Duration::from_secs(3);

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask the other side for a sign of life over the connection.
    Probe,
    /// Ask it outside, by a message that it answers: then call [`Recovery::reached`].
    Ask,
    /// Call `restartIce()`.
    RestartIce,
    /// Send key frames: the other side has lost some of the pictures, and may take three seconds to say so.
    SendKeyFrames,
    /// Close the connection and build it anew.
    Rebuild,
    /// Tell the application that nothing flows.
    Interrupted,
    /// Tell the application that it flows again, after so long.
    Resumed(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    Restart,
    Rebuild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Steady,
    /// Nothing has come for a while, and the other side has been asked; all may be well.
    Listening {
        until: Time,
    },
    /// A hint came; all may be well.
    Probing {
        until: Time,
    },
    /// It has been asked outside, and will be again at `until`.
    Asking {
        since: Time,
        until: Time,
        wait: Duration,
        remedy: Remedy,
    },
    /// It has answered outside, so that a remedy can work, at `until`.
    Suspect {
        until: Time,
        remedy: Remedy,
    },
    Restarting {
        until: Time,
        agreed: bool,
    },
    /// The browser says `connected`; that alone proves nothing.
    Verifying {
        until: Time,
    },
    /// It is being built anew.
    Rebuilding,
}

/// The recovery of one link, from when it first connected. See the [module](self).
#[derive(Clone, Debug)]
pub struct Recovery {
    polite: bool,
    phase: Phase,
    /// Whether the browser says `connected`.
    connected: bool,
    /// When something last came.
    heard: Time,
    /// Whether the application knows of an interruption.
    told: bool,
    /// Not to be built anew before.
    not_before: Time,
    /// When ICE was last restarted.
    restarted: Option<Time>,
    hinted: Option<Time>,
    /// When the outside path was last back after an outage.
    returned: Option<Time>,
    /// When pictures are begun anew once more, and how often they have been.
    pictures: Option<(Time, u32)>,
    /// Whether what flows now flows over a new connection, whose pictures are new as well.
    rebuilt: bool,
    rng: Rng,
    orders: Vec<Order>,
}

impl Recovery {
    /// A link that is connected now.
    pub const fn new(polite: bool, seed: u64, now: Time) -> Self {
        Self {
            polite,
            phase: Phase::Steady,
            connected: true,
            heard: now,
            told: false,
            not_before: Time::ZERO,
            restarted: None,
            hinted: None,
            returned: None,
            pictures: None,
            rebuilt: false,
            rng: Rng::new(seed),
            orders: Vec::new(),
        }
    }

    /// Something of the other side came over the connection. Whether it is an `answer` to what was sent since a restart, if there was one,
    /// matters only after that.
    pub fn heard(&mut self, answer: bool, now: Time) {
        if let Phase::Restarting { .. } = self.phase
            && !answer
        {
            return;
        }
        // What comes while the browser says `disconnected` was under way before.
        if self.connected && self.phase != Phase::Rebuilding {
            let gap = now.since(self.heard);
            self.heard = now;
            let rebuilt = std::mem::take(&mut self.rebuilt);
            if !self.is_well() && !rebuilt {
                self.orders.push(Order::SendKeyFrames);
                // This side may not have found the way yet by which that came.
                self.pictures = Some((now + PICTURES_AGAIN, PICTURES_AT_MOST - 1));
            }
            self.phase = Phase::Steady;
            if std::mem::take(&mut self.told) {
                self.orders.push(Order::Resumed(gap));
            }
        }
    }

    /// The browser says `disconnected`.
    pub fn disconnected(&mut self, now: Time) {
        self.connected = false;
        match self.phase {
            Phase::Steady
            | Phase::Listening { .. }
            | Phase::Probing { .. }
            | Phase::Verifying { .. } => {
                self.tell();
                self.ask(Remedy::Restart, now);
            }
            Phase::Asking { .. } | Phase::Suspect { .. } | Phase::Restarting { .. } => self.tell(),
            Phase::Rebuilding => {}
        }
    }

    /// The browser says `connected`, and the control channel is open.
    pub fn connected(&mut self, now: Time) {
        let news = !std::mem::replace(&mut self.connected, true);
        if news && !self.rebuilt {
            self.orders.push(Order::SendKeyFrames);
        }
        match self.phase {
            Phase::Restarting { .. } | Phase::Rebuilding => self.verify(now),
            Phase::Asking { .. } | Phase::Suspect { .. } if news => self.verify(now),
            _ => {}
        }
    }

    /// The connection will not come back: the browser says `failed`, or the control channel closed. Another is not to be tried
    /// before `not_before`.
    pub fn failed(&mut self, not_before: Time, now: Time) {
        self.connected = false;
        self.tell();
        self.not_before = not_before;
        self.ask(Remedy::Rebuild, now);
    }

    /// The connection is being built anew, by this side or the other.
    pub fn rebuilding(&mut self) {
        self.connected = false;
        self.restarted = None;
        self.pictures = None;
        self.rebuilt = true;
        self.tell();
        self.phase = Phase::Rebuilding;
    }

    /// Both sides have each other's description. After a restart, checks begin.
    pub fn agreed(&mut self, now: Time) {
        if let Phase::Restarting { agreed, until } = &mut self.phase
            && !*agreed
        {
            *agreed = true;
            if self.connected {
                *until = now + ANSWER_AFTER_RESTART;
            }
            self.pictures = Some((now + PICTURES_AFTER, 0));
            self.orders.push(Order::Probe);
        }
    }

    /// The other side has said something outside, so that it can be told of a remedy.
    pub fn reached(&mut self, now: Time) {
        let Phase::Asking { since, remedy, .. } = self.phase else {
            return;
        };
        let moved = self.has_moved(now);
        let (grace, courtesy) = match remedy {
            // The other side has no reason yet to act.
            Remedy::Rebuild if moved => (Duration::ZERO, Duration::ZERO),
            Remedy::Restart if now.since(since) <= ANSWERS_SOON => (GRACE, COURTESY),
            Remedy::Restart => (GRACE_AFTER_OUTAGE, COURTESY),
            // There is nothing that could heal by itself.
            Remedy::Rebuild => (Duration::ZERO, REBUILD_COURTESY),
        };
        let courtesy = if self.polite {
            courtesy
        } else {
            Duration::ZERO
        };
        let silence = if moved { Duration::ZERO } else { SILENCE };
        let earliest = (self.heard + silence).max(now + grace).max(self.not_before);
        self.phase = Phase::Suspect {
            until: earliest + courtesy,
            remedy,
        };
    }

    /// The other side restarts ICE, so that this side need not. What this side has to build anew a restart does not mend.
    /// Whether this side now waits for what comes of it.
    pub fn restarted_by_other(&mut self, now: Time) -> bool {
        let restart = matches!(
            self.phase,
            Phase::Asking {
                remedy: Remedy::Restart,
                ..
            } | Phase::Suspect {
                remedy: Remedy::Restart,
                ..
            }
        );
        if restart {
            self.restarting(now);
        }
        restart
    }

    /// The outside path is back after an outage.
    pub fn outside_is_back(&mut self, now: Time) {
        self.returned = Some(now);
        if let Phase::Asking { remedy, .. } = self.phase {
            self.ask(remedy, now);
        }
    }

    /// The device hints at a change: another network, `online`, awake again after sleep.
    pub fn hint(&mut self, now: Time) {
        if self
            .hinted
            .is_some_and(|last| now.since(last) < HINT_AT_LEAST)
        {
            return;
        }
        self.hinted = Some(now);
        match self.phase {
            Phase::Steady | Phase::Listening { .. } => {
                self.phase = Phase::Probing {
                    until: now + PROBE_DEADLINE,
                };
                self.orders.push(Order::Probe);
            }
            Phase::Asking { remedy, .. } => self.ask(remedy, now),
            Phase::Probing { .. }
            | Phase::Suspect { .. }
            | Phase::Restarting { .. }
            | Phase::Verifying { .. }
            | Phase::Rebuilding => {}
        }
    }

    /// Whether the other side was asked on every way there is, and has not answered.
    pub const fn is_unanswered(&self) -> bool {
        matches!(self.phase, Phase::Asking { .. })
    }

    /// Whether there is no doubt that what is sent over the connection arrives.
    pub const fn is_well(&self) -> bool {
        self.connected
            && matches!(
                self.phase,
                Phase::Steady | Phase::Listening { .. } | Phase::Probing { .. }
            )
    }

    /// When to call [`timeout`](Self::timeout).
    pub fn next_timeout(&self) -> Option<Time> {
        let pictures = self.pictures.map(|(at, _)| at);
        self.deadline().into_iter().chain(pictures).min()
    }

    /// Up to when the phase lasts.
    fn deadline(&self) -> Option<Time> {
        match self.phase {
            Phase::Rebuilding => None,
            Phase::Steady => Some(self.heard + LISTEN_FOR),
            Phase::Listening { until }
            | Phase::Probing { until }
            | Phase::Asking { until, .. }
            | Phase::Suspect { until, .. }
            | Phase::Restarting { until, .. }
            | Phase::Verifying { until } => Some(until),
        }
    }

    /// The time of [`next_timeout`](Self::next_timeout) has come.
    pub fn timeout(&mut self, now: Time) {
        if let Some((at, times)) = self.pictures
            && at <= now
        {
            let again = times + 1 < PICTURES_AT_MOST;
            self.pictures = again.then_some((now + PICTURES_AGAIN, times + 1));
            self.orders.push(Order::SendKeyFrames);
        }
        if self.deadline().is_none_or(|until| until > now) {
            return;
        }
        match self.phase {
            Phase::Steady => {
                self.phase = Phase::Listening {
                    until: now + ANSWER_WITHIN,
                };
                self.orders.push(Order::Probe);
            }
            Phase::Listening { .. } => self.ask(Remedy::Restart, now),
            Phase::Probing { .. } => {
                self.tell();
                self.ask(Remedy::Restart, now);
            }
            Phase::Asking {
                since,
                wait,
                remedy,
                ..
            } => {
                let wait = (wait * 2).min(ASK_AT_MOST);
                self.phase = Phase::Asking {
                    since,
                    until: now + wait * 3 / 4 + self.rng.up_to(wait / 2),
                    wait,
                    remedy,
                };
                self.orders.push(Order::Ask);
            }
            Phase::Suspect { remedy, .. } => match remedy {
                Remedy::Restart => {
                    self.restarting(now);
                    self.orders.push(Order::RestartIce);
                }
                Remedy::Rebuild => {
                    self.rebuilding();
                    self.orders.push(Order::Rebuild);
                }
            },
            Phase::Restarting { .. } | Phase::Verifying { .. } => {
                self.tell();
                self.ask(Remedy::Rebuild, now);
            }
            Phase::Rebuilding => {}
        }
    }

    /// What is to be done since the last call, in this order.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    fn ask(&mut self, remedy: Remedy, now: Time) {
        let since = match self.phase {
            Phase::Asking { since, .. } => since,
            _ => now,
        };
        let again = self
            .restarted
            .is_some_and(|last| now.since(last) < ONE_RESTART_IN);
        self.phase = Phase::Asking {
            since,
            until: now + ASK_AGAIN,
            wait: ASK_AGAIN,
            remedy: if again || self.has_moved(now) {
                Remedy::Rebuild
            } else {
                remedy
            },
        };
        self.orders.push(Order::Ask);
    }

    /// Whether this side has another address, as far as can be told: the device hinted at a change, nothing came over the connection since,
    /// although it was asked for, and the outside path had to be opened anew. The old path is gone for good then, and a restart has
    /// its dangers: Chromium goes on sending to where the other side's browser listened before, when that still answered the first check.
    fn has_moved(&self, now: Time) -> bool {
        self.hinted.is_some_and(|hinted| {
            self.heard < hinted
                && self.returned.is_some_and(|returned| returned > hinted)
                && (PROBE_DEADLINE..HINT_COUNTS).contains(&now.since(hinted))
        })
    }

    fn restarting(&mut self, now: Time) {
        self.restarted = Some(now);
        self.phase = Phase::Restarting {
            until: now + RESTART_DEADLINE,
            agreed: false,
        };
    }

    fn verify(&mut self, now: Time) {
        self.phase = Phase::Verifying {
            until: now + VERIFY_DEADLINE,
        };
        self.orders.push(Order::Probe);
    }

    fn tell(&mut self) {
        if !std::mem::replace(&mut self.told, true) {
            self.orders.push(Order::Interrupted);
        }
    }
}
