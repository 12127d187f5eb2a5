//! How fast, and how much longer: what is shown is true.

use core::time::Duration;

use handclasp_core::Time;
use handclasp_core::transfer::Meter;

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// `rate` bytes a second, told every 50 ms.
fn flow(meter: &mut Meter, from: u64, to: u64, rate: u64) {
    for millis in (from..to).step_by(50) {
        meter.add(rate / 20, at(millis));
    }
}

fn is_about(rate: u64, expected: u64) -> bool {
    rate.abs_diff(expected) * 10 <= expected
}

#[test]
fn a_steady_flow_has_its_rate_and_its_end() {
    let mut meter = Meter::default();
    flow(&mut meter, 0, 500, 1_000_000);
    assert_eq!(
        (meter.rate(at(500)), meter.left(1, at(500))),
        (0, None),
        "too early to tell"
    );
    flow(&mut meter, 500, 10_000, 1_000_000);
    assert!(is_about(meter.rate(at(10_000)), 1_000_000));
    let left = meter.left(30_000_000, at(10_000)).expect("it flows");
    assert!((27..=33).contains(&left.as_secs()), "{left:?}");
}

#[test]
fn a_change_is_seen_within_seconds() {
    let mut meter = Meter::default();
    flow(&mut meter, 0, 20_000, 1_000_000);
    flow(&mut meter, 20_000, 26_000, 100_000);
    assert!(
        is_about(meter.rate(at(26_000)), 100_000),
        "{}",
        meter.rate(at(26_000))
    );
}

#[test]
fn what_stands_still_falls_to_nothing() {
    let mut meter = Meter::default();
    flow(&mut meter, 0, 10_000, 1_000_000);
    let now = meter.rate(at(12_000));
    assert!(now > 0 && now < 800_000, "{now}");
    assert_eq!(meter.rate(at(16_000)), 0);
    assert_eq!(meter.left(5, at(16_000)), None);
}

#[test]
fn a_pause_does_not_count() {
    let mut meter = Meter::default();
    flow(&mut meter, 0, 10_000, 1_000_000);
    meter.restart();
    assert_eq!(meter.rate(at(10_050)), 0);
    flow(&mut meter, 13_000, 15_000, 1_000_000);
    assert!(
        is_about(meter.rate(at(15_000)), 1_000_000),
        "{}",
        meter.rate(at(15_000))
    );
}

#[test]
fn the_last_bytes_take_a_second_at_most() {
    let mut meter = Meter::default();
    flow(&mut meter, 0, 5_000, 1_000_000);
    assert_eq!(meter.left(1, at(5_000)), Some(Duration::from_secs(1)));
    assert_eq!(meter.left(0, at(5_000)), Some(Duration::ZERO));
}
