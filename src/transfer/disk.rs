//! The browser's own disk (OPFS): segments of content, which outlive the page.
//!
//! Each visit that receives has a directory, and holds a lock of the directory's name while it lasts. What visits that are over have left is
//! taken up by the next one: its locks are free. So no two pages ever write to one directory, and what a crash leaves is found.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{AsyncIterator, IteratorNext, Object};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};

use super::segment::{self, Run};
use crate::sys::{self, Directory, FileHandle, Writable, made};
use crate::wakers::{Wakers, within};

/// What is not taken up for so many days is deleted.
const KEEP_DAYS: u32 = 7;

/// The directory of all visits.
const HOME: &str = "handclasp.files";

/// How long a transfer that was given up may take to write what it has: two segments, on a slow disk.
const PATIENCE_MS: u32 = 3000;

const DAY_MS: f64 = 86_400_000.0;

/// The disk as one visit sees it.
pub(super) struct Disk {
    home: Directory,
    /// The directories that this visit holds; it writes to the first, which is its own.
    places: Vec<Directory>,
    files: RefCell<BTreeMap<String, Kept>>,
    freed: Wakers,
}

/// What is there of one file.
#[derive(Default)]
struct Kept {
    /// Whether a transfer of this visit has it to itself, parts and all.
    in_use: bool,
    parts: Vec<Part>,
}

/// Part of a file.
#[derive(Clone)]
pub(super) struct Part {
    /// Where in the file.
    pub(super) offset: u64,
    pub(super) content: Blob,
    /// The segment that it is in, if it is on disk.
    segment: Option<Rc<Segment>>,
}

/// A file of the disk, with parts of one or more files.
struct Segment {
    place: usize,
    name: String,
    /// How many of its parts are wanted yet.
    parts: Cell<usize>,
}

impl Part {
    /// One in memory.
    pub(super) fn in_memory(offset: u64, content: Blob) -> Self {
        Self {
            offset,
            content,
            segment: None,
        }
    }
}

#[derive(Default)]
struct Visit {
    disk: RefCell<Option<Rc<Disk>>>,
    opening: Cell<bool>,
    opened: Wakers,
}

thread_local! {
    static VISIT: Rc<Visit> = Rc::default();
}

impl Disk {
    /// The disk of this visit; `None` where pages have none, as in private windows of Firefox.
    pub(super) async fn open() -> Option<Rc<Self>> {
        let visit = VISIT.with(Rc::clone);
        visit.opened.until(|| !visit.opening.get()).await;
        if let Some(disk) = visit.disk.borrow().clone() {
            return Some(disk);
        }
        visit.opening.set(true);
        let disk = Self::make().await.map(Rc::new);
        visit.disk.replace(disk.clone());
        visit.opening.set(false);
        visit.opened.wake();
        disk
    }

    async fn make() -> Option<Self> {
        let root = sys::private_directory().await?;
        let home = directory(&root, HOME).await.ok()?;
        let today = (js_sys::Date::now() / DAY_MS) as u32;
        let left = names(&home).await;
        let number = u64::from_be_bytes(sys::random());
        let own = visit_name(today, number);
        if !sys::lock(&lock_name(&own)).await {
            return None;
        }
        let mut disk = Self {
            places: vec![directory(&home, &own).await.ok()?],
            home,
            files: RefCell::default(),
            freed: Wakers::default(),
        };
        for name in left {
            disk.take_up(&name, today).await;
        }
        Some(disk)
    }

    /// Takes up what a visit that is over has left, or deletes it.
    async fn take_up(&mut self, name: &str, today: u32) {
        if !sys::lock(&lock_name(name)).await {
            return;
        }
        let is_recent = name
            .split('-')
            .next()
            .and_then(|day| day.parse::<u32>().ok())
            .is_some_and(|day| today.saturating_sub(day) <= KEEP_DAYS);
        if is_recent && let Ok(directory) = directory(&self.home, name).await {
            let place = self.places.len();
            self.places.push(directory);
            let mut any = false;
            for segment in names(&self.places[place]).await {
                any |= self.read(place, &segment).await.is_ok();
            }
            if any {
                return;
            }
        }
        let _ = made(self.home.remove_entry(name, &sys::option("recursive"))).await;
    }

    /// Takes up a segment that was left.
    async fn read(&self, place: usize, name: &str) -> Result<(), String> {
        let handle = made(self.places[place].file_handle(name, &Object::new())).await?;
        let file = made(handle.unchecked_into::<FileHandle>().file()).await?;
        let file: File = file.unchecked_into();
        let runs = segment::read_index(&file).await;
        let Some((runs, start)) = runs.filter(|(runs, _)| !runs.is_empty()) else {
            self.remove(place, name).await;
            return Err(String::new());
        };
        let mut files = self.files.borrow_mut();
        for (key, part) in parts(place, name, &file, start, runs) {
            files.entry(key).or_default().parts.push(part);
        }
        Ok(())
    }

    /// A name for a file of this key that no other transfer uses until it is [let go](Self::let_go). One that has just been given up may still be
    /// writing: as long as `patient` says so, this waits for it, and says no when it was in vain.
    pub(super) async fn claim(&self, mut key: String, patient: &Cell<bool>) -> String {
        let is_free = || !self.is_in_use(&key);
        if patient.get() {
            let freed = within(PATIENCE_MS, self.freed.until(is_free)).await;
            patient.set(freed.is_some());
        }
        let mut files = self.files.borrow_mut();
        while files.get(&key).is_some_and(|kept| kept.in_use) {
            key.push('x');
        }
        files.entry(key.clone()).or_default().in_use = true;
        key
    }

