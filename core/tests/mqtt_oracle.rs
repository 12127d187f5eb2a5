//! The same packets by another implementation: `mqtt-protocol-core`, in both versions and both directions.
#![expect(
    clippy::unwrap_used,
    reason = "their builders fail for values out of range alone, and these are constants"
)]

use std::num::{NonZeroU16, NonZeroU32};

use handclasp_core::Time;
use handclasp_core::mqtt::packet as ours;
use handclasp_core::mqtt::packet::{Decoder, Packet, ToClient, ToServer, Version};
use handclasp_core::mqtt::{Client, Config, Input, Output};
use mqtt_protocol_core::mqtt::connection::Event;
use mqtt_protocol_core::mqtt::packet::{
    AssignedClientIdentifier, GenericPacketTrait, MaximumPacketSize, MaximumQos, Packet as Theirs,
    Qos, ReasonString, ReceiveMaximum, ServerKeepAlive, SubEntry, SubOpts, UserProperty, v3_1_1,
    v5_0,
};
use mqtt_protocol_core::mqtt::packet::{RetainHandling, SubscriptionIdentifier};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, PubackReasonCode, SubackReasonCode,
    SubackReturnCode,
};
use mqtt_protocol_core::mqtt::{Connection, Version as TheirVersion, common::Cursor, role};

const TOPIC: &str = "handclasp/a-topic_of-22-letters00";

fn id(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("not zero")
}

fn connect(version: Version) -> ours::Connect {
    let v5 = version == Version::V5;
    ours::Connect {
        clean_start: true,
        keep_alive: 15,
        client_id: "abcdefghij".into(),
        will: Some(ours::Will {
            topic: TOPIC.into(),
            payload: vec![0, 1, 2, 255],
            qos: ours::QoS::AtLeastOnce,
            retain: false,
        }),
        username: Some("üser".into()),
        password: Some(b"pass\0word".to_vec()),
        receive_maximum: NonZeroU16::new(16).filter(|_| v5),
        maximum_packet_size: NonZeroU32::new(131_072).filter(|_| v5),
    }
}

fn publish(packet_id: Option<u16>) -> ours::Publish {
    ours::Publish {
        dup: false,
        qos: if packet_id.is_some() {
            ours::QoS::AtLeastOnce
        } else {
            ours::QoS::AtMostOnce
        },
        retain: false,
        topic: TOPIC.into(),
        packet_id: packet_id.map(id),
        payload: (0..=255).cycle().take(3000).collect(),
    }
}

fn subscribe() -> ours::Subscribe {
    ours::Subscribe {
        packet_id: id(9),
        filters: vec![TOPIC.into(), "other/+".into()],
        qos: ours::QoS::AtLeastOnce,
    }
}

/// Theirs of [`connect`], [`publish`] with and without an id, and of their PUBACK, in one version.
macro_rules! theirs {
    ($version:ident, $connect:expr) => {{
        let connect = $connect
            .client_id("abcdefghij")
            .unwrap()
            .keep_alive(15)
            .will_message(TOPIC, vec![0_u8, 1, 2, 255], Qos::AtLeastOnce, false)
            .unwrap()
            .user_name("üser")
            .unwrap()
            .password(b"pass\0word".to_vec())
            .unwrap()
            .build()
            .unwrap();
        let publish = |packet_id: Option<u16>| {
            let builder = $version::Publish::builder()
                .topic_name(TOPIC)
                .unwrap()
                .payload(publish(None).payload);
            match packet_id {
                Some(id) => builder.qos(Qos::AtLeastOnce).packet_id(id).build().unwrap(),
                None => builder.qos(Qos::AtMostOnce).build().unwrap(),
            }
        };
        [
            connect.to_continuous_buffer(),
            publish(None).to_continuous_buffer(),
            publish(Some(513)).to_continuous_buffer(),
            $version::Puback::builder()
                .packet_id(513)
                .build()
                .unwrap()
                .to_continuous_buffer(),
            $version::Pingreq::new().to_continuous_buffer(),
        ]
    }};
}

