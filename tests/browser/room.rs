//! Members of a room meet, and part.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::StreamExt;
use futures_util::future::join as both;
use handclasp::LeaveReason;
use handclasp::{JoinError, PeerState, Room, RoomEvent, RoomOptions, Secret, SignalingState};
use support::{
    Guard, Pair, PartyLine, both_leave, connected, connected_to, first, join, options, options_on,
    soon,
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn two_members_meet_and_see_each_others_profiles() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let a = Room::join(options(&secret).profile(b"Ann".to_vec()))
        .await
        .expect("joins");
    let mut events = a.events();
    let b = Room::join(options(&secret).profile(b"Bob".to_vec()))
        .await
        .expect("joins");

    let joined = first("b joins", &mut events, |event| match event {
        RoomEvent::PeerJoined(peer) => Some(peer),
        _ => None,
    })
    .await;
    assert_eq!(joined.id(), b.id());
    first("b's profile", &mut events, |event| {
        matches!(event, RoomEvent::PeerProfile(peer) if peer.profile() == b"Bob").then_some(())
    })
    .await;
    // It comes over the connection, and a browser may deliver it before it says that the connection is there.
    if joined.state() != PeerState::Connected {
        first("connected", &mut events, |event| match event {
            RoomEvent::PeerState { state, .. } => (state == PeerState::Connected).then_some(()),
            _ => None,
        })
        .await;
    }
    assert_eq!(joined.state(), PeerState::Connected);
    assert!(joined.connection().is_some());

    b.set_profile(b"Bill".to_vec()).expect("small");
    first("b's new profile", &mut events, |event| {
        matches!(event, RoomEvent::PeerProfile(peer) if peer.profile() == b"Bill").then_some(())
    })
    .await;
    both_leave(a, b).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn leaving_is_seen_at_once_and_ends_what_belongs_to_the_room() {
    let guard = Guard::new();
    let Pair { a, b, b_at_a, .. } = Pair::meet().await;
    let mut at_a = a.events();
    let mut at_b = b.events();
    let mut data_at_b = b.channel("data").expect("declared");
    let (b_id, pc) = (b.id(), b_at_a.connection().expect("connected"));

    soon("b leaves", b.leave()).await;
    assert!(soon("b's events end", at_b.next()).await.is_none());
    assert!(soon("b's channel ends", data_at_b.next()).await.is_none());
    let reason = first("a sees it", &mut at_a, |event| match event {
        RoomEvent::PeerLeft { id, reason } if id == b_id => Some(reason),
        _ => None,
    })
    .await;
    assert_eq!(reason, LeaveReason::Left);
    assert!(a.peers().is_empty());
    assert!(b_at_a.connection().is_none());

    soon("a leaves", a.leave()).await;
    assert_eq!(
        pc.connection_state(),
        web_sys::RtcPeerConnectionState::Closed
    );
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn statistics_are_told_or_refused_when_the_connection_closes_meanwhile() {
    let guard = Guard::new();
    let Pair { a, b, b_at_a, .. } = Pair::meet().await;
    let connection = b_at_a.connection().expect("connected");
    // Firefox lets such a question wait for ever.
    let closing = async { connection.close() };
    let (told, ()) = soon("an answer", both(b_at_a.stats(), closing)).await;
    if let Err(error) = told {
        assert_eq!(error.code(), "stats-not-connected");
    }
    soon("both leave", both(a.leave(), b.leave())).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn dropping_the_last_handle_leaves() {
    let guard = Guard::new();
    let Pair { a, b, .. } = Pair::meet().await;
    let mut at_a = a.events();
    let clone = b.clone();
    drop(b);
    assert_eq!(clone.peers().len(), 1, "one handle is left");
    drop(clone);
    first("a sees it", &mut at_a, |event| {
        matches!(event, RoomEvent::PeerLeft { .. }).then_some(())
    })
    .await;
    soon("a leaves", a.leave()).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn three_members_are_connected_each_with_each() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let rooms = [
        join(&secret).await,
        join(&secret).await,
        join(&secret).await,
    ];
    for room in &rooms {
        let mut ids: Vec<_> = connected_to(room, 2)
            .await
            .iter()
            .map(|peer| peer.id())
            .collect();
        ids.sort();
        let mut others: Vec<_> = rooms
            .iter()
            .map(Room::id)
            .filter(|id| *id != room.id())
            .collect();
        others.sort();
        assert_eq!(ids, others);
    }
    for room in rooms {
        soon("leaves", room.leave()).await;
    }
    guard.finish().await;
}

/// The stranger hears all that is said, and is heard; it makes nothing of it, and nobody makes anything of it.
#[wasm_bindgen_test]
async fn a_wrong_secret_meets_nobody() {
    let guard = Guard::new();
    let line = PartyLine::default();
    let join = async |secret: &Secret| {
        let options = options_on(secret, line.clone());
        Room::join(options).await.expect("joins")
    };
    let stranger = join(&Secret::generate()).await;
    let mut at_stranger = stranger.events();
    let secret = Secret::generate();
    let (a, b) = (join(&secret).await, join(&secret).await);
    assert_eq!(connected(&a).await.id(), b.id());
    assert_eq!(connected(&b).await.id(), a.id());
    assert!(
        line.heard() > 4,
        "offer, answer, hello and presence at least"
    );
    assert!(stranger.peers().is_empty());
    for room in [a, b, stranger] {
        soon("leaves", room.leave()).await;
    }
    let mut told = Vec::new();
    while let Some(event) = at_stranger.next().await {
        told.push(event);
    }
    assert!(
        told.iter()
            .all(|event| matches!(event, RoomEvent::Signaling { .. })),
        "{told:?}"
    );
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_full_room_refuses_and_says_so() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let small = |secret| options(secret).max_peers(1);
    let a = Room::join(small(&secret)).await.expect("joins");
    let b = Room::join(small(&secret)).await.expect("joins");
    connected(&a).await;
    connected(&b).await;
    let c = Room::join(small(&secret)).await.expect("joins");
    let mut at_c = c.events();
    first("c is refused", &mut at_c, |event| {
        matches!(event, RoomEvent::Refused).then_some(())
    })
    .await;
    assert!(c.peers().is_empty());
    for room in [a, b, c] {
        soon("leaves", room.leave()).await;
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn signaling_states_are_told() {
    let guard = Guard::new();
    let room = join(&Secret::generate()).await;
    let mut events = room.events();
    first("the path is up", &mut events, |event| {
        matches!(
            event,
            RoomEvent::Signaling {
                state: SignalingState::Connected,
                ..
            }
        )
        .then_some(())
    })
    .await;
    assert!(matches!(
        room.signaling().as_slice(),
        [(_, SignalingState::Connected)]
    ));
    soon("leaves", room.leave()).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn wrong_options_are_told_before_anything_starts() {
    let secret = Secret::generate();
    let refused = async |options: RoomOptions| Room::join(options).await.expect_err("refused");
    let bare = || RoomOptions::new("test", "room", secret.clone());
    assert_eq!(refused(bare()).await, JoinError::NoSignaling);
    assert_eq!(
        refused(options(&secret).profile(vec![0; 1025])).await,
        JoinError::Profile
    );
    assert_eq!(
        refused(options(&secret).max_peers(0)).await,
        JoinError::MaxPeers
    );
    let twice = options(&secret).channel("data", handclasp::ChannelOptions::reliable());
    assert_eq!(refused(twice).await, JoinError::Label);
    let server = handclasp::IceServer::stun("http://not.stun");
    assert_eq!(
        refused(options(&secret).ice_servers(vec![server])).await,
        JoinError::IceServers
    );
}
