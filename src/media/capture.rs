//! Asking the browser for a camera, a microphone or a screen.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    ConstrainDomStringParameters, ConstrainDoubleRange, ConstrainLongRange,
    DisplayMediaStreamConstraints, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints,
};

use super::{CameraOptions, DeviceChoice, ScreenOptions};
use crate::connection::Kind;
use crate::devices::media_devices;
use crate::error::MediaError;
use crate::sys;
use crate::wakers::handover;

/// What is asked of a camera. 720p is what a mesh of a few people carries; the browser gives what it can.
const IDEAL_WIDTH: i32 = 1280;
const IDEAL_HEIGHT: i32 = 720;
const IDEAL_FRAME_RATE: f64 = 30.0;

/// getUserMedia (<https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>).
pub(super) async fn camera(options: &CameraOptions) -> Result<MediaStream, MediaError> {
    if options.audio.is_none() && options.video.is_none() {
        return Err(MediaError::Nothing);
    }
    let constraints = MediaStreamConstraints::new();
    if let Some(choice) = &options.audio {
        constraints.set_audio(&track_constraints(Kind::Audio, choice));
    }
    if let Some(choice) = &options.video {
        constraints.set_video(&track_constraints(Kind::Video, choice));
    }
    let promise = media_devices()?
        .get_user_media_with_constraints(&constraints)
        .map_err(failed)?;
    granted(promise).await
}

/// One track of a camera or microphone.
pub(super) async fn track(
    kind: Kind,
    choice: &DeviceChoice,
) -> Result<MediaStreamTrack, MediaError> {
    let choice = Some(choice.clone());
    let options = match kind {
        Kind::Audio => CameraOptions {
            audio: choice,
            video: None,
        },
        Kind::Video => CameraOptions {
            audio: None,
            video: choice,
        },
    };
    let stream = camera(&options).await?;
    tracks(&stream, kind).next().ok_or(MediaError::Missing)
}

/// getDisplayMedia (<https://www.w3.org/TR/screen-capture/#dom-mediadevices-getdisplaymedia>).
pub(super) async fn screen(options: &ScreenOptions) -> Result<MediaStream, MediaError> {
    let devices = media_devices()?;
    let missing = Reflect::get(&devices, &JsValue::from_str("getDisplayMedia"))
        .is_ok_and(|function| !function.is_function());
    if missing {
        return Err(MediaError::Unsupported);
    }
    let constraints = DisplayMediaStreamConstraints::new();
    constraints.set_video(&JsValue::TRUE);
    constraints.set_audio(&JsValue::from_bool(options.audio));
    let promise = devices
        .get_display_media_with_constraints(&constraints)
        .map_err(failed)?;
    let stream = granted(promise).await?;
    for track in tracks(&stream, Kind::Video) {
        // Text must stay sharp, at the cost of frames.
        track
            .unchecked_into::<sys::HintedTrack>()
            .set_content_hint("detail");
    }
    Ok(stream)
}

/// The stream's tracks of a kind.
pub(super) fn tracks(stream: &MediaStream, kind: Kind) -> impl Iterator<Item = MediaStreamTrack> {
    let tracks = match kind {
        Kind::Audio => stream.get_audio_tracks(),
        Kind::Video => stream.get_video_tracks(),
    };
    (0..tracks.length()).map(move |index| tracks.get(index).unchecked_into())
}

/// A stream that nobody has taken yet. Dropped, it releases its devices: the person may take minutes to allow them, and the
/// program may have gone on.
struct Granted(Option<MediaStream>);

impl Drop for Granted {
    fn drop(&mut self) {
        if let Some(stream) = &self.0 {
            sys::items(&stream.get_tracks()).for_each(|track: MediaStreamTrack| track.stop());
        }
    }
}

async fn granted(promise: Promise) -> Result<MediaStream, MediaError> {
    let (giver, outcome) = handover();
    sys::when_settled(
        &promise,
        Box::new(|result| {
            // Dropped by this when the future is gone.
            giver.give(result.map(|stream| Granted(Some(stream.unchecked_into()))));
        }),
    );
    match outcome.await {
        Some(Ok(mut granted)) => granted.0.take().ok_or(MediaError::Missing),
        Some(Err(error)) => Err(failed(error)),
        None => Err(MediaError::Unsupported),
    }
}

fn failed(error: JsValue) -> MediaError {
    // A constraint that is out of the browser's reach is reported by a class of its own, with no DOMException behind it.
    let name = Reflect::get(&error, &JsValue::from_str("name"))
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_else(|| sys::error_name(&error));
    MediaError::from_name(&name)
}

fn track_constraints(kind: Kind, choice: &DeviceChoice) -> Object {
    let constraints = MediaTrackConstraints::new();
    if let DeviceChoice::Id(id) = choice {
        let exact = ConstrainDomStringParameters::new();
        exact.set_exact(&JsValue::from_str(id.as_str()));
        constraints.set_device_id(&exact);
    }
    if kind == Kind::Video {
        let ideal = |value| {
            let range = ConstrainLongRange::new();
            range.set_ideal(value);
            range
        };
        constraints.set_width(&ideal(IDEAL_WIDTH));
        constraints.set_height(&ideal(IDEAL_HEIGHT));
        let rate = ConstrainDoubleRange::new();
        rate.set_ideal(IDEAL_FRAME_RATE);
        constraints.set_frame_rate(&rate);
        if let DeviceChoice::Facing(facing) = choice {
            constraints.set_facing_mode(&JsValue::from_str(facing.as_str()));
        }
    }
    constraints.unchecked_into()
}
