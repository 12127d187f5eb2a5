//! Data that came before its turn: over lanes, and behind what is still on a lane.

use std::collections::VecDeque;

use super::message::DataHeader;

/// How far the sender may be ahead of what the receiver has taken in order: what the receiver holds at most. At 200 Mbit/s it bridges a lane
/// that is silent for half a second.
pub const AHEAD: u64 = 16 * 1024 * 1024;

/// What a message counts at least, so that many tiny ones do not cost more memory than they hold.
pub const LEAST: u64 = 4096;

/// What a message with so many bytes of content counts in the [window](AHEAD).
pub const fn load(len: u64) -> u64 {
    if len < LEAST { LEAST } else { len }
}

/// Messages of data that wait for those before them. `M` is a message, or a handle to it.
///
/// # Laws
/// 1. *Order*: what is taken is taken in the order of (file, offset), and only at the place that is asked for.
/// 2. *Once*: a message that is there already is dropped.
/// 3. *Bound*: what waits is at most [`AHEAD`], counted by [`load`].
#[derive(Debug)]
pub struct Reorder<M> {
    waiting: VecDeque<Early<M>>,
    load: u64,
}

#[derive(Debug)]
struct Early<M> {
    place: (u32, u64),
    len: u64,
    message: M,
}

/// What comes cannot be of an honest sender: it is too far ahead, or overlaps with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced;

impl<M> Default for Reorder<M> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            load: 0,
        }
    }
}

impl<M> Reorder<M> {
    /// Keeps a message with so many bytes of content until its turn; `false` when it was there.
    ///
    /// # Errors
    /// [`Misplaced`].
    pub fn insert(&mut self, header: DataHeader, len: u64, message: M) -> Result<bool, Misplaced> {
        let place = (header.file, header.offset);
        let at = match self
            .waiting
            .binary_search_by_key(&place, |early| early.place)
        {
            Ok(at) if self.waiting[at].len == len => return Ok(false),
            Ok(_) => return Err(Misplaced),
            Err(at) => at,
        };
        let sum = self.load + load(len);
        if sum > AHEAD {
            return Err(Misplaced);
        }
        self.load = sum;
        self.waiting.insert(
            at,
            Early {
                place,
                len,
                message,
            },
        );
        Ok(true)
    }

    /// The message that begins at this place and how many bytes it has, if it is there.
    ///
    /// # Errors
    /// [`Misplaced`] when what is there comes before that place, and so will never be asked for.
    pub fn take(&mut self, file: u32, offset: u64) -> Result<Option<(u64, M)>, Misplaced> {
        match self.waiting.front() {
            Some(early) if early.place < (file, offset) => Err(Misplaced),
            Some(early) if early.place == (file, offset) => {
                let early = self.waiting.pop_front();
                self.load -= early.as_ref().map_or(0, |early| load(early.len));
                Ok(early.map(|early| (early.len, early.message)))
            }
            _ => Ok(None),
        }
    }

    /// Lets go of everything.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.load = 0;
    }
}
