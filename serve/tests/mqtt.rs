//! The broker behind `/mqtt`, spoken to by clients that are not ours.

mod common;

use std::time::{Duration, Instant};

use common::mqtt::{Bare, v5, v311};
use common::{Folder, Running};
use rumqttc::mqttbytes::v4::Packet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How soon a room must learn that somebody is gone.
const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn messages_pass_between_both_versions() {
    let server = Running::start().await;
    let mut old = v311::Client::connect(&server, "old", None)
        .await
        .expect("connected");
    let mut new = v5::Client::connect(&server, "new", None)
        .await
        .expect("connected");
    assert!(old.subscribe("room/old").await);
    assert!(new.subscribe("room/new").await);

    old.publish("room/new", b"from 3.1.1")
        .await
        .expect("acknowledged");
    assert_eq!(
        new.arrived().await,
        ("room/new".into(), b"from 3.1.1".to_vec())
    );
    new.publish("room/old", b"from 5")
        .await
        .expect("acknowledged");
    assert_eq!(old.arrived().await, ("room/old".into(), b"from 5".to_vec()));
}

#[tokio::test]
async fn quality_zero_passes_too_and_in_order() {
    let server = Running::start().await;
    let mut client = v5::Client::connect(&server, "one", None)
        .await
        .expect("connected");
    assert!(client.subscribe("room/x").await);
    for number in 0..50_u8 {
        client
            .publish_once("room/x", &[number])
            .await
            .expect("queued");
    }
    for number in 0..50_u8 {
        assert_eq!(client.arrived().await.1, [number]);
    }
}

#[tokio::test]
async fn a_broken_connection_publishes_the_will_at_once() {
    let server = Running::start().await;
    let mut witness = v5::Client::connect(&server, "witness", None)
        .await
        .expect("connected");
    assert!(witness.subscribe("room/x").await);

    let old = v311::Client::connect(&server, "old", Some(("room/x", "old is gone")))
        .await
        .expect("connected");
    let broken = Instant::now();
    drop(old);
    assert_eq!(witness.arrived().await.1, b"old is gone");
    assert!(broken.elapsed() < SOON, "{:?}", broken.elapsed());

    let new = v5::Client::connect(&server, "new", Some(("room/x", "new is gone")))
        .await
        .expect("connected");
    let broken = Instant::now();
    drop(new);
    assert_eq!(witness.arrived().await.1, b"new is gone");
    assert!(broken.elapsed() < SOON, "{:?}", broken.elapsed());
}

#[tokio::test]
async fn a_closed_tab_publishes_the_will_at_once() {
    let server = Running::start().await;
    let mut witness = v311::Client::connect(&server, "witness", None)
        .await
        .expect("connected");
    assert!(witness.subscribe("room/x").await);

    let mut connect = rumqttc::mqttbytes::v4::Connect::new("tab");
    connect.last_will = Some(rumqttc::LastWill::new(
        "room/x",
        "gone",
        rumqttc::QoS::AtMostOnce,
        false,
    ));
    let mut tab = Bare::open(&server).await.expect("upgraded");
    tab.send_packet(&Packet::Connect(connect)).await;
    assert!(matches!(tab.packet().await, Ok(Packet::ConnAck(_))));
    let closed = Instant::now();
    tab.close().await;
    assert_eq!(witness.arrived().await.1, b"gone");
    assert!(closed.elapsed() < SOON, "{:?}", closed.elapsed());
}

#[tokio::test]
async fn who_says_goodbye_leaves_no_will_even_with_messages_on_the_way() {
    let server = Running::start().await;
    let mut witness = v5::Client::connect(&server, "witness", None)
        .await
        .expect("connected");
    assert!(witness.subscribe("room/x").await);

    for round in 0..20 {
        let id = format!("leaver {round}");
        let mut connect = rumqttc::mqttbytes::v4::Connect::new(&id);
        connect.last_will = Some(rumqttc::LastWill::new(
            "room/x",
            "a will",
            rumqttc::QoS::AtMostOnce,
            false,
        ));
        let mut leaver = Bare::open(&server).await.expect("upgraded");
        leaver.send_packet(&Packet::Connect(connect)).await;
        assert!(matches!(leaver.packet().await, Ok(Packet::ConnAck(_))));
        // Each ping is answered, and the answers are under way when the connection ends.
        for _ in 0..10 {
            leaver.send_packet(&Packet::PingReq).await;
        }
        leaver.send_packet(&Packet::Disconnect).await;
        drop(leaver);
        // The next message is the one that is sent next, not a will.
        let mut sender = v311::Client::connect(&server, "sender", None)
            .await
            .expect("connected");
        sender
            .publish("room/x", id.as_bytes())
            .await
            .expect("acknowledged");
        assert_eq!(witness.arrived().await.1, id.as_bytes());
        sender.disconnect().await;
    }
}

