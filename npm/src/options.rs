//! The options of `join`, as JavaScript writes them.

use handclasp::{Broadcast, ChannelOptions, IceServer, Mqtt, RoomOptions, Secret};
use js_sys::{Array, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::error::Failure;
use crate::value::{Value, members, wrong};

/// Everything that `join` takes.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct JoinOptions {
    app: Value,
    room: Value,
    secret: Value,
    signaling: Value,
    ice_servers: Value,
    relay_only: Value,
    max_peers: Value,
    profile: Value,
    channels: Value,
}

/// [`RTCIceServer`](https://www.w3.org/TR/webrtc/#rtciceserver-dictionary).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Ice {
    /// One or many.
    urls: Value,
    username: Value,
    credential: Value,
}

/// A channel: how it delivers, and for a declared one its label. Both come from one type, for the size of the program.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Declared {
    label: Value,
    ordered: Value,
    max_retransmits: Value,
    max_packet_life_time: Value,
}

/// Reads the options of `join`.
pub(crate) fn join(options: JsValue) -> Result<RoomOptions, Failure> {
    let options: JoinOptions = members(options, "options")?;
    let secret = Secret::parse(&options.secret.required_text("secret")?)?;
    let mut room = RoomOptions::new(
        options.app.required_text("app")?,
        options.room.required_text("room")?,
        secret,
    );
    let paths = options.signaling.list("signaling")?;
    for path in paths.ok_or_else(|| wrong("signaling", "given"))? {
        room = signaling(room, path)?;
    }
    if let Some(servers) = options.ice_servers.list("iceServers")? {
        let servers = servers.into_iter().map(ice_server);
        room = room.ice_servers(servers.collect::<Result<_, _>>()?);
    }
    if let Some(relay_only) = options.relay_only.flag("relayOnly")? {
        room = room.relay_only(relay_only);
    }
    if let Some(count) = options.max_peers.count("maxPeers")? {
        room = room.max_peers(count.into());
    }
    for channel in options.channels.list("channels")?.unwrap_or_default() {
        let mut channel: Declared = members(channel, "channels")?;
        let label = std::mem::take(&mut channel.label).required_text("label")?;
        room = room.channel(label, delivery(channel)?);
    }
    Ok(room.profile(profile(&options.profile.0)?))
}

/// Reads the options of `openChannel`, which may be left out.
pub(crate) fn channel(options: JsValue) -> Result<ChannelOptions, Failure> {
    if options.is_undefined() {
        return Ok(ChannelOptions::reliable());
    }
    delivery(members(options, "options")?)
}

/// `'broadcast'` or `{ mqtt: url }`.
fn signaling(room: RoomOptions, path: JsValue) -> Result<RoomOptions, Failure> {
    if path.as_string().is_some_and(|name| name == "broadcast") {
        return Ok(room.signaling(Broadcast::new()));
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Path {
        mqtt: Value,
    }
    let path: Path = members(path, "signaling")?;
    Ok(room.signaling(Mqtt::new(&path.mqtt.required_text("mqtt")?)?))
}

fn delivery(channel: Declared) -> Result<ChannelOptions, Failure> {
    let mut options = ChannelOptions::reliable();
    if let Some(ordered) = channel.ordered.flag("ordered")? {
        options.ordered = ordered;
    }
    options.max_retransmits = channel.max_retransmits.count("maxRetransmits")?;
    options.max_packet_life_time = channel.max_packet_life_time.count("maxPacketLifeTime")?;
    Ok(options)
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
        None => Err(wrong("profile", "a string or a Uint8Array")),
    }
}

fn ice_server(server: JsValue) -> Result<IceServer, Failure> {
    let server: Ice = members(server, "iceServers")?;
    let urls = match server.urls.0.as_string() {
        Some(url) => vec![url],
        // Without any, the browser refuses the server when the room is joined.
        None => server
            .urls
            .0
            .dyn_ref::<Array>()
            .map(|urls| urls.iter().filter_map(|url| url.as_string()).collect())
            .unwrap_or_default(),
    };
    Ok(IceServer {
        urls,
        username: server.username.text("username")?,
        credential: server.credential.text("credential")?,
    })
}
