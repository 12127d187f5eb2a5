//! Peers as JavaScript sees them.

use std::cell::RefCell;

use handclasp::{PeerState, PeerStats, RemoteMedia, Source};
use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::channel::Channel;
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::options;
use crate::value::{Value, promise, to_js, wrong};

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
    pub fn profile_text(&self) -> String {
        String::from_utf8_lossy(&self.0.profile()).into_owned()
    }

    /// The streams that arrive from them.
    #[wasm_bindgen(getter)]
    pub fn media(&self) -> JsValue {
        to_js(
            &self
                .0
                .media()
                .into_iter()
                .map(Media::from)
                .collect::<Vec<_>>(),
        )
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
        let peer = self.0.clone();
        promise(async move { Ok(to_js(&Stats::from(peer.stats().await?))) })
    }
}

/// A stream that arrives.
#[derive(Serialize)]
struct Media {
    stream: Value,
    source: &'static str,
    audio: bool,
    video: bool,
}

impl From<RemoteMedia> for Media {
    fn from(media: RemoteMedia) -> Self {
        Self {
            stream: Value(media.stream.into()),
            source: match media.source {
                Source::Camera => "camera",
                Source::Screen => "screen",
                _ => "other",
            },
            audio: media.audio,
            video: media.video,
        }
    }
}

/// Counts are JavaScript's numbers: exact up to 2^53.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    /// In milliseconds.
    rtt: Option<f64>,
    relayed: Option<bool>,
    protocol: Option<String>,
    available_outgoing_bitrate: Option<f64>,
    bytes_sent: f64,
    bytes_received: f64,
    audio_packets_received: f64,
    video_packets_received: f64,
    packets_lost: f64,
    frames_decoded: f64,
    frames_encoded: f64,
    messages_sent: f64,
    messages_received: f64,
}

impl From<PeerStats> for Stats {
    fn from(stats: PeerStats) -> Self {
        Self {
            rtt: stats.rtt.map(|rtt| rtt.as_secs_f64() * 1e3),
            relayed: stats.relayed,
            protocol: stats.protocol,
            available_outgoing_bitrate: stats.available_outgoing_bitrate,
            bytes_sent: stats.bytes_sent as f64,
            bytes_received: stats.bytes_received as f64,
            audio_packets_received: stats.audio_packets_received as f64,
            video_packets_received: stats.video_packets_received as f64,
            packets_lost: stats.packets_lost as f64,
            frames_decoded: stats.frames_decoded as f64,
            frames_encoded: stats.frames_encoded as f64,
            messages_sent: stats.messages_sent as f64,
            messages_received: stats.messages_received as f64,
        }
    }
}

pub(crate) fn state(state: PeerState) -> &'static str {
    match state {
        PeerState::Connecting => "connecting",
        PeerState::Connected => "connected",
        PeerState::Interrupted => "interrupted",
        PeerState::Reconnecting => "reconnecting",
    }
}
