//! The scanner: what the camera sees, which camera, a picture instead, and what goes wrong.

use core::time::Duration;

use gloo_timers::callback::Timeout;
use handclasp::{
    CameraOptions, Device, DeviceChoice, DeviceId, DeviceKind, Facing, Media, MediaError,
};
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, MediaStreamTrack, VisibilityState};

use super::aim::View;
use super::frames::{Canvas, Frames, Next, Picture};
use super::guard::Trapped;
use super::picture;
use super::read::{self, Surroundings};
use crate::dynamic::{click, effect, flag, part_if, word};
use crate::errors::{Notice, NoticeStack, Notices, Remedy};
use crate::icons::{self, Icon};
use crate::{browser, words};

/// Key of the camera that was chosen for scanning. Not that of the call: there phones turn the other camera to their person.
const CAMERA_KEY: &str = "scan-camera";

/// How long nothing is read before there is advice.
const PATIENCE: Duration = Duration::from_secs(15);

/// So many readings may trap before it is given up: each costs the memory that it had.
const MOST_TRAPS: u32 = 3;

/// A camera that is being looked at. Dropped, nothing of it is left: no light, no call for a frame, no timer.
struct Watching {
    media: Media,
    _frames: Option<Frames>,
    _patience: Timeout,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.media.stop();
    }
}

/// The scanner's state. A handle: copies are the same.
#[derive(Clone, Copy)]
struct Scan {
    on_text: Callback<String>,
    video: NodeRef<html::Video>,
    watching: StoredValue<Option<Watching>, LocalStorage>,
    cameras: RwSignal<Vec<Device>, LocalStorage>,
    /// The camera in use.
    camera: RwSignal<String>,
    is_mirrored: RwSignal<bool>,
    is_asking: RwSignal<bool>,
    is_slow: RwSignal<bool>,
    is_reading: RwSignal<bool>,
    notices: Notices,
    /// There is a text: nothing begins any more.
    is_done: StoredValue<bool>,
    /// Counts starts and stops, so that a camera that was granted too late is given back.
    turn: StoredValue<u32>,
}

/// The scanner, at work from now on until it is taken off the page.
pub(crate) fn show(on_text: Callback<String>) -> AnyView {
    view! { <Viewfinder on_text/> }.into_any()
}

#[component]
fn Viewfinder(on_text: Callback<String>) -> impl IntoView {
    let scan = Scan {
        on_text,
        video: NodeRef::new(),
        watching: StoredValue::new_local(None),
        cameras: RwSignal::new_local(Vec::new()),
        camera: RwSignal::new(String::new()),
        is_mirrored: RwSignal::new(false),
        is_asking: RwSignal::new(false),
        is_slow: RwSignal::new(false),
        is_reading: RwSignal::new(false),
        notices: Notices::new(),
        is_done: StoredValue::new(false),
        turn: StoredValue::new(0),
    };
    effect(move || {
        if scan.video.get().is_some() {
            scan.start();
        }
    });
    // A tab that nobody sees has no use for the camera.
    let listener = window_event_listener(ev::visibilitychange, move |_| {
        match document().visibility_state() {
            VisibilityState::Visible => scan.start(),
            _ => scan.stop(),
        }
    });
    on_cleanup(move || {
        listener.remove();
        scan.stop();
    });
    let says = move || match (
        scan.is_asking.get(),
        scan.is_reading.get(),
        scan.is_slow.get(),
    ) {
        (true, ..) => words::SCAN_ASKING,
        (_, true, _) => words::SCAN_READING,
        (.., true) => words::SCAN_SLOW,
        _ => words::SCAN_LEAD,
    };
    let remedy = Callback::new(move |_: Remedy| scan.start());
    view! {
        <div class="scan" data-testid="scan">
            <div class="scan-picture">
                <video
                    node_ref=scan.video autoplay playsinline prop:muted=true aria-label=words::SCAN_VIDEO
                    class:mirrored=flag(move || scan.is_mirrored.get())
                ></video>
            </div>
            <p class="quiet" role="status" data-testid="scan-says">{word(says)}</p>
            <NoticeStack notices=scan.notices remedy/>
            {part_if(flag(move || scan.cameras.with(|cameras| cameras.len() > 1)), move || view! { <Cameras scan/> }.into_any())}
            <PictureButton scan/>
        </div>
    }
}

