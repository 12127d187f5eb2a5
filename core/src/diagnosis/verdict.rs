//! The decision table of a [diagnosis](super).

use super::{
    BrokerOutcome, CandidateType, Facts, NatMapping, PeerFacts, Permission, Reach, RelayOutcome,
    TransportState, has,
};
use crate::link::{LeaveReason, LinkState};

/// What a diagnosis comes to. `Display` is a sentence for people, [`hint`](Self::hint) what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing is in the way.
    #[error("Your connection is fine.")]
    Good,
    /// UDP is blocked, and a relay makes up for it.
    #[error("Your network blocks direct calls, and the relay works.")]
    RelayOnly,
    /// There is neither STUN nor TURN server.
    #[error("Only people in your own network can be reached.")]
    LocalOnly,
    /// Camera or microphone are forbidden; the network is fine.
    #[error("Your connection is fine, but the camera or microphone is blocked.")]
    MediaBlocked,
    /// This network's NAT is symmetric, and no relay is configured.
    #[error("Your network allows direct calls to some people only, and no relay is configured.")]
    SymmetricNatHere,
    /// Nothing answers at all.
    #[error("This device is offline.")]
    Offline,
    /// The browser finds no candidate.
    #[error("This browser is kept from making direct calls.")]
    WebRtcBlocked,
    /// No signaling server can be reached.
    #[error("The server that connects people cannot be reached.")]
    BrokerUnreachable,
    /// What answers at the signaling server's address is no such server.
    #[error("The address of the server that connects people leads to something else.")]
    BrokerWrong,
    /// The signaling server refuses.
    #[error("The server that connects people refused.")]
    BrokerRefused,
    /// There is no signaling server.
    #[error("No server is configured: only tabs of this browser can connect.")]
    TabsOnly,
    /// UDP is blocked here, and no relay is configured.
    #[error("Your network blocks direct calls and no relay is configured.")]
    UdpBlocked,
    /// UDP seems to be blocked at the peer, and no relay is configured.
    #[error("The other person's network blocks direct calls and no relay is configured.")]
    UdpBlockedThere,
    /// Both NATs are symmetric, and no relay is configured.
    #[error("Your network and the other person's both need a relay, and none is configured.")]
    SymmetricNat,
    /// The relay does not accept the credentials (401).
    #[error("The relay did not accept the user name or password.")]
    RelayCredentials,
    /// The relay answers and does not relay.
    #[error("The relay answers but passes nothing on.")]
    RelayRefuses,
    /// The relay does not answer.
    #[error("The relay cannot be reached.")]
    RelayUnreachable,
    /// The peer is connected directly.
    #[error("You are connected directly.")]
    Connected,
    /// The peer is connected by a relay.
    #[error("You are connected through a relay.")]
    ConnectedByRelay,
    /// The peer is on its way.
    #[error("The connection is still being made.")]
    Connecting,
    /// The peer has said goodbye.
    #[error("The other person has left.")]
    PeerLeft,
    /// The peer does not answer.
    #[error("The other person does not answer any more.")]
    PeerGone,
    /// The peer's certificate is not the one that it announced.
    #[error("The other side could not prove who it is, so the connection was refused.")]
    CertificateMismatch,
    /// There is no path although a relay works.
    #[error("No connection came about, although the relay works here.")]
    IceFailedWithRelay,
    /// There is no path.
    #[error("No direct path to the other person was found.")]
    IceFailed,
}

const ADD_RELAY: &str = "Try another network on one side, such as a phone's hotspot; or whoever runs this page adds a relay (TURN) server.";
const FIX_RELAY: &str = "Tell whoever runs this page. Until then, another network may help.";
const TURN_BACK: &str = "Nothing to do here. They can open the link again.";

