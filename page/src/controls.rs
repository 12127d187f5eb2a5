//! The buttons of a call. Each has a name that stays, a state that is announced, and a title with its key.

use leptos::prelude::*;

use crate::app::Shared;
use crate::chat::OPENER;
use crate::dynamic::{click, flag, text, word};
use crate::files::{Files, FilesButton};
use crate::icons::{self, Icon};
use crate::local::{Local, Switch};
use crate::session::Side;
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
    #[prop(optional)] is_hidden: bool,
    press: fn(Local),
) -> impl IntoView {
    let local = expect_context::<Shared>().local;
    view! {
        <button
            type="button" class="control" data-testid=testid hidden=is_hidden
            aria-label=label title=title data-look=look
            aria-pressed=word(move || if is_pressed.get() { "true" } else { "false" })
            aria-disabled=word(move || if is_disabled.get() { "true" } else { "false" })
            on:click=click(move || if !is_disabled.get_untracked() { press(local) })
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
            title=word(move || match local.microphone() {
                Switch::On => words::MUTE_TITLE,
                Switch::Off => words::UNMUTE_TITLE,
                Switch::Absent => words::NO_MICROPHONE_TITLE,
            })
            icon=word(move || if is_on() { icons::MICROPHONE } else { icons::MICROPHONE_OFF })
            is_pressed=flag(move || !is_on())
            look=word(move || if is_on() { "" } else { "alert" })
            press=Local::toggle_microphone
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
            title=word(move || match local.camera() {
                Switch::On => words::CAMERA_OFF_TITLE,
                Switch::Off => words::CAMERA_ON_TITLE,
                Switch::Absent => words::NO_CAMERA_TITLE,
            })
            icon=word(move || if is_on() { icons::CAMERA } else { icons::CAMERA_OFF })
            is_pressed=flag(move || !is_on())
            look=word(move || if is_on() { "" } else { "alert" })
            is_disabled=flag(move || local.is_busy())
            press=Local::toggle_camera
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
            testid="screen" label=words::SCREEN is_hidden=!browser::can_share_screen()
            title=word(move || if is_on() { words::SCREEN_STOP_TITLE } else { words::SCREEN_TITLE })
            icon=word(move || if is_on() { icons::SCREEN_STOP } else { icons::SCREEN })
            is_pressed=flag(is_on)
            look=word(move || if is_on() { "active" } else { "" })
            is_disabled=flag(move || local.is_busy())
            press=Local::toggle_screen
        />
    }
}

/// Opens something beside the stage, and closes it; with how many things wait there.
#[component]
pub(crate) fn SideButton(
    side: Side,
    /// The id of the button, where the focus goes back to.
    id: &'static str,
    testid: &'static str,
    /// The id of what it opens.
    controls: &'static str,
    label: &'static str,
    title: &'static str,
    icon: &'static str,
    #[prop(into)] waiting: Signal<usize>,
    /// The same in words.
    waiting_words: fn(usize) -> String,
) -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let is_open = flag(move || session.side() == Some(side));
    view! {
        <button
            type="button" class="control" id=id data-testid=testid title=title
            data-look=word(move || if is_open.get() { "active" } else { "" })
            aria-expanded=word(move || if is_open.get() { "true" } else { "false" })
            aria-controls=controls
            on:click=click(move || session.toggle_side(side))
        >
            <span class="visually-hidden">{label}</span>
            <Icon path=icon/>
            <span class="badge" aria-hidden="true" hidden=flag(move || waiting.get() == 0)>{text(move || waiting.get().min(99).to_string())}</span>
            <span class="visually-hidden">{text(move || waiting_words(waiting.get()))}</span>
        </button>
    }
}

#[component]
fn ChatButton() -> impl IntoView {
    let session = expect_context::<Shared>().session;
    view! {
        <SideButton
            side=Side::Chat id=OPENER testid="chat-open" controls="chat" label=words::CHAT title=words::CHAT_TITLE icon=icons::CHAT
            waiting=Signal::derive(move || session.unread()) waiting_words=words::unread
        />
    }
}

/// The bar at the foot of a call.
#[component]
pub(crate) fn ControlBar(shows_settings: RwSignal<bool>, files: Files) -> impl IntoView {
    view! {
        <div class="controls" role="toolbar" aria-label=words::CONTROLS>
            <MicrophoneButton/>
            <CameraButton/>
            <ScreenButton/>
            <ChatButton/>
            <FilesButton files/>
            <button
                type="button" class="control" data-testid="settings" aria-label=words::SETTINGS
                title=words::SETTINGS aria-haspopup="dialog" on:click=click(move || shows_settings.set(true))
            >
                <Icon path=icons::SETTINGS/>
            </button>
            <button
                type="button" class="control hang-up" data-testid="hangup" aria-label=words::HANG_UP
                title=words::HANG_UP on:click=click(move || files.hang_up())
            >
                <Icon path=icons::HANG_UP/>
            </button>
        </div>
    }
}
