//! Small messages that go [together](handclasp_core::bundle), while the browser is busy with earlier ones.

use std::rc::Rc;

use handclasp_core::bundle::MAX_CONTENT;
use handclasp_core::flow::Load;
use js_sys::Uint8Array;

use super::super::assembly::bundle_load;
use super::Pipe;
use crate::message::Message;
use crate::task;

/// From so many bytes on that it has not sent, the browser is busy. What is below goes by itself, without any delay.
const BUSY: u32 = 1024;

impl Pipe {
    /// Whether the message is to go in a bundle; there is room for it.
    pub(super) fn bundles(&self, message: &Message) -> bool {
        self.keeps() && message.is_small(MAX_CONTENT) && (self.has_bundle() || self.is_busy())
    }

    fn has_bundle(&self) -> bool {
        !self.bundle.borrow().is_empty()
    }

    fn is_busy(&self) -> bool {
        let raw = self.raw.borrow();
        raw.as_ref()
            .is_some_and(|raw| raw.channel.buffered_amount() >= BUSY)
    }

    /// Puts the message into the bundle, which goes when the program's turn is over, or when it is full.
    pub(super) fn add_to_bundle(self: &Rc<Self>, message: &Message) {
        let is_first = !self.has_bundle();
        let is_full = {
            let mut bundle = self.bundle.borrow_mut();
            match message {
                Message::Text(text) => {
                    let text = String::from(text);
                    bundle
                        .add(true, text.len())
                        .copy_from_slice(text.as_bytes());
                }
                Message::Binary(bytes) => {
                    bytes.copy_to(bundle.add(false, bytes.length() as usize));
                }
            }
            bundle.is_full()
        };
        if is_full {
            self.send_bundle();
        } else if is_first {
            let pipe = Rc::downgrade(self);
            task::after_turn(move || {
                if let Some(pipe) = pipe.upgrade() {
                    pipe.send_bundle();
                }
            });
        }
    }

    /// What waits goes now. What the browser does not take any more the next connection carries.
    pub(super) fn send_bundle(&self) {
        let bundle = self.bundle.take();
        if bundle.is_empty() {
            return;
        }
        let bytes = bundle.bytes();
        let parts = [
            (Uint8Array::new_with_length(0), Load::one(0)),
            (
                Uint8Array::from(bytes),
                bundle_load(bundle.messages(), bytes.len()),
            ),
        ];
        let channel = self.raw().filter(|_| self.is_open());
        for (part, load) in parts {
            let part = Message::Binary(part);
            if let Some(channel) = &channel
                && let Err(error) = self.transmit(channel, &part)
            {
                tracing::debug!(%error, "not sent yet");
            }
            self.ledger.borrow_mut().sent(part, load);
        }
    }
}
