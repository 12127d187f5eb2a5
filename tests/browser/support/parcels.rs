//! Files that are made here, sent, and compared.

#[path = "../../../core/tests/support/noise.rs"]
mod noise;

use handclasp::transfer::{self, Received, Source, State, Transfer};
use handclasp::{Peer, RoomEvent};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use super::{Pair, first, soon};

pub use noise::noise;

/// A file of that content. Its time of change is the same each time, so that it is the same file again.
pub fn file(name: &str, content: &[u8]) -> File {
    let parts = Array::of1(&Uint8Array::from(content));
    let options = web_sys::FilePropertyBag::new();
    options.set_last_modified(1_700_000_000_000.0);
    File::new_with_u8_array_sequence_and_options(&parts, name, &options).expect("a file")
}

pub fn source(path: &str, content: &[u8]) -> Source {
    let name = path.rsplit('/').next().unwrap_or(path);
    Source {
        file: file(name, content),
        path: path.into(),
    }
}

pub async fn bytes_of(blob: &Blob) -> Vec<u8> {
    let buffer: ArrayBuffer = JsFuture::from(blob.array_buffer())
        .await
        .expect("readable")
        .unchecked_into();
    Uint8Array::new(&buffer).to_vec()
}

/// What `from` offers to `to`, at both ends.
pub async fn offered(pair: &Pair, files: Vec<Source>) -> (Transfer, Transfer) {
    between(&pair.b_at_a, &pair.b, files).await
}

/// What is offered to `peer`, which is `room`'s own member.
pub async fn between(
    peer: &Peer,
    room: &handclasp::Room,
    files: Vec<Source>,
) -> (Transfer, Transfer) {
    let mut events = room.events();
    let sending = transfer::offer(peer, files).expect("connected");
    let (from, channel) = first("the offer", &mut events, |event| match event {
        RoomEvent::Channel { peer, channel } if transfer::is_transfer(&channel) => {
            Some((peer, channel))
        }
        _ => None,
    })
    .await;
    let receiving = soon("the list", transfer::receive(&from, channel))
        .await
        .expect("an offer");
    assert_eq!(sending.id(), receiving.id());
    (sending, receiving)
}

/// The transfer, once it is as wanted.
pub async fn until(what: &str, transfer: &Transfer, fits: impl Fn(&Transfer) -> bool) {
    soon(what, async {
        while !fits(transfer) {
            transfer.changed().await;
        }
    })
    .await;
}

pub async fn reaches(what: &str, transfer: &Transfer, state: State) {
    until(what, transfer, |transfer| {
        transfer.progress().state == state
    })
    .await;
}

/// Both sides come to a good end.
pub async fn both_done(sending: &Transfer, receiving: &Transfer) {
    assert_eq!(soon("received", receiving.done()).await, Ok(()));
    assert_eq!(soon("sent", sending.done()).await, Ok(()));
    assert_eq!(sending.progress().state, State::Done);
    let progress = receiving.progress();
    assert_eq!(progress.done, progress.total);
}

/// So much of it has come.
pub async fn has_come(receiving: &Transfer, bytes: usize) {
    until("some of it", receiving, |transfer| {
        transfer.progress().done >= bytes as u64
    })
    .await;
}

/// Both sides come to a good end, and the only file is what was sent.
pub async fn arrives(sending: &Transfer, receiving: &Transfer, content: &[u8]) {
    both_done(sending, receiving).await;
    assert!(only(receiving).await.1 == content, "another content");
}

/// The content of the only file.
pub async fn only(receiving: &Transfer) -> (Received, Vec<u8>) {
    let mut received = receiving.received();
    assert_eq!(received.len(), 1);
    let received = received.remove(0);
    let bytes = bytes_of(&received.file).await;
    (received, bytes)
}
