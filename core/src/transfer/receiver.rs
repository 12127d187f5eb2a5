//! The side that gets the files.
//!
//! The shell tells what it has kept of an earlier transfer, which is hashed here and said; then it keeps what [`Receiver::data`] lets
//! pass, in segments, and says when all of a file is [written](Receiver::stored).
//!
//! Data comes over the channel and over lanes, in an order of each of its own, and is [put into order](super::reorder) here. The ends of files, and the
//! first data of each, come over the channel alone: so it is known where each file begins, and when it is to end.

use core::time::Duration;
use std::collections::VecDeque;

use super::course::Course;
use super::lanes::{MAX_OFFERS, MAX_OPEN, Signal};
use super::message::{DataHeader, Entry, Hash, Kept, Message};
use super::reorder::{Misplaced, Reorder, load};
use super::types::{FileState, Progress, State, TransferError, TransferId};
use super::{Totals, progress};
use crate::time::Time;

/// Content is written in segments of this size, each a file of its own, which is there whole or not at all after a crash. Two are in memory at a time.
pub const SEGMENT: u64 = 8 * 1024 * 1024;

/// Most files whose kept beginning is taken up again: of each the state of its hash stays in memory, 2 KB. One transfer leaves one such
/// file behind.
pub const MAX_BEGINNINGS: usize = 64;

/// After how much that was taken the sender is told: a thirty-second of what it may be ahead.
const TELL: u64 = 512 * 1024;

/// After how long the sender is told, if something has come: often enough to measure by.
const TELL_AFTER: Duration = Duration::from_millis(250);

/// Which way a message of data came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over the channel, between control messages.
    Main,
    /// Over a lane.
    Lane,
}

/// What the shell has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task<M> {
    /// This is to be [absorbed](Receiver::absorb), and kept after what is there of the file.
    Append(u32, M),
    /// The same, after what is there of the file has been deleted: the sender has other content.
    Restart(u32, M),
    /// All of it has come, and is right: write what is not written yet, and then say that it is [stored](Receiver::stored).
    Finish(u32),
    /// It is damaged: delete it.
    Erase(u32),
}

/// The side that gets the files, from the offer on.
///
/// `M` is the content of a message, or a handle to it.
#[derive(Debug)]
pub struct Receiver<M> {
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
    /// The file that is taken, or looked at.
    at: u32,
    hasher: blake3::Hasher,
    early: Reorder<M>,
    /// The hashes of files whose end was said, from the present one on.
    ends: VecDeque<Hash>,
    /// Where the last data on the channel ended, of the file whose end was not said yet.
    cursor: u64,
    /// How much has been taken in order, and has come in all.
    taken: u64,
    arrived: u64,
    /// What of these has been told, and when.
    told: (u64, u64, Time),
    /// How many lanes were offered.
    offers: u32,
    /// Those that may be open.
    lanes: Vec<u32>,
    stored: usize,
    /// The sender has all receipts.
    dismissed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Track {
    got: u64,
    /// Of these, how many were there before.
    kept: u64,
    /// Where the sender begins, once that is known.
    start: Option<u64>,
    begun: bool,
    stored: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Offered,
    Preparing,
    Active,
}

impl<M> Receiver<M> {
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
            early: Reorder::default(),
            ends: VecDeque::new(),
            cursor: 0,
            taken: 0,
            arrived: 0,
            told: (0, 0, Time::ZERO),
            offers: 0,
            lanes: Vec::new(),
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

    /// A message other than data has come. What it says of a lane is for the shell.
    pub fn hear(&mut self, bytes: &[u8]) -> Option<Signal> {
        let heard = Message::decode(bytes).map_err(|_| TransferError::Protocol);
        let heard = heard.and_then(|message| self.take(message));
        heard.unwrap_or_else(|error| {
            self.course.fail(error);
            None
        })
    }

    fn take(&mut self, message: Message) -> Result<Option<Signal>, TransferError> {
        match self.course.hear(message) {
            None => {}
            Some(Message::Done) if self.course.state() == Some(State::Done) => {
                self.dismissed = true;
            }
            Some(_) if self.course.is_over() => {}
            Some(Message::FileEnd { file, hash }) => self.take_end(file, hash)?,
            Some(Message::LaneOffer { lane, sdp }) => {
                let is_next = lane == self.offers && self.lanes.len() < MAX_OPEN;
                if self.phase != Phase::Active || !is_next || lane >= MAX_OFFERS {
                    return Err(TransferError::Protocol);
                }
                self.offers += 1;
                self.lanes.push(lane);
                return Ok(Some(Signal::Description { lane, sdp }));
            }
            Some(Message::LaneEnd { lane }) if lane < self.offers => {
                self.forget_lane(lane);
                return Ok(Some(Signal::End { lane }));
            }
            Some(_) => return Err(TransferError::Protocol),
        }
        Ok(None)
    }

    /// The answer to the offer of a lane.
    pub fn answer_lane(&mut self, lane: u32, sdp: String) {
        if !self.course.is_over() && self.lanes.contains(&lane) {
            self.course.say(Message::LaneAnswer { lane, sdp });
        }
    }

    /// A lane is no more, or cannot be had.
    pub fn end_lane(&mut self, lane: u32) {
        if !self.course.is_over() && self.lanes.contains(&lane) {
            self.forget_lane(lane);
            self.course.say(Message::LaneEnd { lane });
        }
    }

    fn forget_lane(&mut self, lane: u32) {
        self.lanes.retain(|open| *open != lane);
        if self.arrived > 0 && !self.course.is_over() {
            // It may have been told over this lane, and been lost with it.
            self.course.say_got(self.taken, self.arrived);
        }
    }

