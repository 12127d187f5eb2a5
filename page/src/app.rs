//! The page as a whole: which screen is shown, and what they share.

use handclasp::Secret;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::diagnose::{Test, TestPanel};
use crate::dynamic::{effect, part, word};
use crate::errors::{Notice, NoticeStack, Notices, Remedy};
use crate::goodbye::Goodbye;
use crate::icons::Mark;
use crate::later::{self, Calling};
use crate::lobby::Lobby;
use crate::local::Local;
use crate::session::Session;
use crate::start::Start;
use crate::{browser, link, name, words};

/// Key of the person's name in the browser's storage.
const NAME_KEY: &str = "name";

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Start,
    Lobby,
    Call,
    /// After hanging up; how many minutes the call lasted.
    Goodbye {
        minutes: u32,
    },
    /// This browser, or this address, cannot hold a call.
    Impossible,
}

/// What all screens share. A handle: copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    pub(crate) local: Local,
    pub(crate) session: Session,
    pub(crate) notices: Notices,
    pub(crate) test: Test,
    pub(crate) name: RwSignal<String>,
    screen: RwSignal<Screen>,
    room: RwSignal<Option<String>>,
    /// Whether someone waits for the call to be loaded.
    pub(crate) is_joining: RwSignal<bool>,
    /// Set before the screen is that of the call.
    calling: StoredValue<Option<Calling>>,
    began: StoredValue<f64>,
}

impl Shared {
    fn new() -> Shared {
        let notices = Notices::new();
        let session = Session::new(notices);
        Shared {
            local: Local::new(notices),
            session,
            test: Test::new(session),
            notices,
            name: RwSignal::new(name::clean(&browser::recall(NAME_KEY).unwrap_or_default())),
            screen: RwSignal::new(Screen::Start),
            room: RwSignal::new(None),
            is_joining: RwSignal::new(false),
            calling: StoredValue::new(None),
            began: StoredValue::new(0.0),
        }
    }

    /// The link of the room, to be sent to others.
    pub(crate) fn link(self) -> String {
        let room = self.room.get().unwrap_or_default();
        format!(
            "{}#{}",
            browser::page_address(),
            link::fragment_of_room(&room)
        )
    }

    /// Makes a new room and goes to its lobby.
    pub(crate) fn start_call(self) {
        self.open_room(Secret::generate().to_base64url());
    }

    /// Goes to the lobby of a room; the address says which.
    pub(crate) fn open_room(self, secret: String) {
        // The hashchange event that follows finds the room open already.
        let _ = browser::window()
            .location()
            .set_hash(&link::fragment_of_room(&secret));
        self.enter_lobby(secret);
    }

    /// From the lobby into the call.
    pub(crate) fn join(self) {
        let name = name::clean(&self.name.get_untracked());
        self.name.set(name.clone());
        browser::remember(NAME_KEY, &name);
        let Some(secret) = self.room.get_untracked() else {
            return;
        };
        if self.is_joining.get_untracked() {
            return;
        }
        self.is_joining.set(true);
        spawn_local(async move {
            let calling = later::calling().await;
            self.is_joining.set(false);
            // Meanwhile another link may have been opened.
            let is_here = self
                .room
                .with_untracked(|room| room.as_ref() == Some(&secret));
            if !is_here || self.screen.get_untracked() != Screen::Lobby {
                return;
            }
            let Ok(calling) = calling else {
                return self.notices.show(Notice::of("not-loaded"));
            };
            self.notices.clear(&["not-loaded"]);
            self.calling.set_value(Some(calling));
            self.began.set_value(js_sys::Date::now());
            (calling.join)(self.session, &secret, &name);
            self.screen.set(Screen::Call);
        });
    }

    /// Out of the call.
    pub(crate) fn hang_up(self) {
        let minutes = (js_sys::Date::now() - self.began.get_value()) / 60_000.0;
        self.close();
        self.screen.set(Screen::Goodbye {
            minutes: minutes as u32,
        });
    }

