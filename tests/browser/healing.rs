//! Connections are taken away under the application, which keeps its objects and loses nothing.
#![cfg(target_arch = "wasm32")]

mod support;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join, join3};
use gloo_timers::future::TimeoutFuture;
use handclasp::{
    CameraOptions, Channel, ChannelOptions, CloseReason, Media, Peer, PeerState, Room, RoomChannel,
    RoomEvent,
};
use support::{Guard, Pair, first, media, soon};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// How many messages go each way while connections break.
const MESSAGES: u32 = 2000;

fn data(room: &Room) -> RoomChannel {
    room.channel("data").expect("declared")
}

/// Closes the browser's object, as `side` sees it, and waits until the other side has another one.
async fn break_connection(side: &Peer, other: &Room) {
    let mut events = other.events();
    side.connection().expect("connected").close();
    first("the other side notices", &mut events, |event| {
        matches!(event, RoomEvent::PeerState { .. }).then_some(())
    })
    .await;
    support::connected(other).await;
}

async fn send_numbers(channel: &RoomChannel, to: &Peer) {
    for number in 0..MESSAGES {
        // Of many sizes, so that some are under way whenever the connection breaks.
        let mut message = vec![0; 4 + (number as usize * 37) % 20_000];
        message[..4].copy_from_slice(&number.to_be_bytes());
        soon("room", channel.send_to(to, message))
            .await
            .expect("the peer is there");
    }
}

async fn read_numbers(mut channel: RoomChannel) {
    for expected in 0..MESSAGES {
        let (_, message) = soon("a message", channel.next()).await.expect("open");
        let message = message.to_vec();
        let number = u32::from_be_bytes(message[..4].try_into().expect("four bytes"));
        assert_eq!(number, expected, "exactly once, in order");
        assert_eq!(message.len(), 4 + (number as usize * 37) % 20_000);
    }
}

#[wasm_bindgen_test]
async fn messages_arrive_exactly_once_and_in_order_however_often_the_connection_is_rebuilt() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (at_a, at_b) = (data(&pair.a), data(&pair.b));
    let breaking = async {
        for round in 0..4 {
            TimeoutFuture::new(30).await;
            match round % 2 {
                0 => break_connection(&pair.b_at_a, &pair.b).await,
                _ => break_connection(&pair.a_at_b, &pair.a).await,
            }
        }
    };
    join3(
        join(
            send_numbers(&at_a, &pair.b_at_a),
            send_numbers(&at_b, &pair.a_at_b),
        ),
        join(read_numbers(data(&pair.b)), read_numbers(data(&pair.a))),
        breaking,
    )
    .await;
    pair.part().await;
    guard.finish().await;
}

/// A channel that `a` opened, at both ends.
async fn opened(pair: &Pair) -> (Channel, Channel) {
    pair.open("side", ChannelOptions::reliable()).await
}

async fn text(channel: &mut Channel) -> Option<String> {
    soon("a message", channel.next()).await?.to_text()
}

#[wasm_bindgen_test]
async fn an_opened_channel_goes_on_over_a_rebuilt_connection() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (mut near, mut far) = opened(&pair).await;
    let mut events = pair.b.events();
    near.send("one").await.expect("sent");
    far.send("eins").await.expect("sent");
    for side in [&pair.b_at_a, &pair.a_at_b] {
        let other = if side == &pair.b_at_a {
            &pair.b
        } else {
            &pair.a
        };
        break_connection(side, other).await;
    }
    soon("it goes out", near.send("two")).await.expect("sent");
    soon("it goes out", far.send("zwei")).await.expect("sent");
    assert_eq!(text(&mut far).await.as_deref(), Some("one"));
    assert_eq!(text(&mut far).await.as_deref(), Some("two"));
    assert_eq!(text(&mut near).await.as_deref(), Some("eins"));
    assert_eq!(text(&mut near).await.as_deref(), Some("zwei"));

    near.close();
    while soon("the end", far.next()).await.is_some() {}
    assert_eq!(far.close_reason(), Some(CloseReason::Remote));
    pair.part().await;
    while let Some(event) = events.next().await {
        assert!(
            !matches!(event, RoomEvent::Channel { .. }),
            "it is the same channel"
        );
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_is_closed_while_the_connection_is_away_stays_closed() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let (near, mut far) = opened(&pair).await;
    let (mut near_too, far_too) = opened(&pair).await;
    let mut events = pair.b.events();
    pair.b_at_a.connection().expect("connected").close();
    near.close();
    far_too.close();
    while soon("the end", far.next()).await.is_some() {}
    while soon("the end", near_too.next()).await.is_some() {}
    assert_eq!(far.close_reason(), Some(CloseReason::Remote));
    assert_eq!(near_too.close_reason(), Some(CloseReason::Remote));
    pair.part().await;
    while let Some(event) = events.next().await {
        assert!(
            !matches!(event, RoomEvent::Channel { .. }),
            "it is not opened again"
        );
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn remote_streams_stay_the_same_objects_and_their_pictures_go_on() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let camera = Media::camera(CameraOptions::default())
        .await
        .expect("a fake one");
    pair.a.publish(&camera).expect("published");
    let seen = |what: &'static str| {
        media(what, &pair.b, &pair.a_at_b, |media| {
            media
                .first()
                .is_some_and(|media| media.stream.get_tracks().length() == 2)
        })
    };
    let before = seen("the camera arrives").await;
    break_connection(&pair.b_at_a, &pair.b).await;
    let frames = async {
        while pair
            .a_at_b
            .stats()
            .await
            .is_ok_and(|stats| stats.frames_decoded < 5)
        {
            TimeoutFuture::new(50).await;
        }
    };
    soon("frames of the new connection", frames).await;
    let after = seen("the camera is there").await;
    assert!(before[0].stream == after[0].stream, "the same object");
    for track in after[0].stream.get_tracks().iter() {
        let track = web_sys::MediaStreamTrack::from(track);
        assert_eq!(track.ready_state(), web_sys::MediaStreamTrackState::Live);
    }
    camera.stop();
    pair.part().await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn an_interruption_is_told_with_its_end_and_length() {
    let guard = Guard::new();
    let pair = Pair::meet().await;
    let mut events = pair.b.events();
    pair.b_at_a.connection().expect("connected").close();
    let state = first("the interruption", &mut events, |event| match event {
        RoomEvent::PeerState { state, .. } => Some(state),
        _ => None,
    })
    .await;
    assert!(matches!(
        state,
        PeerState::Interrupted | PeerState::Reconnecting
    ));
    let gap = first("the end of it", &mut events, |event| match event {
        RoomEvent::PeerResumed { peer, gap } if peer == pair.a_at_b => Some(gap),
        _ => None,
    })
    .await;
    assert!(gap < Duration::from_secs(20), "{gap:?}");
    assert_eq!(pair.a_at_b.state(), PeerState::Connected);
    pair.part().await;
    guard.finish().await;
}
