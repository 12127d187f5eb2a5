//! Handshake codes: what goes in comes out, what was changed on the way is told, and the sizes are as promised.

mod fuzzed;

use core::net::{Ipv4Addr, Ipv6Addr};

use fuzzed::checksum;
use handclasp_core::MemberId;
use handclasp_core::card::{
    Address, CandidateKind, Card, CardCandidate, CardError, MAX_CARD, Purpose, candidates_of,
};
use handclasp_core::session::{Description, DescriptionKind};
use proptest::prelude::*;
use serde_json::Value;

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const ICE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 2026-11-23T06:00Z.
const NOW: u64 = 29_923_560;

fn invitation() -> Purpose {
    Purpose::Invitation {
        key: [7; 16],
        member: MemberId::from_bytes([9; 16]),
        number: 5,
    }
}

fn chromium_offer() -> (Description, String) {
    let sdp = include_str!("../../tests/vectors/offer-chromium.sdp").replace('\n', "\r\n");
    let description = Description {
        kind: DescriptionKind::Offer,
        sdp: sdp.clone(),
    };
    (description, sdp)
}

fn card() -> Card {
    let (description, sdp) = chromium_offer();
    Card::pack(invitation(), NOW, &description, &candidates_of(&sdp)).expect("a browser's offer")
}

fn text(
    letters: &'static str,
    length: core::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = String> {
    let letter = (0..letters.len()).prop_map(|place| char::from(letters.as_bytes()[place]));
    proptest::collection::vec(letter, length).prop_map(String::from_iter)
}

fn candidate() -> impl Strategy<Value = CardCandidate> {
    let kind = prop_oneof![
        Just(CandidateKind::Host),
        Just(CandidateKind::ServerReflexive),
        Just(CandidateKind::Relayed)
    ];
    let address = prop_oneof![
        any::<u32>().prop_map(|bits| Address::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| Address::V6(Ipv6Addr::from(bits))),
        any::<[u8; 16]>().prop_map(Address::Mdns),
    ];
    (kind, address, any::<u16>()).prop_map(|(kind, address, port)| CardCandidate {
        kind,
        address,
        port,
    })
}

fn any_card() -> impl Strategy<Value = Card> {
    let purpose = prop_oneof![
        (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u8>()).prop_map(|(key, member, number)| {
            Purpose::Invitation {
                key,
                member: MemberId::from_bytes(member),
                number,
            }
        }),
        any::<u32>().prop_map(|invitation| Purpose::Reply { invitation }),
    ];
    let credentials = prop_oneof![
        (text(ICE, 4..=16), text(ICE, 22..=64)),
        (
            text("0123456789abcdef", 8..=8),
            text("0123456789abcdef", 32..=32)
        ),
    ];
    (
        purpose,
        29_453_760u64..29_453_760 + 0xff_ffff,
        any::<[u8; 32]>(),
        credentials,
        any::<bool>(),
        proptest::option::of(1u8..=30),
        proptest::collection::vec(candidate(), 0..4),
    )
        .prop_map(
            |(
                purpose,
                made,
                fingerprint,
                (ufrag, pwd),
                dtls_client,
                message_size_log2,
                candidates,
            )| {
                Card {
                    purpose,
                    made,
                    fingerprint,
                    ufrag,
                    pwd,
                    dtls_client,
                    message_size_log2,
                    candidates,
                }
            },
        )
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(card in any_card()) {
        let text = card.to_text().expect("in range");
        let read = Card::parse(&text).expect("sound");
        prop_assert_eq!(read.candidates.len(), card.candidates.len().min(read.candidates.len()));
        prop_assert!(card.candidates.starts_with(&read.candidates));
        let same = Card { candidates: card.candidates.clone(), ..read.clone() };
        prop_assert!(same == card);
        let scanned = Card::parse(&card.to_qr_text().expect("in range"));
        prop_assert!(scanned == Ok(read));
    }

    #[test]
    fn it_is_never_longer_than_its_bound(
        mut card in any_card(),
        candidates in proptest::collection::vec(candidate(), 0..40),
    ) {
        card.candidates = candidates;
        prop_assert!(card.encode().expect("in range").len() <= MAX_CARD);
        prop_assert!(card.to_text().expect("in range").len() <= 300);
        prop_assert!(card.to_qr_text().expect("in range").len() <= 311);
    }

    #[test]
    fn anything_may_be_pasted(text in proptest::collection::vec(any::<char>(), 0..400)) {
        let text = String::from_iter(text);
        let _ = Card::parse(&text);
        let _ = Card::parse(&format!("HC:{text}"));
        let _ = Card::parse(&format!("https://example.org/#h={text}"));
    }

    #[test]
    fn any_bytes_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(card) = Card::decode(&bytes) {
            prop_assert_eq!(card.encode().expect("it was read"), bytes);
            card.unpack();
        }
    }

    #[test]
    fn a_text_with_two_wrong_letters_is_an_error(card in any_card(), places in any::<[(prop::sample::Index, u8); 2]>()) {
        let text = card.to_text().expect("in range");
        let mut letters: Vec<char> = text.chars().collect();
        for (place, by) in places {
            let place = place.index(letters.len());
            letters[place] = shifted(letters[place], by % 64);
        }
        let changed: String = letters.into_iter().collect();
        prop_assert!(changed == text || Card::parse(&changed).is_err());
    }
}

