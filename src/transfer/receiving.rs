//! Looking what is there already, and keeping what comes.

use std::rc::Rc;

use futures_util::StreamExt;
use handclasp_core::transfer::{
    BLOCK, Data, DataHeader, Entry, Listing, Receiver, State, Task, TransferError,
};
use js_sys::Uint8Array;
use web_sys::Blob;

use super::disk::Disk;
use super::error::ReceiveError;
use super::sending::{absorb, content, control};
use super::shared::{Shared, talk};
use super::store::{Segment, Store};
use crate::channel::Channel;
use crate::message::Message;
use crate::sys;
use crate::task;
use crate::wakers::handover;

/// How long the list of files may take: half a megabyte at the most for ten thousand files.
pub(super) const LIST_DEADLINE_MS: u32 = 30_000;

/// The offer that comes over a channel.
pub(super) async fn listing(channel: &Channel) -> Result<Receiver, ReceiveError> {
    let mut channel = channel.clone();
    let mut listing = Listing::default();
    while let Some(message) = channel.next().await {
        match listing.hear(&control(&message)) {
            Ok(None) => {}
            Ok(Some(receiver)) => return Ok(receiver),
            Err(TransferError::CancelledByPeer) => return Err(ReceiveError::Lost),
            Err(_) => return Err(ReceiveError::Malformed),
        }
    }
    Err(ReceiveError::Lost)
}

pub(super) fn start(shared: &Rc<Shared>) {
    talk(shared);
    task::spawn(listen(Rc::clone(shared)));
}

/// Begins, once.
pub(super) fn accept(shared: &Rc<Shared>) {
    let first = shared.receiver(Receiver::accept);
    if first == Some(true) {
        task::spawn(prepare(Rc::clone(shared)));
        shared.stir();
    }
}

/// Looks what is there, and says so.
async fn prepare(shared: Rc<Shared>) {
    let disk = Disk::open().await;
    let list: Vec<Entry> = shared
        .receiver(|receiver| receiver.list().to_vec())
        .unwrap_or_default();
    let store = Rc::new(Store::new(disk, list.len()));
    shared.store.replace(Some(Rc::clone(&store)));
    for (file, entry) in (0..).zip(&list) {
        if shared.is_over() {
            return;
        }
        let found = store.look(file, entry).await;
        if !found.is_empty() && !take_up(&shared, file, &found).await {
            store.erase(file).await;
        }
    }
    shared.receiver(Receiver::prepared);
    shared.stir();
}

/// `false` when what was found is of no use.
async fn take_up(shared: &Shared, file: u32, found: &[Blob]) -> bool {
    let bytes = found.iter().map(|part| part.size() as u64).sum();
    if shared.receiver(|receiver| receiver.look(file, bytes)) != Some(true) {
        return false;
    }
    for part in found {
        let size = part.size() as u64;
        let mut at = 0;
        while at < size {
            if shared.is_over() {
                return true;
            }
            let end = size.min(at + BLOCK);
            let Ok(slice) = part.slice_with_f64_and_f64(at as f64, end as f64) else {
                return false;
            };
            let Some(buffer) = content(&slice, end - at).await else {
                return false;
            };
            absorb(&Uint8Array::new(&buffer), |bytes| {
                shared.receiver(|receiver| receiver.absorb(bytes));
            });
            at = end;
        }
    }
    shared.receiver(|receiver| receiver.looked(file, bytes));
    true
}

async fn listen(shared: Rc<Shared>) {
    let mut channel = shared.channel.clone();
    loop {
        // While enough is in memory the sender is not read any more, and waits in the end.
        shared.stirred.until(|| shared.has_room()).await;
        let Some(message) = shared.hear(&mut channel).await else {
            break;
        };
        hear(&shared, message).await;
    }
    shared.act(|course| course.lost());
    // What has come and is no whole segment is worth keeping.
    let store = shared.store.borrow().clone();
    if let Some(store) = store {
        store.end();
        write(&shared);
        settle(&shared, &store);
    }
}

