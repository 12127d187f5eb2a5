//! When the next frame is read, so that scanning never gets in the way of the page. Times are milliseconds of one clock.

/// Time from one reading to the next: eight a second.
const INTERVAL: f64 = 125.0;

/// How many times as long as a reading took the page is left alone after it.
const REST: f64 = 2.0;

/// What is remembered of the reading before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    next: f64,
}

impl Pace {
    pub(super) fn new() -> Pace {
        Pace {
            next: f64::NEG_INFINITY,
        }
    }

    /// Whether a frame that comes now is to be read.
    pub(super) fn is_due(self, now: f64) -> bool {
        now >= self.next
    }

    /// After a reading.
    #[must_use = "a pace is a value: keep it"]
    pub(super) fn after(began: f64, ended: f64) -> Pace {
        let took = (ended - began).max(0.0);
        Pace {
            next: (began + INTERVAL).max(ended + REST * took),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many readings there are in ten seconds of 30 frames each, and how long they keep the page.
    fn readings(cost: f64) -> (u32, f64) {
        let (mut pace, mut now, mut count) = (Pace::new(), 0.0, 0);
        while now < 10_000.0 {
            if pace.is_due(now) {
                pace = Pace::after(now, now + cost);
                count += 1;
                now += cost;
            }
            now += 1_000.0 / 30.0;
        }
        (count, f64::from(count) * cost)
    }

    #[test]
    fn the_first_frame_is_read_at_once() {
        assert!(Pace::new().is_due(0.0));
    }

    #[test]
    fn there_are_at_most_eight_readings_a_second() {
        let (count, _) = readings(1.0);
        assert!((50..=80).contains(&count), "{count}");
    }

    #[test]
    fn a_slow_machine_reads_less_often() {
        for cost in [50.0, 100.0, 400.0, 2_000.0] {
            let (count, kept) = readings(cost);
            assert!(
                count >= 1 && kept <= 10_000.0 / 3.0 + cost,
                "{cost}: {kept}"
            );
        }
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_it() {
        let pace = Pace::after(1_000.0, 900.0);
        assert!(pace.is_due(1_125.0));
    }
}