fn shifted(letter: char, by: u8) -> char {
    let place = LETTERS.find(letter).expect("a letter of base64url");
    LETTERS
        .chars()
        .nth((place + usize::from(by)) % 64)
        .expect("64 letters")
}

#[test]
fn every_wrong_letter_is_caught() {
    for text in [
        card().to_text().expect("sound"),
        reply().to_text().expect("sound"),
    ] {
        for (place, right) in text.char_indices() {
            for wrong in LETTERS.chars().filter(|letter| *letter != right) {
                let mut changed = text.clone();
                changed.replace_range(place..=place, wrong.encode_utf8(&mut [0; 4]));
                assert!(
                    Card::parse(&changed).is_err(),
                    "{right} at {place} as {wrong}"
                );
            }
        }
    }
}

#[test]
fn every_wrong_character_of_a_qr_code_is_caught() {
    let text = card().to_qr_text().expect("sound");
    for (place, right) in text.char_indices().skip(3) {
        for wrong in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".chars() {
            let mut changed = text.clone();
            changed.replace_range(place..=place, wrong.encode_utf8(&mut [0; 4]));
            // A space at the very end is not there for who trims.
            assert!(
                wrong == right || Card::parse(&changed).is_err(),
                "{right} at {place} as {wrong}"
            );
        }
    }
}

#[test]
fn whatever_is_cut_off_is_missed() {
    let text = card().to_text().expect("sound");
    for end in 0..text.len() {
        let error = Card::parse(&text[..end]).expect_err("it is cut off");
        let expected = match end {
            0 => CardError::Empty,
            1 => CardError::NotACode,
            _ => CardError::Truncated,
        };
        assert_eq!(error, expected, "up to {end}");
    }
    for start in 1..text.len() {
        assert!(Card::parse(&text[start..]).is_err(), "from {start}");
    }
    let bytes = card().encode().expect("sound");
    for end in 0..bytes.len() {
        assert_eq!(Card::decode(&bytes[..end]), Err(CardError::Truncated));
    }
}

#[test]
fn how_people_paste_does_not_matter() {
    let card = card();
    let code = card.to_text().expect("sound");
    let (left, right) = code.split_at(40);
    for text in [
        format!("  {code}\n"),
        format!("{left} {right}"),
        format!("{left}\r\n> {right}"),
        format!("\"{code}\""),
        format!("“{code}”."),
        format!("`{code}`"),
        format!("<https://example.org/#h={code}>"),
        format!("https://example.org/call/?broker=wss://b.example/mqtt#h={code}"),
        format!("example.org/#h={code}"),
        format!("#h={code}"),
        format!("#{code}"),
        format!("My #1 friend, open https://example.org/#h={code} please, it is #urgent"),
        format!("Here you are: {code}"),
        format!("Antwort:\n{code}\nBis gleich!"),
        format!("{code} see you"),
        format!("\u{200b}{left}\u{ad}{right}\u{200b}"),
        format!("https://example.org/#h={left}\n{right}"),
    ] {
        assert!(Card::parse(&text) == Ok(card.clone()), "{text}");
    }
}

