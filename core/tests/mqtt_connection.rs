//! An MQTT client finds its broker, keeps it, and finds it again.

#[path = "support/broker.rs"]
#[allow(dead_code, reason = "each file uses its own part of it")]
mod broker;

use std::num::NonZeroU16;
use std::time::Duration;

use broker::{Line, Socket, Told};
use handclasp_core::mqtt::packet::{
    ConnAck, Disconnect, PubAck, SubAck, Subscribe, ToClient, ToServer, Version,
};
use handclasp_core::mqtt::{
    CONNECT_TIMEOUT, ClientError, CloseReason, Input, KEEP_ALIVE, OPEN_TIMEOUT, PING_INTERVAL,
    PONG_TIMEOUT, REOPEN_AT_LEAST, REOPEN_SLOWLY, SILENCE_AT_LEAST,
};

const MINUTE: Duration = Duration::from_secs(60);

fn ack(packet_id: Option<NonZeroU16>) -> ToClient {
    let packet_id = packet_id.expect("QoS 1");
    ToClient::PubAck(PubAck {
        packet_id,
        reason: 0,
    })
}

#[test]
fn a_lost_connection_comes_back_and_with_it_what_was_not_acknowledged() {
    let mut line = Line::up();
    line.publish(b"one");
    line.publish(b"two");
    line.publish(b"three");
    let two = {
        line.receive_publish();
        line.receive_publish().packet_id
    };
    line.receive_publish();
    line.send(&ack(two));

    line.lose();
    assert_eq!(line.told.pop_front(), Some(Told::Down(ClientError::Lost)));
    line.publish(b"four");
    assert!(line.wait_for_connect() <= Duration::from_millis(250));
    line.come_up();
    for payload in [&b"one"[..], b"three", b"four"] {
        let publish = line.receive_publish();
        assert_eq!(publish.payload, payload);
        assert!(!publish.dup, "the broker has forgotten the session");
    }
    assert!(line.is_silent());
}

#[test]
fn an_unreachable_broker_is_told_once_and_found_within_seconds_of_its_return() {
    let mut line = Line::new();
    line.lose();
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Down(ClientError::Unreachable))
    );
    let began = line.now;
    while line.now.since(began) < MINUTE {
        assert!(line.wait_for_connect() <= Duration::from_secs(4));
        line.lose();
    }
    assert!(
        (15..80).contains(&line.connects),
        "{} attempts in a minute",
        line.connects
    );
    assert!(line.told.is_empty());

    // Not the same any more when the device says that the fault is its own.
    line.input(Input::Offline);
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Down(ClientError::Offline))
    );
    line.wait_for_connect();
    line.lose();
    assert!(line.told.is_empty());

    // And over at once when it has a network again.
    line.input(Input::Online);
    assert!(line.wait_for_connect() <= Duration::from_millis(250));
    line.come_up();
}

#[test]
fn a_socket_that_does_not_open_is_given_up() {
    let mut line = Line::new();
    line.pass(OPEN_TIMEOUT);
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Down(ClientError::Unreachable))
    );
    assert_eq!(line.socket, Socket::None);
    line.wait_for_connect();
    line.come_up();
}

#[test]
fn silence_after_a_message_costs_the_connection() {
    let mut line = Line::up();
    line.publish(b"offer");
    line.pass(SILENCE_AT_LEAST - Duration::from_millis(1));
    assert!(line.told.is_empty());
    line.pass(Duration::from_millis(1));
    assert_eq!(line.told, [Told::Down(ClientError::Timeout)]);
    line.told.clear();
    assert!(line.wait_for_connect() <= Duration::from_millis(250));
    line.come_up();
    assert_eq!(line.receive_publish().payload, b"offer");
}

/// A line that was quick, whose broker does not answer any more.
fn fallen_silent() -> Line {
    let mut line = Line::up();
    line.publish(b"offer");
    line.pass(SILENCE_AT_LEAST);
    line.wait_for_connect();
    line
}

#[test]
fn a_line_that_was_quick_is_first_expected_to_open_quickly() {
    let mut line = fallen_silent();
    for attempt in 1..20 {
        let patience = if attempt % 4 == 0 {
            REOPEN_SLOWLY
        } else {
            REOPEN_AT_LEAST
        };
        // One in eight opens a socket, which browsers do not let go of; the others look whether anybody is there.
        let trying = if attempt == 1 || attempt % 8 == 0 {
            Socket::Opening
        } else {
            Socket::Looking
        };
        line.pass(patience - Duration::from_millis(1));
        assert_eq!(line.socket, trying, "attempt {attempt}");
        line.pass(Duration::from_millis(1));
        assert!(line.wait_for_attempt() <= Duration::from_millis(250));
    }
    // Five minutes later nobody waits for it any more.
    line.pass(MINUTE * 5);
    let connects = line.connects;
    line.pass(MINUTE * 10);
    assert!(line.connects - connects < 60, "{}", line.connects);
}

