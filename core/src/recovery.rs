//! What to do when a connection that worked falters: wait, restart ICE, or build it anew.
//!
//! ```text
//!            disconnected            grace over           deadline, thrice        deadline
//!   steady ───────────────▶ suspect ───────────▶ restarting ─────────────▶ build anew ◀── verifying
//!     ▲  ╲ hint: network      │ connected            │ connected                           ▲
//!     │   ╲ changed, woke up  ▼                      ▼                                     │
//!     │    ▶ probing ──────▶ restarting          verifying ── nothing came ────────────────┘
//!     └──────── something came ─────────────────────┘
//! ```
//!
//! Facts that it rests on: outages of ten seconds heal by themselves, so there is a grace; Firefox reports `connected` after an
//! ICE restart that came too late although nothing flows any more, so recovery is judged by what arrives, never by a state; and
//! after `failed` only a new connection is sure to work in every browser.
//!
//! Sources: RFC 8445 §9 (restarts), RFC 7675 (consent), W3C webrtc-pc §4.3.3.

use core::time::Duration;

use crate::rng::Rng;
use crate::time::Time;

/// How long a connection may be `disconnected` before ICE is restarted: most such states end within it.
pub const GRACE: Duration = Duration::from_secs(2);

/// How much longer the polite side waits, so that one of the two restarts and not both.
pub const COURTESY: Duration = Duration::from_millis(1500);

/// How long a sign of life may take when something hints at a change. Two lost packets in a row are forgiven.
pub const PROBE_DEADLINE: Duration = Duration::from_millis(1500);

/// How long a restart may take before the next; doubled for each.
pub const RESTART_DEADLINE: Duration = Duration::from_secs(4);

/// How many restarts are tried before the connection is built anew.
pub const MAX_RESTARTS: u32 = 3;

/// How long after `connected` something must have come.
pub const VERIFY_DEADLINE: Duration = Duration::from_secs(3);

/// Shortest time between two restarts that hints bring about: a flapping network must not become a storm of offers.
pub const HINT_AT_LEAST: Duration = Duration::from_secs(3);

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask the other side for a sign of life over the connection.
    Probe,
    /// Call `restartIce()`.
    RestartIce,
    /// Close the connection and build it anew.
    Rebuild,
    /// Tell the application that nothing flows.
    Interrupted,
    /// Tell the application that it flows again, after so long.
    Resumed(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Steady,
    /// A hint came; all may be well.
    Probing {
        until: Time,
    },
    /// The browser says `disconnected`.
    Suspect {
        until: Time,
    },
    Restarting {
        until: Time,
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
    /// Since when the application knows of an interruption.
    told: bool,
    restarts: u32,
    hinted: Option<Time>,
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
            restarts: 0,
            hinted: None,
            rng: Rng::new(seed),
            orders: Vec::new(),
        }
    }

    /// Something of the other side came over the connection.
    pub fn heard(&mut self, now: Time) {
        // What comes while the browser says `disconnected` was under way before.
        if self.connected && self.phase != Phase::Rebuilding {
            let gap = now.since(self.heard);
            self.heard = now;
            self.phase = Phase::Steady;
            self.restarts = 0;
            if std::mem::take(&mut self.told) {
                self.orders.push(Order::Resumed(gap));
            }
        }
    }

    /// The browser says `disconnected`.
    pub fn disconnected(&mut self, now: Time) {
        self.connected = false;
        match self.phase {
            Phase::Steady | Phase::Probing { .. } | Phase::Verifying { .. } => {
                self.tell();
                self.phase = Phase::Suspect {
                    until: now + GRACE + self.courtesy(),
                };
            }
            Phase::Suspect { .. } | Phase::Restarting { .. } | Phase::Rebuilding => {}
        }
    }

    /// The browser says `connected`, and the control channel is open.
    pub fn connected(&mut self, now: Time) {
        self.connected = true;
        match self.phase {
            Phase::Suspect { .. } | Phase::Restarting { .. } | Phase::Rebuilding => {
                self.phase = Phase::Verifying {
                    until: now + VERIFY_DEADLINE,
                };
                self.orders.push(Order::Probe);
            }
            Phase::Steady | Phase::Probing { .. } | Phase::Verifying { .. } => {}
        }
    }

    /// The connection is being built anew: the browser says `failed`, the control channel closed, or the other side did it.
    pub fn rebuilding(&mut self) {
        self.connected = false;
        self.tell();
        self.phase = Phase::Rebuilding;
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
            Phase::Steady => {
                self.phase = Phase::Probing {
                    until: now + PROBE_DEADLINE,
                };
                self.orders.push(Order::Probe);
            }
            // The grace was for waiting; this is what was waited for.
            Phase::Suspect { .. } | Phase::Restarting { .. } => self.restart(now),
            Phase::Probing { .. } | Phase::Verifying { .. } | Phase::Rebuilding => {}
        }
    }

    /// When to call [`timeout`](Self::timeout).
    pub const fn next_timeout(&self) -> Option<Time> {
        match self.phase {
            Phase::Steady | Phase::Rebuilding => None,
            Phase::Probing { until }
            | Phase::Suspect { until }
            | Phase::Restarting { until }
            | Phase::Verifying { until } => Some(until),
        }
    }

    /// The time of [`next_timeout`](Self::next_timeout) has come.
    pub fn timeout(&mut self, now: Time) {
        if self.next_timeout().is_none_or(|until| until > now) {
            return;
        }
        match self.phase {
            Phase::Probing { .. } => {
                self.tell();
                self.restart(now);
            }
            Phase::Suspect { .. } => self.restart(now),
            Phase::Restarting { .. } if self.restarts < MAX_RESTARTS => self.restart(now),
            Phase::Restarting { .. } | Phase::Verifying { .. } => {
                self.rebuilding();
                self.orders.push(Order::Rebuild);
            }
            Phase::Steady | Phase::Rebuilding => {}
        }
    }

    /// What is to be done since the last call, in this order.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.orders)
    }

    fn restart(&mut self, now: Time) {
        let patience = RESTART_DEADLINE * (1 << self.restarts.min(MAX_RESTARTS));
        self.restarts = self.restarts.saturating_add(1);
        self.phase = Phase::Restarting {
            until: now + patience + self.rng.up_to(patience / 4),
        };
        self.orders.push(Order::RestartIce);
    }

    fn tell(&mut self) {
        if !std::mem::replace(&mut self.told, true) {
            self.orders.push(Order::Interrupted);
        }
    }

    const fn courtesy(&self) -> Duration {
        if self.polite {
            COURTESY
        } else {
            Duration::ZERO
        }
    }
}
