//! Reading files, and hearing what the receiver says.

use std::collections::VecDeque;
use std::rc::Rc;

use handclasp_core::transfer::{
    DataHeader, Entry, Job, MAX_MESSAGE, MAX_SIZE, Piece, Sender, path,
};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};

use super::Source;
use super::shared::{Outgoing, Shared, Side, talk};
use crate::message::Message;
use crate::sys::{self, Content};
use crate::task;

/// How much is copied into the wasm at a time to be hashed.
const COPY: usize = 64 * 1024;

/// A file as it is offered.
pub(super) fn entry(source: &Source) -> Entry {
    // Both are whole numbers that JavaScript counts exactly, or nonsense, which the casts make zero.
    Entry {
        path: path::safe(&source.path),
        size: (source.file.size() as u64).min(MAX_SIZE),
        modified: source.file.last_modified() as u64,
        media_type: source.file.type_(),
    }
}

pub(super) fn start(shared: &Rc<Shared>, files: Vec<File>) {
    talk(shared);
    task::spawn(listen(Rc::clone(shared)));
    task::spawn(read(Rc::clone(shared), files));
}

async fn listen(shared: Rc<Shared>) {
    let mut channel = shared.channel.clone();
    while let Some(message) = shared.hear(&mut channel).await {
        shared.sender(|sender| sender.hear(&control(&message)));
        shared.stir();
    }
    shared.act(|course| course.lost());
}

/// A control message; nothing at all for what is none, which no decoder takes.
pub(super) fn control(message: &Message) -> Vec<u8> {
    match message {
        Message::Binary(bytes) if bytes.length() as usize <= MAX_MESSAGE => bytes.to_vec(),
        _ => Vec::new(),
    }
}

/// Reads one block ahead of what goes out.
async fn read(shared: Rc<Shared>, files: Vec<File>) {
    loop {
        shared
            .stirred
            .until(|| shared.is_over() || shared.block.borrow().is_none() && shared.is_accepted())
            .await;
        let Some(job) = shared.sender(Sender::job).flatten() else {
            // Over, or all has been read.
            return;
        };
        let Some(block) = do_job(&shared, &files, job).await else {
            shared.sender(Sender::source_changed);
            shared.stir();
            return;
        };
        if !block.is_empty() {
            shared.block.replace(Some(block));
        }
        shared.stir();
    }
}

impl Shared {
    fn is_accepted(&self) -> bool {
        matches!(&*self.side(), Side::Sending(sender) if sender.is_accepted())
    }
}

/// `None` when a file is not what it was.
async fn do_job(shared: &Shared, files: &[File], job: Job) -> Option<VecDeque<Outgoing>> {
    let slice = |piece: &Piece| {
        let file: &Blob = files.get(piece.file as usize)?;
        let from = piece.offset as f64;
        file.slice_with_f64_and_f64(from, from + f64::from(piece.len))
            .ok()
    };
    match job {
        Job::Compare(piece) => {
            let buffer = content(&slice(&piece)?, piece.len.into()).await?;
            let bytes = Uint8Array::new(&buffer);
            absorb(&bytes, |bytes| {
                shared.sender(|sender| sender.absorb(bytes));
            });
            Some(VecDeque::new())
        }
        Job::Send(pieces) => {
            // The headers are put in between by the browser, so that each message is one view of the block.
            let parts = Array::new();
            let mut length = 0;
            for piece in pieces.iter().filter(|piece| piece.len > 0) {
                let (file, offset) = (piece.file, piece.offset);
                let header = DataHeader { file, offset }.encode();
                parts.push(&Uint8Array::from(header.as_slice()));
                parts.push(slice(piece)?.as_ref());
                length += DataHeader::LEN as u64 + u64::from(piece.len);
            }
            let blob = Blob::new_with_blob_sequence(&parts).ok()?;
            let buffer = content(&blob, length).await?;
            Some(prepare(shared, &buffer, pieces))
        }
    }
}

fn prepare(shared: &Shared, buffer: &ArrayBuffer, pieces: Vec<Piece>) -> VecDeque<Outgoing> {
    let mut at = 0;
    let header = DataHeader::LEN as u32;
    let outgoing = pieces.into_iter().map(|piece| {
        let data = (piece.len > 0).then(|| {
            let length = header + piece.len;
            let data = Uint8Array::new_with_byte_offset_and_length(buffer, at, length);
            at += length;
            absorb(&data.subarray(header, length), |bytes| {
                shared.sender(|sender| sender.absorb(bytes));
            });
            data
        });
        let last = piece.last.then_some(piece.file);
        let end = last.and_then(|file| shared.sender(|sender| sender.end_file(file)));
        Outgoing { piece, data, end }
    });
    outgoing.collect()
}

/// All of a blob; `None` when it cannot be read, or is not as long as it was.
pub(super) async fn content(blob: &Blob, length: u64) -> Option<ArrayBuffer> {
    let content: &Content = blob.unchecked_ref();
    let buffer: ArrayBuffer = sys::made(content.array_buffer())
        .await
        .ok()?
        .unchecked_into();
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
