//! When to try again.

use core::time::Duration;

use super::error::Retry;
use crate::Time;
use crate::rng::Rng;

/// Before the second attempt: most interruptions are over at once.
const BASE: Duration = Duration::from_millis(250);

/// No attempt follows another sooner, however the dice fall.
const FLOOR: Duration = Duration::from_millis(50);

/// How long an outage is young. Members whose calls go on notice nothing of it; it is newcomers who wait, for them too.
const EAGER: Duration = Duration::from_secs(300);

/// Ceiling while an outage is young. A broker that restarts is back within seconds, and someone who has just opened a link
/// waits at the screen: with this, they are in within 5 s of its return.
const EAGER_CEILING: Duration = Duration::from_secs(4);

/// Ceiling later, when nobody is waiting at the screen any more and the broker has enough to do.
const CEILING: Duration = Duration::from_secs(30);

/// After a refusal that somebody has to lift by hand.
const SELDOM: Duration = Duration::from_secs(60);

/// Exponential backoff with full jitter: every delay is drawn from zero up to a ceiling that doubles, so that the clients of
/// a broker that fell over do not return in step.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    rng: Rng,
    /// When the outage began, and how many attempts have failed since.
    outage: Option<(Time, u32)>,
}

impl Backoff {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            rng: Rng::new(seed),
            outage: None,
        }
    }

    /// The outage is over, or a new one would have another cause.
    pub(super) const fn reset(&mut self) {
        self.outage = None;
    }

    /// When to try again after a failure at `now`; `None` is never.
    pub(super) fn after(&mut self, retry: Retry, now: Time) -> Option<Time> {
        let delay = match retry {
            Retry::Never => return None,
            Retry::Seldom => SELDOM + self.rng.up_to(SELDOM),
            Retry::Soon => {
                let (began, failures) = self.outage.get_or_insert((now, 0));
                let young = now.since(*began) < EAGER;
                let ceiling = BASE.saturating_mul(1 << (*failures).min(10)).min(if young {
                    EAGER_CEILING
                } else {
                    CEILING
                });
                *failures = failures.saturating_add(1);
                self.rng.up_to(ceiling).max(FLOOR)
            }
        };
        Some(now + delay)
    }

    /// Whether somebody is likely to wait for the end of this outage.
    pub(super) fn is_young(&self, now: Time) -> bool {
        self.outage
            .is_none_or(|(began, _)| now.since(began) < EAGER)
    }

    /// When to try again after an attempt that nobody answered, while the outage is young.
    pub(super) fn unheard(&mut self, now: Time) -> Option<Time> {
        self.is_young(now)
            .then(|| now + self.rng.up_to(BASE).max(FLOOR))
    }

    /// When to try again now that the device says it has a network: at once, but not in step with everybody else in the
    /// building. The outage is young again.
    pub(super) fn online(&mut self, now: Time) -> Time {
        self.reset();
        now + self.rng.up_to(BASE).max(FLOOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The delays of an outage that begins at zero, as (moment of failure, delay).
    fn outage(seed: u64, until: Duration) -> Vec<(Duration, Duration)> {
        let mut backoff = Backoff::new(seed);
        let mut now = Time::ZERO;
        let mut delays = Vec::new();
        while now.since(Time::ZERO) < until {
            let next = backoff.after(Retry::Soon, now).expect("soon");
            delays.push((now.since(Time::ZERO), next.since(now)));
            now = next;
        }
        delays
    }

    #[test]
    fn a_newcomer_is_never_more_than_four_seconds_from_the_next_attempt() {
        for seed in 0..200 {
            let delays = outage(seed, EAGER);
            assert!(delays[0].1 <= BASE, "the first retry is quick");
            assert!(
                delays
                    .iter()
                    .all(|(_, delay)| (FLOOR..=EAGER_CEILING).contains(delay))
            );
            assert!(
                delays.iter().any(|(_, delay)| *delay > EAGER_CEILING / 2),
                "it does back off"
            );
            let minutes = EAGER.as_secs() / 60;
            assert!(
                delays.len() < 50 * minutes as usize,
                "{} attempts",
                delays.len()
            );
        }
    }

    #[test]
    fn a_long_outage_is_asked_after_seldom() {
        for seed in 0..50 {
            let late: Vec<_> = outage(seed, Duration::from_secs(3600))
                .into_iter()
                .filter(|(at, _)| *at >= EAGER)
                .collect();
            assert!(late.iter().all(|(_, delay)| *delay <= CEILING));
            assert!(late.iter().any(|(_, delay)| *delay > CEILING * 9 / 10));
            assert!(late.len() < 500, "{} attempts in an hour", late.len());
        }
    }

    #[test]
    fn refusals_are_retried_by_the_minute_or_never() {
        let mut backoff = Backoff::new(1);
        let delay = backoff
            .after(Retry::Seldom, Time::ZERO)
            .expect("seldom")
            .since(Time::ZERO);
        assert!((SELDOM..SELDOM * 2).contains(&delay));
        assert_eq!(backoff.after(Retry::Never, Time::ZERO), None);
    }
}
