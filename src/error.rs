//! What can go wrong, one enum for each operation.
//!
//! Every error is a sentence ([`Display`](std::fmt::Display)), a stable name for programs (`code()`), and the next step for
//! people (`hint()`). Where the browser refused, the name of its DOMException is kept; its message is not, since it may hold
//! addresses.

use handclasp_core::card::CardError;
use handclasp_core::handshake::HandshakeError;

use crate::crypto::WebCryptoError;
use crate::options::{
    MAX_CHANNELS, MAX_LABEL, MAX_PEERS, MAX_PROFILE, MAX_PROTOCOL, MAX_SECRET_CHARS,
    MIN_SECRET_CHARS,
};

/// The advice when nothing better is known.
const RETRY: &str = "Reload the page and try again.";
const CHANGE_BROWSER: &str = "Use a current version of Chrome, Edge, Firefox or Safari.";
const USE_HTTPS: &str = "Open the page by https, or from this machine as http://localhost.";
const FIX_PROGRAM: &str = "This is for the developer of the page: check the options.";

/// Why a text is not a room secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Shorter than 128 bits or longer than 512.
    #[error("a room secret is {MIN_SECRET_CHARS} to {MAX_SECRET_CHARS} characters long")]
    Length,
    /// Not base64url without padding.
    #[error("a room secret consists of letters, digits, - and _")]
    Encoding,
}

impl SecretError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length => "secret-length",
            Self::Encoding => "secret-encoding",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        "Copy the whole link again."
    }
}

/// Why a room could not be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The browser has no WebRTC.
    #[error("this browser has no WebRTC")]
    Unsupported,
    /// Not a secure context, so that the browser withholds cryptography.
    #[error("this page was not loaded over a secure connection")]
    Insecure,
    /// No signaling transport was given.
    #[error("a room needs at least one signaling path")]
    NoSignaling,
    /// The application's or the room's name is longer than 256 bytes.
    #[error("application and room names are at most 256 bytes long")]
    Name,
    /// The profile is larger than 1024 bytes.
    #[error("a profile is at most {MAX_PROFILE} bytes")]
    Profile,
    /// Fewer than one or more than 32 peers.
    #[error("a room holds 1 to {MAX_PEERS} others")]
    MaxPeers,
    /// More than 16 declared channels.
    #[error("a room has at most {MAX_CHANNELS} declared channels")]
    TooManyChannels,
    /// A channel's label is empty, too long, or declared twice.
    #[error("channel labels are distinct and 1 to {MAX_LABEL} bytes long")]
    Label,
    /// A channel's protocol is too long.
    #[error("a channel's protocol is at most {MAX_PROTOCOL} bytes long")]
    Protocol,
    /// A channel's options contradict each other.
    #[error("a channel bounds either the lifetime or the retransmissions of a message, not both")]
    ChannelOptions,
    /// The browser does not accept the ICE servers.
    #[error("the browser does not accept the ICE servers")]
    IceServers,
    /// The browser's cryptography refused.
    #[error("the browser's cryptography failed")]
    Crypto,
}

impl From<WebCryptoError> for JoinError {
    fn from(error: WebCryptoError) -> Self {
        match error {
            WebCryptoError::Insecure => Self::Insecure,
            WebCryptoError::Unsupported => Self::Unsupported,
        }
    }
}

impl JoinError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported => "join-unsupported",
            Self::Insecure => "join-insecure",
            Self::NoSignaling => "join-no-signaling",
            Self::Name => "join-name",
            Self::Profile => "join-profile",
            Self::MaxPeers => "join-max-peers",
            Self::TooManyChannels => "join-too-many-channels",
            Self::Label => "join-label",
            Self::Protocol => "join-protocol",
            Self::ChannelOptions => "join-channel-options",
            Self::IceServers => "join-ice-servers",
            Self::Crypto => "join-crypto",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unsupported => CHANGE_BROWSER,
            Self::Insecure => USE_HTTPS,
            Self::Profile => "Choose a shorter name.",
            Self::Crypto => RETRY,
            _ => FIX_PROGRAM,
        }
    }
}

/// Why there is no invitation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InviteError {
    /// The room has been left.
    #[error("the room has been left")]
    Left,
    /// The room was not joined as one by hand, with a secret of 16 bytes.
    #[error("the room was not joined as one by hand, with a secret of 16 bytes")]
    NotByHand,
    /// As many others are here, or invited, as the options allow.
    #[error("the room is full")]
    Full,
    /// The browser's cryptography refused.
    #[error("the browser's cryptography failed")]
    Crypto,
    /// The handshake could not be begun.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
}

impl InviteError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Left => "invite-left",
            Self::NotByHand => "invite-not-by-hand",
            Self::Full => "invite-full",
            Self::Crypto => "invite-crypto",
            Self::Handshake(error) => error.code(),
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Left => "Join again.",
            Self::NotByHand => FIX_PROGRAM,
            Self::Full => "Wait until somebody has left, or withdraw an invitation.",
            Self::Crypto => RETRY,
            Self::Handshake(error) => error.hint(),
        }
    }
}

