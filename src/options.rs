//! How a room is to be joined.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use handclasp_core::card::KEY;
use handclasp_core::{base64url, envelope};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    RtcBundlePolicy, RtcCertificate, RtcConfiguration, RtcDataChannel, RtcDataChannelInit,
    RtcIceServer, RtcIceTransportPolicy,
};

use crate::error::{JoinError, SecretError};
use crate::signaling::Signaling;
use crate::sys;
use crate::trust::{self, Finder};

/// Shortest secret as text: 16 bytes.
pub(crate) const MIN_SECRET_CHARS: usize = 22;
/// Longest secret as text: 64 bytes.
pub(crate) const MAX_SECRET_CHARS: usize = 86;
/// Largest profile in bytes: a name, and perhaps a colour. Pictures belong on a channel.
pub const MAX_PROFILE: usize = 1024;
/// Most others in a room. Beyond, a mesh of data alone is already slow.
pub const MAX_PEERS: usize = 32;
/// Others in a room unless told: eight people with video are what a mesh bears.
const DEFAULT_PEERS: usize = 7;
/// Most declared channels. Each takes an SCTP stream on every connection.
pub const MAX_CHANNELS: usize = 16;
/// Longest channel label in bytes. The standard allows 65535; a label is a name, not a message.
pub const MAX_LABEL: usize = 256;
/// Longest [`ChannelOptions::protocol`] in bytes. The standard allows 65535; it is a name and a version.
pub const MAX_PROTOCOL: usize = 256;

