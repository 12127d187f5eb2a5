//! The words: the same on both sides, and different when somebody is in between.
#![cfg(target_arch = "wasm32")]

mod support;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join as both;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use handclasp::{ChannelOptions, Peer, Room, RoomEvent, RoomOptions, Secret};
use handclasp_core::card::{Card, Purpose, candidates_of};
use handclasp_core::session::{Description, DescriptionKind};
use support::{Guard, first, soon};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    MessageEvent, RtcCertificate, RtcDataChannel, RtcDataChannelInit, RtcDataChannelState,
    RtcDataChannelType, RtcIceCandidateInit, RtcPeerConnection, RtcSdpType,
    RtcSessionDescriptionInit,
};

wasm_bindgen_test_configure!(run_in_browser);

/// The peer, once its words are known.
async fn with_words(room: &Room) -> Peer {
    let mut events = room.events();
    let known = || room.peers().into_iter().find(|peer| peer.words().is_some());
    match known() {
        Some(peer) => peer,
        None => {
            first("the words", &mut events, |event| {
                matches!(event, RoomEvent::PeerWords(_))
                    .then(known)
                    .flatten()
            })
            .await
        }
    }
}

#[wasm_bindgen_test]
async fn both_see_the_same_words_in_any_room() {
    let guard = Guard::new();
    let secret = Secret::generate();
    let join = || Room::join(support::options(&secret).words(None));
    let (a, b) = both(join(), join()).await;
    let (a, b) = (a.expect("joins"), b.expect("joins"));
    let (b_at_a, a_at_b) = both(with_words(&a), with_words(&b)).await;
    assert_eq!(b_at_a.words(), a_at_b.words());
    assert_eq!(b_at_a.pair(), a_at_b.pair());
    let words = b_at_a.words().expect("known").as_strs();
    assert!(words.iter().all(|word| word.len() >= 3), "{words:?}");
    soon("both leave", both(a.leave(), b.leave())).await;
    guard.finish().await;
}

async fn certificate(life: Duration) -> RtcCertificate {
    let made = handclasp::new_certificate(Some(life)).await;
    made.expect("a certificate")
}

