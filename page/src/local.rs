//! What this person sends: camera, microphone and screen, as signals for the views.

use futures_util::StreamExt;
use handclasp::{
    CameraOptions, Device, DeviceChoice, DeviceId, DeviceKind, Media, MediaError, ScreenOptions,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::MediaStream;

use crate::browser;
use crate::errors::{MEDIA_CODES, Notice, Notices, Remedy};
use crate::video::StreamSignal;

/// Keys of the chosen devices in the browser's storage.
const CAMERA_KEY: &str = "camera";
const MICROPHONE_KEY: &str = "microphone";

/// A camera or a microphone in front of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    /// There is none, or it may not be used.
    Absent,
    Off,
    On,
}

impl Switch {
    fn of(there: bool, on: bool) -> Switch {
        match (there, on) {
            (false, _) => Switch::Absent,
            (true, false) => Switch::Off,
            (true, true) => Switch::On,
        }
    }
}

/// This person's media. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Local {
    media: RwSignal<Option<Media>, LocalStorage>,
    screen: RwSignal<Option<Media>, LocalStorage>,
    microphone: RwSignal<Switch>,
    camera: RwSignal<Switch>,
    asking: RwSignal<bool>,
    /// Camera or screen are being changed; a second press waits for the first.
    busy: RwSignal<bool>,
    devices: RwSignal<Vec<Device>, LocalStorage>,
    /// Counts captures and releases, so that one that was overtaken gives its devices back.
    turn: StoredValue<u32>,
    notices: Notices,
}

impl Local {
    pub(crate) fn new(notices: Notices) -> Local {
        Local {
            media: RwSignal::new_local(None),
            screen: RwSignal::new_local(None),
            microphone: RwSignal::new(Switch::Absent),
            camera: RwSignal::new(Switch::Absent),
            asking: RwSignal::new(false),
            busy: RwSignal::new(false),
            devices: RwSignal::new_local(Vec::new()),
            turn: StoredValue::new(0),
            notices,
        }
    }

    /// Camera and microphone, when captured.
    pub(crate) fn media(self) -> Option<Media> {
        self.media.get()
    }

    /// The shared screen.
    pub(crate) fn screen(self) -> Option<Media> {
        self.screen.get()
    }

    /// The picture of the camera.
    pub(crate) fn seen(self) -> StreamSignal {
        Signal::derive_local(move || self.media().map(|media| media.stream()))
    }

    /// The sound of the microphone while it is on.
    pub(crate) fn heard(self) -> StreamSignal {
        Signal::derive_local(move || {
            let is_on = self.microphone() == Switch::On;
            self.media().filter(|_| is_on).map(|media| media.stream())
        })
    }

    /// The shared screen, to be looked at.
    pub(crate) fn screen_seen(self) -> StreamSignal {
        Signal::derive_local(move || self.screen().map(|screen| screen.stream()))
    }

    pub(crate) fn microphone(self) -> Switch {
        self.microphone.get()
    }

    pub(crate) fn camera(self) -> Switch {
        self.camera.get()
    }

    /// Whether the browser is asking the person for permission.
    pub(crate) fn is_asking(self) -> bool {
        self.asking.get()
    }

    pub(crate) fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Cameras and microphones to choose from.
    pub(crate) fn devices(self, kind: DeviceKind) -> Vec<Device> {
        self.devices.with(|devices| {
            devices
                .iter()
                .filter(|device| device.kind == kind)
                .cloned()
                .collect()
        })
    }

    /// Captures camera and microphone in place of what there was; with what there is when one is missing.
    pub(crate) fn capture(self) {
        let turn = self.next_turn();
        self.asking.set(true);
        spawn_local(async move {
            let captured = capture_what_there_is().await;
            if self.turn.get_value() != turn {
                if let Ok((media, _)) = captured {
                    media.stop();
                }
                return;
            }
            self.asking.set(false);
            self.notices.clear(&MEDIA_CODES);
            match captured {
                Ok((media, missing)) => {
                    self.adopt(media);
                    if let Some(code) = missing {
                        self.notices.show(Notice::of(code).with(Remedy::Capture));
                    }
                }
                Err(error) => self.notices.show(Notice::from(&error)),
            }
            self.refresh_devices().await;
        });
    }

