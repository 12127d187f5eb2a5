//! Messages that survive their connection: what to keep until the other side has it, and what to send again.
//!
//! A reliable, ordered data channel delivers in order and without loss as long as its connection lives (RFC 8831 §6.1). When a
//! connection is built anew, what was on its way is gone, and the sender cannot know how much arrived. So both sides count: the
//! n-th message of the one is the n-th of the other, over all connections of the pair, and no message carries a number. Now and then
//! the receiver tells its count over the control channel, which lets the sender forget; and it tells it once on each new connection,
//! before which nothing is sent, which lets the sender go on exactly behind it.
//!
//! # Laws
//! 1. *Exactly once, in order*: what the receiver counts is what the sender sent, in that order, whenever connections break.
//! 2. *Bound*: the sender keeps at most [`MAX_KEPT_BYTES`] and one message, or [`MAX_KEPT_MESSAGES`]; then it waits.
//! 3. *Progress*: a receiver that reads tells its count before the bound is reached, without any timer.

use std::collections::VecDeque;

/// How many bytes a sender keeps for one channel of one peer. Four times what waits in the browser at most, so that it never
/// makes a path wait whose round trip is below the time that three megabytes take.
pub const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;

/// How many messages likewise.
pub const MAX_KEPT_MESSAGES: usize = 4096;

/// After how many bytes a receiver tells its count.
pub const TELL_BYTES: usize = 256 * 1024;

/// After how many messages likewise.
pub const TELL_MESSAGES: u64 = 256;

/// What was sent and may have to be sent again.
#[derive(Debug)]
pub struct Kept<M> {
    /// Whose count is meant: a member that forgot the pair counts from zero again, under another number.
    epoch: Option<u32>,
    /// How many messages have been sent and forgotten.
    forgotten: u64,
    messages: VecDeque<(M, usize)>,
    bytes: usize,
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
    /// The other side began anew: what is kept here was meant for a visit that is over, and is forgotten.
    #[error("the other side began anew")]
    Anew,
}

impl<M> Default for Kept<M> {
    fn default() -> Self {
        Self {
            epoch: None,
            forgotten: 0,
            messages: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<M> Kept<M> {
    /// Whether one more message may be sent.
    pub fn has_room(&self) -> bool {
        self.bytes < MAX_KEPT_BYTES && self.messages.len() < MAX_KEPT_MESSAGES
    }

    /// A message of so many bytes was given to the browser.
    pub fn push(&mut self, message: M, bytes: usize) {
        self.bytes += bytes;
        self.messages.push_back((message, bytes));
    }

    /// The other side tells how many messages it has.
    ///
    /// # Errors
    /// [`CountError`]; what is kept is unchanged, except for [`CountError::Anew`].
    pub fn counted(&mut self, epoch: u32, count: u64) -> Result<(), CountError> {
        // Who begins anew with one who did not, counts from where that one is.
        if self.epoch.is_none() && self.messages.is_empty() {
            self.forgotten = count;
        }
        if *self.epoch.get_or_insert(epoch) != epoch {
            *self = Self {
                epoch: Some(epoch),
                ..Self::default()
            };
            return Err(CountError::Anew);
        }
        let arrived = count
            .checked_sub(self.forgotten)
            .ok_or(CountError::TooFew)?;
        if arrived > self.messages.len() as u64 {
            return Err(CountError::TooMany);
        }
        for _ in 0..arrived {
            if let Some((_, bytes)) = self.messages.pop_front() {
                self.bytes -= bytes;
                self.forgotten += 1;
            }
        }
        Ok(())
    }

    /// What to send on a new connection, once its count has come, before anything new.
    pub fn again(&self) -> impl Iterator<Item = &M> {
        self.messages.iter().map(|(message, _)| message)
    }
}

/// How many messages have come.
#[derive(Clone, Debug, Default)]
pub struct Count {
    count: u64,
    told: u64,
    bytes: usize,
}

impl Count {
    /// A message of so many bytes came; returns the count when it is time to tell it.
    pub fn received(&mut self, bytes: usize) -> Option<u64> {
        self.count += 1;
        self.bytes += bytes;
        let due = self.bytes >= TELL_BYTES || self.count - self.told >= TELL_MESSAGES;
        due.then(|| self.tell())
    }

    /// The count, to be told now: at the start of each connection.
    pub fn tell(&mut self) -> u64 {
        self.told = self.count;
        self.bytes = 0;
        self.count
    }
}
