//! Rooms of members who shook hands, with no path outside.

use core::time::Duration;

use handclasp_core::Attempt;
use handclasp_core::link::LinkState;
use handclasp_core::mesh::{Discarded, Input, Mesh, MeshConfig, MeshEvent, Output};
use handclasp_core::rng::Rng;
use handclasp_core::session::{Description, DescriptionKind};
use handclasp_core::{MemberId, Time};
use handclasp_sim::{Network, World};

const SECOND: Duration = Duration::from_secs(1);

/// A world without a broker, and so many members who know of nobody.
fn strangers(seed: u64, members: usize) -> World {
    let mut world = World::new(seed, Network::GOOD);
    world.set_broker(false);
    for _ in 0..members {
        world.join(7);
    }
    world
}

#[test]
fn two_who_shook_hands_have_all_that_a_room_has() {
    let mut world = strangers(1, 2);
    world.run_for(SECOND * 60);
    assert_eq!(world.state(0, 1), None, "there is no way to meet");
    world.shake_hands(0, 1);
    world.run_for(SECOND);
    assert!(world.all_connected());
    world.assert_agreement();
    let id = world.nodes[1].id;
    let story: Vec<_> = world.nodes[0]
        .events
        .iter()
        .map(|(_, event)| event.clone())
        .collect();
    let state = |state| MeshEvent::State { member: id, state };
    assert_eq!(
        story[..3],
        [
            MeshEvent::Joined(id),
            state(LinkState::Connecting),
            state(LinkState::Connected)
        ],
        "told as every other arrival"
    );
    let profile = id.to_string().into_bytes();
    assert!(story.contains(&MeshEvent::Profile {
        member: id,
        profile
    }));
}

#[test]
fn whatever_follows_is_negotiated_over_the_connection() {
    for seed in 0..200 {
        let mut world = strangers(seed, 2);
        world.shake_hands(0, 1);
        for step in 0..10 {
            world.run_for(Duration::from_millis(seed * 13 % 40 + step));
            world.renegotiate(0, 1);
            if seed % 2 == 0 {
                world.renegotiate(1, 0);
            }
        }
        world.run_for(SECOND * 5);
        world.assert_agreement();
        assert_eq!(world.nodes[0].opened, 1, "seed {seed}");
        assert!(world.traffic.is_empty(), "nothing went outside");
    }
}

#[test]
fn as_many_handshakes_as_newcomers_make_a_whole_room() {
    for seed in 0..200 {
        let members = 2 + seed as usize % 5;
        let mut world = strangers(seed, members);
        let mut rng = Rng::new(seed);
        for guest in 1..members {
            let inviter = rng.next_u64() as usize % guest;
            world.shake_hands(inviter, guest);
            world.run_for(rng.up_to(SECOND * 3));
        }
        world.run_for(SECOND * 20);
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn a_member_in_common_helps_two_whose_connection_broke() {
    for seed in 0..50u32 {
        let mut world = strangers(seed.into(), 3);
        world.shake_hands(0, 1);
        world.shake_hands(1, 2);
        world.run_for(SECOND * 10);
        assert!(world.all_connected());
        world.break_path(0, 2);
        world.run_for(SECOND * (17 + seed % 30));
        world.heal_path(0, 2);
        world.run_for(SECOND * 15);
        assert_eq!(world.state(0, 2), Some(LinkState::Connected), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn a_path_that_heals_needs_nobody() {
    let mut world = strangers(1, 2);
    world.shake_hands(0, 1);
    world.run_for(SECOND * 2);
    world.break_path(0, 1);
    world.run_for(SECOND * 10);
    assert_eq!(world.state(0, 1), Some(LinkState::Interrupted));
    world.heal_path(0, 1);
    world.run_for(SECOND * 5);
    assert_eq!(world.state(0, 1), Some(LinkState::Connected));
}

fn member(number: u8) -> MemberId {
    MemberId::from_bytes([number; 16])
}

fn adopt(mesh: &mut Mesh, number: u8) -> Result<(), Discarded> {
    let remote = Description {
        kind: DescriptionKind::Answer,
        sdp: "v=0\r\na=ice-ufrag:abcd\r\na=setup:passive\r\n".to_owned(),
    };
    mesh.adopt(member(number), &remote, Time::ZERO)
}

fn outputs(mesh: &mut Mesh) -> Vec<Output> {
    std::iter::from_fn(|| mesh.poll()).collect()
}

#[test]
fn what_cannot_be_adopted_is_left_alone() {
    let mut mesh = Mesh::new(MeshConfig {
        me: member(5),
        seed: 1,
        max_peers: 2,
        profile: Vec::new(),
    });
    assert_eq!(adopt(&mut mesh, 5), Err(Discarded::Stale));
    assert_eq!(outputs(&mut mesh), []);
    assert_eq!(adopt(&mut mesh, 1), Ok(()));
    let first = outputs(&mut mesh);
    assert!(first.contains(&Output::Event(MeshEvent::Joined(member(1)))));
    let opens = |output: &Output| matches!(output, Output::Browser { .. });
    assert!(!first.iter().any(opens), "it is there already");
    assert_eq!(adopt(&mut mesh, 1), Err(Discarded::Stale));
    assert_eq!(adopt(&mut mesh, 2), Ok(()));
    outputs(&mut mesh);
    assert_eq!(adopt(&mut mesh, 3), Err(Discarded::Full));
    assert_eq!(outputs(&mut mesh), []);
    let bye = Input::Control {
        member: member(1),
        attempt: Attempt::FIRST,
        frame: handclasp_core::message::Frame::Bye.encode(),
    };
    mesh.handle(bye, Time::ZERO);
    outputs(&mut mesh);
    // Who said goodbye does not come back under the same id.
    assert_eq!(adopt(&mut mesh, 1), Err(Discarded::Stale));
    mesh.handle(Input::Leave, Time::ZERO);
    outputs(&mut mesh);
    assert_eq!(adopt(&mut mesh, 4), Err(Discarded::Stale));
}
