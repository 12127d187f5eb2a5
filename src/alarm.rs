//! One timer, for when a state machine wants to be asked next.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use handclasp_core::Time;

use crate::sys;

#[derive(Default)]
pub(crate) struct Alarm(RefCell<Option<(Time, Timeout)>>);

impl Alarm {
    /// Rings at this time, or not at all, whatever was set before. Whoever it rings for is to [clear](Self::clear) it first.
    pub(crate) fn set(&self, next: Option<Time>, ring: impl FnOnce() + 'static) {
        let mut timer = self.0.borrow_mut();
        if next == timer.as_ref().map(|(at, _)| *at) {
            return;
        }
        *timer = next.map(|at| {
            let wait = at.since(sys::now()).as_millis();
            let wait = u32::try_from(wait).unwrap_or(u32::MAX).min(i32::MAX as u32);
            (at, Timeout::new(wait, ring))
        });
    }

    pub(crate) fn clear(&self) {
        self.0.take();
    }
}
