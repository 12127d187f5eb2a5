//! Handshakes by hand: no signaling path at all.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::StreamExt;
use futures_util::future::join as both;
use handclasp::{
    AcceptError, CameraOptions, CardError, ChannelOptions, CodeKind, HandshakeError, Invitation,
    InviteError, JoinError, Media, PeerState, Room, RoomEvent, RoomOptions, Secret, find_code,
    read_code,
};
use support::{Guard, connected_to, first, soon};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn options(secret: Secret) -> RoomOptions {
    RoomOptions::new("test", "by hand", secret)
        .ice_servers(Vec::new())
        .channel("data", ChannelOptions::reliable())
}

async fn camera() -> Media {
    Media::camera(CameraOptions::default())
        .await
        .expect("a fake camera")
}

async fn begin(name: &str) -> Room {
    let options = options(Secret::generate()).by_hand();
    Room::join(options.profile(name.as_bytes().to_vec()))
        .await
        .expect("a room of one")
}

/// Someone joins by an invitation of `host`.
async fn bring(host: &Room, name: &str) -> Room {
    let invitation = soon("an invitation", host.invite())
        .await
        .expect("an invitation");
    let options = |secret| options(secret).profile(name.as_bytes().to_vec());
    let (guest, reply) = soon("a reply", Room::accept(&invitation.code(), options))
        .await
        .expect("a sound code");
    assert_eq!(invitation.reply(&reply.code()), Ok(()));
    let (guest_at_host, host_at_guest) = soon(
        "a connection by hand",
        both(invitation.connected(), reply.connected()),
    )
    .await;
    assert_eq!(guest_at_host.expect("connected").id(), guest.id());
    assert_eq!(host_at_guest.expect("connected").id(), host.id());
    guest
}

