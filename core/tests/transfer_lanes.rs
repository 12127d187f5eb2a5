//! Over lanes too files arrive as they were, whichever breaks and when; and a receiver holds no more than is agreed, whoever sends.

#[path = "support/transfer.rs"]
#[allow(dead_code, reason = "its own part")]
mod support;

use handclasp_core::Time;
use handclasp_core::transfer::{
    AHEAD, DataHeader, Job, LEAST, Listing, MAX_LANES, MAX_OFFERS, Message, Receiver, Reorder,
    Sender, Signal, State, Task, TransferError, TransferId, Way, load,
};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{Disk, World, entry, files_of};

/// Of one piece, empty, of several pieces twice, and small again.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    files_of([
        ("a", 500),
        ("b", 0),
        ("c", 330_000),
        ("d", 200_000),
        ("e", 9),
    ])
}

fn world(disk: Disk, seed: u64) -> World {
    let mut world = World::new(&files(), disk, seed);
    world.offers = 3;
    world
}

fn assert_arrived(world: &World, what: &str) {
    assert!(world.is_done(), "{what}: {:?}", world.states());
    for (kept, (path, content)) in world.kept().iter().zip(files()) {
        assert!(*kept == content, "{what}: {path}");
    }
}

#[test]
fn over_lanes_all_files_arrive_in_any_order_of_events() {
    let (mut striped, mut told) = (0, 0);
    for seed in 1..=60 {
        let mut world = world(Disk::new(), seed);
        world.run();
        assert_arrived(&world, &format!("seed {seed}"));
        assert_eq!(world.repeated, 0);
        striped += world.striped;
        told += world.told_on_lanes;
    }
    assert!(striped > 60, "most of it is on lanes");
    assert!(told > 20, "and some of what is told: {told}");
}

#[test]
fn a_lane_that_breaks_at_any_step_costs_only_what_was_on_it() {
    let mut repeated = 0;
    for seed in 1..=2 {
        let steps = world(Disk::new(), seed).run();
        for at in 0..=steps {
            let mut world = world(Disk::new(), seed);
            (0..at).for_each(|_| assert!(world.step()));
            let lanes: Vec<_> = world.lanes.keys().copied().collect();
            // One at this step, and the others later.
            for lane in lanes {
                world.break_lane(lane);
                for _ in 0..5 {
                    world.step();
                }
            }
            world.run();
            assert_arrived(&world, &format!("seed {seed}, step {at} of {steps}"));
            repeated += world.repeated;
        }
    }
    assert!(repeated > 20, "some of it was lost: {repeated}");
}

#[test]
fn a_lane_that_is_ended_by_one_side_is_no_loss_when_it_still_delivers() {
    // What arrives over a lane after it was given up is there twice, and counts once.
    for seed in 1..=50 {
        let mut world = world(Disk::new(), seed);
        while world.striped < 1 && world.step() {}
        let lanes: Vec<_> = world.lanes.keys().copied().collect();
        lanes.iter().for_each(|lane| world.sender.end_lane(*lane));
        world.run();
        assert_arrived(&world, &format!("seed {seed}"));
    }
}

#[test]
fn a_lane_that_is_silent_is_not_waited_for() {
    for seed in 1..=20 {
        let mut world = world(Disk::new(), seed);
        while world.lanes.is_empty() {
            assert!(world.step());
        }
        world.stall_lane(0);
        let mut waits = 0;
        while !world.is_done() {
            world.run();
            world.wait(800);
            waits += 1;
            assert!(waits < 60, "seed {seed}: {:?}", world.states());
        }
        assert_arrived(&world, &format!("seed {seed}"));
    }
}

#[test]
fn what_the_channel_holds_up_goes_over_lanes_but_for_the_beginning_of_a_file() {
    let mut sender = accepted(AHEAD);
    let lane = sender.offer_lane("x".into());
    assert_eq!(lane, Some(0));
    let Some(Job::Send(pieces)) = sender.job() else {
        panic!("something to send");
    };
    let at = Time::from_millis;
    let (first, held) = (pieces[0], pieces[1]);
    for piece in [first, held] {
        sender.sent(piece, None, at(1));
    }
    sender.sent(pieces[2], lane, at(1));
    assert_eq!(sender.hasten(at(2)), None);
    assert!(!sender.has_again());
    assert_eq!(sender.hasten(at(1700)), None, "it is no lane that is late");
    let again: Vec<_> = sender.again().iter().map(|again| again.piece).collect();
    assert_eq!(again, [held]);
}

