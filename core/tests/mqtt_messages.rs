//! An MQTT client carries messages, within its bounds, from the beginning to an orderly end.

#[path = "support/broker.rs"]
#[allow(dead_code, reason = "each file uses its own part of it")]
mod broker;

use std::num::NonZeroU16;
use std::time::Duration;

use broker::{Line, Socket, TOPIC, Told};
use handclasp_core::mqtt::packet::{
    ConnAck, Connect, Disconnect, PubAck, QoS, SubAck, Subscribe, ToClient, ToServer,
};
use handclasp_core::mqtt::{
    ClientError, DropReason, Input, KEEP_ALIVE, MAX_IN_FLIGHT, MAX_PAYLOAD, MAX_QUEUED,
    PUBACK_TIMEOUT,
};

fn ack(packet_id: Option<NonZeroU16>) -> ToClient {
    let packet_id = packet_id.expect("QoS 1");
    ToClient::PubAck(PubAck {
        packet_id,
        reason: 0,
    })
}

#[test]
fn it_comes_up_and_talks() {
    let mut line = Line::new();
    assert_eq!((line.socket, line.connects), (Socket::Opening, 1));
    line.open();

    let Connect {
        clean_start,
        keep_alive,
        client_id,
        will,
        username,
        password,
        ..
    } = line.receive_connect();
    assert!(clean_start);
    assert_eq!(u64::from(keep_alive), KEEP_ALIVE.as_secs());
    assert_eq!(client_id, "abcdefghijklmnopqrst");
    assert_eq!(username.as_deref(), Some("user"));
    assert_eq!(password.as_deref(), Some(&b"password"[..]));
    let will = will.expect("a will");
    assert_eq!((&*will.topic, &*will.payload), (TOPIC, &b"gone"[..]));
    assert_eq!((will.qos, will.retain), (QoS::AtLeastOnce, false));

    // What is published meanwhile waits for the subscription: the answer to it must not be missed.
    line.publish(b"hello");
    assert!(line.is_silent());
    line.send(&ToClient::ConnAck(ConnAck::new(0)));
    assert!(line.told.is_empty());
    line.grant();

    let hello = line.receive_publish();
    assert_eq!((&*hello.topic, &*hello.payload), (TOPIC, &b"hello"[..]));
    assert_eq!(
        (hello.qos, hello.dup, hello.retain),
        (QoS::AtLeastOnce, false, false)
    );

    let packet_id = NonZeroU16::new(77);
    line.deliver(b"answer", packet_id);
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Message(b"answer".to_vec()))
    );
    let reason = 0;
    let packet_id = packet_id.expect("not zero");
    assert_eq!(
        line.receive(),
        ToServer::PubAck(PubAck { packet_id, reason })
    );
    line.deliver(b"once", None);
    assert_eq!(line.told.pop_front(), Some(Told::Message(b"once".to_vec())));
    assert!(line.is_silent());
}

#[test]
fn a_broker_that_takes_no_messages_from_us_is_a_refusal() {
    let mut line = Line::up();
    line.publish(b"hello");
    let packet_id = line.receive_publish().packet_id.expect("QoS 1");
    line.send(&ToClient::PubAck(PubAck {
        packet_id,
        reason: 0x87,
    }));
    assert_eq!(line.told, [Told::Down(ClientError::NotAuthorized)]);
}

#[test]
fn no_more_is_in_flight_than_both_sides_allow() {
    for (granted, expected) in [(None, MAX_IN_FLIGHT), (NonZeroU16::new(3), 3)] {
        let mut line = Line::new();
        line.open();
        line.receive_connect();
        line.send(&ToClient::ConnAck(ConnAck {
            receive_maximum: granted,
            ..ConnAck::new(0)
        }));
        line.grant();
        for number in 0..30 {
            line.publish(&[number]);
        }
        let mut sent = 0;
        let mut ids = Vec::new();
        while !line.is_silent() {
            let publish = line.receive_publish();
            assert_eq!(publish.payload, [sent], "in order");
            sent += 1;
            ids.push(publish.packet_id);
        }
        assert_eq!(ids.len(), expected);
        line.send(&ack(ids[1]));
        assert_eq!(line.receive_publish().payload, [sent]);
        assert!(line.is_silent());
    }
}

#[test]
fn a_flood_drops_the_oldest() {
    let mut line = Line::new();
    for number in 0..MAX_QUEUED + 2 {
        line.publish(&(number as u16).to_be_bytes());
    }
    let dropped = Told::Dropped(DropReason::QueueFull);
    assert_eq!(line.told, [dropped.clone(), dropped]);
    line.told.clear();
    line.come_up();
    assert_eq!(line.receive_publish().payload, 2_u16.to_be_bytes());
}

#[test]
fn what_is_too_large_is_dropped_and_nothing_else() {
    let mut line = Line::new();
    line.open();
    line.receive_connect();
    let small = std::num::NonZeroU32::new(100);
    line.send(&ToClient::ConnAck(ConnAck {
        maximum_packet_size: small,
        ..ConnAck::new(0)
    }));
    line.grant();
    line.publish(&[0; MAX_PAYLOAD + 1]);
    line.publish(&[0; 100]);
    line.publish(b"small");
    assert_eq!(
        line.told,
        [
            Told::Dropped(DropReason::Invalid),
            Told::Dropped(DropReason::Invalid)
        ]
    );
    assert_eq!(line.receive_publish().payload, b"small");

    let mut line = Line::up();
    line.publish(&[7; MAX_PAYLOAD]);
    assert_eq!(line.receive_publish().payload.len(), MAX_PAYLOAD);
    line.deliver(&[7; MAX_PAYLOAD + 1], None);
    assert!(line.told.is_empty());
}

