//! One transfer, as the list shows it.

use handclasp::transfer::{FileInfo, Received, State, Transfer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Blob;

use super::save;
use crate::dynamic::{click, flag, part_if, text, word};
use crate::icons::{self, Icon};
use crate::words::{self, files as say};

/// Most files of one transfer that are named; the others are counted.
const MAX_NAMED: usize = 20;

/// A transfer in the list. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) number: u64,
    transfer: StoredValue<Transfer, LocalStorage>,
    is_sending: bool,
    name: StoredValue<String>,
    title: StoredValue<String>,
    count: usize,
    shown: RwSignal<Shown>,
    is_saved: RwSignal<bool>,
}

/// How it stands, as it is shown.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    stage: Stage,
    words: String,
    done: u64,
    total: u64,
    rate: String,
}

/// What can be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It waits for the answer of who is asked.
    Asked,
    Moving,
    /// It waits: because somebody said so, or for something.
    Waiting,
    Paused,
    Done,
    /// It came to nothing.
    Over,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Stage::Asked => "asked",
            Stage::Moving => "moving",
            Stage::Waiting => "waiting",
            Stage::Paused => "paused",
            Stage::Done => "done",
            Stage::Over => "over",
        }
    }

    const fn is_end(self) -> bool {
        matches!(self, Stage::Done | Stage::Over)
    }
}

impl Item {
    pub(crate) fn new(number: u64, transfer: Transfer, name: String) -> Item {
        let files = transfer.files();
        let shown = Shown::of(&transfer, &name);
        Item {
            number,
            is_sending: transfer.is_sending(),
            name: StoredValue::new(name),
            title: StoredValue::new(title(&files)),
            count: files.len(),
            shown: RwSignal::new(shown),
            is_saved: RwSignal::new(false),
            transfer: StoredValue::new_local(transfer),
        }
    }

    /// Shows each change until there will be none.
    pub(crate) async fn follow(self) {
        // One handle for all of it: each tells every change once.
        let Some(transfer) = self.transfer.try_get_value() else {
            return;
        };
        loop {
            let Some(name) = self.name.try_get_value() else {
                return;
            };
            let now = Shown::of(&transfer, &name);
            let is_end = now.stage.is_end();
            if self.shown.try_with_untracked(|shown| *shown != now) == Some(true) {
                self.shown.set(now);
            }
            if is_end {
                return;
            }
            transfer.changed().await;
        }
    }

    pub(crate) fn has_ended(self) -> bool {
        untrack(|| !self.is_busy())
    }

    /// Whether this person is asked something.
    pub(crate) fn is_asking(self) -> bool {
        !self.is_sending && self.stage() == Stage::Asked
    }

    /// Whether something would be lost with the page.
    pub(crate) fn is_busy(self) -> bool {
        match self.stage() {
            Stage::Over => false,
            Stage::Done => !self.is_sending && !self.is_saved.get(),
            _ => true,
        }
    }

    /// How it ended, in a few words for who does not look; nothing when it is this person who ended it.
    pub(crate) fn ending(self) -> Option<String> {
        let title = self.title.try_get_value()?;
        match (untrack(|| self.stage()), self.is_sending) {
            (Stage::Done, true) => Some(say::has_arrived(&title)),
            (Stage::Done, false) => Some(say::is_here(&title)),
            _ => None,
        }
    }

    /// Deletes what this browser keeps of it.
    pub(crate) fn discard(self) {
        if let Some(transfer) = self.transfer.try_get_value() {
            spawn_local(async move { transfer.discard().await });
        }
    }

    fn stage(self) -> Stage {
        self.shown.with(|shown| shown.stage)
    }

    fn act(self, act: fn(&Transfer)) {
        self.transfer.with_value(act);
    }
}

