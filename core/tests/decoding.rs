//! Whatever arrives is read whole, or refused with an error. Nothing panics.

use handclasp_core::envelope::Header;
use handclasp_core::flow::Load;
use handclasp_core::ledger::Tally;
use handclasp_core::mesh::{Input, MAX_PEERS, Mesh, MeshConfig, Output};
use handclasp_core::message::{
    ChannelKey, Frame, MAX_PROFILE, MAX_STREAM_ID, MAX_STREAMS, MAX_TALLIES, Message, Signal,
    Source, StreamNote,
};
use handclasp_core::replay::{WINDOW, Window};
use handclasp_core::session::{
    Candidate, Description, DescriptionKind, MAX_CANDIDATE, MAX_CANDIDATES, MAX_MID, MAX_UFRAG,
};
use handclasp_core::{Attempt, MemberId, Time, base64url};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn member() -> impl Strategy<Value = MemberId> {
    any::<[u8; 16]>()
        .prop_filter("nobody", |id| *id != [0; 16])
        .prop_map(MemberId::from_bytes)
}

fn text(max: usize) -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..max / 4).prop_map(String::from_iter)
}

fn candidate() -> impl Strategy<Value = Candidate> {
    (
        text(MAX_CANDIDATE),
        option::of(text(MAX_MID)),
        option::of(any::<u16>()),
        option::of(text(MAX_UFRAG)),
    )
        .prop_map(
            |(candidate, sdp_mid, sdp_m_line_index, username_fragment)| Candidate {
                candidate,
                sdp_mid,
                sdp_m_line_index,
                username_fragment,
            },
        )
}

fn signal() -> impl Strategy<Value = Signal> {
    let kind = prop_oneof![Just(DescriptionKind::Offer), Just(DescriptionKind::Answer)];
    prop_oneof![
        (any::<u32>(), kind, text(2000), vec(candidate(), 0..4)).prop_map(
            |(number, kind, sdp, candidates)| Signal::Description {
                number,
                description: Description { kind, sdp },
                candidates,
            }
        ),
        vec(candidate(), 0..MAX_CANDIDATES).prop_map(Signal::Candidates),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        Just(Message::Hello),
        Just(Message::Presence),
        Just(Message::Leave),
        Just(Message::Will),
        Just(Message::Full),
        signal().prop_map(Message::Signal),
    ]
}

fn channel() -> impl Strategy<Value = ChannelKey> {
    prop_oneof![
        any::<u32>().prop_map(ChannelKey::Declared),
        any::<u32>().prop_map(ChannelKey::Mine),
        any::<u32>().prop_map(ChannelKey::Yours),
    ]
}

fn tally() -> impl Strategy<Value = Tally> {
    let load = (any::<u32>(), any::<u32>()).prop_map(|(messages, bytes)| Load { messages, bytes });
    let epochs = (any::<u32>(), any::<u32>());
    (epochs, any::<u64>(), load, any::<u64>()).prop_map(|((by, of), count, unread, wants)| Tally {
        by,
        of,
        count,
        unread,
        wants,
    })
}

fn frame() -> impl Strategy<Value = Frame> {
    let source = prop_oneof![
        Just(Source::Camera),
        Just(Source::Screen),
        Just(Source::Other)
    ];
    let note = (text(MAX_STREAM_ID), source, any::<bool>(), any::<bool>()).prop_map(
        |(id, source, audio, video)| StreamNote {
            id,
            source,
            audio,
            video,
        },
    );
    prop_oneof![
        any::<u32>().prop_map(Frame::Ping),
        any::<u32>().prop_map(Frame::Pong),
        Just(Frame::Bye),
        vec(any::<u8>(), 0..MAX_PROFILE).prop_map(Frame::Profile),
        vec(note, 0..MAX_STREAMS).prop_map(Frame::Streams),
        vec(member(), 0..MAX_PEERS).prop_map(Frame::Members),
        (any::<bool>(), vec((channel(), tally()), 0..MAX_TALLIES))
            .prop_map(|(all, tallies)| Frame::Tallies { all, tallies }),
        (channel(), any::<bool>())
            .prop_map(|(channel, carried)| Frame::Closed { channel, carried }),
        signal().prop_map(Frame::Signal),
    ]
}

fn header() -> impl Strategy<Value = Header> {
    (member(), option::of(member()), any::<u32>(), any::<u64>()).prop_map(
        |(sender, recipient, attempt, sequence)| Header {
            sender,
            recipient,
            attempt: Attempt::new(attempt),
            sequence,
        },
    )
}

/// Every length of a short message; of a long one, a hundred.
fn truncations(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(len / 100 + 1)
}

proptest! {
    #[test]
    fn messages_are_read_as_they_were_written(header in header(), message in message()) {
        let bytes = message.encode(&header);
        prop_assert_eq!(Message::decode(&bytes), Ok((header, message)));
        for len in truncations(bytes.len()) {
            prop_assert!(Message::decode(&bytes[..len]).is_err());
        }
    }

    #[test]
    fn frames_are_read_as_they_were_written(frame in frame()) {
        let mut bytes = frame.encode();
        for len in truncations(bytes.len()) {
            prop_assert!(Frame::decode(&bytes[..len]).is_err());
        }
        prop_assert_eq!(Frame::decode(&bytes), Ok(frame));
        bytes.push(0);
        prop_assert!(Frame::decode(&bytes).is_err());
    }

    #[test]
    fn a_mesh_bears_anything(
        plaintexts in vec(prop_oneof![
            vec(any::<u8>(), 0..200),
            (header(), message()).prop_map(|(header, message)| message.encode(&header)),
            (member(), 0..3u32, 0..6u64, message()).prop_map(|(sender, attempt, sequence, message)| {
                let header = Header { sender, recipient: Some(ME), attempt: Attempt::new(attempt), sequence };
                message.encode(&header)
            }),
        ], 0..60),
    ) {
        let mut mesh = Mesh::new(MeshConfig { me: ME, seed: 1, max_peers: 4, profile: Vec::new() });
        let mut opened = 0;
        let mut now = Time::ZERO;
        for plaintext in plaintexts {
            now = now + core::time::Duration::from_millis(300);
            mesh.handle(Input::Opened(plaintext), now);
            mesh.handle(Input::Timeout, now);
            while let Some(output) = mesh.poll() {
                if let Output::Browser { command, .. } = output {
                    opened += u32::from(command == handclasp_core::link::BrowserCommand::Open);
                }
            }
        }
        prop_assert!(opened <= 60 * 4);
    }

    #[test]
    fn the_replay_window_admits_each_number_once(numbers in vec(0..3 * WINDOW, 0..3000)) {
        let mut window = Window::new();
        let mut admitted = std::collections::BTreeSet::new();
        for number in numbers {
            let newest = admitted.last().copied().unwrap_or(0);
            let expected = number > 0 && !admitted.contains(&number) && number + WINDOW > newest;
            prop_assert_eq!(window.admit(number), expected, "{} after {}", number, newest);
            if expected {
                admitted.insert(number);
            }
        }
    }

    #[test]
    fn base64url_goes_there_and_back(bytes in vec(any::<u8>(), 0..100), text in "[A-Za-z0-9_=+ -]{0,12}") {
        prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)), Some(bytes));
        if let Some(bytes) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&bytes), text);
        }
    }
}

const ME: MemberId = MemberId::from_bytes([9; 16]);
