//! What both sides of a channel know of each other's messages, over all connections that carry it in turn.
//!
//! The counting itself is [`flow`](crate::flow). Here is *whose* count is meant: a member that forgot the pair and came back
//! counts from zero, and neither side may take the other's old count for its new one. So each side of a channel draws a number
//! for the visit, its *epoch*, and each [`Tally`] says by whom and of whom it counts.
//!
//! A channel's first connection can be used at once: there is nothing to repeat. On every later one nothing is sent before a
//! valid tally has come. What arrives on a connection before its first tally is [held](Ledger::holds): nobody knows yet
//! whose message it is.

use crate::flow::{Count, CountError, Kept, Load};

/// How many messages have come, and how much of it waits to be read: what one side of a channel tells the other over the control channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// The epoch of the side that counts; never zero.
    pub by: u32,
    /// The epoch of the side whose messages are counted; zero when it has not been heard of.
    pub of: u32,
    /// How many of its messages have come.
    pub count: u64,
    /// What has come and nobody has read.
    pub unread: Load,
    /// Tell me when you have so many of mine; zero for no matter.
    pub wants: u64,
}

/// What a tally brought about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Send what [`Ledger::again`] has, in its order; then the channel is open.
    pub resume: bool,
    /// The other side began anew: what was on its way to it is nobody's, and what had come of it in part will not be completed.
    pub anew: bool,
    /// Tell the other side [`Ledger::tally`]: it began anew and does not know this side yet, or waits for it.
    pub tell: bool,
}

/// A place in what was sent to one visit of the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    visit: u32,
    sent: u64,
}

/// Whether the other side has everything up to a [`Mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It has.
    Arrived,
    /// Not that anybody knows.
    Awaited,
    /// It began anew since: whether it had, nobody can tell.
    Forgotten,
}

/// One side of one channel. `M` is a message, or a handle to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger<M> {
    me: u32,
    them: Option<u32>,
    /// Whether the channel is reliable and ordered; of others nothing is kept.
    keeps: bool,
    /// Whether the channel's very name belongs to one visit, so that its messages can be nobody else's.
    unique: bool,
    kept: Kept<M>,
    count: Count,
    /// What the other side is to tell of.
    wants: u64,
    /// How often the other side began anew.
    visit: u32,
    /// Whether a tally has come over the present connection.
    heard: bool,
    /// Whether a connection has carried the channel.
    carried: bool,
    open: bool,
}

impl<M> Ledger<M> {
    /// A channel that no connection has carried yet. `epoch` is random; `keeps` says whether the channel is reliable and ordered,
    /// `unique` whether it has a name that is never used again, so that nothing that comes on it need be held.
    pub fn new(epoch: u32, keeps: bool, unique: bool) -> Self {
        Self {
            me: epoch.max(1),
            them: None,
            keeps,
            unique,
            kept: Kept::default(),
            count: Count::default(),
            wants: 0,
            visit: 0,
            heard: false,
            carried: false,
            open: false,
        }
    }

    /// From now on a new connection carries the channel. What comes over the former yet, or was held of it, does not count.
    pub fn connect(&mut self) {
        self.heard = false;
        self.open = !self.keeps || !self.carried;
        self.carried = true;
    }

    /// Whether messages may go out on the present connection.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether one more message may be sent before the other side tells what it has.
    pub fn has_room(&self) -> bool {
        self.open && self.kept.has_room()
    }

    /// Whether all of these may be sent at once.
    pub const fn has_room_for(&self, more: Load) -> bool {
        self.open && self.kept.has_room_for(more)
    }

    /// Whether messages have to be passed to [`sent`](Self::sent).
    pub const fn keeps(&self) -> bool {
        self.keeps
    }

    /// What was given to the browser as one message counts as so many.
    pub fn sent(&mut self, message: M, load: Load) {
        if self.keeps {
            self.kept.push(message, load);
        }
    }

    /// Whether messages that come are to be held until a tally has come, and to be dropped when the connection ends before that.
    pub const fn holds(&self) -> bool {
        self.keeps && !self.unique && !self.heard
    }

    /// What came as one message, and is not [held](Self::holds) any more, counts as so many; returns the tally when the other side waits for it.
    pub fn received(&mut self, load: Load) -> Option<Tally> {
        (self.keeps && self.count.received(load)).then(|| self.tally())
    }

    /// So much of what came has been read; returns the tally when it is time to tell it.
    pub fn read(&mut self, load: Load) -> Option<Tally> {
        (self.keeps && self.count.read(load)).then(|| self.tally())
    }

    /// The tally, to be told now: at the start of each connection, and when [`Told::tell`] says so.
    pub fn tally(&mut self) -> Tally {
        let (count, unread) = self.count.tell();
        Tally {
            by: self.me,
            of: self.them.unwrap_or(0),
            count,
            unread,
            wants: self.wants,
        }
    }

    /// How often the other side has begun anew. What was sent to a former visit of it is nobody's.
    pub const fn visit(&self) -> u32 {
        self.visit
    }

    /// Everything that has been sent so far. From now on tallies ask for it, so that one is to be told at once. `None` for a channel on which nothing
    /// is counted.
    pub fn mark(&mut self) -> Option<Mark> {
        let (visit, sent) = (self.visit, self.kept.sent());
        self.wants = sent;
        self.keeps.then_some(Mark { visit, sent })
    }

    /// Whether the other side has what was sent before `mark` was made.
    pub const fn arrival(&self, mark: Mark) -> Arrival {
        if self.visit != mark.visit {
            Arrival::Forgotten
        } else if self.kept.arrived() >= mark.sent {
            Arrival::Arrived
        } else {
            Arrival::Awaited
        }
    }

    /// The other side tells its tally.
    ///
    /// # Errors
    /// [`CountError`] when it cannot be true. The channel is of no use any more then.
    pub fn told(&mut self, tally: Tally) -> Result<Told, CountError> {
        if tally.by == 0 {
            return Err(CountError::Nobody);
        }
        if !self.keeps {
            return Ok(Told::default());
        }
        let anew = self.them.is_some_and(|them| them != tally.by);
        if anew {
            // What was kept was meant for a visit that is over, and what was counted came from it.
            self.kept = Kept::default();
            self.count.restart();
            self.wants = 0;
            self.visit = self.visit.wrapping_add(1);
        }
        self.them = Some(tally.by);
        self.heard = true;
        let mut told = Told {
            resume: false,
            anew,
            tell: anew,
        };
        // Who has not heard of this side has nothing from it; who counts for a former visit of this side will be told.
        if tally.of == self.me || tally.of == 0 {
            self.kept.counted(tally.count, tally.unread)?;
            told.tell |= self.count.want(tally.wants);
            told.resume = !std::mem::replace(&mut self.open, true);
        }
        Ok(told)
    }

    /// The other side does not know this channel at all, so that everything that was ever sent is to be sent.
    ///
    /// # Errors
    /// [`CountError::TooFew`] when it did know it.
    pub fn unknown(&mut self) -> Result<(), CountError> {
        self.kept.counted(0, Load::default())?;
        self.open = true;
        Ok(())
    }

    /// What to send on a new connection before anything else, in this order.
    pub fn again(&self) -> impl Iterator<Item = &M> {
        self.kept.again()
    }
}
