//! One tile of the stage: a person or a screen.

use handclasp::{MemberId, PeerState};
use leptos::prelude::*;
use web_sys::MediaStream;

use crate::app::Shared;
use crate::dynamic::{click, flag, part_if, text, word};
use crate::icons::{self, Icon};
use crate::local::Switch;
use crate::trust::TrustButton;
use crate::video::Video;
use crate::{meter, name, words};

/// Which tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum TileKey {
    /// This person.
    Me,
    /// This person's screen.
    MyScreen,
    Person(MemberId),
    /// A screen of a person, by the id of its stream.
    Screen(MemberId, String),
}

/// The tile for a key.
#[component]
pub(crate) fn Tile(key: TileKey) -> impl IntoView {
    match key {
        TileKey::Me => view! { <MyTile/> }.into_any(),
        TileKey::MyScreen => view! { <MyScreenTile/> }.into_any(),
        TileKey::Person(id) => view! { <PersonTile id/> }.into_any(),
        TileKey::Screen(id, stream) => view! { <ScreenTile id stream/> }.into_any(),
    }
}

#[component]
fn MyTile() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let local = shared.local;
    let shown = move || match shared.name.get() {
        name if name.is_empty() => words::GUEST.to_owned(),
        name => name,
    };
    let sound = meter::listen(local.heard());
    view! {
        <Frame
            peer="me".to_owned() source="camera"
            name=text(shown)
            note=words::YOU
            state=Signal::derive(|| PeerState::Connected)
            state_words=words::STATE_ME
            is_muted=flag(move || local.microphone() != Switch::On)
            is_speaking=sound.is_speech
            shows_video=flag(move || local.camera() == Switch::On)
        >
            <Video stream=local.seen() label=text(move || words::video_of(&shown())) is_muted=true is_mirrored=true/>
        </Frame>
    }
}

#[component]
fn MyScreenTile() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let local = shared.local;
    view! {
        <Frame
            peer="me".to_owned() source="screen"
            name=text(move || shared.name.get())
            note=words::YOUR_SCREEN
            state=Signal::derive(|| PeerState::Connected)
            state_words=words::STATE_ME
            shows_video=flag(|| true)
        >
            <Video stream=local.screen_seen() label=words::YOUR_SCREEN.to_owned() is_muted=true/>
            <button type="button" class="button small tile-action" on:click=click(move || local.toggle_screen())>
                {words::SCREEN_STOP}
            </button>
        </Frame>
    }
}

#[component]
fn PersonTile(id: MemberId) -> impl IntoView {
    let Shared { session, test, .. } = expect_context();
    let shown = move || {
        session
            .with_person(id, |person| person.name.clone())
            .unwrap_or_default()
    };
    let stream = Signal::derive_local(move || {
        session
            .with_person(id, |person| {
                person.camera().map(|media| Clone::clone(&media.stream))
            })
            .flatten()
    });
    let has = move |part: fn(&handclasp::RemoteMedia) -> bool| {
        session
            .with_person(id, |person| person.camera().is_some_and(part))
            .unwrap_or(false)
    };
    let state = move || {
        session
            .with_person(id, |person| person.state)
            .unwrap_or(PeerState::Connecting)
    };
    let sound = meter::listen(stream);
    view! {
        <Frame
            peer=id.to_string() source="camera"
            name=text(shown)
            state=Signal::derive(state)
            is_muted=flag(move || !has(|media| media.audio) && state() == PeerState::Connected)
            is_speaking=sound.is_speech
            shows_video=flag(move || has(|media| media.video))
        >
            <Video stream=stream label=text(move || words::video_of(&shown()))/>
            <TrustButton id/>
            {part_if(flag(move || state() != PeerState::Connected), move || view! {
                <button
                    type="button" class="button small tile-action" data-testid="why" aria-haspopup="dialog"
                    on:click=click(move || test.run(Some(id)))
                >
                    {words::WHY}
                </button>
            }.into_any())}
        </Frame>
    }
}

#[component]
fn ScreenTile(id: MemberId, stream: String) -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let shown = move || {
        session
            .with_person(id, |person| person.name.clone())
            .unwrap_or_default()
    };
    let state = move || {
        session
            .with_person(id, |person| person.state)
            .unwrap_or(PeerState::Connecting)
    };
    let screen = Signal::derive_local(move || -> Option<MediaStream> {
        session
            .with_person(id, |person| {
                person
                    .screens()
                    .find(|media| media.stream.id() == stream)
                    .map(|media| Clone::clone(&media.stream))
            })
            .flatten()
    });
    view! {
        <Frame
            peer=id.to_string() source="screen"
            name=text(shown)
            note=words::SCREEN_OF
            state=Signal::derive(state)
            shows_video=flag(|| true)
        >
            <Video stream=screen label=text(move || words::screen_of(&shown()))/>
        </Frame>
    }
}

/// What all tiles have: the picture or what stands for it, a name, and how the connection is.
#[component]
fn Frame(
    peer: String,
    source: &'static str,
    #[prop(into)] name: Signal<String>,
    /// Beside the name.
    #[prop(optional)]
    note: &'static str,
    state: Signal<PeerState>,
    /// In place of the words for the state.
    #[prop(optional)]
    state_words: &'static str,
    #[prop(optional, into)] is_muted: Signal<bool>,
    #[prop(optional, into)] is_speaking: Signal<bool>,
    shows_video: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let tint = format!("avatar tint-{}", name::tint(&peer));
    let words = move || match state.get() {
        _ if !state_words.is_empty() => state_words,
        PeerState::Connecting => words::STATE_CONNECTING,
        PeerState::Connected => words::STATE_CONNECTED,
        PeerState::Interrupted => words::STATE_INTERRUPTED,
        PeerState::Reconnecting => words::STATE_RECONNECTING,
    };
    view! {
        <li
            class="tile" data-testid="tile" data-peer=peer data-source=source
            data-state=word(move || match state.get() {
                PeerState::Connecting => "connecting",
                PeerState::Connected => "connected",
                PeerState::Interrupted => "interrupted",
                PeerState::Reconnecting => "reconnecting",
            })
            data-video=word(move || if shows_video.get() { "on" } else { "off" })
            class:speaking=is_speaking
        >
            <div class=tint aria-hidden="true"><span>{text(move || name::initials(&name.get()))}</span></div>
            {children()}
            <p class="tile-state" data-testid="tile-state">{word(words)}</p>
            <div class="tile-label">
                <span class="tile-muted" title=words::MUTED hidden=flag(move || !is_muted.get())>
                    <Icon path=icons::MICROPHONE_OFF/>
                    <span class="visually-hidden">{words::MUTED}</span>
                </span>
                <bdi class="tile-name" data-testid="tile-name">{name}</bdi>
                <span class="tile-note" hidden=note.is_empty()>{note}</span>
            </div>
        </li>
    }
}
