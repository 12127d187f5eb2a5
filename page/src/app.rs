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
use crate::later::{self, Calling, NotLoaded};
use crate::link::Place;
use crate::lobby::Lobby;
use crate::local::Local;
use crate::session::Session;
use crate::start::Start;
use crate::{browser, name, words};

/// Key of the person's name in the browser's storage.
const NAME_KEY: &str = "name";

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Start,
    Lobby,
    Call,
    /// While a handshake code in the address is read.
    Opening,
    /// A reply was opened as a link; whether the tab that waits for it has taken it.
    Reply {
        is_taken: bool,
    },
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
    /// Whether the dialog that invites another person is open.
    pub(crate) is_inviting: RwSignal<bool>,
    /// A reply that came by the address bar of a call; empty when there is none.
    pub(crate) offered: RwSignal<String>,
    screen: RwSignal<Screen>,
    /// Which call this is.
    place: RwSignal<Place>,
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
            is_inviting: RwSignal::new(false),
            offered: RwSignal::new(String::new()),
            screen: RwSignal::new(Screen::Start),
            place: RwSignal::new(Place::Start),
            is_joining: RwSignal::new(false),
            calling: StoredValue::new(None),
            began: StoredValue::new(0.0),
        }
    }

    /// The link of the call, to be sent to others.
    pub(crate) fn link(self) -> String {
        let fragment = self.place.with(Place::to_fragment);
        format!("{}#{fragment}", browser::page_address())
    }

    /// Which call this is.
    pub(crate) fn place(self) -> Place {
        self.place.get_untracked()
    }

    pub(crate) fn is_in_call(self) -> bool {
        self.screen.get_untracked() == Screen::Call
    }

    /// Makes a new room and goes to its lobby.
    pub(crate) fn start_call(self) {
        self.open(Place::Room(Secret::generate().to_base64url()));
    }

    /// Goes to the lobby of a call; the address says which.
    pub(crate) fn open(self, place: Place) {
        // The hashchange event that follows finds the call open already.
        let _ = browser::window().location().set_hash(&place.to_fragment());
        self.enter_lobby(place);
    }

    /// Follows a link with a handshake code in it.
    pub(crate) fn open_code(self, fragment: &str) {
        let location = browser::window().location();
        match location.hash() {
            Ok(hash) if hash.strip_prefix('#') == Some(fragment) => self.read_code(hash),
            // The rest follows from the hashchange event.
            _ => drop(location.set_hash(fragment)),
        }
    }

    /// Reads the handshake code in the address, and does what it is for.
    fn read_code(self, fragment: String) {
        if !self.is_in_call() {
            self.close();
            self.screen.set(Screen::Opening);
        }
        spawn_local(async move {
            let calling = later::calling().await;
            // Meanwhile another link may have been opened.
            if browser::place_in_address() != Place::Code(fragment.clone()) {
                return;
            }
            match self.keep(calling) {
                Some(calling) => (calling.open_code)(self, &fragment),
                None => self.refuse(Notice::of("not-loaded").with(Remedy::Reload)),
            }
        });
    }

    /// Looks for a handshake code in what was pasted on the first screen, and opens it.
    pub(crate) fn paste_code(self, text: String) {
        spawn_local(async move {
            let calling = later::calling().await;
            match self.keep(calling).map(|calling| (calling.find_code)(&text)) {
                Some(Ok(fragment)) => self.open_code(&fragment),
                Some(Err(notice)) => self.notices.show(notice),
                None => self.notices.show(Notice::of("not-loaded")),
            }
        });
    }

    fn keep(self, calling: Result<Calling, NotLoaded>) -> Option<Calling> {
        let calling = calling.ok();
        self.calling.set_value(calling);
        calling
    }

    /// Says what came of a reply that was opened as a link.
    pub(crate) fn show_reply(self, is_taken: bool) {
        self.close();
        self.screen.set(Screen::Reply { is_taken });
    }

    /// To the first screen, with the reason; a call goes on.
    pub(crate) fn refuse(self, notice: Notice) {
        if !self.is_in_call() {
            self.close();
            self.place.set(Place::Start);
            self.screen.set(Screen::Start);
        }
        self.notices.show(notice);
    }

    /// From the lobby into the call.
    pub(crate) fn join(self) {
        let name = name::clean(&self.name.get_untracked());
        self.name.set(name.clone());
        browser::remember(NAME_KEY, &name);
        let place = self.place();
        if self.is_joining.get_untracked() {
            return;
        }
        self.is_joining.set(true);
        spawn_local(async move {
            let calling = later::calling().await;
            self.is_joining.set(false);
            // Meanwhile another link may have been opened.
            if self.place() != place || self.screen.get_untracked() != Screen::Lobby {
                return;
            }
            let Some(calling) = self.keep(calling) else {
                return self.notices.show(Notice::of("not-loaded"));
            };
            self.notices.clear(&["not-loaded"]);
            self.began.set_value(js_sys::Date::now());
            (calling.join)(self.session, place, &name);
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

    /// Back to the lobby of the same call; of one without a server, to that of another.
    pub(crate) fn rejoin(self) {
        match self.place() {
            place @ Place::Room(_) => self.enter_lobby(place),
            _ => self.open(Place::ByHand),
        }
    }

    /// Back to the lobby, because the call could not be entered.
    pub(crate) fn return_to_lobby(self) {
        self.session.leave();
        self.screen.set(Screen::Lobby);
    }

    pub(crate) fn enter_lobby(self, place: Place) {
        self.close();
        self.place.set(place);
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
        let place = browser::place_in_address();
        let is_open = place == self.place();
        match place {
            Place::Start | Place::Broken => {
                let is_broken = place == Place::Broken;
                self.close();
                self.place.set(Place::Start);
                self.screen.set(Screen::Start);
                if is_broken {
                    self.notices.show(Notice::of("link-broken"));
                }
            }
            _ if is_open && self.screen.get_untracked() != Screen::Start => {}
            Place::Code(fragment) => self.read_code(fragment),
            place => self.enter_lobby(place),
        }
    }

    /// What a button on a notice promises.
    fn remedy(self, remedy: Remedy) {
        match remedy {
            Remedy::Capture => self.local.capture(),
            Remedy::Test(id) => self.test.run(Some(id)),
            Remedy::Invite => {
                self.notices.clear(&["peer-lost"]);
                self.is_inviting.set(true);
            }
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
            Screen::Opening => "opening",
            Screen::Reply { .. } => "reply",
            Screen::Goodbye { .. } => "goodbye",
            Screen::Impossible => "impossible",
        })>
            <NoticeStack notices=shared.notices remedy=Callback::new(move |remedy| shared.remedy(remedy))/>
            {part(move || match shared.screen.get() {
                Screen::Start => view! { <Start/> }.into_any(),
                Screen::Lobby => view! { <Lobby/> }.into_any(),
                Screen::Call => shared.calling.get_value().map_or_else(|| ().into_any(), |calling| (calling.view)()),
                Screen::Opening => view! { <Opening/> }.into_any(),
                Screen::Reply { is_taken } => shared.calling.get_value().map_or_else(|| ().into_any(), |calling| (calling.reply)(is_taken)),
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

/// Until a handshake code is read: no longer than the part that reads it takes to load.
#[component]
fn Opening() -> impl IntoView {
    view! {
        <header class="bar"><Brand/></header>
        <main class="middle"><p class="quiet" role="status">{words::OPENING}</p></main>
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
