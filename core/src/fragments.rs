//! Messages that are larger than one data-channel message should be: how they are cut, and how they become one again.
//!
//! A browser sends one data-channel message to its end before the next channel has its turn (RFC 8831 §6.6), so a large one would hold up all others,
//! and beyond 256 KiB no two browsers carry one. On channels that are reliable and ordered a large message therefore goes in fragments,
//! which follow each other with nothing in between. Ordinary messages carry no header: what begins a message in fragments is an *escape*, an empty
//! binary message, which is otherwise never sent. It is followed by a header, and that by the fragments:
//!
//! ```text
//! escape (no bytes) | kind (1), length (4) | fragment | fragment …
//! ```
//!
//! A sender that gives a message up before its end sends another empty message, and goes on with whatever comes next. An empty binary message of
//! the application is one of kind 0, without fragments. A [bundle](crate::bundle) of small messages begins with the same escape.

use core::ops::Range;

use crate::bundle::SIGN;

/// Largest message in bytes. What is larger is a file, and is sent as one.
pub const MAX_MESSAGE: u32 = 64 * 1024 * 1024;

/// How many bytes a fragment has; the last has what is left. The largest that any browser takes from any other (RFC 8841 §6.1), and the size at
/// which both Chromium and Firefox are fastest.
pub const FRAGMENT: u32 = 64 * 1024;

/// Fewest bytes that a fragment may have, except for the last: so that a message is not held in more pieces than it is worth.
pub const MIN_FRAGMENT: u32 = 1024;

/// Bytes of a header.
pub const HEADER: usize = 5;

/// What a message in fragments is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No bytes at all, and no fragments.
    Empty,
    /// Bytes.
    Bytes,
    /// A text in UTF-8.
    Text,
}

/// The sending side: what goes next of one message.
#[derive(Clone, Debug)]
pub struct Fragments {
    kind: Kind,
    length: u32,
    /// How many pieces have gone.
    gone: u32,
}

/// One data-channel message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An empty one.
    Escape,
    /// These bytes.
    Header([u8; HEADER]),
    /// This part of the message.
    Fragment(Range<u32>),
}

impl Fragments {
    /// A message of so many bytes, none for [`Kind::Empty`].
    pub const fn new(kind: Kind, length: u32) -> Self {
        Self {
            kind,
            length,
            gone: 0,
        }
    }

    /// What goes next; `None` when everything has gone.
    pub fn next(&self) -> Option<Piece> {
        match self.gone {
            0 => Some(Piece::Escape),
            1 => {
                let [a, b, c, d] = self.length.to_be_bytes();
                Some(Piece::Header([self.kind as u8, a, b, c, d]))
            }
            more => {
                let start = (more - 2).saturating_mul(FRAGMENT);
                let end = start.saturating_add(FRAGMENT).min(self.length);
                (start < self.length).then_some(Piece::Fragment(start..end))
            }
        }
    }

    /// That has gone.
    pub fn advance(&mut self) {
        self.gone += 1;
    }

    /// How many pieces go altogether.
    pub const fn count(&self) -> u32 {
        2 + self.length.div_ceil(FRAGMENT)
    }

    /// Whether a part of it has gone and another has not.
    pub const fn is_under_way(&self) -> bool {
        self.gone > 0 && self.gone < self.count()
    }

    /// Begins again, for another receiver.
    pub fn restart(&mut self) {
        self.gone = 0;
    }
}

/// What cannot be part of any message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FragmentError {
    /// A header of no known kind, or of a length that its kind does not have.
    #[error("the header of a large message makes no sense")]
    Header,
    /// A text, or more bytes than were announced.
    #[error("something else came where a fragment was to come")]
    Unexpected,
    /// A bundle of which the lengths do not add up.
    #[error("a bundle of messages makes no sense")]
    Bundle,
    /// A fragment of next to nothing.
    #[error("a fragment is smaller than fragments are")]
    TooSmall,
}

/// The receiving side: what each data-channel message is. After an error it is of no use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Assembler {
    /// Nothing is being put together.
    #[default]
    Idle,
    /// A header comes next.
    Escaped,
    /// Fragments come.
    Under {
        /// What they become.
        kind: Kind,
        /// How many bytes are still to come; never zero.
        left: u32,
    },
}

/// What a data-channel message turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// A message of its own.
    Whole,
    /// An escape or a header.
    Sign,
    /// A fragment, and more are to come.
    Fragment,
    /// The last fragment, or none at all for [`Kind::Empty`].
    Complete(Kind),
    /// The end of a message that was given up.
    Abort,
    /// Small messages in one, to be [opened](crate::bundle::open).
    Bundle,
}

impl Assembler {
    /// Whether a header comes next, whose bytes have to be shown to [`header`](Self::header) instead of [`bytes`](Self::bytes).
    pub fn expects_header(&self) -> bool {
        *self == Self::Escaped
    }

    /// A text came.
    ///
    /// # Errors
    /// [`FragmentError::Unexpected`] within a message in fragments.
    pub fn text(&self) -> Result<Came, FragmentError> {
        match self {
            Self::Idle => Ok(Came::Whole),
            _ => Err(FragmentError::Unexpected),
        }
    }

    /// A header came, of which no more than the beginning is needed, or an empty message in its place.
    ///
    /// # Errors
    /// [`FragmentError::Header`].
    pub fn header(&mut self, bytes: &[u8]) -> Result<Came, FragmentError> {
        *self = Self::Idle;
        if bytes.first() == Some(&SIGN) {
            return Ok(Came::Bundle);
        }
        let &[kind, a, b, c, d] = bytes else {
            return bytes
                .is_empty()
                .then_some(Came::Abort)
                .ok_or(FragmentError::Header);
        };
        let kind = match kind {
            0 => Kind::Empty,
            1 => Kind::Bytes,
            2 => Kind::Text,
            _ => return Err(FragmentError::Header),
        };
        match (kind, u32::from_be_bytes([a, b, c, d])) {
            (Kind::Empty, 0) => Ok(Came::Complete(kind)),
            (Kind::Bytes | Kind::Text, left @ 1..=MAX_MESSAGE) => {
                *self = Self::Under { kind, left };
                Ok(Came::Sign)
            }
            _ => Err(FragmentError::Header),
        }
    }

    /// So many bytes came, where no header was to come.
    ///
    /// # Errors
    /// [`FragmentError`]
    pub fn bytes(&mut self, length: usize) -> Result<Came, FragmentError> {
        let Self::Under { kind, left } = *self else {
            if length > 0 {
                return Ok(Came::Whole);
            }
            *self = Self::Escaped;
            return Ok(Came::Sign);
        };
        if length == 0 {
            *self = Self::Idle;
            return Ok(Came::Abort);
        }
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        match left.checked_sub(length) {
            None => Err(FragmentError::Unexpected),
            Some(0) => {
                *self = Self::Idle;
                Ok(Came::Complete(kind))
            }
            Some(_) if length < MIN_FRAGMENT => Err(FragmentError::TooSmall),
            Some(left) => {
                *self = Self::Under { kind, left };
                Ok(Came::Fragment)
            }
        }
    }
}
