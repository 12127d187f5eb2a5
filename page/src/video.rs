//! A video element that follows a stream, and what to do when the browser refuses to play it.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlVideoElement, MediaStream};

/// Whether the browser holds sound back until the person touches the page. Shared by the videos of a call.
#[derive(Clone, Copy)]
pub(crate) struct Playback {
    is_blocked: RwSignal<bool>,
    tries: RwSignal<u32>,
}

impl Playback {
    pub(crate) fn new() -> Playback {
        Playback {
            is_blocked: RwSignal::new(false),
            tries: RwSignal::new(0),
        }
    }

    /// Whether something is not heard because of this.
    pub(crate) fn is_blocked(self) -> bool {
        self.is_blocked.get()
    }

    /// Plays everything again. Must be called from a click or key.
    pub(crate) fn unblock(self) {
        self.is_blocked.set(false);
        self.tries.update(|tries| *tries = tries.wrapping_add(1));
    }
}

/// A stream that may come, go and change.
pub(crate) type StreamSignal = Signal<Option<MediaStream>, LocalStorage>;

/// Shows a stream. Muted for what this person sends, so that they do not hear themselves.
#[component]
pub(crate) fn Video(
    /// The stream; `None` = black.
    #[prop(into)]
    stream: StreamSignal,
    /// For screen readers.
    #[prop(into)]
    label: Signal<String>,
    #[prop(optional)] is_muted: bool,
    #[prop(optional)] is_mirrored: bool,
) -> impl IntoView {
    let element = NodeRef::<html::Video>::new();
    let playback = use_context::<Playback>();
    crate::dynamic::effect(move || {
        if let Some(playback) = playback {
            playback.tries.track();
        }
        let stream = stream.get();
        let Some(video) = element.get() else { return };
        if video.src_object() != stream {
            video.set_src_object(stream.as_ref());
        }
        if stream.is_some() {
            play(video, playback);
        }
    });
    // Browsers keep the camera's light and the decoder busy for elements that still hold a stream.
    on_cleanup(move || {
        if let Some(Some(video)) = element.try_get_untracked() {
            video.set_src_object(None);
        }
    });
    view! {
        <video
            node_ref=element
            autoplay
            playsinline
            prop:muted=is_muted
            class:mirrored=is_mirrored
            aria-label=label
        ></video>
    }
}

fn play(video: HtmlVideoElement, playback: Option<Playback>) {
    let Ok(promise) = video.play() else { return };
    spawn_local(async move {
        let Err(error) = JsFuture::from(promise).await else {
            return;
        };
        // Any other error means that a newer stream took its place.
        let is_refused = error
            .dyn_ref::<DomException>()
            .is_some_and(|error| error.name() == "NotAllowedError");
        if let Some(playback) = playback.filter(|_| is_refused) {
            playback.is_blocked.set(true);
        }
    });
}
