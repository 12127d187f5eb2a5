//! One handshake by hand: from an invitation and its reply to a connection that works.
//!
//! Two people carry two [codes](crate::card), and take their time. The connection is of data alone, so that the codes stay short; once
//! it works it is [adopted](crate::mesh::Mesh::adopt) by the room, over which all else is negotiated.
//!
//! ```text
//!   inviter   set local (offer) ── gather ── show ─────────────── read ── set remote ─────── connected
//!                                             │ invitation         ▲ reply                       │
//!                                             ▼                    │                             │
//!   guest                                   read ── set remote ── set local ── gather ── show ── connected
//! ```
//!
//! The guest's browser sends checks from when it has the invitation, and has to go on until the inviter has the reply: behind a NAT they
//! hold the door open for the inviter's (RFC 8445 §5.1.1, RFC 4787 §5). Browsers stop after fifteen seconds, therefore they are told the
//! same addresses [again](REFRESH_AFTER), as new candidates, because they leave alone what they know. Meanwhile Chromium may say `failed`, which
//! means nothing here.

use core::time::Duration;
use std::collections::VecDeque;

use crate::card::{Card, CardError, Invites, Purpose, SdpError};
use crate::diagnosis::CandidateLine;
use crate::link::{BrowserCommand, BrowserEvent, ConnectionState};
use crate::session::{Description, MAX_CANDIDATES};
use crate::time::Time;

/// How long addresses are gathered at the most before a code is shown. Those of a server that has not answered by then would only have
/// helped some; they follow over the connection.
pub const GATHER_AT_MOST: Duration = Duration::from_secs(2);

/// How often the guest's browser is told the inviter's addresses again. Firefox gives up after eleven seconds without an answer, for good;
/// Chromium after fifteen; NATs forget after thirty at the earliest.
pub const REFRESH_AFTER: Duration = Duration::from_secs(5);

/// How long the connection may take once the inviter has the reply. Checks over a slow relay take five seconds, and a guest whose browser
/// pauses is told the addresses again every five.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(40);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Let the browser do this.
    Browser(BrowserCommand),
    /// The own code is complete: show it.
    Ready(Card),
    /// The connection works.
    Connected,
    /// It will not come about.
    Failed(HandshakeError),
}

/// Why no connection came about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The browser rejected an operation; the name of the `DOMException`.
    #[error("the browser refused ({0})")]
    Browser(String),
    /// The browser's description cannot be packed.
    #[error(transparent)]
    Description(#[from] SdpError),
    /// The browser found no address of this device.
    #[error("this device has no network address that could be shared")]
    NoAddress,
    /// The reply was there, and still no way was found.
    #[error("the two devices found no way to each other")]
    Unreachable,
    /// The room has been left, is full, or has withdrawn the handshake.
    #[error("the room takes nobody any more")]
    Refused,
}

impl HandshakeError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Browser(_) => "handshake-browser",
            Self::Description(_) => "handshake-description",
            Self::NoAddress => "handshake-no-address",
            Self::Unreachable => "handshake-unreachable",
            Self::Refused => "handshake-refused",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Browser(_) | Self::Description(_) => {
                "Begin anew; if it happens again, use a current version of Chrome, Edge, Firefox or Safari."
            }
            Self::NoAddress => "Connect this device to a network, and begin anew.",
            Self::Unreachable => {
                "Begin anew and answer within a few minutes. If that does not help, be on the same network, or use a relay (TURN)."
            }
            Self::Refused => "Begin anew, or wait until somebody has left.",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The invitation is being applied.
    Inviting,
    /// The own description is being made.
    Describing,
    /// Addresses are being gathered, until then.
    Gathering(Time),
    /// The own code is shown.
    Shown,
    /// The reply is being applied.
    Answered,
    /// Checks are made, until then.
    Checking(Time),
    Over,
}

/// See the [module](self).
#[derive(Debug)]
pub struct Handshake {
    stage: Stage,
    /// The own code's, made when it is shown.
    purpose: Purpose,
    made: u64,
    local: Option<Description>,
    found: Vec<CandidateLine>,
    gathered: bool,
    card: Option<Card>,
    theirs: Option<Card>,
    /// How often the addresses have been told.
    told: u32,
    refresh_at: Option<Time>,
    connection: ConnectionState,
    control_open: bool,
    outputs: VecDeque<Output>,
}

impl Handshake {
    /// Begins as the one who invites.
    pub fn invite(invites: &Invites) -> Self {
        let mut handshake = Self::new(invites.purpose(), invites.made(), Stage::Describing);
        handshake.command(BrowserCommand::SetLocalDescription);
        handshake
    }

    /// Begins as the guest, with an invitation; `made` is the time in minutes since the Unix epoch.
    ///
    /// # Errors
    /// [`CardError`], when it is none that can be accepted now.
    pub fn accept(invitation: &Card, made: u64) -> Result<Self, CardError> {
        invitation.invitation(made)?;
        let checksum = invitation.checksum().map_err(|_| CardError::Malformed)?;
        let purpose = Purpose::Reply {
            invitation: checksum,
        };
        let mut handshake = Self::new(purpose, made, Stage::Inviting);
        handshake.describe(invitation);
        Ok(handshake)
    }