#[wasm_bindgen_test]
async fn a_pair_is_known_again_by_certificates_that_were_kept() {
    let guard = Guard::new();
    let (ann, bob) = (
        certificate(Duration::from_secs(60)).await,
        certificate(Duration::from_secs(60)).await,
    );
    let mut pairs = Vec::new();
    let mut words = Vec::new();
    for certificates in [[&ann, &bob], [&bob, &ann]] {
        let secret = Secret::generate();
        let join = |certificate: &RtcCertificate| {
            Room::join(support::options(&secret).words(Some(certificate.clone())))
        };
        let (a, b) = both(join(certificates[0]), join(certificates[1])).await;
        let (a, b) = (a.expect("joins"), b.expect("joins"));
        let peer = with_words(&a).await;
        pairs.push(peer.pair().expect("known"));
        words.push(peer.words().expect("known"));
        soon("both leave", both(a.leave(), b.leave())).await;
    }
    assert_eq!(pairs[0], pairs[1]);
    assert_ne!(words[0], words[1], "words are new each time");
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn an_expired_certificate_is_not_used() {
    let guard = Guard::new();
    let expired = certificate(Duration::from_millis(1)).await;
    TimeoutFuture::new(20).await;
    let secret = Secret::generate();
    let a = Room::join(support::options(&secret).words(Some(expired)))
        .await
        .expect("joins");
    let b = Room::join(support::options(&secret).words(None))
        .await
        .expect("joins");
    assert!(with_words(&a).await.pair().is_some());
    soon("both leave", both(a.leave(), b.leave())).await;
    guard.finish().await;
}

fn options(secret: Secret) -> RoomOptions {
    RoomOptions::new("test", "trust", secret)
        .ice_servers(Vec::new())
        .channel("data", ChannelOptions::reliable())
        .by_hand()
        .words(None)
}

/// Between two who shake hands: to each it is the other.
struct Middle {
    pc: RtcPeerConnection,
    channels: [RtcDataChannel; 2],
}

impl Middle {
    fn new() -> Self {
        let pc = RtcPeerConnection::new().expect("a connection");
        let channels = [0, 1].map(|id| {
            let init = RtcDataChannelInit::new();
            init.set_negotiated(true);
            init.set_id(id);
            let channel = pc.create_data_channel_with_data_channel_dict("x", &init);
            channel.set_binary_type(RtcDataChannelType::Arraybuffer);
            channel
        });
        Self { pc, channels }
    }

    async fn remote(&self, card: &Card) {
        let (description, candidates) = card.unpack();
        let init = RtcSessionDescriptionInit::new(match description.kind {
            DescriptionKind::Offer => RtcSdpType::Offer,
            DescriptionKind::Answer => RtcSdpType::Answer,
        });
        init.set_sdp(&description.sdp);
        let applied = JsFuture::from(self.pc.set_remote_description(&init)).await;
        applied.expect("the other side's description");
        for candidate in candidates {
            let init = RtcIceCandidateInit::new(&candidate.candidate);
            init.set_sdp_mid(Some("0"));
            let adding = self
                .pc
                .add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&init));
            JsFuture::from(adding).await.expect("a candidate");
        }
    }

    /// Its own card, in the name of someone else.
    async fn card(&self, kind: DescriptionKind, purpose: Purpose, made: u64) -> Card {
        let made_description = match kind {
            DescriptionKind::Offer => self.pc.create_offer(),
            DescriptionKind::Answer => self.pc.create_answer(),
        };
        let init = JsFuture::from(made_description)
            .await
            .expect("a description");
        let applied = self.pc.set_local_description(init.unchecked_ref());
        JsFuture::from(applied).await.expect("applied");
        TimeoutFuture::new(500).await;
        let sdp = self.pc.local_description().expect("applied").sdp();
        let candidates = candidates_of(&sdp);
        Card::pack(purpose, made, &Description { kind, sdp }, &candidates).expect("packed")
    }

    /// Passes everything on, unchanged, also what comes before the other side is there.
    fn relay(&self, to: &Self) -> Vec<EventListener> {
        let pairs = self.channels.iter().zip(to.channels.clone());
        let relay = pairs.flat_map(|(from, to)| {
            let waiting = Rc::new(RefCell::new(Vec::new()));
            let queue = Rc::clone(&waiting);
            let next = to.clone();
            let pass = move || {
                while next.ready_state() == RtcDataChannelState::Open && !queue.borrow().is_empty()
                {
                    let data: JsValue = queue.borrow_mut().remove(0);
                    let _ = next.send_with_array_buffer(data.unchecked_ref());
                }
            };
            let pass_on_open = pass.clone();
            [
                EventListener::new(from, "message", move |event| {
                    let data = event.unchecked_ref::<MessageEvent>().data();
                    waiting.borrow_mut().push(data);
                    pass();
                }),
                EventListener::new(&to, "open", move |_| pass_on_open()),
            ]
        });
        relay.collect()
    }
}

#[wasm_bindgen_test]
async fn whoever_stands_in_between_makes_the_words_differ() {
    let guard = Guard::new();
    let ann = Room::join(options(Secret::generate()))
        .await
        .expect("joins");
    let invitation = ann.invite().await.expect("an invitation");
    let real = Card::parse(&invitation.code()).expect("sound");

    // The code that reaches Bob is another, with other certificates in it.
    let (to_ann, to_bob) = (Middle::new(), Middle::new());
    let _relays = [to_ann.relay(&to_bob), to_bob.relay(&to_ann)];
    let forged = to_bob
        .card(DescriptionKind::Offer, real.purpose, real.made)
        .await;
    let code = forged.to_text().expect("sound");
    let (bob, reply) = Room::accept(&code, options)
        .await
        .expect("nobody can tell by the code");
    to_bob
        .remote(&Card::parse(&reply.code()).expect("sound"))
        .await;

    to_ann.remote(&real).await;
    let purpose = Purpose::Reply {
        invitation: real.checksum().expect("sound"),
    };
    let answer = to_ann
        .card(DescriptionKind::Answer, purpose, real.made)
        .await;
    assert_eq!(invitation.reply(&answer.to_text().expect("sound")), Ok(()));

    let connected = both(invitation.connected(), reply.connected());
    let (at_ann, at_bob) = soon("both believe to be connected", connected).await;
    assert!(at_ann.is_ok() && at_bob.is_ok());
    let (bob_at_ann, ann_at_bob) = both(with_words(&ann), with_words(&bob)).await;
    assert_ne!(bob_at_ann.words(), ann_at_bob.words());
    assert_ne!(bob_at_ann.pair(), ann_at_bob.pair());
    soon("both leave", both(ann.leave(), bob.leave())).await;
    to_ann.pc.close();
    to_bob.pc.close();
    guard.finish().await;
}
