//! The panel with the files, and the button that opens it.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::gather::of_list;
use super::{Files, To};
use crate::browser;
use crate::call::Dialog;
use crate::controls::SideButton;
use crate::dynamic::{click, effect, flag, part, part_if};
use crate::icons::{self, Icon};
use crate::session::Side;
use crate::words::{self, files as say};

/// The id of the button that opens the panel.
const OPENER: &str = "files-button";

/// The button of the bar.
#[component]
pub(crate) fn FilesButton(files: Files) -> impl IntoView {
    view! {
        <SideButton
            side=Side::Files id=OPENER testid="files-open" controls="files" label=say::FILES title=say::TITLE icon=icons::FILE
            waiting=files.waiting waiting_words=say::waiting
        />
    }
}

/// Everything that was sent and has come, and the way to send more.
#[component]
pub(crate) fn FilesPanel(files: Files) -> impl IntoView {
    let session = files.session();
    let heading = NodeRef::<html::H2>::new();
    let is_open = flag(move || session.side() == Some(Side::Files));
    let to = RwSignal::new(To::Everyone);
    // Who has left gets nothing.
    effect(move || {
        if let To::One(id) = to.get()
            && session.with_person(id, |_| ()).is_none()
        {
            to.set(To::Everyone);
        }
    });
    let close = move || {
        session.open_side(None);
        let opener = document().get_element_by_id(OPENER);
        if let Some(opener) = opener.and_then(|opener| opener.dyn_into().ok()) {
            browser::focus(&opener);
        }
    };
    let is_empty = flag(move || files.desk.with(Option::is_none));
    view! {
        <aside
            class="chat files" id="files" aria-label=say::FILES hidden=flag(move || !is_open.get())
            on:keydown=move |event: ev::KeyboardEvent| if event.key() == "Escape" { close(); }
        >
            <header class="chat-head">
                <h2 tabindex="-1" node_ref=heading>{say::FILES}</h2>
                <button type="button" class="icon-button" aria-label=words::CLOSE title=words::CLOSE on:click=click(close)>
                    <Icon path=icons::CLOSE/>
                </button>
            </header>
            {part_if(is_empty, || view! {
                <div class="chat-empty">
                    <Icon path=icons::FILE/>
                    <p>{say::EMPTY}</p>
                    <p class="quiet">{say::EMPTY_LEAD}</p>
                </div>
            }.into_any())}
            <div class="files-scroll" hidden=is_empty>
                {part(move || files.desk.with(|desk| desk.as_ref().map_or_else(|| ().into_any(), |desk| desk.view())))}
            </div>
            <div class="files-send">
                <Whom files to/>
                <div class="button-row">
                    <Chooser files to testid="choose-files" words=say::CHOOSE_FILES is_folder=false/>
                    <Chooser files to testid="choose-folder" words=say::CHOOSE_FOLDER is_folder=true/>
                </div>
            </div>
        </aside>
    }
}

/// Who gets it. Not asked while there is nobody to choose between.
#[component]
fn Whom(files: Files, to: RwSignal<To>) -> impl IntoView {
    let session = files.session();
    let people = move || {
        session.with_people(|people| {
            people
                .iter()
                .map(|person| (person.id, person.name.clone()))
                .collect::<Vec<_>>()
        })
    };
    let is_several = flag(move || people().len() > 1);
    let choose = move |event: ev::Event| {
        let value = event_target_value(&event);
        let chosen = session.with_people_untracked(|people| {
            people
                .iter()
                .find(|person| person.id.to_string() == value)
                .map(|person| To::One(person.id))
        });
        to.set(chosen.unwrap_or(To::Everyone));
    };
    part_if(is_several, move || {
        view! {
            <label class="field">
                <span class="visually-hidden">{say::WHOM}</span>
                <span class="select">
                    <Icon path=icons::INVITE/>
                    <select class="input" data-testid="files-to" on:change=choose>
                        <option value="" selected=move || to.get() == To::Everyone>{say::EVERYONE}</option>
                        {part(move || people().into_iter().map(|(id, name)| view! {
                            <option value=id.to_string() selected=move || to.get() == To::One(id)>{name}</option>
                        }).collect_view().into_any())}
                    </select>
                    <Icon path=icons::DOWN/>
                </span>
            </label>
        }
        .into_any()
    })
}

/// A button for the browser's own dialog.
#[component]
fn Chooser(
    files: Files,
    to: RwSignal<To>,
    testid: &'static str,
    words: &'static str,
    is_folder: bool,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        if let Some(input) = input.get() {
            input.set_webkitdirectory(is_folder);
        }
    });
    let chosen = move |event: ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(list) = input.files() {
            files.send(to.get_untracked(), of_list(&list));
        }
        // The same may be chosen again.
        input.set_value("");
    };
    let ask = move || {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <button type="button" class="button" on:click=click(ask)>{words}</button>
        <input
            type="file" multiple hidden tabindex="-1" data-testid=testid
            node_ref=input on:change=chosen
        />
    }
}

/// Asks whether to hang up although files would be lost.
#[component]
pub(crate) fn HangUpDialog(files: Files) -> impl IntoView {
    view! {
        <Dialog is_open=files.is_asking title=say::HANG_UP_TITLE>
            <p>{say::HANG_UP_LEAD}</p>
            <div class="button-row">
                <button type="button" class="button primary" data-testid="stay" on:click=click(move || files.is_asking.set(false))>{say::STAY}</button>
                <button type="button" class="button" data-testid="hangup-anyway" on:click=click(move || files.shared.hang_up())>{say::HANG_UP}</button>
            </div>
        </Dialog>
    }
}