impl Verdict {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::RelayOnly => "relay-only",
            Self::LocalOnly => "local-only",
            Self::MediaBlocked => "media-blocked",
            Self::SymmetricNatHere => "symmetric-nat-here",
            Self::Offline => "offline",
            Self::WebRtcBlocked => "webrtc-blocked",
            Self::BrokerUnreachable => "broker-unreachable",
            Self::BrokerWrong => "broker-wrong",
            Self::BrokerRefused => "broker-refused",
            Self::TabsOnly => "tabs-only",
            Self::UdpBlocked => "udp-blocked",
            Self::UdpBlockedThere => "udp-blocked-there",
            Self::SymmetricNat => "symmetric-nat",
            Self::RelayCredentials => "relay-credentials",
            Self::RelayRefuses => "relay-refuses",
            Self::RelayUnreachable => "relay-unreachable",
            Self::Connected => "connected",
            Self::ConnectedByRelay => "connected-by-relay",
            Self::Connecting => "connecting",
            Self::PeerLeft => "peer-left",
            Self::PeerGone => "peer-gone",
            Self::CertificateMismatch => "certificate-mismatch",
            Self::IceFailedWithRelay => "ice-failed-with-relay",
            Self::IceFailed => "ice-failed",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Good | Self::Connected => "Nothing to do.",
            Self::RelayOnly | Self::ConnectedByRelay => {
                "Nothing to do. Calls take a small detour and stay encrypted."
            }
            Self::LocalOnly => {
                "To reach people elsewhere, whoever runs this page configures a STUN server."
            }
            Self::MediaBlocked => {
                "Allow them with the icon beside the address, and in your system's privacy settings. Or join without."
            }
            Self::Offline => "Check the network. The call carries on by itself.",
            Self::WebRtcBlocked => {
                "Check the network, and switch off extensions that block WebRTC."
            }
            Self::BrokerUnreachable => {
                "Check your network and the server's address and certificate. It keeps trying."
            }
            Self::BrokerWrong | Self::BrokerRefused => {
                "Check ?broker= in the address, or ask whoever runs this page."
            }
            Self::TabsOnly => {
                "To call others, use a page with a server, or name one with ?broker= in the address."
            }
            Self::UdpBlocked
            | Self::UdpBlockedThere
            | Self::SymmetricNat
            | Self::SymmetricNatHere
            | Self::IceFailed => ADD_RELAY,
            Self::RelayCredentials | Self::RelayRefuses | Self::RelayUnreachable => FIX_RELAY,
            Self::Connecting => "Wait a moment.",
            Self::PeerLeft | Self::PeerGone => TURN_BACK,
            Self::CertificateMismatch => {
                "Someone may be in between. Open the link again on both sides, and send it another way if this goes on."
            }
            Self::IceFailedWithRelay => {
                "The other side may be kept from the relay. Another network there may help."
            }
        }
    }

    /// Whether something stands in the way.
    pub const fn is_trouble(&self) -> bool {
        !matches!(
            self,
            Self::Good
                | Self::RelayOnly
                | Self::Connected
                | Self::ConnectedByRelay
                | Self::Connecting
        )
    }
}

pub(super) fn decide(facts: &Facts) -> Verdict {
    let peer = facts.peer.as_ref();
    let answered = peer.is_some_and(|peer| peer.attempt.answered && !peer.silent);
    if let Some(peer) = peer {
        if peer.gone.is_none() && peer.state == LinkState::Connected {
            return match peer.pair {
                Some(pair) if pair.is_relayed() => Verdict::ConnectedByRelay,
                _ => Verdict::Connected,
            };
        }
        if peer.gone == Some(LeaveReason::Left) {
            return Verdict::PeerLeft;
        }
    }
    if facts.online == Some(false) || reaches_nothing(facts) {
        return Verdict::Offline;
    }
    if peer.is_some_and(|peer| peer.attempt.dtls == TransportState::Failed) {
        return Verdict::CertificateMismatch;
    }
    if facts.gathering.complete && facts.gathering.candidates.is_empty() && !facts.has_relay() {
        return Verdict::WebRtcBlocked;
    }
    if !answered && let Some(verdict) = brokers(facts) {
        return verdict;
    }
    if let Some(peer) = peer
        && (peer.gone == Some(LeaveReason::Vanished) || !answered)
    {
        return Verdict::PeerGone;
    }
    if let Some(verdict) = relays(facts) {
        return verdict;
    }
    let no_relay = facts.relays.is_empty();
    if no_relay && facts.udp() == Reach::Blocked {
        return Verdict::UdpBlocked;
    }
    match peer {
        Some(peer) => path_to(facts, peer),
        None => network(facts),
    }
}

