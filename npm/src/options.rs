//! The options of `join`, as JavaScript writes them.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use handclasp::{
    Broadcast, ChannelOptions, DiagnoseOptions, IceServer, IceServers, Mqtt, RoomOptions, Secret,
    Signaling,
};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::custom;
use crate::error::Failure;
use crate::value::{Members, Value, each, settled, wrong};

/// How long a function may take to give ICE servers to a diagnosis. As long as a room waits for them.
const ASK_DEADLINE_MS: u32 = 5000;

/// Reads the options of `join`. Of one that is invited the secret is in the invitation.
pub(crate) async fn join(options: JsValue, invited: bool) -> Result<RoomOptions, Failure> {
    let options = Members::of(options, "options")?;
    let secret = if invited {
        Secret::generate()
    } else {
        Secret::parse(&options.required_text("secret")?)?
    };
    let app = options.required_text("app")?;
    let mut room = RoomOptions::new(app, options.required_text("room")?, secret);
    let mut paths = options.list("signaling")?;
    if invited || options.flag("byHand")? == Some(true) {
        room = room.by_hand();
        paths.get_or_insert_default();
    }
    for path in paths.ok_or_else(|| wrong("signaling", "given"))? {
        room = room.signaling(signaling(path).await?);
    }
    match options.get("iceServers")?.0.dyn_into::<Function>() {
        Ok(source) => {
            room = room.ice_server_source(move || {
                let answer = ask(source.clone());
                async { Ok(answer.await?) }
            });
        }
        Err(servers) => {
            if let Some(answer) = ice_servers(servers)? {
                room = room.ice_servers(answer.servers);
            }
        }
    }
    if let Some(relay_only) = options.flag("relayOnly")? {
        room = room.relay_only(relay_only);
    }
    if let Some(count) = options.count("maxPeers")? {
        room = room.max_peers(count.into());
    }
    for channel in options.list("channels")?.unwrap_or_default() {
        let channel = Members::of(channel, "channels")?;
        room = room.channel(channel.required_text("label")?, delivery(&channel)?);
    }
    Ok(room.profile(profile(&options.get("profile")?.0)?))
}

/// Reads the options of `diagnose`, the servers and paths of `join`, which may be left out. A function is asked for its ICE servers.
pub(crate) async fn diagnose(options: JsValue) -> Result<DiagnoseOptions, Failure> {
    let mut wanted = DiagnoseOptions::new();
    if options.is_undefined() {
        return Ok(wanted);
    }
    let options = Members::of(options, "options")?;
    for path in options.list("signaling")?.unwrap_or_default() {
        wanted = wanted.signaling(signaling(path).await?);
    }
    let answer = match options.get("iceServers")?.0.dyn_into::<Function>() {
        Ok(source) => {
            let deadline = TimeoutFuture::new(ASK_DEADLINE_MS);
            let answer = match select(pin!(ask(source)), deadline).await {
                Either::Left((answer, _)) => answer.ok(),
                Either::Right(_) => None,
            };
            Some(answer.ok_or_else(|| wrong("iceServers", "a function that gives servers"))?)
        }
        Err(servers) => ice_servers(servers)?,
    };
    Ok(match answer {
        Some(answer) => wanted.ice_servers(answer.servers),
        None => wanted,
    })
}

/// `RTCIceServer[]`, or `{ iceServers, expiresIn }`.
fn ice_servers(value: JsValue) -> Result<Option<IceServers>, Failure> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let answer = Members::of(value.clone(), "iceServers")?;
    let named = answer.get("iceServers")?;
    let (servers, millis) = if named.0.is_undefined() {
        (Value(value), None)
    } else {
        // What is no time, or too much of it, does not expire.
        (named, answer.get("expiresIn")?.0.as_f64())
    };
    let servers = servers.list("iceServers")?.unwrap_or_default();
    Ok(Some(IceServers {
        servers: each(servers, ice_server)?,
        expires_in: millis.and_then(|millis| Duration::try_from_secs_f64(millis / 1000.0).ok()),
    }))
}

/// Asks a function of the page's for ICE servers: at once, or by a promise.
async fn ask(source: Function) -> Result<IceServers, NoServers> {
    let answer = settled(source.call0(&JsValue::UNDEFINED)).await;
    let servers = ice_servers(answer.map_err(|_| NoServers)?).ok().flatten();
    servers.ok_or(NoServers)
}

/// A type of its own: a text as an error brings what writes texts for developers, with its tables of Unicode.
#[derive(Debug)]
struct NoServers;

impl fmt::Display for NoServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("iceServers gave no servers")
    }
}

impl std::error::Error for NoServers {}

/// Reads the options of `openChannel`, which may be left out.
pub(crate) fn channel(options: JsValue) -> Result<ChannelOptions, Failure> {
    if options.is_undefined() {
        return Ok(ChannelOptions::reliable());
    }
    delivery(&Members::of(options, "options")?)
}

/// `'broadcast'`, `{ mqtt: url }`, or what the page has made itself.
async fn signaling(path: JsValue) -> Result<Box<dyn Signaling>, Failure> {
    if path.as_string().is_some_and(|name| name == "broadcast") {
        return Ok(Box::new(Broadcast::new()));
    }
    let path = Members::of(path, "signaling")?;
    match path.text("mqtt")? {
        Some(url) => mqtt(url).await,
        None => custom::path(path).await,
    }
}

/// A path by way of a broker. With the feature `split` this and all that speaks MQTT is loaded at the first use: many rooms have a
/// signaling of their own, or are for the tabs of one browser.
///
/// # Errors
/// An address that is none, and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        mqtt,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let path = _; { path.into_inner() } -> Result<Box<dyn Signaling>, Failure>)
    )
)]
fn mqtt(url: String) -> Ready<Result<Box<dyn Signaling>, Failure>> {
    ready(match Mqtt::new(&url) {
        Ok(mqtt) => Ok(Box::new(mqtt)),
        Err(error) => Err(error.into()),
    })
}

fn delivery(channel: &Members) -> Result<ChannelOptions, Failure> {
    let mut options = if channel.flag("latest")? == Some(true) {
        ChannelOptions::latest()
    } else {
        ChannelOptions::reliable()
    };
    if let Some(ordered) = channel.flag("ordered")? {
        options.ordered = ordered;
    }
    let bounds = (
        channel.count("maxRetransmits")?,
        channel.count("maxPacketLifeTime")?,
    );
    if bounds != (None, None) {
        (options.max_retransmits, options.max_packet_life_time) = bounds;
    }
    if let Some(protocol) = channel.text("protocol")? {
        options.protocol = protocol;
    }
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

/// [`RTCIceServer`](https://www.w3.org/TR/webrtc/#rtciceserver-dictionary).
fn ice_server(server: JsValue) -> Result<IceServer, Failure> {
    let server = Members::of(server, "iceServers")?;
    let urls = server.get("urls")?;
    let urls = match urls.0.as_string() {
        Some(url) => vec![url],
        // Without any, the browser refuses the server when the room is joined.
        None => each(urls.list("urls")?.unwrap_or_default(), |url| {
            Value(url).required_text("urls")
        })?,
    };
    Ok(IceServer {
        urls,
        username: server.text("username")?,
        credential: server.text("credential")?,
    })
}
