//! Messages: what arrives, in which order, how much waits, and how it ends.
#![cfg(target_arch = "wasm32")]

mod support;

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::future::{Either, join_all, poll_fn, select};
use futures_util::{FutureExt, SinkExt, Stream, StreamExt};
use gloo_timers::future::TimeoutFuture;
use handclasp::channel::{HIGH_MARK, LOW_MARK, MAX_INBOX_MESSAGES, MAX_UNDIVIDED};
use handclasp::{
    Channel, ChannelOptions, CloseReason, FlushError, JoinError, MAX_PROTOCOL, Message,
    OpenChannelError, Peer, Room, RoomChannel, RoomEvent, Secret, SendError,
};
use handclasp_core::flow::{MAX_KEPT_BYTES, MAX_KEPT_MESSAGES, TELL_MESSAGES};
use js_sys::{Reflect, Uint8Array};
use support::{Guard, Pair, both_leave, connected, first, options, soon};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::RtcDataChannel;

wasm_bindgen_test_configure!(run_in_browser);

fn data(room: &handclasp::Room) -> RoomChannel {
    room.channel("data").expect("declared")
}

/// A channel that `a` opened ad hoc, at both ends.
async fn ad_hoc(pair: &Pair) -> (Channel, Channel) {
    pair.open("ad hoc", ChannelOptions::reliable()).await
}

async fn read(channel: &mut Channel) -> Message {
    soon("a message", channel.next()).await.expect("open")
}

