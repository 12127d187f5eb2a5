//! From facts to one verdict: every verdict has facts that bring it about, and whatever the facts, there is one.

use handclasp_core::diagnosis::{
    AddressFamily, AttemptFacts, BrokerFacts, BrokerOutcome, CandidateLine, CandidateType, Facts,
    Gathering, NatMapping, PairFacts, PeerFacts, Permission, Reach, RelayFacts, RelayOutcome,
    RelayTransport, TransportState, Verdict,
};
use handclasp_core::link::{LeaveReason, LinkState};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const HOST: &str = "candidate:1 1 udp 2122260223 10.1.0.2 50000 typ host generation 0";
const MDNS: &str =
    "candidate:1 1 udp 2113937151 a1b2c3d4-0000-4000-8000-000000000000.local 50000 typ host";

fn line(text: &str) -> CandidateLine {
    CandidateLine::parse(text).expect("a candidate")
}

/// A server-reflexive candidate whose base the browser tells.
fn reflexive(address: &str, port: u16) -> CandidateLine {
    line(&format!(
        "candidate:2 1 udp 1686052607 {address} {port} typ srflx raddr 10.1.0.2 rport 50000"
    ))
}

fn gathered(candidates: Vec<CandidateLine>) -> Gathering {
    Gathering {
        candidates,
        servers: 2,
        errors: 0,
        reports_errors: true,
        complete: true,
    }
}

/// A network behind an ordinary NAT.
fn fine() -> Facts {
    Facts {
        gathering: gathered(vec![line(HOST), reflexive("203.0.113.11", 50000)]),
        ..Facts::default()
    }
}

fn symmetric() -> Vec<CandidateLine> {
    vec![
        line(HOST),
        reflexive("203.0.113.11", 1024),
        reflexive("203.0.113.11", 1025),
    ]
}

/// A network that UDP does not get out of.
fn blocked() -> Facts {
    let mut facts = fine();
    facts.gathering = Gathering {
        errors: 2,
        complete: false,
        ..gathered(vec![line(HOST)])
    };
    facts
}

fn with_relay(mut facts: Facts, outcome: RelayOutcome) -> Facts {
    facts.relays.push(RelayFacts {
        transport: RelayTransport::Tcp,
        outcome,
    });
    facts
}

fn with_broker(mut facts: Facts, outcome: BrokerOutcome) -> Facts {
    facts.brokers.push(BrokerFacts {
        name: "mqtt broker.example".into(),
        local: false,
        outcome,
    });
    facts
}

/// A peer that answered, and with which ICE failed.
fn failed() -> PeerFacts {
    PeerFacts {
        state: LinkState::Connecting,
        gone: None,
        was_connected: false,
        silent: false,
        failures: 1,
        attempt: AttemptFacts {
            local: vec![line(HOST)],
            remote: vec![line(HOST), reflexive("203.0.113.12", 50000)],
            answered: true,
            ice: TransportState::Failed,
            ..AttemptFacts::default()
        },
        pair: None,
        rtt: None,
    }
}

fn with_peer(mut facts: Facts, change: impl FnOnce(&mut PeerFacts)) -> Facts {
    let mut peer = failed();
    peer.attempt.local.clone_from(&facts.gathering.candidates);
    change(&mut peer);
    facts.peer = Some(peer);
    facts
}