#[test]
fn what_we_send_is_what_they_would_send() {
    let options_v5 = SubOpts::new()
        .set_qos(Qos::AtLeastOnce)
        .set_nl(true)
        .set_rh(RetainHandling::DoNotSendRetained);
    let options_v311 = SubOpts::new().set_qos(Qos::AtLeastOnce);
    let entries = |options: SubOpts| {
        [TOPIC, "other/+"]
            .map(|filter| SubEntry::new(filter, options).unwrap())
            .to_vec()
    };
    let limits = vec![
        ReceiveMaximum::new(16).unwrap().into(),
        MaximumPacketSize::new(131_072).unwrap().into(),
    ];
    let v311 = theirs!(v3_1_1, v3_1_1::Connect::builder().clean_session(true));
    let v5 = theirs!(
        v5_0,
        v5_0::Connect::builder().clean_start(true).props(limits)
    );
    let rest_v311 = [
        v3_1_1::Subscribe::builder()
            .packet_id(9)
            .entries(entries(options_v311))
            .build()
            .unwrap()
            .to_continuous_buffer(),
        v3_1_1::Unsubscribe::builder()
            .packet_id(9)
            .entries(vec![TOPIC, "other/+"])
            .unwrap()
            .build()
            .unwrap()
            .to_continuous_buffer(),
        v3_1_1::Disconnect::new().to_continuous_buffer(),
    ];
    let rest_v5 = [
        v5_0::Subscribe::builder()
            .packet_id(9)
            .entries(entries(options_v5))
            .build()
            .unwrap()
            .to_continuous_buffer(),
        v5_0::Unsubscribe::builder()
            .packet_id(9)
            .entries(vec![TOPIC, "other/+"])
            .unwrap()
            .build()
            .unwrap()
            .to_continuous_buffer(),
        v5_0::Disconnect::builder()
            .build()
            .unwrap()
            .to_continuous_buffer(),
    ];
    for (version, theirs) in [
        (
            Version::V311,
            v311.into_iter().chain(rest_v311).collect::<Vec<_>>(),
        ),
        (Version::V5, v5.into_iter().chain(rest_v5).collect()),
    ] {
        let packets = [
            ToServer::Connect(connect(version)),
            ToServer::Publish(publish(None)),
            ToServer::Publish(publish(Some(513))),
            ToServer::PubAck(ours::PubAck {
                packet_id: id(513),
                reason: 0,
            }),
            ToServer::PingReq,
            ToServer::Subscribe(subscribe()),
            ToServer::Unsubscribe(ours::Unsubscribe {
                packet_id: id(9),
                filters: subscribe().filters,
            }),
            ToServer::Disconnect(ours::Disconnect { reason: 0 }),
        ];
        assert_eq!(theirs.len(), packets.len());
        for (packet, theirs) in packets.iter().zip(theirs) {
            let mut bytes = Vec::new();
            packet.encode(version, &mut bytes).expect("encodable");
            assert_eq!(bytes, theirs, "{version:?} {packet:?}");
        }
    }
}