    fn adopt(self, media: Media) {
        let has = |tracks: js_sys::Array| tracks.length() > 0;
        self.microphone.set(Switch::of(
            has(media.stream().get_audio_tracks()),
            media.audio_on(),
        ));
        self.camera.set(Switch::of(
            has(media.stream().get_video_tracks()),
            media.video_on(),
        ));
        let old = self.media.get_untracked();
        let ended = media.ended();
        self.media.set(Some(media.clone()));
        let stream = media.stream();
        drop(media);
        if let Some(old) = old {
            old.stop();
        }
        spawn_local(async move {
            ended.await;
            if is_current(self.media, &stream) {
                self.media.set(None);
                self.microphone.set(Switch::Absent);
                self.camera.set(Switch::Absent);
                self.notices
                    .show(Notice::of("media-overconstrained").with(Remedy::Capture));
            }
        });
    }

    /// Reads the list of devices anew. Labels are known once capture was allowed.
    async fn refresh_devices(self) {
        if let Ok(devices) = handclasp::devices().await {
            self.devices.set(devices);
        }
    }

    /// Reads the list again whenever something is plugged in or out, for the life of the page.
    pub(crate) async fn follow_devices(self) {
        self.refresh_devices().await;
        let Ok(mut changes) = handclasp::device_changes() else {
            return;
        };
        while changes.next().await.is_some() {
            self.refresh_devices().await;
        }
    }

    /// Turns the microphone on or off; asks for one where there is none.
    pub(crate) fn toggle_microphone(self) {
        match (self.microphone.get_untracked(), self.media.get_untracked()) {
            (Switch::Absent, _) | (_, None) => self.capture(),
            (switch, Some(media)) => {
                media.set_audio(switch == Switch::Off);
                self.microphone.set(Switch::of(true, switch == Switch::Off));
            }
        }
    }

    /// Turns the camera on or off (its light too); asks for one where there is none.
    pub(crate) fn toggle_camera(self) {
        match (self.camera.get_untracked(), self.media.get_untracked()) {
            (Switch::Absent, _) | (_, None) => self.capture(),
            (switch, Some(media)) => {
                let on = switch == Switch::Off;
                self.busily(async move {
                    let outcome = media.set_video(on).await;
                    self.camera.set(Switch::of(true, media.video_on()));
                    self.report(outcome);
                });
            }
        }
    }

    pub(crate) fn choose_camera(self, id: String) {
        browser::remember(CAMERA_KEY, &id);
        let Some(media) = self
            .media
            .get_untracked()
            .filter(|_| self.camera.get_untracked() != Switch::Absent)
        else {
            return self.capture();
        };
        self.busily(async move {
            let outcome = media.use_camera(DeviceId::new(id)).await;
            self.media.notify();
            self.report(outcome);
        });
    }

    pub(crate) fn choose_microphone(self, id: String) {
        browser::remember(MICROPHONE_KEY, &id);
        let Some(media) = self
            .media
            .get_untracked()
            .filter(|_| self.microphone.get_untracked() != Switch::Absent)
        else {
            return self.capture();
        };
        self.busily(async move {
            let outcome = media.use_microphone(DeviceId::new(id)).await;
            // The stream is the same; what is in it is not.
            self.media.notify();
            self.report(outcome);
        });
    }