    fn is_in_use(&self, key: &str) -> bool {
        self.files.borrow().get(key).is_some_and(|kept| kept.in_use)
    }

    /// What there is of a file from its beginning on, for who has claimed it. What does not hang together with that is deleted.
    pub(super) async fn find(&self, key: &str) -> Vec<Part> {
        let mut parts = self.take(key);
        parts.sort_by_key(|part| part.offset);
        let mut end = 0;
        let mut useless = Vec::new();
        parts.retain(|part| {
            let fits = part.offset == end;
            if fits {
                end += part.content.size() as u64;
            } else {
                useless.push(part.clone());
            }
            fits
        });
        self.erase(useless).await;
        parts
    }

    fn take(&self, key: &str) -> Vec<Part> {
        let mut files = self.files.borrow_mut();
        let kept = files.get_mut(key).map(|kept| &mut kept.parts);
        kept.map(std::mem::take).unwrap_or_default()
    }

    /// Others may use the file now, with these parts.
    pub(super) fn let_go(&self, key: &str, parts: Vec<Part>) {
        let kept = Kept {
            in_use: false,
            parts,
        };
        if kept.parts.is_empty() {
            self.files.borrow_mut().remove(key);
        } else {
            self.files.borrow_mut().insert(key.to_owned(), kept);
        }
        self.freed.wake();
    }

    /// Deletes a file that was let go, unless it is in use again.
    pub(super) async fn discard(&self, key: &str) {
        if !self.is_in_use(key) {
            let parts = self.take(key);
            self.files.borrow_mut().remove(key);
            self.erase(parts).await;
        }
    }

    /// Writes a segment, of which `runs` say what is whose. It is there whole when this is ready, and else not at all.
    ///
    /// # Errors
    /// The name of the DOMException, `QuotaExceededError` when there is no room.
    pub(super) async fn write(&self, runs: Vec<Run>, content: &Blob) -> Result<Vec<Part>, String> {
        let name = u64::from_be_bytes(sys::random()).to_string();
        let (content, start) = segment::with_index(&runs, content);
        let handle = made(self.places[0].file_handle(&name, &sys::option("create"))).await?;
        let handle: FileHandle = handle.unchecked_into();
        let file = match fill(&handle, &content).await {
            Ok(file) => file,
            Err(error) => {
                self.remove(0, &name).await;
                return Err(error);
            }
        };
        let parts = parts(0, &name, &file, start, runs);
        Ok(parts.map(|(_, part)| part).collect())
    }

    /// Deletes segments of which nothing is wanted any more, without these.
    pub(super) async fn erase(&self, parts: Vec<Part>) {
        for part in parts {
            if let Some(segment) = part.segment {
                segment.parts.set(segment.parts.get().saturating_sub(1));
                if segment.parts.get() == 0 {
                    self.remove(segment.place, &segment.name).await;
                }
            }
        }
    }

    async fn remove(&self, place: usize, name: &str) {
        let _ = made(self.places[place].remove_entry(name, &Object::new())).await;
    }
}

async fn fill(handle: &FileHandle, content: &Blob) -> Result<File, String> {
    let writable: Writable = made(handle.create_writable()).await?.unchecked_into();
    if let Err(error) = put(&writable, content).await {
        let _ = made(writable.abort()).await;
        return Err(error);
    }
    made(writable.close()).await?;
    Ok(made(handle.file()).await?.unchecked_into())
}

async fn put(writable: &Writable, content: &Blob) -> Result<(), String> {
    // Asks for the room first: Chromium may end a write for which there is none by a name that does not say so, as what it reads from is cut off.
    made(writable.truncate(content.size())).await?;
    made(writable.write(content)).await?;
    Ok(())
}

/// The parts of a segment, whose content begins at `start`.
fn parts(
    place: usize,
    name: &str,
    file: &File,
    start: u64,
    runs: Vec<Run>,
) -> impl Iterator<Item = (String, Part)> {
    let segment = Rc::new(Segment {
        place,
        name: name.to_owned(),
        parts: Cell::new(runs.len()),
    });
    let file = file.clone();
    let mut at = start;
    runs.into_iter().filter_map(move |run| {
        let from = at as f64;
        at += run.length;
        let part = Part {
            offset: run.offset,
            content: file.slice_with_f64_and_f64(from, at as f64).ok()?,
            segment: Some(Rc::clone(&segment)),
        };
        Some((run.key, part))
    })
}

/// The day is what tells when it is old.
fn visit_name(day: u32, number: u64) -> String {
    [&day.to_string(), "-", &number.to_string()].concat()
}

fn lock_name(visit: &str) -> String {
    [HOME, "/", visit].concat()
}

async fn directory(parent: &Directory, name: &str) -> Result<Directory, String> {
    let made = made(parent.directory_handle(name, &sys::option("create"))).await?;
    Ok(made.unchecked_into())
}

/// The names in a directory; what cannot be listed is as good as empty.
async fn names(of: &Directory) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(keys) = of.keys() else {
        return names;
    };
    while let Some(name) = next(&keys).await {
        names.push(name);
    }
    names
}

async fn next(keys: &AsyncIterator) -> Option<String> {
    let next = made(keys.next()).await.ok()?;
    let next: IteratorNext = next.unchecked_into();
    if next.done() {
        return None;
    }
    next.value().as_string()
}
