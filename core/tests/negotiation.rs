//! Perfect negotiation, step by step: glare, repetition, staleness, candidates of the right generation.

use handclasp_core::message::Signal;
use handclasp_core::negotiation::{Effect, Ignored, Mismatch, Negotiation};
use handclasp_core::session::{Candidate, Description, DescriptionKind, MAX_CANDIDATES};

fn description(kind: DescriptionKind, ufrag: &str) -> Description {
    Description {
        kind,
        sdp: format!("v=0\r\na=ice-ufrag:{ufrag}\r\n"),
    }
}

fn offer(ufrag: &str) -> Description {
    description(DescriptionKind::Offer, ufrag)
}

fn answer(ufrag: &str) -> Description {
    description(DescriptionKind::Answer, ufrag)
}

fn candidate(line: &str, ufrag: &str) -> Candidate {
    Candidate {
        candidate: line.to_owned(),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some(ufrag.to_owned()),
    }
}

fn signal(number: u32, description: Description) -> Signal {
    Signal::Description {
        number,
        description,
        candidates: Vec::new(),
    }
}

/// A negotiation whose first offer, of ufrag `mine`, is open.
fn offering(polite: bool) -> Negotiation {
    let mut negotiation = Negotiation::new(polite);
    negotiation.needed();
    assert_eq!(negotiation.effects(), [Effect::SetLocalDescription]);
    negotiation
        .local_description(offer("mine"))
        .expect("asked for");
    assert_eq!(
        negotiation.effects(),
        [Effect::Send(signal(1, offer("mine")))]
    );
    negotiation
}

#[test]
fn an_offer_is_answered() {
    let mut negotiation = Negotiation::new(true);
    negotiation.signal(signal(1, offer("theirs"))).expect("new");
    assert_eq!(
        negotiation.effects(),
        [Effect::SetRemoteDescription(offer("theirs"))]
    );
    negotiation.remote_description_applied().expect("asked for");
    assert_eq!(negotiation.effects(), [Effect::SetLocalDescription]);
    negotiation
        .local_description(answer("mine"))
        .expect("asked for");
    assert_eq!(
        negotiation.effects(),
        [Effect::Send(signal(1, answer("mine")))]
    );
    assert!(negotiation.is_stable());
}

#[test]
fn the_impolite_side_s_offer_stands() {
    let mut negotiation = offering(false);
    assert_eq!(
        negotiation.signal(signal(1, offer("theirs"))),
        Err(Ignored::Collision)
    );
    assert_eq!(negotiation.effects(), []);
    negotiation
        .signal(signal(1, answer("theirs")))
        .expect("it is open");
    assert_eq!(
        negotiation.effects(),
        [Effect::SetRemoteDescription(answer("theirs"))]
    );
}

#[test]
fn the_polite_side_gives_way_and_its_old_answer_is_stale() {
    let mut negotiation = offering(true);
    negotiation
        .signal(signal(1, offer("theirs")))
        .expect("gives way");
    assert_eq!(
        negotiation.effects(),
        [Effect::SetRemoteDescription(offer("theirs"))]
    );
    negotiation.remote_description_applied().expect("asked for");
    negotiation
        .local_description(answer("mine"))
        .expect("asked for");
    negotiation.effects();
    assert_eq!(
        negotiation.signal(signal(1, answer("late"))),
        Err(Ignored::Stale)
    );
    assert_eq!(
        negotiation.effects(),
        [Effect::SetLocalDescription],
        "it is not applied; another offer makes up for it"
    );
}

#[test]
fn what_arrives_during_an_operation_waits_and_the_newest_wins() {
    let mut negotiation = Negotiation::new(true);
    negotiation.needed();
    negotiation.effects();
    negotiation.signal(signal(1, offer("old"))).expect("new");
    negotiation.signal(signal(2, offer("new"))).expect("newer");
    assert_eq!(
        negotiation.signal(signal(1, offer("old"))),
        Err(Ignored::Stale)
    );
    assert_eq!(negotiation.effects(), [], "the browser is busy");
    negotiation
        .local_description(offer("mine"))
        .expect("asked for");
    assert_eq!(
        negotiation.effects(),
        [
            Effect::Send(signal(1, offer("mine"))),
            Effect::SetRemoteDescription(offer("new"))
        ]
    );
}

#[test]
fn an_offer_that_comes_again_is_answered_again_even_while_an_own_one_is_open() {
    let mut negotiation = Negotiation::new(false);
    negotiation.signal(signal(1, offer("theirs"))).expect("new");
    negotiation.remote_description_applied().expect("asked for");
    negotiation
        .local_description(answer("mine"))
        .expect("asked for");
    negotiation.needed();
    negotiation
        .local_description(offer("mine"))
        .expect("asked for");
    negotiation.effects();
    assert_eq!(
        negotiation.signal(signal(1, offer("theirs"))),
        Err(Ignored::Stale)
    );
    assert_eq!(
        negotiation.effects(),
        [Effect::Send(signal(1, answer("mine")))]
    );
}

