//! What is sealed opens with the same key only, and both platforms seal alike.

mod fuzzed;

use fuzzed::now;
use handclasp_core::crypto::{Crypto, RustCrypto};
use handclasp_core::envelope::{self, DeriveError, Keys, MAX_SEALED, OpenError, SealError};
use serde_json::Value;

fn vectors() -> Value {
    let text = include_str!("../../tests/vectors/envelope.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn bytes(value: &Value) -> Vec<u8> {
    let digits = value.as_str().expect("a text");
    (0..digits.len() / 2)
        .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).expect("hexadecimal"))
        .collect()
}

fn key(byte: u8) -> <RustCrypto as Crypto>::Key {
    now(RustCrypto.import_aes_256_gcm(&[byte; 32])).expect("32 bytes are a key")
}

#[test]
fn keys_follow_from_the_secret_as_the_vectors_say() {
    let vectors = vectors();
    let cases = vectors["keys"].as_array().expect("a list");
    assert!(!cases.is_empty());
    for case in cases {
        let (app, room) = (
            case["app"].as_str().expect("a text"),
            case["room"].as_str().expect("a text"),
        );
        let keys = now(Keys::derive(
            &RustCrypto,
            &bytes(&case["secret"]),
            app,
            room,
        ))
        .expect("in range");
        assert_eq!(keys.topic.as_str(), case["topic"]);
        let nonce = [7; 12];
        let expected = now(RustCrypto.import_aes_256_gcm(&bytes(&case["key"]))).expect("32 bytes");
        assert_eq!(
            now(envelope::seal(&RustCrypto, &keys.key, nonce, b"x")),
            now(envelope::seal(&RustCrypto, &expected, nonce, b"x")),
        );
    }
}

#[test]
fn seals_and_opens_as_the_vectors_say() {
    let vectors = vectors();
    let cases = vectors["sealed"].as_array().expect("a list");
    assert!(!cases.is_empty());
    for case in cases {
        let key = now(RustCrypto.import_aes_256_gcm(&bytes(&case["key"]))).expect("32 bytes");
        let nonce = bytes(&case["nonce"]).try_into().expect("12 bytes");
        let plaintext = bytes(&case["plaintext"]);
        let sealed = now(envelope::seal(&RustCrypto, &key, nonce, &plaintext)).expect("small");
        assert_eq!(sealed, bytes(&case["sealed"]));
        assert_eq!(
            now(envelope::open(&RustCrypto, &key, &sealed)),
            Ok(plaintext)
        );
    }
}

#[test]
fn any_flipped_bit_is_noticed() {
    let sealed = now(envelope::seal(&RustCrypto, &key(1), [2; 12], b"a signal")).expect("small");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error =
            now(envelope::open(&RustCrypto, &key(1), &changed)).expect_err("it was changed");
        assert!(
            matches!(error, OpenError::Forged | OpenError::Version(_)),
            "{error}"
        );
    }
    for len in 0..sealed.len() {
        assert!(now(envelope::open(&RustCrypto, &key(1), &sealed[..len])).is_err());
    }
    assert_eq!(
        now(envelope::open(&RustCrypto, &key(2), &sealed)),
        Err(OpenError::Forged)
    );
}

#[test]
fn bounds_hold_on_both_sides() {
    let most = MAX_SEALED - 1 - 12 - 16;
    let sealed = now(envelope::seal(
        &RustCrypto,
        &key(1),
        [0; 12],
        &vec![0; most],
    ))
    .expect("just fits");
    assert_eq!(sealed.len(), MAX_SEALED);
    let larger = vec![0; most + 1];
    assert_eq!(
        now(envelope::seal(&RustCrypto, &key(1), [0; 12], &larger)),
        Err(SealError::TooLarge)
    );
    let larger = vec![1; MAX_SEALED + 1];
    assert_eq!(
        now(envelope::open(&RustCrypto, &key(1), &larger)),
        Err(OpenError::TooLarge)
    );
}

#[test]
fn weak_secrets_and_endless_names_are_refused() {
    let derive =
        |secret: &[u8], room: &str| now(Keys::derive(&RustCrypto, secret, "app", room)).err();
    assert_eq!(derive(&[1; 15], "r"), Some(DeriveError::Secret));
    assert_eq!(derive(&[1; 65], "r"), Some(DeriveError::Secret));
    assert_eq!(derive(&[1; 16], &"r".repeat(257)), Some(DeriveError::Name));
    assert_eq!(derive(&[1; 16], &"r".repeat(256)), None);
}