#[test]
fn the_channel_and_a_lane_on_its_own_connection_are_one_way() {
    let mut sender = accepted(AHEAD);
    let home = sender.offer_lane(String::new());
    let Some(Job::Send(pieces)) = sender.job() else {
        panic!("something to send");
    };
    let at = Time::from_millis;
    sender.sent(pieces[0], None, at(1));
    sender.sent(pieces[1], home, at(1));
    assert_eq!(
        (sender.hasten(at(2)), sender.hasten(at(9000))),
        (None, None)
    );
    assert!(!sender.has_again(), "there is no other way");
    assert!(sender.offer_lane("x".into()).is_some());
    assert_eq!(
        (sender.hasten(at(9001)), sender.hasten(at(18_000))),
        (None, home)
    );
    assert!(sender.has_again());
}

#[test]
fn besides_a_lane_on_the_same_connection_there_may_be_as_many_as_ever() {
    let mut sender = accepted(AHEAD);
    let mut receiver = receiver();
    assert!(sender.offer_lane(String::new()).is_some());
    let offered = (0..MAX_LANES).map_while(|_| sender.offer_lane("x".into()));
    assert_eq!(offered.count(), MAX_LANES);
    assert_eq!(sender.offer_lane("x".into()), None);
    // One is there.
    for lane in 1..=MAX_LANES as u32 {
        let sdp = "x".into();
        let signal = receiver.hear(&Message::LaneOffer { lane, sdp }.encode());
        assert!(matches!(signal, Some(Signal::Description { .. })));
    }
}

#[test]
fn what_is_told_late_on_a_lane_changes_nothing_and_nothing_else_is_said_there() {
    let mut sender = accepted(AHEAD);
    let lane = sender.offer_lane("x".into());
    let Some(Job::Send(pieces)) = sender.job() else {
        panic!("something to send");
    };
    for piece in &pieces[..4] {
        sender.sent(*piece, lane, Time::ZERO);
    }
    let one = load(pieces[0].len.into());
    let got = |taken, arrived| Message::Got { taken, arrived }.encode();
    sender.hear_lane(&got(2 * one, 3 * one));
    let stands = sender.arrived();
    sender.hear_lane(&got(one, 2 * one));
    sender.hear_lane(&got(0, 0));
    sender.hear_lane(&Message::Pause.encode());
    sender.hear_lane(b"anything at all");
    sender.hear_lane(&[]);
    assert_eq!(sender.arrived(), stands);
    assert_eq!(sender.state(true), State::Active);
    sender.hear_lane(&got(2 * one, 5 * one));
    let broken = State::Failed(TransferError::Protocol);
    assert_eq!(sender.state(true), broken, "more than was sent");
}

#[test]
fn what_was_told_on_a_lane_is_told_again_when_that_ends() {
    let mut receiver = receiver();
    feed(&mut receiver, 0, 0, 10, Way::Main);
    while receiver.due().is_some() {}
    receiver.tell(Time::from_millis(1000));
    let told = receiver.course.poll_got();
    assert!(told.is_some());
    assert_eq!(receiver.course.poll_got(), None);
    receiver.end_lane(0);
    assert_eq!(receiver.course.poll_got(), told);
}

#[test]
fn after_a_crash_at_any_step_the_rest_comes_over_lanes_too() {
    let steps = world(Disk::new(), 1).run();
    for at in 0..=steps {
        let mut before = world(Disk::new(), 1);
        (0..at).for_each(|_| assert!(before.step()));
        let mut after = world(before.disk, 2);
        let there: usize = after.kept().iter().map(Vec::len).sum();
        after.run();
        assert_arrived(&after, &format!("step {at} of {steps}"));
        let total: usize = files().iter().map(|(_, content)| content.len()).sum();
        assert_eq!(after.sent, total - there);
    }
}

#[test]
fn other_content_of_the_same_name_comes_whole_over_lanes() {
    let mut before = world(Disk::new(), 1);
    before.run();
    let mut disk = before.disk;
    for segments in disk.values_mut() {
        segments.truncate(1);
    }
    let mut others = files();
    others.iter_mut().for_each(|(_, content)| content.reverse());
    for seed in 2..50 {
        let mut world = World::new(&others, disk.clone(), seed);
        world.offers = 3;
        world.run();
        assert!(world.is_done(), "{:?}", world.states());
        for (kept, (path, content)) in world.kept().iter().zip(&others) {
            assert!(kept == content, "{path}");
        }
    }
}

