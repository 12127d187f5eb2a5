//! What worked comes back: by itself, by a restart, by building anew; and without a broker where members can help.

use core::time::Duration;

use handclasp_core::link::LinkState;
use handclasp_core::mesh::{Input, MeshEvent};
use handclasp_sim::{Network, World};

const SECOND: Duration = Duration::from_secs(1);

fn room(seed: u64, members: usize) -> World {
    let mut world = World::new(seed, Network::GOOD);
    for _ in 0..members {
        world.join(7);
    }
    world.run_for(SECOND * 20);
    assert!(world.all_connected());
    world
}

fn gaps(world: &World, of: usize) -> Vec<Duration> {
    let event = |(_, event): &(_, MeshEvent)| match event {
        MeshEvent::Resumed { gap, .. } => Some(*gap),
        _ => None,
    };
    world.nodes[of].events.iter().filter_map(event).collect()
}

#[test]
fn an_outage_of_any_length_under_a_minute_ends_in_resumption_on_both_sides() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        let outage = Duration::from_millis(5_500 + seed * 199);
        world.break_path(0, 1);
        world.run_for(outage);
        world.heal_path(0, 1);
        world.run_for(SECOND * 9);
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
        for side in [0, 1] {
            let gaps = gaps(&world, side);
            assert_eq!(gaps.len(), 1, "seed {seed}: told once");
            assert!(
                gaps[0] + SECOND * 2 >= outage,
                "seed {seed}: {:?} of {outage:?}",
                gaps[0]
            );
        }
    }
}

#[test]
fn a_short_outage_needs_no_new_connection() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        world.break_path(0, 1);
        world.run_for(SECOND * 3);
        world.heal_path(0, 1);
        world.run_for(SECOND * 10);
        assert!(world.all_connected(), "seed {seed}");
        assert_eq!((world.nodes[0].opened, world.nodes[1].opened), (1, 1));
    }
}

#[test]
fn a_longer_one_needs_one_and_is_over_with_it() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        // The broker can be reached all the while, so that remedies are tried in vain.
        world.break_path(0, 1);
        world.run_for(SECOND * 10);
        world.heal_path(0, 1);
        world.run_for(SECOND * 2);
        assert!(world.all_connected(), "seed {seed}");
        assert_eq!((world.nodes[0].opened, world.nodes[1].opened), (2, 2));
        world.assert_agreement();
    }
}

#[test]
fn a_restart_that_mends_one_direction_alone_is_followed_by_a_new_connection() {
    for seed in 0..200 {
        for deaf in [0, 1] {
            let mut world = room(seed, 2);
            world.restarts_lead_astray(deaf, 1 - deaf);
            world.lose_path(0, 1);
            world.run_for(Duration::from_millis(6_500));
            assert!(world.reaches(0, 1) && world.reaches(1, 0), "seed {seed}");
            world.run_for(SECOND * 20);
            assert!(world.all_connected(), "seed {seed}");
            assert_eq!(world.nodes[0].opened, 2, "seed {seed}");
            world.assert_agreement();
        }
    }
}

#[test]
fn an_outage_of_everything_ends_when_the_network_returns() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        world.break_path(0, 1);
        world.outside(0, false);
        world.run_for(Duration::from_millis(6_000 + seed * 197));
        world.heal_path(0, 1);
        world.outside(0, true);
        world.run_for(SECOND * 2);
        assert!(world.all_connected(), "seed {seed}");
    }
}

#[test]
fn silence_is_mended_before_the_browser_notices_it() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        world.lose_path(0, 1);
        world.run_for(Duration::from_millis(3_900));
        for (of, with) in [(0, 1), (1, 0)] {
            assert!(world.reaches(of, with), "seed {seed}");
            assert_eq!(
                world.nodes[of].opened, 1,
                "seed {seed}: without building anew"
            );
        }
        // Told of nothing, since it was over before anyone could be sure.
        world.run_for(SECOND * 20);
        assert_eq!(gaps(&world, 0), [], "seed {seed}");
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn a_connection_that_one_browser_gave_up_is_built_anew_whatever_the_other_side_tries() {
    for seed in 0..200 {
        for moved in [0, 1] {
            let mut world = room(seed, 2);
            // The socket to the broker is of the old address, too.
            world.lose_address(moved, 1 - moved);
            world.outside(moved, false);
            world.run_for(Duration::from_millis(1_500 + seed * 7));
            world.outside(moved, true);
            world.run_for(Duration::from_millis(2_500));
            assert!(world.reaches(0, 1) && world.reaches(1, 0), "seed {seed}");
            world.assert_agreement();
        }
    }
}

#[test]
fn who_has_another_address_and_knows_it_builds_anew() {
    for seed in 0..200 {
        for moved in [0, 1] {
            let mut world = room(seed, 2);
            world.lose_path(0, 1);
            world.outside(moved, false);
            // What was under way arrives.
            world.run_for(Duration::from_millis(50));
            world.input(moved, Input::NetworkChanged);
            world.run_for(Duration::from_millis(1_600));
            world.outside(moved, true);
            world.run_for(Duration::from_millis(900));
            assert!(world.reaches(0, 1) && world.reaches(1, 0), "seed {seed}");
            assert_eq!(world.nodes[moved].opened, 2, "seed {seed}");
            world.run_for(SECOND * 20);
            assert_eq!(world.nodes[moved].opened, 2, "seed {seed}: once");
            world.assert_agreement();
        }
    }
}