    /// The file whose end comes next on the channel.
    fn on_main(&self) -> usize {
        self.at as usize + self.ends.len()
    }

    /// Without lanes everything comes in order, and anything else is a mistake that is told at once.
    const fn is_striped(&self) -> bool {
        self.offers > 0
    }

    fn take_end(&mut self, file: u32, hash: Hash) -> Result<(), TransferError> {
        let at = self.on_main();
        let (Some(entry), Some(track)) = (self.list.get(at), self.tracks.get(at)) else {
            return Err(TransferError::Protocol);
        };
        let is_whole = match track.start {
            None => track.got == entry.size,
            Some(_) => self.is_striped() || self.cursor == entry.size,
        };
        if self.phase != Phase::Active || file as usize != at || !is_whole {
            return Err(TransferError::Protocol);
        }
        self.ends.push_back(hash);
        self.cursor = 0;
        Ok(())
    }

    /// A message of data has come, with so many bytes of content. [`due`](Self::due) gives it back in its turn.
    pub fn data(&mut self, header: DataHeader, len: u64, way: Way, message: M, now: Time) {
        if self.course.is_over() {
            return;
        }
        if let Err(error) = self.place(header, len, way, message, now) {
            self.course.fail(error);
        }
    }

    fn place(
        &mut self,
        header: DataHeader,
        len: u64,
        way: Way,
        message: M,
        now: Time,
    ) -> Result<(), TransferError> {
        let DataHeader { file, offset } = header;
        let (on_main, striped) = (self.on_main(), self.is_striped());
        let at = file as usize;
        let (Some(entry), Some(track)) = (self.list.get(at), self.tracks.get_mut(at)) else {
            return Err(TransferError::Protocol);
        };
        let end = offset.checked_add(len).ok_or(TransferError::Protocol)?;
        if self.phase != Phase::Active || len == 0 || end > entry.size {
            return Err(TransferError::Protocol);
        }
        if way == Way::Main {
            let is_next = match track.start {
                None => at == on_main && (offset == track.got || offset == 0),
                Some(_) if striped => at <= on_main,
                Some(_) => at == on_main && offset == self.cursor,
            };
            if !is_next {
                return Err(TransferError::Protocol);
            }
            track.start.get_or_insert(offset);
            if at == on_main {
                self.cursor = end;
            }
        }
        if file < self.at || (track.begun && end <= track.got) {
            // It came twice: over a lane that was thought to be lost, and again.
            return Ok(());
        }
        let is_new = self.early.insert(header, len, message)?;
        if is_new {
            self.arrived += load(len);
            self.course.meter.add(len, now);
        }
        Ok(())
    }

    /// What is to be done next with what has come. To be asked after each message, until there is nothing, as long as there is room.
    pub fn due(&mut self) -> Option<Task<M>> {
        if self.course.is_over() {
            self.early.clear();
            return None;
        }
        self.step().unwrap_or_else(|error| {
            self.course.fail(error);
            None
        })
    }

    fn step(&mut self) -> Result<Option<Task<M>>, TransferError> {
        let file = self.at;
        let (Some(entry), Some(track)) = (
            self.list.get(file as usize),
            self.tracks.get_mut(file as usize),
        ) else {
            return Ok(None);
        };
        let place = if track.begun {
            Some(track.got)
        } else {
            track.start
        };
        if let Some(offset) = place
            && let Some((len, message)) = self.early.take(file, offset)?
        {
            let mut restart = false;
            if !track.begun {
                track.begun = true;
                let beginning = self.beginnings.iter().position(|(of, _)| *of == file);
                let beginning = beginning.map(|at| self.beginnings.swap_remove(at).1);
                if offset != track.got {
                    restart = true;
                    self.totals.done -= track.got;
                    self.totals.resumed -= track.got;
                    (track.got, track.kept) = (0, 0);
                } else if let Some(beginning) = beginning {
                    self.hasher = *beginning;
                }
            }
            track.got = offset + len;
            self.totals.done += len;
            self.taken += load(len);
            return Ok(Some(if restart {
                Task::Restart(file, message)
            } else {
                Task::Append(file, message)
            }));
        }
        let is_whole = track.got == entry.size && (track.begun || track.start.is_none());
        if !is_whole {
            return Ok(None);
        }
        let is_old = track.kept == entry.size && entry.size > 0;
        let Some(hash) = self.ends.pop_front() else {
            return Ok(None);
        };
        Ok(Some(self.finish(file, hash, is_old)))
    }

    /// All of a file has come, or was there.
    fn finish(&mut self, file: u32, hash: Hash, is_old: bool) -> Task<M> {
        let mine: Hash = if is_old {
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
            return Task::Erase(file);
        }
        Task::Finish(file)
    }

    /// Tells the sender how far it has come, when it is time. To be asked when [`due`](Self::due) has nothing more.
    ///
    /// Whenever all that has come is taken, less than 512 KiB of it is not told: so the sender never waits in vain.
    pub fn tell(&mut self, now: Time) {
        let (taken, arrived, at) = self.told;
        let is_due =
            self.taken - taken >= TELL || (self.arrived > arrived && now.since(at) >= TELL_AFTER);
        if is_due && !self.course.is_over() {
            self.told = (self.taken, self.arrived, now);
            self.course.say_got(self.taken, self.arrived);
        }
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

impl From<Misplaced> for TransferError {
    fn from(_: Misplaced) -> Self {
        Self::Protocol
    }
}
