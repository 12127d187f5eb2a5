//! Whatever the other side says: a typed error, and no panic.

#[path = "support/transfer.rs"]
#[allow(dead_code, reason = "its own part")]
mod support;

use handclasp_core::Time;
use handclasp_core::transfer::{
    DataHeader, Hash, Job, Kept, Listing, MAX_FILES, MAX_MESSAGE, MAX_SIZE, Message, Reason,
    Receiver, Sender, State, Task, TransferError, TransferId, Way, inert_type,
};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{entry, noise};

const ID: TransferId = TransferId::from_bytes([7; 16]);
const HASH: Hash = [0; 32];

fn broken() -> State {
    State::Failed(TransferError::Protocol)
}

/// Offers files of 10, 0 and 100,000 bytes.
fn sender() -> Sender {
    let list = [10, 0, 100_000].map(|size| entry(&size.to_string(), &vec![0; size]));
    Sender::new(ID, list.to_vec()).expect("a list")
}

fn receiver() -> Receiver<()> {
    let mut listing = Listing::default();
    let mut sender = sender();
    let mut receiver = None;
    while let Some(said) = sender.course.poll() {
        receiver = listing.hear::<()>(&said).expect("an offer");
    }
    receiver.expect("all of it")
}

fn accepted() -> Receiver<()> {
    let mut receiver = receiver();
    assert!(receiver.accept());
    receiver.prepared();
    receiver
}

fn feed(receiver: &mut Receiver<()>, file: u32, offset: u64, len: u64, way: Way) {
    receiver.data(DataHeader { file, offset }, len, way, (), Time::ZERO);
}

fn accept(kept: Vec<Kept>) -> Message {
    Message::Accept { last: true, kept }
}

fn kept(file: u32, bytes: u64) -> Kept {
    Kept {
        file,
        bytes,
        hash: HASH,
    }
}

#[test]
fn a_sender_takes_nothing_that_does_not_belong() {
    let cases: &[(&str, &[Message])] = &[
        ("an offer back", &[Message::Offer { id: ID, files: 1 }]),
        ("a list", &[Message::List(Vec::new())]),
        (
            "the end of a file",
            &[Message::FileEnd {
                file: 0,
                hash: HASH,
            }],
        ),
        ("done", &[Message::Done]),
        ("full before it begins", &[Message::NoSpace]),
        (
            "a receipt before it begins",
            &[Message::Receipt {
                file: 0,
                intact: true,
            }],
        ),
        ("accepted twice", &[accept(vec![]), accept(vec![])]),
        (
            "declined after it was accepted",
            &[accept(vec![]), Message::Decline],
        ),
        (
            "a receipt for what was not sent",
            &[
                accept(vec![]),
                Message::Receipt {
                    file: 1,
                    intact: true,
                },
            ],
        ),
        (
            "a receipt for no file",
            &[
                accept(vec![]),
                Message::Receipt {
                    file: 9,
                    intact: false,
                },
            ],
        ),
        ("more than there is", &[accept(vec![kept(0, 11)])]),
        ("nothing at all", &[accept(vec![kept(0, 0)])]),
        ("of no file", &[accept(vec![kept(3, 1)])]),
        ("twice the same", &[accept(vec![kept(0, 1), kept(0, 1)])]),
        ("out of order", &[accept(vec![kept(2, 1), kept(0, 1)])]),
    ];
    for (what, messages) in cases {
        let mut sender = sender();
        while sender.course.poll().is_some() {}
        messages
            .iter()
            .for_each(|message| drop(sender.hear(&message.encode())));
        assert_eq!(sender.state(true), broken(), "{what}");
        let told = sender.course.poll().expect("it says so");
        assert_eq!(
            Message::decode(&told),
            Ok(Message::Cancel(Reason::Protocol))
        );
        assert!(sender.job().is_none() && !sender.flows());
    }
}