#[test]
fn what_is_no_code_is_told_from_what_is_a_damaged_one() {
    let code = card().to_text().expect("sound");
    let twice = format!("{code}{code}");
    let middle = format!("{}!{}", &code[..50], &code[50..]);
    let long = "x".repeat(10_000);
    for (text, expected) in [
        ("", CardError::Empty),
        (" \n\t ", CardError::Empty),
        ("hello", CardError::NotACode),
        ("https://example.org/", CardError::NotACode),
        (
            "https://example.org/#r=dGhpcyBpcyBhIHNlY3JldCE",
            CardError::NotACode,
        ),
        ("привет", CardError::NotACode),
        ("{\"type\":\"offer\",\"sdp\":\"v=0\"}", CardError::NotACode),
        (&long, CardError::NotACode),
        ("HC:", CardError::Truncated),
        ("HC:é", CardError::Mistyped),
        (&twice, CardError::Trailing),
        (&middle, CardError::Mistyped),
    ] {
        assert_eq!(Card::parse(text), Err(expected), "{text:.40}");
    }
}

#[test]
fn a_newer_version_is_told_from_a_typing_error() {
    let mut bytes = card().encode().expect("sound");
    bytes[0] = 2;
    assert_eq!(Card::decode(&bytes), Err(CardError::Mistyped));
    let end = bytes.len() - 4;
    let sum = checksum(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(Card::decode(&bytes), Err(CardError::Newer));
}

fn reply() -> Card {
    Card {
        purpose: Purpose::Reply {
            invitation: card().checksum().expect("sound"),
        },
        ufrag: "wxyz".to_owned(),
        ..card()
    }
}

#[test]
fn each_code_is_for_one_thing() {
    let card = card();
    let invites = card.invitation(NOW).expect("an invitation of now");
    assert_eq!(invites.key, [7; 16]);
    assert_eq!(invites.member, MemberId::from_bytes([9; 16]));
    assert_eq!(reply().invitation(NOW), Err(CardError::IsReply));
    assert_eq!(reply().reply_to(&card, NOW), Ok(()));
    assert_eq!(card.reply_to(&card, NOW), Err(CardError::Own));
    let theirs = Card {
        ufrag: "1234".to_owned(),
        ..card.clone()
    };
    assert_eq!(theirs.reply_to(&card, NOW), Err(CardError::IsInvitation));
    assert_eq!(
        reply().reply_to(&theirs, NOW),
        Err(CardError::OtherInvitation)
    );
}

#[test]
fn codes_are_good_for_a_day() {
    let day = 24 * 60;
    for (now, is_fresh) in [
        (NOW, true),
        (NOW + day, true),
        (NOW + day + 1, false),
        // The other clock is fast.
        (NOW - 3 * day, true),
    ] {
        assert_eq!(card().invitation(now).is_ok(), is_fresh);
        assert_eq!(reply().reply_to(&card(), now).is_ok(), is_fresh);
    }
}

/// What the closing table of the documentation says.
#[test]
fn codes_are_as_short_as_they_are_said_to_be() {
    let host = CardCandidate {
        kind: CandidateKind::Host,
        address: Address::V4(Ipv4Addr::new(192, 168, 1, 20)),
        port: 51_234,
    };
    let srflx = CardCandidate {
        kind: CandidateKind::ServerReflexive,
        ..host
    };
    let mdns = CardCandidate {
        address: Address::Mdns([1; 16]),
        ..host
    };
    for (candidates, letters) in [
        (vec![host], 140),
        (vec![host, srflx], 150),
        (vec![mdns, srflx], 166),
        (vec![mdns, srflx, mdns, srflx], 200),
    ] {
        let card = Card {
            candidates,
            ..card()
        };
        assert_eq!(card.to_text().expect("sound").len(), letters);
    }
}

#[test]
fn what_is_packed_is_what_the_browser_said() {
    let card = card();
    let (description, sdp) = chromium_offer();
    let (rebuilt, candidates) = card.unpack();
    assert_eq!(rebuilt.kind, DescriptionKind::Offer);
    assert_eq!(rebuilt.ufrags(), description.ufrags());
    for name in [
        "a=ice-pwd:",
        "a=fingerprint:",
        "a=mid:",
        "a=sctp-port:",
        "a=max-message-size:",
        "m=",
    ] {
        let line = |sdp: &str| {
            sdp.lines()
                .find(|line| line.starts_with(name))
                .map(str::to_owned)
        };
        assert_eq!(
            line(&rebuilt.sdp).map(|l| l.replace("52018", "9")),
            line(&sdp).map(|l| l.replace("52018", "9")),
            "{name}"
        );
    }
    assert!(rebuilt.sdp.contains("a=setup:active\r\n"));
    let lines: Vec<_> = candidates.iter().map(|it| it.candidate.as_str()).collect();
    assert_eq!(
        lines,
        [
            "candidate:1 1 udp 2130706431 192.0.2.7 52018 typ host",
            "candidate:2 1 udp 1694498559 198.51.100.4 40001 typ srflx raddr 0.0.0.0 rport 0",
            "candidate:3 1 udp 16776703 203.0.113.9 50000 typ relay raddr 0.0.0.0 rport 0",
            "candidate:4 1 udp 2130705663 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 52020 typ host",
            "candidate:5 1 udp 2130705407 2001:db8::7 52019 typ host",
        ]
    );
}

#[test]
fn only_descriptions_of_data_alone_are_packed() {
    let (description, _) = chromium_offer();
    for (from, to) in [
        ("m=application", "m=audio"),
        ("a=mid:0", "a=mid:data"),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("a=ice-ufrag:", "a=ice-ufrag:\u{e9}"),
        ("a=ice-pwd:", "a=x:"),
        ("a=sctp-port", "m=video 9 RTP/AVP 0\r\na=x"),
    ] {
        let description = Description {
            kind: DescriptionKind::Offer,
            sdp: description.sdp.replace(from, to),
        };
        assert!(
            Card::pack(invitation(), NOW, &description, &[]).is_err(),
            "{to}"
        );
    }
}

#[test]
fn codes_are_as_the_vectors_say() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../tests/vectors/card.json")).expect("JSON");
    let cards = vectors["cards"].as_array().expect("a list");
    assert!(cards.len() >= 4);
    for case in cards {
        let text = |name: &str| case[name].as_str().expect("a text").to_owned();
        let card = Card::parse(&text("text")).expect("sound");
        assert!(Card::parse(&text("qr")) == Ok(card.clone()));
        assert_eq!(card.to_text().as_deref(), Ok(text("text").as_str()));
        assert_eq!(card.to_qr_text().as_deref(), Ok(text("qr").as_str()));
        assert_eq!(card.ufrag, text("ufrag"));
        assert_eq!(card.pwd, text("pwd"));
        assert_eq!(card.made, case["made"].as_u64().expect("a number"));
        let (description, candidates) = card.unpack();
        assert_eq!(description.sdp, text("sdp"));
        let lines: Vec<_> = candidates.iter().map(|it| it.candidate.as_str()).collect();
        let expected = case["candidates"].as_array().expect("a list");
        assert!(
            expected
                .iter()
                .map(Value::as_str)
                .eq(lines.into_iter().map(Some))
        );
    }
    for case in vectors["errors"].as_array().expect("a list") {
        let error = Card::parse(case["text"].as_str().expect("a text")).expect_err("wrong");
        assert_eq!(error.code(), case["error"]);
    }
}
