//! *Test my connection*: what stands in the way, in one sentence, and the facts for whoever wants them.

use handclasp::diagnosis::BrokerOutcome;
use handclasp::{Broadcast, DiagnoseOptions, Diagnosis, MemberId, Mqtt, diagnose};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::call::Dialog;
use crate::dynamic::{click, part, text, word};
use crate::icons::{self, Icon};
use crate::session::Session;
use crate::{browser, config, words};

/// A test and what it found. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Test {
    is_open: RwSignal<bool>,
    /// `None` while it runs.
    found: RwSignal<Option<Diagnosis>>,
    about: StoredValue<Option<MemberId>>,
    /// Counts tests, so that an earlier one does not speak into a later one.
    turn: StoredValue<u32>,
    session: Session,
}

impl Test {
    pub(crate) fn new(session: Session) -> Test {
        Test {
            is_open: RwSignal::new(false),
            found: RwSignal::new(None),
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
        self.found.set(None);
        self.is_open.set(true);
        spawn_local(async move {
            let found = self.ask(about).await;
            if self.turn.get_value() == turn {
                self.found.set(Some(found));
            }
        });
    }

    async fn ask(self, about: Option<MemberId>) -> Diagnosis {
        if let Some(room) = self.session.room() {
            let asked = match about {
                Some(id) => room.diagnose_peer(id).await,
                None => None,
            };
            let found = match asked {
                Some(found) => found,
                None => room.diagnose().await,
            };
            return without_guess(found, self.session.is_broker_guessed());
        }
        let config = config::load().await;
        let mut options = DiagnoseOptions::new().signaling(Broadcast::new());
        if let Some(servers) = config.ice_servers {
            options = options.ice_servers(servers);
        }
        for mqtt in config.brokers.iter().filter_map(|url| Mqtt::new(url).ok()) {
            options = options.signaling(mqtt);
        }
        without_guess(diagnose(options).await, config.is_broker_guessed)
    }
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
    view! {
        <Dialog is_open=test.is_open title=words::TEST_TITLE>
            <div class="test" data-testid="test-panel" aria-live="polite"
                data-verdict=text(move || test.found.with(|found| found.as_ref().map_or("", |found| found.verdict.code()).to_owned()))
            >
                {part(move || match test.found.get() {
                    None => view! {
                        <p>{words::TESTING}</p>
                        <progress aria-label=words::TESTING></progress>
                    }.into_any(),
                    Some(found) => view! { <Found test found/> }.into_any(),
                })}
            </div>
        </Dialog>
    }
}

#[component]
fn Found(test: Test, found: Diagnosis) -> impl IntoView {
    let rows = words::facts(&found.facts);
    let verdict = found.verdict;
    let (look, icon) = match verdict.is_trouble() {
        true => ("trouble", icons::ALERT),
        false => ("fine", icons::CHECK),
    };
    let mut report = format!("{verdict} ({})\n", verdict.code());
    for (name, what) in &rows {
        report.extend([name, ": ", what, "\n"]);
    }
    let copied = RwSignal::new("");
    let copy = move || {
        let report = report.clone();
        spawn_local(async move {
            let done = browser::copy(&report).await;
            copied.try_set(if done {
                words::FACTS_COPIED
            } else {
                words::FACTS_NOT_COPIED
            });
        });
    };
    view! {
        <div class="test-verdict" data-look=look data-testid="verdict">
            <Icon path=icon/>
            <div>
                <strong>{verdict.to_string()}</strong>
                <p>{verdict.hint()}</p>
            </div>
        </div>
        <details>
            <summary>{words::TEST_DETAILS}</summary>
            <dl data-testid="facts">
                {rows.into_iter().map(|(name, what)| view! { <dt>{name}</dt><dd>{what}</dd> }.into_any()).collect_view()}
            </dl>
            <div class="button-row">
                <button type="button" class="button small" on:click=click(copy)>{words::COPY_FACTS}</button>
                <span role="status">{word(move || copied.get())}</span>
            </div>
        </details>
        <div>
            <button type="button" class="button" on:click=click(move || test.run(test.about.get_value()))>{words::TEST_AGAIN}</button>
        </div>
    }
}
