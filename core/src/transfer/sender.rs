//! The side that has the files.
//!
//! The shell reads what [`Sender::job`] says, lets [`Sender::absorb`] see it, and sends it on. What the receiver has already is compared
//! first, by reading it here too: only the rest is sent when it is the same, and everything otherwise.
//!
//! Each piece goes over the channel, or over a lane that has room. What is on a lane, and was not [taken](Message::Got) yet, is noted, and read once more when the
//! lane comes to an end.

use core::time::Duration;
use std::collections::VecDeque;

use super::course::Course;
use super::lanes::{MAX_OFFERS, MAX_OPEN, Signal};
use super::message::{DataHeader, Entry, Hash, Kept, MAX_FILES, MAX_MESSAGE, MAX_NAMES, Message};
use super::reorder::{AHEAD, load};
use super::types::{FileState, Progress, State, TransferError, TransferId};
use super::{Totals, progress};
use crate::time::Time;

/// How much is read at once: reading costs a round trip to another process, and two such blocks are in memory.
pub const BLOCK: u64 = 1024 * 1024;

/// Most pieces of one block, for folders of tiny files.
pub const MAX_PIECES: usize = 128;

/// Most content of one message.
pub const MAX_PIECE: u64 = (MAX_MESSAGE - DataHeader::LEN) as u64;

/// When the receiver has been waiting so long for a piece, all that is on the same way is sent once more another way: less than what a retransmission that is
/// lost over and over waits for.
const STALL: Duration = Duration::from_millis(1500);

/// No less than this is a stall, whatever is usual.
const LEAST_STALL: Duration = Duration::from_millis(400);

/// Part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file's place in the list.
    pub file: u32,
    /// Where the part begins.
    pub offset: u64,
    /// Bytes; may be none at the end of a file.
    pub len: u32,
    /// Whether it is the first that is sent of the file, so that it goes over the channel: the receiver reads off it where the file begins.
    pub first: bool,
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
    /// How much has gone out, and was taken by the receiver, both counted by [`load`].
    gone: u64,
    taken: u64,
    /// What of that has come there, in whatever order.
    arrived: u64,
    /// Since when so much has been taken.
    stands: (u64, Time),
    /// When a lane was waited for in vain.
    hastened: Time,
    /// What is under way since there are lanes.
    notes: Vec<Note>,
    /// What was on lanes that are no more, or has been waited for.
    again: VecDeque<Again>,
    /// How many lanes were offered, and those that may be open.
    offers: u32,
    lanes: Vec<u32>,
    /// The last of them that was on the peer's own connection.
    home: Option<u32>,
}

/// A piece that is to be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// What.
    pub piece: Piece,
    /// How much has gone out with it, the first time.
    end: u64,
}

