//! What has come of a transfer's files: on disk where there is one, else in memory.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use handclasp_core::transfer::{Entry, SEGMENT, inert_type, store_key};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, FilePropertyBag};

use super::disk::{Disk, Part};
use super::segment::{MAX_RUNS, Run};

/// Nothing more is read from the channel while so much is in memory.
const ROOM: u64 = 2 * SEGMENT;

/// The same while the disk is full: what is on the way when the sender is told has a place, and a *cancel* behind it is heard.
const ROOM_WHEN_FULL: u64 = 5 * SEGMENT;

/// Most messages of one segment. Those of an honest sender fill it with an eighth of that; many tiny ones would cost more memory than they hold.
const MAX_MESSAGES: u32 = 1024;

/// Most segments that wait to be written, for the same reason.
const MAX_WAITING: usize = 16;

/// See the [module](self).
pub(super) struct Store {
    disk: Option<Rc<Disk>>,
    slots: RefCell<Vec<Slot>>,
    gathering: RefCell<Segment>,
    waiting: RefCell<VecDeque<Segment>>,
    is_writing: Cell<bool>,
    /// Bytes in memory that are to be written.
    bytes: Cell<u64>,
    /// Whether to wait for transfers of the same files that are ending.
    patient: Cell<bool>,
    /// Nothing more comes.
    ended: Cell<bool>,
    /// Other transfers may use what is there.
    released: Cell<bool>,
}

/// One file.
#[derive(Default)]
struct Slot {
    /// Its name on the disk; empty as long as nothing has been looked for.
    key: String,
    /// What has come.
    length: u64,
    /// What is written of that; parts that are being written are missing yet.
    written: u64,
    parts: Vec<Part>,
    /// Counts what was deleted: what has come before does not belong to it any more.
    round: u32,
    /// All of it has come.
    complete: bool,
}

/// What is written at once.
#[derive(Default)]
pub(super) struct Segment {
    runs: Vec<Piece>,
    content: Array,
    bytes: u64,
}

/// What a segment has of one file, without a gap.
struct Piece {
    file: u32,
    round: u32,
    offset: u64,
    length: u64,
}

impl Store {
    /// For so many files.
    pub(super) fn new(disk: Option<Rc<Disk>>, files: usize) -> Self {
        let mut slots = Vec::new();
        slots.resize_with(files, Slot::default);
        Self {
            disk,
            slots: RefCell::new(slots),
            gathering: RefCell::default(),
            waiting: RefCell::default(),
            is_writing: Cell::new(false),
            bytes: Cell::new(0),
            patient: Cell::new(true),
            ended: Cell::new(false),
            released: Cell::new(false),
        }
    }

    pub(super) fn is_on_disk(&self) -> bool {
        self.disk.is_some()
    }

    /// Looks what is there of a file from before.
    pub(super) async fn look(&self, file: u32, entry: &Entry) -> Vec<Blob> {
        let Some(disk) = &self.disk else {
            return Vec::new();
        };
        let key = disk.claim(store_key(entry), &self.patient).await;
        let parts = disk.find(&key).await;
        if self.released.get() {
            // Given up meanwhile.
            disk.let_go(&key, parts);
            return Vec::new();
        }
        let found: Vec<Blob> = parts.iter().map(|part| part.content.clone()).collect();
        let slot = &mut self.slots.borrow_mut()[file as usize];
        slot.key = key;
        slot.length = found.iter().map(|part| part.size() as u64).sum();
        slot.written = slot.length;
        slot.parts = parts;
        found
    }

    /// Deletes what is there of a file.
    pub(super) async fn erase(&self, file: u32) {
        let (key, parts) = {
            let slot = &mut self.slots.borrow_mut()[file as usize];
            let before = std::mem::take(slot);
            slot.key.clone_from(&before.key);
            slot.round = before.round + 1;
            (before.key, before.parts)
        };
        match &self.disk {
            Some(disk) if self.released.get() => disk.discard(&key).await,
            Some(disk) => disk.erase(parts).await,
            None => {}
        }
    }

    /// Deletes everything.
    pub(super) async fn erase_all(&self) {
        self.give_up();
        let files = self.slots.borrow().len();
        for file in 0..u32::try_from(files).unwrap_or(u32::MAX) {
            self.erase(file).await;
        }
    }

    /// More of a file has come.
    pub(super) fn append(&self, file: u32, content: &Uint8Array) {
        let length = u64::from(content.length());
        self.bytes.set(self.bytes.get() + length);
        let is_full = {
            let slot = &mut self.slots.borrow_mut()[file as usize];
            let mut gathering = self.gathering.borrow_mut();
            gathering.content.push(content);
            gathering.bytes += length;
            let same = |run: &&mut Piece| run.file == file && run.round == slot.round;
            match gathering.runs.last_mut().filter(same) {
                Some(run) => run.length += length,
                None => gathering.runs.push(Piece {
                    file,
                    round: slot.round,
                    offset: slot.length,
                    length,
                }),
            }
            slot.length += length;
            gathering.bytes >= SEGMENT
                || gathering.runs.len() >= MAX_RUNS
                || gathering.content.length() >= MAX_MESSAGES
        };
        if is_full {
            self.cut();
        }
    }

