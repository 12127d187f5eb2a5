//! What has arrived and has not been read.

use std::collections::VecDeque;

use crate::message::Message;

/// Most messages that wait to be read.
///
/// A data channel has no way to make the sender slow down (RFC 8831 §6.6 leaves it to the application), so a page that does
/// not read must not be filled. 4096 is a minute of game state at 60 Hz.
pub const MAX_INBOX_MESSAGES: usize = 4096;

/// Most bytes that wait to be read: as many as the browsers' own SCTP receive windows hold.
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
        let bytes = self.bytes + message.memory();
        // One message alone always fits, however large.
        let full = self.messages.len() >= MAX_INBOX_MESSAGES
            || (bytes > MAX_INBOX_BYTES && !self.messages.is_empty());
        if full {
            return Err(Full);
        }
        self.bytes = bytes;
        self.messages.push_back(message);
        Ok(())
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
