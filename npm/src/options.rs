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
        room = match signaling(path)? {
            Path::Broadcast => room.signaling(Broadcast::new()),
            Path::Mqtt(mqtt) => room.signaling(mqtt),
        };
    }
    match options.ice_servers.0.dyn_into::<Function>() {
        Ok(source) => room = room.ice_server_source(move || ask(source.clone())),
        Err(servers) => {
            if let Some(answer) = ice_servers(servers)? {
                room = room.ice_servers(answer.servers);
            }
        }
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

/// What `diagnose` takes: the servers and paths of `join`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Diagnose {
    signaling: Value,
    ice_servers: Value,
}

/// Reads the options of `diagnose`, which may be left out. A function is asked for its ICE servers.
pub(crate) async fn diagnose(options: JsValue) -> Result<DiagnoseOptions, Failure> {
    let mut wanted = DiagnoseOptions::new();
    if options.is_undefined() {
        return Ok(wanted);
    }
    let options: Diagnose = members(options, "options")?;
    for path in options.signaling.list("signaling")?.unwrap_or_default() {
        wanted = match signaling(path)? {
            Path::Broadcast => wanted.signaling(Broadcast::new()),
            Path::Mqtt(mqtt) => wanted.signaling(mqtt),
        };
    }
    let answer = match options.ice_servers.0.dyn_into::<Function>() {
        Ok(source) => Some(
            ask(source)
                .await
                .map_err(|error| Failure::options(&error))?,
        ),
        Err(servers) => ice_servers(servers)?,
    };
    Ok(match answer {
        Some(answer) => wanted.ice_servers(answer.servers),
        None => wanted,
    })
}

/// Those with how long they are good.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fresh {
    ice_servers: Value,
    expires_in: Value,
}

/// `RTCIceServer[]`, or `{ iceServers, expiresIn }`.
fn ice_servers(value: JsValue) -> Result<Option<IceServers>, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let fresh = if Array::is_array(&value) {
        Fresh {
            ice_servers: Value(value),
            expires_in: Value::default(),
        }
    } else {
        members(value, "iceServers")?
    };
    let servers = fresh.ice_servers.list("iceServers")?.unwrap_or_default();
    // What is no time, or too much of it, does not expire.
    let millis = fresh.expires_in.0.as_f64();
    Ok(Some(IceServers {
        servers: servers
            .into_iter()
            .map(ice_server)
            .collect::<Result<_, _>>()?,
        expires_in: millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok()),
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
    delivery(members(options, "options")?)
}

enum Path {
    Broadcast,
    Mqtt(Mqtt),
}

/// `'broadcast'` or `{ mqtt: url }`.
fn signaling(path: JsValue) -> Result<Path, Failure> {
    if path.as_string().is_some_and(|name| name == "broadcast") {
        return Ok(Path::Broadcast);
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct OfMqtt {
        mqtt: Value,
    }
    let path: OfMqtt = members(path, "signaling")?;
    Ok(Path::Mqtt(Mqtt::new(&path.mqtt.required_text("mqtt")?)?))
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
