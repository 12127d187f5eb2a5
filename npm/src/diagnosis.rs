//! What a diagnosis found, as JavaScript sees it.

use std::pin::Pin;

use handclasp::Diagnosis;
use handclasp::diagnosis::{
    AddressFamily, BrokerOutcome, CandidateLine, Facts, NatMapping, PeerFacts, Permission, Reach,
    RelayOutcome, TransportState,
};
use wasm_bindgen::JsValue;

use crate::error::Failure;
use crate::options;
use crate::peer::state;
use crate::room::why;
use crate::value::{list, object};

/// What a diagnosis is about.
pub(crate) enum Subject {
    /// This browser, with the options that were given.
    Here(JsValue),
    Room(handclasp::Room),
    Peer(handclasp::Peer),
}

/// Diagnoses. With the feature `split` this and all that only this needs is loaded at the first use: few calls come to it.
///
/// # Errors
/// Options that are wrong, and what could not be loaded.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        diagnosis,
        fallible,
        wasm_split_path = crate::sys,
        return_wrapper(let future = _; { future.await } -> Result<JsValue, Failure>)
    )
)]
pub(crate) fn diagnose(
    subject: Subject,
) -> Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>> {
    Box::pin(async move {
        let found = match subject {
            Subject::Here(options) => handclasp::diagnose(options::diagnose(options).await?).await,
            Subject::Room(room) => room.diagnose().await,
            Subject::Peer(peer) => peer.diagnose().await,
        };
        Ok(to_js(&found))
    })
}

fn to_js(found: &Diagnosis) -> JsValue {
    let verdict = found.verdict;
    object(&[
        ("code", verdict.code().into()),
        ("message", verdict.to_string().into()),
        ("hint", verdict.hint().into()),
        ("trouble", verdict.is_trouble().into()),
        ("facts", facts(&found.facts)),
    ])
}

fn facts(facts: &Facts) -> JsValue {
    let relays = facts.relays.iter().map(|relay| {
        let (outcome, code) = match relay.outcome {
            RelayOutcome::Relays => ("relays", None),
            RelayOutcome::Silent => ("silent", None),
            RelayOutcome::Refused(code) => ("refused", Some(code)),
            RelayOutcome::Unreachable => ("unreachable", None),
            RelayOutcome::Nothing => ("nothing", None),
        };
        object(&[
            ("protocol", relay.transport.as_str().into()),
            ("outcome", outcome.into()),
            ("code", code.into()),
        ])
    });
    let signaling = facts.brokers.iter().map(|broker| {
        let outcome = match broker.outcome {
            BrokerOutcome::Works => "works",
            BrokerOutcome::Silent => "silent",
            BrokerOutcome::Unreachable => "unreachable",
            BrokerOutcome::Wrong => "wrong",
            BrokerOutcome::Refused => "refused",
        };
        object(&[
            ("transport", broker.name.as_str().into()),
            ("outcome", outcome.into()),
        ])
    });
    let udp = match facts.udp() {
        Reach::Open => "open",
        Reach::Blocked => "blocked",
        Reach::Unknown => "unknown",
    };
    let nat = match facts.gathering.mapping() {
        NatMapping::EndpointIndependent => "endpoint-independent",
        NatMapping::EndpointDependent => "endpoint-dependent",
        NatMapping::Unknown => "unknown",
    };
    object(&[
        ("online", facts.online.into()),
        ("udp", udp.into()),
        ("nat", nat.into()),
        ("mdnsOnly", facts.gathering.is_mdns_only().into()),
        ("candidates", candidates(&facts.gathering.candidates)),
        ("relays", list(relays)),
        ("signaling", list(signaling)),
        ("camera", permission(facts.camera)),
        ("microphone", permission(facts.microphone)),
        ("peer", facts.peer.as_ref().map(of_peer).into()),
    ])
}

fn of_peer(peer: &PeerFacts) -> JsValue {
    let pair = peer.pair;
    let protocol = |tcp: bool| if tcp { "tcp" } else { "udp" };
    object(&[
        ("state", state(peer.state).into()),
        ("left", peer.gone.map(why).into()),
        ("wasConnected", peer.was_connected.into()),
        ("silent", peer.silent.into()),
        ("failures", peer.failures.into()),
        ("answered", peer.attempt.answered.into()),
        ("ice", transport(peer.attempt.ice)),
        ("dtls", transport(peer.attempt.dtls)),
        ("candidates", candidates(&peer.attempt.remote)),
        ("localType", pair.map(|pair| pair.local.as_str()).into()),
        ("remoteType", pair.map(|pair| pair.remote.as_str()).into()),
        ("protocol", pair.map(|pair| protocol(pair.tcp)).into()),
        (
            "relayProtocol",
            pair.and_then(|pair| Some(pair.relay?.as_str())).into(),
        ),
        // In milliseconds.
        ("rtt", peer.rtt.map(|rtt| rtt.as_secs_f64() * 1e3).into()),
    ])
}

fn candidates(lines: &[CandidateLine]) -> JsValue {
    list(lines.iter().map(|line| {
        let family = match line.family() {
            AddressFamily::V4 => "ipv4",
            AddressFamily::V6 => "ipv6",
            AddressFamily::Mdns => "mdns",
            AddressFamily::Name => "name",
        };
        object(&[
            ("type", line.kind.as_str().into()),
            ("protocol", if line.tcp { "tcp" } else { "udp" }.into()),
            ("family", family.into()),
            ("address", line.address.as_str().into()),
            ("port", line.port.into()),
        ])
    }))
}

fn permission(permission: Permission) -> JsValue {
    match permission {
        Permission::Granted => "granted",
        Permission::Prompt => "prompt",
        Permission::Denied => "denied",
        Permission::Unknown => "unknown",
    }
    .into()
}

fn transport(state: TransportState) -> JsValue {
    match state {
        TransportState::New => "new",
        TransportState::Connecting => "connecting",
        TransportState::Connected => "connected",
        TransportState::Failed => "failed",
        TransportState::Closed => "closed",
    }
    .into()
}