/// What the members of a room share and nobody else knows: 16 to 64 bytes.
///
/// Whoever has it can join. It belongs in the *fragment* of a link, which browsers never send to a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new secret of 128 bits from the browser's cryptographic random source.
    pub fn generate() -> Self {
        Self(sys::random::<{ envelope::MIN_SECRET }>().to_vec())
    }

    /// Reads a secret from base64url without padding, 22 to 86 characters.
    ///
    /// # Errors
    /// [`SecretError::Length`] and [`SecretError::Encoding`] say what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if !(MIN_SECRET_CHARS..=MAX_SECRET_CHARS).contains(&text.len()) {
            return Err(SecretError::Length);
        }
        base64url::decode(text)
            .map(Self)
            .ok_or(SecretError::Encoding)
    }

    /// The text for a link.
    pub fn to_base64url(&self) -> String {
        base64url::encode(&self.0)
    }

    /// The secret in a handshake code.
    pub(crate) fn of_code(key: [u8; KEY]) -> Self {
        Self(key.to_vec())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Redacted.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A STUN or TURN server ([`RTCIceServer`](https://www.w3.org/TR/webrtc/#rtciceserver-dictionary)).
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Addresses, such as `stun:stun.example.org:3478` or `turns:turn.example.org?transport=tcp`.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

impl IceServer {
    /// A server without credentials.
    pub fn stun(url: impl Into<String>) -> Self {
        Self {
            urls: vec![url.into()],
            username: None,
            credential: None,
        }
    }

    /// Two public STUN servers of different operators. They learn the addresses of those who ask, and nothing else.
    pub fn defaults() -> Vec<Self> {
        vec![
            Self::stun("stun:stun.l.google.com:19302"),
            Self::stun("stun:stun.cloudflare.com:3478"),
        ]
    }
}

/// What a source of ICE servers answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServers {
    /// The servers, in place of those before.
    pub servers: Vec<IceServer>,
    /// How long their credentials are good, from now on; `None` when they do not expire.
    pub expires_in: Option<Duration>,
}

/// Asks an application for ICE servers.
pub(crate) type IceServerSource =
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<IceServers, Box<dyn Error>>>>>>;

/// Without the credential.
impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// How a channel delivers ([`RTCDataChannelInit`](https://www.w3.org/TR/webrtc/#dom-rtcdatachannelinit)).
///
/// The default is reliable and in order. Both sides of a declared channel must use the same options.
///
/// | kind | a message has at most | when a connection is built anew | when the receiver does not read |
/// |---|---|---|---|
/// | reliable and in order | 64 MiB | every message arrives, once | the sender waits: at most 4 MiB (or one message), or 16,384 messages, are ahead of the reader |
/// | reliable, out of order | 256 KiB | what was on its way may be lost | beyond [`MAX_INBOX_MESSAGES`] or [`MAX_INBOX_BYTES`] the channel closes |
/// | with either bound | 256 KiB | likewise | beyond these the oldest message is dropped |
///
/// Of the standard's members, `negotiated` and `id` are handclasp's own affair: a channel that is declared is negotiated, so that it is there before the
/// first offer, and one that a side opens is announced to the other. `priority` is in no browser.
///
/// [`MAX_INBOX_MESSAGES`]: crate::channel::MAX_INBOX_MESSAGES
/// [`MAX_INBOX_BYTES`]: crate::channel::MAX_INBOX_BYTES
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelOptions {
    /// Whether messages arrive in the order they were sent in.
    pub ordered: bool,
    /// Gives a message up after this many retransmissions.
    pub max_retransmits: Option<u16>,
    /// Gives a message up after this many milliseconds.
    pub max_packet_life_time: Option<u16>,
    /// Whether only the newest message counts: one that was overtaken is dropped, and one that is unread gives way. With one of the two bounds alone.
    pub latest: bool,
    /// What the messages are, for the application on the other side ([`Channel::protocol`](crate::Channel::protocol)): at most [`MAX_PROTOCOL`] bytes, such as
    /// `chat.v2`; empty when there is nothing to say.
    pub protocol: String,
}

impl ChannelOptions {
    /// Every message arrives, in order, and once; a sender waits while the receiver does not read.
    pub const fn reliable() -> Self {
        Self {
            ordered: true,
            max_retransmits: None,
            max_packet_life_time: None,
            latest: false,
            protocol: String::new(),
        }
    }

    /// A message arrives soon or not at all, in any order: for game state and pointers. A send never waits; what would be late by more than 100 ms
    /// gives way to what is newer.
    pub const fn lossy() -> Self {
        Self {
            ordered: false,
            max_retransmits: Some(0),
            max_packet_life_time: None,
            latest: false,
            protocol: String::new(),
        }
    }

    /// The newest message arrives soon or not at all, and takes the place of those before: for where somebody is now. Each message carries five
    /// bytes more, for which it is copied once. Bytes arrive as a view that begins behind them.
    pub const fn latest() -> Self {
        let mut options = Self::lossy();
        options.latest = true;
        options
    }

    /// How a channel that the peer opened delivers.
    pub(crate) fn of(channel: &RtcDataChannel, latest: bool, protocol: String) -> Self {
        Self {
            latest,
            protocol,
            ordered: channel.unchecked_ref::<sys::OpenedChannel>().ordered(),
            max_retransmits: channel.max_retransmits(),
            max_packet_life_time: channel.max_packet_life_time(),
        }
    }

    /// Whether nothing is ever left out or overtaken, so that messages can be counted.
    pub(crate) const fn is_reliable_and_ordered(&self) -> bool {
        self.ordered && self.is_reliable()
    }

    /// Whether nothing is ever left out.
    pub(crate) const fn is_reliable(&self) -> bool {
        self.max_retransmits.is_none() && self.max_packet_life_time.is_none()
    }

    /// The two bounds exclude each other, and what is newest supersedes only what may be lost.
    pub(crate) const fn is_consistent(&self) -> bool {
        (self.max_retransmits.is_none() || self.max_packet_life_time.is_none())
            && !(self.latest && self.is_reliable())
    }

    /// For a channel that both sides make with this id, or for one that is announced in-band, with a protocol yet to be set.
    pub(crate) fn to_init(&self, id: Option<u16>) -> RtcDataChannelInit {
        let init = RtcDataChannelInit::new();
        init.set_ordered(self.ordered);
        if let Some(count) = self.max_retransmits {
            init.set_max_retransmits(count);
        }
        if let Some(millis) = self.max_packet_life_time {
            init.set_max_packet_life_time(millis);
        }
        if let Some(id) = id {
            init.set_negotiated(true);
            init.set_id(id);
            init.set_protocol(&self.protocol);
        }
        init
    }
}

impl Default for ChannelOptions {
    fn default() -> Self {
        Self::reliable()
    }
}

/// Whether this may be said of a channel's messages.
pub(crate) fn is_protocol(protocol: &str) -> bool {
    protocol.len() <= MAX_PROTOCOL
}

/// Whether a label may name a channel.
pub(crate) fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
}

/// What [`Room::join`](crate::Room::join) needs to know. A builder.
///
/// ```no_run
/// use handclasp::{Broadcast, ChannelOptions, RoomOptions, Secret};
///
/// let options = RoomOptions::new("org.example.chat", "lobby", Secret::generate())
///     .signaling(Broadcast::new())
///     .channel("chat", ChannelOptions::reliable());
/// ```
#[must_use = "options do nothing until a room is joined with them"]
pub struct RoomOptions {
    pub(crate) app: String,
    pub(crate) room: String,
    pub(crate) secret: Secret,
    pub(crate) signaling: Vec<Box<dyn Signaling>>,
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) ice_server_source: Option<IceServerSource>,
    pub(crate) relay_only: bool,
    pub(crate) max_peers: usize,
    pub(crate) profile: Vec<u8>,
    pub(crate) channels: Vec<(String, ChannelOptions)>,
    pub(crate) by_hand: bool,
    pub(crate) words: Option<&'static Finder>,
    pub(crate) certificate: Option<RtcCertificate>,
}