/// The list of cameras, where there is a choice.
#[component]
fn Cameras(scan: Scan) -> impl IntoView {
    let options = move || {
        let cameras = scan.cameras.get().into_iter().enumerate();
        cameras
            .map(|(index, device)| {
                let label = match device.label.trim() {
                    "" => words::device_number(words::CAMERA_LABEL, index + 1),
                    label => label.to_owned(),
                };
                let id = device.id.as_str().to_owned();
                let is_current = scan.camera.with(|camera| *camera == id);
                view! { <option value=id selected=is_current>{label}</option> }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for="scan-camera">{words::CAMERA_LABEL}</label>
            <div class="select">
                <Icon path=icons::CAMERA/>
                <select
                    id="scan-camera" data-testid="scan-camera" class="input"
                    on:change=move |event| scan.choose(&event_target_value(&event))
                >
                    {options}
                </select>
                <Icon path=icons::DOWN/>
            </div>
        </div>
    }
}

/// *Choose a picture*: the button is ours, the dialog that it opens is the browser's.
#[component]
fn PictureButton(scan: Scan) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let open = move || {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        // Choosing the same file once more is a change only if there was none.
        input.set_value("");
        if let Some(file) = file {
            scan.read(file);
        }
    };
    view! {
        <input
            node_ref=input type="file" accept="image/*" hidden data-testid="scan-file"
            aria-label=words::CHOOSE_PICTURE on:change=chosen
        />
        <button type="button" class="button" data-testid="scan-picture" on:click=click(open)>
            {words::CHOOSE_PICTURE}
        </button>
    }
}

impl Scan {
    /// Looks through the camera, in place of what it did.
    fn start(self) {
        self.stop();
        // Gone, or done.
        let (Some(turn), Some(false)) = (self.turn.try_get_value(), self.is_done.try_get_value())
        else {
            return;
        };
        self.notices.clear_all();
        self.is_asking.set(true);
        spawn_local(async move {
            let captured = capture().await;
            // The dialog was closed, or the tab hidden, while the person was asked.
            if self.turn.try_get_value() != Some(turn) {
                if let Ok(media) = captured {
                    media.stop();
                }
                return;
            }
            self.is_asking.set(false);
            match captured {
                Ok(media) => self.watch(media, turn),
                Err(error) => self.notices.show(Notice::from(&error)),
            }
            // Labels are known once a camera was allowed.
            let cameras = handclasp::devices().await.unwrap_or_default();
            let cameras = cameras
                .into_iter()
                .filter(|device| device.kind == DeviceKind::Camera);
            self.cameras.try_set(cameras.collect());
        });
    }

    /// Gives the camera back. Also when all of this is about to go.
    fn stop(self) {
        self.turn
            .try_update_value(|turn| *turn = turn.wrapping_add(1));
        if let Some(Some(video)) = self.video.try_get_untracked() {
            // Browsers keep a camera's light on for an element that still shows it.
            video.set_src_object(None);
        }
        let watching = self.watching.try_update_value(Option::take);
        drop(watching);
        self.is_asking.try_set(false);
        self.is_slow.try_set(false);
    }

    fn watch(self, media: Media, turn: u32) {
        let Some(video) = self.video.get_untracked() else {
            return media.stop();
        };
        let stream = media.stream();
        let settings = stream
            .get_video_tracks()
            .get(0)
            .dyn_into::<MediaStreamTrack>()
            .map(|track| track.get_settings());
        let (id, facing) = settings.map_or((None, None), |settings| {
            (settings.get_device_id(), settings.get_facing_mode())
        });
        self.camera.set(id.unwrap_or_default());
        // Cameras of computers do not say where they look: at their person.
        self.is_mirrored
            .set(facing.as_deref() != Some("environment"));
        video.set_src_object(Some(&stream));
        if let Ok(playing) = video.play() {
            // Refused for no muted video; ends in an error when the stream is taken away before the first picture.
            spawn_local(async move { drop(JsFuture::from(playing).await) });
        }

        let ended = media.ended();
        let frames = Canvas::new().and_then(|canvas| {
            let mut traps = 0;
            Frames::watch(video, move |video, frame| {
                self.look(&canvas, video, frame, &mut traps)
            })
        });
        if frames.is_none() {
            self.notices.show(Notice::of("scan-failed"));
        }
        let patience = Timeout::new(PATIENCE.as_millis() as u32, move || {
            self.is_slow.try_set(true);
        });
        self.watching.set_value(Some(Watching {
            media,
            _frames: frames,
            _patience: patience,
        }));
        spawn_local(async move {
            ended.await;
            // Not by us: unplugged, or taken away in the browser's own interface.
            if self.turn.try_get_value() == Some(turn) {
                self.stop();
                self.notices
                    .show(Notice::from(&MediaError::Overconstrained));
            }
        });
    }

    /// Reads a frame.
    fn look(self, canvas: &Canvas, video: &HtmlVideoElement, frame: u32, traps: &mut u32) -> Next {
        let view = View::of_frame(video.video_width(), video.video_height(), frame);
        let grey = view.and_then(|view| canvas.grey(&Picture::Video(video), view));
        // Each view with each of the surroundings in turn.
        let surroundings = Surroundings::ALL[frame as usize / 2 % Surroundings::ALL.len()];
        match grey.map(|grey| read::safely(grey, surroundings)) {
            Some(Ok(Some(text))) => {
                // After this call, which belongs to what is about to be dropped.
                spawn_local(async move { self.found(text) });
                Next::Nothing
            }
            Some(Err(Trapped)) => {
                *traps += 1;
                if *traps < MOST_TRAPS {
                    return Next::Frame;
                }
                self.notices.show(Notice::of("scan-failed"));
                Next::Nothing
            }
            // Nothing on it, or a video that is about to change its size.
            Some(Ok(None)) | None => Next::Frame,
        }
    }

    fn found(self, text: String) {
        // Gone, or a picture was quicker.
        if self.is_done.try_get_value() != Some(false) {
            return;
        }
        self.is_done.set_value(true);
        self.stop();
        self.on_text.run(text);
    }

    fn choose(self, id: &str) {
        browser::remember(CAMERA_KEY, id);
        self.start();
    }

    /// Reads a picture, while the camera goes on.
    fn read(self, file: File) {
        if self.is_reading.get_untracked() {
            return;
        }
        self.is_reading.set(true);
        spawn_local(async move {
            let read = picture::text_on(&file).await;
            if self.is_reading.try_set(false).is_some() {
                return;
            }
            match read {
                Ok(text) => self.found(text),
                Err(error) => self.notices.show(Notice::of(error.code())),
            }
        });
    }
}

/// The camera chosen last time, or one that looks away from its person, or any.
async fn capture() -> Result<Media, MediaError> {
    let camera = |video| {
        Media::camera(CameraOptions {
            audio: None,
            video: Some(video),
        })
    };
    if let Some(id) = browser::recall(CAMERA_KEY).filter(|id| !id.is_empty()) {
        match camera(DeviceChoice::Id(DeviceId::new(id))).await {
            // Not plugged in today.
            Err(MediaError::Overconstrained | MediaError::Missing) => {}
            captured => return captured,
        }
    }
    camera(DeviceChoice::Facing(Facing::Environment)).await
}
