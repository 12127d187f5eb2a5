//! What goes into a [`Mesh`](super::Mesh), and what comes out.

use core::time::Duration;

use crate::id::{Attempt, MemberId};
use crate::ledger::Tally;
use crate::link::{BrowserCommand, BrowserEvent, LeaveReason, LinkState};
use crate::message::{ChannelKey, StreamNote};
use crate::negotiation::Ignored;
use crate::wire::DecodeError;
use crate::words::Step;

/// Who this member is and what it allows.
#[derive(Clone, Debug)]
pub struct MeshConfig {
    /// This member's id: 16 bytes of a cryptographic random source, drawn for this join.
    pub me: MemberId,
    /// Seed of the jitter.
    pub seed: u64,
    /// How many others to connect to; 1 to [`MAX_PEERS`](super::MAX_PEERS), or it is brought into that range.
    pub max_peers: usize,
    /// This member's profile, at most [`MAX_PROFILE`](crate::message::MAX_PROFILE) bytes; what is longer is left out.
    pub profile: Vec<u8>,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Input {
    /// The outside path is up, for the first time or again.
    SignalingUp,
    /// The outside path is down.
    SignalingDown,
    /// A sealed signal arrived outside and was opened; its plaintext.
    Opened(Vec<u8>),
    /// A message arrived on a control channel.
    Control {
        /// Whose.
        member: MemberId,
        /// Of which attempt.
        attempt: Attempt,
        /// The message.
        frame: Vec<u8>,
    },
    /// The browser reports.
    Browser {
        /// Of whose connection.
        member: MemberId,
        /// Of which attempt.
        attempt: Attempt,
        /// What.
        event: BrowserEvent,
    },
    /// This member's profile is now this.
    SetProfile(Vec<u8>),
    /// This member's published streams are now these.
    SetStreams(Vec<StreamNote>),
    /// Say goodbye and close everything.
    Leave,
    /// The device hints at a change: another network, `online`, awake after sleep. May come often; what it brings about is bounded.
    NetworkChanged,
    /// The time of [`Mesh::next_timeout`](super::Mesh::next_timeout) has come.
    Timeout,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Seal this plaintext and publish it outside.
    Publish(Vec<u8>),
    /// Send this on a control channel.
    Control {
        /// Whose.
        member: MemberId,
        /// Of which attempt.
        attempt: Attempt,
        /// The message.
        frame: Vec<u8>,
    },
    /// Let the browser do this.
    Browser {
        /// With whose connection.
        member: MemberId,
        /// Of which attempt.
        attempt: Attempt,
        /// What.
        command: BrowserCommand,
    },
    /// Tell the application.
    Event(MeshEvent),
    /// Something was left out of account; for the log.
    Discarded(Discarded),
}

/// What the application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshEvent {
    /// A member is here. Always before anything else about it.
    Joined(MemberId),
    /// The state of its link changed.
    State {
        /// Whose.
        member: MemberId,
        /// The new state.
        state: LinkState,
    },
    /// After [`LinkState::Interrupted`], everything flows again.
    Resumed {
        /// With whom.
        member: MemberId,
        /// How long nothing had come.
        gap: Duration,
    },
    /// Its profile arrived or changed.
    Profile {
        /// Whose.
        member: MemberId,
        /// At most [`MAX_PROFILE`](crate::message::MAX_PROFILE) bytes, of any content.
        profile: Vec<u8>,
    },
    /// Its list of published streams arrived or changed.
    Streams {
        /// Whose.
        member: MemberId,
        /// All of them, at most [`MAX_STREAMS`](crate::message::MAX_STREAMS).
        streams: Vec<StreamNote>,
    },
    /// It tells what has come on channels, for their [`Ledger`](crate::ledger::Ledger)s. The keys are its own.
    Tallies {
        /// Whose.
        member: MemberId,
        /// Whether these are all channels that it has.
        all: bool,
        /// At most [`MAX_TALLIES`](crate::message::MAX_TALLIES).
        tallies: Vec<(ChannelKey, Tally)>,
    },
    /// It closed a channel. The key is its own.
    ChannelClosed {
        /// Who.
        member: MemberId,
        /// Which.
        channel: ChannelKey,
        /// Whether a data channel of the present connection carried it there: its end comes after all that was sent.
        carried: bool,
    },
    /// A step towards the words that both sides show.
    Trust {
        /// Whose.
        member: MemberId,
        /// Over the connection of this attempt.
        attempt: Attempt,
        /// The step.
        step: Step,
    },
    /// It is gone. The last about it.
    Left {
        /// Who.
        member: MemberId,
        /// Why.
        reason: LeaveReason,
    },
    /// A member cannot take one more: the room is full for us.
    Full {
        /// Who says so.
        member: MemberId,
    },
}

/// Why an input had no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Discarded {
    /// A sealed signal's plaintext or a control frame could not be read.
    #[error("malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// It came twice, or far too late.
    #[error("a replay")]
    Replay,
    /// It is about an attempt that is over, or about nobody who is here.
    #[error("about a connection that is over")]
    Stale,
    /// A description had no effect on the negotiation.
    #[error(transparent)]
    Negotiation(#[from] Ignored),
    /// A profile or list of streams of this side is too large.
    #[error("larger than its bound")]
    TooLarge,
    /// This side already connects to as many members as it may.
    #[error("the room is full")]
    Full,
}