    /// All of a file has come. It is written together with what follows, if something does.
    pub(super) fn finish(&self, file: u32) {
        let is_last = {
            let mut slots = self.slots.borrow_mut();
            slots[file as usize].complete = true;
            file as usize + 1 == slots.len()
        };
        if is_last {
            self.cut();
        }
    }

    /// Makes a segment of what has been gathered.
    fn cut(&self) {
        let gathered = self.gathering.take();
        if gathered.bytes > 0 {
            self.waiting.borrow_mut().push_back(gathered);
        }
    }

    /// Nothing more comes: what there is, is written.
    pub(super) fn end(&self) {
        self.cut();
        self.ended.set(true);
    }

    /// What is not written yet never will be.
    pub(super) fn give_up(&self) {
        self.waiting.take();
        self.gathering.take();
    }

    /// Whether all has come that will, and is written.
    pub(super) fn is_idle(&self) -> bool {
        self.ended.get() && !self.is_writing.get() && self.waiting.borrow().is_empty()
    }

    /// Lets other transfers use what is there.
    pub(super) fn release(&self) {
        if let Some(disk) = &self.disk
            && !self.released.replace(true)
        {
            for slot in self.slots.borrow().iter() {
                if !slot.key.is_empty() {
                    disk.let_go(&slot.key, slot.parts.clone());
                }
            }
        }
    }

    /// Whether more may be read from the channel.
    pub(super) fn has_room(&self, disk_is_full: bool) -> bool {
        let room = if disk_is_full { ROOM_WHEN_FULL } else { ROOM };
        self.bytes.get() < room && self.waiting.borrow().len() < MAX_WAITING
    }

    /// The next segment to [write](Self::write), if there is one and it is time: one at a time.
    pub(super) fn next(&self) -> Option<Segment> {
        if self.is_writing.get() {
            return None;
        }
        let segment = self.waiting.borrow_mut().pop_front()?;
        self.is_writing.set(true);
        Some(segment)
    }

    /// Writes a segment. Tells the files of which that was the last.
    ///
    /// # Errors
    /// The name of the DOMException. The segment waits again then.
    pub(super) async fn write(&self, segment: Segment) -> Result<Vec<u32>, String> {
        let written = self.write_parts(&segment).await;
        self.is_writing.set(false);
        match written {
            Ok(parts) => {
                let left = self.bytes.get().saturating_sub(segment.bytes);
                self.bytes.set(left);
                Ok(self.put(&segment, parts).await)
            }
            Err(name) => {
                self.waiting.borrow_mut().push_front(segment);
                Err(name)
            }
        }
    }

    async fn write_parts(&self, segment: &Segment) -> Result<Vec<Part>, String> {
        let content = Blob::new_with_u8_array_sequence(&segment.content)
            .map_err(|error| crate::sys::error_name(&error))?;
        let Some(disk) = &self.disk else {
            let mut at = 0.0;
            let parts = segment.runs.iter().filter_map(|run| {
                let from = at;
                at += run.length as f64;
                let part = content.slice_with_f64_and_f64(from, at).ok()?;
                Some(Part::in_memory(run.offset, part))
            });
            return Ok(parts.collect());
        };
        let runs = {
            let slots = self.slots.borrow();
            let runs = segment.runs.iter().map(|run| Run {
                key: slots[run.file as usize].key.clone(),
                offset: run.offset,
                length: run.length,
            });
            runs.collect()
        };
        disk.write(runs, &content).await
    }

    async fn put(&self, segment: &Segment, parts: Vec<Part>) -> Vec<u32> {
        let mut useless = Vec::new();
        let mut stored = Vec::new();
        for (run, part) in segment.runs.iter().zip(parts) {
            let slot = &mut self.slots.borrow_mut()[run.file as usize];
            if slot.round == run.round {
                slot.written += run.length;
                slot.parts.push(part);
                if slot.is_stored() {
                    stored.push(run.file);
                }
            } else {
                // Deleted while it was being written.
                useless.push(part);
            }
        }
        if let Some(disk) = &self.disk {
            disk.erase(useless).await;
        }
        stored
    }

    /// Whether all of a file has come, and is written.
    pub(super) fn is_stored(&self, file: u32) -> bool {
        self.slots.borrow()[file as usize].is_stored()
    }

    /// A file that is stored, made of its parts without copying them.
    pub(super) fn file(&self, file: u32, entry: &Entry) -> Option<File> {
        let slots = self.slots.borrow();
        let parts = slots.get(file as usize)?.parts.iter();
        let parts: Array = parts.map(|part| JsValue::from(&part.content)).collect();
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let options = FilePropertyBag::new();
        options.set_type(inert_type(&entry.media_type));
        if entry.modified > 0 {
            options.set_last_modified(entry.modified as f64);
        }
        File::new_with_blob_sequence_and_options(&parts, name, &options).ok()
    }
}

impl Slot {
    fn is_stored(&self) -> bool {
        self.complete && self.written == self.length
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.release();
    }
}
