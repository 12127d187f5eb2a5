//! Peers as JavaScript sees them.

use handclasp::{PeerState, RemoteMedia, Source};
use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::channel::Channel;
use crate::error::Failure;
use crate::{diagnosis, options, to_js};

/// Another member of the room.
#[wasm_bindgen(skip_typescript)]
pub struct Peer(handclasp::Peer);

impl Peer {
    pub(crate) fn new(peer: handclasp::Peer) -> Self {
        Self(peer)
    }

    pub(crate) fn inner(&self) -> &handclasp::Peer {
        &self.0
    }
}

#[wasm_bindgen]
impl Peer {
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
    pub fn open_channel(&self, label: String, delivery: JsValue) -> Result<Channel, Failure> {
        Ok(Channel::new(
            self.0.open_channel(&label, options::channel(delivery)?)?,
        ))
    }

    /// Why they cannot be reached, or how they are.
    pub async fn diagnose(&self) -> JsValue {
        diagnosis::to_js(&self.0.diagnose().await)
    }

    /// Figures of the connection.
    pub async fn stats(&self) -> Result<JsValue, Failure> {
        let stats = self.0.stats().await?;
        Ok(to_js(&Stats {
            rtt: stats.rtt.map(|rtt| rtt.as_secs_f64() * 1e3),
            relayed: stats.relayed,
            protocol: stats.protocol,
            available_outgoing_bitrate: stats.available_outgoing_bitrate,
            bytes_sent: stats.bytes_sent,
            bytes_received: stats.bytes_received,
            audio_packets_received: stats.audio_packets_received,
            video_packets_received: stats.video_packets_received,
            packets_lost: stats.packets_lost,
            frames_decoded: stats.frames_decoded,
            frames_encoded: stats.frames_encoded,
            messages_sent: stats.messages_sent,
            messages_received: stats.messages_received,
        }))
    }
}

/// A stream that arrives.
#[derive(Serialize)]
struct Media {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    stream: JsValue,
    source: &'static str,
    audio: bool,
    video: bool,
}

impl From<RemoteMedia> for Media {
    fn from(media: RemoteMedia) -> Self {
        Self {
            stream: media.stream.into(),
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    /// In milliseconds.
    rtt: Option<f64>,
    relayed: Option<bool>,
    protocol: Option<String>,
    available_outgoing_bitrate: Option<f64>,
    bytes_sent: u64,
    bytes_received: u64,
    audio_packets_received: u64,
    video_packets_received: u64,
    packets_lost: u64,
    frames_decoded: u64,
    frames_encoded: u64,
    messages_sent: u64,
    messages_received: u64,
}

pub(crate) fn state(state: PeerState) -> &'static str {
    match state {
        PeerState::Connecting => "connecting",
        PeerState::Connected => "connected",
        PeerState::Interrupted => "interrupted",
        PeerState::Reconnecting => "reconnecting",
    }
}
