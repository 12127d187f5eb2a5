//! Looking what is there already, and keeping what comes.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use handclasp_core::transfer::{
    BLOCK, DataHeader, Entry, Listing, MAX_MESSAGE, Receiver, State, Task, TransferError, Way,
};
use js_sys::Uint8Array;
use web_sys::Blob;

use super::disk::Disk;
use super::error::ReceiveError;
use super::host::Host;
use super::sending::{absorb, content, control};
use super::shared::Shared;
use super::store::{Segment, Store};
use super::striping;
use super::talk::talk;
use crate::message::Message;
use crate::sys;
use crate::task;
use crate::wakers::handover;

/// How long the list of files may take: half a megabyte at the most for ten thousand files.
pub(super) const LIST_DEADLINE_MS: u32 = 30_000;

/// The offer that comes over a channel.
pub(super) async fn listing(
    host: &dyn Host,
    mut seen: impl FnMut(Message),
) -> Result<Receiver<Uint8Array>, ReceiveError> {
    let mut listing = Listing::default();
    while let Some(message) = poll_fn(|cx| host.poll_heard(cx)).await {
        seen(message.clone());
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
    while let Some(message) = next(&shared).await {
        if let Some(message) = message {
            hear(&shared, &message);
        }
        take(&shared).await;
    }
    shared.close_lanes();
    shared.act(|course| course.lost());
    // What has come and is no whole segment is worth keeping.
    let store = shared.store.borrow().clone();
    if let Some(store) = store {
        store.end();
        write(&shared);
        settle(&shared, &store);
    }
}

/// The next message, or nothing when there is something to do all the same; `None` when nothing that may still come is of interest.
async fn next(shared: &Shared) -> Option<Option<Message>> {
    poll_fn(|cx| {
        if shared.side().is_settled() {
            return Poll::Ready(None);
        }
        shared.stirred.register(cx);
        if shared.due.take() {
            return Poll::Ready(Some(None));
        }
        // While enough is in memory the sender is not read any more, and waits in the end.
        if !shared.has_room() {
            return Poll::Pending;
        }
        let heard = shared.host().poll_heard(cx);
        heard.map(|message| message.map(Some))
    })
    .await
}

/// What a transfer leaves that did not come to a good end is for the next one. Files that have all come are in use until the last handle is gone.
fn settle(shared: &Shared, store: &Store) {
    if store.is_idle() && shared.state() != State::Done {
        store.release();
    }
}

fn hear(shared: &Rc<Shared>, message: &Message) {
    if keep(shared, message, Way::Main) {
        return;
    }
    let signal = shared.receiver(|receiver| receiver.hear(&control(message)));
    if let Some(signal) = signal.flatten() {
        striping::signal(shared, signal);
    }
    shared.stir();
}

/// Keeps a message of data until its turn; `false` when it is none.
fn keep(shared: &Shared, message: &Message, way: Way) -> bool {
    let Message::Binary(bytes) = message else {
        return false;
    };
    let mut head = [0; DataHeader::LEN];
    let length = bytes.length();
    let begins = bytes.subarray(0, length.min(DataHeader::LEN as u32));
    let head = &mut head[..begins.length() as usize];
    begins.copy_to(head);
    let Some(header) = DataHeader::decode(head) else {
        return false;
    };
    let content = bytes.subarray(DataHeader::LEN as u32, length);
    let (length, now) = (content.length().into(), sys::now());
    shared.receiver(|receiver| receiver.data(header, length, way, content, now));
    true
}

impl Shared {
    /// Something has come over a lane: data, or how far it has come there. What is neither is a lane's own failure and nobody's loss.
    pub(super) fn hear_lane(&self, message: Option<Message>) {
        let within = |message: &Message| message.memory() <= MAX_MESSAGE;
        let Some(message) = message.filter(within) else {
            return;
        };
        let heard = self.sender(|sender| sender.hear_lane(&control(&message)));
        if heard.is_some() {
            self.stir();
        } else if keep(self, &message, Way::Lane) {
            self.due.set(true);
            self.stirred.wake();
        }
    }
}

/// Does what is to be done with what has come, in its order, as long as there is room.
async fn take(shared: &Rc<Shared>) {
    while shared.has_room() {
        let task = shared.receiver(Receiver::due).flatten();
        let store = shared.store.borrow().clone();
        let (Some(task), Some(store)) = (task, store) else {
            break;
        };
        match task {
            Task::Append(file, content) => append(shared, &store, file, &content),
            Task::Restart(file, content) => {
                store.erase(file).await;
                append(shared, &store, file, &content);
            }
            Task::Finish(file) => {
                store.finish(file);
                if store.is_stored(file) {
                    shared.receiver(|receiver| receiver.stored(file));
                }
                write(shared);
                shared.stir();
            }
            Task::Erase(file) => {
                store.erase(file).await;
                shared.stir();
            }
        }
    }
    shared.receiver(|receiver| receiver.tell(sys::now()));
    if shared.is_over() || shared.side().course().has_more() {
        shared.stir();
    } else {
        shared.touch();
    }
}

fn append(shared: &Rc<Shared>, store: &Store, file: u32, content: &Uint8Array) {
    absorb(content, |bytes| {
        shared.receiver(|receiver| receiver.absorb(bytes));
    });
    store.append(file, content);
    write(shared);
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
    // There is room.
    shared.due.set(true);
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
