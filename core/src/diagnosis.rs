//! From what was seen of a network to one sentence that a person can act on.
//!
//! The shell gathers [`Facts`]: plain data, bounded. [`Facts::verdict`] chooses a [`Verdict`] by one table, of which the first line
//! that fits counts:
//!
//! | | facts | verdict |
//! |---|---|---|
//! | 1 | the peer is connected | [`Connected`](Verdict::Connected), [`ConnectedByRelay`](Verdict::ConnectedByRelay) |
//! | 2 | the peer said goodbye | [`PeerLeft`](Verdict::PeerLeft) |
//! | 3 | the browser says that there is no network; or no broker, STUN or TURN server of those configured answers | [`Offline`](Verdict::Offline) |
//! | 4 | the peer's DTLS failed | [`CertificateMismatch`](Verdict::CertificateMismatch) |
//! | 5 | gathering ended without a candidate | [`WebRtcBlocked`](Verdict::WebRtcBlocked) |
//! | 6 | no broker works, and the peer has not answered | [`BrokerRefused`](Verdict::BrokerRefused), [`BrokerWrong`](Verdict::BrokerWrong), [`BrokerUnreachable`](Verdict::BrokerUnreachable) |
//! | 7 | all paths are within this browser, and the peer has not answered | [`TabsOnly`](Verdict::TabsOnly) |
//! | 8 | the peer vanished, or does not answer | [`PeerGone`](Verdict::PeerGone) |
//! | 9 | relays are configured, and none works | [`RelayCredentials`](Verdict::RelayCredentials), [`RelayRefuses`](Verdict::RelayRefuses), [`RelayUnreachable`](Verdict::RelayUnreachable) |
//! | 10 | UDP is blocked here, no relay is configured | [`UdpBlocked`](Verdict::UdpBlocked) |
//! | 11 | both NATs are symmetric, no relay is configured | [`SymmetricNat`](Verdict::SymmetricNat) |
//! | 12 | the peer shows no public address although this side has one, no relay is configured | [`UdpBlockedThere`](Verdict::UdpBlockedThere) |
//! | 13 | ICE failed with the peer, and a relay works here | [`IceFailedWithRelay`](Verdict::IceFailedWithRelay) |
//! | 14 | ICE failed with the peer | [`IceFailed`](Verdict::IceFailed) |
//! | 15 | the peer is on its way | [`Connecting`](Verdict::Connecting) |
//! | 16 | no peer; UDP is blocked, a relay works | [`RelayOnly`](Verdict::RelayOnly) |
//! | 17 | no peer; the NAT is symmetric, no relay is configured | [`SymmetricNatHere`](Verdict::SymmetricNatHere) |
//! | 18 | no peer; neither STUN nor TURN is configured | [`LocalOnly`](Verdict::LocalOnly) |
//! | 19 | no peer; camera or microphone are forbidden | [`MediaBlocked`](Verdict::MediaBlocked) |
//! | 20 | otherwise | [`Good`](Verdict::Good) |
//!
//! Sources: W3C webrtc-pc §4.8 (candidates and their errors), RFC 8656 §5 to 7 (TURN's errors), RFC 5780 (NAT behaviour).

mod candidate;
mod nat;
mod verdict;

use core::time::Duration;

pub use candidate::{AddressFamily, CandidateLine, CandidateType};
pub use nat::NatMapping;
pub use verdict::Verdict;

use crate::link::{LeaveReason, LinkState};

/// Most candidates of one side that are kept. A device with a dozen interfaces has about forty.
pub const MAX_LINES: usize = 64;

/// Most TURN addresses that are tried: two servers by UDP, TCP and TLS.
pub const MAX_RELAYS: usize = 6;

/// Most signaling paths that are told of.
pub const MAX_BROKERS: usize = 8;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Whether the browser says that there is a network.
    pub online: Option<bool>,
    /// What a gathering with the STUN servers found.
    pub gathering: Gathering,
    /// The TURN addresses, each tried by itself, at most [`MAX_RELAYS`].
    pub relays: Vec<RelayFacts>,
    /// The signaling paths, at most [`MAX_BROKERS`].
    pub brokers: Vec<BrokerFacts>,
    /// Whether the page may use a camera.
    pub camera: Permission,
    /// Whether the page may use a microphone.
    pub microphone: Permission,
    /// About the peer that the question is about, if it is about one.
    pub peer: Option<PeerFacts>,
}

