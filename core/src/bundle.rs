//! Small messages that go together: how they become one data-channel message, and how they are told apart again.
//!
//! A browser takes as long for a message of 64 bytes as for one of 16 KiB: it hands each to its network thread and waits until that has it. So while
//! it still has something to send on a channel that is reliable and ordered, what comes next and is small waits for the rest of the program's turn,
//! and goes as one. What begins such a bundle is the [escape](crate::fragments) of messages in fragments, and its own kind in place of theirs:
//!
//! ```text
//! escape (no bytes) | kind (1), then for each message: text? (1 bit), length (15 bits), content
//! ```

use crate::fragments::{FRAGMENT, FragmentError, Kind};

/// What tells a bundle from the header of a message in fragments.
pub const SIGN: u8 = 3;

/// Largest message that goes in a bundle, bytes: for larger ones the copy costs more than the browser's message.
pub const MAX_CONTENT: usize = 1024;

/// A bundle goes when it has so many bytes.
pub const FULL_BYTES: usize = 16 * 1024;

/// A bundle goes when it has so many messages: an eighth of what waits for a reader at most, so that the bound of that is hardly passed.
pub const FULL_MESSAGES: u32 = 1024;

/// Of the text bit.
const TEXT: u16 = 1 << 15;

/// The sending side: what waits to go together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    bytes: Vec<u8>,
    messages: u32,
}

impl Bundle {
    /// Whether nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.messages == 0
    }

    /// Adds a message of at most [`MAX_CONTENT`] bytes, a text or not, and gives the place for its content.
    pub fn add(&mut self, is_text: bool, length: usize) -> &mut [u8] {
        if self.is_empty() {
            self.bytes.reserve(FULL_BYTES + MAX_CONTENT);
            self.bytes.push(SIGN);
        }
        let length = length.min(MAX_CONTENT);
        let mark = if is_text { TEXT } else { 0 };
        self.bytes.extend((mark | length as u16).to_be_bytes());
        let start = self.bytes.len();
        self.bytes.resize(start + length, 0);
        self.messages += 1;
        &mut self.bytes[start..]
    }

    /// Whether it has to go now.
    pub const fn is_full(&self) -> bool {
        self.bytes.len() >= FULL_BYTES || self.messages >= FULL_MESSAGES
    }

    /// How many messages there are.
    pub const fn messages(&self) -> u32 {
        self.messages
    }

    /// What goes behind the escape.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The messages of a bundle, in their order: texts as what is to be UTF-8.
///
/// # Errors
/// [`FragmentError::Bundle`]: it is none, is larger than any, or its lengths do not add up.
pub fn open(bytes: &[u8]) -> Result<Vec<(Kind, &[u8])>, FragmentError> {
    let (&SIGN, mut rest) = bytes.split_first().ok_or(FragmentError::Bundle)? else {
        return Err(FragmentError::Bundle);
    };
    if rest.is_empty() || bytes.len() > FRAGMENT as usize {
        return Err(FragmentError::Bundle);
    }
    let mut messages = Vec::new();
    while let Some((mark, after)) = rest.split_first_chunk() {
        let mark = u16::from_be_bytes(*mark);
        let length = usize::from(mark & !TEXT);
        let (content, after) = after
            .split_at_checked(length)
            .ok_or(FragmentError::Bundle)?;
        let kind = match (mark & TEXT, length) {
            (0, 0) => Kind::Empty,
            (0, _) => Kind::Bytes,
            _ => Kind::Text,
        };
        messages.push((kind, content));
        rest = after;
    }
    if rest.is_empty() {
        Ok(messages)
    } else {
        Err(FragmentError::Bundle)
    }
}
