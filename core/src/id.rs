//! Names of the things that signals are about.

use core::fmt;

/// One member of a room for one visit: 128 random bits, drawn afresh at every join.
///
/// Because the id is new each time, a message that is addressed to it can only have been written after the join; the
/// [`roster`](crate::roster) rests on that. The order of two ids decides who is polite in a
/// [`negotiation`](crate::negotiation).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId([u8; Self::LEN]);

impl MemberId {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// An id from 16 bytes of a cryptographic random source.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// The first eight hexadecimal digits: enough to tell members of one room apart on a screen or in a log.
impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in &self.0[..4] {
            for nibble in [byte >> 4, byte & 15] {
                fmt::Write::write_char(f, DIGITS[usize::from(nibble)].into())?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One lifetime of the peer connection between two members; a rebuilt connection has the next number.
///
/// Every directed signal carries it. A signal of an earlier attempt is stale and has no effect; one of a later attempt
/// says that the other side has rebuilt, and that this side must too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(u32);

impl Attempt {
    /// The first attempt of a pair.
    pub const FIRST: Self = Self(1);

    /// The attempt with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The attempt after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