/// What one gathering of candidates found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathering {
    /// The candidates, at most [`MAX_LINES`].
    pub candidates: Vec<CandidateLine>,
    /// How many STUN addresses were asked.
    pub servers: usize,
    /// How many errors the browser reported of them.
    pub errors: usize,
    /// Whether this browser reports errors at all (`icecandidateerror`).
    pub reports_errors: bool,
    /// Whether it came to its end before the deadline.
    pub complete: bool,
}

/// A yes, a no, or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Nothing was tried that would tell.
    #[default]
    Unknown,
    /// It gets through.
    Open,
    /// It does not.
    Blocked,
}

/// How a TURN server is spoken to (RFC 7065).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelayTransport {
    /// `turn:` by UDP.
    Udp,
    /// `turn:…?transport=tcp`.
    Tcp,
    /// `turns:`.
    Tls,
}

impl RelayTransport {
    /// Of a TURN address; `None` when it is none.
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        if scheme.eq_ignore_ascii_case("turns") {
            return Some(Self::Tls);
        }
        let tcp = rest
            .split_once('?')
            .is_some_and(|(_, query)| query.eq_ignore_ascii_case("transport=tcp"));
        scheme
            .eq_ignore_ascii_case("turn")
            .then_some(if tcp { Self::Tcp } else { Self::Udp })
    }

    /// Reads `RTCIceCandidateStats.relayProtocol`.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Udp, Self::Tcp, Self::Tls]
            .into_iter()
            .find(|transport| transport.as_str() == word)
    }

    /// `udp`, `tcp` or `tls`, as `RTCIceCandidateStats.relayProtocol` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }
}

/// What came of trying one TURN address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelayOutcome {
    /// It gave an address, and data went through it and came back.
    Relays,
    /// It gave an address, and nothing came through.
    Silent,
    /// It answered with an error, whose STUN code this is: 401 for wrong credentials, 403, 486 or 508 for a limit (RFC 8656 §19).
    Refused(u16),
    /// Nothing answered.
    Unreachable,
    /// The gathering ended without an address, and the browser does not say why.
    Nothing,
}

impl RelayOutcome {
    /// Reads `RTCPeerConnectionIceErrorEvent.errorCode`: 701 is the browser's own word for "no answer" (W3C webrtc-pc §4.8.3). A
    /// first 401 is part of the protocol and not reported; one that is, is final.
    pub const fn of_error(code: u16) -> Self {
        match code {
            300..=699 => Self::Refused(code),
            _ => Self::Unreachable,
        }
    }
}

/// One TURN address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayFacts {
    /// How it is spoken to.
    pub transport: RelayTransport,
    /// What came of it.
    pub outcome: RelayOutcome,
}

/// How one signaling path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrokerOutcome {
    /// It said nothing before the deadline.
    Silent,
    /// Signals travel.
    Works,
    /// No connection comes about; also because of a certificate that the browser does not accept.
    Unreachable,
    /// Something answers that is no such server.
    Wrong,
    /// It refuses this user, or the topic.
    Refused,
}

/// One signaling path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFacts {
    /// Its name for people.
    pub name: String,
    /// Whether it only reaches tabs of this browser.
    pub local: bool,
    /// How it is.
    pub outcome: BrokerOutcome,
}

/// State of a permission ([Permissions §4](https://www.w3.org/TR/permissions/#dom-permissionstate)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Permission {
    /// The browser does not tell.
    #[default]
    Unknown,
    /// `granted`
    Granted,
    /// `prompt`
    Prompt,
    /// `denied`
    Denied,
}

/// State of a transport below a connection: of ICE (W3C webrtc-pc §5.6.4) or DTLS (§5.5.1), as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransportState {
    /// Before there is anything to tell.
    #[default]
    New,
    /// On its way: `checking`, `connecting`, `disconnected`.
    Connecting,
    /// It works: `connected`, `completed`.
    Connected,
    /// `failed`
    Failed,
    /// `closed`
    Closed,
}

impl TransportState {
    /// Reads the browser's word.
    pub fn parse(word: &str) -> Self {
        match word {
            "checking" | "connecting" | "disconnected" => Self::Connecting,
            "connected" | "completed" => Self::Connected,
            "failed" => Self::Failed,
            "closed" => Self::Closed,
            _ => Self::New,
        }
    }
}