impl Shown {
    fn of(transfer: &Transfer, name: &str) -> Shown {
        let progress = transfer.progress();
        let is_sending = transfer.is_sending();
        let (stage, words) = match &progress.state {
            State::Offered if is_sending => (Stage::Asked, say::asked(name)),
            State::Offered => (Stage::Asked, say::asks(name)),
            State::Preparing => (Stage::Waiting, say::PREPARING.to_owned()),
            State::Active => (Stage::Moving, String::new()),
            State::Paused { by_me: true, .. } => (Stage::Paused, say::PAUSED.to_owned()),
            State::Paused { .. } => (Stage::Waiting, say::paused_by(name)),
            State::Interrupted => (Stage::Waiting, say::INTERRUPTED.to_owned()),
            State::NoSpace if is_sending => (Stage::Waiting, say::no_space_there(name)),
            State::NoSpace => (Stage::Paused, say::NO_SPACE.to_owned()),
            State::Done if is_sending => (Stage::Done, say::arrived(name)),
            State::Done => (Stage::Done, say::received(name)),
            State::Declined if is_sending => (Stage::Over, say::declined(name)),
            State::Declined => (Stage::Over, say::DECLINED.to_owned()),
            State::Cancelled { by_me: true } => (Stage::Over, say::CANCELLED.to_owned()),
            State::Cancelled { .. } => (Stage::Over, say::cancelled_by(name)),
            State::Failed(error) => (
                Stage::Over,
                format!("{}. {}", words::sentence(error), error.hint()),
            ),
            _ => (Stage::Waiting, String::new()),
        };
        let rate = match stage {
            Stage::Moving => say::rate(progress.rate, progress.left),
            _ => String::new(),
        };
        Shown {
            stage,
            words,
            done: progress.done,
            total: progress.total,
            rate,
        }
    }
}

/// One name, or how many.
fn title(files: &[FileInfo]) -> String {
    match files {
        [file] => save::name(&file.path).to_owned(),
        files => {
            let folder = files[0].path.split_once('/').map(|(folder, _)| folder);
            let is_folder = |folder: &str| {
                let inside = |file: &FileInfo| {
                    file.path.split_once('/').map(|(first, _)| first) == Some(folder)
                };
                files.iter().all(inside)
            };
            match folder.filter(|folder| is_folder(folder)) {
                Some(folder) => say::folder(folder, files.len()),
                None => say::files(files.len()),
            }
        }
    }
}

