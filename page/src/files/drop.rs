//! Files that are dropped on a person or on the call, or pasted; and what keeps them from being lost.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, Element, Event};

use super::gather::{Dropped, of_list};
use super::{Files, To};
use crate::dynamic::{flag, text};
use crate::icons::{self, Icon};
use crate::words::files as say;

/// From now on until the call is over.
pub(crate) fn listen(files: Files) {
    let listeners = [
        window_event_listener(ev::dragover, move |event| {
            let has_files = event.data_transfer().is_some_and(|data| has_files(&data));
            if has_files {
                // Otherwise the browser would open the file in place of the call.
                event.prevent_default();
                set_held(files, Some(to(files, &event)));
            }
        }),
        window_event_listener(ev::dragleave, move |event| {
            // From one element to the next there is somewhere that it goes to.
            if event.related_target().is_none() {
                set_held(files, None);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            set_held(files, None);
            let Some(data) = event.data_transfer().filter(has_files) else {
                return;
            };
            event.prevent_default();
            let (to, dropped) = (to(files, &event), Dropped::of(&data));
            spawn_local(async move { files.send(to, dropped.files().await) });
        }),
        window_event_listener(ev::paste, move |event| {
            let data = event.clipboard_data();
            let Some(list) = data
                .and_then(|data| data.files())
                .filter(|list| list.length() > 0)
            else {
                return;
            };
            event.prevent_default();
            files.send(To::Everyone, of_list(&list));
        }),
        window_event_listener(ev::beforeunload, move |event| {
            if files.busy.get_untracked() > 0 {
                // The browser asks, in its own words.
                event.prevent_default();
            }
        }),
    ];
    on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
}

fn has_files(data: &DataTransfer) -> bool {
    data.types().includes(&"Files".into(), 0)
}

fn set_held(files: Files, to: Option<To>) {
    if files.held_over.get_untracked() != to {
        files.held_over.set(to);
    }
}

/// The person whose tile is under the pointer, or everyone.
fn to(files: Files, event: &Event) -> To {
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let tile = element.and_then(|element| element.closest("[data-peer]").ok().flatten());
    let peer = tile.and_then(|tile| tile.get_attribute("data-peer"));
    peer.and_then(|peer| {
        files.session().with_people_untracked(|people| {
            let person = people.iter().find(|person| person.id.to_string() == peer);
            person.map(|person| To::One(person.id))
        })
    })
    .unwrap_or(To::Everyone)
}

/// Says who gets the files that are held over the page.
#[component]
pub(crate) fn DropHint(files: Files) -> impl IntoView {
    let words = move || match files.held_over.get() {
        Some(To::One(id)) => {
            let name = files
                .session()
                .with_person(id, |person| person.name.clone());
            say::drop_for(&name.unwrap_or_default())
        }
        Some(To::Everyone) => say::DROP_FOR_EVERYONE.to_owned(),
        None => String::new(),
    };
    view! {
        <p class="drop-hint" data-testid="drop-hint" hidden=flag(move || files.held_over.get().is_none())>
            <Icon path=icons::FILE_DOWN/>
            {text(words)}
        </p>
    }
}