/// What comes of `future`, if it does in so many milliseconds.
async fn within<T>(millis: u32, future: impl Future<Output = T>) -> Option<T> {
    match select(Box::pin(future), TimeoutFuture::new(millis)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

async fn end_without_reading(channel: &Channel) {
    while channel.close_reason().is_none() {
        TimeoutFuture::new(10).await;
    }
}

async fn ended(channel: &mut Channel) -> CloseReason {
    while soon("the end", channel.next()).await.is_some() {}
    channel.close_reason().expect("it has ended")
}

/// The most that ever waited in the browser, asked after every message that it takes.
async fn send_all(channel: &Channel, raw: &RtcDataChannel, message: &Message, count: usize) -> u32 {
    let mut most = 0;
    for _ in 0..count {
        channel.send(message).await.expect("sent");
        most = most.max(raw.buffered_amount());
    }
    most
}

#[wasm_bindgen_test]
async fn texts_and_bytes_arrive_as_they_were_sent() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (mut at_a, mut at_b) = (data(&pair.a), data(&pair.b));
    let every_byte: Vec<u8> = (0..=255).collect();
    assert_eq!(at_a.send("grüße, 🦀").await, Ok(1));
    assert_eq!(at_a.send(every_byte.as_slice()).await, Ok(1));
    assert_eq!(at_a.send("").await, Ok(1));
    at_a.send_to(&pair.b_at_a, Uint8Array::new_with_length(0))
        .await
        .expect("sent");

    let (from, text) = soon("text", at_b.next()).await.expect("open");
    assert_eq!(from, pair.a_at_b);
    assert_eq!(text.to_text().as_deref(), Some("grüße, 🦀"));
    let (_, bytes) = soon("bytes", at_b.next()).await.expect("open");
    assert_eq!((bytes.to_text(), bytes.to_vec()), (None, every_byte));
    let (_, empty) = soon("an empty text", at_b.next()).await.expect("open");
    assert_eq!(empty.to_text().as_deref(), Some(""));
    let (_, empty) = soon("no bytes", at_b.next()).await.expect("open");
    assert!(matches!(empty, Message::Binary(bytes) if bytes.length() == 0));

    at_b.try_send("back").expect("open");
    let (_, text) = soon("the answer", at_a.next()).await.expect("open");
    assert_eq!(text.to_text().as_deref(), Some("back"));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_declared_channel_can_be_written_before_it_is_open() {
    let guard = Guard::new();
    let secret = handclasp::Secret::generate();
    let a = support::join(&secret).await;
    let mut events = a.events();
    let b = support::join(&secret).await;
    let peer = first("b joins", &mut events, |event| match event {
        RoomEvent::PeerJoined(peer) => Some(peer),
        _ => None,
    })
    .await;
    let (at_a, mut at_b) = (data(&a), data(&b));
    assert_eq!(
        at_a.try_send_to(&peer, "too early"),
        Err(SendError::NotOpen)
    );
    assert_eq!(at_a.send("to nobody").await, Ok(0));
    soon("it is sent when it opens", at_a.send_to(&peer, "in time"))
        .await
        .expect("sent");
    let (_, message) = soon("it arrives", at_b.next()).await.expect("open");
    assert_eq!(message.to_text().as_deref(), Some("in time"));
    for room in [a, b] {
        soon("leaves", room.leave()).await;
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn sending_waits_for_room_and_everything_arrives() {
    const CHUNK: usize = 64 * 1024;
    const COUNT: usize = 128;
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    let chunk = Message::from(vec![7; CHUNK]);
    // The first waits until the channel is open.
    near.send(&chunk).await.expect("sent");
    let raw = near.as_raw().expect("open");
    assert_eq!(raw.buffered_amount_low_threshold(), LOW_MARK);
    let receive = async {
        let mut bytes = 0;
        while bytes < CHUNK * (COUNT + 1) {
            let message = read(&mut far).await;
            assert!(message.to_vec().iter().all(|byte| *byte == 7));
            bytes += message.size();
        }
        bytes
    };
    let send = soon("8 MiB go out", send_all(&near, &raw, &chunk, COUNT));
    let (most, bytes) = futures_util::future::join(send, receive).await;
    assert_eq!(bytes, CHUNK * (COUNT + 1));
    assert!(most <= HIGH_MARK + CHUNK as u32, "{most} bytes waited");
    assert!(most > LOW_MARK, "nothing was ever sent ahead: {most}");
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn concurrent_senders_go_in_the_order_they_came() {
    const COUNT: u32 = 64;
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    let numbered = |number: u32| {
        let mut bytes = vec![0; 64 * 1024];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Message::from(bytes)
    };
    // 4 MiB at once, four times the high mark, before the channel is even open.
    let sends = join_all((0..COUNT).map(|number| near.send(numbered(number))));
    let receive = async {
        for number in 0..COUNT {
            let bytes = read(&mut far).await.to_vec();
            assert_eq!(bytes[..4], number.to_be_bytes());
        }
    };
    let (sent, ()) = futures_util::future::join(soon("all go out", sends), receive).await;
    assert!(sent.iter().all(Result::is_ok));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_dropped_send_does_not_go_out_and_lets_the_next_one_pass() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let mut events = pair.b.events();
    let near = pair
        .b_at_a
        .open_channel("new", ChannelOptions::reliable())
        .expect("connected");
    // Not open yet, so that all three wait.
    let mut first_send = Box::pin(near.send("first"));
    let mut second = Box::pin(near.send("second"));
    let mut third = Box::pin(near.send("third"));
    for send in [&mut first_send, &mut second, &mut third] {
        assert!(
            send.now_or_never().is_none(),
            "the channel cannot be open in the same turn"
        );
    }
    assert_eq!(near.try_send("pushing in"), Err(SendError::NotOpen));
    drop(second);
    drop(first_send);
    soon("the third goes", third).await.expect("sent");
    let mut far = first("the channel arrives", &mut events, |event| match event {
        RoomEvent::Channel { channel, .. } => Some(channel),
        _ => None,
    })
    .await;
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("third"));
    near.send("fourth").await.expect("sent");
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("fourth"));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_large_is_refused_with_the_limit_and_does_no_harm() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let unordered = ChannelOptions {
        ordered: false,
        ..ChannelOptions::reliable()
    };
    let (near, mut far) = pair.open("ad hoc", unordered).await;
    let largest = vec![1; MAX_UNDIVIDED];
    near.send(largest.as_slice()).await.expect("it just fits");
    assert_eq!(read(&mut far).await.size(), MAX_UNDIVIDED);
    let too_large = SendError::TooLarge {
        size: MAX_UNDIVIDED + 1,
        limit: MAX_UNDIVIDED,
    };
    assert_eq!(
        near.send(vec![1; MAX_UNDIVIDED + 1]).await,
        Err(too_large.clone())
    );
    assert_eq!(
        near.try_send(vec![1; MAX_UNDIVIDED + 1]),
        Err(too_large.clone())
    );
    assert_eq!((too_large.code(), near.is_open()), ("send-too-large", true));
    // A text is measured in UTF-8: half as many characters of two bytes fit.
    let text = "ü".repeat(MAX_UNDIVIDED / 2);
    near.send(text.as_str()).await.expect("it just fits");
    assert_eq!(read(&mut far).await.to_text(), Some(text.clone()));
    let refused = near.send(text + "!").await;
    assert_eq!(refused, Err(too_large));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn closing_delivers_what_was_sent_and_tells_why() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    for _ in 0..16 {
        near.send(vec![9; 64 * 1024]).await.expect("sent");
    }
    near.close();
    assert_eq!(near.close_reason(), Some(CloseReason::Local));
    assert_eq!(
        near.send("late").await,
        Err(SendError::Closed(CloseReason::Local))
    );
    for _ in 0..16 {
        assert_eq!(read(&mut far).await.size(), 64 * 1024);
    }
    assert_eq!(ended(&mut far).await, CloseReason::Remote);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn dropping_the_last_handle_closes_the_channel() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    near.send("hello").await.expect("sent");
    drop(near);
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("hello"));
    assert_eq!(ended(&mut far).await, CloseReason::Remote);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_channel_ends_with_its_peer() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    near.send("before").await.expect("sent");
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("before"));
    let Pair { a, b, a_at_b, .. } = pair;
    let mut events = b.events();
    soon("a leaves", a.leave()).await;
    first("b sees it", &mut events, |event| {
        matches!(event, RoomEvent::PeerLeft { .. }).then_some(())
    })
    .await;
    // Whichever comes first: the end of the channel or of the connection.
    assert!(matches!(
        ended(&mut far).await,
        CloseReason::Remote | CloseReason::Lost
    ));
    assert_eq!(
        a_at_b
            .open_channel("late", ChannelOptions::reliable())
            .map(drop),
        Err(OpenChannelError::NotConnected)
    );
    let to_nobody = data(&b).try_send_to(&a_at_b, "late");
    assert_eq!(to_nobody, Err(SendError::Closed(CloseReason::Lost)));
    soon("b leaves", b.leave()).await;
    guard.finish().await;
}

/// Sends until there is no room for as long as the browser takes to deliver everything; returns how many went.
async fn send_until_paused(near: &Channel, message: &Message) -> usize {
    let mut sent = 0;
    while within(1000, near.send(message)).await.is_some() {
        sent += 1;
    }
    sent
}

#[wasm_bindgen_test]
async fn messages_that_nobody_reads_pause_their_sender_and_then_all_arrive() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    let small = Message::from(Uint8Array::new_with_length(1));
    let paused = soon("a pause", send_until_paused(&near, &small)).await;
    assert_eq!(paused, MAX_KEPT_MESSAGES);
    assert_eq!(near.try_send("more"), Err(SendError::Full));
    // Who waits goes on when enough has been read.
    let (sent, ()) = futures_util::future::join(soon("room", near.send("the next")), async {
        for _ in 0..TELL_MESSAGES {
            read(&mut far).await;
        }
    })
    .await;
    sent.expect("sent");
    for _ in TELL_MESSAGES..paused {
        assert_eq!(read(&mut far).await.size(), 1);
    }
    assert_eq!(read(&mut far).await.to_text().as_deref(), Some("the next"));

    let (near, far) = ad_hoc(&pair).await;
    let large = Message::from(vec![1; 64 * 1024]);
    let paused = soon("a pause", send_until_paused(&near, &large)).await;
    assert_eq!(paused, MAX_KEPT_BYTES / (64 * 1024));
    near.close();
    let arrived: Vec<_> = soon("the end", far.collect()).await;
    assert_eq!(arrived.len(), paused);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_reader_has_each_message_within_its_event_and_is_dropped_with_the_channel() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, far) = ad_hoc(&pair).await;
    let heard = Rc::<RefCell<Vec<String>>>::default();
    let alive = Rc::downgrade(&heard);
    let reader: Rc<dyn Fn()> = {
        let far = far.clone();
        Rc::new(move || {
            while let Some(message) = far.try_recv() {
                heard.borrow_mut().extend(message.to_text());
            }
        })
    };
    far.set_reader(Some(reader));
    for number in 0..3 * TELL_MESSAGES {
        near.send(number.to_string()).await.expect("sent");
    }
    soon("all to be there", near.flush())
        .await
        .expect("flushed");
    let heard = alive.upgrade().expect("the channel holds its reader");
    assert_eq!(far.try_recv().map(|message| message.size()), None);
    let expected = (0..3 * TELL_MESSAGES).map(|number| number.to_string());
    assert!(heard.borrow().iter().cloned().eq(expected));
    drop(heard);
    near.close();
    let mut far = far;
    ended(&mut far).await;
    assert!(alive.upgrade().is_none(), "the reader outlives its channel");
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_channel_out_of_order_that_nobody_reads_closes_with_a_reason() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let unordered = ChannelOptions {
        ordered: false,
        ..ChannelOptions::reliable()
    };
    let (near, far) = pair.open("ad hoc", unordered).await;
    let mut near_end = near.clone();
    let message = Message::from(Uint8Array::new_with_length(1));
    soon("the far end gives up", async {
        for _ in 0..=MAX_INBOX_MESSAGES {
            if near.send(&message).await.is_err() {
                break;
            }
        }
        ended(&mut near_end).await
    })
    .await;
    assert_eq!(far.close_reason(), Some(CloseReason::Overflow));
    assert_eq!(
        far.collect::<Vec<_>>().await.len(),
        MAX_INBOX_MESSAGES,
        "what is here can be read"
    );
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn sends_on_a_lossy_channel_never_wait_and_the_newest_go() {
    const COUNT: u32 = 2000;
    let guard = Guard::new();
    let pair = Pair::meet().await;
    // Nothing is lost on the way, so that what does not come was dropped before it went.
    let options = ChannelOptions {
        max_retransmits: Some(u16::MAX),
        ..ChannelOptions::reliable()
    };
    let (near, far) = pair.open("ad hoc", options).await;
    let numbered = |number: u32| {
        let mut bytes = vec![0; 4096];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Message::from(bytes)
    };
    // Some before it is open, and all in one turn, in which the browser sends next to nothing.
    for number in 0..COUNT {
        let sent = near.send(numbered(number)).now_or_never();
        assert_eq!(sent, Some(Ok(())), "without waiting");
    }
    let dropped = near.dropped();
    assert!(dropped > u64::from(COUNT / 2), "{dropped}");
    let numbers: Vec<u32> = soon(
        "the last",
        far.map(|message| u32::from_be_bytes(message.to_vec()[..4].try_into().expect("a number")))
            .take((u64::from(COUNT) - dropped) as usize)
            .collect(),
    )
    .await;
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "in order");
    assert_eq!(numbers.last(), Some(&(COUNT - 1)));
    assert_eq!(near.dropped(), dropped, "none of those that waited");
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn of_an_unreliable_channel_that_nobody_reads_the_newest_are_there() {
    const MORE: usize = 100;
    let guard = Guard::new();
    let pair = Pair::meet().await;
    // Unreliable by name; in truth nothing is lost here.
    let options = ChannelOptions {
        max_retransmits: Some(u16::MAX),
        ..ChannelOptions::reliable()
    };
    let (near, mut far) = pair.open("ad hoc", options).await;
    near.send("a sign that it is open").await.expect("sent");
    read(&mut far).await;
    let raw = near.as_raw().expect("open");
    for number in 0..MAX_INBOX_MESSAGES + MORE {
        let sent = raw.send_with_u8_array(&(number as u32).to_be_bytes());
        sent.expect("room");
    }
    near.close();
    soon("the end", end_without_reading(&far)).await;
    let arrived: Vec<_> = soon("all", far.collect()).await;
    let expected = (MORE..MAX_INBOX_MESSAGES + MORE).map(|number| (number as u32).to_be_bytes());
    assert!(arrived.iter().map(Message::to_vec).eq(expected));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_channel_is_a_sink_and_an_unused_turn_is_given_back() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    let mut sink = near.clone();
    soon("two go", async {
        sink.feed(Message::from("one")).await.expect("sent");
        sink.send(Message::from("two")).await.expect("sent");
    })
    .await;
    let mut other = near.clone();
    soon("a turn", poll_fn(|cx| other.poll_ready_unpin(cx)))
        .await
        .expect("open");
    assert_eq!(near.try_send("pushing in"), Err(SendError::Full));
    drop(other);
    near.try_send("three").expect("the turn was given back");
    for text in ["one", "two", "three"] {
        assert_eq!(read(&mut far).await.to_text().as_deref(), Some(text));
    }
    SinkExt::close(&mut sink).await.expect("closes");
    assert_eq!(ended(&mut far).await, CloseReason::Remote);
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_lossy_channel_is_made_as_asked() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let channel = pair
        .b_at_a
        .open_channel("state", ChannelOptions::lossy())
        .expect("connected");
    let raw = channel.as_raw().expect("made");
    assert_eq!(raw.max_retransmits(), Some(0));
    let both = ChannelOptions {
        max_retransmits: Some(1),
        max_packet_life_time: Some(1),
        ..ChannelOptions::default()
    };
    let refused = pair.b_at_a.open_channel("both", both);
    assert_eq!(refused.map(drop), Err(OpenChannelError::Options));
    let refused = pair.b_at_a.open_channel("", ChannelOptions::default());
    assert_eq!(refused.map(drop), Err(OpenChannelError::Label));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn the_other_side_sees_the_protocol_of_a_channel_whatever_its_kind() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let longest = "ü".repeat(MAX_PROTOCOL / 2);
    for protocol in ["", "org.example.chat;v=2/latest", longest.as_str()] {
        for kind in [
            ChannelOptions::reliable(),
            ChannelOptions::lossy(),
            ChannelOptions::latest(),
        ] {
            let options = ChannelOptions {
                protocol: protocol.to_owned(),
                ..kind
            };
            let (near, mut far) = pair.open("typed", options).await;
            assert_eq!((near.protocol(), far.protocol()), (protocol, protocol));
            near.send("hello").await.expect("sent");
            assert_eq!(read(&mut far).await.to_text().as_deref(), Some("hello"));
        }
    }
    let too_long = ChannelOptions {
        protocol: longest + "x",
        ..ChannelOptions::reliable()
    };
    let refused = pair.b_at_a.open_channel("typed", too_long.clone());
    assert_eq!(refused.map(drop), Err(OpenChannelError::Protocol));
    let options = options(&Secret::generate()).channel("typed", too_long);
    let refused = Room::join(options).await;
    assert_eq!(refused.map(drop), Err(JoinError::Protocol));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_declared_channel_has_its_protocol_in_the_browser_too() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let typed = |protocol: &str| {
        let typed = ChannelOptions {
            protocol: protocol.to_owned(),
            ..ChannelOptions::reliable()
        };
        options(&secret).channel("typed", typed)
    };
    let a = Room::join(typed("chat.v2")).await.expect("joins");
    let b = Room::join(typed("chat.v2")).await.expect("joins");
    let peer = connected(&a).await;
    let channel = a.channel("typed").expect("declared");
    assert_eq!(channel.protocol(), "chat.v2");
    let raw = channel.as_raw(&peer).expect("connected");
    let protocol = Reflect::get(&raw, &"protocol".into()).expect("of the standard");
    assert_eq!(protocol.as_string().as_deref(), Some("chat.v2"));
    both_leave(a, b).await;
    guard.finish().await;
}

