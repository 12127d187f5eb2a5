//! Who is gone is noticed, and who is not stays.

use core::time::Duration;

use handclasp_core::link::{LeaveReason, LinkState};
use handclasp_core::mesh::MeshEvent;
use handclasp_sim::{Network, World};

const SECOND: Duration = Duration::from_secs(1);

fn pair(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed, Network::GOOD);
    let (a, b) = (world.join(7), world.join(7));
    world.run_for(SECOND * 2);
    assert!(world.all_connected());
    (world, a, b)
}

#[test]
fn the_will_of_a_dead_member_is_believed_within_two_seconds() {
    let (mut world, a, b) = pair(1);
    world.kill(b);
    world.run_for(SECOND * 2);
    let left = MeshEvent::Left {
        member: world.nodes[b].id,
        reason: LeaveReason::Vanished,
    };
    assert!(world.saw(a, &left));
}

#[test]
fn the_will_of_a_living_member_is_not() {
    let (mut world, a, b) = pair(2);
    world.will(b);
    world.run_for(SECOND * 60);
    assert_eq!(world.state(a, b), Some(LinkState::Connected));
    assert_eq!(world.nodes[a].opened, 1, "and nothing was rebuilt");
}

#[test]
fn a_broken_path_is_rebuilt() {
    for seed in 0..100u32 {
        let (mut world, a, b) = pair(seed.into());
        world.break_path(a, b);
        world.run_for(SECOND * (17 + seed % 30));
        world.heal_path(a, b);
        world.run_for(SECOND * 10);
        assert_eq!(world.state(a, b), Some(LinkState::Connected), "seed {seed}");
        world.assert_agreement();
        let id = world.nodes[b].id;
        for state in [LinkState::Interrupted, LinkState::Reconnecting] {
            assert!(
                world.saw(a, &MeshEvent::State { member: id, state }),
                "{state:?}"
            );
        }
    }
}

#[test]
fn a_member_who_cannot_be_reached_is_given_up_after_a_minute() {
    let mut world = World::new(3, Network::GOOD);
    world.unreachable = true;
    let (a, b) = (world.join(7), world.join(7));
    world.run_for(SECOND * 62);
    let left = MeshEvent::Left {
        member: world.nodes[b].id,
        reason: LeaveReason::Unreachable,
    };
    assert!(world.saw(a, &left));
    assert!(
        world.nodes[a].opened <= 12,
        "{} connections were made",
        world.nodes[a].opened
    );
}

#[test]
fn an_unreachable_pair_does_not_burn_connections() {
    let mut world = World::new(4, Network::GOOD);
    world.unreachable = true;
    let (a, _) = (world.join(7), world.join(7));
    world.run_for(SECOND * 3600);
    let opened = world.nodes[a].opened;
    assert!(opened <= 300, "{opened} connections in an hour");
}

#[test]
fn those_who_stay_fall_silent_again() {
    let mut world = World::new(5, Network::GOOD);
    let (a, b, c) = (world.join(7), world.join(7), world.join(7));
    world.run_for(SECOND * 20);
    world.kill(c);
    world.run_for(SECOND * 60);
    assert_eq!(world.state(a, b), Some(LinkState::Connected));
    let before = world.traffic.len();
    world.run_for(SECOND * 600);
    assert_eq!(
        world.traffic.len(),
        before,
        "the dead member is not called for"
    );
}

/// A socket that is replaced leaves a will behind, which the broker publishes while its member is at work.
#[test]
fn a_will_does_not_disturb_a_connection_that_comes_about() {
    for seed in 0..50 {
        let mut world = World::new(seed, Network::GOOD);
        let (a, b) = (world.join(7), world.join(7));
        for of in [a, b] {
            world.set_slowness(of, SECOND * 2);
        }
        for _ in 0..20 {
            world.run_for(Duration::from_millis(300));
            world.will(b);
        }
        world.run_for(SECOND * 10);
        assert!(world.all_connected(), "seed {seed}");
        assert_eq!((world.nodes[a].opened, world.nodes[b].opened), (1, 1));
    }
}

#[test]
fn who_dies_before_a_connection_came_about_is_gone_in_ten_seconds() {
    let mut world = World::new(6, Network::GOOD);
    world.unreachable = true;
    let (a, b) = (world.join(7), world.join(7));
    world.run_for(SECOND);
    world.kill(b);
    world.run_for(SECOND * 11);
    let left = MeshEvent::Left {
        member: world.nodes[b].id,
        reason: LeaveReason::Vanished,
    };
    assert!(world.saw(a, &left));
}

/// One side has given up, the other has not noticed: what is left of the old connection must not be taken for the new one.
#[test]
fn those_of_whom_one_gave_up_meet_again() {
    for seed in 0..50u32 {
        let (mut world, a, b) = pair(seed.into());
        world.disturb(a, b);
        world.sleep(b, Duration::from_millis(2500), false);
        world.will(b);
        world.run_for(SECOND * 30);
        let left = MeshEvent::Left {
            member: world.nodes[b].id,
            reason: LeaveReason::Vanished,
        };
        assert!(world.saw(a, &left), "a page that does not answer");
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
        assert_eq!(world.nodes[a].opened, 2, "seed {seed}");
    }
}

/// Its timer goes off before the answer, which has come meanwhile, is read.
#[test]
fn who_was_busy_itself_asks_again() {
    let (mut world, a, b) = pair(7);
    world.will(b);
    world.run_for(Duration::from_millis(22));
    world.sleep(a, Duration::from_millis(3000), false);
    world.disturb(a, b);
    world.run_for(SECOND * 10);
    assert_eq!((world.nodes[a].opened, world.nodes[b].opened), (1, 1));
}
