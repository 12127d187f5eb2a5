//! A handshake code that was opened as a link, or pasted on the first screen.

use handclasp::{CodeKind, find_code};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::handover;
use super::panel::CopyCode;
use crate::app::{Brand, Shared};
use crate::browser;
use crate::dynamic::text;
use crate::errors::Notice;
use crate::icons::Mark;
use crate::link::{self, Place};
use crate::words::hand as say;

/// The code in what was pasted, as the fragment of a link.
pub(crate) fn find(text: &str) -> Result<String, Notice> {
    match find_code(text) {
        Ok((_, code)) => Ok(link::fragment_of_code(&code, link::name_in(text))),
        Err(handclasp::CardError::NotACode) => Err(Notice::of("link-no-room")),
        Err(error) => Err(Notice::told(error.code(), &error, error.hint())),
    }
}

/// Does what the code in the address is for: an invitation leads to the lobby, a reply to the tab that waits for it.
pub(crate) fn open(shared: Shared, fragment: &str) {
    let is_host = shared.is_in_call() && untrack(|| shared.session.is_by_hand());
    match find_code(fragment) {
        Ok((CodeKind::Invitation, _)) => shared.enter_lobby(Place::Code(fragment.to_owned())),
        Ok((CodeKind::Reply, code)) if is_host => {
            // Into the address bar of the very page that waits for it.
            browser::replace_fragment(&Place::ByHand.to_fragment());
            shared.offered.set(code);
        }
        Ok((CodeKind::Reply, code)) => spawn_local(async move {
            let is_taken = handover::hand_over(&code).await;
            shared.show_reply(is_taken);
        }),
        Err(error) => {
            shared.refuse(Notice::told(error.code(), &error, error.hint()));
        }
    }
}

/// What came of a reply that was opened as a link.
#[component]
pub(crate) fn Reply(is_taken: bool) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    browser::focus_on_mount(heading);
    let code = match browser::place_in_address() {
        Place::Code(fragment) => find_code(&fragment)
            .map(|(_, code)| code)
            .unwrap_or_default(),
        _ => String::new(),
    };
    let (title, lead) = match is_taken {
        true => (say::HANDED_TITLE, say::HANDED_LEAD),
        false => (say::NOT_HANDED_TITLE, say::NOT_HANDED_LEAD),
    };
    view! {
        <header class="bar"><Brand/></header>
        <main class="middle" id="content" data-testid="reply" data-taken=is_taken.to_string()>
            <div class="card goodbye">
                <Mark/>
                <h1 tabindex="-1" node_ref=heading>{title}</h1>
                <p class="quiet">{lead}</p>
                <div class="button-row" hidden=is_taken>
                    <CopyCode code=text(move || code.clone()) words=say::COPY_REPLY copied=Callback::new(|()| ())/>
                    <a class="button" href="#">{say::TO_START}</a>
                </div>
            </div>
        </main>
    }
}
