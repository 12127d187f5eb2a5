//! One sentence in the place of something that did not come, and a way to ask for it again.

use leptos::prelude::*;

use crate::dynamic::click;
use crate::words;

/// What is missing, and *Try again*.
#[component]
pub(crate) fn Again(
    /// What did not come, and what to do.
    sentence: &'static str,
    /// Asks for it once more.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="again" role="alert" data-testid="not-loaded">
            <p>{sentence}</p>
            <button type="button" class="button small" on:click=click(move || again.run(()))>
                {words::TRY_AGAIN}
            </button>
        </div>
    }
}