#[test]
fn the_same_receipt_does_not_count_twice() {
    let mut sender = sender();
    sender.hear(&accept(vec![]).encode());
    let Some(Job::Send(pieces)) = sender.job() else {
        panic!("something to send");
    };
    sender.absorb(&[0; 10]);
    sender.end_file(0);
    sender.sent(pieces[0], None, Time::ZERO);
    let receipt = Message::Receipt {
        file: 0,
        intact: true,
    }
    .encode();
    sender.hear(&receipt);
    assert_eq!(sender.state(true), State::Active);
    sender.hear(&receipt);
    assert_eq!(sender.state(true), broken());
}

#[test]
fn a_receiver_takes_nothing_that_does_not_belong() {
    let data = |file, offset, len: u64| {
        move |receiver: &mut Receiver<()>| {
            feed(receiver, file, offset, len, Way::Main);
        }
    };
    let says = |message: Message| {
        move |receiver: &mut Receiver<()>| {
            receiver.hear(&message.encode());
        }
    };
    type Act = Box<dyn Fn(&mut Receiver<()>)>;
    let cases: Vec<(&str, Vec<Act>)> = vec![
        (
            "another offer",
            vec![Box::new(says(Message::Offer { id: ID, files: 1 }))],
        ),
        (
            "more of the list",
            vec![Box::new(says(Message::List(Vec::new())))],
        ),
        ("an acceptance", vec![Box::new(says(accept(vec![])))]),
        (
            "a receipt",
            vec![Box::new(says(Message::Receipt {
                file: 0,
                intact: true,
            }))],
        ),
        ("full", vec![Box::new(says(Message::NoSpace))]),
        ("done too early", vec![Box::new(says(Message::Done))]),
        ("no content", vec![Box::new(data(0, 0, 0))]),
        ("beyond the end", vec![Box::new(data(0, 0, 11))]),
        ("far beyond the end", vec![Box::new(data(0, u64::MAX, 1))]),
        ("a hole", vec![Box::new(data(0, 1, 1))]),
        (
            "twice the same",
            vec![Box::new(data(0, 0, 5)), Box::new(data(0, 0, 5))],
        ),
        (
            "backwards",
            vec![Box::new(data(0, 0, 5)), Box::new(data(0, 4, 1))],
        ),
        ("another file's turn", vec![Box::new(data(2, 0, 5))]),
        ("no such file", vec![Box::new(data(3, 0, 5))]),
        ("content of an empty file", vec![Box::new(data(1, 0, 1))]),
        (
            "the end too early",
            vec![
                Box::new(data(0, 0, 9)),
                Box::new(says(Message::FileEnd {
                    file: 0,
                    hash: HASH,
                })),
            ],
        ),
        (
            "the end of another",
            vec![Box::new(says(Message::FileEnd {
                file: 1,
                hash: HASH,
            }))],
        ),
        (
            "nonsense",
            vec![Box::new(|receiver| {
                receiver.hear(&[99]);
            })],
        ),
        (
            "nothing",
            vec![Box::new(|receiver| {
                receiver.hear(&[]);
            })],
        ),
    ];
    for (what, acts) in cases {
        let mut receiver = accepted();
        while receiver.course.poll().is_some() {}
        acts.iter().for_each(|act| act(&mut receiver));
        assert_eq!(receiver.state(true), broken(), "{what}");
        let told = receiver.course.poll().expect("it says so");
        assert_eq!(
            Message::decode(&told),
            Ok(Message::Cancel(Reason::Protocol))
        );
        feed(&mut receiver, 0, 0, 5, Way::Main);
        assert_eq!(receiver.due(), None);
    }
}

#[test]
fn data_before_it_was_accepted_is_refused() {
    let mut receiver = receiver();
    feed(&mut receiver, 0, 0, 5, Way::Main);
    assert_eq!((receiver.due(), receiver.state(true)), (None, broken()));
}

