//! How fast bytes flow, and how long the rest will take.

use core::time::Duration;
use std::collections::VecDeque;

use crate::time::Time;

/// What is looked at. Long enough to be steady to the eye, short enough to show a change of path.
pub const WINDOW: Duration = Duration::from_secs(5);

/// How far samples lie apart.
const STEP: Duration = Duration::from_millis(250);

/// Less than this says nothing: the first bytes only fill buffers.
const LEAST: Duration = Duration::from_millis(750);

/// Counts bytes that flow, and not those that were there already.
#[derive(Debug, Default)]
pub struct Meter {
    /// When, and how many had flowed by then. No more than fit into the window.
    samples: VecDeque<(Time, u64)>,
    flowed: u64,
}

impl Meter {
    /// So many have flowed now.
    pub fn add(&mut self, bytes: u64, now: Time) {
        if self.samples.is_empty() {
            self.samples.push_back((now, self.flowed));
        }
        self.flowed = self.flowed.saturating_add(bytes);
        let is_due = |(last, _): &(Time, u64)| now.since(*last) >= STEP;
        if self.samples.back().is_some_and(is_due) {
            self.samples.push_back((now, self.flowed));
        }
        // One before the window, for the bytes since.
        while self
            .samples
            .get(1)
            .is_some_and(|(at, _)| now.since(*at) >= WINDOW)
        {
            self.samples.pop_front();
        }
    }

    /// What was does not count any more: it was held meanwhile.
    pub fn restart(&mut self) {
        self.samples.clear();
    }

    /// Bytes a second over the [window](WINDOW); zero while nobody can tell.
    pub fn rate(&self, now: Time) -> u64 {
        let since = self
            .samples
            .iter()
            .rev()
            .take_while(|(at, _)| now.since(*at) <= WINDOW);
        let Some((first, before)) = since.last() else {
            return 0;
        };
        let elapsed = now.since(*first);
        if elapsed < LEAST {
            return 0;
        }
        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.flowed.saturating_sub(*before).saturating_mul(1000) / millis
    }

    /// How long so many bytes take at the present rate.
    pub fn left(&self, bytes: u64, now: Time) -> Option<Duration> {
        let rate = self.rate(now);
        (rate > 0).then(|| Duration::from_secs(bytes.div_ceil(rate)))
    }
}
