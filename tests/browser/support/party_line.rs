//! A path on which everyone hears everything, whichever topic it is for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use handclasp::Signaling;
use handclasp::signaling::{SignalingEvents, SignalingSink, Topic};

/// Clones are the same line.
#[derive(Clone, Default)]
pub struct PartyLine {
    listeners: Rc<RefCell<Vec<SignalingSink>>>,
    heard: Rc<Cell<usize>>,
}

impl PartyLine {
    /// How many messages have been passed on.
    pub fn heard(&self) -> usize {
        self.heard.get()
    }
}

impl Signaling for PartyLine {
    fn name(&self) -> String {
        "party line".into()
    }

    fn subscribe(&self, _: &Topic, _: Vec<u8>) -> SignalingEvents {
        let (sink, events) = SignalingEvents::channel();
        sink.up();
        self.listeners.borrow_mut().push(sink);
        events
    }

    fn publish(&self, _: &Topic, bytes: &[u8]) {
        self.heard.set(self.heard.get() + 1);
        for listener in self.listeners.borrow().iter() {
            listener.message(bytes.to_vec());
        }
    }
}