#[wasm_bindgen_test]
async fn two_codes_make_a_connection_for_everything() {
    let guard = Guard::new();
    let a = begin("Ann").await;
    let mut at_a = a.events();
    // What is published before is not in the code, and comes over the connection.
    let early = camera().await;
    a.publish(&early).expect("publishes");
    let b = bring(&a, "Bob").await;
    let mut at_b = b.events();
    first("Bob's profile", &mut at_a, |event| {
        matches!(event, RoomEvent::PeerProfile(peer) if peer.profile() == b"Bob").then_some(())
    })
    .await;

    let (to_b, mut from_a) = (
        a.channel("data").expect("declared"),
        b.channel("data").expect("declared"),
    );
    assert_eq!(to_b.send("hello").await, Ok(1));
    let (_, message) = soon("a message", from_a.next()).await.expect("open");
    assert_eq!(message.to_text().as_deref(), Some("hello"));

    let has_media = |room: &Room, count: usize| {
        room.peers()
            .first()
            .is_some_and(|peer| peer.media().len() == count)
    };
    if !has_media(&b, 1) {
        first("what Ann published before", &mut at_b, |_| {
            has_media(&b, 1).then_some(())
        })
        .await;
    }
    let late = camera().await;
    b.publish(&late).expect("publishes");
    if !has_media(&a, 1) {
        first("what Bob publishes", &mut at_a, |_| {
            has_media(&a, 1).then_some(())
        })
        .await;
    }
    soon("both leave", both(b.leave(), a.leave())).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn members_introduce_those_who_shook_hands_with_one_of_them() {
    let guard = Guard::new();
    let a = begin("Ann").await;
    let b = bring(&a, "Bob").await;
    // By the newcomer, too.
    let c = bring(&b, "Cid").await;
    let d = bring(&a, "Dee").await;
    for room in [&a, &b, &c, &d] {
        let peers = connected_to(room, 3).await;
        assert_eq!(peers.len(), 3);
    }
    // Whoever brought them together may go.
    soon("a and b leave", both(a.leave(), b.leave())).await;
    let data = c.channel("data").expect("declared");
    let mut at_d = d.channel("data").expect("declared");
    assert_eq!(data.send("still here").await, Ok(1));
    let (from, _) = soon("a message", at_d.next()).await.expect("open");
    assert_eq!(from.id(), c.id());
    soon("c and d leave", both(c.leave(), d.leave())).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn each_wrong_code_is_told_and_changes_nothing() {
    let guard = Guard::new();
    let a = begin("Ann").await;
    let first_try = a.invite().await.expect("an invitation");
    let invitation = a.invite().await.expect("another");
    assert_eq!(read_code(&invitation.code()), Ok(CodeKind::Invitation));
    let message = format!("Open https://example.org/#h={}&n=Ann", invitation.code());
    for text in [message, invitation.qr_text(), invitation.code()] {
        assert_eq!(
            find_code(&text),
            Ok((CodeKind::Invitation, invitation.code())),
            "{text}"
        );
    }
    let (other, to_first) = Room::accept(&first_try.code(), options)
        .await
        .expect("accepts");
    let (guest, reply) = Room::accept(&invitation.code(), options)
        .await
        .expect("accepts");
    let code = reply.code();
    let other_letter = if &code[20..21] == "A" { "B" } else { "A" };
    let mut mistyped = code.clone();
    mistyped.replace_range(20..21, other_letter);
    for (text, error) in [
        (invitation.code(), CardError::Own),
        (first_try.code(), CardError::IsInvitation),
        (to_first.code(), CardError::OtherInvitation),
        (code[..code.len() - 3].to_owned(), CardError::Truncated),
        (mistyped, CardError::Mistyped),
        (String::new(), CardError::Empty),
        ("hello".to_owned(), CardError::NotACode),
    ] {
        assert_eq!(invitation.reply(&text), Err(error), "{text}");
    }
    assert!(matches!(
        Room::accept(&code, options).await,
        Err(AcceptError::Card(CardError::IsReply))
    ));
    // And then the right one, from a QR code.
    assert_eq!(invitation.reply(&reply.qr_text()), Ok(()));
    assert!(soon("a connection", invitation.connected()).await.is_ok());
    assert_eq!(invitation.reply(&code), Err(CardError::OtherInvitation));
    drop((first_try, to_first));
    soon(
        "all leave",
        both(both(a.leave(), guest.leave()), other.leave()),
    )
    .await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_cannot_be_is_refused() {
    let guard = Guard::new();
    let secret = Secret::parse(&"A".repeat(43)).expect("32 bytes");
    let long = Room::join(options(secret).by_hand()).await.expect("joins");
    assert!(matches!(long.invite().await, Err(InviteError::NotByHand)));
    assert!(matches!(
        Room::join(options(Secret::generate())).await,
        Err(JoinError::NoSignaling)
    ));
    let by_broadcast = support::join(&Secret::generate()).await;
    assert!(matches!(
        by_broadcast.invite().await,
        Err(InviteError::NotByHand)
    ));
    let small = Room::join(options(Secret::generate()).by_hand().max_peers(1))
        .await
        .expect("joins");
    let only = small.invite().await.expect("one");
    assert!(matches!(small.invite().await, Err(InviteError::Full)));
    drop(only);
    let again: Invitation = small.invite().await.expect("the place is free again");
    soon(
        "all leave",
        both(both(small.leave(), by_broadcast.leave()), long.leave()),
    )
    .await;
    assert!(matches!(
        again.connected().await,
        Err(HandshakeError::Refused)
    ));
    assert_eq!(again.reply("anything"), Err(CardError::OtherInvitation));
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn who_has_been_invited_and_has_come_is_counted_once() {
    let guard = Guard::new();
    let a = Room::join(options(Secret::generate()).by_hand().max_peers(2))
        .await
        .expect("joins");
    let kept = a.invite().await.expect("an invitation");
    let (b, reply) = Room::accept(&kept.code(), options).await.expect("accepts");
    assert_eq!(kept.reply(&reply.code()), Ok(()));
    let connected = both(kept.connected(), reply.connected());
    let (at_a, at_b) = soon("a connection", connected).await;
    assert!(at_a.is_ok() && at_b.is_ok());
    let second = a.invite().await.expect("there is room for one more");
    assert!(matches!(a.invite().await, Err(InviteError::Full)));
    drop((kept, second));
    soon("both leave", both(a.leave(), b.leave())).await;
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn an_invitation_is_for_one() {
    let guard = Guard::new();
    let a = begin("Ann").await;
    let invitation = a.invite().await.expect("an invitation");
    let (b, from_b) = Room::accept(&invitation.code(), options)
        .await
        .expect("accepts");
    let (c, from_c) = Room::accept(&invitation.code(), options)
        .await
        .expect("accepts");
    assert_eq!(invitation.reply(&from_c.code()), Ok(()));
    let connected = both(invitation.connected(), from_c.connected());
    let (at_a, at_c) = soon("the one who was answered", connected).await;
    assert!(at_a.is_ok() && at_c.is_ok());
    assert_eq!(
        invitation.reply(&from_b.code()),
        Err(CardError::OtherInvitation)
    );
    assert!(b.peers().is_empty());
    assert_eq!(
        a.peers().first().map(|peer| peer.state()),
        Some(PeerState::Connected)
    );
    soon("all leave", both(both(a.leave(), b.leave()), c.leave())).await;
    guard.finish().await;
}