#[test]
fn a_flood_of_holding_and_letting_go_ends_it() {
    let mut receiver = accepted();
    let mut messages = 0;
    while !receiver.course.is_over() {
        receiver.hear(&Message::Pause.encode());
        receiver.hear(&Message::Resume.encode());
        messages += 2;
        assert!(messages < 100_000);
    }
    assert_eq!(receiver.state(true), broken());
    let mut sender = sender();
    sender.hear(&accept(vec![]).encode());
    for _ in 0..20_000 {
        sender.hear(&Message::NoSpace.encode());
    }
    assert_eq!(sender.state(true), broken());
}

#[test]
fn an_offer_is_bounded_and_complete() {
    let offer = |files| Message::Offer { id: ID, files }.encode();
    assert!(Listing::default().hear::<()>(&offer(0)).is_err());
    assert!(
        Listing::default()
            .hear::<()>(&offer(MAX_FILES as u32 + 1))
            .is_err()
    );
    assert!(
        Listing::default()
            .hear::<()>(&Message::List(Vec::new()).encode())
            .is_err()
    );
    let mut listing = Listing::default();
    assert!(
        listing
            .hear::<()>(&offer(1))
            .is_ok_and(|offer| offer.is_none())
    );
    assert!(listing.hear::<()>(&offer(1)).is_err(), "twice");
    let two = Message::List(vec![entry("a", b""), entry("b", b"")]).encode();
    let mut listing = Listing::default();
    assert!(listing.hear::<()>(&offer(1)).is_ok() && listing.hear::<()>(&two).is_err());
    let mut huge = entry("huge", b"");
    huge.size = MAX_SIZE + 1;
    let mut listing = Listing::default();
    assert!(listing.hear::<()>(&offer(1)).is_ok());
    assert!(
        listing
            .hear::<()>(&Message::List(vec![huge]).encode())
            .is_err()
    );
    let mut listing = Listing::default();
    assert!(listing.hear::<()>(&offer(1)).is_ok());
    let taken_back = listing.hear::<()>(&Message::Cancel(Reason::Person).encode());
    assert!(matches!(taken_back, Err(TransferError::CancelledByPeer)));
}

#[test]
fn ten_thousand_files_are_offered_in_messages_that_fit() {
    let list: Vec<_> = (0..10_000)
        .map(|n| {
            entry(
                &format!("a folder with a long name/picture number {n}.jpeg"),
                &noise(n % 7, 1),
            )
        })
        .collect();
    let mut sender = Sender::new(ID, list.clone()).expect("fits");
    let mut listing = Listing::default();
    let mut receiver = None;
    while let Some(said) = sender.course.poll() {
        assert!(said.len() <= MAX_MESSAGE);
        receiver = listing.hear::<()>(&said).expect("an offer");
    }
    let mut receiver = receiver.expect("all of it");
    assert_eq!(receiver.list(), list);

    assert!(receiver.accept());
    for (file, entry) in (0..).zip(&list) {
        if receiver.look(file, entry.size) {
            receiver.absorb(&noise(entry.size as usize, 1));
            receiver.looked(file, entry.size);
        }
    }
    receiver.prepared();
    while let Some(said) = receiver.course.poll() {
        assert!(said.len() <= MAX_MESSAGE);
        sender.hear(&said);
    }
    assert!(sender.is_accepted());
}

#[test]
fn an_offer_arrives_with_clean_names_and_types() {
    let mut listing = Listing::default();
    let offer = Message::Offer { id: ID, files: 3 }.encode();
    assert!(listing.hear::<()>(&offer).is_ok());
    let mut list = vec![entry("../../x", b""), entry("X", b""), entry("CON", b"")];
    list[0].media_type = "text/html\r\nx: y".into();
    let receiver = listing.hear::<()>(&Message::List(list).encode());
    let receiver = receiver.expect("an offer").expect("all of it");
    let paths: Vec<_> = receiver
        .list()
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    assert_eq!(paths, ["x", "X (2)", "_CON"]);
    assert_eq!(receiver.list()[0].media_type, "");
}

