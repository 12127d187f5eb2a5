//! After hanging up.

use leptos::html;
use leptos::prelude::*;

use crate::app::{Brand, Shared};
use crate::browser;
use crate::dynamic::click;
use crate::icons::Mark;
use crate::link::Place;
use crate::words;

/// That it is over, and the two ways on.
#[component]
pub(crate) fn Goodbye(
    /// How long the call lasted.
    minutes: u32,
) -> impl IntoView {
    let shared = expect_context::<Shared>();
    let heading = NodeRef::<html::H1>::new();
    browser::focus_on_mount(heading);
    let is_by_hand = !matches!(shared.place(), Place::Room(_));
    let (lead, again) = match is_by_hand {
        true => (words::GOODBYE_BY_HAND_LEAD, words::INVITE_AGAIN),
        false => (words::GOODBYE_LEAD, words::REJOIN),
    };
    view! {
        <header class="bar"><Brand/></header>
        <main class="middle" id="content" data-testid="goodbye">
            <div class="card goodbye">
                <Mark/>
                <h1 tabindex="-1" node_ref=heading>{words::GOODBYE_TITLE}</h1>
                <p>{words::lasted(minutes)}</p>
                <p class="quiet">{lead}</p>
                <div class="button-row">
                    <button type="button" class="button primary" data-testid="rejoin" on:click=click(move || shared.rejoin())>
                        {again}
                    </button>
                    <button type="button" class="button" data-testid="new-call" on:click=click(move || shared.start_call())>
                        {words::NEW_CALL}
                    </button>
                </div>
            </div>
        </main>
    }
}