/// What a transfer leaves that did not come to a good end is for the next one. Files that have all come are in use until the last handle is gone.
fn settle(shared: &Shared, store: &Store) {
    if store.is_idle() && shared.state() != State::Done {
        store.release();
    }
}

async fn hear(shared: &Rc<Shared>, message: Message) {
    let bytes = match &message {
        Message::Binary(bytes) => bytes,
        Message::Text(_) => return told(shared, &[]).await,
    };
    let mut head = [0; DataHeader::LEN];
    let length = bytes.length();
    let begins = bytes.subarray(0, length.min(DataHeader::LEN as u32));
    begins.copy_to(&mut head[..begins.length() as usize]);
    match DataHeader::decode(&head[..begins.length() as usize]) {
        None => told(shared, &control(&message)).await,
        Some(header) => {
            let content = bytes.subarray(DataHeader::LEN as u32, length);
            keep(shared, header, &content).await;
        }
    }
}

async fn told(shared: &Rc<Shared>, bytes: &[u8]) {
    let task = shared.receiver(|receiver| receiver.hear(bytes)).flatten();
    let store = shared.store.borrow().clone();
    if let (Some(task), Some(store)) = (task, store) {
        match task {
            Task::Finish(file) => {
                store.finish(file);
                if store.is_stored(file) {
                    shared.receiver(|receiver| receiver.stored(file));
                }
                write(shared);
            }
            Task::Erase(file) => store.erase(file).await,
        }
    }
    shared.stir();
}

async fn keep(shared: &Rc<Shared>, header: DataHeader, content: &Uint8Array) {
    let data =
        shared.receiver(|receiver| receiver.data(header, content.length().into(), sys::now()));
    let store = shared.store.borrow().clone();
    let Some(store) = store else {
        return shared.stir();
    };
    match data {
        Some(Data::Append) => {}
        Some(Data::Restart) => store.erase(header.file).await,
        // Also when it has just been found to be wrong.
        Some(Data::Ignore) | None => return shared.stir(),
    }
    absorb(content, |bytes| {
        shared.receiver(|receiver| receiver.absorb(bytes));
    });
    store.append(header.file, content);
    write(shared);
    shared.touch();
}

/// Writes what is to be written, as long as there is room on the disk.
pub(super) fn write(shared: &Rc<Shared>) {
    let Some(store) = shared.store.borrow().clone() else {
        return;
    };
    if !shared.side().course().is_full()
        && let Some(segment) = store.next()
    {
        task::spawn(write_one(Rc::clone(shared), store, segment));
    }
}

async fn write_one(shared: Rc<Shared>, store: Rc<Store>, segment: Segment) {
    let written = store.write(segment).await;
    if written.is_err() && shared.is_over() {
        store.give_up();
    }
    shared.receiver(|receiver| match written {
        Ok(files) => files.into_iter().for_each(|file| receiver.stored(file)),
        Err(name) if is_full(&name) => receiver.no_space(),
        Err(name) => {
            tracing::warn!(%name, "cannot write a file");
            receiver.write_failed();
        }
    });
    write(&shared);
    settle(&shared, &store);
    shared.stir();
}

/// Whether an exception of this name says that there is no room: of the site's share, or in Firefox of the disk itself.
fn is_full(name: &str) -> bool {
    matches!(name, "QuotaExceededError" | "NS_ERROR_FILE_NO_DEVICE_SPACE")
}

/// Deletes what is kept.
pub(super) async fn discard(shared: &Rc<Shared>) {
    let Some(store) = shared.store.borrow().clone() else {
        return;
    };
    let (giver, deleted) = handover();
    task::spawn(async move {
        store.erase_all().await;
        giver.give(());
    });
    deleted.await;
}

impl Shared {
    /// Whether more may be read.
    fn has_room(&self) -> bool {
        let full = self.side().course().is_full();
        self.is_over()
            || self
                .store
                .borrow()
                .as_ref()
                .is_none_or(|store| store.has_room(full))
    }
}
