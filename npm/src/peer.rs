//! Peers as JavaScript sees them.

use std::cell::RefCell;

use handclasp::{PeerState, RemoteMedia, Source};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::channel::Channel;
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::options;
use crate::stats;
use crate::value::{Value, list, object, promise, wrong};

thread_local! {
    /// Who has said last who it is.
    static IDENTIFIED: RefCell<Option<handclasp::Peer>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    /// Whatever is passed as a peer.
    type Passed;

    #[wasm_bindgen(method, structural, catch)]
    fn identify(this: &Passed) -> Result<(), JsValue>;

    /// The browser's (<https://encoding.spec.whatwg.org/#interface-textdecoder>), which puts U+FFFD in the place of what is no UTF-8.
    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;

    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &[u8]) -> JsValue;
}

/// Another member of the room.
#[wasm_bindgen(skip_typescript)]
pub struct Peer(handclasp::Peer);

impl Peer {
    pub(crate) fn new(peer: handclasp::Peer) -> Self {
        Self(peer)
    }

    /// The peer that was passed. It is asked, since an object of ours that arrives as a value can only be taken from JavaScript for
    /// good; and its id is for people: two members may have the same.
    ///
    /// # Errors
    /// For what is no peer.
    pub(crate) fn passed(value: &JsValue) -> Result<handclasp::Peer, Failure> {
        IDENTIFIED.take();
        let asked = value.unchecked_ref::<Passed>().identify();
        asked
            .ok()
            .and_then(|()| IDENTIFIED.take())
            .ok_or_else(|| wrong("peer", "a Peer"))
    }
}

#[wasm_bindgen]
impl Peer {
    /// Says who this is, to whom it is passed. For the package itself.
    pub fn identify(&self) {
        IDENTIFIED.set(Some(self.0.clone()));
    }

    /// New for every visit.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// How the connection is.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        state(self.0.state()).into()
    }

    /// What they say of themselves.
    #[wasm_bindgen(getter)]
    pub fn profile(&self) -> Uint8Array {
        self.0.profile().as_slice().into()
    }

    /// The same as text.
    #[wasm_bindgen(getter, js_name = profileText)]
    pub fn profile_text(&self) -> JsValue {
        TextDecoder::new().decode(&self.0.profile())
    }

    /// The streams that arrive from them.
    #[wasm_bindgen(getter)]
    pub fn media(&self) -> JsValue {
        list(self.0.media().into_iter().map(media))
    }

    /// The browser's own object.
    #[wasm_bindgen(getter)]
    pub fn connection(&self) -> JsValue {
        self.0.connection().map_or(JsValue::UNDEFINED, Into::into)
    }

    /// Opens a channel to this member alone.
    #[wasm_bindgen(js_name = openChannel)]
    pub fn open_channel(&self, label: JsValue, delivery: JsValue) -> Result<Channel, Failure> {
        let label = Value(label).required_text("label")?;
        let channel = self.0.open_channel(&label, options::channel(delivery)?)?;
        Ok(Channel::new(channel))
    }

    /// Why they cannot be reached, or how they are.
    pub fn diagnose(&self) -> Promise {
        promise(diagnosis::diagnose(Subject::Peer(self.0.clone())))
    }

    /// Figures of the connection.
    pub fn stats(&self) -> Promise {
        promise(stats::of(self.0.clone()))
    }
}

/// A stream that arrives.
fn media(media: RemoteMedia) -> JsValue {
    let source = match media.source {
        Source::Camera => "camera",
        Source::Screen => "screen",
        _ => "other",
    };
    object(&[
        ("stream", media.stream.into()),
        ("source", source.into()),
        ("audio", media.audio.into()),
        ("video", media.video.into()),
    ])
}

pub(crate) fn state(state: PeerState) -> &'static str {
    match state {
        PeerState::Connecting => "connecting",
        PeerState::Connected => "connected",
        PeerState::Interrupted => "interrupted",
        PeerState::Reconnecting => "reconnecting",
    }
}
