//! A client that vanishes without a trace: no FIN, no keep-alive that would tell. It takes as long as [`limits::SILENCE`].

mod common;

use std::time::{Duration, Instant};

use common::Running;
use common::mqtt::Bare;
use handclasp_serve::limits;
use rumqttc::mqttbytes::v4::{Connect, Packet, Publish, Subscribe};
use rumqttc::{LastWill, QoS};

#[tokio::test]
async fn silence_publishes_the_will_and_idleness_does_not() {
    let server = Running::start().await;
    let mut connect = Connect::new("vanished");
    connect.keep_alive = 0;
    connect.last_will = Some(LastWill::new("room/x", "gone", QoS::AtMostOnce, false));
    let mut vanished = Bare::open(&server).await.expect("upgraded");
    vanished.send_packet(&Packet::Connect(connect)).await;
    assert!(matches!(vanished.packet().await, Ok(Packet::ConnAck(_))));
    let silent_since = Instant::now();

    // Sends nothing by itself either, but reads, and so answers pings as a browser does.
    let mut idle = Bare::connect(&server, "idle").await;
    let mut subscribe = Subscribe::new("room/x", QoS::AtMostOnce);
    subscribe.pkid = 1;
    idle.send_packet(&Packet::Subscribe(subscribe)).await;
    assert!(matches!(idle.packet().await, Ok(Packet::SubAck(_))));

    let limit = limits::SILENCE + Duration::from_secs(5);
    match idle.packet_within(limit).await {
        Ok(Packet::Publish(Publish { payload, .. })) => assert_eq!(payload, "gone"),
        other => panic!("{other:?}"),
    }
    assert!(
        silent_since.elapsed() > limits::SILENCE - Duration::from_secs(1),
        "{:?}",
        silent_since.elapsed()
    );
    drop(vanished);
}
