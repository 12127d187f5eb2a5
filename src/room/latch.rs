//! Waiting until everything that must still be done has been done.

use std::cell::Cell;
use std::rc::Rc;

use crate::wakers::Wakers;

/// Opens when nobody holds it any more.
#[derive(Debug, Default)]
pub(super) struct Latch(Rc<State>);

#[derive(Debug, Default)]
struct State {
    holds: Cell<usize>,
    wakers: Wakers,
}

/// Keeps a latch closed until it is dropped.
#[derive(Debug)]
pub(super) struct Hold(Rc<State>);

impl Latch {
    pub(super) fn hold(&self) -> Hold {
        self.0.holds.set(self.0.holds.get() + 1);
        Hold(Rc::clone(&self.0))
    }

    /// Ready once nobody holds the latch.
    pub(super) async fn opened(&self) {
        self.0.wakers.until(|| self.0.holds.get() == 0).await;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.holds.set(self.0.holds.get() - 1);
        self.0.wakers.wake();
    }
}
