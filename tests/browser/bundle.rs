//! Many small messages at once go together, and nobody can tell from what arrives.
#![cfg(target_arch = "wasm32")]

mod support;

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::StreamExt;
use gloo_events::EventListener;
use handclasp::{Channel, ChannelOptions, Message, SendError};
use js_sys::ArrayBuffer;
use support::{Guard, Pair, soon};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::MessageEvent;

wasm_bindgen_test_configure!(run_in_browser);

/// As many as are sent in one turn: several bundles.
const MANY: usize = 3000;

async fn opened(pair: &Pair) -> (Channel, Channel) {
    let (near, mut far) = pair.open("ad hoc", ChannelOptions::reliable()).await;
    near.send("open").await.expect("sent");
    soon("it is open", far.next()).await.expect("open");
    (near, far)
}

/// Bytes, texts of more than one byte for a letter, and now and then one that goes by itself: an empty one, or one in fragments.
fn message(number: usize) -> Message {
    match number {
        _ if number % 500 == 99 => Message::from(Vec::new()),
        _ if number % 1000 == 700 => Message::from(vec![number as u8; 70_000]),
        _ if number % 1000 == 900 => Message::from("ä".repeat(40_000)),
        _ if number.is_multiple_of(2) => Message::from(format!("{number} \u{feff}é🙂")),
        _ => Message::from(vec![number as u8; 1 + number % 70]),
    }
}

fn content(message: &Message) -> (bool, Vec<u8>) {
    (matches!(message, Message::Text(_)), message.to_vec())
}

/// Sends in one turn; what does not fit waits for room.
async fn send_all(near: &Channel) {
    for number in 0..MANY {
        match near.try_send(message(number)) {
            Err(SendError::Full) => near.send(message(number)).await.expect("sent"),
            sent => sent.expect("sent"),
        }
    }
}

async fn check_all(far: &mut Channel) {
    for number in 0..MANY {
        let came = soon("a message", far.next()).await.expect("open");
        assert_eq!(content(&came), content(&message(number)), "number {number}");
    }
}

#[wasm_bindgen_test]
async fn what_is_sent_in_one_turn_arrives_as_it_was_sent() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let sending = soon("room", send_all(&near));
    futures_util::future::join(sending, check_all(&mut far)).await;
    near.close();
    assert!(
        soon("the end", far.next()).await.is_none(),
        "no more than that"
    );
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_hundred_small_messages_are_few_for_the_browser_and_one_goes_as_it_is() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let sizes = Rc::<RefCell<Vec<u32>>>::default();
    let keeps = Rc::clone(&sizes);
    let raw = far.as_raw().expect("open");
    let listener = EventListener::new(&raw, "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let bytes = data.dyn_into::<ArrayBuffer>();
        keeps
            .borrow_mut()
            .push(bytes.map_or(0, |bytes| bytes.byte_length()));
    });
    soon("the buffer is empty", near.flush())
        .await
        .expect("open");
    near.send(vec![1; 500]).await.expect("sent");
    soon("it", far.next()).await.expect("open");
    for number in 0..1000 {
        near.try_send(format!("{number:04}")).expect("room");
    }
    for number in 0..1000 {
        let came = soon("a message", far.next()).await.expect("open");
        assert_eq!(came.to_text(), Some(format!("{number:04}")));
    }
    let sizes = sizes.take();
    assert_eq!(sizes.first(), Some(&500), "as it was sent");
    // Those that went before the browser was busy, and one bundle, with its escape.
    assert!(sizes.len() < 400, "{} events", sizes.len());
    drop((listener, raw));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn nothing_is_lost_or_doubled_when_the_channel_closes_or_the_connection_breaks_in_the_same_turn()
 {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    for number in 0..500 {
        near.try_send(format!("{number}")).expect("room");
    }
    near.close();
    for number in 0..500 {
        let came = soon("a message", far.next()).await.expect("open");
        assert_eq!(came.to_text(), Some(format!("{number}")));
    }
    assert!(soon("the end", far.next()).await.is_none());

    let (near, mut far) = opened(&pair).await;
    for number in 0..500 {
        near.try_send(format!("{number}")).expect("room");
    }
    pair.b_at_a.connection().expect("connected").close();
    soon("all to be there", near.flush()).await.expect("open");
    near.try_send("the last").expect("open again");
    for number in 0..500 {
        let came = soon("a message", far.next()).await.expect("open");
        assert_eq!(came.to_text(), Some(format!("{number}")));
    }
    let came = soon("a message", far.next()).await.expect("open");
    assert_eq!(came.to_text().as_deref(), Some("the last"));
    pair.part().await;
    guard.finish().await;
}
