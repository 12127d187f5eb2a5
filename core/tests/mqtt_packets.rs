//! MQTT packets and their bytes, from the standards and from nowhere.

use std::num::{NonZeroU16, NonZeroU32};

use handclasp_core::mqtt::packet::{
    ConnAck, Connect, DecodeError, Decoder, Disconnect, EncodeError, MAX_PACKET, Packet, PubAck,
    Publish, QoS, SubAck, Subscribe, ToClient, ToServer, UnsubAck, Unsubscribe, Version, Will,
};
use proptest::prelude::*;

const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

fn encode(packet: &impl Packet, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).expect("encodable");
    bytes
}

fn decode<P: Packet>(bytes: &[u8], version: Version) -> Result<Option<P>, DecodeError> {
    let mut decoder = Decoder::new(version);
    decoder.push(bytes);
    decoder.next()
}

fn id(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("not zero")
}

fn connect() -> Connect {
    Connect {
        clean_start: true,
        keep_alive: 15,
        client_id: "me".into(),
        will: None,
        username: None,
        password: None,
        receive_maximum: None,
        maximum_packet_size: None,
    }
}

fn publish(qos: QoS, packet_id: Option<u16>) -> Publish {
    Publish {
        dup: false,
        qos,
        retain: false,
        topic: "a/b".into(),
        packet_id: packet_id.map(id),
        payload: b"hi".to_vec(),
    }
}

#[test]
fn packets_to_the_server_have_the_bytes_of_the_standard() {
    let table: [(ToServer, &[u8], &[u8]); 9] = [
        (
            ToServer::Connect(connect()),
            b"\x10\x0e\0\x04MQTT\x04\x02\0\x0f\0\x02me",
            b"\x10\x0f\0\x04MQTT\x05\x02\0\x0f\0\0\x02me",
        ),
        (
            ToServer::Connect(Connect {
                will: Some(Will {
                    topic: "t".into(),
                    payload: b"bye".to_vec(),
                    qos: QoS::AtLeastOnce,
                    retain: false,
                }),
                username: Some("u".into()),
                password: Some(b"p".to_vec()),
                receive_maximum: NonZeroU16::new(16),
                maximum_packet_size: NonZeroU32::new(0x2_0000),
                ..connect()
            }),
            b"\x10\x1c\0\x04MQTT\x04\xce\0\x0f\0\x02me\0\x01t\0\x03bye\0\x01u\0\x01p",
            b"\x10\x26\0\x04MQTT\x05\xce\0\x0f\x08\x21\0\x10\x27\0\x02\0\0\0\x02me\0\0\x01t\0\x03bye\0\x01u\0\x01p",
        ),
        (
            ToServer::Publish(publish(QoS::AtMostOnce, None)),
            b"\x30\x07\0\x03a/bhi",
            b"\x30\x08\0\x03a/b\0hi",
        ),
        (
            ToServer::Publish(publish(QoS::AtLeastOnce, Some(0x102))),
            b"\x32\x09\0\x03a/b\x01\x02hi",
            b"\x32\x0a\0\x03a/b\x01\x02\0hi",
        ),
        (
            ToServer::PubAck(PubAck { packet_id: id(7), reason: 0 }),
            b"\x40\x02\0\x07",
            b"\x40\x02\0\x07",
        ),
        (
            ToServer::Subscribe(Subscribe {
                packet_id: id(1),
                filters: vec!["a".into(), "b".into()],
                qos: QoS::AtLeastOnce,
            }),
            b"\x82\x0a\0\x01\0\x01a\x01\0\x01b\x01",
            // No local, nothing that was retained, QoS 1.
            b"\x82\x0b\0\x01\0\0\x01a\x25\0\x01b\x25",
        ),
        (
            ToServer::Unsubscribe(Unsubscribe { packet_id: id(1), filters: vec!["a".into()] }),
            b"\xa2\x05\0\x01\0\x01a",
            b"\xa2\x06\0\x01\0\0\x01a",
        ),
        (ToServer::PingReq, b"\xc0\0", b"\xc0\0"),
        (ToServer::Disconnect(Disconnect { reason: 0 }), b"\xe0\0", b"\xe0\0"),
    ];
    for (packet, v311, v5) in table {
        for (version, bytes) in [(Version::V311, v311), (Version::V5, v5)] {
            // What one version has no place for does not come back.
            if !(version == Version::V311
                && matches!(&packet, ToServer::Connect(connect) if connect.receive_maximum.is_some()))
            {
                assert_eq!(
                    decode(bytes, version),
                    Ok(Some(packet.clone())),
                    "{packet:?} {version:?}"
                );
            }
            assert_eq!(encode(&packet, version), bytes, "{packet:?} {version:?}");
        }
    }
}

