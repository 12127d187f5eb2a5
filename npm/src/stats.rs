//! What a connection has carried, as JavaScript sees it.

use std::pin::Pin;

use handclasp::PeerStats;
use wasm_bindgen::JsValue;

use crate::error::Failure;
use crate::value::object;

/// The figures of a connection. With the feature `split` what reads them is loaded at the first use: many calls never ask.
///
/// # Errors
/// Those of [`Peer::stats`](handclasp::Peer::stats), and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        small,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let future = _; { future.await } -> Result<JsValue, Failure>)
    )
)]
pub(crate) fn of(peer: handclasp::Peer) -> Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>> {
    Box::pin(async move { Ok(figures(&peer.stats().await?)) })
}

/// Counts are JavaScript's numbers: exact up to 2^53.
fn figures(stats: &PeerStats) -> JsValue {
    let count = |count: u64| JsValue::from_f64(count as f64);
    object(&[
        // In milliseconds.
        ("rtt", stats.rtt.map(|rtt| rtt.as_secs_f64() * 1e3).into()),
        ("relayed", stats.relayed.into()),
        ("protocol", stats.protocol.as_deref().into()),
        (
            "availableOutgoingBitrate",
            stats.available_outgoing_bitrate.into(),
        ),
        ("bytesSent", count(stats.bytes_sent)),
        ("bytesReceived", count(stats.bytes_received)),
        ("audioPacketsReceived", count(stats.audio_packets_received)),
        ("videoPacketsReceived", count(stats.video_packets_received)),
        ("packetsLost", count(stats.packets_lost)),
        ("framesDecoded", count(stats.frames_decoded)),
        ("framesEncoded", count(stats.frames_encoded)),
        ("messagesSent", count(stats.messages_sent)),
        ("messagesReceived", count(stats.messages_received)),
    ])
}
