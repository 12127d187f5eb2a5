//! A browser without any server says so, one with a broken server names what is broken, and nothing stays behind.
#![cfg(target_arch = "wasm32")]

mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use handclasp::diagnosis::{BrokerOutcome, CandidateType, RelayOutcome, RelayTransport};
use handclasp::signaling::{SignalingEvents, Topic};
use handclasp::{
    Broadcast, DiagnoseOptions, Diagnosis, IceServer, IceServers, Mqtt, Room, RoomEvent, Secret,
    Signaling, SignalingError, Verdict, diagnose,
};
use js_sys::{Array, Reflect};
use support::{Guard, Pair, first, join, options, soon};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn without_servers() -> DiagnoseOptions {
    DiagnoseOptions::new().ice_servers(Vec::new())
}

/// A TURN server at a port of this machine where nobody listens; by TCP, so that the refusal comes at once. Browsers do not even try
/// most ports below 1024.
fn dead_relay() -> IceServer {
    IceServer {
        urls: vec!["turn:127.0.0.1:65531?transport=tcp".into()],
        username: Some("ada".into()),
        credential: Some("throw-away".into()),
    }
}

#[wasm_bindgen_test]
async fn without_servers_only_the_own_network_is_in_reach() {
    let guard = Guard::new();
    let Diagnosis { verdict, facts, .. } = soon("a diagnosis", diagnose(without_servers())).await;
    assert_eq!(verdict, Verdict::LocalOnly, "{facts:?}");
    assert!(facts.gathering.complete && facts.gathering.reports_errors);
    assert!(facts.gathering.has(CandidateType::Host));
    assert!(!facts.gathering.has(CandidateType::ServerReflexive));
    assert!(facts.relays.is_empty() && facts.brokers.is_empty());
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn facts_hold_addresses_and_their_debug_output_does_not() {
    let Diagnosis { facts, .. } = soon("a diagnosis", diagnose(without_servers())).await;
    let shown = format!("{facts:?}");
    for candidate in &facts.gathering.candidates {
        assert!(!candidate.address.is_empty());
        assert!(!shown.contains(&candidate.address), "{shown}");
    }
}

#[wasm_bindgen_test]
async fn a_relay_that_is_not_there_is_unreachable() {
    let guard = Guard::new();
    let options = DiagnoseOptions::new().ice_servers(vec![dead_relay()]);
    let Diagnosis { verdict, facts, .. } = soon("a diagnosis", diagnose(options)).await;
    assert_eq!(facts.relays.len(), 1);
    assert_eq!(facts.relays[0].transport, RelayTransport::Tcp);
    assert_eq!(facts.relays[0].outcome, RelayOutcome::Unreachable);
    assert_eq!(verdict, Verdict::RelayUnreachable);
    guard.finish().await;
}

/// A path that says one thing.
struct Saying(Option<SignalingError>);

impl Signaling for Saying {
    fn name(&self) -> String {
        "saying".into()
    }

    fn subscribe(&self, _: &Topic, _: Vec<u8>) -> SignalingEvents {
        let (sink, events) = SignalingEvents::channel();
        match &self.0 {
            Some(reason) => sink.down(reason.clone()),
            None => sink.up(),
        }
        events
    }

    fn publish(&self, _: &Topic, _: &[u8]) {}
}

#[wasm_bindgen_test]
async fn what_a_broker_says_is_told() {
    for (reason, outcome, verdict) in [
        (None, BrokerOutcome::Works, Verdict::LocalOnly),
        (
            Some(SignalingError::Unreachable),
            BrokerOutcome::Unreachable,
            Verdict::BrokerUnreachable,
        ),
        (
            Some(SignalingError::NotAuthorized),
            BrokerOutcome::Refused,
            Verdict::BrokerRefused,
        ),
        (
            Some(SignalingError::Protocol),
            BrokerOutcome::Wrong,
            Verdict::BrokerWrong,
        ),
    ] {
        let options = without_servers().signaling(Saying(reason));
        let found = soon("a diagnosis", diagnose(options)).await;
        assert_eq!(found.facts.brokers[0].outcome, outcome);
        assert_eq!(found.verdict, verdict);
    }
}

#[wasm_bindgen_test]
async fn a_port_that_nobody_has_is_no_broker() {
    let mqtt = Mqtt::new("ws://127.0.0.1:9/mqtt").expect("an address");
    let options = without_servers()
        .signaling(mqtt)
        .signaling(Broadcast::new());
    let found = soon("a diagnosis", diagnose(options)).await;
    assert_eq!(found.verdict, Verdict::BrokerUnreachable);
    assert!(found.facts.brokers[1].local);
    assert_eq!(found.facts.brokers[1].outcome, BrokerOutcome::Works);
}

#[wasm_bindgen_test]
async fn a_room_between_tabs_says_that_it_is_one() {
    let guard = Guard::new();
    let room = join(&Secret::generate()).await;
    let found = soon("a diagnosis", room.diagnose()).await;
    assert_eq!(found.verdict, Verdict::TabsOnly);
    assert!(found.facts.peer.is_none());
    room.leave().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_peer_is_connected_and_then_has_left() {
    let guard = Guard::new();
    let Pair { a, b, b_at_a, .. } = Pair::meet().await;
    let found = soon("a diagnosis", b_at_a.diagnose()).await;
    assert_eq!(found.verdict, Verdict::Connected, "{found:?}");
    let peer = found.facts.peer.expect("it is about one");
    assert!(peer.was_connected && peer.attempt.answered);
    assert!(!peer.attempt.local.is_empty() && !peer.attempt.remote.is_empty());
    let pair = peer.pair.expect("there is one in use");
    assert!(!pair.tcp && !pair.is_relayed());

    let mut events = a.events();
    b.leave().await;
    first("that the peer has left", &mut events, |event| {
        matches!(event, RoomEvent::PeerLeft { .. }).then_some(())
    })
    .await;
    let found = soon("a diagnosis", b_at_a.diagnose()).await;
    assert_eq!(found.verdict, Verdict::PeerLeft, "{found:?}");
    assert!(
        a.diagnose_peer(b_at_a.id()).await.is_none(),
        "only those who were never reached are remembered"
    );
    a.leave().await;
    guard.finish().await;
}

/// The first URL of each server that a connection has now.
fn urls(connection: &JsValue) -> Vec<String> {
    let configuration = connection
        .unchecked_ref::<web_sys::RtcPeerConnection>()
        .get_configuration();
    let member = |object: &JsValue, name: &str| {
        Reflect::get(object, &JsValue::from_str(name)).expect("a member")
    };
    let servers: Array = member(&configuration, "iceServers").unchecked_into();
    servers
        .iter()
        .map(|server| {
            let urls = member(&server, "urls");
            let one = urls.dyn_ref::<Array>().map(|urls| urls.get(0));
            one.unwrap_or(urls).as_string().expect("a text")
        })
        .collect()
}

#[wasm_bindgen_test]
async fn expiring_servers_are_asked_for_again_and_reach_connections_that_are_there() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let fresh = options(&secret).ice_server_source(move || {
        count.set(count.get() + 1);
        let number = count.get();
        async move {
            match number {
                // The second fails, and is asked for again.
                2 => Err("made to fail".into()),
                // Nor is one taken that no browser can read.
                3 => Ok(IceServers {
                    servers: vec![IceServer::stun("nonsense")],
                    expires_in: Some(Duration::ZERO),
                }),
                number => Ok(IceServers {
                    servers: vec![IceServer::stun(format!("stun:127.0.0.{number}:65531"))],
                    expires_in: Some(Duration::from_secs(1)),
                }),
            }
        }
    });
    let a = Room::join(fresh).await.expect("the options are good");
    assert_eq!(asked.get(), 1, "before the room is joined");
    let b = join(&secret).await;
    let peer = support::connected(&a).await;
    let connection: JsValue = peer.connection().expect("it is connected").into();
    assert_eq!(urls(&connection), ["stun:127.0.0.1:65531"]);
    soon("the fourth answer in the connection", async {
        while urls(&connection) != ["stun:127.0.0.4:65531"] {
            TimeoutFuture::new(100).await;
        }
    })
    .await;
    assert_eq!(asked.get(), 4);
    drop((a, b, peer));
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_source_that_fails_does_not_keep_anyone_from_joining() {
    let secret = Secret::generate();
    let failing = options(&secret).ice_server_source(|| async { Err("made to fail".into()) });
    let room = Room::join(failing).await.expect("the options are good");
    room.leave().await;
}