#[test]
fn held_with_lanes_it_goes_on_where_it_was() {
    for seed in 1..=20 {
        let mut world = world(Disk::new(), seed);
        while world.striped < 1 && world.step() {}
        world.sender.course.pause();
        world.run();
        assert!(world.lanes.values().all(Vec::is_empty));
        world.sender.course.resume();
        world.run();
        assert_arrived(&world, &format!("seed {seed}"));
    }
}

#[test]
fn a_sender_stops_when_the_receiver_takes_nothing() {
    let mut sender = accepted(2 * AHEAD);
    let mut gone = 0;
    let mut send = |sender: &mut Sender| {
        while sender.flows_on() {
            let Some(Job::Send(pieces)) = sender.job() else {
                return gone;
            };
            for piece in pieces {
                // A block that has been read goes out piece by piece.
                if !sender.flows_on() {
                    return gone;
                }
                sender.sent(piece, None, Time::ZERO);
                gone += u64::from(piece.len);
            }
        }
        gone
    };
    let gone = send(&mut sender);
    assert!(gone <= AHEAD && gone > AHEAD - 2 * 65_536, "{gone}");
    let got = |taken, arrived| Message::Got { taken, arrived }.encode();
    sender.hear(&got(gone / 2, gone));
    assert!(sender.flows_on());
    for (taken, arrived) in [(gone / 2 - 1, gone), (gone + 1, gone + 1), (gone, gone - 1)] {
        let mut sender = accepted(2 * AHEAD);
        let Some(Job::Send(pieces)) = sender.job() else {
            panic!("something to send");
        };
        sender.sent(pieces[0], None, Time::ZERO);
        sender.hear(&got(taken, arrived));
        let broken = State::Failed(TransferError::Protocol);
        assert_eq!(sender.state(true), broken, "{taken} {arrived}");
    }
}

/// A sender of one file of so many bytes, which the other side wants.
fn accepted(size: u64) -> Sender {
    let mut entry = entry("big", b"");
    entry.size = size;
    let id = TransferId::from_bytes([1; 16]);
    let mut sender = Sender::new(id, vec![entry]).expect("a list");
    let accept = Message::Accept {
        last: true,
        kept: Vec::new(),
    };
    sender.hear(&accept.encode());
    sender
}

/// A receiver of one large file and two small ones, to which a lane is open.
fn receiver() -> Receiver<()> {
    let mut list = vec![entry("big", b""), entry("b", b"12"), entry("c", b"34")];
    list[0].size = 8 * AHEAD;
    let mut sender = Sender::new(TransferId::from_bytes([1; 16]), list).expect("a list");
    let mut listing = Listing::default();
    let mut receiver = None;
    while let Some(said) = sender.course.poll() {
        receiver = listing.hear(&said).expect("an offer");
    }
    let mut receiver: Receiver<()> = receiver.expect("all of it");
    assert!(receiver.accept());
    receiver.prepared();
    while receiver.course.poll().is_some() {}
    let offer = Message::LaneOffer {
        lane: 0,
        sdp: "x".into(),
    };
    assert!(matches!(
        receiver.hear(&offer.encode()),
        Some(Signal::Description { lane: 0, .. })
    ));
    receiver
}

fn feed(receiver: &mut Receiver<()>, file: u32, offset: u64, len: u64, way: Way) {
    receiver.data(DataHeader { file, offset }, len, way, (), Time::ZERO);
}

#[test]
fn nothing_of_a_file_is_taken_before_the_channel_says_where_it_begins() {
    let mut receiver = receiver();
    feed(&mut receiver, 0, 10, 10, Way::Lane);
    feed(&mut receiver, 0, 0, 10, Way::Lane);
    assert_eq!(receiver.due(), None);
    feed(&mut receiver, 0, 0, 10, Way::Main);
    assert_eq!(receiver.due(), Some(Task::Append(0, ())));
    assert_eq!(receiver.due(), Some(Task::Append(0, ())));
    assert_eq!(receiver.due(), None);
    assert_eq!(receiver.file(0).1, 20);
}

#[test]
fn whoever_sends_further_ahead_than_agreed_is_refused() {
    for len in [1, LEAST, 60_000] {
        let mut receiver = receiver();
        let mut sum = 0;
        let mut offset = 100;
        while sum + load(len) <= AHEAD {
            sum += load(len);
            feed(&mut receiver, 0, offset, len, Way::Lane);
            assert!(!receiver.course.is_over());
            offset += len;
        }
        feed(&mut receiver, 0, offset, len, Way::Lane);
        let broken = State::Failed(TransferError::Protocol);
        assert_eq!(receiver.state(true), broken);
    }
}