#[test]
fn a_socket_is_opened_as_soon_as_the_server_is_seen() {
    let mut line = fallen_silent();
    line.pass(REOPEN_AT_LEAST);
    line.wait_for_attempt();
    assert_eq!(line.socket, Socket::Looking);
    line.see();
    assert_eq!(line.socket, Socket::Opening);
    // The network that came back may be a slower one.
    line.pass(REOPEN_SLOWLY - Duration::from_millis(1));
    line.come_up();
    assert_eq!(line.receive_publish().payload, b"offer");
}

#[test]
fn a_server_that_refuses_is_there_and_is_not_looked_for() {
    let mut line = fallen_silent();
    line.lose();
    for _ in 0..10 {
        assert!(line.wait_for_attempt() <= Duration::from_secs(4));
        assert_eq!(line.socket, Socket::Opening);
        line.lose();
    }
}

#[test]
fn a_live_line_is_pinged_and_a_dead_one_noticed_within_20_s() {
    let mut line = Line::up();
    for _ in 0..5 {
        line.pass(PING_INTERVAL);
        assert_eq!(line.receive(), ToServer::PingReq);
        line.send(&ToClient::PingResp);
    }
    assert!(line.is_silent());
    assert!(
        PING_INTERVAL < KEEP_ALIVE,
        "or the broker publishes the will"
    );

    line.pass(PING_INTERVAL);
    assert_eq!(line.receive(), ToServer::PingReq);
    line.pass(PONG_TIMEOUT - Duration::from_millis(1));
    assert!(line.told.is_empty());
    // Any byte is a sign of life.
    line.deliver(b"still here", None);
    line.told.clear();
    line.pass(PONG_TIMEOUT - Duration::from_millis(1));
    assert!(line.told.is_empty());
    line.pass(Duration::from_millis(1));
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Down(ClientError::Timeout))
    );
    assert!(PING_INTERVAL + PONG_TIMEOUT <= Duration::from_secs(20));
}

#[test]
fn a_change_of_network_is_looked_into_at_once() {
    for hint in [Input::Online, Input::Offline] {
        let mut line = Line::up();
        line.input(hint.clone());
        assert_eq!(line.receive(), ToServer::PingReq);
        line.send(&ToClient::PingResp);
        line.pass(SILENCE_AT_LEAST);
        assert!(line.told.is_empty(), "some devices say so and are not");

        line.input(hint.clone());
        line.pass(SILENCE_AT_LEAST);
        let reason = match hint {
            Input::Offline => ClientError::Offline,
            _ => ClientError::Timeout,
        };
        assert_eq!(line.told.pop_front(), Some(Told::Down(reason)));
    }
}

#[test]
fn the_keep_alive_of_the_broker_counts() {
    let mut line = Line::new();
    line.open();
    line.receive_connect();
    line.send(&ToClient::ConnAck(ConnAck {
        server_keep_alive: Some(5),
        ..ConnAck::new(0)
    }));
    line.grant();
    line.pass(Duration::from_secs(4));
    assert_eq!(line.receive(), ToServer::PingReq);
}

#[test]
fn a_broker_of_3_1_1_is_spoken_to_in_3_1_1() {
    // "Unacceptable protocol version", as 3.1.1 says it, as MQTT 5 says it, and without a word.
    let refusals: [Option<&[u8]>; 3] = [Some(b"\x20\x02\0\x01"), Some(b"\x20\x03\0\x84\0"), None];
    for refusal in refusals {
        let mut line = Line::new();
        line.open();
        line.receive_connect();
        match refusal {
            Some(bytes) => line.input(Input::Received(bytes.to_vec())),
            None => line.lose(),
        }
        assert_eq!(
            (line.socket, line.connects),
            (Socket::Opening, 2),
            "at once"
        );
        assert!(line.told.is_empty(), "nobody needs to know");
        line.version = Version::V311;
        line.come_up();
        line.publish(b"hello");
        assert_eq!(line.receive_publish().payload, b"hello");

        // It stays with what has worked.
        line.lose();
        line.wait_for_connect();
        line.come_up();
    }
}

#[test]
fn a_broker_that_hangs_up_on_both_versions_is_tried_with_both() {
    let mut line = Line::new();
    for _ in 0..3 {
        line.version = Version::V5;
        line.open();
        line.receive_connect();
        line.lose();
        line.version = Version::V311;
        line.open();
        line.receive_connect();
        line.lose();
        assert_eq!(line.socket, Socket::None, "after both, it waits");
        line.wait_for_connect();
    }
    assert_eq!(line.told, [Told::Down(ClientError::Lost)]);
}

#[test]
fn a_version_that_has_worked_gets_a_second_chance() {
    let mut line = Line::up();
    line.lose();
    line.wait_for_connect();
    line.open();
    line.receive_connect();
    line.lose();
    line.wait_for_connect();
    line.open();
    assert!(
        matches!(line.receive(), ToServer::Connect(_)),
        "MQTT 5 again"
    );
    line.lose();
    // The broker was replaced by one of 3.1.1.
    assert_eq!(line.socket, Socket::Opening);
    line.version = Version::V311;
    line.come_up();
}

