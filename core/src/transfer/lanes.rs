//! How many connections a transfer uses: chosen by measuring.
//!
//! One SCTP association needs many round trips to fill a long line, and gives way at every loss. Several side by side fill it sooner and lose less each. They
//! are added a few at once, and kept if more came through with them than before; if not they are given up, and the next attempt waits.

use core::time::Duration;

use crate::time::Time;

/// Most lanes at a time, besides the channel: as many connections as browsers open to one server, and some.
pub const MAX_LANES: usize = 7;

/// The same with the one that is on the peer's own connection.
pub(super) const MAX_OPEN: usize = MAX_LANES + 1;

/// Most lanes of one transfer, one after the other: each is a connection that the receiver makes because it was asked to.
pub const MAX_OFFERS: u32 = 64;

/// How many are added first; then as many as there are, as long as it pays.
const FIRST: usize = 3;

/// Lanes take about a second to be there and another to be quick: what is left has to take longer.
const WORTH: Duration = Duration::from_secs(3);

/// Nothing is judged by less than this, and ten round trips: congestion control goes up and down.
const LEAST: Duration = Duration::from_secs(1);

/// A round trip from which on a line counts as long, so that the beginning says enough.
const LONG: Duration = Duration::from_millis(20);

/// A measurement at the beginning of a long line.
const GLANCE: Duration = Duration::from_millis(250);

/// How long lanes may take to be connected before it is judged without those that are not.
const CONNECTING: Duration = Duration::from_secs(10);

/// After an attempt that did not pay; twice as long after each further one.
const REST: Duration = Duration::from_secs(20);

/// The longest rest.
const MAX_REST: Duration = Duration::from_secs(320);

/// A call's round trip may grow by this while lanes are used, besides doubling: more is a queue that the lanes fill.
const MORE_DELAY: Duration = Duration::from_millis(50);

/// A call's packets that get lost may become more by this share.
const MORE_LOSS: f64 = 0.02;

/// What is said of a lane by the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The offer, or the answer to it.
    Description {
        /// The lane's number.
        lane: u32,
        /// The session description, with its candidates.
        sdp: String,
    },
    /// It is no more.
    End {
        /// The lane's number.
        lane: u32,
    },
}

/// How a call goes on the connection that the channel is on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Call {
    /// The round trip.
    pub rtt: Option<Duration>,
    /// The share of this side's packets that got lost lately, 0 to 1.
    pub loss: f64,
}

/// How it stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub now: Time,
    /// How much has arrived in all.
    pub arrived: u64,
    /// How much is still to arrive.
    pub left: u64,
    /// Whether it is the network that is waited for: there is data, may be sent, and finds no room.
    pub limited: bool,
    /// How many lanes are connected.
    pub open: usize,
    /// The line's round trip, if it is known.
    pub rtt: Option<Duration>,
    /// A call on the same connection, if there is one.
    pub call: Option<Call>,
}

/// Decides how many lanes there should be.
#[derive(Debug)]
pub struct Lanes {
    wanted: usize,
    phase: Phase,
    rest: Duration,
    /// The call without lanes.
    quiet: Option<Call>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Measures what comes through as it is.
    Measuring(Option<Mark>),
    /// Lanes are being connected; there were so many before, and so many bytes a second.
    Connecting { before: Before, since: Time },
    /// They are connected, and become quick.
    Settling { before: Before, since: Time },
    /// Measures whether they are worth it.
    Judging { before: Before, from: Option<Mark> },
    /// Enough for now.
    Resting(Time),
}

#[derive(Clone, Copy, Debug)]
struct Before {
    lanes: usize,
    rate: u64,
}

/// Where a measurement begins.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Time,
    arrived: u64,
}

impl Mark {
    /// Bytes a second since, once it is long enough ago.
    fn rate(self, sample: &Sample, least: Duration) -> Option<u64> {
        let elapsed = sample.now.since(self.at);
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let bytes = sample.arrived.saturating_sub(self.arrived);
        (elapsed >= least).then(|| bytes.saturating_mul(1000) / millis.max(1))
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            wanted: 0,
            phase: Phase::Measuring(None),
            rest: REST,
            quiet: None,
        }
    }
}