#[tokio::test]
async fn wildcards_are_refused_in_both_versions() {
    let server = Running::start().await;
    let mut old = v311::Client::connect(&server, "old", None)
        .await
        .expect("connected");
    let mut new = v5::Client::connect(&server, "new", None)
        .await
        .expect("connected");
    for filter in ["#", "+", "room/#", "room/+", "+/x", "$share/g/#", "$SYS/#"] {
        assert!(!old.subscribe(filter).await, "{filter}");
        assert!(!new.subscribe(filter).await, "{filter}");
    }
    // Refused, and not taken nevertheless; and the connection goes on.
    assert!(old.subscribe("room/x").await);
    new.publish("room/y", b"not for old")
        .await
        .expect("acknowledged");
    new.publish("room/x", b"for old")
        .await
        .expect("acknowledged");
    assert_eq!(old.arrived().await.1, b"for old");
}

#[tokio::test]
async fn an_observer_sees_everything_where_that_is_allowed() {
    let server = Running::with(Folder::with_page(), |options| options.observe = true).await;
    let mut observer = v311::Client::connect(&server, "observer", None)
        .await
        .expect("connected");
    assert!(observer.subscribe("#").await);
    let mut client = v5::Client::connect(&server, "client", None)
        .await
        .expect("connected");
    client
        .publish("some/room", b"sealed")
        .await
        .expect("acknowledged");
    assert_eq!(
        observer.arrived().await,
        ("some/room".into(), b"sealed".to_vec())
    );
}

#[tokio::test]
async fn nothing_is_retained() {
    let server = Running::start().await;
    let mut sender = Bare::connect(&server, "sender").await;
    let mut publish =
        rumqttc::mqttbytes::v4::Publish::new("room/x", rumqttc::QoS::AtLeastOnce, "kept?");
    (publish.retain, publish.pkid) = (true, 1);
    sender.send_packet(&Packet::Publish(publish)).await;
    assert!(matches!(sender.packet().await, Ok(Packet::PubAck(_))));

    let mut late = v311::Client::connect(&server, "late", None)
        .await
        .expect("connected");
    assert!(late.subscribe("room/x").await);
    late.publish("room/x", b"fresh")
        .await
        .expect("acknowledged");
    assert_eq!(late.arrived().await.1, b"fresh");
}

#[tokio::test]
async fn the_broker_behind_takes_nobody_directly() {
    let server = Running::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.broker.address())
        .await
        .expect("connected");
    let connect = Packet::Connect(rumqttc::mqttbytes::v4::Connect::new("stranger"));
    stream
        .write_all(&common::mqtt::encode(&connect))
        .await
        .expect("sent");
    let mut answer = Vec::new();
    tokio::time::timeout(common::PATIENCE, stream.read_to_end(&mut answer))
        .await
        .expect("ended")
        .expect("read");
    // CONNACK, not authorised (MQTT 3.1.1 section 3.2.2.3), and the end.
    assert_eq!(answer, [0x20, 2, 0, 5]);
}

#[tokio::test]
async fn packets_may_be_cut_and_joined_in_any_way() {
    let server = Running::start().await;
    let mut client = Bare::open(&server).await.expect("upgraded");
    let connect = common::mqtt::encode(&Packet::Connect(rumqttc::mqttbytes::v4::Connect::new(
        "cut",
    )));
    for byte in connect {
        client.send(vec![byte]).await;
    }
    assert!(matches!(client.packet().await, Ok(Packet::ConnAck(_))));
    client
        .send([0xc0, 0, 0xc0, 0, 0xc0].as_slice().to_vec())
        .await;
    client.send(vec![0]).await;
    for _ in 0..3 {
        assert_eq!(client.packet().await, Ok(Packet::PingResp));
    }
}

#[tokio::test]
async fn a_stopping_server_tells_its_clients() {
    let mut server = Running::start().await;
    let mut client = Bare::connect(&server, "client").await;
    let told = async {
        assert!(matches!(
            client.ended().await,
            common::mqtt::Ended::Closed(1001, _)
        ));
    };
    tokio::join!(server.stop(), told);
}
