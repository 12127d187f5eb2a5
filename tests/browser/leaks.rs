//! Nothing stays behind: Chromium allows a page 500 peer connections, closed ones included until they are collected.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::StreamExt;
use handclasp::{ChannelOptions, RoomEvent, Secret};
use js_sys::{Function, Reflect};
use support::{Guard, Pair, both_leave, first, soon};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
    // Counts what is made and what has been collected, and what listens, of every peer connection and data channel.
    const made = { connections: 0, collected: 0, listeners: 0 };
    const registry = new FinalizationRegistry(() => { made.collected += 1; });
    const Original = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Original {
        constructor(...args) {
            super(...args);
            made.connections += 1;
            registry.register(this, 0);
        }
    };
    for (const target of [EventTarget.prototype]) {
        const add = target.addEventListener;
        const remove = target.removeEventListener;
        const counts = (it) => it instanceof Original || it instanceof RTCDataChannel || it instanceof MediaStreamTrack;
        target.addEventListener = function (...args) {
            if (counts(this)) made.listeners += 1;
            return add.apply(this, args);
        };
        target.removeEventListener = function (...args) {
            if (counts(this)) made.listeners -= 1;
            return remove.apply(this, args);
        };
    }
    export function connections() { return made.connections; }
    export function collected() { return made.collected; }
    export function listeners() { return made.listeners; }
")]
extern "C" {
    fn connections() -> u32;
    fn collected() -> u32;
    fn listeners() -> i32;
}

/// `gc()`, where the browser was started with it.
fn gc() -> Option<Function> {
    Reflect::get(&js_sys::global(), &JsValue::from_str("gc"))
        .ok()?
        .dyn_into()
        .ok()
}

/// A visit that uses everything once.
async fn visit() {
    let pair = Pair::meet().await;
    let mut events = pair.b.events();
    let near = pair
        .b_at_a
        .open_channel("new", ChannelOptions::reliable())
        .expect("connected");
    near.send("hello").await.expect("sent");
    let mut far = first("the channel", &mut events, |event| match event {
        RoomEvent::Channel { channel, .. } => Some(channel),
        _ => None,
    })
    .await;
    soon("a message", far.next()).await.expect("open");
    let camera = handclasp::Media::camera(handclasp::CameraOptions::default())
        .await
        .expect("fake");
    pair.a.publish(&camera).expect("published");
    support::media("the camera", &pair.b, &pair.a_at_b, |all| !all.is_empty()).await;
    pair.part().await;
}

#[wasm_bindgen_test]
async fn every_listener_is_removed_when_the_rooms_are_left() {
    let guard = Guard::new();
    let before = listeners();
    visit().await;
    assert_eq!(listeners(), before);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn connections_can_be_collected_when_the_rooms_are_left() {
    let guard = Guard::new();
    visit().await;
    assert!(connections() >= 2);
    // Firefox has no way to ask; it knows no limit either.
    if let Some(gc) = gc() {
        soon("all are collected", async {
            while collected() < connections() {
                gc.call0(&JsValue::NULL).expect("collects");
                // Finalizers are tasks of their own.
                gloo_timers::future::TimeoutFuture::new(10).await;
            }
        })
        .await;
    }
    guard.finish().await;
}

/// A room that is dropped in the middle of everything, with handles of its parts still held.
#[wasm_bindgen_test]
async fn parts_do_not_keep_a_room_alive() {
    let guard = Guard::new();
    let before = listeners();
    let Pair { a, b, b_at_a, .. } = Pair::meet().await;
    let (channel, mut events) = (a.channel("data").expect("declared"), a.events());
    drop(a);
    while soon("the events end", events.next()).await.is_some() {}
    assert!(b_at_a.connection().is_none());
    assert!(channel.open_to().is_empty());
    soon("b leaves", b.leave()).await;
    // Nobody can wait for a room that was dropped; its channels close in their own time.
    soon("the dropped room is closed", async {
        while listeners() > before {
            gloo_timers::future::TimeoutFuture::new(10).await;
        }
    })
    .await;
    assert_eq!(listeners(), before);
    guard.finish().await;
}

/// Leaving while offers, answers and candidates are on their way: results that come late are nobody's.
#[wasm_bindgen_test]
async fn a_room_can_be_left_at_any_moment() {
    let guard = Guard::new();
    let before = listeners();
    for turns in [0, 1, 2, 4, 8, 16, 32] {
        let secret = Secret::generate();
        let (a, b) = (support::join(&secret).await, support::join(&secret).await);
        for _ in 0..turns {
            gloo_timers::future::TimeoutFuture::new(0).await;
        }
        both_leave(a, b).await;
    }
    assert_eq!(listeners(), before);
    guard.finish().await;
}

/// What a channel still holds when the other side closes it is never sent, and nothing waits for it.
#[wasm_bindgen_test]
async fn rooms_can_be_left_with_channels_full() {
    let guard = Guard::new();
    let before = listeners();
    for _ in 0..5 {
        let pair = Pair::meet().await;
        let (near, far) = pair.open("full", ChannelOptions::reliable()).await;
        soon("it opens", near.send("hello")).await.expect("sent");
        while near.try_send([0_u8; 60_000].as_slice()).is_ok() {}
        drop(far);
        pair.part().await;
        assert_eq!(listeners(), before);
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_diagnosis_leaves_nothing_behind() {
    let guard = Guard::new();
    let (open, made, freed) = (listeners(), connections(), collected());
    let relay = handclasp::IceServer {
        urls: vec!["turn:127.0.0.1:65531?transport=tcp".into()],
        username: Some("ada".into()),
        credential: Some("throw-away".into()),
    };
    let options = handclasp::DiagnoseOptions::new().ice_servers(vec![relay]);
    soon("a diagnosis", handclasp::diagnose(options)).await;
    assert_eq!(listeners(), open);
    let made = connections() - made;
    assert_eq!(made, 3, "one gathers, two try the relay");
    if let Some(gc) = gc() {
        soon("all are collected", async {
            while collected() < freed + made {
                gc.call0(&JsValue::NULL).expect("collects");
                gloo_timers::future::TimeoutFuture::new(10).await;
            }
        })
        .await;
    }
    guard.finish().await;
}
