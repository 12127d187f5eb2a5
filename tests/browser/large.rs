//! Messages that are larger than a data channel carries at once: whole or not at all, in their turn, and with others in between.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::future::{join, poll_fn};
use futures_util::{FutureExt, SinkExt, StreamExt};
use gloo_timers::future::TimeoutFuture;
use handclasp::channel::{HIGH_MARK, MAX_MESSAGE};
use handclasp::{
    Channel, ChannelOptions, CloseReason, Message, Peer, Room, RoomChannel, SendError,
};
use handclasp_core::fragments::FRAGMENT;
use js_sys::Uint8Array;
use support::{Guard, Pair, soon};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const MIB: u32 = 1024 * 1024;

/// A channel that `a` opened, at both ends.
async fn opened(pair: &Pair) -> (Channel, Channel) {
    pair.open("large", ChannelOptions::reliable()).await
}

/// So many bytes, each of which tells where it is.
fn bytes(length: u32) -> Uint8Array {
    let bytes: Vec<u8> = (0..length).map(at).collect();
    Uint8Array::from(bytes.as_slice())
}

fn at(index: u32) -> u8 {
    (index ^ index >> 8 ^ index >> 16) as u8
}

async fn read(channel: &mut Channel) -> Message {
    soon("a message", channel.next()).await.expect("open")
}

fn check(message: &Message, length: u32) {
    let Message::Binary(bytes) = message else {
        panic!("not a text");
    };
    assert_eq!(bytes.length(), length);
    assert!(
        (0..length)
            .zip(bytes.to_vec())
            .all(|(index, byte)| byte == at(index))
    );
}

#[wasm_bindgen_test]
async fn bytes_and_texts_of_many_sizes_arrive_whole_and_in_order() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let sizes = [
        0,
        1,
        FRAGMENT - 1,
        FRAGMENT,
        FRAGMENT + 1,
        3 * FRAGMENT,
        5 * MIB + 7,
    ];
    // With a mark at the beginning, which decoders like to leave out, and characters that fragments cut.
    let text = format!("\u{feff}{}", "ä🦀".repeat(100_000));
    let send = async {
        for size in sizes {
            near.send(bytes(size)).await.expect("sent");
            near.send("between").await.expect("sent");
        }
        near.send(text.as_str()).await.expect("sent");
        near.send("").await.expect("sent");
    };
    let receive = async {
        for size in sizes {
            check(&read(&mut far).await, size);
            assert_eq!(read(&mut far).await.to_text().as_deref(), Some("between"));
        }
        assert_eq!(read(&mut far).await.to_text().as_ref(), Some(&text));
        assert_eq!(read(&mut far).await.to_text().as_deref(), Some(""));
    };
    join(soon("all go out", send), receive).await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_large_message_does_not_hold_up_other_channels() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let chat = pair.a.channel("data").expect("declared");
    let mut heard = pair.b.channel("data").expect("declared");
    let mut large = Box::pin(near.send(bytes(16 * MIB)));
    assert!((&mut large).now_or_never().is_none());
    chat.send("not behind it").await.expect("sent");
    soon("the chat", heard.next()).await.expect("open");
    assert!((&mut large).now_or_never().is_none(), "it is still going");
    let (sent, message) = join(soon("it goes out", large), read(&mut far)).await;
    sent.expect("sent");
    check(&message, 16 * MIB);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_large_message_whose_send_is_dropped_does_not_arrive_and_those_behind_it_do() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    near.send("one").await.expect("sent");
    let mut large = Box::pin(near.send(bytes(8 * MIB)));
    assert!((&mut large).now_or_never().is_none());
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("one"));
    let mut behind = Box::pin(near.send("two"));
    assert!(
        (&mut behind).now_or_never().is_none(),
        "it has its turn after"
    );
    drop(large);
    soon("it moves up", behind).await.expect("sent");
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("two"));
    near.send(bytes(2 * FRAGMENT)).await.expect("sent");
    check(&read(&mut far).await, 2 * FRAGMENT);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_large_message_arrives_once_although_its_connection_is_taken_away() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let breaking = async {
        for _ in 0..2 {
            TimeoutFuture::new(100).await;
            if let Some(connection) = pair.b_at_a.connection() {
                connection.close();
            }
            support::connected(&pair.b).await;
        }
    };
    let send = async {
        for _ in 0..4 {
            near.send(bytes(6 * MIB)).await.expect("sent");
        }
    };
    let receive = async {
        for _ in 0..4 {
            check(&read(&mut far).await, 6 * MIB);
        }
    };
    join(breaking, join(soon("all go out", send), receive)).await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_is_too_large_for_any_message_or_for_the_moment_is_refused() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    near.send("it is open").await.expect("sent");
    read(&mut far).await;
    let size = MAX_MESSAGE + 1;
    let too_large = SendError::TooLarge {
        size,
        limit: MAX_MESSAGE,
    };
    let huge = Message::from(Uint8Array::new_with_length(size as u32));
    assert_eq!(near.send(&huge).await, Err(too_large));
    let never = near.try_send(bytes(HIGH_MARK + 1));
    assert!(
        matches!(never, Err(SendError::TooLarge { .. })),
        "{never:?}"
    );

    near.try_send(bytes(HIGH_MARK / 2)).expect("there is room");
    assert_eq!(near.try_send(bytes(HIGH_MARK)), Err(SendError::Full));
    check(&read(&mut far).await, HIGH_MARK / 2);
    near.send("and on").await.expect("sent");
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("and on"));
    pair.part().await;
    guard.finish().await;
}

