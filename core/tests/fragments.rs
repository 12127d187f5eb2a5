//! Large messages come out as they went in, whole or not at all, whatever goes between them.

use handclasp_core::fragments::{
    Assembler, Came, FRAGMENT, FragmentError, Fragments, Kind, MAX_MESSAGE, MIN_FRAGMENT, Piece,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// What an application sends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    Text(u32),
    Bytes(u32),
    Large(Kind, u32),
}

/// What a data channel carries.
#[derive(Clone, Debug)]
enum Carried {
    Text(u32),
    Bytes(Vec<u8>),
}

/// All data-channel messages of these, of which some are given up after so many pieces; and what is to come out.
fn send(messages: &[(Message, Option<u32>)]) -> (Vec<Carried>, Vec<Message>) {
    let mut carried = Vec::new();
    let mut whole = Vec::new();
    for (message, give_up_after) in messages {
        match *message {
            Message::Text(length) => carried.push(Carried::Text(length)),
            Message::Bytes(length) => carried.push(Carried::Bytes(vec![7; length as usize])),
            Message::Large(kind, length) => {
                let mut fragments = Fragments::new(kind, length);
                let given_up = give_up_after.filter(|after| (1..fragments.count()).contains(after));
                for _ in 0..given_up.unwrap_or(u32::MAX) {
                    let Some(piece) = fragments.next() else {
                        break;
                    };
                    carried.push(Carried::Bytes(match piece {
                        Piece::Escape => Vec::new(),
                        Piece::Header(header) => header.to_vec(),
                        Piece::Fragment(range) => vec![7; range.len()],
                    }));
                    fragments.advance();
                }
                assert_eq!(fragments.is_under_way(), given_up.is_some());
                if given_up.is_some() {
                    carried.push(Carried::Bytes(Vec::new()));
                    continue;
                }
            }
        }
        whole.push(message.clone());
    }
    (carried, whole)
}

/// What comes out. An error ends it.
fn receive(carried: &[Carried]) -> Result<Vec<Message>, FragmentError> {
    let mut assembler = Assembler::default();
    let mut messages = Vec::new();
    let mut held = 0;
    for carried in carried {
        let (came, length) = match carried {
            Carried::Text(length) => (assembler.text()?, *length),
            Carried::Bytes(bytes) if assembler.expects_header() => (assembler.header(bytes)?, 0),
            Carried::Bytes(bytes) => (assembler.bytes(bytes.len())?, bytes.len() as u32),
        };
        match (came, carried) {
            (Came::Whole, Carried::Text(_)) => messages.push(Message::Text(length)),
            (Came::Whole, Carried::Bytes(_)) => messages.push(Message::Bytes(length)),
            (Came::Sign, _) => assert_eq!(held, 0),
            (Came::Fragment, _) => held += length,
            (Came::Complete(kind), _) => {
                messages.push(Message::Large(kind, held + length));
                held = 0;
            }
            (Came::Abort | Came::Bundle, _) => held = 0,
        }
        assert!(held <= MAX_MESSAGE);
    }
    Ok(messages)
}

fn message() -> impl Strategy<Value = Message> {
    let kind = prop_oneof![Just(Kind::Bytes), Just(Kind::Text)];
    prop_oneof![
        (0..100u32).prop_map(Message::Text),
        (1..100u32).prop_map(Message::Bytes),
        (kind, 1..5 * FRAGMENT).prop_map(|(kind, length)| Message::Large(kind, length)),
        Just(Message::Large(Kind::Empty, 0)),
    ]
}

fn carried() -> impl Strategy<Value = Carried> {
    let header = (0..4u8, prop_oneof![0..3 * MIN_FRAGMENT, any::<u32>()]);
    prop_oneof![
        1 => (0..9u32).prop_map(Carried::Text),
        4 => Just(Carried::Bytes(Vec::new())),
        4 => header.prop_map(|(kind, length)| Carried::Bytes([&[kind][..], &length.to_be_bytes()].concat())),
        4 => (0..3 * MIN_FRAGMENT).prop_map(|length| Carried::Bytes(vec![0; length as usize])),
    ]
}

proptest! {
    #[test]
    fn what_is_sent_whole_comes_out_and_what_is_given_up_does_not(
        messages in vec((message(), option::weighted(0.3, 0..7u32)), 0..12),
    ) {
        let (carried, whole) = send(&messages);
        prop_assert_eq!(receive(&carried), Ok(whole));
    }

    #[test]
    fn whatever_comes_is_a_message_or_an_error(carried in vec(carried(), 0..40)) {
        let _ = receive(&carried);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let within = |kind: u8, length: u32| {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.bytes(0), Ok(Came::Sign));
        let [a, b, c, d] = length.to_be_bytes();
        assembler.header(&[kind, a, b, c, d]).map(|_| assembler)
    };
    for (kind, length) in [
        (0, 1),
        (1, 0),
        (2, 0),
        (4, 5),
        (1, MAX_MESSAGE + 1),
        (2, u32::MAX),
    ] {
        assert_eq!(
            within(kind, length),
            Err(FragmentError::Header),
            "{kind} {length}"
        );
    }
    for length in [0, 1, 4, 6] {
        let mut assembler = Assembler::Escaped;
        let header = assembler.header(&vec![1; length]);
        assert_eq!(
            header.is_err(),
            length > 0,
            "only the end of it may come instead"
        );
    }
    let mut large = within(1, 3 * FRAGMENT).expect("a good header");
    assert_eq!(large.text(), Err(FragmentError::Unexpected));
    assert_eq!(
        large.bytes(MIN_FRAGMENT as usize - 1),
        Err(FragmentError::TooSmall)
    );
    assert_eq!(
        large.bytes(3 * FRAGMENT as usize + 1),
        Err(FragmentError::Unexpected)
    );
    assert_eq!(large.bytes(usize::MAX), Err(FragmentError::Unexpected));
    assert!(within(2, MAX_MESSAGE).is_ok());
}
