//! When to ask again for ICE servers whose credentials expire.
//!
//! The usual TURN credentials are good for some hours
//! ([draft-uberti-behave-turn-rest](https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00)). New ones are asked for a
//! fifth of their life before its end, and at least [`LEAD_AT_LEAST`].

use core::time::Duration;

use crate::rng::Rng;
use crate::time::Time;

/// Shortest time before the end at which new servers are asked for.
pub const LEAD_AT_LEAST: Duration = Duration::from_secs(10);

/// Shortest time between two questions, however short the lives that are answered.
pub const ASK_AT_LEAST: Duration = Duration::from_secs(5);

/// First wait after a question that failed; each next one is twice as long.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Longest such wait.
pub const RETRY_AT_MOST: Duration = Duration::from_secs(60);

/// How many questions in a row may fail before nothing more is asked: some six minutes.
pub const MAX_FAILURES: u32 = 10;

/// Decides when to ask. See the [module](self).
#[derive(Clone, Debug)]
pub struct Refresh {
    due: Option<Time>,
    failures: u32,
    rng: Rng,
}

impl Refresh {
    /// Due at once.
    pub const fn new(seed: u64, now: Time) -> Self {
        Self {
            due: Some(now),
            failures: 0,
            rng: Rng::new(seed),
        }
    }

    /// When to ask; `None` for never again.
    pub const fn due(&self) -> Option<Time> {
        self.due
    }

    /// There was an answer, good for `life`, or for good.
    pub fn granted(&mut self, life: Option<Duration>, now: Time) {
        self.failures = 0;
        self.due = life.map(|life| {
            let lead = (life / 5).max(LEAD_AT_LEAST);
            now + life.saturating_sub(lead).max(ASK_AT_LEAST)
        });
    }

    /// There was none.
    pub fn failed(&mut self, now: Time) {
        self.failures = self.failures.saturating_add(1);
        self.due = (self.failures < MAX_FAILURES).then(|| {
            let wait = (RETRY_AFTER * (1 << (self.failures - 1).min(8))).min(RETRY_AT_MOST);
            now + wait + self.rng.up_to(wait / 4)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(1_000_000);

    fn wait_for(life: u64) -> Duration {
        let mut refresh = Refresh::new(1, NOW);
        refresh.granted(Some(Duration::from_secs(life)), NOW);
        refresh.due().expect("it ends").since(NOW)
    }

    #[test]
    fn asks_a_fifth_of_the_life_before_its_end_and_ten_seconds_at_least() {
        assert_eq!(wait_for(3600), Duration::from_secs(2880));
        assert_eq!(wait_for(30), Duration::from_secs(20));
        assert_eq!(wait_for(12), ASK_AT_LEAST);
        assert_eq!(wait_for(0), ASK_AT_LEAST);
    }

    #[test]
    fn the_longest_life_does_no_harm() {
        let mut refresh = Refresh::new(1, NOW);
        refresh.granted(Some(Duration::MAX), NOW);
        assert!(refresh.due().is_some());
    }

    #[test]
    fn what_does_not_expire_is_not_asked_for_again() {
        let mut refresh = Refresh::new(1, NOW);
        assert_eq!(refresh.due(), Some(NOW));
        refresh.granted(None, NOW);
        assert_eq!(refresh.due(), None);
    }

    #[test]
    fn failures_are_repeated_ever_more_slowly_and_not_for_ever() {
        let mut refresh = Refresh::new(1, NOW);
        let mut now = NOW;
        let mut waits = Vec::new();
        for _ in 0..MAX_FAILURES - 1 {
            refresh.failed(now);
            let due = refresh.due().expect("tries again");
            waits.push(due.since(now));
            now = due;
        }
        assert!(waits[0] >= RETRY_AFTER);
        assert!(waits.iter().all(|wait| *wait <= RETRY_AT_MOST * 5 / 4));
        assert!(waits[6] > waits[2] && waits[2] > waits[0]);
        refresh.failed(now);
        assert_eq!(refresh.due(), None, "gives up");
    }

    #[test]
    fn an_answer_makes_failures_forgotten() {
        let mut refresh = Refresh::new(1, NOW);
        for _ in 0..MAX_FAILURES - 1 {
            refresh.failed(NOW);
        }
        refresh.granted(Some(Duration::from_secs(60)), NOW);
        refresh.failed(NOW);
        assert!(refresh.due().expect("tries again").since(NOW) < Duration::from_secs(2));
    }
}
