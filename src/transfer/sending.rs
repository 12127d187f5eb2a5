//! Reading files, and hearing what the receiver says.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use handclasp_core::transfer::{
    Again, DataHeader, Entry, Job, ListError, MAX_MESSAGE, MAX_SIZE, Piece, Sender, TransferId,
    clean, path,
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};

use super::shared::{Shared, Side};
use super::striping;
use super::talk::{Outgoing, What, talk};
use crate::message::Message;
use crate::sys::{self, Content};
use crate::task;

/// How much is copied into the wasm at a time to be hashed.
const COPY: usize = 64 * 1024;

/// What stands before the content of a message.
const HEADER: u32 = DataHeader::LEN as u32;

/// A file as it is offered.
fn entry(path: &str, file: &File) -> Entry {
    // Both are whole numbers that JavaScript counts exactly, or nonsense, which the casts make zero.
    Entry {
        path: path::safe(path),
        size: (file.size() as u64).min(MAX_SIZE),
        modified: file.last_modified() as u64,
        media_type: file.type_(),
    }
}

/// What offers these files.
pub(super) fn sender(
    id: TransferId,
    paths: &[String],
    files: &[File],
) -> Result<Sender, ListError> {
    let list = paths
        .iter()
        .zip(files)
        .map(|(path, file)| entry(path, file));
    Sender::new(id, clean(list.collect()))
}

pub(super) fn start(shared: &Rc<Shared>, files: Vec<File>) {
    talk(shared);
    task::spawn(listen(Rc::clone(shared)));
    task::spawn(read(Rc::clone(shared), files));
    task::spawn(striping::measure(Rc::clone(shared)));
}

async fn listen(shared: Rc<Shared>) {
    while let Some(message) = hear(&shared).await {
        let signal = shared.sender(|sender| sender.hear(&control(&message)));
        if let Some(signal) = signal.flatten() {
            striping::signal(&shared, signal);
        }
        shared.stir();
    }
    shared.act(|course| course.lost());
}

/// The next message; `None` when nothing that may still come is of interest.
async fn hear(shared: &Shared) -> Option<Message> {
    poll_fn(|cx| {
        if shared.is_over() {
            return Poll::Ready(None);
        }
        shared.stirred.register(cx);
        shared.host().poll_heard(cx)
    })
    .await
}

/// A control message; nothing at all for what is none, which no decoder takes.
pub(super) fn control(message: &Message) -> Vec<u8> {
    match message {
        Message::Binary(bytes) if bytes.length() as usize <= MAX_MESSAGE => bytes.to_vec(),
        _ => Vec::new(),
    }
}

/// Reads one block ahead of what goes out, and what was lost with lanes.
async fn read(shared: Rc<Shared>, files: Vec<File>) {
    let mut all_read = false;
    loop {
        let is_due = || shared.is_over() || shared.wants_again() || (!all_read && shared.wants());
        shared.stirred.until(is_due).await;
        if shared.is_over() {
            return;
        }
        let read = if shared.wants_again() {
            let pieces = shared.sender(Sender::again).unwrap_or_default();
            read_again(&files, &pieces).await.map(|block| {
                shared.again.replace(block);
            })
        } else if let Some(job) = shared.sender(Sender::job).flatten() {
            do_job(&shared, &files, job).await.map(|block| {
                let block = Some(block).filter(|block| !block.is_empty());
                shared.block.replace(block);
            })
        } else {
            all_read = true;
            continue;
        };
        if read.is_none() {
            shared.sender(Sender::source_changed);
            shared.stir();
            return;
        }
        shared.stir();
    }
}

impl Shared {
    /// Whether the next block is to be read.
    fn wants(&self) -> bool {
        let accepted = matches!(&*self.side(), Side::Sending(sender) if sender.is_accepted());
        accepted && self.block.borrow().is_none()
    }

    /// Whether something is to be read again.
    pub(super) fn wants_again(&self) -> bool {
        let lost = matches!(&*self.side(), Side::Sending(sender) if sender.has_again());
        lost && self.again.borrow().is_empty()
    }
}

