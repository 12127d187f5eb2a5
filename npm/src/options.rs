//! The options of `join`, as JavaScript writes them.

use std::time::Duration;

use handclasp::{
    Broadcast, ChannelOptions, DiagnoseOptions, IceServer, IceServers, Mqtt, RoomOptions, Secret,
};
use js_sys::{Array, Function, Promise, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::error::Failure;

/// Everything that `join` takes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JoinOptions {
    app: String,
    room: String,
    secret: String,
    signaling: Vec<Path>,
    #[serde(default, with = "serde_wasm_bindgen::preserve")]
    ice_servers: JsValue,
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
    match options.ice_servers.dyn_into::<Function>() {
        Ok(source) => room = room.ice_server_source(move || ask(source.clone())),
        Err(servers) => {
            if let Some(answer) = ice_servers(servers)? {
                room = room.ice_servers(answer.servers);
            }
        }
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

/// What `diagnose` takes: the servers and paths of `join`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Diagnose {
    #[serde(default)]
    signaling: Vec<Path>,
    #[serde(default, with = "serde_wasm_bindgen::preserve")]
    ice_servers: JsValue,
}

/// Reads the options of `diagnose`, which may be left out. A function is asked for its ICE servers.
pub(crate) async fn diagnose(options: JsValue) -> Result<DiagnoseOptions, Failure> {
    let mut wanted = DiagnoseOptions::new();
    if options.is_undefined() {
        return Ok(wanted);
    }
    let options: Diagnose = serde_wasm_bindgen::from_value(options).map_err(Failure::options)?;
    for path in options.signaling {
        wanted = match path {
            Path::Broadcast => wanted.signaling(Broadcast::new()),
            Path::Mqtt(url) => wanted.signaling(Mqtt::new(&url)?),
        };
    }
    let answer = match options.ice_servers.dyn_into::<Function>() {
        Ok(source) => Some(ask(source).await.map_err(Failure::options)?),
        Err(servers) => ice_servers(servers)?,
    };
    Ok(match answer {
        Some(answer) => wanted.ice_servers(answer.servers),
        None => wanted,
    })
}

/// `RTCIceServer[]`, or those with how long they are good.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fresh {
    ice_servers: Vec<Ice>,
    expires_in: Option<f64>,
}

fn ice_servers(value: JsValue) -> Result<Option<IceServers>, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let fresh = if Array::is_array(&value) {
        Fresh {
            ice_servers: serde_wasm_bindgen::from_value(value).map_err(Failure::options)?,
            expires_in: None,
        }
    } else {
        serde_wasm_bindgen::from_value(value).map_err(Failure::options)?
    };
    // What is no time, or too much of it, does not expire.
    let expires_in = fresh
        .expires_in
        .and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok());
    Ok(Some(IceServers {
        servers: fresh.ice_servers.into_iter().map(Into::into).collect(),
        expires_in,
    }))
}

/// Asks a function of the page's for ICE servers: at once, or by a promise.
async fn ask(source: Function) -> Result<IceServers, Box<dyn std::error::Error>> {
    const NONE: &str = "iceServers gave no servers";
    let answer = source.call0(&JsValue::UNDEFINED).map_err(|_| NONE)?;
    let answer = JsFuture::from(Promise::resolve(&answer)).await;
    let servers = ice_servers(answer.map_err(|_| NONE)?).ok().flatten();
    Ok(servers.ok_or(NONE)?)
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