#[test]
fn packets_to_the_client_are_understood_in_every_form_that_servers_use() {
    let granted = ConnAck::new(0);
    let table: [(Version, &[u8], ToClient); 17] = [
        (Version::V311, b"\x20\x02\0\0", ToClient::ConnAck(granted.clone())),
        (Version::V311, b"\x20\x02\0\x05", ToClient::ConnAck(ConnAck::new(5))),
        (Version::V5, b"\x20\x03\0\0\0", ToClient::ConnAck(granted.clone())),
        // A server of 3.1.1 refuses MQTT 5.
        (Version::V5, b"\x20\x02\0\x01", ToClient::ConnAck(ConnAck::new(1))),
        (
            Version::V5,
            // Receive maximum, maximum packet size, topic alias maximum, server keep-alive, maximum QoS, assigned client id,
            // two user properties.
            b"\x20\x26\0\0\x23\x21\0\x14\x27\0\0\x40\0\x22\0\x0a\x13\0\x05\x24\x01\x12\0\x02ab\x26\0\x01k\0\x01v\x26\0\x01k\0\x01w",
            ToClient::ConnAck(ConnAck {
                receive_maximum: NonZeroU16::new(20),
                maximum_packet_size: NonZeroU32::new(0x4000),
                server_keep_alive: Some(5),
                maximum_qos: Some(QoS::AtLeastOnce),
                ..granted
            }),
        ),
        (Version::V5, b"\x32\x0a\0\x03a/b\x01\x02\0hi", ToClient::Publish(publish(QoS::AtLeastOnce, Some(0x102)))),
        (
            Version::V5,
            // Message expiry, two subscription identifiers.
            b"\x30\x12\0\x03a/b\x0a\x02\0\0\0\x09\x0b\x01\x0b\x80\x01hi",
            ToClient::Publish(publish(QoS::AtMostOnce, None)),
        ),
        (Version::V311, b"\x40\x02\0\x07", ToClient::PubAck(PubAck { packet_id: id(7), reason: 0 })),
        (Version::V5, b"\x40\x02\0\x07", ToClient::PubAck(PubAck { packet_id: id(7), reason: 0 })),
        (Version::V5, b"\x40\x03\0\x07\x10", ToClient::PubAck(PubAck { packet_id: id(7), reason: 0x10 })),
        (Version::V5, b"\x40\x08\0\x07\x87\x04\x1f\0\x01n", ToClient::PubAck(PubAck { packet_id: id(7), reason: 0x87 })),
        (Version::V311, b"\x90\x04\0\x01\x01\x80", ToClient::SubAck(SubAck { packet_id: id(1), reasons: vec![1, 0x80] })),
        (Version::V5, b"\x90\x04\0\x01\0\x87", ToClient::SubAck(SubAck { packet_id: id(1), reasons: vec![0x87] })),
        (Version::V311, b"\xb0\x02\0\x01", ToClient::UnsubAck(UnsubAck { packet_id: id(1), reasons: vec![] })),
        (Version::V5, b"\xb0\x04\0\x01\0\x11", ToClient::UnsubAck(UnsubAck { packet_id: id(1), reasons: vec![0x11] })),
        (Version::V5, b"\xe0\0", ToClient::Disconnect(Disconnect { reason: 0 })),
        (Version::V5, b"\xe0\x06\x8b\x04\x1f\0\x01n", ToClient::Disconnect(Disconnect { reason: 0x8b })),
    ];
    for (version, bytes, packet) in table {
        assert_eq!(decode(bytes, version), Ok(Some(packet)), "{bytes:02x?}");
    }
}