#[test]
fn every_verdict_has_its_facts() {
    let pair = |local| PairFacts {
        local,
        remote: CandidateType::Host,
        tcp: false,
        relay: None,
    };
    let connected = |facts, kind| {
        with_peer(facts, |peer| {
            peer.state = LinkState::Connected;
            peer.pair = Some(pair(kind));
        })
    };
    let mut offline = fine();
    offline.online = Some(false);
    let mut nowhere = fine();
    nowhere.gathering.servers = 0;
    nowhere.gathering.candidates.truncate(1);
    let mut refused = fine();
    refused.camera = Permission::Denied;
    let mut nothing = fine();
    nothing.gathering.candidates.clear();
    let mut tabs = fine();
    tabs.brokers.push(BrokerFacts {
        name: "broadcast".into(),
        local: true,
        outcome: BrokerOutcome::Works,
    });
    let symmetric_here = || Facts {
        gathering: gathered(symmetric()),
        ..Facts::default()
    };

    for (facts, verdict) in [
        (fine(), Verdict::Good),
        (with_relay(fine(), RelayOutcome::Relays), Verdict::Good),
        (with_broker(fine(), BrokerOutcome::Works), Verdict::Good),
        (
            with_relay(blocked(), RelayOutcome::Relays),
            Verdict::RelayOnly,
        ),
        (nowhere, Verdict::LocalOnly),
        (refused, Verdict::MediaBlocked),
        (symmetric_here(), Verdict::SymmetricNatHere),
        (
            with_relay(symmetric_here(), RelayOutcome::Relays),
            Verdict::Good,
        ),
        (offline, Verdict::Offline),
        (
            with_broker(blocked(), BrokerOutcome::Unreachable),
            Verdict::Offline,
        ),
        (nothing, Verdict::WebRtcBlocked),
        (
            with_broker(fine(), BrokerOutcome::Unreachable),
            Verdict::BrokerUnreachable,
        ),
        (
            with_broker(fine(), BrokerOutcome::Silent),
            Verdict::BrokerUnreachable,
        ),
        (
            with_broker(fine(), BrokerOutcome::Wrong),
            Verdict::BrokerWrong,
        ),
        (
            with_broker(fine(), BrokerOutcome::Refused),
            Verdict::BrokerRefused,
        ),
        (tabs, Verdict::TabsOnly),
        (blocked(), Verdict::UdpBlocked),
        (
            with_broker(blocked(), BrokerOutcome::Works),
            Verdict::UdpBlocked,
        ),
        (with_peer(blocked(), |_| {}), Verdict::UdpBlocked),
        (
            with_peer(fine(), |peer| peer.attempt.remote.truncate(1)),
            Verdict::UdpBlockedThere,
        ),
        (
            with_peer(symmetric_here(), |peer| peer.attempt.remote = symmetric()),
            Verdict::SymmetricNat,
        ),
        (
            with_relay(fine(), RelayOutcome::Refused(401)),
            Verdict::RelayCredentials,
        ),
        (
            with_relay(blocked(), RelayOutcome::Refused(401)),
            Verdict::RelayCredentials,
        ),
        (
            with_relay(fine(), RelayOutcome::Refused(486)),
            Verdict::RelayRefuses,
        ),
        (
            with_relay(fine(), RelayOutcome::Silent),
            Verdict::RelayRefuses,
        ),
        (
            with_relay(blocked(), RelayOutcome::Unreachable),
            Verdict::RelayUnreachable,
        ),
        (
            with_relay(fine(), RelayOutcome::Nothing),
            Verdict::RelayUnreachable,
        ),
        (connected(fine(), CandidateType::Host), Verdict::Connected),
        (
            connected(fine(), CandidateType::Relayed),
            Verdict::ConnectedByRelay,
        ),
        (
            with_peer(fine(), |peer| {
                peer.failures = 0;
                peer.attempt.ice = TransportState::Connecting;
            }),
            Verdict::Connecting,
        ),
        (
            with_peer(fine(), |peer| peer.gone = Some(LeaveReason::Left)),
            Verdict::PeerLeft,
        ),
        (
            with_peer(fine(), |peer| peer.gone = Some(LeaveReason::Vanished)),
            Verdict::PeerGone,
        ),
        (
            with_peer(fine(), |peer| {
                peer.was_connected = true;
                peer.state = LinkState::Reconnecting;
                peer.attempt.answered = false;
            }),
            Verdict::PeerGone,
        ),
        (
            with_peer(fine(), |peer| {
                peer.was_connected = true;
                peer.state = LinkState::Interrupted;
                peer.silent = true;
            }),
            Verdict::PeerGone,
        ),
        (
            with_peer(fine(), |peer| {
                peer.attempt.ice = TransportState::Connected;
                peer.attempt.dtls = TransportState::Failed;
            }),
            Verdict::CertificateMismatch,
        ),
        (
            with_peer(with_relay(fine(), RelayOutcome::Relays), |_| {}),
            Verdict::IceFailedWithRelay,
        ),
        (with_peer(fine(), |_| {}), Verdict::IceFailed),
        (
            with_peer(fine(), |peer| peer.gone = Some(LeaveReason::Unreachable)),
            Verdict::IceFailed,
        ),
    ] {
        assert_eq!(facts.verdict(), verdict, "{facts:#?}");
        assert!(!verdict.to_string().is_empty() && !verdict.hint().is_empty());
    }
}

#[test]
fn one_relay_that_works_is_enough() {
    let facts = with_relay(blocked(), RelayOutcome::Refused(401));
    assert_eq!(
        with_relay(facts, RelayOutcome::Relays).verdict(),
        Verdict::RelayOnly
    );
}

#[test]
fn of_several_broken_relays_the_wrong_password_is_told() {
    let facts = with_relay(fine(), RelayOutcome::Unreachable);
    assert_eq!(
        with_relay(facts, RelayOutcome::Refused(401)).verdict(),
        Verdict::RelayCredentials
    );
}

