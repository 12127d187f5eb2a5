//! Everyone in the call, and what they share.

use handclasp::PeerState;
use leptos::prelude::*;

use crate::app::Shared;
use crate::dynamic::{flag, part, part_if, text};
use crate::hand::{Answering, Hand, Inviting};
use crate::invite::Invitation;
use crate::tile::{Tile, TileKey};
use crate::words::{self, hand as say};

/// Tiles in a grid that fits their number; shared screens large, with the people beside them.
#[component]
pub(crate) fn Stage() -> impl IntoView {
    let shared = expect_context::<Shared>();
    let (session, local) = (shared.session, shared.local);
    let people = move || {
        let mut keys = vec![TileKey::Me];
        keys.extend(local.screen().map(|_| TileKey::MyScreen));
        session.with_people(|people| {
            keys.extend(people.iter().map(|person| TileKey::Person(person.id)))
        });
        keys
    };
    let screens = move || {
        session.with_people(|people| {
            people
                .iter()
                .flat_map(|person| {
                    person
                        .screens()
                        .map(|media| TileKey::Screen(person.id, media.stream.id()))
                })
                .collect::<Vec<_>>()
        })
    };
    let is_presenting = flag(move || !screens().is_empty());
    let is_alone = flag(move || session.with_people(<[_]>::is_empty));
    view! {
        <div class="stage">
            <div class="stage-grid" class:presenting=is_presenting class:alone=is_alone>
                <ul class="screens" aria-label=words::SCREENS hidden=flag(move || !is_presenting.get())>
                    <For each=screens key=TileKey::clone let:key><Tile key/></For>
                </ul>
                <ul class="people" aria-label=words::PEOPLE data-count=text(move || people().len().to_string())>
                    <For each=people key=TileKey::clone let:key><Tile key/></For>
                </ul>
                {part_if(is_alone, || view! { <Alone/> }.into_any())}
            </div>
        </div>
    }
}

/// Nobody else is here yet.
#[component]
fn Alone() -> impl IntoView {
    if let Some(hand) = use_context::<Hand>() {
        return part(move || {
            let (title, lead) = match hand.is_guest() {
                true => (say::ANSWER_TITLE, say::ANSWER_LEAD),
                false => (say::TITLE, say::LEAD),
            };
            view! {
                <section class="card invite-card">
                    <h2>{title}</h2>
                    <p class="quiet">{lead}</p>
                    {match hand.is_guest() {
                        true => view! { <Answering/> }.into_any(),
                        false => view! { <Inviting/> }.into_any(),
                    }}
                </section>
            }
            .into_any()
        })
        .into_any();
    }
    view! {
        <section class="card invite-card">
            <h2>{words::ALONE_TITLE}</h2>
            <p class="quiet">{words::ALONE_LEAD}</p>
            <Invitation/>
        </section>
    }
    .into_any()
}

/// How many of the others are connected.
pub(crate) fn connected(shared: Shared) -> usize {
    shared.session.with_people(|people| {
        people
            .iter()
            .filter(|person| person.state == PeerState::Connected)
            .count()
    })
}
