//! Why a transfer does not begin.

use crate::error::OpenChannelError;

/// Why files cannot be offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// There is nothing in the list.
    #[error("there are no files to send")]
    Empty,
    /// More files, or longer names, than one transfer takes.
    #[error("these are too many files for one transfer")]
    TooMany,
    /// There is no connection to this peer at the moment.
    #[error("there is no connection to this peer")]
    NotConnected,
    /// Too many channels are open to this peer.
    #[error("too many transfers to this peer are under way")]
    Busy,
    /// The browser refused, with the name of its exception.
    #[error("the browser refused to open a channel ({name})")]
    Other {
        /// The DOMException's name.
        name: String,
    },
}

impl OfferError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "offer-empty",
            Self::TooMany => "offer-too-many",
            Self::NotConnected => "offer-not-connected",
            Self::Busy => "offer-busy",
            Self::Other { .. } => "offer-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "Choose at least one file.",
            Self::TooMany => "Pack the folder into one file, or send it in parts.",
            Self::NotConnected => "Wait until the peer is connected.",
            Self::Busy => "Wait until another transfer has ended.",
            Self::Other { .. } => "Reload the page and try again.",
        }
    }
}

impl From<OpenChannelError> for OfferError {
    fn from(error: OpenChannelError) -> Self {
        match error {
            OpenChannelError::NotConnected => Self::NotConnected,
            OpenChannelError::TooMany => Self::Busy,
            OpenChannelError::Other { name } => Self::Other { name },
            // The label and options are ours.
            other => Self::Other {
                name: other.code().to_owned(),
            },
        }
    }
}

/// Why there is no transfer on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The channel has another label.
    #[error("this channel does not carry files")]
    NotTransfer,
    /// What came is no offer that this version reads.
    #[error("the offer cannot be read")]
    Malformed,
    /// The list did not come in time.
    #[error("the list of files did not arrive")]
    TimedOut,
    /// The offer was taken back, or the other side is gone.
    #[error("the offer was taken back")]
    Lost,
}

impl ReceiveError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotTransfer => "receive-not-transfer",
            Self::Malformed => "receive-malformed",
            Self::TimedOut => "receive-timed-out",
            Self::Lost => "receive-lost",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotTransfer => {
                "This is for the developer of the page: ask `transfer::is_transfer` first."
            }
            Self::Malformed => "Reload the page on both sides, so that both have the same version.",
            Self::TimedOut | Self::Lost => "Ask the other side to offer the files again.",
        }
    }
}
