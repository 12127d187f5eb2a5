//! The side that gets the files.
//!
//! The shell tells what it has kept of an earlier transfer, which is hashed here and said; then it keeps what [`Receiver::data`] lets
//! pass, in segments, and says when all of a file is [written](Receiver::stored).

use super::course::Course;
use super::message::{DataHeader, Entry, Hash, Kept, Message};
use super::types::{FileState, Progress, State, TransferError, TransferId};
use super::{Totals, progress};
use crate::time::Time;

/// Content is written in segments of this size, each a file of its own, which is there whole or not at all after a crash. Two are in memory at a time.
pub const SEGMENT: u64 = 8 * 1024 * 1024;

/// Most files whose kept beginning is taken up again: of each the state of its hash stays in memory, 2 KB. One transfer leaves one such
/// file behind.
pub const MAX_BEGINNINGS: usize = 64;

/// What is to be done with a message of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nothing: it is over.
    Ignore,
    /// To be absorbed, and kept after what is there of the file.
    Append,
    /// What is there of the file is to be deleted first: the sender has other content.
    Restart,
}

/// What the shell has to do for a file, after a control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// All of it has come, and is right: write what is not written yet, and then say that it is [stored](Receiver::stored).
    Finish(u32),
    /// It is damaged: delete it.
    Erase(u32),
}

/// The side that gets the files, from the offer on.
#[derive(Debug)]
pub struct Receiver {
    id: TransferId,
    list: Vec<Entry>,
    tracks: Vec<Track>,
    phase: Phase,
    kept: Vec<Kept>,
    /// The states of the hashes of those in `kept` that are not whole.
    beginnings: Vec<(u32, Box<blake3::Hasher>)>,
    /// What both sides have in common.
    pub course: Course,
    totals: Totals,
    /// The file that comes, or is looked at.
    at: u32,
    hasher: blake3::Hasher,
    stored: usize,
    /// The sender has all receipts.
    dismissed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Track {
    got: u64,
    /// Of these, how many were there before.
    kept: u64,
    begun: bool,
    stored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Offered,
    Preparing,
    Active,
}

impl Receiver {
    /// A transfer that was offered. The paths are [safe](super::path::safe) and [distinct](super::path::distinct).
    pub(super) fn new(id: TransferId, list: Vec<Entry>) -> Self {
        Self {
            id,
            tracks: vec![Track::default(); list.len()],
            totals: Totals::of(&list),
            list,
            phase: Phase::Offered,
            kept: Vec::new(),
            beginnings: Vec::new(),
            course: Course::default(),
            at: 0,
            hasher: blake3::Hasher::new(),
            stored: 0,
            dismissed: false,
        }
    }

    /// Somebody wants the files; tells whether the shell is to look now what it has of them, file by file in order.
    pub fn accept(&mut self) -> bool {
        let first = self.phase == Phase::Offered && !self.course.is_over();
        if first {
            self.phase = Phase::Preparing;
        }
        first
    }

    /// Nobody wants them. Only while they are offered.
    pub fn decline(&mut self) {
        if self.phase == Phase::Offered && !self.course.is_over() {
            self.course.say(Message::Decline);
            self.course.end(State::Declined);
        }
    }

    /// So many bytes are kept of `file`, which are about to be [absorbed](Self::absorb). `false` when they are of no use, and are to be deleted.
    pub fn look(&mut self, file: u32, bytes: u64) -> bool {
        let Some(entry) = self.list.get(file as usize) else {
            return false;
        };
        let is_beginning = bytes < entry.size;
        if bytes == 0
            || bytes > entry.size
            || (is_beginning && self.beginnings.len() >= MAX_BEGINNINGS)
        {
            return false;
        }
        self.hasher.reset();
        true
    }

    /// They have been absorbed.
    pub fn looked(&mut self, file: u32, bytes: u64) {
        let (Some(entry), Some(track)) = (
            self.list.get(file as usize),
            self.tracks.get_mut(file as usize),
        ) else {
            return;
        };
        let hash: Hash = self.hasher.finalize().into();
        self.kept.push(Kept { file, bytes, hash });
        if bytes < entry.size {
            self.beginnings.push((file, Box::new(self.hasher.clone())));
        }
        track.got = bytes;
        track.kept = bytes;
        self.totals.done += bytes;
        self.totals.resumed += bytes;
        self.hasher.reset();
    }

    /// All files have been looked at.
    pub fn prepared(&mut self) {
        if self.phase == Phase::Preparing && !self.course.is_over() {
            self.phase = Phase::Active;
            for accept in Message::accepts(&self.kept) {
                self.course.say(accept);
            }
        }
    }

