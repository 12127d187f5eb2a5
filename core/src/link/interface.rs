//! What goes into a [link](super), and what comes out.

use core::time::Duration;

use crate::id::Attempt;
use crate::message::{Frame, Signal};
use crate::session::{Candidate, Description};

/// State of an `RTCPeerConnection` (W3C webrtc-pc §4.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// `new`
    New,
    /// `connecting`
    Connecting,
    /// `connected`
    Connected,
    /// `disconnected`
    Disconnected,
    /// `failed`
    Failed,
    /// `closed`
    Closed,
}

/// What the application is told of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// On the way, for the first time.
    Connecting,
    /// Media and messages flow.
    Connected,
    /// Nothing has come for some seconds; it often heals by itself.
    Interrupted,
    /// It failed, and is being built anew.
    Reconnecting,
}

/// Why a member is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeaveReason {
    /// It said goodbye.
    Left,
    /// The transport lost it, and it does not answer.
    Vanished,
    /// It is there, but no connection came about within [`LINK_DEADLINE`](super::LINK_DEADLINE).
    Unreachable,
}

/// What the browser reports of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserEvent {
    /// `negotiationneeded`
    NegotiationNeeded,
    /// `setLocalDescription` was fulfilled, and `pc.localDescription` is this.
    LocalDescription(Description),
    /// `setRemoteDescription` was fulfilled.
    RemoteDescriptionApplied,
    /// One of the two was rejected; the name of the `DOMException`.
    OperationFailed(String),
    /// `icecandidate`
    Candidate(Candidate),
    /// `icegatheringstatechange` to `complete`: all candidates have been reported.
    Gathered,
    /// `connectionstatechange`
    Connection(ConnectionState),
    /// The control channel opened.
    ControlOpen,
    /// The control channel closed.
    ControlClosed,
}

/// What the browser is to do with one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserCommand {
    /// Make the `RTCPeerConnection`, its control channel and declared channels, and add what is published.
    Open,
    /// Close it.
    Close,
    /// `setLocalDescription()`
    SetLocalDescription,
    /// `setRemoteDescription(…)`
    SetRemoteDescription(Description),
    /// `addIceCandidate(…)`
    AddIceCandidate(Candidate),
    /// `restartIce()`
    RestartIce,
    /// Send a key frame of each picture.
    SendKeyFrames,
}

/// What a link wants done.
#[derive(Debug)]
pub(crate) enum LinkEffect {
    Browser(Attempt, BrowserCommand),
    /// On the path that fits: inside when it is connected, outside otherwise.
    Signal(Attempt, Signal),
    Frame(Attempt, Frame),
    /// Ask the member outside for an answer.
    Ask,
    State(LinkState),
    Resumed(Duration),
    Gone(LeaveReason),
}
