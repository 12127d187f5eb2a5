//! A handshake by hand from this side: what is shown to be carried, and what comes back.

mod handover;
pub(crate) mod opened;
mod panel;

use std::fmt::Display;
use std::rc::Rc;

use handclasp::{CardError, Invitation, InviteError, Reply, Room, read_code};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::Shared;
use crate::dynamic::effect;
use crate::link::{self, Place};
use crate::{browser, qr, words};
use handover::Listener;
pub(crate) use panel::{Answering, Inviting, look_at_panel};

/// Most invitations that wait for a reply. Nobody keeps more apart; the oldest is withdrawn.
const MAX_OPEN: usize = 4;

/// Largest version of a QR code that a link is shown as: cameras read it off another screen. A longer one is shown as the bare code, which
/// takes fewer squares, and only this page's scanner reads.
const MAX_VERSION: u32 = 10;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody is being invited.
    Idle,
    /// The code is being made.
    Making,
    /// It is there to be sent.
    Shown,
    /// It has been copied or shared, so the other side is expected to act.
    Sent,
    /// The reply is there, and the browsers look for a way.
    Connecting,
    Failed,
}

/// What is wrong, to be shown beside where it went wrong.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Stable name, for tests.
    code: &'static str,
    sentence: String,
    hint: &'static str,
}

/// The handshake. A handle: copies are the same. It lives as long as the call is shown.
#[derive(Clone, Copy)]
pub(crate) struct Hand {
    shared: Shared,
    stage: RwSignal<Stage>,
    /// Whether this person was invited, and has not been connected yet.
    is_guest: RwSignal<bool>,
    /// What is to be sent: a link, or the bare code where the page has no address. Empty until it is complete.
    code: RwSignal<String>,
    /// The same for a QR code.
    qr: RwSignal<String>,
    /// What the field for the reply holds.
    pasted: RwSignal<String>,
    wrong: RwSignal<Option<Wrong>>,
    /// Those that wait for their reply, the newest last.
    invitations: StoredValue<Vec<Rc<Invitation>>, LocalStorage>,
    /// Counts codes, so that what becomes of an earlier one does not show.
    turn: StoredValue<u32>,
}

impl Hand {
    pub(crate) fn new(shared: Shared) -> Hand {
        let is_guest = matches!(shared.place(), Place::Code(_));
        let stage = if is_guest { Stage::Making } else { Stage::Idle };
        Hand {
            shared,
            stage: RwSignal::new(stage),
            is_guest: RwSignal::new(is_guest),
            code: RwSignal::new(String::new()),
            qr: RwSignal::new(String::new()),
            pasted: RwSignal::new(String::new()),
            wrong: RwSignal::new(None),
            invitations: StoredValue::new_local(Vec::new()),
            turn: StoredValue::new(0),
        }
    }

    pub(crate) fn is_guest(self) -> bool {
        self.is_guest.get()
    }

