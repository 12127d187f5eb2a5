//! The link of the call: to copy, to share, to scan.

use core::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::dynamic::{click, text, word};
use crate::icons::{self, Icon};
use crate::qr::QrCode;
use crate::{browser, words};

/// How long "Link copied" stays.
const COPIED_TIME: Duration = Duration::from_millis(2_500);

/// Copies the link.
#[component]
pub(crate) fn CopyLink(
    #[prop(optional)] is_primary: bool,
    #[prop(default = "copy-link")] testid: &'static str,
) -> impl IntoView {
    let shared = expect_context::<Shared>();
    let outcome = RwSignal::new(None::<bool>);
    let copy = move || {
        spawn_local(async move {
            let copied = browser::copy(&shared.link()).await;
            if outcome.try_set(Some(copied)).is_none() {
                set_timeout(
                    move || {
                        outcome.try_set(None);
                    },
                    COPIED_TIME,
                );
            }
            if !copied {
                select_link();
            }
        });
    };
    view! {
        <button
            type="button" class="button" class:primary=is_primary data-testid=testid
            on:click=click(copy)
        >
            <Icon path=word(move || if outcome.get() == Some(true) { icons::CHECK } else { icons::LINK })/>
            <span aria-live="polite">
                {word(move || match outcome.get() {
                    None => words::COPY_LINK,
                    Some(true) => words::COPIED,
                    Some(false) => words::COPY_FAILED,
                })}
            </span>
        </button>
    }
}

/// Where the clipboard is closed to us, the person can still copy what is selected.
fn select_link() {
    use wasm_bindgen::JsCast;
    let field = document().get_element_by_id("link");
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        browser::focus(&field);
        field.select();
    }
}

/// The link with everything one can do with it.
#[component]
pub(crate) fn Invitation(
    #[prop(default = "copy-link")] copy_testid: &'static str,
) -> impl IntoView {
    let shared = expect_context::<Shared>();
    let field = NodeRef::<html::Input>::new();
    view! {
        <div class="invitation">
            <div class="invitation-link">
                <input
                    id="link" node_ref=field class="input" type="text" readonly
                    aria-label=words::LINK_LABEL prop:value=text(move || shared.link())
                    on:focus=move |_| if let Some(field) = field.get_untracked() { field.select() }
                />
                <div class="button-row">
                    <CopyLink is_primary=true testid=copy_testid/>
                    <button
                        type="button" class="button" data-testid="share" hidden=!browser::can_share()
                        on:click=click(move || browser::share(words::PRODUCT, &shared.link()))
                    >
                        <Icon path=icons::SHARE/>
                        {words::SHARE}
                    </button>
                </div>
            </div>
            <figure class="invitation-qr">
                <QrCode text=text(move || shared.link()) label=words::QR_LABEL/>
                <figcaption class="quiet">{words::QR_LEAD}</figcaption>
            </figure>
        </div>
    }
}