#[test]
fn nothing_is_shown_as_what_could_run() {
    for runs in [
        "text/html",
        "image/svg+xml",
        "IMAGE/SVG+XML",
        "application/xhtml+xml",
        "text/xml",
        "application/pdf",
        "image/x-xml",
        "",
    ] {
        assert_eq!(inert_type(runs), "application/octet-stream", "{runs}");
    }
    for shown in ["image/png", "video/mp4", "audio/ogg", "text/plain"] {
        assert_eq!(inert_type(shown), shown);
    }
}

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../../tests/vectors/transfer.json")).expect("JSON")
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    let text = value.as_str().expect("a text");
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(pair).collect()
}

#[test]
fn what_is_said_is_as_the_vectors_say() {
    let vectors = vectors();
    let id = TransferId::from_bytes(bytes(&vectors["id"]).try_into().expect("16 bytes"));
    let list: Vec<_> = vectors["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| {
            let text = |name: &str| file[name].as_str().expect("a text").to_owned();
            handclasp_core::transfer::Entry {
                path: text("path"),
                size: file["size"].as_u64().expect("a number"),
                modified: file["modified"].as_u64().expect("a number"),
                media_type: text("type"),
            }
        })
        .collect();
    let mut sender = Sender::new(id, list.clone()).expect("a list");
    let mut listing = Listing::default();
    assert_eq!(sender.course.poll(), Some(bytes(&vectors["offer"])));
    assert!(listing.hear::<()>(&bytes(&vectors["offer"])).is_ok());
    assert_eq!(sender.course.poll(), Some(bytes(&vectors["list"])));
    let receiver = listing
        .hear::<()>(&bytes(&vectors["list"]))
        .expect("an offer");
    let mut receiver = receiver.expect("all of it");
    assert_eq!(receiver.list(), list);

    assert!(receiver.accept() && receiver.look(0, 3));
    receiver.absorb(b"abc");
    receiver.looked(0, 3);
    receiver.prepared();
    assert_eq!(receiver.course.poll(), Some(bytes(&vectors["accept"])));
    sender.hear(&bytes(&vectors["accept"]));
    assert!(matches!(sender.job(), Some(Job::Compare(_))));
    sender.absorb(b"abc");
    let Some(Job::Send(pieces)) = sender.job() else {
        panic!("the ends of both");
    };
    for (file, piece) in (0..).zip(pieces) {
        assert_eq!((piece.file, piece.len, piece.last), (file, 0, true));
        let end = bytes(&vectors["file_ends"][file as usize]);
        assert_eq!(sender.end_file(file), end);
        sender.sent(piece, None, Time::ZERO);
        assert_eq!(receiver.hear(&end), None);
        assert_eq!(receiver.due(), Some(Task::Finish(file)));
        receiver.stored(file);
        let receipt = bytes(&vectors["receipts"][file as usize]);
        assert_eq!(receiver.course.poll().as_ref(), Some(&receipt));
        sender.hear(&receipt);
    }
    assert_eq!(sender.course.poll(), Some(bytes(&vectors["done"])));
    assert_eq!(
        (sender.state(true), receiver.state(true)),
        (State::Done, State::Done)
    );

    let simple = [
        ("accept_nothing", accept(vec![])),
        ("decline", Message::Decline),
        ("pause", Message::Pause),
        ("resume", Message::Resume),
        (
            "cancel_source_changed",
            Message::Cancel(Reason::SourceChanged),
        ),
        ("no_space", Message::NoSpace),
        (
            "lane_offer",
            Message::LaneOffer {
                lane: 2,
                sdp: "v=0".into(),
            },
        ),
        (
            "lane_answer",
            Message::LaneAnswer {
                lane: 2,
                sdp: "v=1".into(),
            },
        ),
        ("lane_end", Message::LaneEnd { lane: 2 }),
        (
            "got",
            Message::Got {
                taken: 0x10_0000,
                arrived: 0x101_0000,
            },
        ),
    ];
    for (name, message) in simple {
        assert_eq!(message.encode(), bytes(&vectors[name]), "{name}");
    }
    assert_eq!(
        DataHeader { file: 0, offset: 0 }.encode(),
        bytes(&vectors["data"])
    );
    for (what, malformed) in vectors["malformed"].as_object().expect("cases") {
        assert!(Message::decode(&bytes(malformed)).is_err(), "{what}");
    }
}

