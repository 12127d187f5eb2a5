//! The side that has the files.
//!
//! The shell reads what [`Sender::job`] says, lets [`Sender::absorb`] see it, and sends it on. What the receiver has already is compared
//! first, by reading it here too: only the rest is sent when it is the same, and everything otherwise.

use super::course::Course;
use super::message::{DataHeader, Entry, Hash, Kept, MAX_FILES, MAX_MESSAGE, MAX_NAMES, Message};
use super::types::{FileState, Progress, State, TransferError, TransferId};
use super::{Totals, progress};
use crate::time::Time;

/// How much is read at once: reading costs a round trip to another process, and two such blocks are in memory.
pub const BLOCK: u64 = 1024 * 1024;

/// Most pieces of one block, for folders of tiny files.
pub const MAX_PIECES: usize = 128;

/// Most content of one message.
pub const MAX_PIECE: u64 = (MAX_MESSAGE - DataHeader::LEN) as u64;

/// Part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file's place in the list.
    pub file: u32,
    /// Where the part begins.
    pub offset: u64,
    /// Bytes; may be none at the end of a file.
    pub len: u32,
    /// Whether the file ends with it, so that [`Sender::end_file`] is next.
    pub last: bool,
}

/// What is to be read next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Only to be [absorbed](Sender::absorb): what the receiver may have already.
    Compare(Piece),
    /// To be absorbed one after the other, and sent in this order: each with its [header](DataHeader) in front, unless it is empty.
    Send(Vec<Piece>),
}

/// The list is empty, too long, or its names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListError;

/// The side that has the files.
#[derive(Debug)]
pub struct Sender {
    id: TransferId,
    list: Vec<Entry>,
    tracks: Vec<Track>,
    phase: Phase,
    kept: Vec<Kept>,
    /// How many files have arrived.
    receipts: usize,
    /// What both sides have in common.
    pub course: Course,
    totals: Totals,
    /// What is read next.
    at: Cursor,
    hasher: blake3::Hasher,
}

#[derive(Clone, Copy, Debug, Default)]
struct Track {
    done: u64,
    /// Its end has been said.
    ended: bool,
    receipt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Offered,
    /// Accepted in part.
    Hearing,
    Accepted,
}

#[derive(Debug, Default)]
struct Cursor {
    file: usize,
    offset: u64,
    /// What the receiver says it has of this file, while that is being compared.
    comparing: Option<Kept>,
    /// How much of it has been seen.
    seen: u64,
    /// Whether the file has been begun.
    begun: bool,
}

impl Sender {
    /// Offers these files, whose paths are [safe](super::path::safe) and [distinct](super::path::distinct).
    ///
    /// # Errors
    /// [`ListError`]: see [`MAX_FILES`] and [`MAX_NAMES`].
    pub fn new(id: TransferId, list: Vec<Entry>) -> Result<Self, ListError> {
        let names: usize = list.iter().map(Entry::names).sum();
        let files = u32::try_from(list.len()).map_err(|_| ListError)?;
        if list.is_empty() || list.len() > MAX_FILES || names > MAX_NAMES {
            return Err(ListError);
        }
        let mut course = Course::default();
        course.say(Message::Offer { id, files });
        Message::lists(&list)
            .into_iter()
            .for_each(|part| course.say(part));
        Ok(Self {
            id,
            tracks: vec![Track::default(); list.len()],
            totals: Totals::of(&list),
            list,
            phase: Phase::Offered,
            kept: Vec::new(),
            receipts: 0,
            course,
            at: Cursor::default(),
            hasher: blake3::Hasher::new(),
        })
    }

    /// A message has come.
    pub fn hear(&mut self, bytes: &[u8]) {
        if self.course.is_over() {
            return;
        }
        let heard = Message::decode(bytes).map_err(|_| TransferError::Protocol);
        if let Err(error) = heard.and_then(|message| self.take(message)) {
            self.course.fail(error);
        }
    }

    fn take(&mut self, message: Message) -> Result<(), TransferError> {
        let Some(message) = self.course.hear(message) else {
            return Ok(());
        };
        match (message, self.phase) {
            (Message::Decline, Phase::Offered) => self.course.end(State::Declined),
            (Message::Accept { last, kept }, Phase::Offered | Phase::Hearing) => {
                for kept in kept {
                    self.take_kept(kept)?;
                }
                self.phase = if last {
                    Phase::Accepted
                } else {
                    Phase::Hearing
                };
            }
            (Message::NoSpace, Phase::Accepted) => self.course.full_there(),
            (Message::Receipt { file, intact }, Phase::Accepted) => {
                self.take_receipt(file, intact)?
            }
            _ => return Err(TransferError::Protocol),
        }
        Ok(())
    }

    fn take_kept(&mut self, kept: Kept) -> Result<(), TransferError> {
        let entry = self
            .list
            .get(kept.file as usize)
            .ok_or(TransferError::Protocol)?;
        let in_order = self.kept.last().is_none_or(|last| last.file < kept.file);
        if !in_order || kept.bytes == 0 || kept.bytes > entry.size {
            return Err(TransferError::Protocol);
        }
        self.kept.push(kept);
        Ok(())
    }

