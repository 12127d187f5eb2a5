//! What a diagnosis found, as JavaScript sees it.

use handclasp::Diagnosis;
use handclasp::diagnosis::{
    AddressFamily, BrokerOutcome, CandidateLine, NatMapping, PeerFacts, Permission, Reach,
    RelayOutcome, TransportState,
};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::peer::state;
use crate::room::why;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    code: &'a str,
    message: String,
    hint: &'a str,
    trouble: bool,
    facts: Facts<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    online: Option<bool>,
    udp: &'a str,
    nat: &'a str,
    mdns_only: bool,
    candidates: Vec<Candidate<'a>>,
    relays: Vec<Relay<'a>>,
    signaling: Vec<Broker<'a>>,
    camera: &'a str,
    microphone: &'a str,
    peer: Option<OfPeer<'a>>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    r#type: &'a str,
    protocol: &'a str,
    family: &'a str,
    address: &'a str,
    port: u16,
}

#[derive(Serialize)]
struct Relay<'a> {
    protocol: &'a str,
    outcome: &'a str,
    code: Option<u16>,
}

#[derive(Serialize)]
struct Broker<'a> {
    transport: &'a str,
    outcome: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfPeer<'a> {
    state: &'a str,
    left: Option<&'a str>,
    was_connected: bool,
    failures: u32,
    answered: bool,
    ice: &'a str,
    dtls: &'a str,
    candidates: Vec<Candidate<'a>>,
    local_type: Option<&'a str>,
    remote_type: Option<&'a str>,
    protocol: Option<&'a str>,
    relay_protocol: Option<&'a str>,
    /// In milliseconds.
    rtt: Option<f64>,
}

pub(crate) fn to_js(found: &Diagnosis) -> JsValue {
    let (verdict, facts) = (found.verdict, &found.facts);
    crate::to_js(&Found {
        code: verdict.code(),
        message: verdict.to_string(),
        hint: verdict.hint(),
        trouble: verdict.is_trouble(),
        facts: Facts {
            online: facts.online,
            udp: match facts.udp() {
                Reach::Open => "open",
                Reach::Blocked => "blocked",
                Reach::Unknown => "unknown",
            },
            nat: match facts.gathering.mapping() {
                NatMapping::EndpointIndependent => "endpoint-independent",
                NatMapping::EndpointDependent => "endpoint-dependent",
                NatMapping::Unknown => "unknown",
            },
            mdns_only: facts.gathering.is_mdns_only(),
            candidates: candidates(&facts.gathering.candidates),
            relays: facts
                .relays
                .iter()
                .map(|relay| {
                    let (outcome, code) = match relay.outcome {
                        RelayOutcome::Relays => ("relays", None),
                        RelayOutcome::Silent => ("silent", None),
                        RelayOutcome::Refused(code) => ("refused", Some(code)),
                        RelayOutcome::Unreachable => ("unreachable", None),
                        RelayOutcome::Nothing => ("nothing", None),
                    };
                    let protocol = relay.transport.as_str();
                    Relay {
                        protocol,
                        outcome,
                        code,
                    }
                })
                .collect(),
            signaling: facts
                .brokers
                .iter()
                .map(|broker| Broker {
                    transport: &broker.name,
                    outcome: match broker.outcome {
                        BrokerOutcome::Works => "works",
                        BrokerOutcome::Silent => "silent",
                        BrokerOutcome::Unreachable => "unreachable",
                        BrokerOutcome::Wrong => "wrong",
                        BrokerOutcome::Refused => "refused",
                    },
                })
                .collect(),
            camera: permission(facts.camera),
            microphone: permission(facts.microphone),
            peer: facts.peer.as_ref().map(of_peer),
        },
    })
}

fn of_peer(peer: &PeerFacts) -> OfPeer<'_> {
    let pair = peer.pair;
    OfPeer {
        state: state(peer.state),
        left: peer.gone.map(why),
        was_connected: peer.was_connected,
        failures: peer.failures,
        answered: peer.attempt.answered,
        ice: transport(peer.attempt.ice),
        dtls: transport(peer.attempt.dtls),
        candidates: candidates(&peer.attempt.remote),
        local_type: pair.map(|pair| pair.local.as_str()),
        remote_type: pair.map(|pair| pair.remote.as_str()),
        protocol: pair.map(|pair| if pair.tcp { "tcp" } else { "udp" }),
        relay_protocol: pair.and_then(|pair| Some(pair.relay?.as_str())),
        rtt: peer.rtt.map(|rtt| rtt.as_secs_f64() * 1e3),
    }
}

fn candidates(lines: &[CandidateLine]) -> Vec<Candidate<'_>> {
    lines
        .iter()
        .map(|line| Candidate {
            r#type: line.kind.as_str(),
            protocol: if line.tcp { "tcp" } else { "udp" },
            family: match line.family() {
                AddressFamily::V4 => "ipv4",
                AddressFamily::V6 => "ipv6",
                AddressFamily::Mdns => "mdns",
                AddressFamily::Name => "name",
            },
            address: &line.address,
            port: line.port,
        })
        .collect()
}

fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Granted => "granted",
        Permission::Prompt => "prompt",
        Permission::Denied => "denied",
        Permission::Unknown => "unknown",
    }
}

fn transport(state: TransportState) -> &'static str {
    match state {
        TransportState::New => "new",
        TransportState::Connecting => "connecting",
        TransportState::Connected => "connected",
        TransportState::Failed => "failed",
        TransportState::Closed => "closed",
    }
}