/// Why an invitation could not be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The text is no invitation that can be accepted now.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The room could not be joined.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// The handshake could not be begun.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
}

impl AcceptError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Join(error) => error.code(),
            Self::Handshake(error) => error.code(),
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Card(error) => error.hint(),
            Self::Join(error) => error.hint(),
            Self::Handshake(error) => error.hint(),
        }
    }
}

/// Why media could not be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Four are published already.
    #[error(
        "a member publishes at most {} media at a time",
        crate::media::MAX_PUBLISHED
    )]
    TooMany,
    /// The media has been stopped.
    #[error("this media is over")]
    Over,
    /// The room has been left.
    #[error("the room has been left")]
    Left,
}

impl PublishError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooMany => "publish-too-many",
            Self::Over => "publish-over",
            Self::Left => "publish-left",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooMany => "Stop sharing something else first.",
            Self::Over => "Start the camera or the screen again.",
            Self::Left => "Join the room again.",
        }
    }
}

/// Why the profile could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Larger than 1024 bytes.
    #[error("a profile is at most {MAX_PROFILE} bytes")]
    TooLarge,
    /// The room has been left.
    #[error("the room has been left")]
    Left,
}

impl ProfileError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "profile-too-large",
            Self::Left => "profile-left",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge => "Choose a shorter name.",
            Self::Left => "Join the room again.",
        }
    }
}

/// Why the statistics of a connection could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// There is no connection to this peer at the moment.
    #[error("there is no connection to this peer")]
    NotConnected,
    /// The browser refused, with the name of its exception.
    #[error("the browser refused to give statistics ({name})")]
    Other {
        /// The DOMException's name.
        name: String,
    },
}

impl StatsError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "stats-not-connected",
            Self::Other { .. } => "stats-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotConnected => "Wait until the peer is connected.",
            Self::Other { .. } => RETRY,
        }
    }
}

/// Why no channel could be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenChannelError {
    /// There is no connection to this peer at the moment.
    #[error("there is no connection to this peer")]
    NotConnected,
    /// The label is empty or too long.
    #[error("a channel's label is 1 to {MAX_LABEL} bytes long")]
    Label,
    /// The protocol is too long.
    #[error("a channel's protocol is at most {MAX_PROTOCOL} bytes long")]
    Protocol,
    /// The options contradict each other.
    #[error("a channel bounds either the lifetime or the retransmissions of a message, not both")]
    Options,
    /// Too many channels are open to this peer.
    #[error(
        "at most {} channels can be open to one peer",
        crate::connection::MAX_OPEN_CHANNELS
    )]
    TooMany,
    /// The browser refused, with the name of its exception.
    #[error("the browser refused to open a channel ({name})")]
    Other {
        /// The DOMException's name.
        name: String,
    },
}

impl OpenChannelError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "open-channel-not-connected",
            Self::Label => "open-channel-label",
            Self::Protocol => "open-channel-protocol",
            Self::Options => "open-channel-options",
            Self::TooMany => "open-channel-too-many",
            Self::Other { .. } => "open-channel-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotConnected => "Wait until the peer is connected.",
            Self::Label | Self::Protocol | Self::Options => FIX_PROGRAM,
            Self::TooMany => "Close channels that are no longer needed.",
            Self::Other { .. } => RETRY,
        }
    }
}

/// Why a message was not sent. It has not been sent in part either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Larger than both browsers carry in one message.
    #[error("the message has {size} bytes, and at most {limit} can be sent at once")]
    TooLarge {
        /// The message's bytes; of a text, in UTF-8.
        size: usize,
        /// Most bytes that this connection carries in one message.
        limit: usize,
    },
    /// The channel is closed.
    #[error("the channel is closed: {0}")]
    Closed(CloseReason),
    /// Only from `try_send`: there is no room, or others wait for it already.
    #[error("the channel's send buffer is full")]
    Full,
    /// Only from `try_send` and `send_to`: the channel is not open at the moment.
    #[error("the channel is not open at the moment")]
    NotOpen,
    /// Too many sends wait already.
    #[error("too many sends wait on this channel")]
    Busy,
    /// The browser refused, with the name of its exception.
    #[error("the browser refused to send ({name})")]
    Other {
        /// The DOMException's name.
        name: String,
    },
}

impl SendError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "send-too-large",
            Self::Closed(_) => "send-closed",
            Self::Full => "send-full",
            Self::NotOpen => "send-not-open",
            Self::Busy => "send-busy",
            Self::Other { .. } => "send-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "Send it in smaller parts.",
            Self::Closed(_) => "Open a new channel.",
            Self::Full | Self::Busy => "Wait until what was sent before has gone out.",
            Self::NotOpen => "Wait until the peer is connected.",
            Self::Other { .. } => RETRY,
        }
    }
}

