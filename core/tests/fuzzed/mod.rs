//! Each decoder as a function of any bytes: for the fuzzers in `fuzz/`, and for the test that replays what they found. Nothing may
//! panic, and what is read must come out as it went in.

#![allow(dead_code, unreachable_pub, reason = "each fuzzer uses its own part")]

use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use handclasp_core::bundle;
use handclasp_core::card::{Card, MAX_CARD, Purpose, candidates_of};
use handclasp_core::crypto::{Crypto, RustCrypto};
use handclasp_core::fragments::{Assembler, Came, HEADER, MAX_MESSAGE};
use handclasp_core::mesh::{Input, Mesh, MeshConfig};
use handclasp_core::message::{Frame, Message};
use handclasp_core::mqtt::packet::{Decoder, Packet, ToClient, ToServer, Version};
use handclasp_core::mqtt::{Address, Client, Config, Input as MqttInput};
use handclasp_core::session::{Candidate, Description, DescriptionKind};
use handclasp_core::transfer::{
    DataHeader, Entry, Job, Listing, Message as TransferMessage, Sender, TransferId, Way, path,
};
use handclasp_core::{MemberId, Time, envelope};

/// The outer format: a sealed signal.
pub fn envelope(bytes: &[u8]) {
    let key = now(RustCrypto.import_aes_256_gcm(&[7; 32])).expect("a key of 32 bytes");
    assert!(
        now(envelope::open(&RustCrypto, &key, bytes)).is_err(),
        "nobody guesses a tag"
    );
}

/// What is inside it, and what a mesh makes of it.
pub fn message(bytes: &[u8]) {
    if let Ok((header, message)) = Message::decode(bytes) {
        let again = message.encode(&header);
        assert_eq!(Message::decode(&again), Ok((header, message)));
    }
    let mut mesh = Mesh::new(MeshConfig {
        me: MemberId::from_bytes([9; 16]),
        seed: 1,
        max_peers: 2,
        profile: Vec::new(),
    });
    // Twice, and once more later: replays and repetitions.
    for second in [1, 1, 4] {
        let now = Time::ZERO + Duration::from_secs(second);
        mesh.handle(Input::Opened(bytes.to_vec()), now);
        mesh.handle(Input::Timeout, now);
        let mut outputs = 0;
        while mesh.poll().is_some() {
            outputs += 1;
        }
        assert!(outputs < 256, "bounded");
    }
}

/// What is said on a control channel.
pub fn frame(bytes: &[u8]) {
    if let Ok(frame) = Frame::decode(bytes) {
        assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
    }
}

/// What comes on a channel whose large messages go in fragments: as data-channel messages, each a byte of length (255 for 65,536) and, of headers, what
/// is in them.
pub fn fragments(bytes: &[u8]) {
    if let Ok(messages) = bundle::open(bytes) {
        assert!(messages.len() <= bytes.len() / 2, "each has its length");
    }
    let mut assembler = Assembler::default();
    let mut held = 0;
    let mut rest = bytes;
    while let Some((&length, after)) = rest.split_first() {
        rest = after;
        let came = if assembler.expects_header() {
            let (header, after) = rest.split_at(rest.len().min(usize::from(length) % (HEADER + 2)));
            rest = after;
            assembler.header(header)
        } else if length == 254 {
            assembler.text()
        } else {
            let length = if length == 255 {
                65_536
            } else {
                usize::from(length) * 512
            };
            held += length;
            assembler.bytes(length)
        };
        match came {
            Ok(Came::Fragment) => assert!(held < MAX_MESSAGE as usize, "bounded"),
            Ok(_) => held = 0,
            Err(_) => return,
        }
    }
}

/// What a broker, or someone in its place, may send.
pub fn mqtt(bytes: &[u8]) {
    for version in [Version::V311, Version::V5] {
        packets::<ToClient>(bytes, version);
        packets::<ToServer>(bytes, version);
    }
    let config = Config {
        client_id: "a1".into(),
        username: None,
        password: None,
        will: None,
        seed: 7,
    };
    let mut client = Client::new(config, Time::ZERO);
    let topic = "t".to_owned();
    client.handle(MqttInput::Subscribe { topic }, Time::ZERO);
    client.handle(MqttInput::Opened, Time::ZERO);
    // In two pieces, as sockets do.
    let (one, two) = bytes.split_at(bytes.len() / 3);
    for piece in [one, two] {
        client.handle(MqttInput::Received(piece.to_vec()), Time::from_millis(5));
        while client.poll().is_some() {}
    }
}

