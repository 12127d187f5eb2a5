//! Logs tell what happens, and never addresses, session descriptions, keys and names.
#![cfg(target_arch = "wasm32")]

mod support;

use std::fmt::{self, Write};
use std::sync::Mutex;

use handclasp::{Peer, Room, RoomEvent, Secret};
use support::{Guard, PartyLine, connected, first, options_on, soon};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

static LOG: Mutex<String> = Mutex::new(String::new());

/// Writes down every event of every level.
struct Recorder;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes everything");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        let mut log = LOG.lock().expect("one thread");
        log.push_str(&line.0);
        log.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[wasm_bindgen_test]
async fn nothing_private_is_logged() {
    let guard = Guard::new();
    tracing::subscriber::set_global_default(Recorder).expect("the first");
    let (secret, line) = (Secret::generate(), PartyLine::default());
    let join = async |secret: &Secret, name: &str| {
        let options = options_on(secret, line.clone()).profile(name.as_bytes().to_vec());
        Room::join(options).await.expect("joins")
    };
    let a = join(&secret, "Annabel").await;
    let b = join(&secret, "Bartholomew").await;
    // Nobody can open its signals, nor it theirs: that is said.
    let stranger = join(&Secret::generate(), "Carolus").await;
    let peer = connected(&a).await;
    connected(&b).await;
    let mut events = a.events();
    // What fails is said as well.
    peer.connection().expect("connected").close();
    first("it is noticed", &mut events, |event| {
        matches!(event, RoomEvent::PeerState { .. }).then_some(())
    })
    .await;
    let addresses = addresses(&connected(&a).await);
    for room in [a, b, stranger] {
        soon("leaves", room.leave()).await;
    }

    let log = LOG.lock().expect("one thread").clone();
    assert!(log.contains("handclasp"), "something is logged: {log}");
    let mut private = vec![
        "Annabel".to_owned(),
        "Bartholomew".to_owned(),
        "Carolus".to_owned(),
        secret.to_base64url(),
        "candidate:".to_owned(),
        "v=0".to_owned(),
        "a=ice".to_owned(),
        "fingerprint".to_owned(),
    ];
    assert!(!addresses.is_empty(), "there are addresses to look for");
    private.extend(addresses);
    for text in private {
        assert!(!log.contains(&text), "{text} is in the log: {log}");
    }
    guard.finish().await;
}

/// What a session description tells of this machine.
fn addresses(peer: &Peer) -> Vec<String> {
    let pc = peer.connection().expect("connected");
    let sdp = pc.local_description().expect("negotiated").sdp();
    let candidates = sdp.lines().filter(|line| line.starts_with("a=candidate:"));
    let address = |line: &str| line.split(' ').nth(4).map(str::to_owned);
    candidates.filter_map(address).collect()
}
