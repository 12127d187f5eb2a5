//! One side of a pair's connection: a fake peer connection, its path and its channels.

use std::collections::VecDeque;

use handclasp_core::link::ConnectionState;
use handclasp_core::session::Description;

use crate::mail::Letter;
use crate::peer_connection::{FakePeerConnection, Quirks, ufrag};

/// Whether packets get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// None was found yet.
    None,
    Works,
    /// Nothing gets through; what is sent waits.
    Broken,
    /// `failed`, or closed by the other side.
    Dead,
}

/// The operation that the browser is at.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    SetLocal,
    SetRemote(Description),
}

/// What travels over a connection.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Control(Vec<u8>),
    Letter(Letter),
}

#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) pc: FakePeerConnection,
    pub(crate) operation: Option<Operation>,
    /// Gathers no candidates and tries nothing, as Chromium sometimes does after a rollback.
    pub(crate) stillborn: bool,
    /// Sends to where nobody listens since a restart.
    pub(crate) astray: bool,
    pub(crate) path: Path,
    /// Counts the changes of the path, so that what a browser would have reported of an earlier one is not.
    pub(crate) spell: u32,
    /// The state that was reported last.
    pub(crate) reported: ConnectionState,
    /// The channels are open on this side.
    pub(crate) control: bool,
    /// The generation of which a candidate was taken last.
    pub(crate) taken: Option<String>,
    /// The generation that was gathered for last.
    pub(crate) gathered: Option<String>,
    /// Whom DTLS was spoken with: another cannot take its place (RFC 8827 §6.5).
    pub(crate) partner: Option<u64>,
    /// Generations of the two sides when the path was found.
    pub(crate) found: Option<(String, String)>,
    /// Sent while nothing gets through.
    pub(crate) held: VecDeque<Payload>,
    /// Came before the channels were open on this side.
    pub(crate) early: VecDeque<Payload>,
}

impl Endpoint {
    pub(crate) fn new(tag: u64) -> Self {
        Self {
            pc: FakePeerConnection::new(tag, Quirks::default()),
            operation: None,
            stillborn: false,
            astray: false,
            path: Path::None,
            spell: 0,
            reported: ConnectionState::New,
            control: false,
            taken: None,
            gathered: None,
            partner: None,
            found: None,
            held: VecDeque::new(),
            early: VecDeque::new(),
        }
    }

    /// The generations of both sides that are committed.
    fn generations(&self) -> Option<(String, String)> {
        let local = ufrag(self.pc.current_local_description()?)?.to_owned();
        let remote = ufrag(self.pc.current_remote_description()?)?.to_owned();
        Some((local, remote))
    }

    /// Whether the descriptions of both sides are there.
    pub(crate) fn is_agreed(&self) -> bool {
        self.generations().is_some()
    }

    /// Whether ICE was restarted since the path was found.
    pub(crate) fn is_restarted(&self) -> bool {
        self.found != self.generations()
    }

    /// Whether checks succeed now: both sides are committed to each other, and one of them has an address to begin with.
    pub(crate) fn finds(&self, other: &Self) -> bool {
        let looks = |it: &Self| match it.path {
            Path::None => true,
            Path::Broken => it.is_restarted(),
            Path::Works | Path::Dead => false,
        };
        let knows = |it: &Self| {
            it.generations()
                .is_some_and(|(_, remote)| it.taken.as_ref() == Some(&remote))
        };
        !(self.stillborn || other.stillborn)
            && (looks(self) || looks(other))
            && self.path != Path::Dead
            && other.path != Path::Dead
            && self.agrees(other)
            && self.knows_partner(other)
            && other.knows_partner(self)
            && (knows(self) || knows(other))
    }

    fn knows_partner(&self, other: &Self) -> bool {
        self.partner.is_none_or(|partner| partner == other.pc.tag())
    }

    /// Whether each has the other's description.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.pc, &other.pc);
        ours.current_local_description().is_some()
            && ours.current_local_description() == theirs.current_remote_description()
            && ours.current_remote_description() == theirs.current_local_description()
    }

    pub(crate) fn connect(&mut self, partner: u64) {
        self.partner = Some(partner);
        self.path = Path::Works;
        self.spell += 1;
        self.found = self.generations();
    }

    /// The path stops working. Whether it did work.
    pub(crate) fn break_path(&mut self) -> bool {
        let worked = self.path == Path::Works;
        if worked {
            self.path = Path::Broken;
            self.spell += 1;
        }
        worked
    }

    /// Whether it recovers by itself when the network is back.
    pub(crate) fn can_heal(&self) -> bool {
        self.path == Path::Broken && !self.is_restarted()
    }
}
