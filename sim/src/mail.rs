//! What the application sends: reliable messages that survive their connection, as [`handclasp_core::flow`] has it, and an oracle
//! that knows what must arrive.

use handclasp_core::Attempt;
use handclasp_core::flow::{Count, CountError, Kept};

/// What travels on the data channel of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Letter {
    /// The n-th message of a sender's visit.
    Message {
        visit: u64,
        number: u64,
        bytes: usize,
    },
    /// How many messages the sender of this has received.
    Count { epoch: u32, count: u64 },
}

/// What one member keeps for another, as long as that one is there.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// Names this side's stay with the other.
    pub(crate) visit: u64,
    kept: Kept<(u64, usize)>,
    /// The number of the next message.
    pub(crate) next: u64,
    /// The first message that the other side may ever see: it forgot those before.
    pub(crate) base: u64,
    /// Waits until the other side has room.
    backlog: Vec<usize>,
    /// On which connection the first count has come, so that messages may be sent.
    ready: Option<Attempt>,
    epoch: u32,
    count: Count,
    /// The oracle: of which visit of the other side, and which number must come next.
    pub(crate) expected: Option<(u64, u64)>,
}

impl Mailbox {
    pub(crate) fn new(visit: u64, epoch: u32) -> Self {
        Self {
            visit,
            kept: Kept::default(),
            next: 0,
            base: 0,
            backlog: Vec::new(),
            ready: None,
            epoch,
            count: Count::default(),
            expected: None,
        }
    }

    /// The channels of a connection are open.
    pub(crate) fn opened(&mut self) -> Letter {
        self.ready = None;
        self.tell()
    }

    fn tell(&mut self) -> Letter {
        Letter::Count {
            epoch: self.epoch,
            count: self.count.tell(),
        }
    }

    /// The application sends a message of so many bytes.
    pub(crate) fn send(&mut self, bytes: usize, attempt: Option<Attempt>) -> Vec<Letter> {
        self.backlog.push(bytes);
        self.flush(attempt)
    }

    fn flush(&mut self, attempt: Option<Attempt>) -> Vec<Letter> {
        let mut letters = Vec::new();
        if attempt.is_none() || self.ready != attempt {
            return letters;
        }
        let mut sent = 0;
        while let Some(&bytes) = self.backlog.get(sent)
            && self.kept.has_room()
        {
            sent += 1;
            self.kept.push((self.next, bytes), bytes);
            letters.push(Letter::Message {
                visit: self.visit,
                number: self.next,
                bytes,
            });
            self.next += 1;
        }
        self.backlog.drain(..sent);
        letters
    }

    /// Whether everything was handed over.
    pub(crate) fn is_idle(&self) -> bool {
        self.backlog.is_empty()
    }

    /// A count came.
    pub(crate) fn counted(
        &mut self,
        epoch: u32,
        count: u64,
        attempt: Attempt,
    ) -> Result<Vec<Letter>, CountError> {
        match self.kept.counted(epoch, count) {
            Ok(()) => {}
            Err(CountError::Anew) => self.base = self.next,
            Err(error) => return Err(error),
        }
        let mut letters = Vec::new();
        if self.ready != Some(attempt) {
            self.ready = Some(attempt);
            letters.extend(self.kept.again().map(|&(number, bytes)| Letter::Message {
                visit: self.visit,
                number,
                bytes,
            }));
        }
        letters.extend(self.flush(Some(attempt)));
        Ok(letters)
    }

    /// A message came, of this many bytes.
    pub(crate) fn received(&mut self, bytes: usize) -> Option<Letter> {
        let count = self.count.received(bytes)?;
        Some(Letter::Count {
            epoch: self.epoch,
            count,
        })
    }
}