/// Browsers have no priorities of data channels (W3C webrtc-priority); when one does, `ChannelOptions` can have it.
#[wasm_bindgen_test]
fn no_browser_has_priorities_of_channels() {
    let prototype = Reflect::get(&js_sys::global(), &"RTCDataChannel".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .expect("of the standard");
    assert_eq!(Reflect::has(&prototype, &"priority".into()), Ok(false));
}

/// The connection is taken away under a declared channel; what is sent meanwhile arrives on the next one.
#[wasm_bindgen_test]
async fn a_declared_channel_carries_on_over_a_rebuilt_connection() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (at_a, mut at_b) = (data(&pair.a), data(&pair.b));
    at_a.send("one").await.expect("sent");
    let text = async |at: &mut (dyn Stream<Item = (Peer, Message)> + Unpin)| {
        let (_, message) = soon("a message", at.next()).await.expect("open");
        message.to_text()
    };
    assert_eq!(text(&mut at_b).await.as_deref(), Some("one"));

    let mut events = pair.b.events();
    pair.b_at_a.connection().expect("connected").close();
    first("b notices", &mut events, |event| {
        matches!(event, RoomEvent::PeerState { .. }).then_some(())
    })
    .await;
    soon("it goes out", at_a.send_to(&pair.b_at_a, "two"))
        .await
        .expect("sent");
    assert_eq!(text(&mut at_b).await.as_deref(), Some("two"));
    support::connected(&pair.a).await;
    support::connected(&pair.b).await;
    assert_eq!(at_b.send("three").await, Ok(1));
    let mut at_a = Pin::new(Box::new(at_a));
    assert_eq!(text(&mut at_a).await.as_deref(), Some("three"));
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_flush_is_ready_when_the_peer_has_everything_although_it_has_read_nothing() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = ad_hoc(&pair).await;
    soon("nothing to wait for", near.flush())
        .await
        .expect("open");
    for _ in 0..16 {
        near.send(vec![3; 64 * 1024]).await.expect("sent");
    }
    assert!(
        near.flush().now_or_never().is_none(),
        "not in the same turn"
    );
    soon("it is all there", near.flush()).await.expect("open");
    let here = std::iter::from_fn(|| far.next().now_or_never().flatten());
    assert_eq!(here.count(), 16, "without waiting for any");

    let at_a = data(&pair.a);
    at_a.send("to all").await.expect("sent");
    soon("b has it", at_a.flush(&pair.b_at_a))
        .await
        .expect("open");
    let first = data(&pair.b).next().now_or_never().flatten();
    assert!(first.is_some_and(|(_, message)| message.to_text().as_deref() == Some("to all")));

    let (lossy, _far) = pair.open("ad hoc", ChannelOptions::lossy()).await;
    assert_eq!(lossy.flush().await, Err(FlushError::Uncounted));
    assert_eq!(lossy.finish().await, Ok(()));
    assert_eq!(lossy.close_reason(), Some(CloseReason::Local));
    near.close();
    near.flush().await.expect("it had all come");
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn finishing_waits_for_the_peer_also_over_a_rebuilt_connection() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, far) = ad_hoc(&pair).await;
    near.send("one").await.expect("sent");
    for _ in 0..16 {
        near.send(vec![3; 64 * 1024]).await.expect("sent");
    }
    // Not by way of the browser's own close, which would deliver what it holds.
    pair.b_at_a.connection().expect("connected").close();
    soon("it finishes", near.finish())
        .await
        .expect("it arrived");
    let all: Vec<_> = soon("the end", far.collect()).await;
    assert_eq!(all.len(), 17, "exactly once");
    assert_eq!(near.flush().await, Ok(()), "what has come, has come");
    assert_eq!(
        near.send("late").await.map_err(|error| error.code()),
        Err("send-closed")
    );
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn on_a_latest_channel_the_newest_takes_the_place_of_what_is_unread() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    // In order and without loss, so that what comes late is what was written so: stamps as another sender would write them.
    let options = ChannelOptions {
        ordered: true,
        max_retransmits: Some(u16::MAX),
        ..ChannelOptions::latest()
    };
    let (near, mut far) = pair.open("ad hoc", options).await;
    near.send("it is open").await.expect("sent");
    assert_eq!(
        read(&mut far).await.to_text().as_deref(),
        Some("it is open")
    );
    let raw = near.as_raw().expect("open");
    for (number, content) in [(9, b'a'), (7, b'b'), (9, b'c')] {
        let message = [0, 0, 0, number, 1, content];
        raw.send_with_u8_array(&message).expect("room");
    }
    assert_eq!(read(&mut far).await.to_vec(), b"a");
    for number in 10..20 {
        raw.send_with_u8_array(&[0, 0, 0, number, 1, number])
            .expect("room");
    }
    // Until all of it has come.
    let newest = async {
        loop {
            let bytes = read(&mut far).await.to_vec();
            assert!(bytes[0] >= 10, "neither late nor twice");
            if bytes == [19] {
                break;
            }
        }
    };
    soon("the newest", newest).await;

    // The stamps of a sender go on over a rebuilt connection, and so does the reader.
    let pipe = pair.b_at_a.connection().expect("connected");
    pipe.close();
    let mut events = pair.b.events();
    first("b notices", &mut events, |event| {
        matches!(event, RoomEvent::PeerState { .. }).then_some(())
    })
    .await;
    support::connected(&pair.a).await;
    support::connected(&pair.b).await;
    let text = async {
        loop {
            near.send("again").await.expect("never waits");
            let next = within(200, far.next()).await.flatten();
            if next.is_some_and(|message| message.to_text().as_deref() == Some("again")) {
                break;
            }
        }
    };
    soon("it comes", text).await;
    let reliable = ChannelOptions {
        latest: true,
        ..ChannelOptions::reliable()
    };
    let refused = pair.b_at_a.open_channel("both", reliable);
    assert_eq!(refused.map(drop), Err(OpenChannelError::Options));
    pair.part().await;
    guard.finish().await;
}
