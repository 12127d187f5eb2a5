//! The first screen: what this is, and one thing to do.

use leptos::ev;
use leptos::html;
use leptos::prelude::*;

use crate::app::{Brand, Shared};
use crate::diagnose::TestButton;
use crate::dynamic::{click, part_if};
use crate::errors::{Notice, Remedy};
use crate::icons::{self, Icon, Mark};
use crate::link::{self, LinkError, Place, Target};
use crate::scan::Scanner;
use crate::{browser, words};

/// *Start a call*, and a field for a link.
#[component]
pub(crate) fn Start() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let pasted = NodeRef::<html::Input>::new();

    let open = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = pasted
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default();
        shared.notices.clear_all();
        open_link(shared, &text);
    };
    let is_scanning = RwSignal::new(false);
    let scanned = Callback::new(move |text: String| {
        is_scanning.set(false);
        shared.notices.clear_all();
        open_link(shared, &text);
    });
    let icons = [icons::DIRECT, icons::LOCK, icons::LEAF];

    view! {
        <header class="bar"><Brand/></header>
        <main class="start" id="content">
            <section class="hero">
                <div class="hero-words">
                    <h1>{words::START_TITLE}</h1>
                    <p class="lead">{words::START_LEAD}</p>
                    <button type="button" class="button primary large" data-testid="start" on:click=click(move || shared.start_call())>
                        <Icon path=icons::CAMERA/>
                        {words::START}
                    </button>
                    <div class="by-hand">
                        <a class="button" href="#h" data-testid="start-by-hand" aria-describedby="by-hand-lead">
                            <Icon path=icons::DIRECT/>
                            {words::START_BY_HAND}
                        </a>
                        <p id="by-hand-lead" class="quiet">{words::START_BY_HAND_LEAD}</p>
                    </div>
                    <form class="paste" on:submit=open novalidate>
                        <label for="pasted">{words::HAVE_LINK}</label>
                        <div class="field-row">
                            <input
                                id="pasted" node_ref=pasted type="url" inputmode="url" class="input"
                                data-testid="paste" autocomplete="off" spellcheck="false"
                                aria-label=words::PASTE_LABEL placeholder=words::PASTE_HINT
                            />
                            <button type="submit" class="button" data-testid="open-link">
                                {words::OPEN_LINK}
                                <Icon path=icons::ARROW/>
                            </button>
                        </div>
                    </form>
                    <div class="start-more">
                        <button type="button" class="button quiet-button" data-testid="scan" aria-haspopup="dialog" on:click=click(move || is_scanning.set(true))>
                            <Icon path=icons::SCAN/>
                            {words::SCAN_INVITATION}
                        </button>
                        <TestButton/>
                    </div>
                    {part_if(is_scanning, move || view! { <Scanner on_text=scanned on_close=Callback::new(move |()| is_scanning.set(false))/> }.into_any())}
                </div>
                <Picture/>
            </section>
            <ul class="facts" aria-label=words::FACTS_LABEL>
                {words::FACTS.into_iter().zip(icons).map(|((title, text), icon)| view! {
                    <li>
                        <Icon path=icon/>
                        <h2>{title}</h2>
                        <p>{text}</p>
                    </li>
                }).collect_view()}
            </ul>
        </main>
    }
}

fn open_link(shared: Shared, text: &str) {
    let here = browser::page_address();
    let code = match link::parse(text, &here) {
        Ok(Target::Here(secret)) => return shared.open(Place::Room(secret)),
        Ok(Target::Elsewhere { host, url }) => {
            let (title, hint) = words::elsewhere(&host);
            let notice = Notice {
                code: "link-elsewhere",
                title,
                hint: hint.to_owned(),
                remedy: None,
            };
            return shared.notices.show(notice.with(Remedy::Open(url)));
        }
        Err(LinkError::Empty) => "link-empty",
        Err(LinkError::Damaged) => "link-broken",
        Err(LinkError::NotWeb) => "link-no-room",
        // Perhaps it is a handshake code, or a message with one in it.
        Err(LinkError::NoRoom | LinkError::TooLong) => return shared.paste_code(text.to_owned()),
    };
    shared.notices.show(Notice::of(code));
}

/// Two people and the clasp between them. Decoration.
#[component]
fn Picture() -> impl IntoView {
    view! {
        <div class="picture" aria-hidden="true">
            <div class="picture-tile one"><Figure/></div>
            <div class="picture-tile two"><Figure/></div>
            <div class="picture-clasp"><Mark/></div>
        </div>
    }
}

#[component]
fn Figure() -> impl IntoView {
    view! {
        <svg viewBox="0 0 120 120" focusable="false">
            <circle cx="60" cy="50" r="21"></circle>
            <path d="M18 120c2-27 18-42 42-42s40 15 42 42Z"></path>
        </svg>
    }
}
