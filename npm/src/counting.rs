//! Waiting until a peer has everything, as JavaScript sees it.

use std::pin::Pin;

use wasm_bindgen::JsValue;

use crate::error::Failure;

/// What is waited for.
pub(crate) enum Until {
    Flushed(handclasp::Channel),
    FlushedTo(handclasp::RoomChannel, handclasp::Peer),
    Finished(handclasp::Channel),
}

/// Waits. With the feature `split` this is loaded at the first use: few applications ask.
///
/// # Errors
/// Those of [`Channel::finish`](handclasp::Channel::finish), and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        small,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let future = _; { future.await } -> Result<JsValue, Failure>)
    )
)]
pub(crate) fn wait(until: Until) -> Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>> {
    Box::pin(async move {
        match until {
            Until::Flushed(channel) => channel.flush().await?,
            Until::FlushedTo(channel, peer) => channel.flush(&peer).await?,
            Until::Finished(channel) => channel.finish().await?,
        }
        Ok(JsValue::UNDEFINED)
    })
}
