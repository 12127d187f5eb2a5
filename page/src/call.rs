//! The call: the stage, the messages, the buttons, and how things are.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::browser::{self, WakeLock};
use crate::chat::Chat;
use crate::controls::ControlBar;
use crate::devices::DevicePickers;
use crate::dynamic::{click, effect, flag, part_if, text, word};
use crate::files::{self, DropHint, Files, FilesPanel, HangUpDialog};
use crate::hand::{self, Hand, Inviting};
use crate::icons::{self, Icon, Mark};
use crate::invite::{CopyLink, Invitation};
use crate::link::Place;
use crate::session::{Broker, Side};
use crate::stage::{Stage, connected};
use crate::trust::{Trust, TrustPanel};
use crate::video::Playback;
use crate::words;

/// The screen while a call lasts.
#[component]
pub(crate) fn Call() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let playback = Playback::new();
    provide_context(playback);
    provide_context(Trust::new());
    publish_media(shared);
    listen_to_keys(shared);
    stay_awake();
    let files = Files::new(shared);
    files::listen(files);
    let heading = NodeRef::<html::H1>::new();
    browser::focus_on_mount(heading);
    let shows_settings = RwSignal::new(false);
    let shows_invitation = shared.is_inviting;
    // Who is alone has the invitation on the stage.
    effect(move || {
        if shared.session.with_people(<[_]>::is_empty) && shows_invitation.get() {
            shows_invitation.set(false);
            hand::look_at_panel();
        }
    });
    let is_by_hand = !matches!(shared.place(), Place::Room(_));
    if is_by_hand {
        let hand = Hand::new(shared);
        hand.follow();
        provide_context(hand);
    }

    view! {
        <header class="bar call-bar">
            <Mark/>
            <h1 class="visually-hidden" tabindex="-1" node_ref=heading>{words::CALL_TITLE}</h1>
            <Status/>
            <InviteButtons shows_invitation/>
        </header>
        <main class="call" id="content" class:with-chat=flag(move || shared.session.side().is_some())>
            <Stage/>
            <Chat/>
            <FilesPanel files/>
            <DropHint files/>
        </main>
        <footer class="call-foot">
            <button
                type="button" class="button primary sound" data-testid="unblock" title=words::TAP_TO_HEAR_LEAD
                hidden=flag(move || !playback.is_blocked()) on:click=click(move || playback.unblock())
            >
                <Icon path=icons::SOUND/>
                {words::TAP_TO_HEAR}
            </button>
            <p class="remark" role="status" aria-live="polite" dir="auto">{text(move || shared.session.remark())}</p>
            <ControlBar shows_settings files/>
        </footer>
        <TrustPanel/>
        <HangUpDialog files/>
        <Dialog is_open=shows_settings title=words::SETTINGS_TITLE>
            <DevicePickers/>
        </Dialog>
        {match is_by_hand {
            true => view! {
                <Dialog is_open=shows_invitation title=words::INVITE_SOMEONE><Inviting/></Dialog>
            }
            .into_any(),
            false => view! {
                <Dialog is_open=shows_invitation title=words::INVITE>
                    <p class="quiet">{words::INVITE_LEAD}</p>
                    <Invitation copy_testid="copy-link-dialog"/>
                </Dialog>
            }
            .into_any(),
        }}
    }
}

/// How many are here, and whether others can come.
#[component]
fn Status() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let session = shared.session;
    let words = move || match session.broker() {
        Broker::Connecting => words::BROKER_CONNECTING,
        Broker::Connected => words::BROKER_CONNECTED,
        Broker::Reconnecting => words::BROKER_RECONNECTING,
        Broker::Failed => words::BROKER_FAILED,
        Broker::None => words::BROKER_NONE,
        Broker::ByHand => words::BROKER_BY_HAND,
    };
    view! {
        <p
            class="status" role="status" data-testid="status"
            data-broker=word(move || match session.broker() {
                Broker::Connecting => "connecting",
                Broker::Connected => "connected",
                Broker::Reconnecting => "reconnecting",
                Broker::Failed => "failed",
                Broker::None => "none",
                Broker::ByHand => "by-hand",
            })
        >
            <span class="status-words">{word(words)}</span>
            <span class="status-people">{text(move || words::here(connected(shared) + 1))}</span>
        </p>
    }
}

