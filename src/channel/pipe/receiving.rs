//! What comes: held until it is known whose it is, put together, kept until it is read, and credited.

use std::rc::Rc;
use std::task::{Context, Poll};

use handclasp_core::flow::Load;
use handclasp_core::fragments::Kind;
use handclasp_core::latest::STAMP;
use wasm_bindgen::JsCast;
use web_sys::{Event, MessageEvent};

use super::super::assembly::{Taken, bundle_load};
use super::super::inbox::Full;
use super::Pipe;
use crate::error::CloseReason;
use crate::message::Message;
use crate::sys;

impl Pipe {
    /// The next message; `None` when the pipe is closed and everything has been read.
    pub(crate) fn poll_message(&self, cx: &Context<'_>) -> Poll<Option<Message>> {
        if let Some(message) = self.pop() {
            return Poll::Ready(Some(message));
        }
        if self.close_reason().is_some() {
            return Poll::Ready(None);
        }
        self.readable.register(cx);
        Poll::Pending
    }

    /// The next message, which is thereby read.
    pub(crate) fn pop(&self) -> Option<Message> {
        let (message, load) = self.inbox.borrow_mut().pop()?;
        self.credit(load);
        self.credit_part();
        if self.is_exhausted() {
            // Those who wait for the end.
            self.readable.wake();
        }
        Some(message)
    }

    /// Whether nothing more will come out of it.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.inbox.borrow().is_empty() && self.close_reason().is_some()
    }

    pub(super) fn received(self: &Rc<Self>, event: &Event) {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let Some(message) = Message::from_event_data(data) else {
            return;
        };
        if self.options.latest {
            self.take_newest(&message);
        } else if !self.ledger.borrow().holds() {
            self.take(message);
        } else if self.hold(message).is_err() {
            return self.overflow();
        }
        self.readable.arrived();
    }

    fn hold(&self, message: Message) -> Result<(), Full> {
        let load = Load::one(message.memory());
        self.held.borrow_mut().push(message, load)
    }

    /// What was held is known to be the peer's.
    pub(super) fn release(&self) {
        let mut held = self.held.take();
        while let Some((message, _)) = held.pop() {
            self.take(message);
        }
        self.readable.wake();
    }

    fn take(&self, message: Message) {
        let load = Load::one(message.memory());
        let taken = if self.keeps() {
            self.assembly.borrow_mut().take(message)
        } else {
            Ok(Taken::Message(message, load))
        };
        let load = match &taken {
            Ok(Taken::Bundle(messages)) => bundle_load(messages.len() as u32, load.bytes as usize),
            _ => load,
        };
        let awaited = self.ledger.borrow_mut().received(load);
        let kept = match taken {
            Ok(Taken::Bundle(messages)) => messages
                .into_iter()
                .try_for_each(|(message, load)| self.put(message, load)),
            Ok(Taken::Message(message, load)) => self.put(message, load),
            Ok(Taken::Part) => self.check_part(),
            Ok(Taken::Dropped(load)) => {
                self.credit(load);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "closed a channel");
                return self.close(CloseReason::Malformed);
            }
        };
        if kept.is_err() {
            return self.overflow();
        }
        if let Some(tally) = awaited {
            self.tell(tally);
        }
        self.credit_part();
    }

    /// One that was overtaken is dropped, and what is unread gives way.
    fn take_newest(&self, message: &Message) {
        let Message::Binary(bytes) = message else {
            return;
        };
        let start = bytes.subarray(0, STAMP as u32).to_vec();
        let Some(kind) = self.latest.borrow_mut().admit(&start) else {
            return;
        };
        let content = bytes.subarray(STAMP as u32, bytes.length());
        self.inbox.take();
        self.take(match kind {
            Kind::Text => Message::Text(sys::decode(&content)),
            _ => Message::Binary(content),
        });
    }

    fn put(&self, message: Message, load: Load) -> Result<(), Full> {
        let mut inbox = self.inbox.borrow_mut();
        if self.options.is_reliable() {
            return inbox.push(message, load);
        }
        inbox.push_over(message, load);
        Ok(())
    }

    /// A part counts as what waits to be read.
    fn check_part(&self) -> Result<(), Full> {
        let load = self.assembly.borrow().load();
        let full = self.inbox.borrow().is_full_for(load);
        if full { Err(Full) } else { Ok(()) }
    }

    /// So much is not unread any more.
    pub(super) fn credit(&self, load: Load) {
        let tally = self.ledger.borrow_mut().read(load);
        if let Some(tally) = tally {
            self.tell(tally);
        }
    }

    /// A message in fragments is credited while it is put together, or it could never be larger than the sender's room; but only when nothing else is
    /// unread, so that no more than one such message waits here.
    fn credit_part(&self) {
        if self.inbox.borrow().is_empty() {
            let load = self.assembly.borrow_mut().take_load();
            self.credit(load);
        }
    }

    pub(super) fn overflow(&self) {
        tracing::warn!("closed a channel whose messages are not read");
        self.close(CloseReason::Overflow);
    }
}