#[test]
fn what_is_not_a_packet_is_refused_with_a_reason() {
    use handclasp_core::wire::DecodeError as Body;
    let table: [(Version, &[u8], DecodeError); 22] = [
        (Version::V5, b"\x00\0", DecodeError::Header(0)),
        (Version::V5, b"\xf0\0", DecodeError::Header(0xf0)),
        (Version::V5, b"\x10\0", DecodeError::Header(0x10)),
        (Version::V5, b"\xd1\0", DecodeError::Header(0xd1)),
        (
            Version::V5,
            b"\xd0\x01\0",
            DecodeError::Body(Body::Trailing),
        ),
        (Version::V311, b"\xe0\0", DecodeError::Header(0xe0)),
        (Version::V5, b"\x20\xff\xff\xff\xff", DecodeError::Length),
        (Version::V5, b"\xd0\x80\0", DecodeError::Length),
        (Version::V5, b"\x30\x80\x80\x08", DecodeError::TooLarge),
        (
            Version::V5,
            b"\x20\x02\x02\0",
            DecodeError::Body(Body::Value),
        ),
        (
            Version::V311,
            b"\x20\x03\0\0\0",
            DecodeError::Body(Body::Trailing),
        ),
        (
            Version::V311,
            b"\x20\x01\0",
            DecodeError::Body(Body::Truncated),
        ),
        // A property that is not in the standard; one that is given twice; one that is zero.
        (
            Version::V5,
            b"\x20\x05\0\0\x02\x05\0",
            DecodeError::Property(5),
        ),
        (
            Version::V5,
            b"\x20\x09\0\0\x06\x21\0\x01\x21\0\x01",
            DecodeError::Property(0x21),
        ),
        (
            Version::V5,
            b"\x20\x06\0\0\x03\x21\0\0",
            DecodeError::Property(0x21),
        ),
        (
            Version::V5,
            b"\x20\x04\0\0\x02\x24",
            DecodeError::Body(Body::Truncated),
        ),
        // QoS 2; a second try of what is tried once; packet id 0; a wildcard; no topic; an alias that was not allowed.
        (Version::V311, b"\x34\x05\0\x01a\0\x01", DecodeError::QoS(2)),
        (Version::V311, b"\x38\x03\0\x01a", DecodeError::Header(0x38)),
        (Version::V311, b"\x32\x05\0\x01a\0\0", DecodeError::PacketId),
        (Version::V311, b"\x30\x03\0\x01#", DecodeError::Text),
        (Version::V311, b"\x30\x02\0\0", DecodeError::Text),
        (
            Version::V5,
            b"\x30\x07\0\x01a\x03\x23\0\x01",
            DecodeError::Property(0x23),
        ),
    ];
    for (version, bytes, error) in table {
        let mut decoder = Decoder::new(version);
        decoder.push(bytes);
        assert_eq!(decoder.next::<ToClient>(), Err(error), "{bytes:02x?}");
        // It stays so, whatever follows.
        decoder.push(b"\xd0\0");
        assert_eq!(decoder.next::<ToClient>(), Err(error), "{bytes:02x?}");
    }
}

#[test]
fn what_has_no_bytes_is_not_encoded() {
    let long = "x".repeat(65_536);
    let with_password = Connect {
        password: Some(vec![1]),
        ..connect()
    };
    let table = [
        (
            ToServer::Connect(Connect {
                client_id: long.clone(),
                ..connect()
            }),
            EncodeError::TooLarge,
        ),
        (
            ToServer::Connect(Connect {
                client_id: "a\0".into(),
                ..connect()
            }),
            EncodeError::Text,
        ),
        (ToServer::Connect(with_password), EncodeError::Credentials),
        (
            ToServer::Publish(publish(QoS::AtLeastOnce, None)),
            EncodeError::PacketId,
        ),
        (
            ToServer::Publish(publish(QoS::AtMostOnce, Some(1))),
            EncodeError::PacketId,
        ),
        (
            ToServer::Publish(Publish {
                topic: "a/+".into(),
                ..publish(QoS::AtMostOnce, None)
            }),
            EncodeError::Text,
        ),
        (
            ToServer::Publish(Publish {
                topic: String::new(),
                ..publish(QoS::AtMostOnce, None)
            }),
            EncodeError::Text,
        ),
        (
            ToServer::Publish(Publish {
                topic: long,
                ..publish(QoS::AtMostOnce, None)
            }),
            EncodeError::TooLarge,
        ),
        (
            ToServer::Publish(Publish {
                payload: vec![0; MAX_PACKET],
                ..publish(QoS::AtMostOnce, None)
            }),
            EncodeError::TooLarge,
        ),
        (
            ToServer::Subscribe(Subscribe {
                packet_id: id(1),
                filters: vec![],
                qos: QoS::AtMostOnce,
            }),
            EncodeError::Text,
        ),
    ];
    for (packet, error) in table {
        let mut bytes = b"before".to_vec();
        assert_eq!(
            packet.encode(Version::V311, &mut bytes),
            Err(error),
            "{packet:?}"
        );
        assert_eq!(bytes, b"before");
    }
}

