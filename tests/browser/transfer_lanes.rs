//! Files over several connections: whole, whichever of them breaks, and nothing of them is left.
#![cfg(target_arch = "wasm32")]

mod support;

use handclasp::transfer::{State, Transfer};
use js_sys::{Array, Function, Reflect};
use support::parcels::{
    arrives, both_done, has_come, noise, offered, only, reaches, source, until,
};
use support::{Guard, Pair, soon};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{RtcPeerConnection, RtcPeerConnectionState};

wasm_bindgen_test_configure!(run_in_browser);

const MIB: usize = 1024 * 1024;

/// Lets every connection of this page be known from now on.
fn watch() -> Array {
    let script = "
        const made = [];
        globalThis.RTCPeerConnection = class extends RTCPeerConnection {
            constructor(...given) {
                super(...given);
                made.push(this);
            }
        };
        return made;
    ";
    let made = Function::new_no_args(script).call0(&JsValue::NULL);
    made.expect("run").unchecked_into()
}

fn open(made: &Array) -> Vec<RtcPeerConnection> {
    let all = made.iter().map(JsCast::unchecked_into);
    all.filter(|pc: &RtcPeerConnection| pc.connection_state() != RtcPeerConnectionState::Closed)
        .collect()
}

/// A transfer over three lanes, all of which carry something.
async fn striped(pair: &Pair, content: &[u8]) -> (Transfer, Transfer) {
    let (sending, receiving) = offered(pair, vec![source("striped.bin", content)]).await;
    sending.set_lanes(Some(3));
    // Or it is there before the lanes are.
    sending.pause();
    receiving.accept();
    for side in [&sending, &receiving] {
        until("lanes", side, |side| side.lanes() == 3).await;
    }
    sending.resume();
    (sending, receiving)
}

#[wasm_bindgen_test]
async fn over_lanes_a_file_arrives_whole_and_nothing_of_them_is_left() {
    let guard = Guard::new();
    let made = watch();
    let pair = Pair::meet().await;
    let before = open(&made).len();
    let content = noise(40 * MIB + 4321, 1);
    let (sending, receiving) = striped(&pair, &content).await;
    assert_eq!(open(&made).len(), before + 6);
    arrives(&sending, &receiving, &content).await;
    until("the receiver's are gone", &receiving, |_| {
        open(&made).len() == before
    })
    .await;
    assert_eq!((sending.lanes(), receiving.lanes()), (0, 0));
    receiving.discard().await;
    pair.part().await;
    assert!(open(&made).is_empty());
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn lanes_that_break_in_the_middle_lose_nothing() {
    let guard = Guard::new();
    let made = watch();
    let pair = Pair::meet().await;
    let before = open(&made).len();
    let content = noise(40 * MIB, 2);
    let (sending, receiving) = striped(&pair, &content).await;
    for (at, lane) in open(&made).into_iter().skip(before).enumerate() {
        // One after the other, at either side.
        has_come(&receiving, (2 + 5 * at) * MIB).await;
        lane.close();
    }
    arrives(&sending, &receiving, &content).await;
    assert_eq!((sending.lanes(), receiving.lanes()), (0, 0));
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn whoever_gives_up_frees_them_at_both_sides() {
    let guard = Guard::new();
    let made = watch();
    let pair = Pair::meet().await;
    let before = open(&made).len();
    for by_sender in [true, false] {
        let content = noise(40 * MIB, 3);
        let (sending, receiving) = striped(&pair, &content).await;
        has_come(&receiving, MIB).await;
        if by_sender {
            sending.cancel();
        } else {
            receiving.cancel();
        }
        for side in [&sending, &receiving] {
            assert!(soon("over", side.done()).await.is_err());
        }
        assert_eq!(open(&made).len(), before);
        receiving.discard().await;
    }
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn lanes_go_on_while_the_connection_is_made_anew() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(40 * MIB, 4);
    let (sending, receiving) = striped(&pair, &content).await;
    has_come(&receiving, MIB).await;
    pair.b_at_a.connection().expect("connected").close();
    arrives(&sending, &receiving, &content).await;
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_receiver_that_can_make_no_connection_gets_it_all_the_same() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(8 * MIB, 5);
    let (sending, receiving) = offered(&pair, vec![source("none.bin", &content)]).await;
    sending.set_lanes(Some(3));
    sending.pause();
    let global = js_sys::global();
    let name = JsValue::from("RTCPeerConnection");
    let constructor = Reflect::get(&global, &name).expect("there");
    let refuse = Function::new_no_args("throw new DOMException('too many', 'UnknownError')");
    Reflect::set(&global, &name, &refuse).expect("set");
    receiving.accept();
    reaches(
        "it is held",
        &receiving,
        State::Paused {
            by_me: false,
            by_peer: true,
        },
    )
    .await;
    sending.resume();
    both_done(&sending, &receiving).await;
    Reflect::set(&global, &name, &constructor).expect("set");
    assert!(only(&receiving).await.1 == content);
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}
