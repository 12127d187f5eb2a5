//! The link of the call: to copy, to share, to scan.

use core::time::Duration;

use fast_qr::{ECL, QRBuilder};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::dynamic::{click, part, text, word};
use crate::icons::{self, Icon};
use crate::{browser, words};

/// How long "Link copied" stays.
const COPIED_TIME: Duration = Duration::from_millis(2_500);

/// Light modules around a QR code that readers need.
const QUIET_ZONE: usize = 4;

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
                {part(move || view! { <QrCode text=shared.link()/> }.into_any())}
                <figcaption class="quiet">{words::QR_LEAD}</figcaption>
            </figure>
        </div>
    }
}

/// A QR code: dark on light in any theme, as readers expect.
#[component]
fn QrCode(text: String) -> impl IntoView {
    // A link that does not fit any QR code is longer than browsers take.
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET_ZONE;
    let path = outline(code.size, |x, y| code[y][x].value());
    Some(view! {
        <svg class="qr" data-testid="qr" role="img" aria-label=words::QR_LABEL viewBox=format!("0 0 {side} {side}") shape-rendering="crispEdges">
            <rect class="qr-light" width=side height=side></rect>
            <path class="qr-dark" d=path></path>
        </svg>
    })
}

/// Path data of the dark modules, with the quiet zone around: one rectangle for each run in a row.
fn outline(size: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && is_dark(x, y) {
                x += 1;
            }
            if x > start {
                let length = x - start;
                // Writing to a string never fails.
                let _ = write!(
                    path,
                    "M{} {}h{length}v1h-{length}z",
                    start + QUIET_ZONE,
                    y + QUIET_ZONE
                );
            }
            x += 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_rectangles_inside_the_quiet_zone() {
        // #.##
        // ....
        let dark = [
            [true, false, true, true],
            [false; 4],
            [false; 4],
            [false, false, false, true],
        ];
        assert_eq!(
            outline(4, |x, y| dark[y][x]),
            "M4 4h1v1h-1zM6 4h2v1h-2zM7 7h1v1h-1z"
        );
    }

    #[test]
    fn a_link_fits_a_code_that_phones_read_easily() {
        let link = format!("https://handclasp.example.org/call/#r={}", "A".repeat(22));
        let code = QRBuilder::new(link).ecl(ECL::M).build().expect("fits");
        assert!(code.size <= 37, "{}", code.size);
    }
}
