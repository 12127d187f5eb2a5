//! Before the call: how one looks and sounds, which devices, which name.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use crate::app::{Brand, Shared};
use crate::controls::{CameraButton, MicrophoneButton};
use crate::devices::DevicePickers;
use crate::diagnose::TestButton;
use crate::dynamic::{flag, text, word};
use crate::icons::{self, Icon};
use crate::invite::CopyLink;
use crate::link::Place;
use crate::local::{Local, Switch};
use crate::video::Video;
use crate::{browser, link, meter, name, words};

/// Preview, name, devices, and *Join*.
#[component]
pub(crate) fn Lobby() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let local = shared.local;
    let heading = NodeRef::<html::H1>::new();
    browser::focus_on_mount(heading);
    let join = move |event: ev::SubmitEvent| {
        event.prevent_default();
        shared.join();
    };
    let listens_only = move || {
        local.microphone() == Switch::Absent
            && local.camera() == Switch::Absent
            && !local.is_asking()
    };
    let place = shared.place();
    let is_by_hand = !matches!(place, Place::Room(_));
    let (title, lead, go) = match &place {
        Place::Code(fragment) => (
            words::invited_by(&browser::decode_name(link::name_in(fragment))),
            words::LOBBY_INVITED_LEAD,
            words::ANSWER,
        ),
        Place::ByHand => (
            words::LOBBY_BY_HAND_TITLE.to_owned(),
            words::LOBBY_BY_HAND_LEAD,
            words::MAKE_INVITATION,
        ),
        _ => (
            words::LOBBY_TITLE.to_owned(),
            words::LOBBY_LEAD,
            words::JOIN,
        ),
    };
    let says = move || match (shared.is_joining.get(), listens_only()) {
        (true, _) => words::JOINING,
        (false, true) if !is_by_hand => words::JOIN_LISTENING,
        (false, _) => go,
    };

    view! {
        <header class="bar"><Brand/></header>
        <main class="lobby" id="content" data-testid="lobby">
            <Preview local/>
            <form class="lobby-form" on:submit=join>
                <div>
                    <h1 dir="auto" tabindex="-1" node_ref=heading>{title}</h1>
                    <p class="quiet">{lead}</p>
                </div>
                <div class="field">
                    <label for="name">{words::NAME_LABEL}</label>
                    <input
                        id="name" class="input" data-testid="name" type="text"
                        autocomplete="name" autocapitalize="words" spellcheck="false" enterkeyhint="go"
                        maxlength=name::MAX_NAME placeholder=words::NAME_HINT
                        bind:value=shared.name
                    />
                </div>
                <DevicePickers/>
                <button type="submit" class="button primary large" data-testid="join">
                    {word(says)}
                </button>
                <div class="lobby-link" hidden=is_by_hand>
                    <span class="quiet">{words::LOBBY_LINK}</span>
                    <CopyLink/>
                </div>
                <TestButton/>
            </form>
        </main>
    }
}

#[component]
fn Preview(local: Local) -> impl IntoView {
    let sound = meter::listen(local.heard());
    let shows_video = move || local.camera() == Switch::On;
    let instead = move || match (local.is_asking(), local.camera(), local.microphone()) {
        (true, ..) => words::ASKING,
        (_, Switch::Absent, Switch::Absent) => words::LISTENING_ONLY,
        (_, Switch::Absent, _) => words::NO_CAMERA_IN_USE,
        _ => words::CAMERA_IS_OFF,
    };
    view! {
        <section class="preview" data-testid="preview">
            <div class="preview-video" hidden=flag(move || !shows_video())>
                <Video stream=local.seen() label=words::PREVIEW.to_owned() is_muted=true is_mirrored=true/>
            </div>
            <div class="preview-instead" hidden=flag(shows_video)>
                <Icon path=word(move || if local.is_asking() { icons::CAMERA } else { icons::CAMERA_OFF })/>
                <p aria-live="polite">{word(instead)}</p>
            </div>
            <div class="preview-controls">
                <MicrophoneButton/>
                <div
                    class="level" role="meter" aria-label=words::LEVEL
                    aria-valuemin="0" aria-valuemax="100"
                    aria-valuenow=text(move || sound.level.get().to_string())
                    style:--level=text(move || sound.level.get().to_string())
                >
                    <span></span><span></span><span></span><span></span><span></span>
                </div>
                <CameraButton/>
            </div>
        </section>
    }
}
