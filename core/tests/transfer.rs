//! Files arrive as they were, whatever happens on the way, and nothing is sent twice that is there.

#[path = "support/transfer.rs"]
#[allow(dead_code, reason = "its own part")]
mod support;

use handclasp_core::transfer::{State, TransferError};
use support::{Disk, World, files_of, noise};

/// Empty, tiny, a piece and a bit, tiny, several segments.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    files_of([
        ("a", 0),
        ("b/c", 5),
        ("b/d", 66_000),
        ("e", 1),
        ("f", 150_000),
    ])
}

fn total() -> usize {
    files().iter().map(|(_, content)| content.len()).sum()
}

fn assert_arrived(world: &World, what: &str) {
    assert!(world.is_done(), "{what}: {:?}", world.states());
    for (kept, (path, content)) in world.kept().iter().zip(files()) {
        assert!(*kept == content, "{what}: {path}");
    }
}

/// Calls `act` at each step of a transfer in turn, with the world as it is then, and with `seeds` orders of events.
fn at_each_step(seeds: u64, mut act: impl FnMut(World, &str)) {
    for seed in 1..=seeds {
        let steps = World::new(&files(), Disk::new(), seed).run();
        assert!(steps > 20);
        for at in 0..=steps {
            let mut world = World::new(&files(), Disk::new(), seed);
            (0..at).for_each(|_| assert!(world.step()));
            act(world, &format!("seed {seed}, step {at} of {steps}"));
        }
    }
}

/// Offers the same files again, to a receiver with this disk: all that is there is not sent again.
fn again(disk: Disk, seed: u64, what: &str) {
    let mut world = World::new(&files(), disk, seed);
    let there: usize = world.kept().iter().map(Vec::len).sum();
    world.run();
    assert_arrived(&world, what);
    assert_eq!(world.sent, total() - there, "{what}");
    let resumed = world.receiver.as_ref().expect("a receiver");
    let resumed = resumed.progress(true, handclasp_core::Time::ZERO).resumed;
    assert_eq!(resumed, there as u64, "{what}");
}

#[test]
fn all_files_arrive_in_any_order_of_events() {
    for seed in 1..=50 {
        let mut world = World::new(&files(), Disk::new(), seed);
        world.run();
        assert_arrived(&world, "undisturbed");
        assert_eq!(world.sent, total());
    }
}

#[test]
fn while_there_is_no_connection_it_says_so() {
    let mut world = World::new(&files(), Disk::new(), 1);
    assert_eq!(world.sender.state(false), State::Offered);
    while world.sent == 0 {
        assert!(world.step());
    }
    assert_eq!(world.sender.state(true), State::Active);
    assert_eq!(world.sender.state(false), State::Interrupted);
    world.sender.course.pause();
    let (by_me, by_peer) = (true, false);
    let paused = State::Paused { by_me, by_peer };
    assert_eq!(
        world.sender.state(false),
        paused,
        "it does not go on by itself"
    );
    world.sender.course.resume();
    world.run();
    assert_eq!(world.sender.state(false), State::Done);
}

#[test]
fn a_file_of_several_blocks_arrives() {
    let content = noise(2_700_001, 9);
    let files = [("big", content.clone())];
    let mut world = World::new(&files, Disk::new(), 1);
    world.run();
    assert!(world.is_done() && world.kept()[0] == content);

    // Cut off in the middle of a block of comparison.
    let mut disk = world.disk;
    for segments in disk.values_mut() {
        segments.truncate(18);
    }
    let there: usize = disk.values().flatten().map(Vec::len).sum();
    let mut world = World::new(&files, disk, 2);
    world.run();
    assert!(world.is_done() && world.kept()[0] == content);
    assert_eq!(world.sent, content.len() - there);
}

#[test]
fn after_a_crash_of_either_side_at_any_step_only_the_rest_is_sent() {
    // Who crashes keeps nothing but the disk; the other side keeps nothing either, as the channel is gone.
    at_each_step(3, |world, what| again(world.disk, 77, what));
}

#[test]
fn when_the_channel_is_lost_both_sides_say_so() {
    at_each_step(2, |mut world, what| {
        let was_done = (
            world.sender.course.is_over(),
            world
                .receiver
                .as_ref()
                .is_some_and(|side| side.course.is_over()),
        );
        world.lose();
        world.run();
        let lost = State::Failed(TransferError::Lost);
        let (sender, receiver) = world.states();
        assert!(was_done.0 || sender == lost, "{what}");
        assert!(
            was_done.1 || receiver.is_none_or(|state| state == lost),
            "{what}"
        );
        again(world.disk, 78, what);
    });
}

