//! The lists of cameras and microphones.

use handclasp::DeviceKind;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::MediaStreamTrack;

use crate::app::Shared;
use crate::dynamic::flag;
use crate::icons::{self, Icon};
use crate::local::Local;
use crate::words;

/// Both lists, each with a label.
#[component]
pub(crate) fn DevicePickers() -> impl IntoView {
    view! {
        <Picker
            id="microphone" testid="mic-select" kind=DeviceKind::Microphone
            icon=icons::MICROPHONE label=words::MICROPHONE_LABEL none=words::NO_MICROPHONES
            choose=Local::choose_microphone
        />
        <Picker
            id="camera" testid="camera-select" kind=DeviceKind::Camera
            icon=icons::CAMERA label=words::CAMERA_LABEL none=words::NO_CAMERAS
            choose=Local::choose_camera
        />
    }
}

#[component]
fn Picker(
    id: &'static str,
    testid: &'static str,
    kind: DeviceKind,
    icon: &'static str,
    label: &'static str,
    none: &'static str,
    choose: fn(Local, String),
) -> impl IntoView {
    let local = expect_context::<Shared>().local;
    let options = move || {
        let current = current_device(local, kind);
        let mut options: Vec<_> = local
            .devices(kind)
            .into_iter()
            .enumerate()
            .map(|(index, device)| {
                let id = device.id.as_str().to_owned();
                // Without permission devices have no names.
                let text = match device.label.trim() {
                    "" => words::device_number(label, index + 1),
                    name => name.to_owned(),
                };
                let is_current = current.as_ref() == Some(&id);
                (id, text, is_current)
            })
            .collect();
        if options.is_empty() {
            options.push((String::new(), none.to_owned(), true));
        }
        options
            .into_iter()
            .map(|(id, text, is_current)| view! { <option value=id selected=is_current>{text}</option> })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="select">
                <Icon path=icon/>
                <select
                    id=id data-testid=testid class="input"
                    disabled=flag(move || local.devices(kind).is_empty())
                    on:change=move |event| choose(local, event_target_value(&event))
                >
                    {options}
                </select>
                <Icon path=icons::DOWN/>
            </div>
        </div>
    }
}

/// The device that is in use.
fn current_device(local: Local, kind: DeviceKind) -> Option<String> {
    let stream = local.media()?.stream();
    let tracks = match kind {
        DeviceKind::Camera => stream.get_video_tracks(),
        _ => stream.get_audio_tracks(),
    };
    let track: MediaStreamTrack = tracks.get(0).dyn_into().ok()?;
    track.get_settings().get_device_id()
}