    fn take_receipt(&mut self, file: u32, intact: bool) -> Result<(), TransferError> {
        let track = self
            .tracks
            .get_mut(file as usize)
            .ok_or(TransferError::Protocol)?;
        if !track.ended || track.receipt {
            return Err(TransferError::Protocol);
        }
        if !intact {
            self.course.end(State::Failed(TransferError::Corrupt));
            return Ok(());
        }
        track.receipt = true;
        self.receipts += 1;
        if self.receipts == self.list.len() {
            self.course.say(Message::Done);
            self.course.end(State::Done);
        }
        Ok(())
    }

    /// Whether the receiver wants the files, and has said what it has of them.
    pub fn is_accepted(&self) -> bool {
        self.phase == Phase::Accepted
    }

    /// Whether data may go out now.
    pub fn flows(&self) -> bool {
        self.phase == Phase::Accepted && !self.course.is_over() && !self.course.is_held()
    }

    /// What is to be read next; `None` while nothing is, or when all has been. The former job has been absorbed whole.
    pub fn job(&mut self) -> Option<Job> {
        if self.phase != Phase::Accepted || self.course.is_over() {
            return None;
        }
        let mut pieces = Vec::new();
        let mut room = BLOCK;
        while let Some(entry) = self.list.get(self.at.file) {
            let file = u32::try_from(self.at.file).ok()?;
            if !self.at.begun {
                let found = self.kept.binary_search_by_key(&file, |kept| kept.file);
                let kept = found.ok().and_then(|at| self.kept.get(at).copied());
                // The pieces are to be absorbed before.
                if kept.is_some() && !pieces.is_empty() {
                    break;
                }
                self.at.comparing = kept;
                self.at.begun = true;
            }
            if let Some(kept) = self.at.comparing {
                let len = (kept.bytes - self.at.seen).min(BLOCK);
                return Some(Job::Compare(Piece {
                    file,
                    offset: self.at.seen,
                    len: u32::try_from(len).ok()?,
                    last: false,
                }));
            }
            let rest = entry.size - self.at.offset;
            let len = rest.min(MAX_PIECE);
            if pieces.len() >= MAX_PIECES || (room < len && !pieces.is_empty()) {
                break;
            }
            room = room.saturating_sub(len);
            pieces.push(Piece {
                file,
                offset: self.at.offset,
                len: u32::try_from(len).ok()?,
                last: len == rest,
            });
            self.at.offset += len;
            if len == rest {
                self.at = Cursor {
                    file: self.at.file + 1,
                    ..Cursor::default()
                };
            }
        }
        (!pieces.is_empty()).then_some(Job::Send(pieces))
    }

    /// The next bytes of what the present job reads.
    pub fn absorb(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        let Some(kept) = self.at.comparing else {
            return;
        };
        self.at.seen += bytes.len() as u64;
        if self.at.seen < kept.bytes {
            return;
        }
        self.at.comparing = None;
        if *self.hasher.finalize().as_bytes() == kept.hash {
            self.at.offset = kept.bytes;
            self.totals.resumed += kept.bytes;
            self.totals.done += kept.bytes;
            if let Some(track) = self.tracks.get_mut(self.at.file) {
                track.done = kept.bytes;
            }
        } else {
            self.hasher.reset();
        }
    }

    /// What is to be sent after the last piece of `file`, which has been absorbed.
    pub fn end_file(&mut self, file: u32) -> Vec<u8> {
        let hash: Hash = self.hasher.finalize().into();
        self.hasher.reset();
        Message::FileEnd { file, hash }.encode()
    }

    /// The piece has gone out, and the file's end too if it is the last.
    pub fn sent(&mut self, piece: Piece, now: Time) {
        if let Some(track) = self.tracks.get_mut(piece.file as usize) {
            track.done += u64::from(piece.len);
            track.ended = piece.last;
            self.totals.done += u64::from(piece.len);
            self.course.meter.add(piece.len.into(), now);
        }
    }

    /// A file cannot be read any more as it was offered.
    pub fn source_changed(&mut self) {
        self.course.fail(TransferError::SourceChanged);
    }

    /// The transfer's name.
    pub const fn id(&self) -> TransferId {
        self.id
    }

    /// The files as they were offered.
    pub fn list(&self) -> &[Entry] {
        &self.list
    }

    /// How it stands with a file, and how much of it is done.
    pub fn file(&self, file: usize) -> (FileState, u64) {
        let track = self.tracks.get(file).copied().unwrap_or_default();
        let state = if track.receipt {
            FileState::Done
        } else if track.done > 0 || track.ended {
            FileState::Active
        } else {
            FileState::Waiting
        };
        (state, track.done)
    }

    /// How it stands.
    pub fn state(&self, connected: bool) -> State {
        let offered = self.phase != Phase::Accepted;
        super::state(
            &self.course,
            offered,
            self.at.comparing.is_some(),
            connected,
        )
    }

    /// How far it has come.
    pub fn progress(&self, connected: bool, now: Time) -> Progress {
        progress(self.state(connected), self.totals, &self.course.meter, now)
    }
}