#[test]
fn the_largest_packet_passes_and_the_next_does_not() {
    let header = 1 + 3 + 2 + 3;
    let largest = Publish {
        payload: vec![9; MAX_PACKET - header],
        ..publish(QoS::AtMostOnce, None)
    };
    let bytes = encode(&ToServer::Publish(largest.clone()), Version::V311);
    assert_eq!(bytes.len(), MAX_PACKET);
    assert_eq!(
        decode(&bytes, Version::V311),
        Ok(Some(ToClient::Publish(largest)))
    );

    // Refused by its length alone, long before its body is here.
    let mut header = bytes[..4].to_vec();
    header[1] += 1;
    assert_eq!(
        decode::<ToClient>(&header, Version::V311),
        Err(DecodeError::TooLarge)
    );
}

fn text() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z0-9/é€]{0,40}").expect("valid")
}

fn topic() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z0-9/é€]{1,40}").expect("valid")
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (0_usize..70_000).prop_map(|len| vec![0x5a; len]),
    ]
}

fn packet_id() -> impl Strategy<Value = NonZeroU16> {
    (1_u16..).prop_map(id)
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce)]
}

fn a_publish() -> impl Strategy<Value = Publish> {
    (
        any::<bool>(),
        any::<bool>(),
        topic(),
        prop::option::of(packet_id()),
        bytes(),
    )
        .prop_map(|(dup, retain, topic, packet_id, payload)| Publish {
            dup: dup && packet_id.is_some(),
            qos: if packet_id.is_some() {
                QoS::AtLeastOnce
            } else {
                QoS::AtMostOnce
            },
            retain,
            topic,
            packet_id,
            payload,
        })
}

fn a_will() -> impl Strategy<Value = Will> {
    (
        topic(),
        prop::collection::vec(any::<u8>(), 0..99),
        qos(),
        any::<bool>(),
    )
        .prop_map(|(topic, payload, qos, retain)| Will {
            topic,
            payload,
            qos,
            retain,
        })
}

fn a_connect(version: Version) -> impl Strategy<Value = Connect> {
    let v5 = version == Version::V5;
    let credentials = prop::option::of((
        text(),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..99)),
    ));
    let limits = (prop::option::of(1_u16..), prop::option::of(1_u32..));
    (
        any::<bool>(),
        any::<u16>(),
        text(),
        prop::option::of(a_will()),
        credentials,
        limits,
    )
        .prop_map(
            move |(clean_start, keep_alive, client_id, will, credentials, limits)| {
                let (username, password) = credentials.unzip();
                Connect {
                    clean_start,
                    keep_alive,
                    client_id,
                    will,
                    username,
                    password: password.flatten(),
                    receive_maximum: limits.0.filter(|_| v5).and_then(NonZeroU16::new),
                    maximum_packet_size: limits.1.filter(|_| v5).and_then(NonZeroU32::new),
                }
            },
        )
}

fn to_server(version: Version) -> impl Strategy<Value = ToServer> {
    let reason = if version == Version::V5 {
        0..=255_u8
    } else {
        0..=0
    };
    let filters = || prop::collection::vec(topic(), 1..5);
    prop_oneof![
        a_connect(version).prop_map(ToServer::Connect),
        a_publish().prop_map(ToServer::Publish),
        (packet_id(), reason.clone())
            .prop_map(|(packet_id, reason)| ToServer::PubAck(PubAck { packet_id, reason })),
        (packet_id(), filters(), qos()).prop_map(|(packet_id, filters, qos)| ToServer::Subscribe(
            Subscribe {
                packet_id,
                filters,
                qos
            }
        )),
        (packet_id(), filters()).prop_map(|(packet_id, filters)| ToServer::Unsubscribe(
            Unsubscribe { packet_id, filters }
        )),
        Just(ToServer::PingReq),
        reason.prop_map(|reason| ToServer::Disconnect(Disconnect { reason })),
    ]
}