fn packets<P: Packet>(bytes: &[u8], version: Version) {
    let mut decoder = Decoder::new(version);
    decoder.push(bytes);
    while let Ok(Some(packet)) = decoder.next::<P>() {
        drop(packet);
    }
}

/// The address of a broker, as people type it.
pub fn address(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes)
        && let Ok(address) = Address::parse(text)
    {
        assert!(!address.host().is_empty());
        assert!(address.topic("room").ends_with("room"));
    }
}

/// What is read of session descriptions and candidates.
pub fn session(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let description = Description {
        kind: DescriptionKind::Offer,
        sdp: text.clone().into_owned(),
    };
    for ufrag in description.ufrags() {
        assert!(text.contains(ufrag));
    }
    let candidate = Candidate {
        candidate: text.into_owned(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    let _ = (candidate.ufrag(), candidate.fits());
}

/// What people paste for a handshake code, and what is in one.
pub fn card(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for card in [Card::decode(bytes), Card::parse(&text)]
        .into_iter()
        .flatten()
    {
        let text = card.to_text().expect("it was read");
        assert!(Card::parse(&text) == Ok(card.clone()));
        assert!(Card::parse(&card.to_qr_text().expect("it was read")) == Ok(card.clone()));
        let (description, candidates) = card.unpack();
        assert!(description.ufrags() == [card.ufrag.as_str()]);
        let lines: Vec<_> = candidates_of(&description.sdp);
        assert!(lines.is_empty() && candidates.iter().all(Candidate::fits));
    }
    // A code whose checksum is right, whatever is in it.
    if let Ok(length) = u8::try_from(bytes.len() + 6) {
        let mut sealed = [&[1, length], bytes].concat();
        sealed.extend_from_slice(&checksum(&sealed).to_be_bytes());
        if let Ok(card) = Card::decode(&sealed) {
            assert_eq!(card.encode().expect("it was read"), sealed);
        }
    }
    let description = Description {
        kind: DescriptionKind::Offer,
        sdp: text.into_owned(),
    };
    let purpose = Purpose::Reply { invitation: 1 };
    let lines = candidates_of(&description.sdp);
    if let Ok(card) = Card::pack(purpose, 30_000_000, &description, &lines) {
        assert!(card.encode().expect("packed").len() <= MAX_CARD);
    }
}

/// What the other side of a transfer may say, to either side: one message after the other, each with a byte of length in front.
pub fn transfer(bytes: &[u8]) {
    let path = path::safe(&String::from_utf8_lossy(bytes));
    assert_eq!(path::safe(&path), path);
    if let Ok(message) = TransferMessage::decode(bytes) {
        assert_eq!(TransferMessage::decode(&message.encode()), Ok(message));
    }
    let _ = Listing::default().hear::<()>(bytes);
    let entry = |path: &str, size| Entry {
        path: path.into(),
        size,
        modified: 1,
        media_type: String::new(),
    };
    let list = vec![entry("a", 7), entry("b", 0), entry("c", 200)];
    let id = TransferId::from_bytes([1; 16]);
    let mut sender = Sender::new(id, list).expect("a list");
    let mut listing = Listing::default();
    let mut receiver = None;
    while let Some(said) = sender.course.poll() {
        receiver = listing.hear::<()>(&said).expect("an offer");
    }
    let mut receiver = receiver.expect("all of it");
    assert!(receiver.accept());
    receiver.prepared();
    let mut rest = bytes;
    while let Some((length, more)) = rest.split_first() {
        let (message, more) = more.split_at(more.len().min(usize::from(*length)));
        rest = more;
        match DataHeader::decode(message) {
            Some(header) => {
                let content = &message[DataHeader::LEN..];
                let way = if rest.len().is_multiple_of(2) {
                    Way::Main
                } else {
                    Way::Lane
                };
                receiver.data(header, content.len() as u64, way, (), Time::ZERO);
                while receiver.due().is_some() {}
                receiver.tell(Time::ZERO);
            }
            None => drop(receiver.hear(message)),
        }
        sender.hear(message);
        if let Some(Job::Compare(piece)) = sender.job() {
            sender.absorb(&vec![0; piece.len as usize]);
        }
    }
    let _ = (
        sender.progress(true, Time::ZERO),
        receiver.progress(true, Time::ZERO),
    );
}

/// CRC-32 by another way than the decoder's.
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut remainder = u64::from(u32::MAX);
    for byte in bytes {
        remainder ^= u64::from(*byte);
        for _ in 0..8 {
            let low = remainder % 2;
            remainder /= 2;
            remainder ^= low * 0xedb8_8320;
        }
    }
    !(remainder as u32)
}

/// RustCrypto's futures are ready at once.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it does not wait"),
    }
}
