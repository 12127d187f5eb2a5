//! Why a path is down.

/// Why no signals travel on a path at present.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalingError {
    /// The browser has no `BroadcastChannel` or no `WebSocket` here.
    #[error("this browser cannot use this signaling path")]
    Unsupported,
    /// The address is not one that the browser can open.
    #[error("the signaling server's address is not valid")]
    Address,
    /// A page from `https:` may not open `ws:`.
    #[error("a secure page can only use a signaling server with a secure address")]
    Insecure,
    /// The browser says that there is no network.
    #[error("this device is offline")]
    Offline,
    /// No connection came about. Browsers do not say why.
    #[error("the signaling server cannot be reached")]
    Unreachable,
    /// The connection came to an end.
    #[error("the connection to the signaling server was lost")]
    Lost,
    /// The server did not answer in time.
    #[error("the signaling server does not answer")]
    Timeout,
    /// The server asks to come back later.
    #[error("the signaling server is too busy")]
    Busy,
    /// Wrong user name or password.
    #[error("the signaling server did not accept the user name or password")]
    BadCredentials,
    /// This user may not connect, or may not use the topic.
    #[error("the signaling server does not allow this")]
    NotAuthorized,
    /// The server refused for a reason that will not change by itself. The MQTT reason code.
    #[error("the signaling server refused the connection (reason {0})")]
    Refused(u8),
    /// The server broke the protocol.
    #[error("the signaling server sent something that is not valid")]
    Protocol,
    /// What a transport of the application's own had to say: a sentence for people.
    #[error("{0}")]
    Other(String),
}

impl SignalingError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported => "signaling-unsupported",
            Self::Address => "signaling-address",
            Self::Insecure => "signaling-insecure",
            Self::Offline => "signaling-offline",
            Self::Unreachable => "signaling-unreachable",
            Self::Lost => "signaling-lost",
            Self::Timeout => "signaling-timeout",
            Self::Busy => "signaling-busy",
            Self::BadCredentials => "signaling-bad-credentials",
            Self::NotAuthorized => "signaling-not-authorized",
            Self::Refused(_) => "signaling-refused",
            Self::Protocol => "signaling-protocol",
            Self::Other(_) => "signaling-other",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unsupported => "Use a current version of Chrome, Edge, Firefox or Safari.",
            Self::Address => {
                "Check the address of the signaling server. It starts with ws:// or wss://."
            }
            Self::Insecure => "Give the server's address with wss:// instead of ws://.",
            Self::Offline => "Connect to a network. handclasp carries on by itself.",
            Self::Unreachable => {
                "Check the network and the server's address. handclasp keeps trying."
            }
            Self::Lost | Self::Timeout | Self::Busy => "Nothing to do: handclasp keeps trying.",
            Self::BadCredentials => "Check the user name and password in the server's address.",
            Self::NotAuthorized => {
                "Ask whoever runs the signaling server to allow this topic, or use another server."
            }
            Self::Refused(_) | Self::Protocol => {
                "Use another signaling server, or tell whoever runs this one."
            }
            Self::Other(_) => "See the message.",
        }
    }

    /// Whether waiting is of no use: something outside has to be changed first.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Unsupported
            | Self::Address
            | Self::Insecure
            | Self::BadCredentials
            | Self::NotAuthorized
            | Self::Refused(_) => true,
            Self::Offline
            | Self::Unreachable
            | Self::Lost
            | Self::Timeout
            | Self::Busy
            | Self::Protocol
            | Self::Other(_) => false,
        }
    }
}
