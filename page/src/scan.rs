//! Scanning a QR code with the camera, or reading it off a picture.
//!
//! All of it but the dialog is a part of its own ([`mod@view`]), fetched when the dialog opens: what reads codes is large, and only
//! calls without a server need it. In that part [`frames`] takes pictures off the video, [`aim`] and [`pace`] say which and
//! how often, [`pixels`] makes them grey and [`read`] reads them.

mod aim;
#[cfg(test)]
mod darkroom;
mod frames;
mod guard;
mod pace;
mod picture;
mod pixels;
mod read;
pub(crate) mod view;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::again::Again;
use crate::call::Dialog;
use crate::dynamic::{effect, part};
use crate::later::{self, Scanning};
use crate::words;

/// A dialog that looks for a QR code with the camera, from the moment it is on the page.
///
/// It ends once: with [`on_text`](ScannerProps::on_text) or with [`on_close`](ScannerProps::on_close). Either way the camera is
/// off by then, and whoever put the scanner on the page takes it away.
#[component]
pub(crate) fn Scanner(
    /// What the first code says that is read. It may be any code: nothing was checked but that it is one.
    on_text: Callback<String>,
    /// The person does not want to scan any more.
    on_close: Callback<()>,
) -> impl IntoView {
    let is_open = RwSignal::new(true);
    effect(move || {
        if !is_open.get() {
            on_close.run(());
        }
    });
    // What was loaded: nothing yet, the part, or a failure.
    let is_there = RwSignal::new(None::<bool>);
    let scanning = StoredValue::new(None::<Scanning>);
    let load = move || {
        is_there.set(None);
        spawn_local(async move {
            let loaded = later::scanning().await;
            let is_loaded = loaded.is_ok();
            scanning.try_set_value(loaded.ok());
            is_there.try_set(Some(is_loaded));
        });
    };
    load();
    view! {
        <Dialog is_open title=words::SCAN_TITLE>
            {part(move || match (is_there.get(), scanning.get_value()) {
                (Some(true), Some(view)) => view(on_text),
                (Some(_), _) => {
                    view! { <Again sentence=words::SCAN_NOT_LOADED again=Callback::new(move |()| load())/> }.into_any()
                }
                (None, _) => view! { <p class="quiet" role="status">{words::SCAN_LOADING}</p> }.into_any(),
            })}
        </Dialog>
    }
}
