//! The lanes of a transfer: how many, and what becomes of them.

use std::rc::Rc;

use handclasp_core::transfer::{Call, Lanes, MAX_LANES, Sample, Signal};

use super::host::Facts;
use super::lane::{self, Lane};
use super::shared::{Shared, Side};
use crate::sys;
use crate::wakers::sleep;

/// How often it is looked at how it goes.
const TICK_MS: u32 = 250;

/// At each of so many looks the browser is asked for its figures, which costs it more.
const STATS_EVERY: u32 = 4;

/// What is still to be sent, in bytes, for a home lane to be worth it.
const HOME_WORTH: u64 = 512 * 1024;

/// How often a home lane is offered at most: one is lost with each connection.
const HOME_TRIES: u32 = 32;

/// How many looks it rests at most after one that did not come about; the first time one, and then twice as many each time.
const HOME_REST: u32 = 256;

/// Says and does what measuring says, until it is over.
pub(super) async fn measure(shared: Rc<Shared>) {
    let accepted = || matches!(&*shared.side(), Side::Sending(sender) if sender.is_accepted());
    let begun = || shared.is_over() || accepted();
    shared.stirred.until(begun).await;
    let mut lanes = Lanes::default();
    let mut asked = 0;
    let mut facts = Facts::default();
    let (mut tries, mut rest, mut next) = (0, 1, 0);
    for tick in 0u32.. {
        if tick % STATS_EVERY == 0 {
            facts = shared.host().facts().await;
        }
        if shared.is_over() {
            return;
        }
        let late = shared.sender(|sender| sender.hasten(sys::now()));
        if let Some(lane) = late.flatten().and_then(|late| shared.lane(late)) {
            // What goes over the home lane and the channel shares one way.
            if !lane.is_home() {
                lane.slow_down();
            }
        }
        if shared.is_home_open() {
            rest = 1;
        } else if shared.wants_home() && tries < HOME_TRIES && tick >= next {
            tries += 1;
            (next, rest) = (tick + rest, HOME_REST.min(2 * rest));
            lane::open_home(&shared);
        }
        if shared.wants_again() {
            shared.stirred.wake();
        }
        let wanted = lanes.sample(&shared.sample(&facts));
        let wanted = shared.fixed.get().unwrap_or(wanted).min(MAX_LANES);
        // What is lost is not made again before it is decided anew.
        (asked..wanted).for_each(|_| lane::open(&shared));
        asked = wanted;
        shared.keep_lanes(wanted);
        sleep(TICK_MS).await;
    }
}

/// The other side says something of a lane.
pub(super) fn signal(shared: &Rc<Shared>, signal: Signal) {
    match signal {
        Signal::Description { lane, sdp } if shared.is_receiving() => {
            lane::accept(shared, lane, sdp);
        }
        Signal::Description { lane, sdp } => {
            if let Some(lane) = shared.lane(lane) {
                lane.answered(shared, sdp);
            }
        }
        Signal::End { lane } => {
            if let Some(lane) = shared.lane(lane) {
                shared.lose_lane(&lane);
            }
        }
    }
}

impl Shared {
    fn is_receiving(&self) -> bool {
        matches!(&*self.side(), Side::Receiving(_))
    }

    fn lane(&self, number: u32) -> Option<Rc<Lane>> {
        let lanes = self.lanes.borrow();
        let lane = lanes.iter().find(|lane| lane.number() == Some(number));
        lane.cloned()
    }

    /// How many connections carry data besides the peer's own.
    pub(super) fn open_lanes(&self) -> usize {
        let lanes = self.lanes.borrow();
        let in_use = |lane: &&Rc<Lane>| lane.is_open() && !lane.is_retired() && !lane.is_home();
        lanes.iter().filter(in_use).count()
    }

    /// The home lane, if it takes a message now.
    pub(super) fn home_with_room(&self) -> Option<Rc<Lane>> {
        let lanes = self.lanes.borrow();
        let home = lanes.iter().find(|lane| lane.is_home() && lane.has_room());
        home.cloned()
    }

    pub(super) fn is_home_open(&self) -> bool {
        let lanes = self.lanes.borrow();
        lanes.iter().any(|lane| lane.is_home() && lane.is_open())
    }

    /// Whether there is none, and one would pay.
    fn wants_home(&self) -> bool {
        let lanes = self.lanes.borrow();
        let left = self.sender(|sender| sender.arrived().1);
        self.host().is_connected()
            && left.is_some_and(|left| left >= HOME_WORTH)
            && !lanes.iter().any(|lane| lane.is_home())
    }

    /// A lane that takes a message now.
    pub(super) fn lane_with_room(&self) -> Option<Rc<Lane>> {
        let lanes = self.lanes.borrow();
        lanes.iter().find(|lane| lane.has_room()).cloned()
    }

    fn sample(&self, facts: &Facts) -> Sample {
        let (arrived, left) = match &*self.side() {
            Side::Sending(sender) => sender.arrived(),
            Side::Receiving(_) => (0, 0),
        };
        let call = facts.loss.map(|loss| Call {
            rtt: facts.rtt,
            loss,
        });
        Sample {
            now: sys::now(),
            arrived,
            left,
            limited: self.limited.get(),
            open: self.open_lanes(),
            rtt: facts.rtt,
            call,
        }
    }

    /// Lets go of all connections but so many, once nothing is on its way over them any more, or soon.
    fn keep_lanes(&self, wanted: usize) {
        let lanes = self.lanes.borrow().clone();
        let live = lanes
            .iter()
            .filter(|lane| !lane.is_retired() && !lane.is_home());
        live.skip(wanted).for_each(|lane| lane.retire());
        for lane in lanes.iter().filter(|lane| lane.is_retired()) {
            let number = lane.number();
            let is_empty = number
                .is_none_or(|number| self.sender(|it| it.is_lane_empty(number)) == Some(true));
            if is_empty || lane.is_overdue() {
                self.lose_lane(lane);
            }
        }
    }

    /// A lane is no more, on this side at least.
    pub(super) fn lose_lane(&self, lane: &Rc<Lane>) {
        lane.close();
        self.lanes
            .borrow_mut()
            .retain(|other| !Rc::ptr_eq(other, lane));
        if let Some(number) = lane.number() {
            self.with(|side| match side {
                Side::Sending(sender) => sender.end_lane(number),
                Side::Receiving(receiver) => receiver.end_lane(number),
            });
        }
        self.stir();
    }

    pub(super) fn close_lanes(&self) {
        let lanes = self.lanes.take();
        lanes.iter().for_each(|lane| lane.close());
    }
}