#[test]
fn refusals_are_told_by_their_reason_and_retried_seldom_or_soon() {
    let table = [
        (0x86, ClientError::BadCredentials, MINUTE),
        (4, ClientError::BadCredentials, MINUTE),
        (0x87, ClientError::NotAuthorized, MINUTE),
        (5, ClientError::NotAuthorized, MINUTE),
        (0x8a, ClientError::NotAuthorized, MINUTE),
        (0x85, ClientError::Refused(0x85), MINUTE),
        (2, ClientError::Refused(2), MINUTE),
        (0x88, ClientError::Busy, Duration::ZERO),
        (0x9f, ClientError::Busy, Duration::ZERO),
        (3, ClientError::Busy, Duration::ZERO),
    ];
    for (code, error, least) in table {
        let mut line = Line::new();
        line.open();
        line.receive_connect();
        line.send(&ToClient::ConnAck(ConnAck::new(code)));
        assert_eq!(line.told.pop_front(), Some(Told::Down(error)), "{code:#x}");
        if least > Duration::ZERO {
            // The network has nothing to do with it.
            line.input(Input::Offline);
            line.input(Input::Online);
            assert!(line.told.is_empty());
        }
        let waited = line.wait_for_connect();
        assert!(
            waited >= least && waited <= least + MINUTE,
            "{code:#x} {waited:?}"
        );
        line.come_up();
    }
}

#[test]
fn a_subscription_that_is_refused_is_a_refusal() {
    for (version, code, error) in [
        (Version::V5, 0x87, ClientError::NotAuthorized),
        (Version::V5, 0x97, ClientError::Busy),
        (Version::V311, 0x80, ClientError::NotAuthorized),
    ] {
        let mut line = Line::new();
        if version == Version::V311 {
            line.open();
            line.receive_connect();
            line.lose();
            line.version = version;
        }
        line.open();
        line.receive_connect();
        line.send(&ToClient::ConnAck(ConnAck::new(0)));
        let ToServer::Subscribe(Subscribe { packet_id, .. }) = line.receive() else {
            panic!("a subscription was due");
        };
        line.send(&ToClient::SubAck(SubAck {
            packet_id,
            reasons: vec![code],
        }));
        assert_eq!(line.told, [Told::Down(error)]);
        assert_eq!(line.socket, Socket::None);
    }
}

#[test]
fn what_can_never_work_is_not_tried_again() {
    for (reason, error) in [
        (CloseReason::Address, ClientError::Address),
        (CloseReason::Insecure, ClientError::Insecure),
        (CloseReason::Unsupported, ClientError::Unsupported),
    ] {
        let mut line = Line::new();
        line.socket = Socket::None;
        line.input(Input::Closed(reason));
        assert_eq!(line.told, [Told::Down(error)]);
        assert_eq!(line.client.next_timeout(), None);
        line.input(Input::Offline);
        line.input(Input::Online);
        line.input(Input::Timeout);
        assert_eq!((line.socket, line.connects), (Socket::None, 1));
    }
}

#[test]
fn a_broker_that_says_nothing_or_nonsense_is_left() {
    let mut line = Line::new();
    line.open();
    line.pass(CONNECT_TIMEOUT);
    assert_eq!(line.socket, Socket::Opening, "the other version");
    line.version = Version::V311;
    line.open();
    line.pass(CONNECT_TIMEOUT);
    assert_eq!(
        line.told.pop_front(),
        Some(Told::Down(ClientError::Timeout))
    );

    // Text, a second CONNACK, a reserved type, a packet that is too large.
    for nonsense in [
        &b"@\x04text"[..],
        b"\x20\x02\0\0",
        b"\xff\0",
        b"\x30\xff\xff\x7f",
    ] {
        let mut line = Line::up();
        line.input(Input::Received(nonsense.to_vec()));
        assert_eq!(line.told, [Told::Down(ClientError::Protocol)]);
        assert_eq!(line.socket, Socket::None);
    }
}

#[test]
fn a_broker_that_says_why_it_leaves_is_quoted() {
    for (reason, error) in [
        (0, ClientError::Lost),
        (0x8b, ClientError::Lost),
        (0x89, ClientError::Busy),
        (0x87, ClientError::NotAuthorized),
    ] {
        let mut line = Line::up();
        line.send(&ToClient::Disconnect(Disconnect { reason }));
        assert_eq!(line.told, [Told::Down(error)]);
    }
}

#[test]
fn a_session_that_ends_at_once_does_not_bring_the_backoff_down() {
    let mut line = Line::up();
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        line.lose();
        longest = longest.max(line.wait_for_connect());
        line.told.clear();
        line.come_up();
    }
    assert!(longest > Duration::from_secs(1), "{longest:?}");

    // One that lasts does.
    line.pass(PING_INTERVAL);
    line.send(&ToClient::PingResp);
    line.lose();
    assert!(line.wait_for_connect() <= Duration::from_millis(250));
}
