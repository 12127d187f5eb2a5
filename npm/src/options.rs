//! The options of `join`, as JavaScript writes them.

use handclasp::{Broadcast, ChannelOptions, IceServer, Mqtt, RoomOptions, Secret};
use js_sys::{Array, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Failure;

/// Everything that `join` takes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JoinOptions {
    app: String,
    room: String,
    secret: String,
    signaling: Vec<Path>,
    ice_servers: Option<Vec<Ice>>,
    #[serde(default)]
    relay_only: bool,
    max_peers: Option<usize>,
    #[serde(default, with = "serde_wasm_bindgen::preserve")]
    profile: JsValue,
    #[serde(default)]
    channels: Vec<Declared>,
}

/// `'broadcast'` or `{ mqtt: url }`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Path {
    Broadcast,
    Mqtt(String),
}

/// [`RTCIceServer`](https://www.w3.org/TR/webrtc/#rtciceserver-dictionary).
#[derive(Deserialize)]
struct Ice {
    /// One or many.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    urls: JsValue,
    username: Option<String>,
    credential: Option<String>,
}

/// A channel: how it delivers, and for a declared one its label. Both come from one type, for the size of the program.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declared {
    #[serde(default)]
    label: String,
    ordered: Option<bool>,
    max_retransmits: Option<u16>,
    max_packet_life_time: Option<u16>,
}

impl From<&Declared> for ChannelOptions {
    fn from(delivery: &Declared) -> Self {
        let mut options = Self::reliable();
        options.ordered = delivery.ordered.unwrap_or(options.ordered);
        options.max_retransmits = delivery.max_retransmits;
        options.max_packet_life_time = delivery.max_packet_life_time;
        options
    }
}

/// Reads the options of `join`.
pub(crate) fn join(options: JsValue) -> Result<RoomOptions, Failure> {
    let options: JoinOptions = serde_wasm_bindgen::from_value(options).map_err(Failure::options)?;
    let secret = Secret::parse(&options.secret)?;
    let mut room =
        RoomOptions::new(options.app, options.room, secret).relay_only(options.relay_only);
    for path in options.signaling {
        room = match path {
            Path::Broadcast => room.signaling(Broadcast::new()),
            Path::Mqtt(url) => room.signaling(Mqtt::new(&url)?),
        };
    }
    if let Some(servers) = options.ice_servers {
        room = room.ice_servers(servers.into_iter().map(Into::into).collect());
    }
    if let Some(count) = options.max_peers {
        room = room.max_peers(count);
    }
    for channel in options.channels {
        let delivery = ChannelOptions::from(&channel);
        room = room.channel(channel.label, delivery);
    }
    Ok(room.profile(profile(&options.profile)?))
}

/// Reads the options of `openChannel`, which may be left out.
pub(crate) fn channel(options: JsValue) -> Result<ChannelOptions, Failure> {
    if options.is_undefined() {
        return Ok(ChannelOptions::reliable());
    }
    let channel: Declared = serde_wasm_bindgen::from_value(options).map_err(Failure::options)?;
    Ok(ChannelOptions::from(&channel))
}

/// A profile: text, bytes, or nothing.
pub(crate) fn profile(value: &JsValue) -> Result<Vec<u8>, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(Vec::new());
    }
    if let Some(text) = value.as_string() {
        return Ok(text.into_bytes());
    }
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Err(Failure::options("a profile is a string or a Uint8Array")),
    }
}

impl From<Ice> for IceServer {
    fn from(ice: Ice) -> Self {
        let urls = match ice.urls.as_string() {
            Some(url) => vec![url],
            // Without any, the browser refuses the server when the room is joined.
            None => ice
                .urls
                .dyn_ref::<Array>()
                .map(|urls| urls.iter().filter_map(|url| url.as_string()).collect())
                .unwrap_or_default(),
        };
        Self {
            urls,
            username: ice.username,
            credential: ice.credential,
        }
    }
}
