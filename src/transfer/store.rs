//! What has come of a transfer's files: on disk where there is one, else in memory.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use handclasp_core::transfer::{Entry, SEGMENT, inert_type, store_key};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, FilePropertyBag};

use super::disk::{Disk, segment_name};

/// Most segments that are written at a time. Small files are one each, and a write is several steps in other processes.
const WRITES: usize = 8;

/// Nothing more is read from the channel while so much is in memory.
const ROOM: u64 = 2 * SEGMENT;

/// The same while the disk is full: what is on the way when the sender is told has a place, and a *cancel* behind it is heard.
const ROOM_WHEN_FULL: u64 = 5 * SEGMENT;

/// See the [module](self).
pub(super) struct Store {
    disk: Option<Rc<Disk>>,
    slots: RefCell<Vec<Slot>>,
    gathering: RefCell<Gathering>,
    waiting: RefCell<VecDeque<Segment>>,
    under_way: Cell<usize>,
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
    /// Where on the disk.
    place: u32,
    /// By number; those that are being written are missing yet.
    segments: Vec<Option<Blob>>,
    /// Counts what was deleted: a segment of before does not belong to it any more.
    round: u32,
    /// All of it has come.
    complete: bool,
}

/// What has come and is not yet a segment.
#[derive(Default)]
struct Gathering {
    file: u32,
    parts: Array,
    bytes: u64,
}

/// One that is to be written.
pub(super) struct Segment {
    file: u32,
    number: usize,
    round: u32,
    content: Blob,
    bytes: u64,
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
            under_way: Cell::new(0),
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
    pub(super) async fn look(&self, file: u32, entry: &Entry) -> Vec<File> {
        let Some(disk) = &self.disk else {
            return Vec::new();
        };
        let key = disk.claim(store_key(entry), &self.patient).await;
        let (place, found) = disk.find(&key).await;
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[file as usize];
        slot.key = key;
        slot.place = place;
        slot.segments = found
            .iter()
            .map(|segment| Some(Blob::from(segment.clone())))
            .collect();
        found
    }

    /// Deletes what is there of a file.
    pub(super) async fn erase(&self, file: u32) {
        let (key, place, count) = {
            let mut slots = self.slots.borrow_mut();
            let slot = &mut slots[file as usize];
            slot.round += 1;
            slot.complete = false;
            let count = std::mem::take(&mut slot.segments).len();
            (slot.key.clone(), slot.place, count)
        };
        if let Some(disk) = &self.disk
            && !(self.released.get() && disk.is_in_use(&key))
        {
            // From the end on, so that what a crash leaves hangs together.
            for number in (0..count).rev() {
                disk.remove(place, &segment_name(&key, number)).await;
            }
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
        let bytes = u64::from(content.length());
        let is_full = {
            let mut gathering = self.gathering.borrow_mut();
            gathering.file = file;
            gathering.parts.push(content);
            gathering.bytes += bytes;
            gathering.bytes >= SEGMENT
        };
        self.bytes.set(self.bytes.get() + bytes);
        if is_full {
            self.cut();
        }
    }

    /// All of a file has come.
    pub(super) fn finish(&self, file: u32) {
        self.cut();
        self.slots.borrow_mut()[file as usize].complete = true;
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
        self.ended.get() && self.under_way.get() == 0 && self.waiting.borrow().is_empty()
    }

    /// Lets other transfers use what is there.
    pub(super) fn release(&self) {
        if let Some(disk) = &self.disk
            && !self.released.replace(true)
        {
            for slot in self.slots.borrow().iter() {
                disk.let_go(&slot.key);
            }
        }
    }

    /// Makes a segment of what has been gathered.
    fn cut(&self) {
        let gathered = self.gathering.take();
        if gathered.bytes == 0 {
            return;
        }
        let Ok(content) = Blob::new_with_u8_array_sequence(&gathered.parts) else {
            // Only for what is no sequence.
            return;
        };
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[gathered.file as usize];
        slot.segments.push(None);
        self.waiting.borrow_mut().push_back(Segment {
            file: gathered.file,
            number: slot.segments.len() - 1,
            round: slot.round,
            content,
            bytes: gathered.bytes,
        });
    }

    /// Whether more may be read from the channel.
    pub(super) fn has_room(&self, disk_is_full: bool) -> bool {
        let room = if disk_is_full { ROOM_WHEN_FULL } else { ROOM };
        // Each waiting file is at least one message, so that their number is bounded with the bytes, or by this.
        self.bytes.get() < room && self.waiting.borrow().len() < 1024
    }

    /// The next segment to [write](Self::write), if there is one and it is time.
    pub(super) fn next(&self) -> Option<Segment> {
        if self.under_way.get() >= WRITES {
            return None;
        }
        let segment = self.waiting.borrow_mut().pop_front()?;
        self.under_way.set(self.under_way.get() + 1);
        Some(segment)
    }

    /// Writes a segment. Tells the file when that was the last of it.
    ///
    /// # Errors
    /// The name of the DOMException. The segment waits again then.
    pub(super) async fn write(&self, segment: Segment) -> Result<Option<u32>, String> {
        let written = match &self.disk {
            None => Ok(segment.content.clone()),
            Some(disk) => {
                let (name, place) = {
                    let slots = self.slots.borrow();
                    let slot = &slots[segment.file as usize];
                    (segment_name(&slot.key, segment.number), slot.place)
                };
                let written = disk.write(place, &name, &segment.content).await;
                written.map(Blob::from)
            }
        };
        self.under_way.set(self.under_way.get() - 1);
        match written {
            Ok(content) => {
                self.bytes
                    .set(self.bytes.get().saturating_sub(segment.bytes));
                Ok(self.put(&segment, content).await)
            }
            Err(name) => {
                self.waiting.borrow_mut().push_front(segment);
                Err(name)
            }
        }
    }

    async fn put(&self, segment: &Segment, content: Blob) -> Option<u32> {
        let erased = {
            let mut slots = self.slots.borrow_mut();
            let slot = &mut slots[segment.file as usize];
            match slot.segments.get_mut(segment.number) {
                Some(waiting) if slot.round == segment.round => {
                    *waiting = Some(content);
                    None
                }
                _ => Some((slot.place, segment_name(&slot.key, segment.number))),
            }
        };
        // Deleted while it was being written.
        if let (Some(disk), Some((place, name))) = (&self.disk, erased) {
            disk.remove(place, &name).await;
        }
        self.is_stored(segment.file).then_some(segment.file)
    }

    /// Whether all of a file has come, and is written.
    pub(super) fn is_stored(&self, file: u32) -> bool {
        let slots = self.slots.borrow();
        let slot = &slots[file as usize];
        slot.complete && slot.segments.iter().all(Option::is_some)
    }

    /// A file that is stored, made of its segments without copying them.
    pub(super) fn file(&self, file: u32, entry: &Entry) -> Option<File> {
        let slots = self.slots.borrow();
        let segments = slots.get(file as usize)?.segments.iter();
        let parts: Array = segments.flatten().map(JsValue::from).collect();
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let options = FilePropertyBag::new();
        options.set_type(inert_type(&entry.media_type));
        if entry.modified > 0 {
            options.set_last_modified(entry.modified as f64);
        }
        File::new_with_blob_sequence_and_options(&parts, name, &options).ok()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.release();
    }
}