#[test]
fn one_broker_that_works_is_enough() {
    let facts = with_broker(fine(), BrokerOutcome::Refused);
    assert_eq!(
        with_broker(facts, BrokerOutcome::Works).verdict(),
        Verdict::Good
    );
}

#[test]
fn candidate_lines_are_read() {
    let host = line(&format!("a={HOST}"));
    assert_eq!(
        (
            host.kind,
            host.tcp,
            host.port,
            host.family(),
            host.is_public()
        ),
        (CandidateType::Host, false, 50000, AddressFamily::V4, false)
    );
    let mdns = line(MDNS);
    assert_eq!(mdns.family(), AddressFamily::Mdns);
    let tcp = line("candidate:3 1 tcp 1518280447 2001:db8::7 9 typ host tcptype active");
    assert_eq!(
        (tcp.tcp, tcp.family(), tcp.is_public()),
        (true, AddressFamily::V6, true)
    );
    let relay = line(
        "candidate:4 1 UDP 41885439 203.0.113.1 49200 typ relay raddr 198.51.100.7 rport 1234 generation 0",
    );
    assert_eq!(relay.related, Some(("198.51.100.7".into(), 1234)));
    assert!(relay.is_public());
    for nothing in [
        "",
        "candidate:",
        "candidate:1 1 udp 1 10.0.0.1 70000 typ host",
        "candidate:1 1 sctp 1 10.0.0.1 7 typ host",
        "candidate:1 1 udp 1 10.0.0.1 7 typ moon",
        "v=0",
        &format!("{HOST} {}", "x".repeat(1000)),
    ] {
        assert_eq!(CandidateLine::parse(nothing), None, "{nothing}");
    }
}