    /// Back to the lobby of the same room.
    pub(crate) fn rejoin(self) {
        match self.room.get_untracked() {
            Some(secret) => self.enter_lobby(secret),
            None => self.screen.set(Screen::Start),
        }
    }

    fn enter_lobby(self, secret: String) {
        self.close();
        self.room.set(Some(secret));
        self.screen.set(Screen::Lobby);
        self.local.capture();
    }

    fn close(self) {
        self.session.leave();
        self.local.release();
        self.notices.clear_all();
    }

    /// Follows the address bar: a link opened in this tab, or the back button.
    fn follow_address(self) {
        if self.screen.get_untracked() == Screen::Impossible {
            return;
        }
        let room = browser::room_in_address();
        let is_open = room.is_some() && room == self.room.get_untracked();
        match room {
            Some(_) if is_open && self.screen.get_untracked() != Screen::Start => {}
            Some(secret) => self.enter_lobby(secret),
            None => {
                self.close();
                self.room.set(None);
                self.screen.set(Screen::Start);
                let fragment = browser::window().location().hash().unwrap_or_default();
                if fragment.len() > 1 {
                    self.notices.show(Notice::of("link-broken"));
                }
            }
        }
    }

    /// What a button on a notice promises.
    fn remedy(self, remedy: Remedy) {
        match remedy {
            Remedy::Capture => self.local.capture(),
            Remedy::Test(id) => self.test.run(Some(id)),
            Remedy::Reload => {
                let _ = browser::window().location().reload();
            }
            Remedy::Open(url) => {
                let _ = browser::window().location().assign(&url);
            }
        }
    }
}

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let shared = Shared::new();
    provide_context(shared);
    spawn_local(shared.local.follow_devices());
    match browser::obstacle() {
        Some(code) => {
            shared.screen.set(Screen::Impossible);
            shared.notices.show(Notice::of(code));
        }
        None => {
            shared.follow_address();
            // Whoever opens this page is about to call. What does not come now is asked for again then.
            spawn_local(async { drop(later::calling().await) });
        }
    }
    let listener = window_event_listener(ev::hashchange, move |_| shared.follow_address());
    on_cleanup(move || listener.remove());
    // A tab that is closed says goodbye, so that nobody waits for it. One that the browser keeps for the back button
    // comes back to the goodbye screen.
    let listener = window_event_listener(ev::pagehide, move |_| {
        if shared.screen.get_untracked() == Screen::Call {
            shared.hang_up();
        }
    });
    on_cleanup(move || listener.remove());

    effect(move || {
        document().set_title(&match shared.screen.get() {
            Screen::Lobby | Screen::Call => format!("{} · {}", words::CALL_TITLE, words::PRODUCT),
            _ => words::PRODUCT.to_owned(),
        });
    });

    view! {
        <div class="page" data-screen=word(move || match shared.screen.get() {
            Screen::Start => "start",
            Screen::Lobby => "lobby",
            Screen::Call => "call",
            Screen::Goodbye { .. } => "goodbye",
            Screen::Impossible => "impossible",
        })>
            <NoticeStack notices=shared.notices remedy=Callback::new(move |remedy| shared.remedy(remedy))/>
            {part(move || match shared.screen.get() {
                Screen::Start => view! { <Start/> }.into_any(),
                Screen::Lobby => view! { <Lobby/> }.into_any(),
                Screen::Call => shared.calling.get_value().map_or_else(|| ().into_any(), |calling| (calling.view)()),
                Screen::Goodbye { minutes } => view! { <Goodbye minutes/> }.into_any(),
                Screen::Impossible => view! { <Impossible/> }.into_any(),
            })}
            <TestPanel test=shared.test/>
        </div>
    }
}

/// The name of the product and the way home.
#[component]
pub(crate) fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="#" aria-label=words::HOME>
            <Mark/>
            <span>{words::PRODUCT}</span>
        </a>
    }
}

/// Nothing but the reason, which is a notice.
#[component]
fn Impossible() -> impl IntoView {
    view! {
        <header class="bar"><Brand/></header>
        <main class="middle">
            <h1 class="visually-hidden">{words::PRODUCT}</h1>
        </main>
    }
}