/// What is done; `None` when a file is not what it was.
async fn do_job(shared: &Shared, files: &[File], job: Job) -> Option<VecDeque<Outgoing>> {
    match job {
        Job::Compare(piece) => {
            let buffer = content(&slice(files, &piece)?, piece.len.into()).await?;
            let bytes = Uint8Array::new(&buffer);
            absorb(&bytes, |bytes| {
                shared.sender(|sender| sender.absorb(bytes));
            });
            Some(VecDeque::new())
        }
        Job::Send(pieces) => {
            let messages = messages(files, &pieces).await?;
            let outgoing = pieces.into_iter().zip(messages);
            let outgoing = outgoing.map(|(piece, data)| prepare(shared, piece, data));
            Some(outgoing.collect())
        }
    }
}

/// What was sent before is not hashed again.
async fn read_again(files: &[File], again: &[Again]) -> Option<VecDeque<Outgoing>> {
    let pieces: Vec<_> = again.iter().map(|again| again.piece).collect();
    let messages = messages(files, &pieces).await?;
    let outgoing = again.iter().zip(messages).map(|(again, data)| Outgoing {
        what: What::Again(*again),
        data,
        end: None,
    });
    Some(outgoing.collect())
}

fn slice(files: &[File], piece: &Piece) -> Option<Blob> {
    let file: &Blob = files.get(piece.file as usize)?;
    let from = piece.offset as f64;
    file.slice_with_f64_and_f64(from, from + f64::from(piece.len))
        .ok()
}

/// A message of data for each piece that has content.
async fn messages(files: &[File], pieces: &[Piece]) -> Option<Vec<Option<Uint8Array>>> {
    // The headers are put in between by the browser, so that each message is one view of the block.
    let parts = Array::new();
    let mut length = 0;
    for piece in pieces.iter().filter(|piece| piece.len > 0) {
        let (file, offset) = (piece.file, piece.offset);
        let header = DataHeader { file, offset }.encode();
        parts.push(&Uint8Array::from(header.as_slice()));
        parts.push(slice(files, piece)?.as_ref());
        length += DataHeader::LEN as u64 + u64::from(piece.len);
    }
    let blob = Blob::new_with_blob_sequence(&parts).ok()?;
    let buffer = content(&blob, length).await?;
    let mut at = 0;
    let messages = pieces.iter().map(|piece| {
        (piece.len > 0).then(|| {
            let length = HEADER + piece.len;
            let message = Uint8Array::new_with_byte_offset_and_length(&buffer, at, length);
            at += length;
            message
        })
    });
    Some(messages.collect())
}

fn prepare(shared: &Shared, piece: Piece, data: Option<Uint8Array>) -> Outgoing {
    if let Some(data) = &data {
        absorb(&data.subarray(HEADER, data.length()), |bytes| {
            shared.sender(|sender| sender.absorb(bytes));
        });
    }
    let last = piece.last.then_some(piece.file);
    let end = last.and_then(|file| shared.sender(|sender| sender.end_file(file)));
    let what = What::New(piece);
    Outgoing { what, data, end }
}

/// All of a blob; `None` when it cannot be read, or is not as long as it was.
pub(super) async fn content(blob: &Blob, length: u64) -> Option<ArrayBuffer> {
    let content: &Content = blob.unchecked_ref();
    let buffer: ArrayBuffer = sys::bytes_of(content).await.ok()?.unchecked_into();
    (u64::from(buffer.byte_length()) == length).then_some(buffer)
}

/// Shows `bytes` to a hash, in copies that are small.
pub(super) fn absorb(bytes: &Uint8Array, mut absorb: impl FnMut(&[u8])) {
    let length = bytes.length() as usize;
    let mut copy = vec![0; COPY.min(length)];
    let mut at = 0;
    while at < length {
        let end = length.min(at + COPY);
        let part = &mut copy[..end - at];
        // Below 4 GiB, as the length was.
        bytes.subarray(at as u32, end as u32).copy_to(part);
        absorb(part);
        at = end;
    }
}