/// Several things were tried that are independent of each other, and none of them answered.
fn reaches_nothing(facts: &Facts) -> bool {
    let mut brokers = facts
        .brokers
        .iter()
        .filter(|broker| !broker.local)
        .peekable();
    let relays_silent = facts.relays.iter().all(|relay| {
        matches!(
            relay.outcome,
            RelayOutcome::Unreachable | RelayOutcome::Nothing
        )
    });
    brokers.peek().is_some()
        && brokers.all(|broker| {
            matches!(
                broker.outcome,
                BrokerOutcome::Unreachable | BrokerOutcome::Silent
            )
        })
        && facts.udp() == Reach::Blocked
        && relays_silent
}

fn brokers(facts: &Facts) -> Option<Verdict> {
    if facts.brokers.is_empty() {
        return None;
    }
    let has = |outcome| {
        facts
            .brokers
            .iter()
            .any(|broker| !broker.local && broker.outcome == outcome)
    };
    if facts.brokers.iter().all(|broker| broker.local) {
        Some(Verdict::TabsOnly)
    } else if has(BrokerOutcome::Works) {
        None
    } else if has(BrokerOutcome::Refused) {
        Some(Verdict::BrokerRefused)
    } else if has(BrokerOutcome::Wrong) {
        Some(Verdict::BrokerWrong)
    } else {
        Some(Verdict::BrokerUnreachable)
    }
}

/// What is wrong with the relays, when none works. The one that says most counts.
fn relays(facts: &Facts) -> Option<Verdict> {
    if facts.relays.is_empty() || facts.has_relay() {
        return None;
    }
    let mut verdict = Verdict::RelayUnreachable;
    for relay in &facts.relays {
        match relay.outcome {
            // RFC 8489 §14.8 and RFC 8656 §19: unauthenticated, stale nonce, wrong credentials.
            RelayOutcome::Refused(401 | 438 | 441) => return Some(Verdict::RelayCredentials),
            RelayOutcome::Refused(_) | RelayOutcome::Silent => verdict = Verdict::RelayRefuses,
            _ => {}
        }
    }
    Some(verdict)
}

fn path_to(facts: &Facts, peer: &PeerFacts) -> Verdict {
    let attempt = &peer.attempt;
    let here = match facts.gathering.mapping() {
        NatMapping::Unknown => NatMapping::of(&attempt.local, 0),
        mapping => mapping,
    };
    let there = NatMapping::of(&attempt.remote, 0);
    let is_public = |kind| has(&attempt.local, kind) && !has(&attempt.remote, kind);
    let failed = attempt.ice == TransportState::Failed
        || peer.failures > 0
        || peer.gone == Some(LeaveReason::Unreachable);
    if !failed {
        Verdict::Connecting
    } else if facts.has_relay() {
        Verdict::IceFailedWithRelay
    } else if here == NatMapping::EndpointDependent && there == NatMapping::EndpointDependent {
        Verdict::SymmetricNat
    } else if is_public(CandidateType::ServerReflexive)
        && !attempt.remote.iter().any(super::CandidateLine::is_public)
    {
        Verdict::UdpBlockedThere
    } else {
        Verdict::IceFailed
    }
}

fn network(facts: &Facts) -> Verdict {
    let udp = facts.udp();
    if udp == Reach::Blocked {
        Verdict::RelayOnly
    } else if facts.relays.is_empty() && facts.gathering.mapping() == NatMapping::EndpointDependent
    {
        Verdict::SymmetricNatHere
    } else if facts.relays.is_empty() && facts.gathering.servers == 0 {
        Verdict::LocalOnly
    } else if facts.camera == Permission::Denied || facts.microphone == Permission::Denied {
        Verdict::MediaBlocked
    } else {
        Verdict::Good
    }
}