impl Lanes {
    /// How many lanes there should be, by how it stands now. To be asked a few times a second.
    pub fn sample(&mut self, sample: &Sample) -> usize {
        if self.is_bad_for(sample) {
            self.give_up(0, sample.now);
            return self.wanted;
        }
        if sample.open < self.wanted && !matches!(self.phase, Phase::Connecting { .. }) {
            // Some were lost. What made them so may make others so.
            self.give_up(sample.open, sample.now);
        }
        let least = LEAST.max(sample.rtt.unwrap_or_default() * 10);
        let mark = Mark {
            at: sample.now,
            arrived: sample.arrived,
        };
        match self.phase {
            Phase::Resting(until) => {
                if sample.now >= until {
                    self.phase = Phase::Measuring(None);
                }
            }
            // A break says nothing of the line.
            Phase::Measuring(_) if !sample.limited => self.phase = Phase::Measuring(None),
            Phase::Measuring(None) => self.phase = Phase::Measuring(Some(mark)),
            Phase::Measuring(Some(from)) => {
                let is_long = sample.rtt.is_some_and(|rtt| rtt >= LONG);
                let least = if self.wanted == 0 && is_long {
                    GLANCE
                } else {
                    least
                };
                if let Some(rate) = from.rate(sample, least) {
                    self.add(rate, sample);
                }
            }
            Phase::Connecting { before, since } => {
                let is_late = sample.now.since(since) >= CONNECTING;
                if sample.open == 0 && is_late {
                    // None can be had.
                    self.give_up(0, sample.now);
                } else if sample.open >= self.wanted || is_late {
                    self.wanted = self.wanted.min(sample.open);
                    self.phase = Phase::Settling {
                        before,
                        since: sample.now,
                    };
                }
            }
            Phase::Settling { before, since } => {
                if sample.now.since(since) >= least / 2 {
                    self.phase = Phase::Judging { before, from: None };
                }
            }
            Phase::Judging { before, .. } if !sample.limited => {
                self.phase = Phase::Judging { before, from: None };
            }
            Phase::Judging { before, from: None } => {
                let from = Some(mark);
                self.phase = Phase::Judging { before, from };
            }
            Phase::Judging {
                before,
                from: Some(from),
            } => {
                if let Some(rate) = from.rate(sample, least) {
                    self.judge(before, rate, sample);
                }
            }
        }
        self.wanted
    }

    /// Adds some if what is left is worth it.
    fn add(&mut self, rate: u64, sample: &Sample) {
        let seconds = sample.left / rate.max(1);
        if seconds < WORTH.as_secs() || self.wanted >= MAX_LANES {
            self.phase = Phase::Measuring(None);
            return;
        }
        let before = Before {
            lanes: self.wanted,
            rate,
        };
        self.wanted = (self.wanted + FIRST.max(self.wanted + 1)).min(MAX_LANES);
        self.phase = Phase::Connecting {
            before,
            since: sample.now,
        };
    }

    /// A sixth more is more than chance, and less than a line that has room gives for twice as many.
    fn judge(&mut self, before: Before, rate: u64, sample: &Sample) {
        if rate < before.rate.saturating_add(before.rate / 6) {
            self.give_up(before.lanes, sample.now);
            return;
        }
        self.rest = REST;
        self.phase = Phase::Measuring(None);
        if self.wanted < MAX_LANES {
            self.add(rate, sample);
        }
    }

    fn give_up(&mut self, wanted: usize, now: Time) {
        self.wanted = wanted;
        let until = u64::try_from(self.rest.as_millis()).unwrap_or(u64::MAX);
        self.phase = Phase::Resting(Time::from_millis(now.as_millis().saturating_add(until)));
        self.rest = (self.rest * 2).min(MAX_REST);
    }

    /// Whether a call suffers from the lanes that there are.
    fn is_bad_for(&mut self, sample: &Sample) -> bool {
        let Some(call) = sample.call else {
            self.quiet = None;
            return false;
        };
        if self.wanted == 0 {
            self.quiet = Some(call);
            return false;
        }
        // Of a call that began when there were lanes already nothing better is known.
        let quiet = *self.quiet.get_or_insert(call);
        let is_late = |(now, before): (Duration, Duration)| now > before * 2 + MORE_DELAY;
        call.rtt.zip(quiet.rtt).is_some_and(is_late) || call.loss > quiet.loss + MORE_LOSS
    }
}
