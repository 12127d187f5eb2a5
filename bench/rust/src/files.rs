//! The same bytes as a file: offered, received, verified, and over as many connections as pay.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::transfer::{self, Source, Transfer};
use handclasp::{Mqtt, Peer, Room, RoomEvent, RoomEvents, RoomOptions, Secret};
use js_sys::{Array, ArrayBuffer, Date, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Worker};

use crate::content::{Checksum, Content};
use crate::room;

/// A file is read in parts of this size to be summed.
const PART: usize = 1024 * 1024;

/// Has files moved in this worker; ready when it is.
#[wasm_bindgen(js_name = useWorker)]
pub async fn use_worker(worker: Worker, program: String) -> Result<(), JsError> {
    transfer::use_worker(&worker, &program);
    if transfer::worker_ready().await {
        Ok(())
    } else {
        Err(JsError::new("there is no worker"))
    }
}

/// An open link to the other page, for files.
#[wasm_bindgen]
pub struct FileLink {
    /// It is joined as long as this is here.
    _room: Room,
    /// Not while they are read.
    events: Cell<Option<RoomEvents>>,
    peer: Peer,
    content: Rc<Content>,
    /// The transfer under way, and those before, whose files must not be taken for its beginning.
    transfers: Rc<RefCell<Vec<Transfer>>>,
}

/// Meets the other page in a room.
///
/// # Errors
/// When the secret or the broker's address cannot be read, or the room cannot be joined.
#[wasm_bindgen(js_name = connectFiles)]
pub async fn connect_files(secret: String, broker: String) -> Result<FileLink, JsError> {
    let options = RoomOptions::new("bench", "bench", Secret::parse(&secret)?)
        .signaling(Mqtt::new(&broker)?)
        .ice_servers(Vec::new());
    let room = Room::join(options).await?;
    let events = Cell::new(Some(room.events()));
    let peer = room::connected(&room).await?;
    Ok(FileLink {
        _room: room,
        events,
        peer,
        content: Rc::new(Content::new()),
        transfers: Rc::default(),
    })
}

#[wasm_bindgen]
impl FileLink {
    /// Receives a file of `total` bytes. Gives back when it was there and verified, ms.
    ///
    /// # Errors
    /// When it does not come, or is not what it should be.
    pub async fn receive(&self, total: u32) -> Result<f64, JsError> {
        let busy = || JsError::new("one file at a time");
        let mut events = self.events.take().ok_or_else(busy)?;
        let (peer, channel) = loop {
            match events.next().await {
                Some(RoomEvent::Channel { peer, channel }) => break (peer, channel),
                Some(_) => {}
                None => return Err(JsError::new("the room has ended")),
            }
        };
        self.events.set(Some(events));
        let transfer = transfer::receive(&peer, channel).await?;
        self.transfers.borrow_mut().push(transfer.clone());
        transfer.accept();
        transfer.done().await?;
        let ended = Date::now();
        let received = transfer.received();
        let [file] = &received[..] else {
            return Err(JsError::new("it is not one file"));
        };
        if self.sum(&file.file).await? != self.content.expected(total as usize) {
            return Err(JsError::new("what came is not what was sent"));
        }
        transfer.discard().await;
        Ok(ended)
    }

    /// How many bytes have come.
    pub fn progress(&self) -> u32 {
        let transfers = self.transfers.borrow();
        let done = transfers
            .last()
            .map_or(0, |transfer| transfer.progress().done);
        u32::try_from(done).unwrap_or(u32::MAX)
    }

    /// How many connections there are now besides the peer's own.
    pub fn lanes(&self) -> usize {
        self.transfers.borrow().last().map_or(0, Transfer::lanes)
    }

    /// Sends `total` bytes as a file, over so many lanes, or as many as pay. Gives back when it began, ms.
    ///
    /// # Errors
    /// When it does not arrive.
    pub async fn send(&self, total: u32, lanes: Option<usize>) -> Result<f64, JsError> {
        let parts = Array::new();
        let total = total as usize;
        for offset in (0..total).step_by(PART) {
            let part = self.content.at(offset, PART.min(total - offset));
            parts.push(&Uint8Array::from(part));
        }
        let made = Blob::new_with_u8_array_sequence(&parts)
            .and_then(|blob| File::new_with_blob_sequence(&Array::of1(&blob), "bench.bin"));
        let file = made.map_err(|_| JsError::new("the browser makes no file"))?;
        let began = Date::now();
        let transfer = transfer::offer(&self.peer, vec![Source::from(file)])?;
        transfer.set_lanes(lanes);
        self.transfers.borrow_mut().push(transfer.clone());
        transfer.done().await?;
        Ok(began)
    }

    async fn sum(&self, file: &File) -> Result<u32, JsError> {
        let failed = |_| JsError::new("the file cannot be read");
        let size = file.size() as usize;
        let mut sum = Checksum::default();
        for offset in (0..size).step_by(PART) {
            let end = size.min(offset + PART);
            let slice = file
                .slice_with_f64_and_f64(offset as f64, end as f64)
                .map_err(failed)?;
            let buffer = JsFuture::from(slice.array_buffer()).await.map_err(failed)?;
            let buffer: ArrayBuffer = buffer.unchecked_into();
            sum.add(&Uint8Array::new(&buffer).to_vec());
        }
        Ok(sum.0)
    }
}
