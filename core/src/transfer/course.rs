//! What sender and receiver have in common: being held, being over, and what is to be said.

use std::collections::VecDeque;

use super::message::{Message, Reason};
use super::meter::Meter;
use super::types::{State, TransferError};

/// How often the other side may hold a transfer and let it go: more than a person ever does.
const MAX_HOLDS: u32 = 10_000;

/// How a transfer goes, on either side.
#[derive(Debug, Default)]
pub struct Course {
    over: Option<State>,
    paused_by_me: bool,
    paused_by_peer: bool,
    full_here: bool,
    full_there: bool,
    holds: u32,
    outbox: VecDeque<Message>,
    /// What has been taken and has arrived, if that is to be said.
    got: Option<(u64, u64)>,
    pub(super) meter: Meter,
}

impl Course {
    pub(super) fn say(&mut self, message: Message) {
        self.outbox.push_back(message);
    }

    /// Says it in place of the last one of its kind, if that has not gone out yet.
    pub(super) fn say_got(&mut self, taken: u64, arrived: u64) {
        self.got = Some((taken, arrived));
    }

    /// The next control message that is to be sent over the channel, before any data.
    pub fn poll(&mut self) -> Option<Vec<u8>> {
        let next = self.outbox.pop_front().map(|message| message.encode());
        next.or_else(|| self.poll_got())
    }

    /// The next control message that may as well go over a lane, where it may be late, or lost with the lane.
    pub fn poll_got(&mut self) -> Option<Vec<u8>> {
        let (taken, arrived) = self.got.take()?;
        Some(Message::Got { taken, arrived }.encode())
    }

    /// Whether there is a next one.
    pub fn has_more(&self) -> bool {
        !self.outbox.is_empty() || self.has_got()
    }

    /// Whether there is one that may go over a lane.
    pub const fn has_got(&self) -> bool {
        self.got.is_some()
    }

    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// Whether data is to wait.
    pub(super) const fn is_held(&self) -> bool {
        self.paused_by_me || self.paused_by_peer || self.full_there
    }

    /// Whether writing waits until somebody has made room.
    pub const fn is_full(&self) -> bool {
        self.full_here
    }

    /// What the course alone says of the state.
    pub(super) fn state(&self) -> Option<State> {
        if let Some(over) = &self.over {
            return Some(over.clone());
        }
        if self.full_here || self.full_there {
            return Some(State::NoSpace);
        }
        let (by_me, by_peer) = (self.paused_by_me, self.paused_by_peer);
        (by_me || by_peer).then_some(State::Paused { by_me, by_peer })
    }

    pub(super) fn end(&mut self, state: State) {
        if self.over.is_none() {
            self.over = Some(state);
        }
    }

    /// Ends it, and tells the other side why. What else was to be said does not matter any more.
    fn give_up(&mut self, reason: Reason, state: State) {
        if self.over.is_none() {
            self.outbox.clear();
            self.got = None;
            self.say(Message::Cancel(reason));
            self.over = Some(state);
        }
    }

    pub(super) fn fail(&mut self, error: TransferError) {
        self.give_up(Reason::of(error), State::Failed(error));
    }

    /// Gives it up.
    pub fn cancel(&mut self) {
        self.give_up(Reason::Person, State::Cancelled { by_me: true });
    }

    /// The channel is closed for good.
    pub fn lost(&mut self) {
        if self.over.is_none() {
            self.outbox.clear();
            self.got = None;
            self.over = Some(State::Failed(TransferError::Lost));
        }
    }

    /// Holds it.
    pub fn pause(&mut self) {
        if self.over.is_none() && !self.paused_by_me {
            self.paused_by_me = true;
            self.say(Message::Pause);
        }
    }

    /// Goes on, also after the disk was full.
    pub fn resume(&mut self) {
        if self.over.is_none() && (self.paused_by_me || self.full_here) {
            self.paused_by_me = false;
            self.full_here = false;
            self.meter.restart();
            self.say(Message::Resume);
        }
    }

    pub(super) fn full_here(&mut self) {
        if self.over.is_none() && !self.full_here {
            self.full_here = true;
            self.say(Message::NoSpace);
        }
    }

    pub(super) fn full_there(&mut self) {
        self.full_there = true;
        self.count();
    }

    /// What means the same to both sides. Gives back what does not.
    pub(super) fn hear(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::Pause => self.paused_by_peer = true,
            Message::Resume => {
                self.paused_by_peer = false;
                self.full_there = false;
                self.meter.restart();
            }
            Message::Cancel(reason) => self.end(match reason {
                Reason::Person => State::Cancelled { by_me: false },
                Reason::SourceChanged => State::Failed(TransferError::SourceChanged),
                Reason::Storage => State::Failed(TransferError::Storage),
                Reason::Corrupt => State::Failed(TransferError::Corrupt),
                Reason::Protocol => State::Failed(TransferError::Protocol),
            }),
            other => return Some(other),
        }
        self.count();
        None
    }

    /// One more message that holds or lets go.
    fn count(&mut self) {
        self.holds += 1;
        if self.holds > MAX_HOLDS {
            self.fail(TransferError::Protocol);
        }
    }
}