#[test]
fn a_broker_without_qos_1_gets_qos_0() {
    let mut line = Line::new();
    line.open();
    line.receive_connect();
    let maximum_qos = Some(QoS::AtMostOnce);
    line.send(&ToClient::ConnAck(ConnAck {
        maximum_qos,
        ..ConnAck::new(0)
    }));
    line.grant();
    for number in 0..40 {
        line.publish(&[number]);
        let publish = line.receive_publish();
        assert_eq!((publish.qos, publish.packet_id), (QoS::AtMostOnce, None));
    }
}

#[test]
fn a_message_that_is_never_acknowledged_costs_the_connection() {
    let mut line = Line::up();
    line.publish(b"hello");
    line.receive_publish();
    // The line lives, but the broker has forgotten the message.
    for _ in 1..PUBACK_TIMEOUT.as_secs() {
        line.pass(Duration::from_secs(1));
        line.send(&ToClient::PingResp);
        assert!(line.told.is_empty());
    }
    line.pass(Duration::from_secs(1));
    assert_eq!(line.told, [Told::Down(ClientError::Timeout)]);
    line.told.clear();
    line.wait_for_connect();
    line.come_up();
    assert_eq!(line.receive_publish().payload, b"hello");
}

#[test]
fn a_message_that_is_refused_is_dropped_alone() {
    let mut line = Line::up();
    line.publish(b"hello");
    let packet_id = line.receive_publish().packet_id.expect("QoS 1");
    line.send(&ToClient::PubAck(PubAck {
        packet_id,
        reason: 0x97,
    }));
    assert_eq!(line.told, [Told::Dropped(DropReason::Refused(0x97))]);
    assert_eq!(line.socket, Socket::Open);
}

#[test]
fn what_was_retained_or_is_on_another_topic_is_not_ours() {
    use handclasp_core::mqtt::packet::Publish;
    let mut line = Line::up();
    let publish = Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: true,
        topic: TOPIC.into(),
        packet_id: None,
        payload: b"old".to_vec(),
    };
    line.send(&ToClient::Publish(publish.clone()));
    let topic = "handclasp/other".to_owned();
    line.send(&ToClient::Publish(Publish {
        retain: false,
        topic,
        ..publish
    }));
    assert!(line.told.is_empty());
}

#[test]
fn an_orderly_end_says_goodbye_and_withdraws_the_will() {
    let mut line = Line::up();
    // More than may be in flight: the goodbye does not wait for acknowledgements.
    for number in 0..MAX_IN_FLIGHT as u8 {
        line.publish(&[number]);
        line.receive_publish();
    }
    line.publish(b"goodbye");
    assert!(line.is_silent());
    line.input(Input::Shutdown);
    let goodbye = line.receive_publish();
    assert_eq!(
        (&*goodbye.payload, goodbye.qos),
        (&b"goodbye"[..], QoS::AtMostOnce)
    );
    assert_eq!(
        line.receive(),
        ToServer::Disconnect(Disconnect { reason: 0 })
    );
    assert_eq!(line.socket, Socket::None);

    // And that is the end.
    assert_eq!(line.client.next_timeout(), None);
    for input in [
        Input::Timeout,
        Input::Online,
        Input::Shutdown,
        Input::Opened,
    ] {
        line.input(input);
    }
    line.publish(b"late");
    assert!(line.is_silent() && line.told.is_empty());
    assert_eq!(line.connects, 1);
}

#[test]
fn an_end_before_the_beginning_leaves_no_will_behind() {
    let mut line = Line::new();
    line.input(Input::Shutdown);
    assert_eq!(line.socket, Socket::None);

    let mut line = Line::new();
    line.open();
    line.receive_connect();
    line.input(Input::Shutdown);
    // The broker has the will as soon as it has read CONNECT.
    assert_eq!(
        line.receive(),
        ToServer::Disconnect(Disconnect { reason: 0 })
    );
    assert_eq!(line.socket, Socket::None);
}

#[test]
fn a_topic_that_is_added_later_is_subscribed_at_once_and_after_every_return() {
    let mut line = Line::up();
    line.input(Input::Subscribe {
        topic: "handclasp/second".into(),
    });
    let ToServer::Subscribe(Subscribe {
        packet_id, filters, ..
    }) = line.receive()
    else {
        panic!("a subscription was due");
    };
    assert_eq!(filters, ["handclasp/second"]);
    assert!(line.told.is_empty());
    line.send(&ToClient::SubAck(SubAck {
        packet_id,
        reasons: vec![1],
    }));
    assert_eq!(line.told.pop_front(), Some(Told::Up));

    line.lose();
    line.wait_for_connect();
    line.open();
    line.receive_connect();
    line.send(&ToClient::ConnAck(ConnAck::new(0)));
    let ToServer::Subscribe(Subscribe { filters, .. }) = line.receive() else {
        panic!("a subscription was due");
    };
    assert_eq!(filters, [TOPIC, "handclasp/second"]);
}
