//! Messages that had better be lost than late: what goes to the browser, what waits, and what gives way.
//!
//! On an unreliable channel a message that waits long is of no use, and makes those behind it late. So nobody waits for room there: what the browser
//! would not send within [`LATENCY`] waits here in part, where it can still be taken back, and the oldest of it gives way to what is new. How
//! much that is follows from how fast the browser was seen to send.
//!
//! # Laws
//! 1. *Order*: what goes goes in the order in which it came.
//! 2. *Bound*: what waits, here and in the browser, is at most what went in the last [`LATENCY`], within [`MIN_BUDGET`] and [`MAX_BUDGET`], and one
//!    message.
//! 3. *The newest goes*: a message gives way to newer ones only.
//! 4. *No timer*: the browser's event that little is left is the only clock tick.

use core::time::Duration;
use std::collections::VecDeque;

use crate::Time;

/// How long a message may wait.
pub const LATENCY: Duration = Duration::from_millis(100);

/// Fewest bytes that may wait: a few packets, or a path that was slow once could never be seen to be fast.
pub const MIN_BUDGET: u32 = 8 * 1024;

/// Most bytes that may wait, and the largest message.
pub const MAX_BUDGET: u32 = 256 * 1024;

/// What may wait before anything was measured: what goes at 5 Mbit/s.
const FIRST_BUDGET: u32 = 64 * 1024;

/// Most messages that wait here: more than anybody reads of what is 100 ms old.
pub const MAX_WAITING: usize = 1024;

/// One direction of an unreliable channel.
#[derive(Debug)]
pub struct Lossy<M> {
    waiting: VecDeque<(M, u32)>,
    bytes: u32,
    /// At most so many messages.
    most: usize,
    budget: u32,
    /// Since when the browser has had so many bytes, and gets no more until few are left.
    full: Option<(Time, u32)>,
    dropped: u64,
}

impl<M> Lossy<M> {
    /// Nothing waits. `most` messages may, at most [`MAX_WAITING`], at least one.
    pub fn new(most: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            most: most.clamp(1, MAX_WAITING),
            budget: FIRST_BUDGET,
            full: None,
            dropped: 0,
        }
    }

    /// Whether a message may go to the browser at once, past nobody, when so many bytes wait there.
    pub fn is_clear(&self, buffered: u32) -> bool {
        self.waiting.is_empty() && self.full.is_none() && buffered < self.share()
    }

    /// A message of so many bytes waits; the oldest give way to it.
    pub fn push(&mut self, message: M, bytes: u32) {
        while let Some((_, oldest)) = self.waiting.front()
            && (self.waiting.len() >= self.most
                || self.bytes.saturating_add(bytes) > self.budget - self.share())
        {
            self.bytes -= oldest;
            self.waiting.pop_front();
            self.dropped += 1;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.waiting.push_back((message, bytes));
    }

    /// The next message for the browser, in which so many bytes wait: to be asked after each [`push`](Self::push), and when the browser says that
    /// no more than [`low_mark`](Self::low_mark) are left.
    pub fn pop(&mut self, buffered: u32, now: Time) -> Option<M> {
        if let Some((since, then)) = self.full {
            if buffered > self.low_mark() {
                return None;
            }
            self.full = None;
            self.measure(then.saturating_sub(buffered), now.since(since));
        }
        if buffered >= self.share() && !self.waiting.is_empty() {
            self.full = Some((now, buffered));
            return None;
        }
        let (message, bytes) = self.waiting.pop_front()?;
        self.bytes -= bytes;
        Some(message)
    }

    /// The browser has sent so many bytes in so much time, while it had more: that is what the path takes.
    fn measure(&mut self, sent: u32, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        let measured = u64::from(sent) * LATENCY.as_millis() as u64 / millis;
        let measured =
            u32::try_from(measured).map_or(MAX_BUDGET, |measured| measured.min(MAX_BUDGET));
        // Half of each, so that neither a pause of the page nor a burst decides alone.
        self.budget = (self.budget / 2 + measured / 2).clamp(MIN_BUDGET, MAX_BUDGET);
    }

    /// The connection is another one: nothing is in its browser's queue, and nobody knows yet how fast it is.
    pub fn connected(&mut self) {
        self.full = None;
        self.budget = FIRST_BUDGET;
    }

    /// At how many bytes the browser is to say that little is left.
    pub fn low_mark(&self) -> u32 {
        self.share() / 2
    }

    /// How many messages gave way.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many bytes may wait in the browser, where nothing can be taken back: half of all that may.
    fn share(&self) -> u32 {
        self.budget / 2
    }
}
