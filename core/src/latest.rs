//! Channels on which only the newest message counts, such as where somebody is now.
//!
//! They are unreliable and out of order, so each message has a stamp, and what is older than the newest that has come is dropped:
//!
//! ```text
//! number (4) | kind (1: 1 bytes, 2 text in UTF-8) | content
//! ```
//!
//! Numbers go round, and are compared by RFC 1982. On each connection the first that comes is taken, whatever its number: the other side may have
//! begun anew.

use crate::fragments::Kind;

/// Bytes of a stamp.
pub const STAMP: usize = 5;

/// Both directions of one channel.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    sent: u32,
    newest: Option<u32>,
}

impl Latest {
    /// The stamp of the next message.
    pub fn stamp(&mut self, kind: Kind) -> [u8; STAMP] {
        self.sent = self.sent.wrapping_add(1);
        let [a, b, c, d] = self.sent.to_be_bytes();
        [a, b, c, d, kind as u8]
    }

    /// A message with these first bytes came; returns its kind when it is newer than all before. `None` too for what has no stamp.
    pub fn admit(&mut self, start: &[u8]) -> Option<Kind> {
        let &[a, b, c, d, kind] = start else {
            return None;
        };
        let kind = match kind {
            1 => Kind::Bytes,
            2 => Kind::Text,
            _ => return None,
        };
        let number = u32::from_be_bytes([a, b, c, d]);
        let is_newer = |newest: u32| number.wrapping_sub(newest).wrapping_sub(1) < u32::MAX / 2;
        if !self.newest.is_none_or(is_newer) {
            return None;
        }
        self.newest = Some(number);
        Some(kind)
    }

    /// The connection is another one.
    pub fn connected(&mut self) {
        self.newest = None;
    }
}
