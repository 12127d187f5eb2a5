//! Finds packets in a stream of bytes.

use super::primitive::read_varint;
use super::{DecodeError, MAX_PACKET, Packet, Version};

/// A packet's fixed header and what follows it (§2.1).
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Type and flags.
    pub first: u8,
    /// Everything after the remaining length.
    pub body: &'a [u8],
}

/// An incremental decoder. Packets may share or span the frames of a WebSocket (§6), and do.
#[derive(Debug)]
pub struct Decoder {
    version: Version,
    buffer: Vec<u8>,
    /// How much of `buffer` has been read.
    start: usize,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder for a new connection.
    pub const fn new(version: Version) -> Self {
        Self {
            version,
            buffer: Vec::new(),
            start: 0,
            failed: None,
        }
    }

    /// Takes what was received. Call [`next`](Self::next) until it has no more: then at most one packet, which is smaller
    /// than [`MAX_PACKET`], stays here.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole packet; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are not a packet. The stream has no meaning from there on, so the error is repeated.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is fallible, and ends for now rather than for good"
    )]
    pub fn next<P: Packet>(&mut self) -> Result<Option<P>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.read().inspect_err(|&error| {
            self.failed = Some(error);
            self.buffer = Vec::new();
            self.start = 0;
        })
    }

    fn read<P: Packet>(&mut self) -> Result<Option<P>, DecodeError> {
        let unread = &self.buffer[self.start..];
        let Some((&first, rest)) = unread.split_first() else {
            return Ok(None);
        };
        let Some((length, used)) = read_varint(rest)? else {
            return Ok(None);
        };
        // Before the body is there, so that nobody can make us wait for more than we would accept.
        if 1 + used + length > MAX_PACKET {
            return Err(DecodeError::TooLarge);
        }
        let Some(body) = rest.get(used..used + length) else {
            return Ok(None);
        };
        let packet = P::decode(Frame { first, body }, self.version)?;
        self.start += 1 + used + length;
        Ok(Some(packet))
    }
}