/// More than the sender is ever ahead, with a reader that takes its time.
#[wasm_bindgen_test]
async fn the_largest_message_arrives_and_only_one_is_here_before_it_is_read() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let largest = Message::from(Uint8Array::new_with_length(MAX_MESSAGE as u32));
    soon("nobody need read for it", near.send(&largest))
        .await
        .expect("sent");
    let mut next = Box::pin(near.send(&largest));
    let paused = async {
        // Behind a large one that is unread, the next may not come.
        let raw = near.as_raw().expect("open");
        assert!((&mut next).now_or_never().is_none());
        near.flush().await.expect("what has gone is there");
        assert_eq!(raw.buffered_amount(), 0);
    };
    soon("a pause", paused).await;
    assert!(
        (&mut next).now_or_never().is_none(),
        "it waits for the reader"
    );
    let receive = async {
        for _ in 0..2 {
            assert_eq!(read(&mut far).await.size(), MAX_MESSAGE);
        }
    };
    join(soon("it goes on", next), receive)
        .await
        .0
        .expect("sent");
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn everyone_gets_a_large_message_and_a_sink_takes_it_too() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (at_a, mut at_b): (RoomChannel, RoomChannel) = (data(&pair.a), data(&pair.b));
    let sent = at_a
        .send(bytes(3 * MIB))
        .map(|sent| assert_eq!(sent, Ok(1)));
    let receive = async {
        let (from, message): (Peer, Message) = soon("it arrives", at_b.next()).await.expect("open");
        assert_eq!(from, pair.a_at_b);
        check(&message, 3 * MIB);
    };
    join(soon("it goes out", sent), receive).await;

    let (near, mut far) = opened(&pair).await;
    let mut sink = near.clone();
    let send = async {
        SinkExt::<Message>::send(&mut sink, bytes(3 * MIB).into())
            .await
            .expect("sent");
        // Only begun, and given up with the handle.
        poll_fn(|cx| sink.poll_ready_unpin(cx)).await.expect("open");
        sink.start_send_unpin(bytes(3 * MIB).into()).expect("begun");
        drop(sink);
        near.send("after").await.expect("sent");
    };
    let receive = async {
        check(&read(&mut far).await, 3 * MIB);
        assert_eq!(read(&mut far).await.to_text().as_deref(), Some("after"));
    };
    join(soon("all go out", send), receive).await;
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_peer_that_sends_no_message_finds_the_channel_closed() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    for nonsense in [
        &[9, 0, 0, 0, 1][..],
        &[1, 255, 0, 0, 0],
        &[1],
        &[0; 6],
        // Bundles of nothing, and of less than they say.
        &[3],
        &[3, 0],
        &[3, 0, 2, 7],
    ] {
        let (near, far) = opened(&pair).await;
        near.send("a sign that it is open").await.expect("sent");
        let raw = near.as_raw().expect("open");
        raw.send_with_u8_array(&[]).expect("room");
        raw.send_with_u8_array(nonsense).expect("room");
        let mut end = far.clone();
        soon("the end", async { while end.next().await.is_some() {} }).await;
        assert_eq!(far.close_reason(), Some(CloseReason::Malformed));
        let mut end = near.clone();
        soon("the end", async { while end.next().await.is_some() {} }).await;
        assert_eq!(near.close_reason(), Some(CloseReason::Remote));
    }
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_buffer_that_is_transferred_on_the_way_does_not_arrive_in_part() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    near.send("it is open").await.expect("sent");
    read(&mut far).await;
    let content = bytes(4 * MIB);
    let mut large = Box::pin(near.send(content.clone()));
    assert!((&mut large).now_or_never().is_none());
    let list = js_sys::Array::of1(&content.buffer());
    let channel = web_sys::MessageChannel::new().expect("two ports");
    let port = channel.port1();
    port.post_message_with_transferable(&content, &list)
        .expect("transferred");
    let sent = soon("it fails", large).await;
    assert!(matches!(sent, Err(SendError::Other { .. })), "{sent:?}");
    near.send("after").await.expect("sent");
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("after"));
    pair.part().await;
    guard.finish().await;
}

fn data(room: &Room) -> RoomChannel {
    room.channel("data").expect("declared")
}
