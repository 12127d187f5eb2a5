//! Who is told that there is something to read.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Context;

use crate::wakers::Wakers;

/// Who reads as soon as something comes, as [`Channel::set_reader`](super::Channel::set_reader) says.
pub(crate) type Reader = Rc<dyn Fn()>;

/// Tasks that wait for a message, and whoever reads in their place.
#[derive(Default)]
pub(crate) struct Readable {
    waiting: Wakers,
    reader: RefCell<Option<Reader>>,
}

impl Readable {
    /// Wakes the task of `cx` when there may be something to read.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        self.waiting.register(cx);
    }

    /// There may be something to read, or nothing any more.
    pub(crate) fn wake(&self) {
        self.waiting.wake();
    }

    /// The same within an event of the browser's own, while nothing is borrowed: whatever the reader does is as if it came between two events.
    pub(crate) fn arrived(&self) {
        let reader = self.reader.borrow().clone();
        match reader {
            Some(reader) => reader(),
            None => self.wake(),
        }
    }

    pub(crate) fn set_reader(&self, reader: Option<Reader>) {
        // Dropped after the borrow: it may hold the last handle.
        let _former = self.reader.replace(reader);
    }
}
