//! How many connections a transfer uses, on lines of all kinds.

use core::time::Duration;

use handclasp_core::Time;
use handclasp_core::transfer::{Call, Lanes, MAX_LANES, Sample};
use proptest::prelude::*;

const MB: u64 = 1_000_000;

/// A line that carries `each` bytes a second for every connection, and `all` together.
#[derive(Clone, Copy, Debug)]
struct Line {
    each: u64,
    all: u64,
    rtt: Option<Duration>,
    /// How long a lane takes to be there, in steps of a quarter of a second; or none ever is.
    opens: Option<u32>,
}

struct Transfer {
    lanes: Lanes,
    line: Line,
    sample: Sample,
    waited: u32,
    wanted: usize,
    most: usize,
}

impl Transfer {
    fn new(line: Line, left: u64) -> Self {
        Self {
            lanes: Lanes::default(),
            line,
            sample: Sample {
                now: Time::ZERO,
                arrived: 0,
                left,
                limited: true,
                open: 0,
                rtt: line.rtt,
                call: None,
            },
            waited: 0,
            wanted: 0,
            most: 0,
        }
    }

    /// A quarter of a second.
    fn step(&mut self) -> bool {
        let sample = &mut self.sample;
        let rate = (self.line.each * (1 + sample.open as u64)).min(self.line.all);
        let moved = if sample.limited {
            (rate / 4).min(sample.left)
        } else {
            0
        };
        sample.now = Time::from_millis(sample.now.as_millis() + 250);
        sample.arrived += moved;
        sample.left -= moved;
        self.wanted = self.lanes.sample(sample);
        self.most = self.most.max(self.wanted);
        sample.open = sample.open.min(self.wanted);
        if sample.open < self.wanted {
            self.waited += 1;
            if self.line.opens.is_some_and(|opens| self.waited >= opens) {
                sample.open = self.wanted;
            }
        } else {
            self.waited = 0;
        }
        sample.left > 0
    }

    fn run(&mut self, seconds: u64) {
        let end = self.sample.now.as_millis() + seconds * 1000;
        while self.sample.now.as_millis() < end && self.step() {}
    }
}

fn lossy() -> Line {
    Line {
        each: 100_000,
        all: 100 * MB,
        rtt: Some(Duration::from_millis(50)),
        opens: Some(4),
    }
}

#[test]
fn a_line_that_loses_gets_all_of_them() {
    let mut transfer = Transfer::new(lossy(), 50 * MB);
    transfer.run(15);
    assert_eq!(transfer.wanted, MAX_LANES);
    transfer.run(300);
    assert_eq!(
        (transfer.wanted, transfer.sample.open),
        (MAX_LANES, MAX_LANES)
    );
}

#[test]
fn a_long_line_gets_some_within_a_second() {
    let mut transfer = Transfer::new(lossy(), 4 * MB);
    transfer.run(1);
    assert!(transfer.wanted >= 3);
}

#[test]
fn what_is_soon_over_gets_none() {
    let line = Line {
        each: 10 * MB,
        ..lossy()
    };
    let mut transfer = Transfer::new(line, 25 * MB);
    transfer.run(60);
    assert_eq!((transfer.most, transfer.sample.left), (0, 0));
}

#[test]
fn where_more_connections_carry_no_more_they_are_given_up_for_longer_and_longer() {
    let line = Line {
        each: MB,
        all: MB,
        ..lossy()
    };
    let mut transfer = Transfer::new(line, 10_000 * MB);
    transfer.run(30 * 60);
    assert_eq!(transfer.most, 3);
    let mut attempts = 0;
    let mut before = 0;
    for _ in 0..20 * 60 * 4 {
        transfer.step();
        attempts += usize::from(before == 0 && transfer.wanted > 0);
        before = transfer.wanted;
    }
    assert!((2..=5).contains(&attempts), "{attempts}");
}

#[test]
fn as_many_are_kept_as_the_line_needs() {
    // Four connections fill it.
    let line = Line {
        each: MB,
        all: 4 * MB,
        ..lossy()
    };
    let mut transfer = Transfer::new(line, 10_000 * MB);
    transfer.run(20);
    assert_eq!(transfer.wanted, 3);
}

#[test]
fn where_none_can_be_had_it_does_without() {
    let line = Line {
        opens: None,
        ..lossy()
    };
    let mut transfer = Transfer::new(line, 100 * MB);
    transfer.run(12);
    assert_eq!((transfer.most, transfer.wanted), (3, 0));
}

#[test]
fn lanes_that_are_lost_are_not_made_again_at_once() {
    let mut transfer = Transfer::new(lossy(), 100 * MB);
    transfer.run(15);
    transfer.sample.open = 2;
    transfer.step();
    assert_eq!(transfer.wanted, 2);
    transfer.run(15);
    assert_eq!(transfer.wanted, 2);
    transfer.run(20);
    assert!(transfer.wanted > 2, "and later they are");
}

#[test]
fn a_disk_that_is_slow_or_a_pause_makes_none() {
    let mut transfer = Transfer::new(lossy(), 100 * MB);
    transfer.sample.limited = false;
    transfer.run(60);
    assert_eq!(transfer.most, 0);
}

#[test]
fn a_call_that_suffers_has_the_line_for_itself() {
    let call = |rtt, loss| {
        Some(Call {
            rtt: Some(Duration::from_millis(rtt)),
            loss,
        })
    };
    for worse in [call(200, 0.0), call(50, 0.05)] {
        let mut transfer = Transfer::new(lossy(), 100 * MB);
        transfer.sample.call = call(50, 0.01);
        transfer.run(15);
        assert_eq!(
            transfer.wanted, MAX_LANES,
            "as it was before is good enough"
        );
        transfer.sample.call = worse;
        transfer.step();
        assert_eq!(transfer.wanted, 0);
        transfer.sample.call = call(50, 0.01);
        transfer.run(15);
        assert_eq!(transfer.wanted, 0, "not at once");
    }
}

proptest! {
    #[test]
    fn whatever_is_measured_there_are_not_too_many_and_nothing_overflows(
        samples in proptest::collection::vec(
            (0u64..5000, 0u64..u64::MAX / 4, 0u64..u64::MAX / 4, any::<bool>(), 0usize..20, proptest::option::of(0u64..5000), proptest::option::of((0u64..2000, 0.0..1.0))),
            0..200,
        ),
    ) {
        let mut lanes = Lanes::default();
        let mut now = 0;
        let mut before = 0;
        for (step, arrived, left, limited, open, rtt, call) in samples {
            now += step;
            let wanted = lanes.sample(&Sample {
                now: Time::from_millis(now),
                arrived,
                left,
                limited,
                open,
                rtt: rtt.map(Duration::from_millis),
                call: call.map(|(rtt, loss)| Call { rtt: Some(Duration::from_millis(rtt)), loss }),
            });
            prop_assert!(wanted <= MAX_LANES);
            prop_assert!(wanted <= before || limited, "added though nothing waited");
            before = wanted;
        }
    }
}
