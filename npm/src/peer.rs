//! Peers as JavaScript sees them.

use std::cell::{Ref, RefCell};

use handclasp::{MemberId, PeerState, RemoteMedia, Source};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::channel::Channel;
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::options;
use crate::stats;
use crate::value::{Value, list, object, promise};

/// Another member of the room.
#[wasm_bindgen(skip_typescript)]
pub struct Peer(handclasp::Peer);

impl Peer {
    pub(crate) fn inner(&self) -> handclasp::Peer {
        self.0.clone()
    }
}

#[wasm_bindgen]
impl Peer {
    /// New for every visit.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> JsValue {
        self.0.id().to_string().into()
    }

    /// How the connection is.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> JsValue {
        state(self.0.state()).into()
    }

    /// What they say of themselves.
    #[wasm_bindgen(getter)]
    pub fn profile(&self) -> Uint8Array {
        self.0.profile().as_slice().into()
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

/// Most objects that are kept for members who have left: what they sent before may not have been read yet.
const MAX_GONE: usize = 8;

/// The objects that stand for the peers of a room, so that each is always the same.
#[derive(Default)]
pub(crate) struct Known(RefCell<Vec<(handclasp::Peer, JsValue)>>);

impl Known {
    /// The object for `peer`.
    pub(crate) fn object(&self, peer: &handclasp::Peer) -> Ref<'_, JsValue> {
        let known = self.find(peer.id());
        let at = known.unwrap_or_else(|| {
            let object = Peer(peer.clone()).into();
            let mut all = self.0.borrow_mut();
            all.push((peer.clone(), object));
            all.len() - 1
        });
        Ref::map(self.0.borrow(), |all| &all[at].1)
    }

    /// The object for a member who has left, if there was one. Some of the longest gone are forgotten.
    pub(crate) fn gone(&self, id: MemberId) -> JsValue {
        let found = self.find(id).map(|at| self.0.borrow()[at].1.clone());
        let mut all = self.0.borrow_mut();
        let gone = all.iter().filter(|(peer, _)| peer.has_left()).count();
        let mut excess = gone.saturating_sub(MAX_GONE);
        all.retain(|(peer, _)| {
            let goes = excess > 0 && peer.has_left();
            excess -= usize::from(goes);
            !goes
        });
        found.into()
    }

    fn find(&self, id: MemberId) -> Option<usize> {
        let all = self.0.borrow();
        all.iter().position(|(peer, _)| peer.id() == id)
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