impl RoomOptions {
    /// The room `room` of the application `app`, for those who share `secret`.
    ///
    /// The names (at most 256 bytes each) only keep rooms with the same secret apart; they never leave the browser.
    pub fn new(app: impl Into<String>, room: impl Into<String>, secret: Secret) -> Self {
        Self {
            app: app.into(),
            room: room.into(),
            secret,
            signaling: Vec::new(),
            ice_servers: IceServer::defaults(),
            ice_server_source: None,
            relay_only: false,
            max_peers: DEFAULT_PEERS,
            profile: Vec::new(),
            channels: Vec::new(),
            by_hand: false,
            words: None,
            certificate: None,
        }
    }

    /// The same for the room of another secret.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// Members may shake hands by themselves ([`Room::invite`](crate::Room::invite)), so that no signaling path is needed. There may be some
    /// all the same. The secret has to be of 16 bytes, as [`Secret::generate`] makes it.
    pub fn by_hand(mut self) -> Self {
        self.by_hand = true;
        self
    }

    /// Finds four words for each connection that both people can compare, to know that nobody stands between them:
    /// [`Peer::words`](crate::Peer::words). Both sides have to want them. One certificate is used for the whole visit, so that a
    /// connection that is built anew needs no new comparison.
    ///
    /// `certificate` is one that was kept (of `RTCPeerConnection.generateCertificate`): others recognise it from visit to visit, so that words need
    /// to be compared only once with each ([`Peer::pair`](crate::Peer::pair)). Without one, or when it has expired, a new one is made.
    pub fn words(mut self, certificate: Option<RtcCertificate>) -> Self {
        self.words = Some(&trust::FINDER);
        self.certificate = certificate;
        self
    }

    /// Adds a path on which members find each other. All paths are used at the same time.
    pub fn signaling(mut self, transport: impl Signaling + 'static) -> Self {
        self.signaling.push(Box::new(transport));
        self
    }

    /// Replaces the STUN and TURN servers. The default is [`IceServer::defaults`]; an empty list is enough within one network.
    pub fn ice_servers(mut self, servers: Vec<IceServer>) -> Self {
        self.ice_servers = servers;
        self
    }

