//! Handshakes by hand: two people carry two codes, and no server is needed.
//!
//! Who invites shows a code. The guest accepts it, and shows another, which goes back. Both are complete when they are shown, within two
//! seconds, about 150 letters long, and good for as long as both pages stay open: the pauses that people make are no matter.
//! The connection begins with data alone; what is published is added over it, and so do members introduce each other:
//! everyone who joins shakes hands once, with anyone.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use handclasp_core::MemberId;
use handclasp_core::card::{self, Card, CardError};
use handclasp_core::handshake::{self, HandshakeError, Output};
use handclasp_core::link::BrowserEvent;
use handclasp_core::session::Description;

use crate::alarm::Alarm;
use crate::connection::{Connection, Report};
use crate::peer::Peer;
use crate::sys;
use crate::wakers::Wakers;

/// Most reports of a connection that wait until the room has it. A handful comes in between.
const MAX_EARLY: usize = 64;

/// Where a handshake goes when it is done, and what it is part of: the room.
pub(crate) trait Host {
    /// Takes a connection that works as the one to `peer`. Whether it did: the room may be full, or left.
    fn adopt(&self, peer: &Peer, connection: &Rc<Connection>, remote: &Description) -> bool;

    /// What a connection says that was adopted.
    fn report(&self, member: MemberId, report: Report);

    /// A handshake has come to nothing.
    fn forget(&self, member: MemberId);
}

/// What a room knows of its handshakes. A trait, so that programs without any are without their code.
pub(crate) trait UnderWay {
    fn is_under_way(&self) -> bool;

    /// The room has been left.
    fn withdraw(&self);
}

impl UnderWay for Hand {
    fn is_under_way(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Preparing | Stage::Shown(_))
    }

    fn withdraw(&self) {
        if self.is_under_way() {
            self.end(HandshakeError::Refused);
        }
    }
}

/// One handshake from this side.
pub(crate) struct Hand {
    host: Weak<dyn Host>,
    peer: Peer,
    steps: RefCell<handshake::Handshake>,
    connection: RefCell<Option<Rc<Connection>>>,
    stage: RefCell<Stage>,
    /// What the connection said since it worked and before the room had it.
    early: RefCell<Vec<Report>>,
    alarm: Alarm,
    working: Cell<bool>,
    wakers: Wakers,
}

#[derive(Clone, Debug)]
enum Stage {
    Preparing,
    Shown(Card),
    Connected,
    Failed(HandshakeError),
}

impl Hand {
    /// Begins. `open` makes the connection, given where its reports go.
    pub(crate) fn begin<E>(
        host: Weak<dyn Host>,
        peer: Peer,
        steps: handshake::Handshake,
        open: impl FnOnce(Rc<dyn Fn(Report)>) -> Result<Rc<Connection>, E>,
    ) -> Result<Rc<Self>, E> {
        let hand = Rc::new(Self {
            host,
            peer,
            steps: RefCell::new(steps),
            connection: RefCell::default(),
            stage: RefCell::new(Stage::Preparing),
            early: RefCell::default(),
            alarm: Alarm::default(),
            working: Cell::new(false),
            wakers: Wakers::default(),
        });
        let this = Rc::downgrade(&hand);
        let host = Weak::clone(&hand.host);
        let member = hand.peer.id();
        // Once the room has the connection, the handshake may be gone.
        let connection = open(Rc::new(move |report| {
            match (this.upgrade(), host.upgrade()) {
                (Some(hand), _) if !hand.is_connected() => hand.report(report),
                (_, Some(host)) => host.report(member, report),
                _ => {}
            }
        }))?;
        hand.connection.replace(Some(connection));
        hand.work(|_| {});
        Ok(hand)
    }

    pub(crate) fn member(&self) -> MemberId {
        self.peer.id()
    }

    fn is_connected(&self) -> bool {
        matches!(*self.stage.borrow(), Stage::Connected)
    }