    /// Follows the call: shows the guest's reply, takes replies that come by other ways than the field, and keeps the person from
    /// closing a page that somebody is about to answer.
    pub(crate) fn follow(self) {
        let shared = self.shared;
        effect(move || {
            if shared.session.is_refused() {
                shared.return_to_lobby();
            }
        });
        effect(move || {
            if shared.session.is_joined()
                && self.is_guest()
                && let Some(reply) = shared.session.reply()
            {
                self.show_reply(reply);
            }
        });
        effect(move || {
            let has_company = shared.session.with_people(|people| !people.is_empty());
            if has_company && self.is_guest.get_untracked() {
                self.is_guest.set(false);
                self.stage.set(Stage::Idle);
                // The invitation is used up. Who loads the page anew begins a handshake of their own.
                browser::replace_fragment(&Place::ByHand.to_fragment());
            }
        });
        effect(move || {
            let offered = shared.offered.get();
            if !offered.is_empty() {
                shared.offered.set(String::new());
            }
            if !offered.is_empty() && !self.is_guest.get_untracked() {
                shared.is_inviting.set(true);
                self.pasted.set(offered.clone());
                self.reply(&offered, true);
            }
        });
        // Listens for as long as the call is shown.
        StoredValue::new_local(Listener::new(move |code| self.take(code).is_ok()));
        let listener = window_event_listener(ev::beforeunload, move |event| {
            let stage = self.stage.get_untracked();
            if matches!(stage, Stage::Sent | Stage::Connecting) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    }

    /// Makes an invitation unless there is one.
    fn begin(self) {
        if self.stage.get_untracked() == Stage::Idle {
            self.invite();
        }
    }

    /// Makes a new invitation. Earlier ones are good for as long as there is room for them.
    fn invite(self) {
        let Some(room) = self.shared.session.room() else {
            return;
        };
        let turn = self.next_turn();
        self.wrong.set(None);
        self.pasted.set(String::new());
        self.code.set(String::new());
        self.stage.set(Stage::Making);
        spawn_local(async move {
            let made = self.make(room).await;
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match made {
                Ok(invitation) => {
                    self.show(&invitation.code(), invitation.qr_text());
                    self.invitations
                        .update_value(|open| open.push(Rc::new(invitation)));
                }
                Err(error) => self.fail(error.code(), &error, error.hint()),
            }
        });
    }

    async fn make(self, room: Room) -> Result<Invitation, InviteError> {
        while self.invitations.try_with_value(Vec::len) >= Some(MAX_OPEN) {
            self.withdraw_oldest();
        }
        loop {
            match room.invite().await {
                Err(InviteError::Full) if self.withdraw_oldest() => {}
                made => return made,
            }
        }
    }

    /// Whether there was one.
    fn withdraw_oldest(self) -> bool {
        let oldest = self.invitations.try_update_value(|open| match open.len() {
            0 => None,
            _ => Some(open.remove(0)),
        });
        oldest.flatten().is_some()
    }

    fn show_reply(self, reply: Rc<Reply>) {
        let turn = self.next_turn();
        self.show(&reply.code(), reply.qr_text());
        spawn_local(async move {
            // What becomes of it otherwise, the company shows.
            if let Err(error) = reply.connected().await
                && self.turn.try_get_value() == Some(turn)
            {
                self.fail(error.code(), &error, error.hint());
            }
        });
    }

    fn show(self, code: &str, for_scanner: String) {
        let code = match browser::has_web_address() {
            true => {
                let name = browser::encode_name(&self.shared.name.get_untracked());
                let fragment = link::fragment_of_code(code, &name);
                format!("{}#{fragment}", browser::page_address())
            }
            false => code.to_owned(),
        };
        // Any phone opens a link that it sees. A reply is read by the page that waits for it.
        let is_link = code.starts_with("http") && !self.is_guest.get_untracked();
        let fits = qr::version(&code).is_some_and(|version| version <= MAX_VERSION);
        self.qr.set(match is_link && fits {
            true => code.clone(),
            false => for_scanner,
        });
        self.code.set(code);
        self.stage.set(Stage::Shown);
    }

    /// The code is on its way, as far as this page can tell.
    fn sent(self) {
        if self.stage.get_untracked() == Stage::Shown {
            self.stage.set(Stage::Sent);
        }
    }

    /// Takes what stands in the field. What is wrong with it is told if the person thinks that it is complete.
    fn reply(self, text: &str, is_complete: bool) {
        self.wrong.set(None);
        match self.take(text) {
            Err(error) if is_complete => self.wrong.set(Some(Wrong {
                code: error.code(),
                sentence: words::sentence(&error),
                hint: error.hint(),
            })),
            _ => {}
        }
    }

    /// Takes a reply to any of the invitations that are open.
    fn take(self, text: &str) -> Result<(), CardError> {
        let open = self.invitations.try_get_value().unwrap_or_default();
        let mut told = read_code(text).and(Err(CardError::OtherInvitation));
        for invitation in open.into_iter().rev() {
            match invitation.reply(text) {
                Ok(()) => {
                    self.connect(invitation);
                    return Ok(());
                }
                // To one of the others, perhaps.
                Err(CardError::OtherInvitation) => {}
                Err(CardError::IsInvitation) if told == Err(CardError::Own) => {}
                Err(error) => told = Err(error),
            }
        }
        told
    }

    fn connect(self, invitation: Rc<Invitation>) {
        let turn = self.next_turn();
        self.wrong.set(None);
        self.stage.set(Stage::Connecting);
        spawn_local(async move {
            let outcome = invitation.connected().await;
            self.invitations
                .try_update_value(|open| open.retain(|other| !Rc::ptr_eq(other, &invitation)));
            if self.turn.try_get_value() != Some(turn) {
                return;
            }
            match outcome {
                Ok(_) => {
                    self.stage.set(Stage::Idle);
                    self.pasted.set(String::new());
                    self.shared.is_inviting.set(false);
                }
                Err(error) => self.fail(error.code(), &error, error.hint()),
            }
        });
    }

    fn fail(self, code: &'static str, error: &dyn Display, hint: &'static str) {
        self.wrong.set(Some(Wrong {
            code,
            sentence: words::sentence(error),
            hint,
        }));
        self.stage.set(Stage::Failed);
    }

    fn next_turn(self) -> u32 {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.turn.get_value()
    }
}
