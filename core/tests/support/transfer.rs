//! Two sides of a transfer, the channel between them and a disk, without a browser: each step is one message, one read or one write.

#![allow(unreachable_pub, reason = "shared by tests")]

#[path = "noise.rs"]
mod noise;

use std::collections::{BTreeMap, VecDeque};

use handclasp_core::Time;
use handclasp_core::transfer::{
    Again, DataHeader, Entry, Job, Listing, Piece, Receiver, Sender, Signal, State, Task,
    TransferId, Way, clean, store_key,
};

pub use noise::noise;

/// Where segments are cut here: small, so that a small file has several.
const SEGMENT: usize = 70_000;

/// Files on the receiver's disk, by key, in segments. Survives whatever happens to the receiver.
pub type Disk = BTreeMap<String, Vec<Vec<u8>>>;

/// A transfer under way.
pub struct World {
    pub sender: Sender,
    pub receiver: Option<Receiver<Vec<u8>>>,
    listing: Listing,
    pub to_receiver: VecDeque<Vec<u8>>,
    pub to_sender: VecDeque<Vec<u8>>,
    sources: Vec<Vec<u8>>,
    block: VecDeque<Outgoing>,
    /// Ends of files that follow what has gone out.
    ends: VecDeque<Vec<u8>>,
    again: VecDeque<Again>,
    /// Lanes by number, and what is on each: in any order.
    pub lanes: BTreeMap<u32, Vec<Vec<u8>>>,
    stalled: Vec<u32>,
    /// What the receiver says on which lane, of how far it has come.
    told: Vec<(u32, Vec<u8>)>,
    /// How often it does.
    pub told_on_lanes: usize,
    /// Those that are offered as soon as it is accepted.
    pub offers: usize,
    /// How often data went over a lane, and a second time.
    pub striped: usize,
    pub repeated: usize,
    pub disk: Disk,
    gathering: (usize, Vec<u8>),
    waiting: VecDeque<(usize, Vec<u8>)>,
    complete: Vec<bool>,
    /// How many bytes still fit on the disk.
    pub room: usize,
    /// Bytes of content that went out.
    pub sent: usize,
    /// Whether reading a source fails.
    pub changed: bool,
    random: u64,
    now: Time,
}

type Outgoing = (Piece, Vec<u8>, Option<Vec<u8>>);

impl World {
    pub fn new(files: &[(&str, Vec<u8>)], disk: Disk, seed: u64) -> Self {
        let list = files.iter().map(|(path, content)| entry(path, content));
        let id = TransferId::from_bytes([seed as u8; 16]);
        Self {
            sender: Sender::new(id, clean(list.collect())).expect("a list"),
            receiver: None,
            listing: Listing::default(),
            to_receiver: VecDeque::new(),
            to_sender: VecDeque::new(),
            sources: files.iter().map(|(_, content)| content.clone()).collect(),
            block: VecDeque::new(),
            ends: VecDeque::new(),
            again: VecDeque::new(),
            lanes: BTreeMap::new(),
            stalled: Vec::new(),
            told: Vec::new(),
            told_on_lanes: 0,
            offers: 0,
            striped: 0,
            repeated: 0,
            disk,
            gathering: (0, Vec::new()),
            waiting: VecDeque::new(),
            complete: vec![false; files.len()],
            room: usize::MAX,
            sent: 0,
            changed: false,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            now: Time::ZERO,
        }
    }

    /// Does one of what can be done; `false` when nothing can.
    pub fn step(&mut self) -> bool {
        self.now = Time::from_millis(self.now.as_millis() + 7);
        let mut acts: [fn(&mut Self) -> bool; 12] = [
            Self::receiver_tells_on_lane,
            Self::is_told_on_lane,
            Self::offer_lane,
            Self::arrive_on_lane,
            Self::send_again,
            Self::sender_says,
            Self::receiver_says,
            Self::read,
            Self::send,
            Self::arrive,
            Self::answer,
            Self::write,
        ];
        // Another order each time.
        for at in (1..acts.len()).rev() {
            let other = self.draw(at + 1);
            acts.swap(at, other);
        }
        acts.into_iter().any(|act| act(self))
    }