#[test]
fn what_does_not_belong_is_refused_with_lanes_too() {
    type Act = fn(&mut Receiver<()>);
    let offer = |lane| {
        move |receiver: &mut Receiver<()>| {
            let sdp = "x".into();
            receiver.hear(&Message::LaneOffer { lane, sdp }.encode());
        }
    };
    offer(1)(&mut receiver());
    let cases: [(&str, Act); 12] = [
        ("a lane out of turn", |it| {
            let sdp = "x".into();
            it.hear(&Message::LaneOffer { lane: 2, sdp }.encode());
        }),
        ("too many lanes", |it| {
            for lane in 1..=MAX_LANES as u32 + 1 {
                let sdp = "x".into();
                it.hear(&Message::LaneOffer { lane, sdp }.encode());
            }
        }),
        ("too many, one after the other", |it| {
            for lane in 1..=MAX_OFFERS {
                it.end_lane(lane - 1);
                let sdp = "x".into();
                it.hear(&Message::LaneOffer { lane, sdp }.encode());
            }
        }),
        ("the end of no lane", |it| {
            it.hear(&Message::LaneEnd { lane: 1 }.encode());
        }),
        ("an answer to nothing", |it| {
            let sdp = "x".into();
            it.hear(&Message::LaneAnswer { lane: 0, sdp }.encode());
        }),
        ("no file", |it| feed(it, 3, 0, 1, Way::Lane)),
        ("beyond the end", |it| feed(it, 1, 1, 2, Way::Lane)),
        ("nothing at all", |it| feed(it, 0, 1, 0, Way::Lane)),
        ("a beginning that is none", |it| {
            feed(it, 0, 5, 5, Way::Main);
        }),
        ("a file before its turn", |it| feed(it, 1, 0, 2, Way::Main)),
        ("what overlaps", |it| {
            feed(it, 0, 0, 10, Way::Main);
            feed(it, 0, 5, 10, Way::Lane);
            while it.due().is_some() {}
        }),
        ("another at the same place", |it| {
            feed(it, 0, 10, 10, Way::Lane);
            feed(it, 0, 10, 11, Way::Lane);
        }),
    ];
    for (what, act) in cases {
        let mut receiver = receiver();
        act(&mut receiver);
        let broken = State::Failed(TransferError::Protocol);
        assert_eq!(receiver.state(true), broken, "{what}");
    }
}

proptest! {
    /// Law 1 and 2 of the reorder buffer: whatever comes, however often, is taken once and in order.
    #[test]
    fn any_order_is_put_right(lens in vec(1u64..200_000, 1..60), order in vec(any::<u16>(), 0..120)) {
        let mut offset = 0;
        let pieces: Vec<_> = lens.iter().map(|len| {
            let at = offset;
            offset += len;
            (at, *len)
        }).collect();
        let mut reorder = Reorder::default();
        let mut next = 0;
        let mut taken = 0;
        let all = 0..pieces.len();
        for which in order.iter().map(|which| usize::from(*which) % pieces.len()).chain(all) {
            let (offset, len) = pieces[which];
            if which < taken {
                continue;
            }
            let header = DataHeader { file: 0, offset };
            prop_assert!(reorder.insert(header, len, which).is_ok());
            while let Ok(Some((len, which))) = reorder.take(0, next) {
                prop_assert_eq!(which, taken);
                taken += 1;
                next += len;
            }
        }
        prop_assert_eq!(next, offset);
        prop_assert_eq!(taken, pieces.len());
    }

    /// Law 3.
    #[test]
    fn no_more_waits_than_is_agreed(places in vec((0..4u32, 0..1000u64, 1u64..3_000_000), 0..80)) {
        let mut reorder = Reorder::default();
        let mut there = std::collections::BTreeMap::new();
        for (file, offset, len) in places {
            let sum: u64 = there.values().map(|len| load(*len)).sum();
            let before = there.get(&(file, offset)).copied();
            let inserted = reorder.insert(DataHeader { file, offset }, len, ());
            match before {
                Some(before) => prop_assert_eq!(inserted.is_ok(), before == len),
                None => prop_assert_eq!(inserted.is_ok(), sum + load(len) <= AHEAD),
            }
            if inserted == Ok(true) {
                there.insert((file, offset), len);
            }
        }
    }
}
