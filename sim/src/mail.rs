//! What the application sends: reliable messages that survive their connection, as [`handclasp_core::ledger`] has it, and an oracle
//! that knows what must arrive.

use handclasp_core::Attempt;
use handclasp_core::flow::{CountError, Load};
use handclasp_core::ledger::{Ledger, Tally};

/// What travels on the data channel of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Letter {
    Message(Message),
    Tally(Tally),
}

/// The n-th message of a sender's visit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub(crate) visit: u64,
    pub(crate) number: u64,
    bytes: usize,
}

/// What one member keeps for another, as long as that one is there.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// Names this side's stay with the other.
    pub(crate) visit: u64,
    ledger: Ledger<Message>,
    /// The number of the next message.
    pub(crate) next: u64,
    /// The first message that the other side may ever see: it forgot those before.
    pub(crate) base: u64,
    /// Waits until the other side has room.
    backlog: Vec<usize>,
    /// The connection that carries the channel.
    attempt: Option<Attempt>,
    /// Has come before it is known whose it is.
    held: Vec<Message>,
    /// The oracle: of which visit of the other side, and which number must come next.
    pub(crate) expected: Option<(u64, u64)>,
}

impl Mailbox {
    pub(crate) fn new(visit: u64, epoch: u32) -> Self {
        Self {
            visit,
            ledger: Ledger::new(epoch, true, false),
            next: 0,
            base: 0,
            backlog: Vec::new(),
            attempt: None,
            held: Vec::new(),
            expected: None,
        }
    }

    /// The channels of a connection are open.
    pub(crate) fn opened(&mut self, attempt: Attempt) -> Vec<Letter> {
        self.attempt = Some(attempt);
        self.held.clear();
        self.ledger.connect();
        let mut letters = vec![Letter::Tally(self.ledger.tally())];
        letters.extend(self.flush());
        letters
    }

    /// The application sends a message of so many bytes.
    pub(crate) fn send(&mut self, bytes: usize, attempt: Option<Attempt>) -> Vec<Letter> {
        self.backlog.push(bytes);
        if attempt.is_none() || self.attempt != attempt {
            return Vec::new();
        }
        self.flush()
    }

    fn flush(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        let mut sent = 0;
        while let Some(&bytes) = self.backlog.get(sent)
            && self.ledger.has_room()
        {
            sent += 1;
            let message = Message {
                visit: self.visit,
                number: self.next,
                bytes,
            };
            self.ledger.sent(message, Load::one(bytes));
            letters.push(Letter::Message(message));
            self.next += 1;
        }
        self.backlog.drain(..sent);
        letters
    }

    /// Whether everything was handed over.
    pub(crate) fn is_idle(&self) -> bool {
        self.backlog.is_empty()
    }

    /// A tally came on this connection: what to send, and what is now known to have come.
    pub(crate) fn told(
        &mut self,
        tally: Tally,
        attempt: Attempt,
    ) -> Result<(Vec<Letter>, Vec<Message>), CountError> {
        if self.attempt != Some(attempt) {
            return Ok((Vec::new(), Vec::new()));
        }
        let told = self.ledger.told(tally)?;
        let mut letters = Vec::new();
        if told.anew {
            self.base = self.next;
        }
        if told.tell {
            letters.push(Letter::Tally(self.ledger.tally()));
        }
        if told.resume {
            letters.extend(self.ledger.again().copied().map(Letter::Message));
        }
        letters.extend(self.flush());
        Ok((letters, std::mem::take(&mut self.held)))
    }

    /// A message came on this connection; returns it unless it has to be held back.
    pub(crate) fn came(&mut self, message: Message, attempt: Attempt) -> Option<Message> {
        if self.attempt == Some(attempt) && self.ledger.holds() {
            self.held.push(message);
            return None;
        }
        (self.attempt == Some(attempt)).then_some(message)
    }

    /// The application gets a message, and reads it at once.
    pub(crate) fn received(&mut self, message: Message) -> Option<Letter> {
        let awaited = self.ledger.received(Load::one(message.bytes));
        let read = self.ledger.read(Load::one(message.bytes));
        read.or(awaited).map(Letter::Tally)
    }
}