#[test]
fn what_their_server_sends_we_understand() {
    let connack = v5_0::Connack::builder()
        .session_present(false)
        .reason_code(ConnectReasonCode::Success)
        .props(vec![
            ReceiveMaximum::new(20).unwrap().into(),
            MaximumQos::new(1).unwrap().into(),
            MaximumPacketSize::new(70_000).unwrap().into(),
            ServerKeepAlive::new(30).unwrap().into(),
            AssignedClientIdentifier::new("assigned").unwrap().into(),
            UserProperty::new("key", "value").unwrap().into(),
            UserProperty::new("key", "value").unwrap().into(),
            ReasonString::new("welcome").unwrap().into(),
        ])
        .build()
        .unwrap()
        .to_continuous_buffer();
    let busy = v5_0::Connack::builder()
        .session_present(false)
        .reason_code(ConnectReasonCode::ServerBusy)
        .build()
        .unwrap()
        .to_continuous_buffer();
    let message = v5_0::Publish::builder()
        .topic_name(TOPIC)
        .unwrap()
        .qos(Qos::AtLeastOnce)
        .packet_id(3_u16)
        .dup(true)
        .payload(publish(None).payload)
        .props(vec![
            SubscriptionIdentifier::new(5).unwrap().into(),
            UserProperty::new("a", "b").unwrap().into(),
        ])
        .build()
        .unwrap()
        .to_continuous_buffer();
    let puback = v5_0::Puback::builder()
        .packet_id(3)
        .reason_code(PubackReasonCode::NoMatchingSubscribers)
        .props(vec![ReasonString::new("nobody").unwrap().into()])
        .build()
        .unwrap()
        .to_continuous_buffer();
    let suback = v5_0::Suback::builder()
        .packet_id(9)
        .reason_codes(vec![
            SubackReasonCode::GrantedQos1,
            SubackReasonCode::NotAuthorized,
        ])
        .build()
        .unwrap()
        .to_continuous_buffer();
    let disconnect = v5_0::Disconnect::builder()
        .reason_code(DisconnectReasonCode::ServerShuttingDown)
        .props(vec![ReasonString::new("maintenance").unwrap().into()])
        .build()
        .unwrap()
        .to_continuous_buffer();
    let v5 = [
        (
            connack,
            ToClient::ConnAck(ours::ConnAck {
                receive_maximum: NonZeroU16::new(20),
                maximum_qos: Some(ours::QoS::AtLeastOnce),
                maximum_packet_size: NonZeroU32::new(70_000),
                server_keep_alive: Some(30),
                ..ours::ConnAck::new(0)
            }),
        ),
        (busy, ToClient::ConnAck(ours::ConnAck::new(0x89))),
        (
            message,
            ToClient::Publish(ours::Publish {
                dup: true,
                ..publish(Some(3))
            }),
        ),
        (
            puback,
            ToClient::PubAck(ours::PubAck {
                packet_id: id(3),
                reason: 0x10,
            }),
        ),
        (
            suback,
            ToClient::SubAck(ours::SubAck {
                packet_id: id(9),
                reasons: vec![1, 0x87],
            }),
        ),
        (
            v5_0::Pingresp::new().to_continuous_buffer(),
            ToClient::PingResp,
        ),
        (
            disconnect,
            ToClient::Disconnect(ours::Disconnect { reason: 0x8b }),
        ),
    ];
    let v311 = [
        (
            v3_1_1::Connack::builder()
                .session_present(false)
                .return_code(ConnectReturnCode::NotAuthorized)
                .build()
                .unwrap()
                .to_continuous_buffer(),
            ToClient::ConnAck(ours::ConnAck::new(5)),
        ),
        (
            v3_1_1::Suback::builder()
                .packet_id(9)
                .return_codes(vec![
                    SubackReturnCode::SuccessMaximumQos1,
                    SubackReturnCode::Failure,
                ])
                .build()
                .unwrap()
                .to_continuous_buffer(),
            ToClient::SubAck(ours::SubAck {
                packet_id: id(9),
                reasons: vec![1, 0x80],
            }),
        ),
        (
            v3_1_1::Unsuback::builder()
                .packet_id(9)
                .build()
                .unwrap()
                .to_continuous_buffer(),
            ToClient::UnsubAck(ours::UnsubAck {
                packet_id: id(9),
                reasons: vec![],
            }),
        ),
        (
            v3_1_1::Pingresp::new().to_continuous_buffer(),
            ToClient::PingResp,
        ),
    ];
    for (version, packets) in [(Version::V5, v5.to_vec()), (Version::V311, v311.to_vec())] {
        let mut decoder = Decoder::new(version);
        for (bytes, packet) in packets {
            decoder.push(&bytes);
            assert_eq!(
                decoder.next(),
                Ok(Some(packet.clone())),
                "{version:?} {packet:?}"
            );
        }
    }
}

/// Our client and their server, in conversation.
struct Conversation {
    client: Client,
    server: Connection<role::Server>,
    /// What the server understood.
    understood: Vec<Theirs>,
    up: bool,
    connects: usize,
    messages: Vec<Vec<u8>>,
}

impl Conversation {
    fn new(version: TheirVersion) -> Self {
        let config = Config {
            client_id: "abcdefghij".into(),
            username: Some("user".into()),
            password: Some(b"pass".to_vec()),
            will: Some((TOPIC.into(), b"gone".to_vec())),
            seed: 3,
        };
        Self {
            client: Client::new(config, Time::ZERO),
            server: Connection::new(version),
            understood: Vec::new(),
            up: false,
            connects: 0,
            messages: Vec::new(),
        }
    }

    fn input(&mut self, input: Input) {
        self.client.handle(input, Time::ZERO);
        while let Some(output) = self.client.poll() {
            match output {
                Output::Connect => {
                    self.connects += 1;
                    self.client.handle(Input::Opened, Time::ZERO);
                }
                Output::Send(bytes) => self.serve(&bytes),
                Output::Up => self.up = true,
                Output::Message { payload, .. } => self.messages.push(payload),
                Output::Look => panic!("the server was there all the time"),
                Output::CloseSocket => {
                    self.server.notify_closed();
                }
                Output::Down(error) => panic!("{error}"),
                Output::Dropped(reason) => panic!("{reason:?}"),
            }
        }
    }

    fn serve(&mut self, bytes: &[u8]) {
        // Their server of 3.1.1 has no words for a client of MQTT 5, so that these are put into its mouth.
        let level = (bytes[0] == 0x10).then(|| bytes[8]);
        if level == Some(5) && self.server.get_protocol_version() == TheirVersion::V3_1_1 {
            let refusal = v5_0::Connack::builder()
                .session_present(false)
                .reason_code(ConnectReasonCode::UnsupportedProtocolVersion)
                .build()
                .unwrap();
            return self
                .client
                .handle(Input::Received(refusal.to_continuous_buffer()), Time::ZERO);
        }
        let mut cursor = Cursor::new(bytes);
        for event in self.server.recv(&mut cursor) {
            match event {
                Event::NotifyPacketReceived(packet) => {
                    if let Some(answer) = answer(&packet) {
                        self.say(answer);
                    }
                    self.understood.push(packet);
                }
                Event::RequestSendPacket { packet, .. } => self.deliver(&packet),
                Event::NotifyError(error) => panic!("their server does not understand: {error:?}"),
                _ => {}
            }
        }
    }

