//! Everything that arrives of one run.

use std::rc::Rc;

use js_sys::{Date, Error, Function, Uint8Array};
use wasm_bindgen::JsValue;

use crate::content::{Checksum, Content};

pub(crate) struct Arrival {
    total: usize,
    /// The message that is being put together, and how much of it there is.
    message: Vec<u8>,
    filled: usize,
    bytes: usize,
    messages: u32,
    sum: Checksum,
    content: Rc<Content>,
    done: Function,
}

impl Arrival {
    pub(crate) fn new(total: usize, size: usize, content: &Rc<Content>, done: Function) -> Arrival {
        Arrival {
            total,
            message: vec![0; size],
            filled: 0,
            bytes: 0,
            messages: 0,
            sum: Checksum::default(),
            content: Rc::clone(content),
            done,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a message of the channel: one of the run, or a piece of one.
    pub(crate) fn take(&mut self, bytes: &Uint8Array) {
        let length = bytes.length() as usize;
        let Some(place) = self.message.get_mut(self.filled..self.filled + length) else {
            return self.fail("a message is longer than it should be");
        };
        bytes.copy_to(place);
        self.filled += length;
        self.bytes += length;
        if self.filled < self.message.len() {
            return;
        }
        self.filled = 0;
        self.messages += 1;
        self.sum.add(&self.message);
        if self.bytes < self.total {
            return;
        }
        let ended = Date::now();
        if self.bytes > self.total || self.sum.0 != self.content.expected(self.total) {
            return self.fail("what came is not what was sent");
        }
        self.tell(&JsValue::UNDEFINED, ended);
    }

    fn fail(&self, why: &str) {
        self.tell(&Error::new(why), 0.0);
    }

    fn tell(&self, error: &JsValue, ended: f64) {
        // What it throws is the page's own business.
        let _ = self
            .done
            .call3(&JsValue::NULL, error, &ended.into(), &self.messages.into());
    }
}
