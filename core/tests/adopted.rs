//! The first offer over a connection that people brought about.

use core::time::Duration;

use handclasp_core::link::{BrowserCommand, BrowserEvent, FIRST_OFFER};
use handclasp_core::mesh::{Input, Mesh, MeshConfig, Output};
use handclasp_core::session::{Description, DescriptionKind};
use handclasp_core::{Attempt, MemberId, Time};

const LESSER: MemberId = MemberId::from_bytes([1; 16]);
const GREATER: MemberId = MemberId::from_bytes([2; 16]);

/// The one whose id is the lesser is polite.
fn adopted(me: MemberId, them: MemberId, now: Time) -> Mesh {
    let mut mesh = Mesh::new(MeshConfig {
        me,
        seed: 1,
        max_peers: 7,
        profile: Vec::new(),
    });
    let remote = Description {
        kind: DescriptionKind::Answer,
        sdp: "a=setup:active\r\n".into(),
    };
    assert_eq!(mesh.adopt(them, &remote, now), Ok(()));
    mesh
}

/// Whether this side makes an offer now that its browser has something to offer.
fn offers(mesh: &mut Mesh) -> bool {
    core::iter::from_fn(|| mesh.poll()).any(|output| {
        matches!(
            output,
            Output::Browser {
                command: BrowserCommand::SetLocalDescription,
                ..
            }
        )
    })
}

fn needs(mesh: &mut Mesh, member: MemberId, now: Time) {
    mesh.handle(
        Input::Browser {
            member,
            attempt: Attempt::FIRST,
            event: BrowserEvent::NegotiationNeeded,
        },
        now,
    );
}

#[test]
fn is_made_at_once_by_one_side_alone() {
    let now = Time::ZERO + Duration::from_secs(60);
    let mut impolite = adopted(GREATER, LESSER, now);
    needs(&mut impolite, LESSER, now);
    assert!(offers(&mut impolite));
    let mut polite = adopted(LESSER, GREATER, now);
    needs(&mut polite, GREATER, now);
    assert!(!offers(&mut polite));
}

#[test]
fn is_made_by_the_other_when_none_came() {
    let start = Time::ZERO + Duration::from_secs(60);
    let mut polite = adopted(LESSER, GREATER, start);
    needs(&mut polite, GREATER, start);
    let mut now = start;
    while !offers(&mut polite) {
        let next = polite.next_timeout().expect("it waits for something");
        assert!(next <= start + FIRST_OFFER, "it has not offered by then");
        now = next;
        polite.handle(Input::Timeout, now);
    }
    assert_eq!(now, start + FIRST_OFFER);
}

#[test]
fn is_nobodys_in_particular_after_a_while() {
    let start = Time::ZERO + Duration::from_secs(60);
    let mut polite = adopted(LESSER, GREATER, start);
    assert!(!offers(&mut polite));
    let later = start + FIRST_OFFER;
    needs(&mut polite, GREATER, later);
    assert!(offers(&mut polite));
}
