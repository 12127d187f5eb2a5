//! handclasp for JavaScript and TypeScript: a thin surface over the crate [`handclasp`].
//!
//! Options are read member by member, since they may be anything; messages and streams are the browser's own objects throughout.
//! The types that TypeScript sees are written by hand, in `types.d.ts`.

mod channel;
mod diagnosis;
mod error;
mod listeners;
mod options;
mod peer;
mod room;
mod stats;
#[cfg(feature = "split")]
mod sys;
mod value;

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use diagnosis::Subject;

pub use channel::{Channel, RoomChannel};
pub use error::Failure;
pub use peer::Peer;
pub use room::Room;

/// A quarter of the size of the one that the standard library brings.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// Joins a room.
#[wasm_bindgen(skip_typescript)]
pub fn join(options: JsValue) -> Promise {
    value::promise(async move {
        let room = handclasp::Room::join(options::join(options).await?).await?;
        Ok(Room::new(room).into())
    })
}

/// Tests the network, the servers and the permissions, also before any call.
#[wasm_bindgen(skip_typescript)]
pub fn diagnose(options: JsValue) -> Promise {
    value::promise(diagnosis::diagnose(Subject::Here(options)))
}

/// A new room secret, as text.
#[wasm_bindgen(js_name = generateSecret, skip_typescript)]
pub fn generate_secret() -> String {
    handclasp::Secret::generate().to_base64url()
}
