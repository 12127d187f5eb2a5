//! The browser's own disk (OPFS): segments of files, which outlive the page.
//!
//! Each visit that receives has a directory, and holds a lock of the directory's name while it lasts. What visits that are over have left is
//! taken up by the next one: its locks are free. So no two pages ever write to one directory, and what a crash leaves is found.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{AsyncIterator, IteratorNext, Object};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};

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
    /// The directories that this visit holds; the first is its own.
    places: Vec<Directory>,
    /// What is in them: segments by name, and in which place.
    names: RefCell<BTreeMap<String, u32>>,
    /// Files that a transfer of this visit has to itself.
    in_use: RefCell<BTreeMap<String, u32>>,
    freed: Wakers,
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
            names: RefCell::default(),
            in_use: RefCell::default(),
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
        if is_recent && let Ok(place) = directory(&self.home, name).await {
            let segments = names(&place).await;
            if !segments.is_empty() {
                let at = self.places.len() as u32;
                self.places.push(place);
                let mut names = self.names.borrow_mut();
                for segment in segments {
                    names.entry(segment).or_insert(at);
                }
                return;
            }
        }
        let _ = made(self.home.remove_entry(name, &sys::option("recursive"))).await;
    }

    /// A name for a file of this key that no other transfer uses until it is [let go](Self::let_go). One that has just been given up may still be
    /// writing: as long as `patient` says so, this waits for it, and says no when it was in vain.
    pub(super) async fn claim(&self, mut key: String, patient: &Cell<bool>) -> String {
        let is_free = || !self.is_in_use(&key);
        if patient.get() {
            let freed = within(PATIENCE_MS, self.freed.until(is_free)).await;
            patient.set(freed.is_some());
        }
        let mut in_use = self.in_use.borrow_mut();
        while in_use.contains_key(&key) {
            key.push('x');
        }
        in_use.insert(key.clone(), 0);
        key
    }

    pub(super) fn is_in_use(&self, key: &str) -> bool {
        self.in_use.borrow().contains_key(key)
    }

    pub(super) fn let_go(&self, key: &str) {
        self.in_use.borrow_mut().remove(key);
        self.freed.wake();
    }

    /// What is there of a file: where, and its segments from the first on. What does not hang together with them is deleted.
    pub(super) async fn find(&self, key: &str) -> (u32, Vec<File>) {
        let at = |name: &str| self.names.borrow().get(name).copied();
        let mut segments = Vec::new();
        let Some(place) = at(&segment_name(key, 0)) else {
            return (0, segments);
        };
        for number in 0.. {
            let name = segment_name(key, number);
            if at(&name) != Some(place) {
                break;
            }
            match self.read(place, &name).await {
                Ok(file) if file.size() > 0.0 => segments.push(file),
                _ => {
                    self.remove(place, &name).await;
                    break;
                }
            }
        }
        (place, segments)
    }

    fn place(&self, place: u32) -> &Directory {
        &self.places[place as usize]
    }

    async fn read(&self, place: u32, name: &str) -> Result<File, String> {
        let handle = made(self.place(place).file_handle(name, &Object::new())).await?;
        let file = made(handle.unchecked_into::<FileHandle>().file()).await?;
        Ok(file.unchecked_into())
    }

    /// Writes a segment. It is there whole when this is ready, and else not at all.
    ///
    /// # Errors
    /// The name of the DOMException, `QuotaExceededError` when there is no room.
    pub(super) async fn write(
        &self,
        place: u32,
        name: &str,
        content: &Blob,
    ) -> Result<File, String> {
        let handle = made(self.place(place).file_handle(name, &sys::option("create"))).await?;
        let handle: FileHandle = handle.unchecked_into();
        let writable: Writable = made(handle.create_writable()).await?.unchecked_into();
        let written = match made(writable.write(content)).await {
            Ok(_) => made(writable.close()).await,
            Err(error) => {
                let _ = made(writable.abort()).await;
                Err(error)
            }
        };
        if let Err(error) = written {
            self.remove(place, name).await;
            return Err(error);
        }
        self.names.borrow_mut().insert(name.to_owned(), place);
        let file = made(handle.file()).await?;
        Ok(file.unchecked_into())
    }

    pub(super) async fn remove(&self, place: u32, name: &str) {
        self.names.borrow_mut().remove(name);
        let _ = made(self.place(place).remove_entry(name, &Object::new())).await;
    }
}

/// The name of one segment of a file.
pub(super) fn segment_name(key: &str, number: usize) -> String {
    [key, "-", &number.to_string()].concat()
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