    /// Starts to share a screen, or stops.
    pub(crate) fn toggle_screen(self) {
        if let Some(screen) = self.screen.get_untracked() {
            self.screen.set(None);
            screen.stop();
            return;
        }
        let turn = self.turn.get_value();
        self.busily(async move {
            match Media::screen(ScreenOptions::default()).await {
                Ok(screen) if self.turn.get_value() == turn => {
                    self.notices
                        .clear(&["screen-refused", "screen-unsupported"]);
                    let (ended, stream) = (screen.ended(), screen.stream());
                    self.screen.set(Some(screen));
                    // The person may end it with the browser's own button.
                    spawn_local(async move {
                        ended.await;
                        if is_current(self.screen, &stream) {
                            self.screen.set(None);
                        }
                    });
                }
                Ok(screen) => screen.stop(),
                Err(MediaError::Unsupported) => self.notices.show(Notice::of("screen-unsupported")),
                Err(MediaError::Refused) => self.notices.show(Notice::of("screen-refused")),
                Err(error) => self.notices.show(Notice {
                    remedy: None,
                    ..Notice::from(&error)
                }),
            }
        });
    }

    /// Gives everything back: lights go out.
    pub(crate) fn release(self) {
        self.next_turn();
        self.asking.set(false);
        for slot in [self.media, self.screen] {
            if let Some(media) = slot.get_untracked() {
                // Out of sight first, so that its end is no surprise.
                slot.set(None);
                media.stop();
            }
        }
        self.microphone.set(Switch::Absent);
        self.camera.set(Switch::Absent);
    }

    fn next_turn(self) -> u32 {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.turn.get_value()
    }

    fn busily(self, work: impl Future<Output = ()> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            work.await;
            self.busy.set(false);
        });
    }

    fn report(self, outcome: Result<(), MediaError>) {
        match outcome {
            Ok(()) => self.notices.clear(&MEDIA_CODES),
            Err(error) => self.notices.show(Notice::from(&error)),
        }
    }
}

fn is_current(slot: RwSignal<Option<Media>, LocalStorage>, stream: &MediaStream) -> bool {
    slot.with_untracked(|media| {
        media
            .as_ref()
            .is_some_and(|media| media.stream() == *stream)
    })
}

/// The device chosen last time, or the browser's choice.
fn choice(key: &str) -> DeviceChoice {
    match browser::recall(key).filter(|id| !id.is_empty()) {
        Some(id) => DeviceChoice::Id(DeviceId::new(id)),
        None => DeviceChoice::Any,
    }
}

/// Both if possible, else the one that there is, with the code of a notice about the other.
async fn capture_what_there_is() -> Result<(Media, Option<&'static str>), MediaError> {
    let (mut audio, mut video) = (choice(MICROPHONE_KEY), choice(CAMERA_KEY));
    let mut outcome = Media::camera(CameraOptions {
        audio: Some(audio.clone()),
        video: Some(video.clone()),
    })
    .await;
    if outcome.as_ref().err() == Some(&MediaError::Overconstrained) {
        // A device chosen on an earlier day is not plugged in.
        (audio, video) = (DeviceChoice::Any, DeviceChoice::Any);
        outcome = Media::camera(CameraOptions::default()).await;
    }
    let error = match outcome {
        Ok(media) => return Ok((media, None)),
        // Asking again after a no would be a nuisance.
        Err(error @ (MediaError::Refused | MediaError::Insecure | MediaError::Unsupported)) => {
            return Err(error);
        }
        Err(error) => error,
    };
    let missing = error == MediaError::Missing;
    if let Ok(media) = Media::camera(CameraOptions {
        audio: Some(audio),
        video: None,
    })
    .await
    {
        return Ok((
            media,
            Some(if missing {
                "camera-missing"
            } else {
                "camera-in-use"
            }),
        ));
    }
    match Media::camera(CameraOptions {
        audio: None,
        video: Some(video),
    })
    .await
    {
        Ok(media) => Ok((
            media,
            Some(if missing {
                "microphone-missing"
            } else {
                "microphone-in-use"
            }),
        )),
        Err(_) => Err(error),
    }
}