fn message() -> impl Strategy<Value = Message> {
    let entry = ("[a-z./]{0,20}", 0..=MAX_SIZE, any::<u64>(), "[a-z/]{0,10}").prop_map(
        |(path, size, modified, media_type)| handclasp_core::transfer::Entry {
            path,
            size,
            modified,
            media_type,
        },
    );
    let kept = (any::<u32>(), any::<u64>(), any::<[u8; 32]>())
        .prop_map(|(file, bytes, hash)| Kept { file, bytes, hash });
    let reason = proptest::sample::select(vec![
        Reason::Person,
        Reason::SourceChanged,
        Reason::Storage,
        Reason::Corrupt,
        Reason::Protocol,
    ]);
    prop_oneof![
        (any::<[u8; 16]>(), 1..=MAX_FILES as u32).prop_map(|(id, files)| Message::Offer {
            id: TransferId::from_bytes(id),
            files
        }),
        vec(entry, 0..5).prop_map(Message::List),
        (any::<bool>(), vec(kept, 0..5)).prop_map(|(last, kept)| Message::Accept { last, kept }),
        (any::<u32>(), any::<[u8; 32]>()).prop_map(|(file, hash)| Message::FileEnd { file, hash }),
        (0..4u32, any::<bool>()).prop_map(|(file, intact)| Message::Receipt { file, intact }),
        reason.prop_map(Message::Cancel),
        (0..4u32, "[a-z]{0,9}").prop_map(|(lane, sdp)| Message::LaneOffer { lane, sdp }),
        (0..4u32, "[a-z]{0,9}").prop_map(|(lane, sdp)| Message::LaneAnswer { lane, sdp }),
        (0..4u32).prop_map(|lane| Message::LaneEnd { lane }),
        (0..9u64, 0..9u64).prop_map(|(taken, arrived)| Message::Got { taken, arrived }),
        proptest::sample::select(vec![
            Message::Decline,
            Message::Pause,
            Message::Resume,
            Message::NoSpace,
            Message::Done
        ]),
    ]
}

proptest! {
    #[test]
    fn what_is_said_is_read_as_it_was_said(message in message()) {
        let bytes = message.encode();
        prop_assert_eq!(Message::decode(&bytes), Ok(message));
        for end in 0..bytes.len() {
            prop_assert!(Message::decode(&bytes[..end]).is_err(), "cut at {}", end);
        }
        prop_assert!(Message::decode(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn no_sequence_of_messages_does_harm(
        messages in vec(message(), 0..20),
        data in vec((0..4u32, 0..20u64, 0..20u64), 0..20),
    ) {
        let (mut sender, mut receiver) = (sender(), accepted());
        let mut data = data.into_iter();
        for message in &messages {
            sender.hear(&message.encode());
            receiver.hear(&message.encode());
            if let Some((file, offset, len)) = data.next() {
                let way = if offset.is_multiple_of(2) { Way::Main } else { Way::Lane };
                feed(&mut receiver, file, offset, len, way);
                while receiver.due().is_some() {}
                receiver.tell(Time::ZERO);
                receiver.absorb(&vec![0; len as usize]);
            }
            let job = sender.job();
            if let Some(Job::Compare(piece)) = job {
                sender.absorb(&vec![0; piece.len as usize]);
            }
        }
        prop_assert!(sender.state(true) != State::Done && receiver.state(true) != State::Done);
        let mut said = 0;
        while receiver.course.poll().is_some() || sender.course.poll().is_some() {
            said += 1;
        }
        prop_assert!(said < 50);
    }
}