#[test]
fn an_open_offer_is_repeated_with_the_candidates_found_since() {
    let mut negotiation = offering(true);
    negotiation.local_candidate(candidate("candidate:1", "mine"));
    negotiation.effects();
    negotiation.repeat();
    let repeated = Signal::Description {
        number: 1,
        description: offer("mine"),
        candidates: vec![candidate("candidate:1", "mine")],
    };
    assert_eq!(negotiation.effects(), [Effect::Send(repeated)]);
}

#[test]
fn candidates_wait_for_their_generation_and_are_applied_once() {
    let mut negotiation = Negotiation::new(true);
    let (first, second) = (
        candidate("candidate:1", "one"),
        candidate("candidate:2", "two"),
    );
    for candidate in [&second, &first, &first] {
        negotiation
            .signal(Signal::Candidates(vec![candidate.clone()]))
            .expect("kept");
    }
    negotiation.signal(signal(1, offer("one"))).expect("new");
    negotiation.effects();
    negotiation.remote_description_applied().expect("asked for");
    let effects = negotiation.effects();
    assert_eq!(
        effects,
        [
            Effect::SetLocalDescription,
            Effect::AddIceCandidate(first.clone())
        ]
    );
    negotiation
        .local_description(answer("mine"))
        .expect("asked for");

    negotiation.signal(signal(2, offer("two"))).expect("new");
    negotiation.effects();
    negotiation.remote_description_applied().expect("asked for");
    assert!(
        negotiation
            .effects()
            .contains(&Effect::AddIceCandidate(second))
    );
    negotiation
        .signal(Signal::Candidates(vec![candidate("candidate:3", "one")]))
        .expect("dropped");
    assert_eq!(negotiation.effects(), [], "that generation is over");
}

#[test]
fn a_flood_of_candidates_is_bounded() {
    let mut negotiation = Negotiation::new(true);
    for number in 0..10 * MAX_CANDIDATES {
        let candidate = candidate(&format!("candidate:{number}"), "theirs");
        negotiation
            .signal(Signal::Candidates(vec![candidate]))
            .expect("kept");
    }
    negotiation.signal(signal(1, offer("theirs"))).expect("new");
    negotiation.effects();
    negotiation.remote_description_applied().expect("asked for");
    let applied = negotiation
        .effects()
        .iter()
        .filter(|effect| matches!(effect, Effect::AddIceCandidate(_)))
        .count();
    assert_eq!(applied, MAX_CANDIDATES);
}

#[test]
fn what_the_browser_was_not_asked_for_is_a_mismatch() {
    let mut negotiation = Negotiation::new(true);
    assert_eq!(negotiation.remote_description_applied(), Err(Mismatch));
    assert_eq!(negotiation.local_description(offer("mine")), Err(Mismatch));
    negotiation.needed();
    assert_eq!(negotiation.local_description(answer("mine")), Err(Mismatch));
    negotiation
        .local_description(offer("mine"))
        .expect("the operation is still open");
}

#[test]
fn logs_tell_neither_addresses_nor_descriptions() {
    let secret = candidate("candidate:1 1 udp 1 192.0.2.7 9 typ host", "mine");
    let told = format!(
        "{:?} {:?} {:?}",
        offer("secret"),
        secret,
        signal(1, offer("secret"))
    );
    assert!(
        !told.contains("192.0.2.7") && !told.contains("secret"),
        "{told}"
    );
}

/// The other side dropped the offer, gave its own, and then a copy of the first arrived late, when it collided with nothing.
#[test]
fn an_answer_to_an_offer_that_gave_way_brings_another() {
    let mut negotiation = offering(true);
    negotiation.signal(signal(1, offer("theirs"))).expect("new");
    negotiation.remote_description_applied().expect("asked for");
    negotiation
        .local_description(answer("mine"))
        .expect("asked for");
    negotiation.effects();
    for effects in [vec![Effect::SetLocalDescription], vec![]] {
        let result = negotiation.signal(signal(1, answer("theirs again")));
        assert_eq!(result, Err(Ignored::Stale));
        assert_eq!(negotiation.effects(), effects, "once");
    }
}

#[test]
fn later_offers_keep_the_dtls_roles() {
    let with = |kind, setup: &str| Description {
        kind,
        sdp: format!("v=0\r\na=ice-ufrag:x\r\na=setup:{setup}\r\nm=audio\r\na=setup:{setup}\r\n"),
    };
    let free = || with(DescriptionKind::Offer, "actpass");
    // The other side offered first, and this side became the client; then the other way round.
    let mut answerer = Negotiation::new(true);
    answerer.signal(signal(1, free())).expect("new");
    answerer.remote_description_applied().expect("asked for");
    answerer
        .local_description(with(DescriptionKind::Answer, "active"))
        .expect("asked for");
    let mut offerer = Negotiation::new(false);
    offerer.needed();
    offerer.local_description(free()).expect("asked for");
    offerer
        .signal(signal(1, with(DescriptionKind::Answer, "active")))
        .expect("awaited");
    offerer.remote_description_applied().expect("asked for");

    for (mut negotiation, role, number) in [(answerer, "active", 1), (offerer, "passive", 2)] {
        negotiation.effects();
        negotiation.needed();
        negotiation.local_description(free()).expect("asked for");
        let said = Effect::Send(signal(number, with(DescriptionKind::Offer, role)));
        assert_eq!(negotiation.effects().last(), Some(&said));
    }
}