/// One transfer: what, how far, and what can be done about it.
#[component]
pub(crate) fn ItemView(item: Item, on_removed: Callback<()>) -> impl IntoView {
    let shown = item.shown;
    let stage = Memo::new(move |_| item.stage());
    let is = move |wanted: &'static [Stage]| flag(move || wanted.contains(&stage.get()));
    let title = item.title.get_value();
    let can_answer = flag(move || !item.is_sending && stage.get() == Stage::Asked);
    let percent = move || shown.with(|shown| percent(shown.done, shown.total));
    view! {
        <li
            class="file-item" data-testid="transfer" data-stage=word(move || stage.get().name())
            data-direction=if item.is_sending { "out" } else { "in" }
        >
            <div class="file-head">
                <span class="file-mark" aria-hidden="true">
                    <Icon path=if item.is_sending { icons::UP } else { icons::FILE_DOWN }/>
                </span>
                <p class="file-what">
                    <bdi class="file-title" data-testid="transfer-title">{title.clone()}</bdi>
                    <span class="quiet">{text(move || shown.with(|shown| say::size_of(shown.total, item.count)))}</span>
                </p>
            </div>
            <p class="file-words" role="status" data-testid="transfer-words">{text(move || shown.with(|shown| shown.words.clone()))}</p>
            <div class="file-progress" hidden=flag(move || matches!(stage.get(), Stage::Asked | Stage::Done | Stage::Over))>
                <progress
                    max="100" value=text(move || percent().to_string()) aria-label=say::progress_of(&title)
                    data-testid="transfer-progress"
                ></progress>
                <p class="file-rate quiet">
                    <span>{text(move || format!("{} %", percent()))}</span>
                    <span>{text(move || shown.with(|shown| shown.rate.clone()))}</span>
                </p>
            </div>
            {part_if(flag(move || !item.is_sending && stage.get() == Stage::Done), move || view! {
                <Saving item/>
            }.into_any())}
            <div class="file-actions">
                <button type="button" class="button primary small" data-testid="accept" hidden=flag(move || !can_answer.get())
                    on:click=click(move || item.act(Transfer::accept))>{say::ACCEPT}</button>
                <button type="button" class="button small" data-testid="decline" hidden=flag(move || !can_answer.get())
                    on:click=click(move || item.act(Transfer::decline))>{say::DECLINE}</button>
                <button type="button" class="button small" data-testid="pause" hidden=flag(move || stage.get() != Stage::Moving)
                    on:click=click(move || item.act(Transfer::pause))>{say::PAUSE}</button>
                <button type="button" class="button small" data-testid="resume" hidden=flag(move || stage.get() != Stage::Paused)
                    on:click=click(move || item.act(Transfer::resume))>{say::RESUME}</button>
                <button type="button" class="button small" data-testid="cancel"
                    hidden=flag(move || can_answer.get() || is(&[Stage::Done, Stage::Over]).get())
                    on:click=click(move || item.act(Transfer::cancel))>{say::CANCEL}</button>
                <button type="button" class="button small" data-testid="remove" title=say::REMOVE_LEAD
                    hidden=flag(move || !stage.get().is_end())
                    on:click=click(move || on_removed.run(()))>{say::REMOVE}</button>
            </div>
        </li>
    }
}

/// Rounded down: all of it is there only when all of it is.
fn percent(done: u64, total: u64) -> u64 {
    done.saturating_mul(100).checked_div(total).unwrap_or(100)
}

/// What has come, to be saved.
#[component]
fn Saving(item: Item) -> impl IntoView {
    let received = item.transfer.with_value(Transfer::received);
    let more = received.len().saturating_sub(MAX_NAMED);
    let saved = move || item.is_saved.set(true);
    let all = StoredValue::new_local(received.clone());
    let is_several = received.len() > 1;
    let rows = received
        .iter()
        .take(MAX_NAMED)
        .map(|file| row(file, saved))
        .collect_view();
    view! {
        <ul class="file-rows">{rows}</ul>
        <p class="quiet" hidden=more == 0>{say::and_more(more)}</p>
        <button
            type="button" class="button primary small" data-testid="save-all" hidden=!is_several
            on:click=click(move || save::all(all.get_value(), Callback::new(move |()| saved())))
        >
            {say::SAVE_ALL}
        </button>
    }
}

fn row(file: &Received, saved: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    let url = save::Url::of(&file.file);
    let href = url
        .as_ref()
        .map(|url| url.href().to_owned())
        .unwrap_or_default();
    let name = save::name(&file.path).to_owned();
    let picture = is_picture(&file.file).then(|| href.clone());
    let url = StoredValue::new_local(url);
    on_cleanup(move || url.dispose());
    view! {
        <li class="file-row">
            {picture.map(|picture| view! { <img class="file-picture" src=picture alt=name.clone() data-testid="picture"/> })}
            <bdi class="file-name">{name.clone()}</bdi>
            <a class="button small" data-testid="save" href=href download=name.clone() aria-label=say::save_named(&name) on:click=move |_| saved()>
                {say::SAVE}
            </a>
        </li>
    }
    .into_any()
}

/// Whether browsers show it: nothing that could hold a script, such as SVG in a document of its own.
fn is_picture(blob: &Blob) -> bool {
    matches!(
        blob.type_().as_str(),
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_there_only_when_all_of_it_is() {
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(1000, 1000), 100);
        assert_eq!(percent(0, 0), 100);
        assert_eq!(percent(u64::MAX / 2, u64::MAX), 1);
    }
}
