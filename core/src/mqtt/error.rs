//! Why a client has no session.

/// Why there is no session at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// This environment has no WebSocket.
    #[error("there is no WebSocket here")]
    Unsupported,
    /// The address is not one that a WebSocket can be opened to.
    #[error("the address of the broker is not valid")]
    Address,
    /// A page from `https:` may not open `ws:`.
    #[error("a secure page cannot use a broker with an insecure address")]
    Insecure,
    /// The device says that it has no network.
    #[error("the device is offline")]
    Offline,
    /// The connection did not open.
    #[error("the broker cannot be reached")]
    Unreachable,
    /// The connection came to an end.
    #[error("the connection to the broker was lost")]
    Lost,
    /// The broker did not answer in time.
    #[error("the broker does not answer")]
    Timeout,
    /// The broker asks to come back later.
    #[error("the broker is too busy")]
    Busy,
    /// Wrong user name or password.
    #[error("the broker did not accept the user name or password")]
    BadCredentials,
    /// This user may not connect, subscribe or publish here.
    #[error("the broker does not allow this")]
    NotAuthorized,
    /// The broker refused for another reason, given as its reason code.
    #[error("the broker refused with reason {0:#04x}")]
    Refused(u8),
    /// The broker broke the protocol.
    #[error("the broker sent something that is not valid")]
    Protocol,
}

/// How a client goes on after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// Soon: it may be over in a moment.
    Soon,
    /// Seldom: somebody has to change something at the broker first.
    Seldom,
    /// Never: nothing can change while the page is open.
    Never,
}

impl ClientError {
    pub(super) const fn retry(self) -> Retry {
        match self {
            Self::Unsupported | Self::Address | Self::Insecure => Retry::Never,
            Self::BadCredentials | Self::NotAuthorized | Self::Refused(_) => Retry::Seldom,
            Self::Offline
            | Self::Unreachable
            | Self::Lost
            | Self::Timeout
            | Self::Busy
            | Self::Protocol => Retry::Soon,
        }
    }

    /// The meaning of a code in CONNACK, SUBACK, PUBACK or DISCONNECT: a return code of 3.1.1 (1 to 5, or 0x80 in SUBACK) or
    /// a reason code of MQTT 5 (§2.4, from 0x80 on). The two do not overlap where it matters.
    pub(super) const fn from_reason(code: u8) -> Self {
        match code {
            // Server unavailable, busy, shutting down, quota exceeded, connection rate exceeded.
            3 | 0x88 | 0x89 | 0x97 | 0x9f => Self::Busy,
            // Bad user name or password, bad authentication method.
            4 | 0x86 | 0x8c => Self::BadCredentials,
            // Not authorized, banned.
            5 | 0x87 | 0x8a => Self::NotAuthorized,
            // Malformed packet, protocol error: one of us is wrong, and it may be the line.
            0x81 | 0x82 => Self::Protocol,
            // Server shutting down, keep-alive timeout, session taken over, administrative action.
            0x8b | 0x8d | 0x8e | 0x98 => Self::Lost,
            code => Self::Refused(code),
        }
    }
}