fn to_client(version: Version) -> impl Strategy<Value = ToClient> {
    let v5 = version == Version::V5;
    let reason = if v5 { 0..=255_u8 } else { 0..=0 };
    let reasons = || prop::collection::vec(any::<u8>(), 1..5);
    let limits = (
        prop::option::of(1_u16..),
        prop::option::of(qos()),
        prop::option::of(1_u32..),
        prop::option::of(any::<u16>()),
    );
    prop_oneof![
        (any::<bool>(), any::<u8>(), limits).prop_map(move |(session_present, reason, limits)| {
            ToClient::ConnAck(ConnAck {
                session_present,
                reason,
                receive_maximum: limits.0.filter(|_| v5).and_then(NonZeroU16::new),
                maximum_qos: limits.1.filter(|_| v5),
                maximum_packet_size: limits.2.filter(|_| v5).and_then(NonZeroU32::new),
                server_keep_alive: limits.3.filter(|_| v5),
            })
        }),
        a_publish().prop_map(ToClient::Publish),
        (packet_id(), reason.clone())
            .prop_map(|(packet_id, reason)| ToClient::PubAck(PubAck { packet_id, reason })),
        (packet_id(), reasons())
            .prop_map(|(packet_id, reasons)| ToClient::SubAck(SubAck { packet_id, reasons })),
        (packet_id(), reasons()).prop_map(move |(packet_id, reasons)| {
            ToClient::UnsubAck(UnsubAck {
                packet_id,
                reasons: if v5 { reasons } else { vec![] },
            })
        }),
        Just(ToClient::PingResp),
        reason.prop_map(move |reason| {
            if v5 {
                ToClient::Disconnect(Disconnect { reason })
            } else {
                ToClient::PingResp
            }
        }),
    ]
}

fn versioned<T: std::fmt::Debug, S: Strategy<Value = T>>(
    strategy: impl Fn(Version) -> S + Copy,
) -> impl Strategy<Value = (Version, T)> {
    prop::sample::select(&VERSIONS[..])
        .prop_flat_map(move |version| strategy(version).prop_map(move |value| (version, value)))
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded((version, packet) in versioned(to_server)) {
        prop_assert_eq!(decode(&encode(&packet, version), version), Ok(Some(packet)));
    }

    #[test]
    fn what_a_server_encodes_is_decoded((version, packet) in versioned(to_client)) {
        prop_assert_eq!(decode(&encode(&packet, version), version), Ok(Some(packet)));
    }

    #[test]
    fn a_part_of_a_packet_is_incomplete_and_no_error(
        (version, packet) in versioned(to_client),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = encode(&packet, version);
        let (head, tail) = bytes.split_at(cut.index(bytes.len()));
        let mut decoder = Decoder::new(version);
        decoder.push(head);
        prop_assert_eq!(decoder.next::<ToClient>(), Ok(None));
        decoder.push(tail);
        prop_assert_eq!(decoder.next(), Ok(Some(packet)));
        prop_assert_eq!(decoder.next::<ToClient>(), Ok(None));
    }

    #[test]
    fn packets_share_and_span_frames(
        (version, packets) in versioned(|version| prop::collection::vec(to_client(version), 0..6)),
        size in 1_usize..300,
    ) {
        let mut bytes = Vec::new();
        for packet in &packets {
            packet.encode(version, &mut bytes).expect("encodable");
        }
        let mut decoder = Decoder::new(version);
        let mut decoded = Vec::new();
        for frame in bytes.chunks(size) {
            decoder.push(frame);
            while let Some(packet) = decoder.next::<ToClient>().expect("valid") {
                decoded.push(packet);
            }
        }
        prop_assert_eq!(decoded, packets);
    }

    #[test]
    fn any_bytes_are_survived(
        version in prop::sample::select(&VERSIONS[..]),
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8),
    ) {
        let mut client = Decoder::new(version);
        let mut server = Decoder::new(version);
        for frame in frames {
            client.push(&frame);
            while let Ok(Some(_)) = client.next::<ToClient>() {}
            server.push(&frame);
            while let Ok(Some(_)) = server.next::<ToServer>() {}
        }
    }

    /// Nearer to the truth than any bytes: valid packets with one byte changed.
    #[test]
    fn a_changed_byte_is_survived(
        (version, packet) in versioned(to_server),
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let mut bytes = encode(&packet, version);
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(Some(packet)) = decode::<ToServer>(&bytes, version) {
            // What it was taken for can be said again.
            let again = encode(&packet, version);
            prop_assert_eq!(decode(&again, version), Ok(Some(packet)));
        }
    }
}
