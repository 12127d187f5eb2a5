//! handclasp from Rust, as a contestant of the benchmark: what is sent comes from the memory of this program, and what arrives is copied there
//! and summed there, as in a program that has its data in Rust.
//!
//! JavaScript only says what is to be sent. The figures are those of `bench/page/end.js`, which has the same for everyone else.

mod arrival;
mod content;
mod files;
mod room;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::{ChannelOptions, Message, Mqtt, Peer, Room, RoomChannel, RoomOptions, Secret};
use js_sys::{Date, Function};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use arrival::Arrival;
use content::Content;

pub use files::{FileLink, connect_files, use_worker};

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// The label of the channel that everything goes through.
const LABEL: &str = "bench";

/// An open link to the other page.
#[wasm_bindgen]
pub struct Link {
    /// It is joined as long as this is here.
    _room: Room,
    channel: RoomChannel,
    peer: Peer,
    content: Rc<Content>,
    arrival: Rc<RefCell<Option<Arrival>>>,
}

/// Meets the other page in a room.
///
/// # Errors
/// When the secret or the broker's address cannot be read, or the room cannot be joined.
#[wasm_bindgen]
pub async fn connect(secret: String, broker: String) -> Result<Link, JsError> {
    let options = RoomOptions::new("bench", "bench", Secret::parse(&secret)?)
        .signaling(Mqtt::new(&broker)?)
        .ice_servers(Vec::new())
        .channel(LABEL, ChannelOptions::reliable());
    let room = Room::join(options).await?;
    let peer = room::connected(&room).await?;
    let channel = declared(&room)?;
    let arrival = Rc::<RefCell<Option<Arrival>>>::default();
    read(declared(&room)?, Rc::clone(&arrival));
    Ok(Link {
        _room: room,
        channel,
        peer,
        content: Rc::new(Content::new()),
        arrival,
    })
}

#[wasm_bindgen]
impl Link {
    /// Makes ready for `total` bytes in messages of `size`; `done` is called with when all were there and right, in ms, and how many messages they were,
    /// or with an error.
    pub fn receive(&self, total: u32, size: u32, done: Function) {
        let arrival = Arrival::new(total as usize, size as usize, &self.content, done);
        self.arrival.replace(Some(arrival));
    }

    /// How many bytes have come.
    pub fn progress(&self) -> u32 {
        let arrival = self.arrival.borrow();
        let bytes = arrival.as_ref().map_or(0, Arrival::bytes);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// Sends `total` bytes in messages of `size`. Gives back when it began, ms.
    ///
    /// # Errors
    /// When the channel takes a message no more.
    pub async fn send(&self, total: u32, size: u32) -> Result<f64, JsError> {
        let began = Date::now();
        let (total, size) = (total as usize, size as usize);
        for offset in (0..total).step_by(size) {
            let message = Message::from(self.content.at(offset, size));
            self.channel.send_to(&self.peer, message).await?;
        }
        Ok(began)
    }
}

fn declared(room: &Room) -> Result<RoomChannel, JsError> {
    room.channel(LABEL)
        .ok_or_else(|| JsError::new("the room has no channel"))
}

/// Gives what comes to the arrival that is waited for.
fn read(mut channel: RoomChannel, arrival: Rc<RefCell<Option<Arrival>>>) {
    spawn_local(async move {
        while let Some((_, message)) = channel.next().await {
            let Message::Binary(bytes) = message else {
                continue;
            };
            if let Some(arrival) = arrival.borrow_mut().as_mut() {
                arrival.take(&bytes);
            }
        }
    });
}
