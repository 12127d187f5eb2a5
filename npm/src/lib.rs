//! handclasp for JavaScript and TypeScript: a thin surface over the crate [`handclasp`].
//!
//! Options are read member by member, since they may be anything; messages and streams are the browser's own objects throughout.
//! What people see of it is written in JavaScript, in `npm/lib`, with its types; nobody else calls what is here.

mod channel;
mod counting;
mod custom;
mod diagnosis;
mod error;
mod files;
mod hand;
mod handle;
mod options;
mod peer;
mod room;
mod stats;
#[cfg(feature = "split")]
mod sys;
mod value;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

use diagnosis::Subject;
use files::Begin;
use hand::Step;

pub use channel::{Channel, RoomChannel};
pub use error::{Failure, set_error_class};
pub use handle::Handle;
pub use peer::Peer;
pub use room::Room;

/// A quarter of the size of the one that the standard library brings.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Joins a room.
#[wasm_bindgen(skip_typescript)]
pub fn join(options: JsValue) -> Promise {
    value::promise(async move {
        let room = handclasp::Room::join(options::join(options, false).await?).await?;
        Ok(Room::new(room).into())
    })
}

/// Tests the network, the servers and the permissions, also before any call.
#[wasm_bindgen(skip_typescript)]
pub fn diagnose(options: JsValue) -> Promise {
    value::promise(diagnosis::diagnose(Subject::Here(options)))
}

/// Joins the room that a code invites to. Resolves with the room and the reply.
#[wasm_bindgen(js_name = acceptByHand, skip_typescript)]
pub fn accept_by_hand(code: JsValue, options: JsValue) -> Promise {
    value::promise(hand::shake(Step::Accept(code, options)))
}

/// Offers files to a peer. Resolves with the transfer. `hire` gives a worker for it, and the address of its program.
#[wasm_bindgen(js_name = offerFiles, skip_typescript)]
pub fn offer_files(peer: &Peer, files: JsValue, hire: Function) -> Promise {
    value::promise(files::begin(Begin::Offer(peer.inner(), files), hire))
}

/// Takes the files that a peer offers over this channel. Resolves with the transfer.
#[wasm_bindgen(js_name = receiveFiles, skip_typescript)]
pub fn receive_files(peer: &Peer, channel: &Channel, hire: Function) -> Promise {
    let begin = Begin::Receive(peer.inner(), channel.inner());
    value::promise(files::begin(begin, hire))
}
