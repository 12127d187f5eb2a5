//! The words are the same for both, different for everyone in between, and told apart by ear.

mod fuzzed;

use fuzzed::now;
use handclasp_core::crypto::RustCrypto;
use handclasp_core::words::{Certificates, Words, commit};

const LIST: &str = include_str!("../src/words/list.txt");

fn words(lower: u8, higher: u8, first: u8, second: u8) -> Words {
    let certificates = Certificates {
        lower: [lower; 32],
        higher: [higher; 32],
    };
    now(certificates.words(&RustCrypto, &[first; 16], &[second; 16])).expect("derived")
}

fn pair(lower: u8, higher: u8) -> [u8; 16] {
    let certificates = Certificates {
        lower: [lower; 32],
        higher: [higher; 32],
    };
    now(certificates.pair(&RustCrypto)).expect("derived")
}

#[test]
fn every_part_of_what_they_stand_for_counts() {
    let words = [
        words(1, 2, 3, 4),
        words(2, 1, 3, 4),
        words(1, 2, 4, 3),
        words(1, 9, 3, 4),
        words(9, 2, 3, 4),
        words(1, 2, 9, 4),
        words(1, 2, 3, 9),
    ];
    for (index, one) in words.iter().enumerate() {
        assert!(words.iter().skip(index + 1).all(|other| other != one));
        assert_eq!(one.to_string().split(' ').count(), 4);
    }
}

#[test]
fn they_are_as_the_wire_format_says() {
    // By another implementation of HKDF.
    assert_eq!(
        words(1, 2, 3, 4).to_string(),
        "highway rooster parasol extra"
    );
    let commitment = now(commit(&RustCrypto, &[3; 16])).expect("derived");
    let hex: String = commitment
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "9c8acc8d76e2bce8f83fa7200c805f93cc4c9387ecaf9ab208d9f85738d46602"
    );
}

#[test]
fn a_pair_is_the_same_whoever_has_the_lower_id() {
    assert_eq!(pair(1, 2), pair(2, 1));
    assert_ne!(pair(1, 2), pair(1, 3));
}

#[test]
fn there_are_eleven_bits_of_words() {
    let list: Vec<&str> = LIST.lines().collect();
    assert_eq!(list.len(), 2048);
    assert!(list.is_sorted_by(|a, b| a < b), "sorted, each once");
    for word in list {
        assert!((3..=8).contains(&word.len()), "{word}");
        assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
    }
}

/// Whether one letter changed, left out or put in makes one of the other.
fn is_near(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    match long.len() - short.len() {
        0 => short[same + 1..] == long[same + 1..],
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

#[test]
fn no_word_is_a_slip_of_another() {
    let list: Vec<&str> = LIST.lines().collect();
    for (index, one) in list.iter().enumerate() {
        for other in &list[index + 1..] {
            assert!(!is_near(one, other), "{one} and {other}");
            for ending in ["s", "es", "ed", "er", "ing", "y", "ly"] {
                assert_ne!(format!("{one}{ending}"), *other);
            }
        }
    }
}