    fn say(&mut self, packet: Theirs) {
        for event in self.server.send(packet) {
            match event {
                Event::RequestSendPacket { packet, .. } => self.deliver(&packet),
                Event::NotifyError(error) => panic!("their server would not say that: {error:?}"),
                _ => {}
            }
        }
    }

    fn deliver(&mut self, packet: &Theirs) {
        // Byte by byte: packets span frames.
        for byte in packet.to_continuous_buffer() {
            self.client.handle(Input::Received(vec![byte]), Time::ZERO);
        }
    }

    fn has_understood(&self, check: impl Fn(&Theirs) -> bool) -> bool {
        self.understood.iter().any(check)
    }
}

/// What a server of theirs answers by hand; the rest it answers by itself.
fn answer(packet: &Theirs) -> Option<Theirs> {
    Some(match packet {
        Theirs::V5_0Connect(_) => v5_0::Connack::builder()
            .session_present(false)
            .reason_code(ConnectReasonCode::Success)
            .build()
            .unwrap()
            .into(),
        Theirs::V3_1_1Connect(_) => v3_1_1::Connack::builder()
            .session_present(false)
            .return_code(ConnectReturnCode::Accepted)
            .build()
            .unwrap()
            .into(),
        Theirs::V5_0Subscribe(subscribe) => v5_0::Suback::builder()
            .packet_id(subscribe.packet_id())
            .reason_codes(vec![SubackReasonCode::GrantedQos1])
            .build()
            .unwrap()
            .into(),
        Theirs::V3_1_1Subscribe(subscribe) => v3_1_1::Suback::builder()
            .packet_id(subscribe.packet_id())
            .return_codes(vec![SubackReturnCode::SuccessMaximumQos1])
            .build()
            .unwrap()
            .into(),
        _ => return None,
    })
}

#[test]
fn a_conversation_with_their_server() {
    for version in [TheirVersion::V5_0, TheirVersion::V3_1_1] {
        let mut talk = Conversation::new(version);
        talk.server.set_auto_pub_response(true);
        talk.server.set_auto_ping_response(true);
        talk.input(Input::Subscribe {
            topic: TOPIC.into(),
        });
        assert!(talk.up, "{version:?}");
        assert_eq!(
            talk.connects,
            if version == TheirVersion::V5_0 { 1 } else { 2 }
        );

        let payload = publish(None).payload;
        talk.input(Input::Publish {
            topic: TOPIC.into(),
            payload: payload.clone(),
        });
        assert!(talk.has_understood(|packet| match packet {
            Theirs::V5_0Publish(publish) =>
                publish.payload().as_slice() == payload && publish.topic_name() == TOPIC,
            Theirs::V3_1_1Publish(publish) =>
                publish.payload().as_slice() == payload && publish.topic_name() == TOPIC,
            _ => false,
        }));

        let id = talk.server.acquire_packet_id().unwrap();
        let message: Theirs = match version {
            TheirVersion::V5_0 => v5_0::Publish::builder()
                .topic_name(TOPIC)
                .unwrap()
                .qos(Qos::AtLeastOnce)
                .packet_id(id)
                .payload(b"hello".to_vec())
                .build()
                .unwrap()
                .into(),
            _ => v3_1_1::Publish::builder()
                .topic_name(TOPIC)
                .unwrap()
                .qos(Qos::AtLeastOnce)
                .packet_id(id)
                .payload(b"hello".to_vec())
                .build()
                .unwrap()
                .into(),
        };
        talk.say(message);
        talk.input(Input::Online);
        assert_eq!(talk.messages, [b"hello"]);
        assert!(talk.has_understood(|packet| matches!(
            packet,
            Theirs::V5_0Puback(_) | Theirs::V3_1_1Puback(_)
        )));
        assert!(talk.has_understood(|packet| matches!(
            packet,
            Theirs::V5_0Pingreq(_) | Theirs::V3_1_1Pingreq(_)
        )));

        talk.input(Input::Shutdown);
        assert!(talk.has_understood(|packet| matches!(
            packet,
            Theirs::V5_0Disconnect(_) | Theirs::V3_1_1Disconnect(_)
        )));
    }
}
