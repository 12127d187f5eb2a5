//! What goes into a client, what comes out, and how long things may take.

use core::time::Duration;

use super::error::ClientError;
use super::outbox::DropReason;
use crate::envelope::MAX_SEALED;

/// Largest payload in bytes, in either direction: that of a sealed signal.
pub const MAX_PAYLOAD: usize = MAX_SEALED;

/// How many topics a client subscribes to at most. A room needs one.
pub const MAX_TOPICS: usize = 8;

/// What CONNECT promises. A broker publishes the will after one and a half times as long without a packet, so that a member
/// who lost the network is seen to leave after 22 s. Much shorter, and a phone that sleeps for a moment would seem to leave.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Between two pings. Hidden tabs fire timers up to a second late; this leaves three.
pub const PING_INTERVAL: Duration = Duration::from_secs(12);

/// How long a broker may be silent after a ping. With [`PING_INTERVAL`], a dead line is noticed within 20 s.
pub const PONG_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a socket may take to open: DNS, TCP, TLS and HTTP over a bad mobile line.
pub const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a socket may take to open at the least when the one before it opened quickly and the outage is young. The system repeats
/// its first packet after 1 s, 3 s and 7 s, so a socket that waits sees the network's return late, and a fresh one at once.
pub const REOPEN_AT_LEAST: Duration = Duration::from_secs(2);

/// Each fourth time, and after a look, it may take as long as this at the least, since the network that came back may be a slower one.
pub const REOPEN_SLOWLY: Duration = Duration::from_secs(4);

/// How long a broker may be silent after a message to it, at the least: TCP repeats a lost packet after 0.2 to 1 s, so that two losses in
/// a row are forgiven. Messages are sent when a connection to a member is to be mended, which waits for this line. The same counts for the
/// answer to a ping when the device has said that its network changed.
pub const SILENCE_AT_LEAST: Duration = Duration::from_millis(1500);

/// The same at the most, on a line that is known to be slow.
pub const SILENCE_AT_MOST: Duration = Duration::from_secs(5);

/// How long a broker may take to answer CONNECT or SUBSCRIBE.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a broker that is not silent may take to acknowledge a message. MQTT knows no repetition within a connection (§4.4), so what is
/// not acknowledged by then needs a new one.
pub const PUBACK_TIMEOUT: Duration = Duration::from_secs(20);

/// What a client needs to know.
#[derive(Clone)]
pub struct Config {
    /// Random, 1 to 23 ASCII letters and digits: no more is sure to be accepted.
    pub client_id: String,
    /// User name.
    pub username: Option<String>,
    /// Password. In MQTT 3.1.1 only with a user name.
    pub password: Option<Vec<u8>>,
    /// Topic and payload (at most 65,535 bytes) of the last will. Published with QoS 1, not retained.
    pub will: Option<(String, Vec<u8>)>,
    /// Of the jitter.
    pub seed: u64,
}

/// What happens to a client.
///
/// Once a client has asked for [`CloseSocket`](Output::CloseSocket) or [`Connect`](Output::Connect), nothing of an earlier
/// socket may be handed in.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// The socket that was asked for is open.
    Opened,
    /// What a [`Look`](Output::Look) was for: the server answered, or the request failed at once, which says nothing.
    Seen,
    /// Bytes arrived.
    Received(Vec<u8>),
    /// The socket is closed, or could not be opened.
    Closed(CloseReason),
    /// A message to send.
    Publish {
        /// Where: no wildcards.
        topic: String,
        /// What: at most [`MAX_PAYLOAD`] bytes.
        payload: Vec<u8>,
    },
    /// A topic to listen on, from now on and over every reconnection. Beyond [`MAX_TOPICS`] it is ignored.
    Subscribe {
        /// The topic: no wildcards.
        topic: String,
    },
    /// The device says that it has a network, or another one. A hint.
    Online,
    /// The device says that it has none. A hint.
    Offline,
    /// The time of [`Client::next_timeout`](super::Client::next_timeout) has come.
    Timeout,
    /// To end in good order: what is queued is sent, and the will is withdrawn.
    Shutdown,
}

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// No reason that is known, as is the rule in browsers.
    Lost,
    /// The environment has no WebSocket.
    Unsupported,
    /// The address is not valid.
    Address,
    /// The page is secure and the address is not.
    Insecure,
}

/// What a client wants done, or tells.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a WebSocket with the subprotocol `mqtt`, then hand in [`Input::Opened`] or [`Input::Closed`]. There is no other
    /// socket at this time.
    Connect,
    /// Ask the server for anything by HTTP, then hand in [`Input::Seen`] when that has ended, however it did. The next `Look` or
    /// [`Connect`](Self::Connect) takes its place, and nothing of it may be handed in any more. There is no socket at this time.
    Look,
    /// Send these bytes in a binary frame.
    Send(Vec<u8>),
    /// Close the socket, once what was sent has left. Its end is not to be reported.
    CloseSocket,
    /// All topics are subscribed, for the first time or again.
    Up,
    /// A message arrived on a topic that is subscribed. It may be one of our own.
    Message {
        /// Where.
        topic: String,
        /// What: at most [`MAX_PAYLOAD`] bytes.
        payload: Vec<u8>,
    },
    /// There is no session. Told when an outage begins and when its reason changes.
    Down(ClientError),
    /// A message of ours was dropped.
    Dropped(DropReason),
}
