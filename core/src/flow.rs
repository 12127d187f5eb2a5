//! Messages that survive their connection, and wait for their reader: what to keep until the other side has it, what to send again, and when
//! to pause.
//!
//! A reliable, ordered data channel delivers in order and without loss as long as its connection lives (RFC 8831 §6.1). When a
//! connection is built anew, what was on its way is gone, and the sender cannot know how much arrived. So both sides count: the
//! n-th message of the one is the n-th of the other, over all connections of the pair, and no message carries a number. Now and then
//! the receiver tells its count over the control channel, which lets the sender forget; and it tells it once on each new connection,
//! before which nothing is sent, which lets the sender go on exactly behind it.
//!
//! A data channel cannot make its sender slow down either: the browser takes whatever comes (RFC 8831 §6.6 leaves it to the application). So with
//! its count the receiver tells how much of it nobody has read yet, and the sender's room is what both together leave: what was sent since that
//! count, and what was unread then, are all that can ever wait at the receiver.
//!
//! # Laws
//! 1. *Exactly once, in order*: what the receiver counts is what the sender sent, in that order, whenever connections break.
//! 2. *Bound*: what the sender keeps and what is unread at the receiver are together at most [`MAX_KEPT_BYTES`] and one message, and at most
//!    [`MAX_KEPT_MESSAGES`]; then the sender waits. So neither side holds more.
//! 3. *Progress*: a receiver that reads tells of it before the bound is reached, without any timer. When a sender waits, all of the bound has been
//!    sent since the last count or was unread then; once that is read, more than [`TELL_BYTES`] or [`TELL_MESSAGES`] have been.

use std::collections::VecDeque;

/// How many bytes a sender keeps for one channel of one peer. Four times what waits in the browser at most, so that it never makes a path wait whose
/// round trip is below the time that two megabytes take: one waits in the browser, and one the receiver has not told of yet ([`TELL_BYTES`]).
pub const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// How many messages likewise. With a quarter of that, tiny ones came a third slower: their sender waited for counts, not for the path.
pub const MAX_KEPT_MESSAGES: usize = 16_384;

/// After how many bytes that were read a receiver tells its count. With a quarter of that, a stream within a machine is some hundredths
/// slower in Firefox: each count is a packet against the stream.
pub const TELL_BYTES: usize = 1024 * 1024;

/// After how many messages likewise.
pub const TELL_MESSAGES: usize = 1024;

/// So many messages of so many bytes together. Saturates: what the other side says of itself is not to be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Load {
    /// How many messages.
    pub messages: u32,
    /// Their bytes.
    pub bytes: u32,
}

impl Load {
    const BOUND: Self = Self::of(MAX_KEPT_MESSAGES, MAX_KEPT_BYTES);
    const TELL: Self = Self::of(TELL_MESSAGES, TELL_BYTES);

    const fn of(messages: usize, bytes: usize) -> Self {
        Self {
            messages: messages as u32,
            bytes: bytes as u32,
        }
    }

    /// One message of so many bytes.
    pub fn one(bytes: usize) -> Self {
        Self {
            messages: 1,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// What is left without `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    const fn exceeds(self, bound: Self) -> bool {
        self.messages > bound.messages || self.bytes > bound.bytes
    }

    /// Whether it has as many messages as `bound`, or as many bytes.
    const fn reaches(self, bound: Self) -> bool {
        self.messages >= bound.messages || self.bytes >= bound.bytes
    }
}

/// What was sent and may have to be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kept<M> {
    /// How many messages have been sent and forgotten.
    forgotten: u64,
    messages: VecDeque<(M, Load)>,
    load: Load,
    /// What nobody had read at the other side when it told last.
    unread: Load,
}

/// A count cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CountError {
    /// More than was ever sent.
    #[error("the other side counts more messages than were sent")]
    TooMany,
    /// Less than it counted before.
    #[error("the other side counts fewer messages than before")]
    TooFew,
    /// It does not say who counts.
    #[error("a count of nobody")]
    Nobody,
}

impl<M> Default for Kept<M> {
    fn default() -> Self {
        Self {
            forgotten: 0,
            messages: VecDeque::new(),
            load: Load::default(),
            unread: Load::default(),
        }
    }
}

impl<M> Kept<M> {
    /// Whether one more message may be sent.
    pub const fn has_room(&self) -> bool {
        !self.load.plus(self.unread).reaches(Load::BOUND)
    }

    /// Whether all of these may be sent at once.
    pub const fn has_room_for(&self, more: Load) -> bool {
        !self.load.plus(self.unread).plus(more).exceeds(Load::BOUND)
    }

    /// What was given to the browser as one message counts as so many.
    pub fn push(&mut self, message: M, load: Load) {
        self.load = self.load.plus(load);
        self.messages.push_back((message, load));
    }

    /// The other side tells how many messages it has, and how much of that nobody has read.
    ///
    /// # Errors
    /// [`CountError`]; what is kept is unchanged.
    pub fn counted(&mut self, count: u64, unread: Load) -> Result<(), CountError> {
        let arrived = count
            .checked_sub(self.forgotten)
            .ok_or(CountError::TooFew)?;
        if arrived > self.messages.len() as u64 {
            return Err(CountError::TooMany);
        }
        for _ in 0..arrived {
            if let Some((_, load)) = self.messages.pop_front() {
                self.load = self.load.minus(load);
                self.forgotten += 1;
            }
        }
        self.unread = unread;
        Ok(())
    }

    /// How many messages have been sent.
    pub fn sent(&self) -> u64 {
        self.forgotten + self.messages.len() as u64
    }

    /// How many of them the other side is known to have.
    pub const fn arrived(&self) -> u64 {
        self.forgotten
    }

    /// What to send on a new connection, once its count has come, before anything new.
    pub fn again(&self) -> impl Iterator<Item = &M> {
        self.messages.iter().map(|(message, _)| message)
    }
}

/// How many messages have come, and how much of it is unread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Count {
    count: u64,
    unread: Load,
    /// Read since the count was told.
    read: Load,
    /// The count that was told last.
    told: u64,
    /// The count that the other side waits for.
    wanted: u64,
}

impl Count {
    /// What came as one message counts as so many; returns whether the other side waits to be told.
    pub fn received(&mut self, load: Load) -> bool {
        self.count += 1;
        self.unread = self.unread.plus(load);
        self.is_awaited()
    }

    /// The other side wants to be told when so many have come; returns whether that is now.
    pub fn want(&mut self, count: u64) -> bool {
        self.wanted = count;
        self.is_awaited()
    }

    const fn is_awaited(&self) -> bool {
        self.told < self.wanted && self.wanted <= self.count
    }

    /// So much of what came has been read; returns whether it is time to tell.
    pub fn read(&mut self, load: Load) -> bool {
        self.unread = self.unread.minus(load);
        self.read = self.read.plus(load);
        self.read.reaches(Load::TELL)
    }

    /// The count and what is unread, to be told now: at the start of each connection, and when another method says so.
    pub fn tell(&mut self) -> (u64, Load) {
        self.read = Load::default();
        self.told = self.count;
        (self.count, self.unread)
    }

    /// The other side counts from zero again. What is unread of former messages still is.
    pub fn restart(&mut self) {
        (self.count, self.told, self.wanted) = (0, 0, 0);
    }
}
