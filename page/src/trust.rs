//! *Who is this?* Four words that two people read to each other, and what came of it.

use std::collections::VecDeque;

use handclasp::MemberId;
use leptos::prelude::*;

use crate::app::Shared;
use crate::call::Dialog;
use crate::dynamic::{click, flag, part, text, word};
use crate::icons::{self, Icon};
use crate::session::Person;
use crate::{browser, words};

/// Key of the pairs in the browser's storage.
const KEY: &str = "verified";

/// Most pairs that are remembered; the oldest goes.
const MAX_PAIRS: usize = 200;

/// Whom this person has compared words with. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Trust {
    /// Names of pairs of certificates, of this browser and of theirs.
    pairs: RwSignal<VecDeque<String>>,
    is_open: RwSignal<bool>,
    /// About whom the panel is, or was last.
    about: RwSignal<Option<MemberId>>,
}

impl Trust {
    pub(crate) fn new() -> Trust {
        let kept = browser::recall(KEY).unwrap_or_default();
        let pairs = kept.split_whitespace().map(str::to_owned);
        Trust {
            pairs: RwSignal::new(pairs.take(MAX_PAIRS).collect()),
            is_open: RwSignal::new(false),
            about: RwSignal::new(None),
        }
    }

    fn knows(self, pair: &str) -> bool {
        self.pairs
            .with(|pairs| pairs.iter().any(|known| known == pair))
    }

    /// The words matched; or it turned out that they did not.
    fn set(self, pair: String, is_known: bool) {
        self.pairs.update(|pairs| {
            pairs.retain(|known| *known != pair);
            if is_known {
                pairs.truncate(MAX_PAIRS - 1);
                pairs.push_front(pair);
            }
        });
        let kept = self.pairs.with_untracked(|pairs| {
            let pairs: Vec<&str> = pairs.iter().map(String::as_str).collect();
            pairs.join(" ")
        });
        browser::remember(KEY, &kept);
    }
}

/// The button on somebody's tile: whether the words were compared, and the way to them.
#[component]
pub(crate) fn TrustButton(id: MemberId) -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let trust = expect_context::<Trust>();
    let pair = move || {
        session
            .with_person(id, |person| person.pair.clone())
            .flatten()
    };
    let is_known = flag(move || pair().is_some_and(|pair| trust.knows(&pair)));
    let label = word(move || {
        if is_known.get() {
            words::TRUST_KNOWN
        } else {
            words::TRUST_ASK
        }
    });
    view! {
        <button
            type="button" class="tile-trust" data-testid="trust" aria-haspopup="dialog"
            data-known=word(move || if is_known.get() { "yes" } else { "no" })
            hidden=flag(move || pair().is_none())
            title=label
            on:click=click(move || {
                trust.about.set(Some(id));
                trust.is_open.set(true);
            })
        >
            <Icon path=word(move || if is_known.get() { icons::SHIELD_CHECK } else { icons::SHIELD })/>
            <span class="visually-hidden">{label}</span>
        </button>
    }
}

/// The words, to be read to each other.
#[component]
pub(crate) fn TrustPanel() -> impl IntoView {
    let session = expect_context::<Shared>().session;
    let trust = expect_context::<Trust>();
    let person = move |look: fn(&Person) -> String| {
        let about = trust.about.get();
        about
            .and_then(|id| session.with_person(id, look))
            .unwrap_or_default()
    };
    let pair = move || person(|person| person.pair.clone().unwrap_or_default());
    let is_known = flag(move || trust.knows(&pair()));
    let answer = move |is_known: bool| {
        let pair = untrack(pair);
        if !pair.is_empty() {
            trust.set(pair, is_known);
        }
        if is_known {
            trust.is_open.set(false);
        }
    };
    view! {
        <Dialog is_open=trust.is_open title=words::TRUST_TITLE>
            <div class="trust" data-testid="trust-panel">
                <p>{text(move || words::trust_how(&person(|person| person.name.clone())))}</p>
                {part(move || {
                    let shown = person(|person| person.words.clone());
                    let shown: Vec<String> = shown.split(' ').map(str::to_owned).collect();
                    view! {
                        <ol class="trust-words" data-testid="words" aria-label=words::TRUST_WORDS>
                            {shown.into_iter().map(|word| view! { <li>{word}</li> }).collect_view()}
                        </ol>
                    }.into_any()
                })}
                <p class="quiet">{words::TRUST_WHY}</p>
                <div class="trust-answers">
                    <button type="button" class="button primary" data-testid="match" on:click=click(move || answer(true))>
                        <Icon path=icons::CHECK/>
                        {words::TRUST_MATCH}
                    </button>
                    <button type="button" class="button" data-testid="no-match" on:click=click(move || answer(false))>
                        {word(move || if is_known.get() { words::TRUST_FORGET } else { words::TRUST_NO_MATCH })}
                    </button>
                </div>
            </div>
        </Dialog>
    }
}
