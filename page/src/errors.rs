//! What went wrong, shown as notices: what it is, what to do, and a button where the page can do it.

use handclasp::{JoinError, MediaError, MemberId, SignalingError};
use leptos::prelude::*;

use crate::dynamic::click;
use crate::icons::{self, Icon};
use crate::words;

/// Most notices at a time. More would bury the call; the oldest goes.
const MAX_NOTICES: usize = 3;

/// What a notice's button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Asks for camera and microphone once more.
    Capture,
    /// Loads the page afresh.
    Reload,
    /// Finds out why someone cannot be reached.
    Test(MemberId),
    /// Invites once more who was lost in a call without a server.
    Invite,
    /// Opens a call at another address.
    Open(String),
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Stable name, for tests and for styling. One notice for each code.
    pub(crate) code: &'static str,
    pub(crate) title: String,
    pub(crate) hint: String,
    pub(crate) remedy: Option<Remedy>,
}

impl Notice {
    /// A notice with the words of its code.
    pub(crate) fn of(code: &'static str) -> Notice {
        let (title, hint) = words::error(code).unwrap_or((code, words::TRY_AGAIN));
        Notice {
            code,
            title: title.to_owned(),
            hint: hint.to_owned(),
            remedy: None,
        }
    }

    /// The same with a button.
    pub(crate) fn with(self, remedy: Remedy) -> Notice {
        Notice {
            remedy: Some(remedy),
            ..self
        }
    }

    /// The library's sentence and hint, as they are.
    pub(crate) fn told(code: &'static str, sentence: &dyn std::fmt::Display, hint: &str) -> Notice {
        Notice {
            code,
            title: words::sentence(sentence),
            hint: hint.to_owned(),
            remedy: None,
        }
    }

    /// The library's sentences where the page has none of its own.
    fn or_own(code: &'static str, sentence: &dyn std::fmt::Display, hint: &str) -> Notice {
        match words::error(code) {
            Some(_) => Notice::of(code),
            None => Notice {
                code,
                title: sentence.to_string(),
                hint: hint.to_owned(),
                remedy: None,
            },
        }
    }
}

impl From<&MediaError> for Notice {
    fn from(error: &MediaError) -> Notice {
        Notice::or_own(error.code(), error, error.hint()).with(Remedy::Capture)
    }
}

impl From<&JoinError> for Notice {
    fn from(error: &JoinError) -> Notice {
        Notice::or_own(error.code(), error, error.hint()).with(Remedy::Reload)
    }
}

impl From<&SignalingError> for Notice {
    fn from(error: &SignalingError) -> Notice {
        Notice::of(match error {
            SignalingError::Offline => "offline",
            SignalingError::Address => "broker-address",
            SignalingError::Insecure => "broker-insecure",
            error if error.is_permanent() => "broker-refused",
            _ => "broker-unreachable",
        })
    }
}

/// Codes of notices about the broker: they go when it is back.
pub(crate) const BROKER_CODES: [&str; 5] = [
    "offline",
    "broker-address",
    "broker-insecure",
    "broker-refused",
    "broker-unreachable",
];

/// Codes of notices about camera and microphone: they go when capture succeeds.
pub(crate) const MEDIA_CODES: [&str; 9] = [
    "media-refused",
    "media-in-use",
    "media-missing",
    "media-overconstrained",
    "media-other",
    "camera-missing",
    "camera-in-use",
    "microphone-missing",
    "microphone-in-use",
];

/// The notices that are shown.
#[derive(Clone, Copy)]
pub(crate) struct Notices(RwSignal<Vec<Notice>>);

impl Notices {
    pub(crate) fn new() -> Notices {
        Notices(RwSignal::new(Vec::new()))
    }

    /// Shows a notice, in place of an older one with the same code.
    pub(crate) fn show(self, notice: Notice) {
        self.0.update(|list| {
            list.retain(|other| other.code != notice.code);
            if list.len() == MAX_NOTICES {
                list.remove(0);
            }
            list.push(notice);
        });
    }

    /// Takes away the notices with these codes.
    pub(crate) fn clear(self, codes: &[&str]) {
        if self
            .0
            .with_untracked(|list| list.iter().any(|notice| codes.contains(&notice.code)))
        {
            self.0
                .update(|list| list.retain(|notice| !codes.contains(&notice.code)));
        }
    }

    /// Takes away all of them.
    pub(crate) fn clear_all(self) {
        self.0.set(Vec::new());
    }
}

/// The notices as a stack of cards, each an alert. `remedy` does what a button promises.
#[component]
pub(crate) fn NoticeStack(notices: Notices, remedy: Callback<Remedy>) -> impl IntoView {
    view! {
        <div class="notices">
            <For
                each=move || notices.0.get()
                key=|notice| (notice.code, notice.title.clone())
                let:notice
            >
                <div class="notice" role="alert" data-testid="error" data-code=notice.code>
                    <Icon path=icons::ALERT/>
                    <div class="notice-text">
                        <strong dir="auto">{notice.title}</strong>
                        <p>{notice.hint}</p>
                        {notice.remedy.map(|action| {
                            let words = match &action {
                                Remedy::Capture => words::TRY_AGAIN,
                                Remedy::Reload => words::RELOAD,
                                Remedy::Test(_) => words::WHY,
                                Remedy::Invite => words::INVITE_AGAIN,
                                Remedy::Open(_) => words::OPEN_LINK,
                            };
                            view! {
                                <button type="button" class="button small" on:click=click(move || remedy.run(action.clone()))>
                                    {words}
                                </button>
                            }
                        })}
                    </div>
                    <button
                        type="button"
                        class="icon-button"
                        title=words::DISMISS
                        aria-label=words::DISMISS
                        on:click=click(move || notices.clear(&[notice.code]))
                    >
                        <Icon path=icons::CLOSE/>
                    </button>
                </div>
            </For>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_is_cleared_together_has_words() {
        for code in BROKER_CODES
            .iter()
            .chain(MEDIA_CODES.iter().filter(|code| **code != "media-other"))
        {
            assert!(words::error(code).is_some(), "{code}");
        }
    }

    #[test]
    fn the_librarys_media_errors_have_words_of_the_page() {
        for error in [
            MediaError::Refused,
            MediaError::InUse,
            MediaError::Missing,
            MediaError::Overconstrained,
            MediaError::Insecure,
        ] {
            assert!(words::error(error.code()).is_some(), "{}", error.code());
            assert!(MEDIA_CODES.contains(&error.code()) || error == MediaError::Insecure);
        }
    }

    #[test]
    fn what_the_page_has_no_words_for_is_said_by_the_library() {
        let error = MediaError::Other {
            name: "StrangeError".into(),
        };
        let notice = Notice::from(&error);
        assert_eq!(notice.title, error.to_string());
        assert_eq!(notice.hint, error.hint());
    }
}