/// Why it is not known that everything has come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// Messages are counted on channels alone that are reliable and ordered.
    #[error("on a channel of this kind nobody counts what has come")]
    Uncounted,
    /// The channel is closed.
    #[error("the channel is closed: {0}")]
    Closed(CloseReason),
    /// The peer gave this member up, and began anew.
    #[error("the peer has forgotten what was on its way")]
    Forgotten,
    /// Only from `finish`: the peer did not confirm in time.
    #[error("the peer did not confirm in time")]
    Late,
}

impl FlushError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Uncounted => "flush-uncounted",
            Self::Closed(_) => "flush-closed",
            Self::Forgotten => "flush-forgotten",
            Self::Late => "flush-late",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Uncounted => "Use a channel that is reliable and ordered.",
            Self::Closed(_) => "Open a new channel.",
            Self::Forgotten => "Send again what the peer has not answered.",
            Self::Late => "Wait until the peer is connected, and send again.",
        }
    }
}

/// Why a channel is closed for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// Closed on this side.
    #[error("closed on this side")]
    Local,
    /// Closed by the peer.
    #[error("closed by the peer")]
    Remote,
    /// The connection to the peer came to an end.
    #[error("the connection to the peer is gone")]
    Lost,
    /// What arrived was not read, and more came than is kept: on a channel that is reliable and out of order, which cannot pause its sender, or
    /// from a peer that does not heed the pause.
    #[error("messages arrived faster than they were read")]
    Overflow,
    /// What the peer sent makes no sense as a message in fragments.
    #[error("the peer sent what is no message")]
    Malformed,
    /// The browser closed it, with the detail of its RTCError where there was one.
    #[error("the browser closed it ({detail})")]
    Failed {
        /// `RTCError.errorDetail`, such as `sctp-failure`.
        detail: String,
    },
}

impl CloseReason {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Local => "closed-local",
            Self::Remote => "closed-remote",
            Self::Lost => "closed-lost",
            Self::Overflow => "closed-overflow",
            Self::Malformed => "closed-malformed",
            Self::Failed { .. } => "closed-failed",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Local | Self::Remote => "Nothing to do.",
            Self::Lost | Self::Failed { .. } => {
                "Open a new channel when the peer is connected again."
            }
            Self::Malformed => "Update the app on both sides.",
            Self::Overflow => {
                "This is for the developer of the page: read the channel, or close it."
            }
        }
    }
}

/// Why a camera, microphone or screen cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The person, the browser or the system said no (`NotAllowedError`, `SecurityError`).
    #[error("the use of the camera, microphone or screen was not allowed")]
    Refused,
    /// Another program holds the device, or it failed (`NotReadableError`, `AbortError`).
    #[error("the camera or microphone is in use by another program")]
    InUse,
    /// There is no such device (`NotFoundError`).
    #[error("no camera or microphone was found")]
    Missing,
    /// No device is able to do what was asked, or the chosen one is gone (`OverconstrainedError`).
    #[error("the chosen camera or microphone is not available")]
    Overconstrained,
    /// Not a secure context, so that the browser has no media devices.
    #[error("cameras and microphones need a secure connection")]
    Insecure,
    /// The browser is not able to do this; no mobile browser shares screens.
    #[error("this browser cannot do this")]
    Unsupported,
    /// Neither audio nor video was asked for, or this media has none of the kind.
    #[error("this media has no such part")]
    Nothing,
    /// The media has been stopped.
    #[error("this media is over")]
    Over,
    /// Anything else, with the name of the browser's exception.
    #[error("the browser refused the camera, microphone or screen ({name})")]
    Other {
        /// The DOMException's name.
        name: String,
    },
}

impl MediaError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused => "media-refused",
            Self::InUse => "media-in-use",
            Self::Missing => "media-missing",
            Self::Overconstrained => "media-overconstrained",
            Self::Insecure => "media-insecure",
            Self::Unsupported => "media-unsupported",
            Self::Nothing => "media-nothing",
            Self::Over => "media-over",
            Self::Other { .. } => "media-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Refused => {
                "Allow the camera and microphone in the browser's address bar, and in the system's privacy settings."
            }
            Self::InUse => {
                "Close the other program that uses the camera or microphone, and try again."
            }
            Self::Missing => "Plug in a camera or microphone, or join without.",
            Self::Overconstrained => "Choose another camera or microphone.",
            Self::Insecure => USE_HTTPS,
            Self::Unsupported => "Use a browser on a computer.",
            Self::Nothing => FIX_PROGRAM,
            Self::Over => "Start the camera or the screen again.",
            Self::Other { .. } => RETRY,
        }
    }

    /// The meaning of an exception of getUserMedia (<https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia>)
    /// or getDisplayMedia.
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "NotAllowedError" | "SecurityError" | "InvalidStateError" => Self::Refused,
            "NotReadableError" | "AbortError" => Self::InUse,
            "NotFoundError" => Self::Missing,
            "OverconstrainedError" => Self::Overconstrained,
            "NotSupportedError" => Self::Unsupported,
            name => Self::Other { name: name.into() },
        }
    }
}
