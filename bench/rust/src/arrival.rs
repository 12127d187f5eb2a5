//! Everything that arrives of one run.

use std::rc::Rc;

use js_sys::{Date, Error, Function, Uint8Array};
use wasm_bindgen::JsValue;

use crate::content::{Checksum, Content};

pub(crate) struct Arrival {
    total: usize,
    /// Where each message is copied to.
    message: Vec<u8>,
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

    pub(crate) fn take(&mut self, bytes: &Uint8Array) {
        if bytes.length() as usize != self.message.len() {
            return self.fail("a message is not as long as it should be");
        }
        bytes.copy_to(&mut self.message);
        self.bytes += self.message.len();
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