    /// Takes STUN and TURN servers from `source`, whose credentials may expire: it is asked when the room is joined, and again a fifth of
    /// their life before they expire, at least ten seconds. What it answers goes to the connections that are there, and to those to come.
    ///
    /// [`Room::join`](crate::Room::join) waits for the first answer, at most five seconds. Until there is one, those of
    /// [`ice_servers`](Self::ice_servers) are used. When it fails it is asked again after 1 s, 2 s, 4 s … 60 s, ten times; the error
    /// is not looked at, as it may hold addresses.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use handclasp::{IceServer, IceServers, RoomOptions, Secret};
    ///
    /// let options = RoomOptions::new("org.example.chat", "lobby", Secret::generate())
    ///     .ice_server_source(|| async {
    ///         // In truth, from your server.
    ///         let relay = IceServer {
    ///             urls: vec!["turns:turn.example.org".into()],
    ///             username: Some("1767225600:ada".into()),
    ///             credential: Some("…".into()),
    ///         };
    ///         Ok(IceServers { servers: vec![relay], expires_in: Some(Duration::from_secs(3600)) })
    ///     });
    /// ```
    pub fn ice_server_source<F>(mut self, source: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<IceServers, Box<dyn Error>>> + 'static,
    {
        self.ice_server_source = Some(Box::new(move || Box::pin(source())));
        self
    }

    /// Whether to use TURN relays alone, so that others do not learn this member's addresses. Default: no.
    pub fn relay_only(mut self, relay_only: bool) -> Self {
        self.relay_only = relay_only;
        self
    }

    /// Most others to connect with: 1 to 32. Default: 7.
    pub fn max_peers(mut self, max_peers: usize) -> Self {
        self.max_peers = max_peers;
        self
    }

    /// What others see of this member, for example a name as UTF-8: at most 1024 bytes, sent to connected members alone.
    pub fn profile(mut self, profile: Vec<u8>) -> Self {
        self.profile = profile;
        self
    }

    /// Declares a channel to every member: at most 16, with distinct labels.
    ///
    /// All members must declare the same channels in the same order. A declared channel outlives interruptions: when the
    /// connection is rebuilt the channel carries on, and sends that wait go out then.
    pub fn channel(mut self, label: impl Into<String>, options: ChannelOptions) -> Self {
        self.channels.push((label.into(), options));
        self
    }

    /// What the codes of a room by hand carry.
    pub(crate) fn key(&self) -> Option<[u8; KEY]> {
        let key = self.secret.as_bytes().try_into().ok();
        key.filter(|_| self.by_hand)
    }

    /// Everything that can be said against the options before anything starts.
    pub(crate) fn check(&self) -> Result<(), JoinError> {
        if self.signaling.is_empty() && !self.by_hand {
            return Err(JoinError::NoSignaling);
        }
        if self.app.len() > envelope::MAX_NAME || self.room.len() > envelope::MAX_NAME {
            return Err(JoinError::Name);
        }
        if self.profile.len() > MAX_PROFILE {
            return Err(JoinError::Profile);
        }
        if !(1..=MAX_PEERS).contains(&self.max_peers) {
            return Err(JoinError::MaxPeers);
        }
        if self.channels.len() > MAX_CHANNELS {
            return Err(JoinError::TooManyChannels);
        }
        for (index, (label, options)) in self.channels.iter().enumerate() {
            let twice = self.channels[..index]
                .iter()
                .any(|(other, _)| other == label);
            if !is_label(label) || twice {
                return Err(JoinError::Label);
            }
            if !is_protocol(&options.protocol) {
                return Err(JoinError::Protocol);
            }
            if !options.is_consistent() {
                return Err(JoinError::ChannelOptions);
            }
        }
        Ok(())
    }
}

/// The browser's form of the ICE options.
pub(crate) fn configuration(servers: &[IceServer], relay_only: bool) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    set_ice_servers(&configuration, servers);
    configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
    if relay_only {
        configuration.set_ice_transport_policy(RtcIceTransportPolicy::Relay);
    }
    configuration
}

/// Puts these servers in the place of others.
pub(crate) fn set_ice_servers(configuration: &RtcConfiguration, servers: &[IceServer]) {
    let list = Array::new();
    for server in servers {
        let urls: Array = server
            .urls
            .iter()
            .map(|url| JsValue::from_str(url))
            .collect();
        let entry = RtcIceServer::new();
        entry.set_urls(&urls);
        if let Some(username) = &server.username {
            entry.set_username(username);
        }
        if let Some(credential) = &server.credential {
            entry.set_credential(credential);
        }
        list.push(&entry);
    }
    configuration.set_ice_servers(&list);
}

impl fmt::Debug for RoomOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomOptions")
            .field("max_peers", &self.max_peers)
            .finish_non_exhaustive()
    }
}