    /// A message other than data has come.
    pub fn hear(&mut self, bytes: &[u8]) -> Option<Task> {
        let heard = Message::decode(bytes).map_err(|_| TransferError::Protocol);
        match heard.and_then(|message| self.take(message)) {
            Ok(task) => task,
            Err(error) => {
                self.course.fail(error);
                None
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<Option<Task>, TransferError> {
        match self.course.hear(message) {
            None => Ok(None),
            Some(Message::Done) if self.course.state() == Some(State::Done) => {
                self.dismissed = true;
                Ok(None)
            }
            Some(_) if self.course.is_over() => Ok(None),
            Some(Message::FileEnd { file, hash }) => self.take_end(file, hash).map(Some),
            Some(_) => Err(TransferError::Protocol),
        }
    }

    fn take_end(&mut self, file: u32, hash: Hash) -> Result<Task, TransferError> {
        let entry = self.current(file)?;
        let size = entry.size;
        let track = self.tracks[file as usize];
        if track.got != size {
            return Err(TransferError::Protocol);
        }
        let mine: Hash = if track.kept == size && size > 0 {
            let at = self.kept.binary_search_by_key(&file, |kept| kept.file);
            at.map(|at| self.kept[at].hash).unwrap_or_default()
        } else {
            self.hasher.finalize().into()
        };
        self.hasher.reset();
        self.at += 1;
        if mine != hash {
            // The receipt says the same.
            self.course.say(Message::Receipt {
                file,
                intact: false,
            });
            self.course.end(State::Failed(TransferError::Corrupt));
            return Ok(Task::Erase(file));
        }
        Ok(Task::Finish(file))
    }

    /// Only the file after those that have ended may come.
    fn current(&self, file: u32) -> Result<&Entry, TransferError> {
        if self.phase != Phase::Active || file != self.at {
            return Err(TransferError::Protocol);
        }
        self.list.get(file as usize).ok_or(TransferError::Protocol)
    }

    /// A message of data has come, with so many bytes of content, which are then to be [absorbed](Self::absorb).
    pub fn data(&mut self, header: DataHeader, len: u64, now: Time) -> Data {
        if self.course.is_over() {
            return Data::Ignore;
        }
        self.place(header, len, now).unwrap_or_else(|error| {
            self.course.fail(error);
            Data::Ignore
        })
    }

    fn place(&mut self, header: DataHeader, len: u64, now: Time) -> Result<Data, TransferError> {
        let DataHeader { file, offset } = header;
        let size = self.current(file)?.size;
        let track = &mut self.tracks[file as usize];
        let end = offset.checked_add(len).ok_or(TransferError::Protocol)?;
        if len == 0 || end > size {
            return Err(TransferError::Protocol);
        }
        let beginning = self.beginnings.iter().position(|(of, _)| *of == file);
        let beginning = beginning.map(|at| self.beginnings.swap_remove(at).1);
        let mut data = Data::Append;
        if !track.begun && offset == track.got {
            if let Some(beginning) = beginning {
                self.hasher = *beginning;
            }
        } else if !track.begun && offset == 0 {
            self.totals.done -= track.got;
            self.totals.resumed -= track.got;
            (track.got, track.kept) = (0, 0);
            data = Data::Restart;
        } else if offset != track.got {
            return Err(TransferError::Protocol);
        }
        track.begun = true;
        track.got = end;
        self.totals.done += len;
        self.course.meter.add(len, now);
        Ok(data)
    }

    /// The next bytes of what is kept, or has come.
    pub fn absorb(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// All of the file is written.
    pub fn stored(&mut self, file: u32) {
        let Some(track) = self.tracks.get_mut(file as usize) else {
            return;
        };
        if track.stored || self.course.is_over() {
            return;
        }
        track.stored = true;
        self.stored += 1;
        self.course.say(Message::Receipt { file, intact: true });
        if self.stored == self.list.len() {
            self.course.end(State::Done);
        }
    }

    /// There is no room to write. What could not be written is to be kept in memory until [`Course::resume`].
    pub fn no_space(&mut self) {
        self.course.full_here();
    }

    /// The disk refuses for another reason.
    pub fn write_failed(&mut self) {
        self.course.fail(TransferError::Storage);
    }

    /// Whether the channel can be closed: the other side needs nothing of it any more.
    pub fn is_settled(&self) -> bool {
        self.dismissed || (self.course.is_over() && self.course.state() != Some(State::Done))
    }

    /// The transfer's name.
    pub const fn id(&self) -> TransferId {
        self.id
    }

    /// The files, with safe names.
    pub fn list(&self) -> &[Entry] {
        &self.list
    }

    /// Whether all of a file is there, verified and written.
    pub fn is_stored(&self, file: u32) -> bool {
        self.file(file as usize).0 == FileState::Done
    }

    /// How it stands with a file, and how much of it is done.
    pub fn file(&self, file: usize) -> (FileState, u64) {
        let track = self.tracks.get(file).copied().unwrap_or_default();
        let state = if track.stored {
            FileState::Done
        } else if track.got > 0 {
            FileState::Active
        } else {
            FileState::Waiting
        };
        (state, track.got)
    }

    /// How it stands.
    pub fn state(&self, connected: bool) -> State {
        let offered = self.phase == Phase::Offered;
        super::state(
            &self.course,
            offered,
            self.phase == Phase::Preparing,
            connected,
        )
    }

    /// How far it has come.
    pub fn progress(&self, connected: bool, now: Time) -> Progress {
        progress(self.state(connected), self.totals, &self.course.meter, now)
    }
}
