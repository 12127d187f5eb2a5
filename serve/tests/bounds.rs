//! What a client may not do, and that it harms nobody else.

mod common;

use std::time::{Duration, Instant};

use common::Running;
use common::mqtt::{Bare, Ended, encode, v5, v311};
use handclasp_serve::limits;
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Packet, Publish};

#[tokio::test]
async fn the_largest_signal_passes_and_a_larger_packet_does_not() {
    let server = Running::start().await;
    let mut witness = Bare::connect(&server, "witness").await;
    witness
        .send_packet(&Packet::Subscribe({
            let mut subscribe = rumqttc::mqttbytes::v4::Subscribe::new("room/x", QoS::AtMostOnce);
            subscribe.pkid = 1;
            subscribe
        }))
        .await;
    assert!(matches!(witness.packet().await, Ok(Packet::SubAck(_))));

    let mut sender = Bare::connect(&server, "sender").await;
    sender
        .send_packet(&Packet::Publish(Publish::new(
            "room/x",
            QoS::AtMostOnce,
            vec![7; limits::PAYLOAD],
        )))
        .await;
    match witness.packet().await {
        Ok(Packet::Publish(publish)) => assert_eq!(publish.payload, vec![7; limits::PAYLOAD]),
        other => panic!("{other:?}"),
    }

    sender
        .send_packet(&Packet::Publish(Publish::new(
            "room/x",
            QoS::AtMostOnce,
            vec![8; limits::PACKET],
        )))
        .await;
    assert!(
        matches!(sender.ended().await, Ended::Closed(1009, _)),
        "message too big"
    );

    let mut other = Bare::connect(&server, "other").await;
    other
        .send_packet(&Packet::Publish(Publish::new(
            "room/x",
            QoS::AtMostOnce,
            "after",
        )))
        .await;
    match witness.packet().await {
        Ok(Packet::Publish(publish)) => assert_eq!(publish.payload, "after"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_large_packet_is_refused_before_it_is_sent() {
    let server = Running::start().await;
    let mut client = Bare::connect(&server, "client").await;
    // The fixed header of a PUBLISH of 256 MiB.
    client.send(vec![0x30, 0xff, 0xff, 0xff, 0x7f]).await;
    assert!(matches!(client.ended().await, Ended::Closed(1009, _)));
}

#[tokio::test]
async fn a_websocket_message_beyond_the_bound_ends_the_connection() {
    let server = Running::start().await;
    let mut client = Bare::connect(&server, "client").await;
    client.send(vec![0xc0; limits::WEBSOCKET_MESSAGE + 1]).await;
    assert_eq!(client.ended().await, Ended::Broken);
}

#[tokio::test]
async fn who_sends_too_fast_is_slowed_down_and_not_cut_off() {
    let server = Running::start().await;
    let mut client = Bare::connect(&server, "client").await;
    let burst = limits::PACKET_BURST as usize;
    let beyond = limits::PACKETS_PER_SECOND as usize;
    let started = Instant::now();
    let ping = encode(&Packet::PingReq);
    for _ in 0..burst + beyond {
        client.send(ping.clone()).await;
    }
    for _ in 0..burst + beyond {
        assert_eq!(client.packet().await, Ok(Packet::PingResp));
    }
    // Those beyond the burst come at the rate: a second's worth, less the CONNECT and the last wait.
    assert!(
        started.elapsed() > Duration::from_millis(900),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn who_sends_absurdly_much_is_cut_off() {
    let server = Running::start().await;
    let mut client = Bare::connect(&server, "client").await;
    let pings = encode(&Packet::PingReq).repeat(30_000);
    client.send(pings).await;
    assert!(
        matches!(client.ended().await, Ended::Closed(1008, _)),
        "policy"
    );
}

#[tokio::test]
async fn people_behind_a_trusted_proxy_are_counted_one_by_one() {
    let proxy = "127.0.0.1/32".parse().expect("a network");
    let server = Running::with(common::Folder::with_page(), |options| {
        options.proxies = vec![proxy];
    })
    .await;
    let mut clients = Vec::new();
    for index in 0..limits::BROKER_CLIENTS_PER_ADDRESS {
        // What they say of themselves changes nothing.
        let forwarded = format!("198.51.100.{index}, 192.0.2.1");
        let opened = Bare::open_for(&server, Some(&forwarded)).await;
        clients.push(opened.expect("within the bound"));
    }
    assert_eq!(
        Bare::open_for(&server, Some("192.0.2.1")).await.err(),
        Some(503)
    );
    // Other people's places are theirs, beyond what the sockets of one address may be.
    for index in clients.len()..=limits::CONNECTIONS_PER_ADDRESS {
        let opened = Bare::open_for(&server, Some(&format!("203.0.113.{index}"))).await;
        clients.push(opened.expect("another person"));
    }
}

#[tokio::test]
async fn who_is_no_proxy_is_not_believed() {
    let server = Running::start().await;
    let mut clients = Vec::new();
    for index in 0..limits::BROKER_CLIENTS_PER_ADDRESS {
        let opened = Bare::open_for(&server, Some(&format!("192.0.2.{index}"))).await;
        clients.push(opened.expect("within the bound"));
    }
    assert_eq!(
        Bare::open_for(&server, Some("198.51.100.1")).await.err(),
        Some(503)
    );
}

#[tokio::test]
async fn one_address_has_a_bounded_number_of_clients() {
    let server = Running::start().await;
    let mut clients = Vec::new();
    for _ in 0..limits::BROKER_CLIENTS_PER_ADDRESS {
        clients.push(Bare::open(&server).await.expect("within the bound"));
    }
    assert_eq!(Bare::open(&server).await.err(), Some(503));
    assert_eq!(
        server.get("/healthz").await.body,
        "ok\n",
        "the page is still served"
    );

    // A place that is given back is there for the next, as soon as the server has noticed.
    clients.pop();
    let freed = async {
        while Bare::open(&server).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(common::PATIENCE, freed)
        .await
        .expect("a place became free");
}

#[tokio::test]
async fn one_address_has_a_bounded_number_of_sockets() {
    use tokio::io::AsyncReadExt as _;
    let server = Running::start().await;
    let mut sockets = Vec::new();
    for _ in 0..limits::CONNECTIONS_PER_ADDRESS {
        sockets.push(server.connect().await);
    }
    let mut refused = server.connect().await;
    // Well before a socket that was let in would be closed for saying nothing.
    let at_once = limits::HEAD_TIMEOUT / 2;
    let ended = tokio::time::timeout(at_once, refused.read(&mut [0; 1]))
        .await
        .expect("closed at once");
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[tokio::test]
async fn a_client_has_a_bounded_number_of_subscriptions() {
    let server = Running::start().await;
    let mut old = v311::Client::connect(&server, "old", None)
        .await
        .expect("connected");
    let mut new = v5::Client::connect(&server, "new", None)
        .await
        .expect("connected");
    for number in 0..limits::SUBSCRIPTIONS {
        assert!(old.subscribe(&format!("room/{number}")).await, "{number}");
        assert!(new.subscribe(&format!("room/{number}")).await, "{number}");
    }
    assert!(!new.subscribe("room/more").await);
    assert!(!old.subscribe("room/more").await);
}

#[tokio::test]
async fn topics_and_names_are_bounded() {
    let server = Running::start().await;
    let mut client = v5::Client::connect(&server, "client", None)
        .await
        .expect("connected");
    assert!(!client.subscribe(&"x/".repeat(limits::TOPIC_LEVELS)).await);
    let long = "x".repeat(limits::CLIENT_ID + 1);
    assert!(v311::Client::connect(&server, &long, None).await.is_err());
    assert!(v5::Client::connect(&server, &long, None).await.is_err());
}

#[tokio::test]
async fn what_is_not_mqtt_is_refused() {
    let server = Running::start().await;
    let mut texter = Bare::open(&server).await.expect("upgraded");
    texter.send_text("hello").await;
    assert!(
        matches!(texter.ended().await, Ended::Closed(1003, _)),
        "unsupported data"
    );

    let mut garbled = Bare::open(&server).await.expect("upgraded");
    garbled.send(vec![0x10, 0xff, 0xff, 0xff, 0xff, 0xff]).await;
    assert!(
        matches!(garbled.ended().await, Ended::Closed(1002, _)),
        "protocol error"
    );

    let mut eager = Bare::open(&server).await.expect("upgraded");
    eager.send_packet(&Packet::PingReq).await;
    assert!(
        matches!(eager.ended().await, Ended::Closed(1000, _)),
        "the broker ends what does not begin with CONNECT"
    );
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let server = Running::start().await;
    let mut silent = Bare::open(&server).await.expect("upgraded");
    // Half a CONNECT is nothing, too.
    let mut slow = Bare::open(&server).await.expect("upgraded");
    slow.send(vec![0x10]).await;
    let started = Instant::now();
    assert!(matches!(silent.ended().await, Ended::Closed(1008, _)));
    assert!(matches!(slow.ended().await, Ended::Closed(1008, _)));
    assert!(
        started.elapsed() < limits::CONNECT_TIMEOUT + Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn the_upgrade_asks_for_websocket_and_grants_the_subprotocol() {
    let server = Running::start().await;
    assert!(server.get("/mqtt").await.status.is_client_error());
    let answer = server
        .get_with(
            "/mqtt",
            &[
                ("connection", "upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                ("sec-websocket-protocol", "mqttv3.1, mqtt"),
            ],
        )
        .await;
    assert_eq!(answer.status.as_u16(), 101);
    assert!(!answer.header("sec-websocket-protocol").is_empty());
}
