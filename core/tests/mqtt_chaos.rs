//! An MQTT client survives whatever comes in whatever order, and comes up as soon as the broker behaves.

#[path = "support/broker.rs"]
#[allow(dead_code, reason = "each file uses its own part of it")]
mod broker;

use std::time::Duration;

use broker::{Line, Socket, Told};
use handclasp_core::mqtt::packet::{
    ConnAck, Disconnect, PacketId, PubAck, SubAck, ToClient, ToServer, UnsubAck,
};
use handclasp_core::mqtt::{Input, MAX_QUEUED};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    See,
    Open,
    Lose,
    Send(ToClient),
    Bytes(Vec<u8>),
    Publish(usize),
    Subscribe(u8),
    Hint(bool),
    Timeout,
    Pass(u64),
}

fn packet() -> impl Strategy<Value = ToClient> {
    let id = || (1_u16..9).prop_map(|id| PacketId::new(id).expect("not zero"));
    let reason = || prop::sample::select(vec![0_u8, 0, 0, 1, 2, 5, 0x80, 0x84, 0x87, 0x97]);
    prop_oneof![
        reason().prop_map(|reason| ToClient::ConnAck(ConnAck::new(reason))),
        (id(), reason())
            .prop_map(|(packet_id, reason)| ToClient::PubAck(PubAck { packet_id, reason })),
        (id(), reason()).prop_map(|(packet_id, reason)| ToClient::SubAck(SubAck {
            packet_id,
            reasons: vec![reason]
        })),
        id().prop_map(|packet_id| ToClient::UnsubAck(UnsubAck {
            packet_id,
            reasons: vec![0]
        })),
        Just(ToClient::PingResp),
        reason().prop_map(|reason| ToClient::Disconnect(Disconnect { reason })),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::See),
        4 => Just(Step::Open),
        1 => Just(Step::Lose),
        8 => packet().prop_map(Step::Send),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Step::Bytes),
        4 => (0_usize..70_000).prop_map(Step::Publish),
        1 => (0_u8..20).prop_map(Step::Subscribe),
        1 => any::<bool>().prop_map(Step::Hint),
        2 => Just(Step::Timeout),
        2 => (0_u64..40_000).prop_map(Step::Pass),
    ]
}

/// Does what a good broker does, until the client is up.
fn behave(line: &mut Line) {
    let end = line.now + Duration::from_secs(180);
    line.told.clear();
    while line.told.back() != Some(&Told::Up) {
        assert!(line.now < end, "not up within three minutes");
        match line.socket {
            Socket::None => {
                line.wait_for_attempt();
            }
            Socket::Looking => {
                line.see();
                if line.socket == Socket::Looking {
                    // Too late for that one.
                    line.wait_for_attempt();
                }
            }
            Socket::Opening => line.open_any(),
            Socket::Open if line.is_silent() => {
                // What it waits for was lost in the chaos: it must notice by itself.
                line.now = line
                    .client
                    .next_timeout()
                    .expect("it does not wait for ever");
                line.input(Input::Timeout);
            }
            Socket::Open => match line.receive() {
                ToServer::Connect(_) => line.send(&ToClient::ConnAck(ConnAck::new(0))),
                ToServer::Subscribe(subscribe) => line.send(&ToClient::SubAck(SubAck {
                    packet_id: subscribe.packet_id,
                    reasons: vec![1; subscribe.filters.len()],
                })),
                ToServer::PingReq => line.send(&ToClient::PingResp),
                _ => {}
            },
        }
    }
}

proptest! {
    #[test]
    fn it_survives_and_comes_up_again(steps in prop::collection::vec(step(), 0..60)) {
        // `Line` checks on the way: one socket at a time, data for open ones only, valid packets only.
        let mut line = Line::new();
        let mut published = 0;
        for step in steps {
            match step {
                Step::Open if line.socket == Socket::Opening => line.open_any(),
                Step::See => line.input(Input::Seen),
                Step::Lose if line.has_socket() => line.lose(),
                Step::Send(packet) if line.socket == Socket::Open => line.send(&packet),
                Step::Bytes(bytes) if line.socket == Socket::Open => line.input(Input::Received(bytes)),
                Step::Publish(len) => {
                    published += 1;
                    line.publish(&vec![1; len]);
                }
                Step::Subscribe(number) => line.input(Input::Subscribe { topic: format!("handclasp/{number}") }),
                Step::Hint(online) => line.input(if online { Input::Online } else { Input::Offline }),
                Step::Timeout => line.input(Input::Timeout),
                Step::Pass(millis) => line.pass(Duration::from_millis(millis)),
                _ => {}
            }
        }
        prop_assert!(published < MAX_QUEUED, "so that the stories alone test the bound");
        if line.socket == Socket::Open {
            line.lose();
        }
        behave(&mut line);
        line.input(Input::Shutdown);
        prop_assert_eq!(line.socket, Socket::None);
        prop_assert_eq!(line.client.next_timeout(), None);
    }
}