#[derive(Clone, Copy, Debug)]
struct Note {
    /// None is the channel.
    lane: Option<u32>,
    what: Again,
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
    /// Whether something of it has been sent.
    flowing: bool,
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
            gone: 0,
            taken: 0,
            arrived: 0,
            stands: (0, Time::ZERO),
            hastened: Time::ZERO,
            notes: Vec::new(),
            again: VecDeque::new(),
            offers: 0,
            lanes: Vec::new(),
            home: None,
        })
    }

    /// A message has come. What it says of a lane is for the shell.
    pub fn hear(&mut self, bytes: &[u8]) -> Option<Signal> {
        if self.course.is_over() {
            return None;
        }
        let heard = Message::decode(bytes).map_err(|_| TransferError::Protocol);
        let heard = heard.and_then(|message| self.take(message));
        heard.unwrap_or_else(|error| {
            self.course.fail(error);
            None
        })
    }

    /// A message has come over a lane, where only [how far it has come](Message::Got) is said, and where nothing else counts.
    pub fn hear_lane(&mut self, bytes: &[u8]) {
        if let Ok(Message::Got { taken, arrived }) = Message::decode(bytes)
            && self.phase == Phase::Accepted
            && !self.course.is_over()
            && let Err(error) = self.take_got(taken, arrived)
        {
            self.course.fail(error);
        }
    }

    fn take(&mut self, message: Message) -> Result<Option<Signal>, TransferError> {
        let Some(message) = self.course.hear(message) else {
            return Ok(None);
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
            (Message::Got { taken, arrived }, Phase::Accepted) => self.take_got(taken, arrived)?,
            (Message::LaneAnswer { lane, sdp }, _) if lane < self.offers => {
                return Ok(Some(Signal::Description { lane, sdp }));
            }
            (Message::LaneEnd { lane }, _) if lane < self.offers => {
                self.forget_lane(lane);
                return Ok(Some(Signal::End { lane }));
            }
            _ => return Err(TransferError::Protocol),
        }
        Ok(None)
    }

    fn take_got(&mut self, taken: u64, arrived: u64) -> Result<(), TransferError> {
        if taken <= self.taken && arrived <= self.arrived {
            // It was overtaken, on another way.
            return Ok(());
        }
        let is_sound = self.taken <= taken && taken <= arrived && arrived <= self.gone;
        if !is_sound {
            return Err(TransferError::Protocol);
        }
        (self.taken, self.arrived) = (taken, arrived);
        self.notes.retain(|note| note.what.end > taken);
        self.again.retain(|again| again.end > taken);
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

    /// Whether data may go out now that has gone out before.
    pub fn flows(&self) -> bool {
        self.phase == Phase::Accepted && !self.course.is_over() && !self.course.is_held()
    }

    /// Whether more data may go out now: the receiver holds no more than [`AHEAD`] of what it cannot take yet.
    pub fn flows_on(&self) -> bool {
        self.flows() && self.gone + MAX_MESSAGE as u64 <= self.taken + AHEAD
    }

    /// Offers one more lane, and gives back its number; `None` when there are enough. Without a description it is one on the peer's own connection.
    pub fn offer_lane(&mut self, sdp: String) -> Option<u32> {
        let may = self.phase == Phase::Accepted && !self.course.is_over();
        if !may || self.lanes.len() >= MAX_OPEN || self.offers >= MAX_OFFERS {
            return None;
        }
        let lane = self.offers;
        self.offers += 1;
        self.lanes.push(lane);
        if sdp.is_empty() {
            self.home = Some(lane);
        }
        self.course.say(Message::LaneOffer { lane, sdp });
        Some(lane)
    }

    /// A lane is no more, or is not used any more: what was on it and may not have come is sent [again](Self::again).
    pub fn end_lane(&mut self, lane: u32) {
        if !self.course.is_over() && self.lanes.contains(&lane) {
            self.forget_lane(lane);
            self.course.say(Message::LaneEnd { lane });
        }
    }

    fn forget_lane(&mut self, lane: u32) {
        self.lanes.retain(|open| *open != lane);
        self.resend(Some(lane));
    }

    fn resend(&mut self, lane: Option<u32>) {
        let late = self.notes.iter().filter(|note| note.lane == lane);
        self.again.extend(late.map(|note| note.what));
        self.notes.retain(|note| note.lane != lane);
    }

    /// Looks whether all waits for one way, a lane or the channel: what is on it then is to be sent [again](Self::again). If it is a lane, this gives it back,
    /// and little more is to be given to it. To be called a few times a second.
    pub fn hasten(&mut self, now: Time) -> Option<u32> {
        // The channel and a lane on the same connection are one way.
        let has_other_way = self.lanes.iter().any(|lane| Some(*lane) != self.home);
        let waits =
            has_other_way && self.flows() && self.gone > self.taken && self.stands.0 == self.taken;
        if !waits {
            self.stands = (self.taken, now);
            return None;
        }
        // Behind one that was waited for there is likely another.
        let again = now.since(self.hastened) < 2 * STALL;
        let stall = self.stall(now);
        let patience = if again { stall / 3 } else { stall };
        if now.since(self.stands.1) < patience {
            return None;
        }
        let lane = self.notes.iter().min_by_key(|note| note.what.end)?.lane;
        self.stands.1 = now;
        self.hastened = now;
        self.resend(lane);
        lane
    }

    /// Some times what a piece takes: as long as all that is under way takes at the rate that it goes (Little's law).
    fn stall(&self, now: Time) -> Duration {
        let under_way = self.gone.saturating_sub(self.arrived);
        let rate = self.course.meter.rate(now).max(1);
        let usual = Duration::from_millis(under_way.saturating_mul(1000) / rate);
        usual.saturating_mul(3).clamp(LEAST_STALL, STALL)
    }

    /// Whether all that was sent on a lane has been taken, so that it can be ended without loss.
    pub fn is_lane_empty(&self, lane: u32) -> bool {
        !self.notes.iter().any(|note| note.lane == Some(lane))
    }

    /// Whether something is to be sent again.
    pub fn has_again(&self) -> bool {
        !self.again.is_empty()
    }

    /// What is to be read and sent once more, at most a [`BLOCK`]: not to be absorbed, and without the ends of files.
    pub fn again(&mut self) -> Vec<Again> {
        let mut room = BLOCK;
        let mut block = Vec::new();
        while let Some(again) = self
            .again
            .pop_front_if(|again| u64::from(again.piece.len) <= room)
        {
            room -= u64::from(again.piece.len);
            block.push(again);
        }
        block
    }

    /// How much has arrived, and how much is still to arrive, counted by [`load`].
    pub fn arrived(&self) -> (u64, u64) {
        let unsent = self.totals.total.saturating_sub(self.totals.done);
        (self.arrived, unsent + (self.gone - self.arrived))
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
                    first: false,
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
                first: !std::mem::replace(&mut self.at.flowing, true),
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

    /// The piece has gone out, over the channel or over this lane; the file's end follows over the channel if it is the last.
    pub fn sent(&mut self, piece: Piece, lane: Option<u32>, now: Time) {
        if let Some(track) = self.tracks.get_mut(piece.file as usize) {
            track.done += u64::from(piece.len);
            track.ended = piece.last;
            self.totals.done += u64::from(piece.len);
            self.course.meter.add(piece.len.into(), now);
        }
        if piece.len > 0 {
            self.gone += load(piece.len.into());
        }
        let end = self.gone;
        self.note(Again { piece, end }, lane);
    }

    /// The same of a piece that has gone out again.
    pub fn sent_again(&mut self, again: Again, lane: Option<u32>) {
        self.note(again, lane);
    }

    fn note(&mut self, what: Again, lane: Option<u32>) {
        match lane {
            // It came to an end in the same moment.
            Some(gone) if !self.lanes.contains(&gone) => self.again.push_back(what),
            Some(_) => self.notes.push(Note { lane, what }),
            // The first of a file begins it, which only the channel does.
            None if !self.lanes.is_empty() && !what.piece.first => {
                self.notes.push(Note { lane, what });
            }
            None => {}
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
