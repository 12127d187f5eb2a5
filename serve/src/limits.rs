//! Every bound of the server, in one place, each with its reason.
//!
//! The server faces a local network, or the internet directly. (Behind a reverse proxy that it is not told of, all people have
//! the proxy's address, and share the bounds of one.) A call needs little of it: a few kilobytes of signals per person to find each other,
//! and then silence. So the bounds sit an order of magnitude above what calls need and far below what could hurt the machine.

use std::time::Duration;

/// Sockets open at one time, pages and brokers together.
///
/// A broker client costs three file descriptors (its own socket and both ends of the loopback hop to the broker); with
/// [`BROKER_CLIENTS`] of them the process stays below the usual soft limit of 1024.
pub const CONNECTIONS: usize = 448;

/// Sockets open at one time from one address (one /64 for IPv6), so that a single machine cannot keep the others out. A browser
/// opens six for a page; the rest is for people behind one NAT.
pub const CONNECTIONS_PER_ADDRESS: usize = 128;

/// MQTT clients at one time: 32 rooms of eight.
pub const BROKER_CLIENTS: usize = 256;

/// MQTT clients at one time from one address: eight rooms of eight behind one NAT.
pub const BROKER_CLIENTS_PER_ADDRESS: usize = 64;

/// The largest sealed signal, bytes. The same as `MAX_SEALED` of handclasp-core's envelope, which the server does not depend on.
pub const PAYLOAD: usize = 64 * 1024;

/// The largest MQTT packet, bytes: one [`PAYLOAD`] (of a PUBLISH, or of the will in a CONNECT) and 2 KiB for topic, client
/// identifier and properties.
pub const PACKET: usize = PAYLOAD + 2 * 1024;

/// The largest WebSocket message, bytes. A message may carry several packets or a part of one (MQTT 5 section 6.0), so this is
/// above [`PACKET`]; the packet is measured by itself.
pub const WEBSOCKET_MESSAGE: usize = 2 * PACKET;

/// MQTT packets a second that one client may send for long. A person joining a full room of eight sends about 150 signals in all.
pub const PACKETS_PER_SECOND: u32 = 50;

/// MQTT packets that one client may send at once, before [`PACKETS_PER_SECOND`] counts: two full joins.
///
/// A client over the rate is not cut off, which its room would take for a departure; it is read more slowly.
pub const PACKET_BURST: u32 = 300;

/// WebSocket messages a second that one client may send for long, pings and pieces of packets included: some clients cut a packet into
/// a message per field, and each message costs work, however small.
pub const MESSAGES_PER_SECOND: u32 = 10 * PACKETS_PER_SECOND;

/// WebSocket messages that one client may send at once, before [`MESSAGES_PER_SECOND`] counts.
pub const MESSAGE_BURST: u32 = 10 * PACKET_BURST;

/// The longest that a client over its rate is read more slowly. One that would have to wait longer does not send signals, and is cut off.
pub const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Bytes a second that one client may send for long. Signals are 1-8 KiB.
pub const BYTES_PER_SECOND: u32 = 256 * 1024;

/// Bytes that one client may send at once, before [`BYTES_PER_SECOND`] counts: a burst of signals, or 16 of the largest.
pub const BYTE_BURST: u32 = 1024 * 1024;

/// Subscriptions of one client: a room needs one, and a page may be in several.
pub const SUBSCRIPTIONS: usize = 16;

/// Levels (`/`) of a topic: handclasp's own have two; a prefix may add some.
pub const TOPIC_LEVELS: usize = 8;

/// Bytes of a client identifier.
pub const CLIENT_ID: usize = 128;

/// Unacknowledged QoS 1 messages on the way to or from one client.
pub const IN_FLIGHT: u16 = 32;

/// Messages that wait for one slow client before further ones are dropped, as MQTT allows for QoS 0 and handclasp expects of any path.
pub const QUEUED_MESSAGES: usize = 256;

/// How often a client is pinged on the WebSocket (RFC 6455 section 5.5.2; browsers answer by themselves).
pub const PING_INTERVAL: Duration = Duration::from_secs(15);

/// How long nothing at all, not even the answer to a ping, may come from a client. It has vanished then, and its will is
/// published: whatever keep-alive it asked for, even none.
pub const SILENCE: Duration = Duration::from_secs(35);

/// How long the broker keeps the session of a client that asked for that and went away. handclasp starts clean every time.
pub const SESSION: Duration = Duration::from_secs(60);

/// How long a client may take over its whole CONNECT packet, counted from the upgrade.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request's head, or the TLS handshake, may take. Also ends idle connections, which a browser reopens unasked.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// Bytes of a request's head. Browsers send about 1 KiB.
pub const HEAD: usize = 16 * 1024;

/// How long a client may take to receive one message; after that it is as good as gone.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the broker may take to close its side once a client is gone. It only has to read what was sent before.
pub const HANG_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// How long open connections may take to end once the server is told to stop.
pub const GRACE: Duration = Duration::from_secs(3);

/// The largest file that is served, bytes. The page's largest is its wasm, about 1 MiB.
pub const FILE: u64 = 32 * 1024 * 1024;

/// Bytes of files kept in memory, compressed and not.
pub const FILE_CACHE: usize = 64 * 1024 * 1024;