/// What is known of the way to one peer.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerFacts {
    /// How it stands.
    pub state: LinkState,
    /// Why it is gone, if it is.
    pub gone: Option<LeaveReason>,
    /// Whether it was connected at any time.
    pub was_connected: bool,
    /// Whether it answers on no way there is, neither over the connection nor outside.
    pub silent: bool,
    /// Connections that came to nothing since it was last connected.
    pub failures: u32,
    /// What was last tried.
    pub attempt: AttemptFacts,
    /// The pair of candidates in use.
    pub pair: Option<PairFacts>,
    /// Round-trip time of that pair.
    pub rtt: Option<Duration>,
}

/// What one peer connection tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptFacts {
    /// Candidates of this side, at most [`MAX_LINES`].
    pub local: Vec<CandidateLine>,
    /// Candidates that the peer told of, at most [`MAX_LINES`].
    pub remote: Vec<CandidateLine>,
    /// Whether a session description of the peer came.
    pub answered: bool,
    /// How ICE is.
    pub ice: TransportState,
    /// How DTLS is.
    pub dtls: TransportState,
    /// How many certificates the peer has shown (`RTCDtlsTransport.getRemoteCertificates()`): none before its handshake.
    pub certificates: usize,
}

/// A pair of candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PairFacts {
    /// This side's end.
    pub local: CandidateType,
    /// The peer's end.
    pub remote: CandidateType,
    /// Whether it is TCP.
    pub tcp: bool,
    /// How the TURN server is spoken to, when this side's end is one.
    pub relay: Option<RelayTransport>,
}

impl PairFacts {
    /// Whether everything passes through a TURN server.
    pub fn is_relayed(&self) -> bool {
        self.local == CandidateType::Relayed || self.remote == CandidateType::Relayed
    }
}

impl Gathering {
    /// How the NAT maps. When the browser reports errors and had none, every server answered.
    pub fn mapping(&self) -> NatMapping {
        let all_answered = self.complete && self.errors == 0;
        NatMapping::of(
            &self.candidates,
            if all_answered { self.servers } else { 0 },
        )
    }

    /// Whether UDP reaches the STUN servers.
    fn udp(&self) -> Reach {
        if self.has(CandidateType::ServerReflexive) {
            return Reach::Open;
        }
        if self.servers == 0 {
            return Reach::Unknown;
        }
        // Without a NAT, a server sees what the device itself knows, and browsers leave that candidate out.
        let no_error = self.complete && self.reports_errors && self.errors == 0;
        let public = self.candidates.iter().any(CandidateLine::is_public);
        match (no_error && !self.candidates.is_empty(), public) {
            (true, _) => Reach::Open,
            (false, true) => Reach::Unknown,
            (false, false) => Reach::Blocked,
        }
    }

    /// Whether there is a candidate of this type.
    pub fn has(&self, kind: CandidateType) -> bool {
        has(&self.candidates, kind)
    }

    /// Whether all candidates are names that mean something within this network alone.
    pub fn is_mdns_only(&self) -> bool {
        !self.candidates.is_empty()
            && self
                .candidates
                .iter()
                .all(|candidate| candidate.family() == AddressFamily::Mdns)
    }
}

impl Facts {
    /// Whether UDP gets out of this network.
    pub fn udp(&self) -> Reach {
        let by_relay = self.relays.iter().any(|relay| {
            relay.transport == RelayTransport::Udp
                && matches!(
                    relay.outcome,
                    RelayOutcome::Relays | RelayOutcome::Silent | RelayOutcome::Refused(_)
                )
        });
        if by_relay {
            Reach::Open
        } else {
            self.gathering.udp()
        }
    }

    /// Whether a TURN server relays.
    pub fn has_relay(&self) -> bool {
        self.relays
            .iter()
            .any(|relay| relay.outcome == RelayOutcome::Relays)
    }

    /// What it comes to: see the [table](self).
    pub fn verdict(&self) -> Verdict {
        verdict::decide(self)
    }
}

fn has(candidates: &[CandidateLine], kind: CandidateType) -> bool {
    candidates.iter().any(|candidate| candidate.kind == kind)
}
