//! The panel of a handshake: what to send, and where to put what comes back.

use core::time::Duration;

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::{Hand, Stage, Wrong};
use crate::browser;
use crate::diagnose::TestButton;
use crate::dynamic::{click, effect, flag, part, part_if, text, word};
use crate::icons::{self, Icon};
use crate::qr::QrCode;
use crate::scan::Scanner;
use crate::words::{self, hand as say};

/// How long "Copied" stays.
const COPIED_TIME: Duration = Duration::from_millis(2_500);

/// Ids of what the focus moves to.
const CODE: &str = "hand-code";
const COPY: &str = "hand-copy";
const REPLY: &str = "hand-reply";
const PASTE: &str = "hand-paste";
const QR: &str = "hand-qr-code";

/// For who invites: send, wait, paste.
#[component]
pub(crate) fn Inviting() -> impl IntoView {
    let hand = expect_context::<Hand>();
    let session = hand.shared.session;
    effect(move || {
        if session.is_joined() {
            hand.begin();
        }
    });
    let is_failed = flag(move || hand.stage.get() == Stage::Failed);
    focus_follows(hand);
    view! {
        <div class="hand" data-testid="hand" data-stage=stage_name(hand)>
            <Says hand sent=say::INVITATION_SENT ready=say::INVITATION_READY making=say::MAKING_INVITATION/>
            {part_if(is_failed, move || view! { <Failed hand/> }.into_any())}
            <ol class="steps" role="list" hidden=is_failed>
                <Step hand title=say::SEND_INVITATION lead=say::SEND_INVITATION_LEAD now=&[Stage::Making, Stage::Shown] done=&[Stage::Sent, Stage::Connecting]>
                    <Carry hand label=say::INVITATION_LABEL making=say::MAKING_INVITATION words=say::COPY_INVITATION qr=say::INVITATION_QR/>
                </Step>
                <Step hand title=say::WAIT lead=say::WAIT_LEAD now=&[Stage::Sent] done=&[Stage::Connecting]/>
                <Step hand title=say::PASTE_REPLY now=&[Stage::Sent, Stage::Connecting]>
                    <ReplyField hand/>
                </Step>
            </ol>
            <button
                type="button" class="button quiet-button" data-testid="new-invitation" hidden=is_failed
                aria-disabled=word(move || if hand.stage.get() == Stage::Making { "true" } else { "false" })
                on:click=click(move || if hand.stage.get_untracked() != Stage::Making { hand.invite() })
            >
                <Icon path=icons::AGAIN/>
                {say::NEW_INVITATION}
            </button>
        </div>
    }
}

/// For the guest: send the reply back, and stay.
#[component]
pub(crate) fn Answering() -> impl IntoView {
    let hand = expect_context::<Hand>();
    let is_failed = flag(move || hand.stage.get() == Stage::Failed);
    focus_follows(hand);
    view! {
        <div class="hand" data-testid="hand" data-stage=stage_name(hand)>
            <Says hand sent=say::REPLY_SENT ready=say::REPLY_READY making=say::MAKING_REPLY/>
            {part_if(is_failed, move || view! { <Failed hand/> }.into_any())}
            <ol class="steps" role="list" hidden=is_failed>
                <Step hand title=say::SEND_REPLY lead=say::SEND_REPLY_LEAD now=&[Stage::Making, Stage::Shown] done=&[Stage::Sent]>
                    <Carry hand label=say::REPLY_LABEL making=say::MAKING_REPLY words=say::COPY_REPLY qr=say::REPLY_QR/>
                </Step>
                <Step hand title=say::LEAVE_OPEN lead=say::LEAVE_OPEN_LEAD now=&[Stage::Sent]/>
            </ol>
        </div>
    }
}

fn stage_name(hand: Hand) -> Signal<&'static str> {
    word(move || match hand.stage.get() {
        Stage::Idle => "idle",
        Stage::Making => "making",
        Stage::Shown => "shown",
        Stage::Sent => "sent",
        Stage::Connecting => "connecting",
        Stage::Failed => "failed",
    })
}

/// What is to be done next, for screen readers.
#[component]
fn Says(
    hand: Hand,
    making: &'static str,
    ready: &'static str,
    sent: &'static str,
) -> impl IntoView {
    let says = move || match hand.stage.get() {
        Stage::Making => making,
        Stage::Shown => ready,
        Stage::Sent => sent,
        Stage::Connecting => say::CONNECTING,
        Stage::Idle | Stage::Failed => "",
    };
    view! { <p class="visually-hidden" role="status" aria-live="polite">{word(says)}</p> }
}

