//! What runs a transfer, here or in a worker, as its handles see it.

use std::cell::Cell;
use std::rc::Rc;

use handclasp_core::Time;
use handclasp_core::transfer::{Course, FileInfo, Progress, State, TransferId};

use super::Received;
use super::host::Boxed;
use super::receiving;
use super::shared::{Shared, Side};
use crate::sys;
use crate::wakers::{Wakers, sleep, within};

/// How often a change is told.
const TELL_EVERY_MS: u32 = 100;

/// How often something is told that nobody noticed: rates fall by themselves, and connections come and go.
const TELL_AT_LEAST_MS: u32 = 1000;

/// See the [module](self), and [`Transfer`](super::Transfer), whose methods these are.
pub(super) trait Engine {
    fn id(&self) -> TransferId;
    fn is_sending(&self) -> bool;
    fn files(&self) -> Vec<FileInfo>;
    fn progress(&self) -> Progress;
    fn state(&self) -> State;
    fn lanes(&self) -> usize;
    fn set_lanes(&self, lanes: Option<usize>);
    fn accept(&self);
    fn decline(&self);
    fn pause(&self);
    fn resume(&self);
    fn cancel(&self);
    fn received(&self) -> Vec<Received>;
    fn discard(&self) -> Boxed<'_, ()>;

    /// Changes whenever something does.
    fn version(&self) -> u64;

    /// Woken whenever something changes.
    fn news(&self) -> &Wakers;
}

impl Engine for Rc<Shared> {
    fn id(&self) -> TransferId {
        Shared::id(self)
    }

    fn is_sending(&self) -> bool {
        matches!(&*self.side(), Side::Sending(_))
    }

    fn files(&self) -> Vec<FileInfo> {
        Shared::files(self)
    }

    fn progress(&self) -> Progress {
        Shared::progress(self)
    }

    fn state(&self) -> State {
        Shared::state(self)
    }

    fn lanes(&self) -> usize {
        self.open_lanes()
    }

    fn set_lanes(&self, lanes: Option<usize>) {
        self.fixed.set(lanes);
    }

    fn accept(&self) {
        receiving::accept(self);
    }

    fn decline(&self) {
        self.receiver(|receiver| receiver.decline());
        self.stir();
    }

    fn pause(&self) {
        self.act(Course::pause);
    }

    fn resume(&self) {
        self.act(Course::resume);
        receiving::write(self);
    }

    fn cancel(&self) {
        self.act(Course::cancel);
    }

    fn received(&self) -> Vec<Received> {
        Shared::received(self)
    }

    fn discard(&self) -> Boxed<'_, ()> {
        Box::pin(receiving::discard(self))
    }

    fn version(&self) -> u64 {
        Shared::version(self)
    }

    fn news(&self) -> &Wakers {
        &self.told
    }
}

/// What has been told of an engine, and when.
#[derive(Clone, Default)]
pub(super) struct Told {
    version: Cell<u64>,
    at: Cell<Option<Time>>,
}

impl Told {
    /// Ready at the next change, as [`Transfer::changed`](super::Transfer::changed) says.
    pub(super) async fn next(&self, engine: &dyn Engine) {
        if let Some(before) = self.at.get() {
            let gone = sys::now().since(before).as_millis();
            let wait = u128::from(TELL_EVERY_MS).saturating_sub(gone);
            if wait > 0 {
                sleep(u32::try_from(wait).unwrap_or(TELL_EVERY_MS)).await;
            }
        }
        let news = engine
            .news()
            .until(|| engine.version() != self.version.get());
        if engine.state().is_over() {
            news.await;
        } else {
            let _ = within(TELL_AT_LEAST_MS, news).await;
        }
        self.version.set(engine.version());
        self.at.set(Some(sys::now()));
    }
}