#[test]
fn either_side_can_hold_it_at_any_step() {
    at_each_step(2, |mut world, what| {
        if world.receiver.is_none() {
            return;
        }
        for by_sender in [true, false] {
            let course = |world: &mut World, act: fn(&mut handclasp_core::transfer::Course)| {
                if by_sender {
                    act(&mut world.sender.course);
                } else if let Some(receiver) = &mut world.receiver {
                    act(&mut receiver.course);
                }
            };
            if world.sender.course.is_over() {
                break;
            }
            let was_over = world
                .receiver
                .as_ref()
                .is_some_and(|side| side.course.is_over());
            course(&mut world, |course| course.pause());
            world.run();
            if !was_over && !world.is_done() {
                let (mine, theirs) = world.states();
                let held = |by_me, by_peer| State::Paused { by_me, by_peer };
                assert_eq!(mine, held(by_sender, !by_sender), "{what}");
                assert_eq!(theirs, Some(held(!by_sender, by_sender)), "{what}");
                assert!(!world.sender.flows());
            }
            course(&mut world, |course| course.resume());
        }
        world.run();
        assert_arrived(&world, what);
        assert_eq!(world.sent, total(), "{what}");
    });
}

#[test]
fn either_side_can_give_it_up_at_any_step() {
    at_each_step(1, |mut world, what| {
        if world.sender.course.is_over() {
            return;
        }
        world.sender.course.cancel();
        if world.receiver.is_none() {
            return;
        }
        world.run();
        let (mine, theirs) = world.states();
        assert_eq!(mine, State::Cancelled { by_me: true }, "{what}");
        let told = State::Cancelled { by_me: false };
        assert!(
            theirs == Some(told) || theirs == Some(State::Done),
            "{what}"
        );
        again(world.disk, 79, what);
    });
    at_each_step(1, |mut world, what| {
        let Some(receiver) = world
            .receiver
            .as_mut()
            .filter(|side| !side.course.is_over())
        else {
            return;
        };
        receiver.course.cancel();
        world.run();
        let (mine, theirs) = world.states();
        assert_eq!(theirs, Some(State::Cancelled { by_me: true }), "{what}");
        assert_eq!(mine, State::Cancelled { by_me: false }, "{what}");
        again(world.disk, 80, what);
    });
}

#[test]
fn a_full_disk_at_any_write_loses_nothing() {
    for room in (0..total()).step_by(7_001) {
        let mut world = World::new(&files(), Disk::new(), 5);
        world.room = room;
        world.run();
        assert_eq!(
            world.states(),
            (State::NoSpace, Some(State::NoSpace)),
            "{room}"
        );
        // Still full: the same again.
        let resume = |world: &mut World| {
            let receiver = world.receiver.as_mut().expect("it was there");
            receiver.course.resume();
            world.run();
        };
        resume(&mut world);
        assert_eq!(
            world.states(),
            (State::NoSpace, Some(State::NoSpace)),
            "{room}"
        );
        world.room = usize::MAX;
        resume(&mut world);
        assert_arrived(&world, "room was made");
        assert_eq!(world.sent, total(), "nothing twice");
    }
}

#[test]
fn a_source_that_changes_at_any_step_is_told_to_both() {
    at_each_step(1, |mut world, what| {
        world.changed = true;
        world.run();
        let changed = State::Failed(TransferError::SourceChanged);
        match world.states() {
            // All had been read.
            (State::Done, Some(State::Done)) => assert_arrived(&world, what),
            states => assert_eq!(states, (changed.clone(), Some(changed)), "{what}"),
        }
    });
}

#[test]
fn other_content_of_the_same_name_size_and_time_is_sent_whole() {
    let mut world = World::new(&files(), Disk::new(), 1);
    world.run();
    let mut others = files();
    for (_, content) in &mut others {
        content.reverse();
    }
    let mut disk = world.disk;
    // One is there in part.
    for segments in disk.values_mut() {
        segments.truncate(1);
    }
    let mut world = World::new(&others, disk, 2);
    world.run();
    assert!(world.is_done());
    for (kept, (path, content)) in world.kept().iter().zip(&others) {
        assert!(kept == content, "{path}");
    }
}

#[test]
fn what_is_damaged_on_the_way_is_told_and_thrown_away() {
    let mut world = World::new(&files(), Disk::new(), 3);
    while world.sent == 0 {
        assert!(world.step());
    }
    loop {
        if let Some(last) = world.to_receiver.iter_mut().find(|message| message[0] == 5) {
            *last.last_mut().expect("content") ^= 1;
            break;
        }
        assert!(world.step());
    }
    world.run();
    let corrupt = State::Failed(TransferError::Corrupt);
    assert_eq!(world.states(), (corrupt.clone(), Some(corrupt)));
}