/// One of the steps, with its number.
#[component]
fn Step(
    hand: Hand,
    title: &'static str,
    #[prop(optional)] lead: &'static str,
    /// When it is what is to be done.
    now: &'static [Stage],
    /// When it is behind.
    #[prop(optional)]
    done: &'static [Stage],
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let state = word(move || match hand.stage.get() {
        stage if now.contains(&stage) => "now",
        stage if done.contains(&stage) => "done",
        _ => "next",
    });
    view! {
        <li class="step" data-state=state aria-current=move || (state.get() == "now").then_some("step")>
            <h3>{title}</h3>
            <p class="quiet" hidden=lead.is_empty()>{lead}</p>
            {children.map(|children| children())}
        </li>
    }
}

/// A code, and the ways to send it.
#[component]
fn Carry(
    hand: Hand,
    label: &'static str,
    making: &'static str,
    words: &'static str,
    qr: &'static str,
) -> impl IntoView {
    let shows_qr = RwSignal::new(false);
    let field = NodeRef::<html::Input>::new();
    let share = move || {
        browser::share(words::PRODUCT, &hand.code.get_untracked());
        hand.sent();
    };
    view! {
        <input
            id=CODE node_ref=field class="input" type="text" readonly data-testid="hand-code"
            aria-label=label placeholder=making prop:value=text(move || hand.code.get())
            on:focus=move |_| if let Some(field) = field.get_untracked() { field.select() }
            on:copy=move |_| hand.sent()
        />
        <div class="button-row">
            <CopyCode code=hand.code words copied=Callback::new(move |()| hand.sent())/>
            <button
                type="button" class="button" data-testid="hand-share" hidden=!browser::can_share()
                aria-disabled=word(move || if hand.code.with(String::is_empty) { "true" } else { "false" })
                on:click=click(move || if !hand.code.with_untracked(String::is_empty) { share() })
            >
                <Icon path=icons::SHARE/>
                {words::SHARE}
            </button>
            <button
                type="button" class="button" data-testid="hand-qr" aria-controls=QR
                aria-expanded=word(move || if shows_qr.get() { "true" } else { "false" })
                on:click=click(move || shows_qr.update(|shows| *shows = !*shows))
            >
                <Icon path=icons::QR/>
                {word(move || if shows_qr.get() { say::HIDE_QR } else { words::SHOW_QR })}
            </button>
        </div>
        <figure id=QR class="hand-qr" hidden=flag(move || !shows_qr.get())>
            {part_if(flag(move || shows_qr.get() && !hand.qr.with(String::is_empty)), move || view! { <QrCode text=hand.qr label=qr/> }.into_any())}
        </figure>
    }
}

/// Copies a code.
#[component]
pub(super) fn CopyCode(
    #[prop(into)] code: Signal<String>,
    words: &'static str,
    copied: Callback<()>,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<bool>);
    let copy = move || {
        let text = code.get_untracked();
        if text.is_empty() {
            return;
        }
        spawn_local(async move {
            let is_copied = browser::copy(&text).await;
            if outcome.try_set(Some(is_copied)).is_some() {
                return;
            }
            set_timeout(
                move || {
                    outcome.try_set(None);
                },
                COPIED_TIME,
            );
            match is_copied {
                true => copied.run(()),
                // Where the clipboard is closed to the page, the person can still copy what is selected.
                false => focus(CODE),
            }
        });
    };
    view! {
        <button
            id=COPY type="button" class="button primary" data-testid="hand-copy"
            aria-disabled=word(move || if code.with(String::is_empty) { "true" } else { "false" })
            on:click=click(copy)
        >
            <Icon path=word(move || if outcome.get() == Some(true) { icons::CHECK } else { icons::LINK })/>
            <span>
                {word(move || match outcome.get() {
                    None => words,
                    Some(true) => say::COPIED,
                    Some(false) => words::COPY_FAILED,
                })}
            </span>
        </button>
    }
}

