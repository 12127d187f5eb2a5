//! *Test my connection*: what stands in the way, in one sentence, and the facts for whoever wants them.

use handclasp::diagnosis::BrokerOutcome;
use handclasp::{Broadcast, DiagnoseOptions, Diagnosis, MemberId, Mqtt, diagnose};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::call::Dialog;
use crate::dynamic::{click, flag, text, word};
use crate::icons::{self, Icon};
use crate::later::{self, NotLoaded};
use crate::session::Session;
use crate::{browser, config, words};

/// A test and what it found, in signals of such types as the page has anyway: each type costs everyone who opens it. A handle: copies are
/// the same.
#[derive(Clone, Copy)]
pub(crate) struct Test {
    is_open: RwSignal<bool>,
    /// The verdict's name; empty while the test runs.
    code: RwSignal<String>,
    sentence: RwSignal<String>,
    hint: RwSignal<String>,
    facts: RwSignal<String>,
    is_trouble: RwSignal<bool>,
    /// What came of copying the facts.
    copied: RwSignal<String>,
    about: StoredValue<Option<MemberId>>,
    /// Counts tests, so that an earlier one does not speak into a later one.
    turn: StoredValue<u32>,
    session: Session,
}

impl Test {
    pub(crate) fn new(session: Session) -> Test {
        let empty = || RwSignal::new(String::new());
        Test {
            is_open: RwSignal::new(false),
            code: empty(),
            sentence: empty(),
            hint: empty(),
            facts: empty(),
            is_trouble: RwSignal::new(false),
            copied: empty(),
            about: StoredValue::new(None),
            turn: StoredValue::new(0),
            session,
        }
    }

    /// Opens the panel and tests; about someone, if it is about someone.
    pub(crate) fn run(self, about: Option<MemberId>) {
        let turn = self.turn.get_value().wrapping_add(1);
        self.turn.set_value(turn);
        self.about.set_value(about);
        self.code.set(String::new());
        self.is_open.set(true);
        spawn_local(async move {
            let found = later::diagnosis(self.session, about).await;
            if self.turn.get_value() == turn {
                self.show(found.unwrap_or_else(|NotLoaded| Found::nothing()));
            }
        });
    }

    fn show(self, found: Found) {
        self.is_trouble.set(found.is_trouble);
        self.sentence.set(found.sentence);
        self.hint.set(found.hint.to_owned());
        self.facts.set(found.facts);
        self.copied.set(String::new());
        self.code.set(found.code.to_owned());
    }

    fn copy(self) {
        let lines = [self.sentence, self.code, self.facts].map(|line| line.get_untracked());
        spawn_local(async move {
            let outcome = match browser::copy(&lines.join("\n")).await {
                true => words::FACTS_COPIED,
                false => words::FACTS_NOT_COPIED,
            };
            self.copied.set(outcome.to_owned());
        });
    }
}

/// What a test found, in words.
pub(crate) struct Found {
    code: &'static str,
    is_trouble: bool,
    sentence: String,
    hint: &'static str,
    facts: String,
}

impl Found {
    /// The test itself could not be loaded.
    fn nothing() -> Found {
        let (sentence, hint) = words::NOT_LOADED;
        Found {
            code: "not-loaded",
            is_trouble: true,
            sentence: sentence.to_owned(),
            hint,
            facts: String::new(),
        }
    }
}

impl From<Diagnosis> for Found {
    fn from(found: Diagnosis) -> Found {
        let verdict = found.verdict;
        Found {
            code: verdict.code(),
            is_trouble: verdict.is_trouble(),
            sentence: verdict.to_string(),
            hint: verdict.hint(),
            facts: words::facts(&found.facts),
        }
    }
}

/// Tests; about someone, if it is about someone.
pub(crate) async fn ask(session: Session, about: Option<MemberId>) -> Found {
    if let Some(room) = session.room() {
        let asked = match about {
            Some(id) => room.diagnose_peer(id).await,
            None => None,
        };
        let found = match asked {
            Some(found) => found,
            None => room.diagnose().await,
        };
        return without_guess(found, session.is_broker_guessed()).into();
    }
    let config = config::load().await;
    let mut options = DiagnoseOptions::new().signaling(Broadcast::new());
    if let Some(servers) = config.ice_servers {
        options = options.ice_servers(servers);
    }
    for mqtt in config.brokers.iter().filter_map(|url| Mqtt::new(url).ok()) {
        options = options.signaling(mqtt);
    }
    without_guess(diagnose(options).await, config.is_broker_guessed).into()
}

/// Where the page only guessed that there is a broker, and nothing answers, there is none.
fn without_guess(mut found: Diagnosis, is_guessed: bool) -> Diagnosis {
    if is_guessed {
        let brokers = &mut found.facts.brokers;
        brokers.retain(|broker| broker.local || broker.outcome == BrokerOutcome::Works);
        found.verdict = found.facts.verdict();
    }
    found
}

/// A button that opens the panel.
#[component]
pub(crate) fn TestButton() -> impl IntoView {
    let test = expect_context::<Shared>().test;
    view! {
        <button type="button" class="button quiet-button" data-testid="test" aria-haspopup="dialog" on:click=click(move || test.run(None))>
            <Icon path=icons::PULSE/>
            {words::TEST}
        </button>
    }
}

/// The panel.
#[component]
pub(crate) fn TestPanel(test: Test) -> impl IntoView {
    let said = |signal: RwSignal<String>| text(move || signal.get());
    let is_running = flag(move || test.code.with(String::is_empty));
    let is_done = flag(move || !is_running.get());
    view! {
        <Dialog is_open=test.is_open title=words::TEST_TITLE>
            <div class="test" data-testid="test-panel" aria-live="polite" data-verdict=said(test.code)>
                <p hidden=is_done>{words::TESTING}</p>
                <progress aria-label=words::TESTING hidden=is_done></progress>
                <div
                    class="test-verdict" data-testid="verdict" hidden=is_running
                    data-look=word(move || if test.is_trouble.get() { "trouble" } else { "fine" })
                >
                    <Icon path=word(move || if test.is_trouble.get() { icons::ALERT } else { icons::CHECK })/>
                    <div>
                        <strong>{said(test.sentence)}</strong>
                        <p>{said(test.hint)}</p>
                    </div>
                </div>
                <details hidden=is_running>
                    <summary>{words::TEST_DETAILS}</summary>
                    <p class="test-facts" data-testid="facts">{said(test.facts)}</p>
                    <div class="button-row">
                        <button type="button" class="button small" on:click=click(move || test.copy())>{words::COPY_FACTS}</button>
                        <span role="status">{said(test.copied)}</span>
                    </div>
                </details>
                <button type="button" class="button" hidden=is_running on:click=click(move || test.run(test.about.get_value()))>
                    {words::TEST_AGAIN}
                </button>
            </div>
        </Dialog>
    }
}