    fn new(purpose: Purpose, made: u64, stage: Stage) -> Self {
        Self {
            stage,
            purpose,
            made,
            local: None,
            found: Vec::new(),
            gathered: false,
            card: None,
            theirs: None,
            told: 0,
            refresh_at: None,
            connection: ConnectionState::New,
            control_open: false,
            outputs: VecDeque::new(),
        }
    }

    /// The reply has come, as text. Only the inviter waits for one, and only once its own code is shown.
    ///
    /// # Errors
    /// [`CardError`]; nothing has changed then, and another can be tried.
    pub fn reply(&mut self, text: &str, now_minutes: u64) -> Result<(), CardError> {
        let (Some(own), Stage::Shown) = (&self.card, self.stage) else {
            return Err(CardError::OtherInvitation);
        };
        let reply = Card::parse(text)?;
        reply.reply_to(own, now_minutes)?;
        self.stage = Stage::Answered;
        self.describe(&reply);
        Ok(())
    }

    fn describe(&mut self, card: &Card) {
        let (description, _) = card.unpack();
        self.theirs = Some(card.clone());
        self.command(BrowserCommand::SetRemoteDescription(description));
    }

    /// The next thing to do; `None` until something happens.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`timeout`](Self::timeout) next.
    pub fn next_timeout(&self) -> Option<Time> {
        let deadline = match self.stage {
            Stage::Gathering(until) | Stage::Checking(until) => Some(until),
            _ => None,
        };
        deadline.into_iter().chain(self.refresh_at).min()
    }

    /// The other side's description, once there is one.
    pub fn remote(&self) -> Option<Description> {
        self.theirs.as_ref().map(|card| card.unpack().0)
    }

    /// Something is due.
    pub fn timeout(&mut self, now: Time) {
        match self.stage {
            Stage::Gathering(until) if until <= now => self.show(),
            Stage::Checking(until) if until <= now => self.fail(HandshakeError::Unreachable),
            _ => {}
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.tell_addresses(now);
        }
    }

    /// The browser reports.
    pub fn browser(&mut self, event: BrowserEvent, now: Time) {
        if self.stage == Stage::Over {
            return;
        }
        match event {
            BrowserEvent::LocalDescription(description) if self.stage == Stage::Describing => {
                self.local = Some(description);
                self.stage = Stage::Gathering(now + GATHER_AT_MOST);
                if self.theirs.is_some() {
                    self.tell_addresses(now);
                }
                if self.gathered {
                    self.show();
                }
            }
            BrowserEvent::RemoteDescriptionApplied => match self.stage {
                Stage::Inviting => {
                    self.stage = Stage::Describing;
                    self.command(BrowserCommand::SetLocalDescription);
                }
                Stage::Answered => {
                    self.stage = Stage::Checking(now + CONNECT_DEADLINE);
                    self.tell_addresses(now);
                }
                _ => {}
            },
            BrowserEvent::OperationFailed(name) => self.fail(HandshakeError::Browser(name)),
            BrowserEvent::Candidate(candidate) if self.found.len() < MAX_CANDIDATES => {
                self.found
                    .extend(CandidateLine::parse(&candidate.candidate));
            }
            BrowserEvent::Gathered => {
                self.gathered = true;
                if let Stage::Gathering(_) = self.stage {
                    self.show();
                }
            }
            BrowserEvent::Connection(state) => {
                self.connection = state;
                self.weigh();
            }
            BrowserEvent::ControlOpen => {
                self.control_open = true;
                self.weigh();
            }
            BrowserEvent::ControlClosed => self.fail(HandshakeError::Unreachable),
            // There is one negotiation; what a browser needs beyond it is asked for again once it is done.
            _ => {}
        }
    }

    /// The own code is complete.
    fn show(&mut self) {
        let Some(local) = &self.local else {
            return;
        };
        match Card::pack(self.purpose, self.made, local, &self.found) {
            Ok(card) if card.candidates.is_empty() => self.fail(HandshakeError::NoAddress),
            Ok(card) => {
                self.card = Some(card.clone());
                self.stage = Stage::Shown;
                self.outputs.push_back(Output::Ready(card));
            }
            Err(error) => self.fail(error.into()),
        }
    }

    /// Has the browser send to where the other side can be reached, or go on doing so.
    fn tell_addresses(&mut self, now: Time) {
        self.refresh_at = Some(now + REFRESH_AFTER);
        let round = self.told;
        self.told = self.told.saturating_add(1);
        let theirs = self.theirs.as_ref();
        for candidate in theirs.map_or_else(Vec::new, |card| card.candidates_again(round)) {
            self.command(BrowserCommand::AddIceCandidate(candidate));
        }
    }

    fn weigh(&mut self) {
        let works = self.connection == ConnectionState::Connected && self.control_open;
        // A guest's own code may still be on its way to the screen when the connection works: by another path than people.
        if works && self.theirs.is_some() {
            self.end(Output::Connected);
        } else if self.connection == ConnectionState::Closed {
            self.fail(HandshakeError::Unreachable);
        }
    }

    fn fail(&mut self, error: HandshakeError) {
        self.end(Output::Failed(error));
    }

    fn end(&mut self, output: Output) {
        if self.stage != Stage::Over {
            self.stage = Stage::Over;
            self.refresh_at = None;
            self.outputs.push_back(output);
        }
    }

    fn command(&mut self, command: BrowserCommand) {
        self.outputs.push_back(Output::Browser(command));
    }
}