    /// The code, once it is complete.
    pub(crate) async fn card(&self) -> Result<Card, HandshakeError> {
        self.wakers
            .until(|| !matches!(*self.stage.borrow(), Stage::Preparing))
            .await;
        match &*self.stage.borrow() {
            Stage::Failed(error) => Err(error.clone()),
            Stage::Shown(card) => Ok(card.clone()),
            // A code is made before any connection.
            Stage::Preparing | Stage::Connected => Err(HandshakeError::Unreachable),
        }
    }

    async fn outcome(&self) -> Result<Peer, HandshakeError> {
        let is_over = || matches!(*self.stage.borrow(), Stage::Connected | Stage::Failed(_));
        self.wakers.until(is_over).await;
        match &*self.stage.borrow() {
            Stage::Failed(error) => Err(error.clone()),
            _ => Ok(self.peer.clone()),
        }
    }

    fn reply(self: &Rc<Self>, text: &str) -> Result<(), CardError> {
        // Answered already, or withdrawn.
        if !matches!(*self.stage.borrow(), Stage::Shown(_)) {
            return Err(CardError::OtherInvitation);
        }
        let mut result = Ok(());
        self.work(|steps| result = steps.reply(text, minutes()));
        result
    }

    fn report(self: &Rc<Self>, report: Report) {
        match report {
            Report::Browser(event) => {
                // What media there is to negotiate by then is the room's.
                if event == BrowserEvent::NegotiationNeeded {
                    self.keep(Report::Browser(event.clone()));
                }
                self.work(|steps| steps.browser(event, sys::now()));
            }
            // The other side may be done a moment before.
            report => self.keep(report),
        }
    }

    fn keep(&self, report: Report) {
        let mut early = self.early.borrow_mut();
        if early.len() < MAX_EARLY {
            early.push(report);
        } else {
            tracing::warn!("dropped what came before a handshake was done: too much");
        }
    }

    /// Lets the steps take something in, and does what they say.
    fn work(self: &Rc<Self>, take: impl FnOnce(&mut handshake::Handshake)) {
        take(&mut self.steps.borrow_mut());
        if self.working.replace(true) {
            return;
        }
        loop {
            let output = self.steps.borrow_mut().poll();
            let Some(output) = output else {
                break;
            };
            match output {
                Output::Browser(command) => {
                    let connection = self.connection.borrow().clone();
                    if let Some(connection) = connection {
                        connection.perform(command);
                    }
                }
                Output::Ready(card) => self.become_stage(Stage::Shown(card)),
                Output::Connected => self.hand_over(),
                Output::Failed(error) => self.end(error),
            }
        }
        self.working.set(false);
        self.arm();
    }

    fn arm(self: &Rc<Self>) {
        let next = self.steps.borrow().next_timeout();
        let this = Rc::downgrade(self);
        self.alarm.set(next, move || {
            if let Some(this) = this.upgrade() {
                this.alarm.clear();
                this.work(|steps| steps.timeout(sys::now()));
            }
        });
    }

    fn hand_over(&self) {
        let remote = self.steps.borrow().remote();
        let connection = self.connection.take();
        let host = self.host.upgrade();
        let (Some(remote), Some(connection), Some(host)) = (remote, connection, host) else {
            return self.end(HandshakeError::Unreachable);
        };
        // From here on reports go to the room, those first that came before.
        self.stage.replace(Stage::Connected);
        if !host.adopt(&self.peer, &connection, &remote) {
            self.connection.replace(Some(connection));
            return self.end(HandshakeError::Refused);
        }
        for report in self.early.take() {
            host.report(self.member(), report);
        }
        self.wakers.wake();
    }

    /// It comes to nothing, for this reason.
    fn end(&self, error: HandshakeError) {
        if let Some(connection) = self.connection.take() {
            // Nothing was sent that would have to arrive.
            drop(connection.close());
        }
        self.alarm.clear();
        self.become_stage(Stage::Failed(error));
        if let Some(host) = self.host.upgrade() {
            host.forget(self.member());
        }
    }

