//! The buttons of a call. Each has a name that stays, a state that is announced, and a title with its key.

use leptos::prelude::*;

use crate::app::Shared;
use crate::chat::OPENER;
use crate::icons::{self, Icon};
use crate::local::Switch;
use crate::{browser, words};

/// A round button with an icon.
#[component]
fn Control(
    testid: &'static str,
    /// Stays the same; the state is in `is_pressed`.
    label: &'static str,
    #[prop(into)] title: Signal<&'static str>,
    #[prop(into)] icon: Signal<&'static str>,
    /// Whether what the label says is so.
    #[prop(into)]
    is_pressed: Signal<bool>,
    /// `alert` for off, `active` for something that others see.
    #[prop(into)]
    look: Signal<&'static str>,
    #[prop(optional, into)] is_disabled: Signal<bool>,
    press: impl Fn() + Send + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button" class="control" data-testid=testid
            aria-label=label title=title data-look=look
            aria-pressed=move || if is_pressed.get() { "true" } else { "false" }
            aria-disabled=move || is_disabled.get().then_some("true")
            on:click=move |_| if !is_disabled.get_untracked() { press() }
        >
            <Icon path=icon/>
        </button>
    }
}

/// Mutes and unmutes.
#[component]
pub(crate) fn MicrophoneButton() -> impl IntoView {
    let local = expect_context::<Shared>().local;
    let is_on = move || local.microphone() == Switch::On;
    view! {
        <Control
            testid="mute" label=words::MUTE
            title=Signal::derive(move || match local.microphone() {
                Switch::On => words::MUTE_TITLE,
                Switch::Off => words::UNMUTE_TITLE,
                Switch::Absent => words::NO_MICROPHONE_TITLE,
            })
            icon=Signal::derive(move || if is_on() { icons::MICROPHONE } else { icons::MICROPHONE_OFF })
            is_pressed=Signal::derive(move || !is_on())
            look=Signal::derive(move || if is_on() { "" } else { "alert" })
            press=move || local.toggle_microphone()
        />
    }
}

/// Turns the camera on and off.
#[component]
pub(crate) fn CameraButton() -> impl IntoView {
    let local = expect_context::<Shared>().local;
    let is_on = move || local.camera() == Switch::On;
    view! {
        <Control
            testid="camera" label=words::CAMERA_OFF
            title=Signal::derive(move || match local.camera() {
                Switch::On => words::CAMERA_OFF_TITLE,
                Switch::Off => words::CAMERA_ON_TITLE,
                Switch::Absent => words::NO_CAMERA_TITLE,
            })
            icon=Signal::derive(move || if is_on() { icons::CAMERA } else { icons::CAMERA_OFF })
            is_pressed=Signal::derive(move || !is_on())
            look=Signal::derive(move || if is_on() { "" } else { "alert" })
            is_disabled=Signal::derive(move || local.is_busy())
            press=move || local.toggle_camera()
        />
    }
}

/// Shares a screen, and stops. Not there on phones, which cannot.
#[component]
fn ScreenButton() -> impl IntoView {
    let local = expect_context::<Shared>().local;
    let is_on = move || local.screen().is_some();
    view! {
        <Control
            testid="screen" label=words::SCREEN
            title=Signal::derive(move || if is_on() { words::SCREEN_STOP_TITLE } else { words::SCREEN_TITLE })
            icon=Signal::derive(move || if is_on() { icons::SCREEN_STOP } else { icons::SCREEN })
            is_pressed=Signal::derive(is_on)
            look=Signal::derive(move || if is_on() { "active" } else { "" })
            is_disabled=Signal::derive(move || local.is_busy())
            press=move || local.toggle_screen()
        />
    }
}

#[component]
fn ChatButton() -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let unread = move || match session.unread() {
        0 => None,
        count => Some(view! {
            <span class="badge" aria-hidden="true">{count.min(99)}</span>
            <span class="visually-hidden">{words::unread(count)}</span>
        }),
    };
    view! {
        <button
            type="button" class="control" id=OPENER data-testid="chat-open" title=words::CHAT_TITLE
            data-look=move || if session.is_chat_open() { "active" } else { "" }
            aria-expanded=move || if session.is_chat_open() { "true" } else { "false" }
            aria-controls="chat"
            on:click=move |_| session.toggle_chat()
        >
            <span class="visually-hidden">{words::CHAT}</span>
            <Icon path=icons::CHAT/>
            {unread}
        </button>
    }
}

/// The bar at the foot of a call.
#[component]
pub(crate) fn ControlBar(open_settings: impl Fn() + Send + 'static) -> impl IntoView {
    let shared = expect_context::<Shared>();
    view! {
        <div class="controls" role="toolbar" aria-label=words::CONTROLS>
            <MicrophoneButton/>
            <CameraButton/>
            {browser::can_share_screen().then(|| view! { <ScreenButton/> })}
            <ChatButton/>
            <button
                type="button" class="control" data-testid="settings" aria-label=words::SETTINGS
                title=words::SETTINGS aria-haspopup="dialog" on:click=move |_| open_settings()
            >
                <Icon path=icons::SETTINGS/>
            </button>
            <button
                type="button" class="control hang-up" data-testid="hangup" aria-label=words::HANG_UP
                title=words::HANG_UP on:click=move |_| shared.hang_up()
            >
                <Icon path=icons::HANG_UP/>
            </button>
        </div>
    }
}
