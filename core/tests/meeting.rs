//! Members find each other, connect, and fall silent.

use core::time::Duration;

use handclasp_core::link::{LeaveReason, LinkState};
use handclasp_core::mesh::{Input, MeshEvent};
use handclasp_sim::{Network, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn two_members_meet_within_a_second() {
    let mut world = World::new(1, Network::GOOD);
    let (a, b) = (world.join(7), world.join(7));
    world.run_for(SECOND);
    assert!(world.all_connected());
    world.assert_agreement();
    let id = world.nodes[b].id;
    let profile = MeshEvent::Profile {
        member: id,
        profile: id.to_string().into_bytes(),
    };
    assert!(world.saw(a, &profile));
    let story: Vec<&MeshEvent> = world.nodes[a]
        .events
        .iter()
        .map(|(_, event)| event)
        .take(2)
        .collect();
    let connecting = MeshEvent::State {
        member: id,
        state: LinkState::Connecting,
    };
    assert_eq!(story, [&MeshEvent::Joined(id), &connecting]);
}

#[test]
fn a_connection_in_which_the_browser_does_not_begin_is_soon_made_anew() {
    for seed in 0..100 {
        let mut world = World::new(seed, Network::GOOD);
        world.stillborn = 2;
        world.join(7);
        world.join(7);
        world.run_for(SECOND * 6);
        assert!(world.all_connected(), "seed {seed}");
        world.run_for(SECOND * 20);
        world.assert_agreement();
    }
}

#[test]
fn eight_members_meet_although_all_join_at_once() {
    let mut world = World::new(2, Network::GOOD);
    for _ in 0..8 {
        world.join(7);
    }
    world.run_for(SECOND * 5);
    assert!(world.all_connected());
    world.assert_agreement();
}

#[test]
fn a_room_of_the_connected_is_silent_until_someone_comes() {
    let mut world = World::new(3, Network::GOOD);
    world.join(7);
    world.join(7);
    world.run_for(SECOND * 60);
    let before = world.traffic.len();
    world.run_for(SECOND * 3600);
    assert_eq!(
        world.traffic.len(),
        before,
        "nobody publishes while nothing happens"
    );
    world.join(7);
    world.run_for(SECOND * 2);
    assert!(world.all_connected());
}

#[test]
fn one_who_is_alone_calls_ever_more_rarely() {
    let mut world = World::new(4, Network::GOOD);
    let alone = world.join(7);
    world.run_for(SECOND * 60);
    let first = world.nodes[alone].published;
    assert!(
        (5..=9).contains(&first),
        "{first} hellos in the first minute"
    );
    world.run_for(SECOND * 3600);
    let rest = world.nodes[alone].published - first;
    assert!(
        (100..=165).contains(&rest),
        "{rest} hellos in the next hour"
    );
}

#[test]
fn any_network_that_heals_lets_everyone_meet() {
    for seed in 0..300 {
        let mut world = World::new(seed, Network::BAD);
        for _ in 0..2 + seed % 3 {
            world.join(7);
        }
        world.run_for(SECOND * 10);
        world.network = Network::GOOD;
        world.run_for(SECOND * 75);
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn changes_on_both_sides_at_once_are_all_negotiated() {
    for seed in 0..300 {
        let mut world = World::new(seed, Network::GOOD);
        let (a, b) = (world.join(7), world.join(7));
        for step in 0..20 {
            world.run_for(Duration::from_millis(seed * 7 % 50 + step));
            world.renegotiate(a, b);
            world.renegotiate(b, a);
        }
        world.run_for(SECOND * 20);
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn a_full_room_says_so() {
    let mut world = World::new(5, Network::GOOD);
    let (a, b) = (world.join(1), world.join(1));
    world.run_for(SECOND * 2);
    let late = world.join(1);
    world.run_for(SECOND * 5);
    assert_eq!(world.state(a, b), Some(LinkState::Connected));
    assert!(world.saw(
        late,
        &MeshEvent::Full {
            member: world.nodes[a].id
        }
    ));
    assert_eq!(world.state(a, late), None);
}

#[test]
fn goodbye_is_seen_at_once_and_for_good() {
    let mut world = World::new(6, Network::GOOD);
    let (a, b) = (world.join(7), world.join(7));
    world.run_for(SECOND * 2);
    world.input(b, Input::Leave);
    world.run_for(Duration::from_millis(50));
    let left = MeshEvent::Left {
        member: world.nodes[b].id,
        reason: LeaveReason::Left,
    };
    assert!(world.saw(a, &left));
    let joined = world.nodes[a].events.len();
    for message in world.traffic.clone() {
        world.deliver(a, message);
    }
    world.run_for(SECOND * 30);
    assert_eq!(
        world.nodes[a].events.len(),
        joined,
        "old messages bring nobody back"
    );
}

#[test]
fn yesterday_s_messages_make_no_ghost() {
    let mut yesterday = World::new(7, Network::GOOD);
    yesterday.join(7);
    yesterday.join(7);
    yesterday.run_for(SECOND * 10);

    let mut today = World::new(8, Network::GOOD);
    let a = today.join(7);
    for message in yesterday.traffic {
        today.deliver(a, message);
    }
    assert!(today.nodes[a].events.is_empty());
    assert_eq!(today.nodes[a].opened, 0, "no connection is made for them");
}