    fn draw(&mut self, of: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % of as u64) as usize
    }

    /// Until nothing can be done any more; gives back how many steps that took.
    pub fn run(&mut self) -> usize {
        let mut steps = 0;
        while self.step() {
            steps += 1;
            assert!(steps < 100_000, "it does not end");
        }
        steps
    }

    pub fn states(&self) -> (State, Option<State>) {
        let theirs = self.receiver.as_ref().map(|receiver| receiver.state(true));
        (self.sender.state(true), theirs)
    }

    pub fn is_done(&self) -> bool {
        self.states() == (State::Done, Some(State::Done))
    }

    /// What the receiver has on disk of each file.
    pub fn kept(&self) -> Vec<Vec<u8>> {
        let keys = self.sender.list().iter().map(store_key);
        let kept = keys.map(|key| self.disk.get(&key).map(|segments| segments.concat()));
        kept.map(Option::unwrap_or_default).collect()
    }

    /// The channel is gone for good.
    pub fn lose(&mut self) {
        self.to_receiver.clear();
        self.to_sender.clear();
        self.sender.course.lost();
        if let Some(receiver) = &mut self.receiver {
            receiver.course.lost();
        }
    }

    fn sender_says(&mut self) -> bool {
        let said = self.sender.course.poll();
        said.map(|said| self.to_receiver.push_back(said)).is_some()
    }

    fn receiver_says(&mut self) -> bool {
        let said = self.receiver.as_mut().and_then(|side| side.course.poll());
        said.map(|said| self.to_sender.push_back(said)).is_some()
    }

    fn read(&mut self) -> bool {
        if !self.block.is_empty() {
            return false;
        }
        let Some(job) = self.sender.job() else {
            return false;
        };
        if self.changed {
            self.sender.source_changed();
            return true;
        }
        let content = |piece: &Piece| {
            let from = piece.offset as usize;
            &self.sources[piece.file as usize][from..from + piece.len as usize]
        };
        match job {
            Job::Compare(piece) => self.sender.absorb(content(&piece)),
            Job::Send(pieces) => {
                for piece in pieces {
                    let content = content(&piece).to_vec();
                    self.sender.absorb(&content);
                    let end = piece.last.then(|| self.sender.end_file(piece.file));
                    self.block.push_back((piece, content, end));
                }
            }
        }
        true
    }

    fn send(&mut self) -> bool {
        if let Some(end) = self.ends.pop_front() {
            self.to_receiver.push_back(end);
            return true;
        }
        if !self.sender.flows_on() || self.sender.course.has_more() {
            return false;
        }
        let Some((piece, content, end)) = self.block.pop_front() else {
            return false;
        };
        let may = !piece.first && !content.is_empty();
        let lane = self.draw_lane().filter(|_| may);
        self.sent += content.len();
        self.put(lane, &piece, &content);
        self.sender.sent(piece, lane, self.now);
        self.ends.extend(end);
        true
    }

    /// A lane, or none for the channel.
    fn draw_lane(&mut self) -> Option<u32> {
        let at = self.draw(self.lanes.len() + 1);
        self.lanes.keys().nth(at).copied()
    }

    fn put(&mut self, lane: Option<u32>, piece: &Piece, content: &[u8]) {
        if content.is_empty() {
            return;
        }
        let (file, offset) = (piece.file, piece.offset);
        let header = DataHeader { file, offset }.encode();
        let message = [header, content.to_vec()].concat();
        match lane.and_then(|lane| self.lanes.get_mut(&lane)) {
            Some(lane) => {
                lane.push(message);
                self.striped += 1;
            }
            None => self.to_receiver.push_back(message),
        }
    }

    fn send_again(&mut self) -> bool {
        if self.again.is_empty() {
            self.again = self.sender.again().into();
        }
        if !self.sender.flows() {
            return false;
        }
        let Some(again) = self.again.pop_front() else {
            return false;
        };
        let piece = again.piece;
        let from = piece.offset as usize;
        let content = self.sources[piece.file as usize][from..from + piece.len as usize].to_vec();
        let lane = self.draw_lane();
        self.repeated += 1;
        self.put(lane, &piece, &content);
        self.sender.sent_again(again, lane);
        true
    }

    fn offer_lane(&mut self) -> bool {
        if self.offers == 0 || self.sender.offer_lane("offer".into()).is_none() {
            return false;
        }
        self.offers -= 1;
        true
    }

    /// A lane breaks, and what is on it is lost. Both sides notice.
    pub fn break_lane(&mut self, lane: u32) {
        if self.lanes.remove(&lane).is_some() {
            self.told.retain(|(on, _)| *on != lane);
            self.sender.end_lane(lane);
            if let Some(receiver) = &mut self.receiver {
                receiver.end_lane(lane);
            }
        }
    }

    /// A lane delivers nothing any more, and nobody is told.
    pub fn stall_lane(&mut self, lane: u32) {
        self.stalled.push(lane);
    }

    /// Time passes in which nothing happens.
    pub fn wait(&mut self, millis: u64) {
        self.now = Time::from_millis(self.now.as_millis() + millis);
        self.sender.hasten(self.now);
    }

    fn receiver_tells_on_lane(&mut self) -> bool {
        let on = self.draw_lane();
        let Some((lane, receiver)) = on.zip(self.receiver.as_mut()) else {
            return false;
        };
        let Some(got) = receiver.course.poll_got() else {
            return false;
        };
        self.told_on_lanes += 1;
        self.told.push((lane, got));
        true
    }

    fn is_told_on_lane(&mut self) -> bool {
        if self.told.is_empty() {
            return false;
        }
        // Lanes are unordered.
        let which = self.draw(self.told.len());
        let (lane, got) = self.told.swap_remove(which);
        if !self.stalled.contains(&lane) {
            self.sender.hear_lane(&got);
        }
        true
    }

    fn arrive_on_lane(&mut self) -> bool {
        let stalled = &self.stalled;
        let full = self
            .lanes
            .iter()
            .filter(|(lane, on)| !on.is_empty() && !stalled.contains(lane));
        let numbers: Vec<_> = full.map(|(number, _)| *number).collect();
        if numbers.is_empty() {
            return false;
        }
        let at = self.draw(numbers.len());
        let count = self.lanes[&numbers[at]].len();
        let which = self.draw(count);
        let lane = self.lanes.get_mut(&numbers[at]).expect("it is there");
        let message = lane.swap_remove(which);
        self.take_data(&message, Way::Lane);
        self.take();
        true
    }

    fn take_data(&mut self, message: &[u8], way: Way) -> bool {
        let (Some(header), Some(receiver)) = (DataHeader::decode(message), &mut self.receiver)
        else {
            return false;
        };
        let content = message[DataHeader::LEN..].to_vec();
        receiver.data(header, content.len() as u64, way, content, self.now);
        true
    }

    fn answer(&mut self) -> bool {
        let Some(message) = self.to_sender.pop_front() else {
            return false;
        };
        match self.sender.hear(&message) {
            Some(Signal::Description { lane, sdp }) => {
                assert_eq!(sdp, "answer");
                self.lanes.insert(lane, Vec::new());
            }
            Some(Signal::End { lane }) => {
                self.lanes.remove(&lane);
            }
            None => {}
        }
        true
    }

    fn arrive(&mut self) -> bool {
        let Some(message) = self.to_receiver.pop_front() else {
            return false;
        };
        if self.receiver.is_none() {
            if let Some(receiver) = self.listing.hear(&message).expect("an offer") {
                self.receiver = Some(receiver);
                self.accept();
            }
            return true;
        }
        if !self.take_data(&message, Way::Main)
            && let Some(receiver) = &mut self.receiver
            && let Some(signal) = receiver.hear(&message)
        {
            match signal {
                Signal::Description { lane, sdp } => {
                    assert_eq!(sdp, "offer");
                    receiver.answer_lane(lane, "answer".into());
                }
                // What is on it may still come.
                Signal::End { .. } => {}
            }
        }
        self.take();
        true
    }

    /// Does what is to be done with what has come.
    fn take(&mut self) {
        while let Some(receiver) = &mut self.receiver {
            let Some(task) = receiver.due() else {
                receiver.tell(self.now);
                return;
            };
            match task {
                Task::Append(file, ref content) | Task::Restart(file, ref content) => {
                    if matches!(task, Task::Restart(..)) {
                        self.disk
                            .remove(&store_key(&receiver.list()[file as usize]));
                    }
                    receiver.absorb(content);
                    self.gathering.0 = file as usize;
                    self.gathering.1.extend_from_slice(content);
                    if self.gathering.1.len() >= SEGMENT {
                        self.waiting.push_back(std::mem::take(&mut self.gathering));
                    }
                }
                Task::Finish(file) => {
                    if !self.gathering.1.is_empty() {
                        self.waiting.push_back(std::mem::take(&mut self.gathering));
                    }
                    self.complete[file as usize] = true;
                    self.note_stored(file as usize);
                }
                Task::Erase(file) => {
                    let key = store_key(&receiver.list()[file as usize]);
                    self.disk.remove(&key);
                }
            }
        }
    }

    /// Looks what is on disk, as a receiver does first.
    fn accept(&mut self) {
        let Some(receiver) = &mut self.receiver else {
            return;
        };
        assert!(receiver.accept() && !receiver.accept());
        for (file, entry) in receiver.list().to_vec().iter().enumerate() {
            let key = store_key(entry);
            let Some(segments) = self.disk.get(&key) else {
                continue;
            };
            let bytes = segments.iter().map(|segment| segment.len() as u64).sum();
            if receiver.look(file as u32, bytes) {
                segments.iter().for_each(|segment| receiver.absorb(segment));
                receiver.looked(file as u32, bytes);
            } else {
                self.disk.remove(&key);
            }
        }
        receiver.prepared();
    }

    fn write(&mut self) -> bool {
        let Some(receiver) = &mut self.receiver else {
            return false;
        };
        if receiver.course.is_full() {
            return false;
        }
        let Some((file, segment)) = self.waiting.pop_front() else {
            return false;
        };
        if segment.len() > self.room {
            self.waiting.push_front((file, segment));
            receiver.no_space();
            return true;
        }
        self.room -= segment.len();
        let key = store_key(&receiver.list()[file]);
        self.disk.entry(key).or_default().push(segment);
        self.note_stored(file);
        true
    }

    fn note_stored(&mut self, file: usize) {
        let is_written = !self.waiting.iter().any(|(of, _)| *of == file);
        if let Some(receiver) = &mut self.receiver
            && is_written
            && self.complete[file]
        {
            receiver.stored(file as u32);
        }
    }
}

/// Files of these names and sizes, each with another content.
pub fn files_of<const N: usize>(sizes: [(&'static str, usize); N]) -> Vec<(&'static str, Vec<u8>)> {
    let numbered = (1..).zip(sizes);
    numbered
        .map(|(seed, (path, size))| (path, noise(size, seed)))
        .collect()
}

pub fn entry(path: &str, content: &[u8]) -> Entry {
    Entry {
        path: path.into(),
        size: content.len() as u64,
        modified: 1_700_000_000_000,
        media_type: "application/x-test".into(),
    }
}