    fn become_stage(&self, stage: Stage) {
        self.stage.replace(stage);
        self.wakers.wake();
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// The time in minutes since the Unix epoch, by this device's clock.
pub(crate) fn minutes() -> u64 {
    (js_sys::Date::now() / 60_000.0) as u64
}

/// An invitation to this room, to be carried by hand: [`Room::invite`](crate::Room::invite).
///
/// It is for one guest. Dropping it withdraws it, unless the guest is connected by then.
///
/// ```no_run
/// # async fn example(room: handclasp::Room, show: fn(&str), pasted: fn() -> String)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// let invitation = room.invite().await?;
/// show(&format!("https://example.org/#h={}", invitation.code()));
/// // … a minute later, or twenty:
/// invitation.reply(&pasted())?;
/// let guest = invitation.connected().await?;
/// # drop(guest); Ok(()) }
/// ```
#[must_use = "an invitation is withdrawn when it is dropped"]
pub struct Invitation(pub(crate) Rc<Hand>, pub(crate) Card);

/// The reply to an invitation, to be carried back: [`Room::accept`](crate::Room::accept).
///
/// Dropping it gives the handshake up, unless both are connected by then.
#[must_use = "a reply is withdrawn when it is dropped"]
pub struct Reply(pub(crate) Rc<Hand>, pub(crate) Card);

impl Invitation {
    /// The code: 110 to 274 letters, digits, `-` and `_`, for the fragment of a link or by itself. It holds the room's secret.
    pub fn code(&self) -> String {
        self.1.to_text().unwrap_or_default()
    }

    /// The code for a QR code that only handclasp reads, at most 311 characters of the alphanumeric mode: version 10 at level M.
    pub fn qr_text(&self) -> String {
        self.1.to_qr_text().unwrap_or_default()
    }

    /// Takes the guest's reply: the code, a link with it, or a message with either in it.
    ///
    /// # Errors
    /// [`CardError`] says what is wrong with the text; the invitation is as it was, and another can be tried.
    pub fn reply(&self, text: &str) -> Result<(), CardError> {
        self.0.reply(text)
    }

    /// Ready when the guest is connected, or cannot be any more.
    ///
    /// # Errors
    /// [`HandshakeError`]. Forty seconds after the reply it is [`Unreachable`](HandshakeError::Unreachable); before it there is no
    /// deadline.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn connected(&self) -> Result<Peer, HandshakeError> {
        self.0.outcome().await
    }
}

impl Reply {
    /// The code, as [`Invitation::code`].
    pub fn code(&self) -> String {
        self.1.to_text().unwrap_or_default()
    }

    /// The code for a QR code, as [`Invitation::qr_text`].
    pub fn qr_text(&self) -> String {
        self.1.to_qr_text().unwrap_or_default()
    }

    /// Ready when both are connected, or cannot be any more. How long the other side takes is not bounded.
    ///
    /// # Errors
    /// [`HandshakeError`].
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn connected(&self) -> Result<Peer, HandshakeError> {
        self.0.outcome().await
    }
}

/// Without the code.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").finish_non_exhaustive()
    }
}

/// Without the code.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}

/// Reads a code without doing anything with it: whether a text is an invitation or a reply, and whether it is whole and not too old.
///
/// # Errors
/// [`CardError`].
pub fn read_code(text: &str) -> Result<CodeKind, CardError> {
    find_code(text).map(|(kind, _)| kind)
}

/// Likewise, with the code by itself, as the fragment of a link has it, whatever it was found in: a link, a message, a QR code.
///
/// # Errors
/// [`CardError`].
pub fn find_code(text: &str) -> Result<(CodeKind, String), CardError> {
    let card = Card::parse(text)?;
    let kind = match card.purpose {
        card::Purpose::Invitation { .. } => {
            card.invitation(minutes()).map(|_| CodeKind::Invitation)?
        }
        card::Purpose::Reply { .. } => CodeKind::Reply,
    };
    let code = card.to_text().map_err(|_| CardError::Malformed)?;
    Ok((kind, code))
}

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// For [`Room::accept`](crate::Room::accept).
    Invitation,
    /// For [`Invitation::reply`].
    Reply,
}