/// Where the reply goes. A complete one is taken as soon as it is there; what is wrong with another is said once it was pasted.
#[component]
fn ReplyField(hand: Hand) -> impl IntoView {
    let is_connecting = flag(move || hand.stage.get() == Stage::Connecting);
    let read = move |event: ev::Event| {
        let text = event_target_value(&event);
        hand.pasted.set(text.clone());
        let kind = event
            .dyn_into::<web_sys::InputEvent>()
            .map(|event| event.input_type());
        hand.reply(&text, kind.is_ok_and(|kind| kind.starts_with("insertFrom")));
    };
    let is_scanning = RwSignal::new(false);
    let scanned = Callback::new(move |text: String| {
        is_scanning.set(false);
        hand.pasted.set(text.clone());
        hand.reply(&text, true);
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        hand.reply(&hand.pasted.get_untracked(), true);
    };
    let paste = move || {
        spawn_local(async move {
            match browser::paste().await {
                Some(text) => {
                    hand.pasted.try_set(text.clone());
                    hand.reply(&text, true);
                }
                None => {
                    let (sentence, hint) = say::PASTE_REFUSED;
                    hand.wrong.try_set(Some(Wrong {
                        code: "paste-refused",
                        sentence: sentence.to_owned(),
                        hint,
                    }));
                    focus(REPLY);
                }
            }
        });
    };
    view! {
        <form class="field-row" on:submit=submit novalidate hidden=is_connecting>
            <input
                id=REPLY class="input" type="text" data-testid="hand-reply" autocomplete="off" autocapitalize="off"
                spellcheck="false" enterkeyhint="go" aria-label=say::REPLY_FIELD placeholder=say::REPLY_PLACEHOLDER
                aria-describedby="hand-wrong"
                aria-invalid=word(move || if hand.wrong.with(Option::is_some) { "true" } else { "false" })
                prop:value=text(move || hand.pasted.get())
                on:input=read
                on:focus=move |event: ev::FocusEvent| if let Some(field) = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) { field.select() }
            />
        </form>
        <div class="button-row" hidden=is_connecting>
            <button
                id=PASTE type="button" class="button" data-testid="hand-paste" hidden=!browser::can_paste()
                on:click=click(paste)
            >
                <Icon path=icons::PASTE/>
                {say::PASTE}
            </button>
            <button type="button" class="button" data-testid="hand-scan" aria-haspopup="dialog" on:click=click(move || is_scanning.set(true))>
                <Icon path=icons::SCAN/>
                {words::SCAN}
            </button>
        </div>
        {part_if(is_scanning, move || view! { <Scanner on_text=scanned on_close=Callback::new(move |()| is_scanning.set(false))/> }.into_any())}
        <div class="hand-connecting" hidden=flag(move || !is_connecting.get())>
            <span>{say::CONNECTING}</span>
            <progress aria-label=say::CONNECTING></progress>
        </div>
        <div id="hand-wrong" role="alert">
            {part(move || hand.wrong.get().map_or_else(|| ().into_any(), |wrong| view! { <WhatIsWrong hand wrong/> }.into_any()))}
        </div>
    }
}

#[component]
fn WhatIsWrong(hand: Hand, wrong: Wrong) -> impl IntoView {
    // Both have invited each other. Who is alone loses nothing by being the guest.
    let is_alone = hand.shared.session.with_people(<[_]>::is_empty);
    let can_answer = wrong.code == "card-is-invitation" && is_alone;
    let answer = move || {
        if let Ok(fragment) = super::opened::find(&hand.pasted.get_untracked()) {
            hand.shared.open_code(&fragment);
        }
    };
    let place = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(place) = place.get() {
            browser::bring_into_sight(&place);
        }
    });
    view! {
        <div class="wrong" node_ref=place data-testid="hand-wrong" data-code=wrong.code>
            <Icon path=icons::ALERT/>
            <div>
                <strong>{wrong.sentence}"."</strong>
                <p>{wrong.hint}</p>
                <button type="button" class="button small" data-testid="answer-instead" hidden=!can_answer on:click=click(answer)>
                    {say::ANSWER_INSTEAD}
                </button>
            </div>
        </div>
    }
}

/// It came to nothing: why, and the way on.
#[component]
fn Failed(hand: Hand) -> impl IntoView {
    let is_guest = hand.is_guest.get_untracked();
    let again = move || match is_guest {
        true => hand.shared.enter_lobby(hand.shared.place()),
        false => hand.invite(),
    };
    view! {
        <div role="alert">
            {part(move || hand.wrong.get().map_or_else(|| ().into_any(), |wrong| view! { <WhatIsWrong hand wrong/> }.into_any()))}
        </div>
        <div class="button-row">
            <button type="button" class="button primary" data-testid="new-invitation-after-failure" on:click=click(again)>
                {if is_guest { say::ANSWER_AGAIN } else { say::NEW_INVITATION }}
            </button>
            <TestButton/>
        </div>
    }
}

/// The focus goes to what is to be done next, unless the person is writing something elsewhere.
fn focus_follows(hand: Hand) {
    effect(move || {
        let id = match hand.stage.get() {
            Stage::Shown => COPY,
            Stage::Sent if hand.is_guest.get_untracked() => return,
            // A keyboard that slides over the page would hide what is to be sent.
            Stage::Sent if browser::has_touch() && browser::can_paste() => PASTE,
            Stage::Sent => REPLY,
            _ => return,
        };
        // Not until it is shown can it have the focus.
        request_animation_frame(move || {
            if !browser::is_writing() {
                focus(id);
            }
        });
    });
}

/// Puts the focus on what the panel has to send, if it is there.
pub(crate) fn look_at_panel() {
    focus(COPY);
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into().ok()) {
        browser::focus(&element);
        browser::bring_into_sight(&element);
    }
}
