//! What has arrived and has not been read.

use std::collections::VecDeque;

use crate::message::Message;

/// Most messages that wait to be read: twice what an honest peer sends ahead of the reader on a channel that is reliable and ordered, once for a
/// visit of the peer that is over and once for the present one.
pub const MAX_INBOX_MESSAGES: usize = 2 * handclasp_core::flow::MAX_KEPT_MESSAGES;

/// Most bytes that wait to be read: as many as the browsers' own SCTP receive windows hold, and more than an honest peer sends ahead.
pub const MAX_INBOX_BYTES: usize = 16 * 1024 * 1024;

/// A bounded queue of messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    messages: VecDeque<Message>,
    bytes: usize,
}

/// The message would pass a bound.
#[derive(Debug)]
pub(crate) struct Full;

impl Inbox {
    pub(crate) fn push(&mut self, message: Message) -> Result<(), Full> {
        if self.is_full_for(&message) {
            return Err(Full);
        }
        self.bytes += message.memory();
        self.messages.push_back(message);
        Ok(())
    }

    /// The same, but the oldest give way.
    pub(crate) fn push_over(&mut self, message: Message) {
        while self.is_full_for(&message) {
            self.pop();
        }
        let _ = self.push(message);
    }

    /// One message alone always fits, however large.
    fn is_full_for(&self, message: &Message) -> bool {
        self.messages.len() >= MAX_INBOX_MESSAGES
            || (self.bytes + message.memory() > MAX_INBOX_BYTES && !self.messages.is_empty())
    }

    pub(crate) fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.memory();
        Some(message)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}
