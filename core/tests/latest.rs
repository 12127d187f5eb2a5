//! Of messages that overtake each other the newest counts.

use handclasp_core::fragments::Kind;
use handclasp_core::latest::{Latest, STAMP};
use proptest::collection::vec;
use proptest::prelude::*;

fn stamp(number: u32) -> [u8; STAMP] {
    let [a, b, c, d] = number.to_be_bytes();
    [a, b, c, d, 1]
}

#[test]
fn what_was_sent_later_is_taken_and_what_comes_late_or_twice_is_not() {
    let mut sender = Latest::default();
    let stamps: Vec<_> = (0..4).map(|_| sender.stamp(Kind::Text)).collect();
    let mut receiver = Latest::default();
    assert_eq!(receiver.admit(&stamps[1]), Some(Kind::Text));
    assert_eq!(receiver.admit(&stamps[0]), None);
    assert_eq!(receiver.admit(&stamps[1]), None);
    assert_eq!(receiver.admit(&stamps[3]), Some(Kind::Text));
    assert_eq!(receiver.admit(&stamps[2]), None);
    receiver.connected();
    assert_eq!(receiver.admit(&stamps[0]), Some(Kind::Text));
}

#[test]
fn numbers_go_round() {
    let mut receiver = Latest::default();
    for number in [u32::MAX - 1, u32::MAX, 0, 1] {
        assert_eq!(receiver.admit(&stamp(number)), Some(Kind::Bytes));
    }
    assert_eq!(receiver.admit(&stamp(u32::MAX)), None);
}

proptest! {
    #[test]
    fn what_is_taken_only_grows(start in any::<u32>(), steps in vec(0..2000u32, 0..100)) {
        let mut receiver = Latest::default();
        let mut newest = None;
        for step in steps {
            let taken = receiver.admit(&stamp(start.wrapping_add(step))).is_some();
            prop_assert_eq!(taken, newest.is_none_or(|newest| step > newest));
            newest = newest.max(Some(step));
        }
    }

    #[test]
    fn anything_is_survived(messages in vec(vec(any::<u8>(), 0..8), 0..40)) {
        let mut receiver = Latest::default();
        for message in messages {
            prop_assert!(message.len() == STAMP || receiver.admit(&message).is_none());
        }
    }
}