#[test]
fn a_hint_alone_builds_nothing_anew() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        // The cable is out for a while: the old path works again when it is back.
        world.break_path(0, 1);
        world.outside(0, false);
        world.input(0, Input::NetworkChanged);
        world.run_for(Duration::from_millis(4_000 + seed * 20));
        world.input(0, Input::NetworkChanged);
        world.heal_path(0, 1);
        world.run_for(Duration::from_millis(seed * 2));
        world.outside(0, true);
        world.run_for(SECOND * 20);
        assert!(world.all_connected(), "seed {seed}");
        assert_eq!(world.nodes[0].opened, 1, "seed {seed}");
    }
}

#[test]
fn a_channel_that_the_own_browser_closes_in_an_interruption_says_nothing_of_the_other_side() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        world.break_path(0, 1);
        world.outside(0, false);
        world.run_for(SECOND * 20);
        world.close_control(1, 0);
        world.run_for(SECOND);
        world.will(0);
        world.run_for(SECOND * 19);
        world.heal_path(0, 1);
        world.outside(0, true);
        world.run_for(SECOND * 5);
        let left = |(_, event): &(_, MeshEvent)| matches!(event, MeshEvent::Left { .. });
        assert!(!world.nodes[1].events.iter().any(left), "seed {seed}");
        assert!(world.all_connected(), "seed {seed}");
    }
}

#[test]
fn whoever_the_broker_lost_together_with_the_path_gets_its_minute() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        world.break_path(0, 1);
        world.outside(0, false);
        // Before the interruption is noticed, while it is, while it is built anew.
        for at in [7, 12, 20] {
            world.run_for(SECOND * at);
            world.will(0);
        }
        world.heal_path(0, 1);
        world.outside(0, true);
        world.run_for(SECOND * 5);
        for (of, with) in [(0, 1), (1, 0)] {
            let left = |(_, event): &(_, MeshEvent)| matches!(event, MeshEvent::Left { .. });
            assert!(!world.nodes[of].events.iter().any(left), "seed {seed}");
            assert_eq!(
                world.state(of, with),
                Some(LinkState::Connected),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_will_that_a_reconnection_brought_about_is_followed_by_a_sign_of_life() {
    for seed in 0..200 {
        let mut world = room(seed, 2);
        // It has another address, and the broker's new session for it ends the old one.
        world.lose_path(0, 1);
        world.run_for(Duration::from_millis(300));
        world.will(0);
        world.run_for(Duration::from_millis(100));
        world.outside(0, true);
        world.run_for(SECOND * 9);
        assert!(world.all_connected(), "seed {seed}");
        let left = |(_, event): &(_, MeshEvent)| matches!(event, MeshEvent::Left { .. });
        assert!(!world.nodes[1].events.iter().any(left), "seed {seed}");
    }
}

#[test]
fn hints_cost_a_ping_when_all_is_well() {
    let mut world = room(2, 2);
    let before = world.traffic.len();
    for _ in 0..1000 {
        world.input(0, Input::NetworkChanged);
        world.run_for(Duration::from_millis(100));
    }
    assert_eq!(world.traffic.len(), before);
    assert_eq!(world.nodes[0].opened, 1);
    assert_eq!(world.state(0, 1), Some(LinkState::Connected));
    assert_eq!(gaps(&world, 0), []);
}

#[test]
fn members_carry_signals_for_those_without_a_broker() {
    for seed in 0..100 {
        let mut world = room(seed, 3);
        for member in 0..3 {
            world.outside(member, false);
        }
        world.break_path(0, 1);
        world.run_for(SECOND * 30);
        assert_ne!(world.state(0, 1), Some(LinkState::Connected));
        world.heal_path(0, 1);
        world.run_for(SECOND * 12);
        assert!(world.all_connected(), "seed {seed}");
        world.assert_agreement();
    }
}

#[test]
fn without_a_broker_calls_go_on_and_newcomers_get_in_when_it_returns() {
    let mut world = room(3, 2);
    let late = world.join(7);
    world.outside(late, false);
    for member in 0..2 {
        world.outside(member, false);
    }
    world.run_for(SECOND * 600);
    assert_eq!(world.state(0, 1), Some(LinkState::Connected));
    for member in 0..3 {
        world.outside(member, true);
    }
    world.run_for(SECOND * 5);
    assert!(world.all_connected());
}

/// The two are left alone for a while after they have given up; then someone must begin, although both have company.
#[test]
fn a_pair_that_gave_up_in_company_tries_again() {
    let mut world = room(4, 3);
    world.break_path(0, 1);
    world.run_for(SECOND * 80);
    assert_eq!(world.state(0, 1), None, "given up");
    world.heal_path(0, 1);
    world.run_for(SECOND * 60);
    assert!(world.all_connected());
    world.assert_agreement();
}
