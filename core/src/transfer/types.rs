//! What is told of a transfer: its name, its files, how it stands, and why it failed.

use core::fmt;
use core::time::Duration;

/// One transfer: 128 random bits, drawn by whoever offers it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId([u8; Self::LEN]);

impl TransferId {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// An id from 16 random bytes.
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// As hexadecimal digits.
impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::hex(&self.0))
    }
}

impl fmt::Debug for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How it stands with a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Offered, and not answered yet.
    Offered,
    /// Accepted; both sides look what is there already of an earlier attempt.
    Preparing,
    /// Bytes flow.
    Active,
    /// At least one side has paused it.
    Paused {
        /// Whether this side has.
        by_me: bool,
        /// Whether the other has.
        by_peer: bool,
    },
    /// There is no connection at the moment. It goes on by itself.
    Interrupted,
    /// The receiver's disk is full. Nothing is lost: it goes on when the receiver has made room and resumes.
    NoSpace,
    /// All files have arrived and are verified.
    Done,
    /// The receiver did not want it.
    Declined,
    /// Given up by one side.
    Cancelled {
        /// Whether by this one.
        by_me: bool,
    },
    /// It came to nothing.
    Failed(TransferError),
}

impl State {
    /// Whether nothing more will happen.
    pub const fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Done | Self::Declined | Self::Cancelled { .. } | Self::Failed(_)
        )
    }
}

/// How far a transfer has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// How it stands.
    pub state: State,
    /// Bytes that need not be sent any more, of all files.
    pub done: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Bytes a second over the last seconds; zero while none flow.
    pub rate: u64,
    /// How long it will take at this rate; `None` while nobody can tell.
    pub left: Option<Duration>,
    /// Bytes that the receiver had already, of an earlier attempt.
    pub resumed: u64,
}

/// One file of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Where it belongs, relative, with `/` between the parts. Safe to use as it is ([`path`](super::path)).
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What the sender's browser takes it for, such as `image/png`; empty when it does not say. A claim, not a fact.
    pub media_type: String,
    /// How it stands.
    pub state: FileState,
    /// Bytes that need not be sent any more.
    pub done: u64,
}

/// How it stands with one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileState {
    /// Its turn has not come.
    Waiting,
    /// On the way.
    Active,
    /// Arrived, verified and kept.
    Done,
}

/// Why a transfer came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The receiver did not want it.
    #[error("the files were declined")]
    Declined,
    /// Given up on this side.
    #[error("the transfer was cancelled on this side")]
    Cancelled,
    /// Given up by the other side.
    #[error("the transfer was cancelled by the other side")]
    CancelledByPeer,
    /// A file changed, or went away, on the sender's disk after it was offered.
    #[error("a file was changed or removed while it was being sent")]
    SourceChanged,
    /// What arrived is not what was sent. What was kept of that file is thrown away.
    #[error("a file arrived damaged")]
    Corrupt,
    /// The other side left, or closed the channel.
    #[error("the other side is gone")]
    Lost,
    /// The receiver's browser does not write to its disk, for another reason than room.
    #[error("the files cannot be written to the disk")]
    Storage,
    /// The other side does not keep to the protocol.
    #[error("the other side sent something that does not belong there")]
    Protocol,
}

impl TransferError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Declined => "transfer-declined",
            Self::Cancelled => "transfer-cancelled",
            Self::CancelledByPeer => "transfer-cancelled-by-peer",
            Self::SourceChanged => "transfer-source-changed",
            Self::Corrupt => "transfer-corrupt",
            Self::Lost => "transfer-lost",
            Self::Storage => "transfer-storage",
            Self::Protocol => "transfer-protocol",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Declined => "Ask the other side, and offer them again.",
            Self::Cancelled | Self::CancelledByPeer => {
                "Offer the files again: what has arrived need not be sent again."
            }
            Self::SourceChanged => "Choose the files again.",
            Self::Corrupt => "Offer the files again.",
            Self::Lost => {
                "Offer the files again when the other side is back: what has arrived need not be sent again."
            }
            Self::Storage => "Close other pages of this site, or use another browser.",
            Self::Protocol => "Reload the page on both sides, so that both have the same version.",
        }
    }
}