#[test]
fn debug_output_has_no_addresses() {
    let mut facts = fine();
    facts.gathering.candidates.push(line(MDNS));
    let facts = with_peer(facts, |_| {});
    let shown = format!("{facts:?}");
    for secret in ["10.1.0.2", "203.0.113", "50000", "a1b2c3d4"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_nat_is_told_by_what_two_servers_saw() {
    let hidden = |address: &str, port: u16, base: &str| {
        line(&format!(
            "candidate:2 1 udp 1 {address} {port} typ srflx raddr {base} rport 9"
        ))
    };
    let mapping = |candidates: &[CandidateLine]| NatMapping::of(candidates, 2);
    assert_eq!(mapping(&symmetric()), NatMapping::EndpointDependent);
    assert_eq!(
        mapping(&[reflexive("203.0.113.1", 7)]),
        NatMapping::EndpointIndependent
    );
    assert_eq!(mapping(&[line(HOST)]), NatMapping::Unknown);
    // One answer alone tells nothing.
    assert_eq!(
        NatMapping::of(&[reflexive("203.0.113.1", 7)], 1),
        NatMapping::Unknown
    );
    for base in ["0.0.0.0", "::"] {
        assert_eq!(
            mapping(&[
                hidden("203.0.113.1", 7, base),
                hidden("203.0.113.1", 8, base)
            ]),
            NatMapping::EndpointDependent
        );
    }
    // Two interfaces.
    let other = line("candidate:2 1 udp 1 203.0.113.1 9 typ srflx raddr 10.9.0.2 rport 50001");
    assert_eq!(
        mapping(&[reflexive("203.0.113.1", 7), other]),
        NatMapping::EndpointIndependent
    );
}

#[test]
fn no_nat_is_not_taken_for_no_udp() {
    let mut facts = fine();
    facts.gathering.candidates = vec![line(HOST)];
    assert_eq!(
        facts.udp(),
        Reach::Open,
        "every server answered what the device knew"
    );
    facts.gathering.errors = 2;
    assert_eq!(facts.udp(), Reach::Blocked);
    facts.gathering.candidates = vec![line("candidate:1 1 udp 1 198.51.100.9 7 typ host")];
    assert_eq!(facts.udp(), Reach::Unknown);
}

#[test]
fn error_codes_are_told_apart() {
    assert_eq!(RelayOutcome::of_error(701), RelayOutcome::Unreachable);
    for code in [401, 403, 437, 486, 508] {
        assert_eq!(RelayOutcome::of_error(code), RelayOutcome::Refused(code));
    }
}

#[test]
fn turn_addresses_tell_their_transport() {
    for (url, transport) in [
        ("turn:relay.example", Some(RelayTransport::Udp)),
        (
            "TURN:relay.example:3478?transport=udp",
            Some(RelayTransport::Udp),
        ),
        (
            "turn:relay.example?transport=TCP",
            Some(RelayTransport::Tcp),
        ),
        (
            "turns:relay.example?transport=tcp",
            Some(RelayTransport::Tls),
        ),
        ("stun:relay.example", None),
        ("", None),
    ] {
        assert_eq!(RelayTransport::of_url(url), transport, "{url}");
    }
}

fn any_line() -> impl Strategy<Value = CandidateLine> {
    (
        prop::sample::select(CandidateType::ALL.to_vec()),
        any::<bool>(),
        prop_oneof!["[0-9.:a-f]{0,20}", "[a-z.]{0,10}"],
        any::<u16>(),
        option::of(("[0-9.:]{0,15}", any::<u16>())),
    )
        .prop_map(|(kind, tcp, address, port, related)| CandidateLine {
            kind,
            tcp,
            address,
            port,
            related,
        })
}

fn any_state() -> impl Strategy<Value = TransportState> {
    "(new|checking|connected|failed|closed)".prop_map(|word| TransportState::parse(&word))
}

fn any_peer() -> impl Strategy<Value = PeerFacts> {
    let attempt = (
        vec(any_line(), 0..6),
        vec(any_line(), 0..6),
        any::<bool>(),
        any_state(),
        any_state(),
    )
        .prop_map(|(local, remote, answered, ice, dtls)| AttemptFacts {
            local,
            remote,
            answered,
            ice,
            dtls,
            certificates: 0,
        });
    (
        prop::sample::select(vec![
            LinkState::Connecting,
            LinkState::Connected,
            LinkState::Interrupted,
            LinkState::Reconnecting,
        ]),
        option::of(prop::sample::select(vec![
            LeaveReason::Left,
            LeaveReason::Vanished,
            LeaveReason::Unreachable,
        ])),
        any::<(bool, bool, u32)>(),
        attempt,
    )
        .prop_map(
            |(state, gone, (was_connected, silent, failures), attempt)| PeerFacts {
                state,
                gone,
                was_connected,
                silent,
                failures,
                attempt,
                pair: None,
                rtt: None,
            },
        )
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let gathering = (
        vec(any_line(), 0..6),
        0..4_usize,
        0..4_usize,
        any::<(bool, bool)>(),
    )
        .prop_map(
            |(candidates, servers, errors, (reports_errors, complete))| Gathering {
                candidates,
                servers,
                errors,
                reports_errors,
                complete,
            },
        );
    let relay = (any::<u16>(), 0..4_u8).prop_map(|(code, which)| RelayFacts {
        transport: RelayTransport::Udp,
        outcome: match which {
            0 => RelayOutcome::Relays,
            1 => RelayOutcome::Silent,
            2 => RelayOutcome::Nothing,
            _ => RelayOutcome::of_error(code),
        },
    });
    let broker = (
        any::<bool>(),
        prop::sample::select(vec![
            BrokerOutcome::Silent,
            BrokerOutcome::Works,
            BrokerOutcome::Unreachable,
            BrokerOutcome::Wrong,
            BrokerOutcome::Refused,
        ]),
    )
        .prop_map(|(local, outcome)| BrokerFacts {
            name: String::new(),
            local,
            outcome,
        });
    (
        any::<Option<bool>>(),
        gathering,
        vec(relay, 0..3),
        vec(broker, 0..3),
        option::of(any_peer()),
    )
        .prop_map(|(online, gathering, relays, brokers, peer)| Facts {
            online,
            gathering,
            relays,
            brokers,
            peer,
            ..Facts::default()
        })
}

proptest! {
    #[test]
    fn whatever_the_facts_there_is_a_verdict(facts in any_facts()) {
        let verdict = facts.verdict();
        prop_assert!(!verdict.code().is_empty());
        // About whom one asks decides which verdicts there can be.
        if facts.peer.is_none() {
            prop_assert!(!matches!(verdict, Verdict::PeerGone | Verdict::PeerLeft | Verdict::IceFailed | Verdict::Connecting));
        }
        if facts.has_relay() {
            prop_assert!(!matches!(verdict, Verdict::UdpBlocked | Verdict::SymmetricNat | Verdict::RelayCredentials));
        }
        let _ = format!("{facts:?}");
    }

    #[test]
    fn any_text_is_a_candidate_or_none(text in ".{0,200}", words in vec("[a-z0-9.:]{0,8}", 0..14)) {
        for text in [text, format!("candidate:{}", words.join(" "))] {
            if let Some(line) = CandidateLine::parse(&text) {
                let _ = (line.family(), line.is_public(), format!("{line:?}"));
            }
        }
    }
}
