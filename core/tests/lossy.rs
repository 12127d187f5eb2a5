//! On a lossy channel nothing waits long: the newest goes, and the oldest gives way.

use std::time::Duration;

use handclasp_core::Time;
use handclasp_core::lossy::{LATENCY, Lossy, MAX_BUDGET, MAX_WAITING, MIN_BUDGET};
use proptest::collection::vec;
use proptest::prelude::*;

/// A browser whose path takes so many bytes a millisecond.
struct Browser {
    lossy: Lossy<(u64, u32)>,
    rate: u32,
    now: Time,
    buffered: u32,
    /// Whether it has more than the low mark, so that the event is to come.
    above: bool,
    next: u64,
    /// Number, and when it came to the browser's end.
    gone: Vec<(u64, Time)>,
    under_way: std::collections::VecDeque<(u64, u32)>,
    /// When each was sent.
    sent: Vec<Time>,
}

impl Browser {
    fn new(rate: u32) -> Self {
        Self {
            lossy: Lossy::new(MAX_WAITING),
            rate,
            now: Time::ZERO,
            buffered: 0,
            above: false,
            next: 0,
            gone: Vec::new(),
            under_way: std::collections::VecDeque::new(),
            sent: Vec::new(),
        }
    }

    fn send(&mut self, bytes: u32) {
        self.lossy.push((self.next, bytes), bytes);
        self.sent.push(self.now);
        self.next += 1;
        self.pump();
    }

    fn pump(&mut self) {
        while let Some((number, bytes)) = self.lossy.pop(self.buffered, self.now) {
            self.buffered += bytes;
            self.under_way.push_back((number, bytes));
        }
        self.above |= self.buffered > self.lossy.low_mark();
    }

    fn millisecond(&mut self) {
        self.now = self.now + Duration::from_millis(1);
        let mut takes = self.rate.min(self.buffered);
        self.buffered -= takes;
        while let Some((number, left)) = self.under_way.front_mut() {
            let of_it = takes.min(*left);
            takes -= of_it;
            *left -= of_it;
            if *left > 0 {
                break;
            }
            self.gone.push((*number, self.now));
            self.under_way.pop_front();
        }
        if self.above && self.buffered <= self.lossy.low_mark() {
            self.above = false;
            self.pump();
        }
    }

    /// How long the messages took that went from `from` on.
    fn latencies(&self, from: usize) -> impl Iterator<Item = Duration> {
        self.gone[from..]
            .iter()
            .map(|(number, at)| at.since(self.sent[*number as usize]))
    }
}

/// Ten times what the path takes, for ten seconds.
#[test]
fn what_goes_is_not_older_than_the_bound_on_fast_paths_and_slow_ones() {
    for rate in [100, 500, 2000] {
        let mut browser = Browser::new(rate);
        for _ in 0..10_000 {
            for _ in 0..rate / 100 {
                browser.send(1000);
            }
            browser.millisecond();
        }
        let settled = browser.gone.len() / 2;
        let worst = browser.latencies(settled).max().expect("some went");
        // The least budget takes longer than that on the slowest.
        let least = Duration::from_millis(u64::from(MIN_BUDGET / rate));
        let bound = LATENCY.max(least) * 3 / 2;
        assert!(worst <= bound, "{rate} bytes/ms: {worst:?}");
        assert!(browser.lossy.dropped() > 0);
        // Nothing is given away either: the path was always busy.
        let carried: u64 = browser.gone.len() as u64 * 1000;
        assert!(
            carried * 10 >= u64::from(rate) * 10_000 * 9,
            "{carried} at {rate}"
        );
    }
}

#[test]
fn a_path_that_takes_everything_loses_nothing() {
    let mut browser = Browser::new(2000);
    for _ in 0..1000 {
        browser.send(1500);
        browser.millisecond();
    }
    assert_eq!((browser.lossy.dropped(), browser.gone.len()), (0, 1000));
}

#[test]
fn a_path_that_stands_still_keeps_the_newest() {
    let mut lossy = Lossy::new(MAX_WAITING);
    for number in 0..10_000 {
        lossy.push(number, 100);
    }
    let waiting: Vec<u32> = std::iter::from_fn(|| lossy.pop(0, Time::ZERO)).collect();
    assert_eq!(waiting.last(), Some(&9999));
    assert!(waiting.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(lossy.dropped() + waiting.len() as u64, 10_000);
    assert!(waiting.len() as u32 * 100 <= MAX_BUDGET);
}

#[test]
fn of_one_that_may_wait_it_is_the_newest() {
    let mut lossy = Lossy::new(1);
    lossy.push("old", 1);
    lossy.push("new", MAX_BUDGET);
    assert_eq!(lossy.pop(u32::MAX, Time::ZERO), None);
    assert_eq!(lossy.pop(0, Time::ZERO), Some("new"));
    assert_eq!((lossy.pop(0, Time::ZERO), lossy.dropped()), (None, 1));
}

proptest! {
    #[test]
    fn order_and_bound_hold_whatever_comes(
        steps in vec((0..4u8, 0..300_000u32, 0..u32::MAX), 0..300),
        most in 0..2 * MAX_WAITING,
    ) {
        let mut lossy = Lossy::new(most);
        let mut now = Time::ZERO;
        let (mut pushed, mut waiting) = (0u64, std::collections::BTreeMap::new());
        let mut last = None;
        for (step, bytes, buffered) in steps {
            match step {
                0 | 1 => {
                    lossy.push((pushed, bytes), bytes);
                    waiting.insert(pushed, bytes);
                    pushed += 1;
                }
                2 => now = now + Duration::from_millis(u64::from(bytes % 500)),
                _ => {
                    if let Some((number, _)) = lossy.pop(buffered % MAX_BUDGET, now) {
                        prop_assert!(last.is_none_or(|last| number > last), "in order");
                        last = Some(number);
                    }
                }
            }
            prop_assert!((MIN_BUDGET / 4..=MAX_BUDGET / 4).contains(&lossy.low_mark()));
        }
        let left: Vec<_> = std::iter::from_fn(|| lossy.pop(0, now)).collect();
        let bytes: u32 = left.iter().rev().skip(1).map(|(_, bytes)| bytes).sum();
        prop_assert!(bytes <= MAX_BUDGET && left.len() <= MAX_WAITING);
        if pushed > 0 && last != Some(pushed - 1) {
            prop_assert_eq!(left.last().map(|(number, _)| *number), Some(pushed - 1), "the newest is there");
        }
    }
}