/// The link, once there is company; before that it is on the stage.
#[component]
fn InviteButtons(shows_invitation: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let has_company = flag(move || session.with_people(|people| !people.is_empty()));
    let is_by_hand = use_context::<Hand>().is_some();
    part_if(has_company, move || {
        if is_by_hand {
            return view! {
                <button
                    type="button" class="button" data-testid="invite" aria-haspopup="dialog" title=words::INVITE_SOMEONE
                    on:click=click(move || shows_invitation.set(true))
                >
                    <Icon path=icons::INVITE/>
                    <span>{words::INVITE_SOMEONE}</span>
                </button>
            }
            .into_any();
        }
        view! {
            <div class="button-row">
                <CopyLink/>
                <button
                    type="button" class="icon-button framed" data-testid="invite" aria-label=words::SHOW_QR
                    title=words::SHOW_QR on:click=click(move || shows_invitation.set(true))
                >
                    <Icon path=icons::QR/>
                </button>
            </div>
        }
        .into_any()
    })
}

/// A dialog over the page: focus stays in it, Escape closes it.
#[component]
pub(crate) fn Dialog(
    is_open: RwSignal<bool>,
    title: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        match (is_open.get(), dialog.open()) {
            (true, false) => {
                // Only fails for a dialog that is open already.
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let close = move || is_open.set(false);
    let on_click = move |event: ev::MouseEvent| {
        // A click beside the dialog hits the dialog itself; its content fills it.
        let is_beside = event.target().is_some_and(|target| {
            dialog
                .get_untracked()
                .is_some_and(|dialog| AsRef::<web_sys::EventTarget>::as_ref(&dialog) == &target)
        });
        if is_beside {
            close();
        }
    };
    let children = StoredValue::new(children);
    view! {
        <dialog node_ref=dialog aria-label=title on:close=move |_| is_open.set(false) on:click=on_click>
            <div class="dialog-content">
                <header class="chat-head">
                    <h2>{title}</h2>
                    <button type="button" class="icon-button" aria-label=words::CLOSE title=words::CLOSE on:click=click(close)>
                        <Icon path=icons::CLOSE/>
                    </button>
                </header>
                {part_if(is_open, move || children.with_value(|children| children()))}
            </div>
        </dialog>
    }
}

/// Sends what this person captures, from the moment the room is joined.
fn publish_media(shared: Shared) {
    let (session, local) = (shared.session, shared.local);
    let follow = move |media: fn(crate::local::Local) -> Option<handclasp::Media>| {
        Effect::new(move |before: Option<Option<handclasp::Media>>| {
            let now = media(local).filter(|_| session.is_joined());
            let before = before.flatten();
            // The same media may be announced again because what is in it has changed.
            let is_same = match (&before, &now) {
                (Some(before), Some(now)) => before.stream() == now.stream(),
                (None, None) => true,
                _ => false,
            };
            if !is_same {
                session.publish(before.as_ref(), now.as_ref());
            }
            now
        });
    };
    follow(crate::local::Local::media);
    follow(crate::local::Local::screen);
}

/// m, v, s, c and f, when no text is being written and no other key is held.
fn listen_to_keys(shared: Shared) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let is_chord = event.ctrl_key() || event.alt_key() || event.meta_key();
        if is_chord || event.repeat() || browser::is_typing(event.target()) {
            return;
        }
        match event.key().as_str() {
            "m" | "M" => shared.local.toggle_microphone(),
            "v" | "V" => shared.local.toggle_camera(),
            "s" | "S" if browser::can_share_screen() => shared.local.toggle_screen(),
            "c" | "C" => shared.session.toggle_side(Side::Chat),
            "f" | "F" => shared.session.toggle_side(Side::Files),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
}

/// Keeps the display on while the call is looked at.
fn stay_awake() {
    let lock = StoredValue::new_local(None::<WakeLock>);
    let ask = move || {
        if document().visibility_state() == web_sys::VisibilityState::Visible {
            spawn_local(async move {
                let asked = WakeLock::ask().await;
                lock.try_set_value(asked);
            });
        }
    };
    ask();
    // The browser lets go whenever the tab is hidden.
    let listener = window_event_listener(ev::visibilitychange, move |_| ask());
    on_cleanup(move || listener.remove());
}
