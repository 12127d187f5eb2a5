//! A line between an MQTT client and a hand-driven broker, with a clock of its own.

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::time::Duration;

use handclasp_core::Time;
use handclasp_core::mqtt::packet::{
    ConnAck, Connect, Decoder, Packet, Publish, QoS, SubAck, Subscribe, ToClient, ToServer, Version,
};
use handclasp_core::mqtt::{Client, ClientError, CloseReason, Config, DropReason, Input, Output};

pub(crate) const TOPIC: &str = "handclasp/room";

/// What a client told its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Up,
    Down(ClientError),
    Message(Vec<u8>),
    Dropped(DropReason),
}

pub(crate) struct Line {
    pub(crate) client: Client,
    pub(crate) now: Time,
    /// How often the client has asked for a socket.
    pub(crate) connects: usize,
    /// How often it has looked for the server instead.
    pub(crate) looks: usize,
    pub(crate) socket: Socket,
    pub(crate) told: VecDeque<Told>,
    server: Decoder,
    sent: VecDeque<ToServer>,
    pub(crate) version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    None,
    /// The server is asked whether it is there.
    Looking,
    Opening,
    Open,
}

pub(crate) fn config() -> Config {
    Config {
        client_id: "abcdefghijklmnopqrst".into(),
        username: Some("user".into()),
        password: Some(b"password".to_vec()),
        will: Some((TOPIC.into(), b"gone".to_vec())),
        seed: 1,
    }
}

impl Line {
    /// A client that listens on [`TOPIC`] and has asked for its first socket.
    pub(crate) fn new() -> Self {
        let now = Time::from_millis(1_000_000);
        let mut line = Self {
            client: Client::new(config(), now),
            now,
            connects: 0,
            looks: 0,
            socket: Socket::None,
            told: VecDeque::new(),
            server: Decoder::new(Version::V5),
            sent: VecDeque::new(),
            version: Version::V5,
        };
        line.input(Input::Subscribe {
            topic: TOPIC.into(),
        });
        line
    }

    /// A client that is up, with a broker of MQTT 5.
    pub(crate) fn up() -> Self {
        let mut line = Self::new();
        line.come_up();
        line
    }

    /// From an opening socket to being up. That the client was down before is no news.
    pub(crate) fn come_up(&mut self) {
        self.told.retain(|told| !matches!(told, Told::Down(_)));
        self.open();
        assert!(matches!(self.receive(), ToServer::Connect(_)));
        self.send(&ToClient::ConnAck(ConnAck::new(0)));
        self.grant();
    }

    /// Grants the subscription that the client has asked for.
    pub(crate) fn grant(&mut self) {
        let ToServer::Subscribe(Subscribe {
            packet_id,
            filters,
            qos,
        }) = self.receive()
        else {
            panic!("a subscription was due");
        };
        assert_eq!(
            (filters.as_slice(), qos),
            (&[TOPIC.to_owned()][..], QoS::AtLeastOnce)
        );
        self.send(&ToClient::SubAck(SubAck {
            packet_id,
            reasons: vec![1],
        }));
        assert_eq!(self.told.pop_front(), Some(Told::Up));
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.client.handle(input, self.now);
        while let Some(output) = self.client.poll() {
            match output {
                Output::Look => {
                    assert!(!self.has_socket(), "the socket comes first");
                    self.socket = Socket::Looking;
                    self.looks += 1;
                }
                Output::Connect => {
                    assert!(!self.has_socket(), "one socket at a time");
                    self.socket = Socket::Opening;
                    self.connects += 1;
                }
                Output::Send(bytes) => {
                    assert_eq!(self.socket, Socket::Open, "only an open socket takes data");
                    self.server.push(&bytes);
                    while let Some(packet) = self.server.next().expect("valid packets") {
                        self.sent.push_back(packet);
                    }
                }
                Output::CloseSocket => {
                    assert!(self.has_socket(), "a socket that is there");
                    self.socket = Socket::None;
                }
                Output::Up => self.told.push_back(Told::Up),
                Output::Down(error) => self.told.push_back(Told::Down(error)),
                Output::Message { topic, payload } => {
                    assert_eq!(topic, TOPIC);
                    self.told.push_back(Told::Message(payload));
                }
                Output::Dropped(reason) => self.told.push_back(Told::Dropped(reason)),
            }
        }
    }

    pub(crate) fn has_socket(&self) -> bool {
        matches!(self.socket, Socket::Opening | Socket::Open)
    }

    /// The server answers the look.
    pub(crate) fn see(&mut self) {
        assert_eq!(self.socket, Socket::Looking);
        self.input(Input::Seen);
    }

    /// The socket opens, to a broker that speaks [`version`](Self::version).
    pub(crate) fn open(&mut self) {
        assert_eq!(self.socket, Socket::Opening);
        self.socket = Socket::Open;
        self.server = Decoder::new(self.version);
        self.sent.clear();
        self.input(Input::Opened);
    }

    /// The socket opens, to a broker that speaks whatever the client speaks.
    pub(crate) fn open_any(&mut self) {
        assert_eq!(self.socket, Socket::Opening);
        self.socket = Socket::Open;
        self.sent.clear();
        self.client.handle(Input::Opened, self.now);
        let Some(Output::Send(bytes)) = self.client.poll() else {
            panic!("CONNECT was due");
        };
        // The protocol level, behind two bytes of header and the name.
        self.version = if bytes[8] == 4 {
            Version::V311
        } else {
            Version::V5
        };
        self.server = Decoder::new(self.version);
        self.server.push(&bytes);
        self.sent
            .extend(self.server.next().expect("a valid packet"));
    }

    /// The broker sends.
    pub(crate) fn send(&mut self, packet: &ToClient) {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes).expect("encodable");
        self.input(Input::Received(bytes));
    }

    /// What the client has sent, the oldest first.
    pub(crate) fn receive(&mut self) -> ToServer {
        self.sent
            .pop_front()
            .expect("the client has sent something")
    }

    pub(crate) fn receive_connect(&mut self) -> Connect {
        match self.receive() {
            ToServer::Connect(connect) => connect,
            other => panic!("CONNECT was due, not {other:?}"),
        }
    }

    pub(crate) fn receive_publish(&mut self) -> Publish {
        match self.receive() {
            ToServer::Publish(publish) => publish,
            other => panic!("PUBLISH was due, not {other:?}"),
        }
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.sent.is_empty()
    }

    pub(crate) fn publish(&mut self, payload: &[u8]) {
        let (topic, payload) = (TOPIC.into(), payload.to_vec());
        self.input(Input::Publish { topic, payload });
    }

    /// A message arrives.
    pub(crate) fn deliver(&mut self, payload: &[u8], packet_id: Option<NonZeroU16>) {
        self.send(&ToClient::Publish(Publish {
            dup: false,
            qos: if packet_id.is_some() {
                QoS::AtLeastOnce
            } else {
                QoS::AtMostOnce
            },
            retain: false,
            topic: TOPIC.into(),
            packet_id,
            payload: payload.to_vec(),
        }));
    }

    /// The connection breaks, or does not come about.
    pub(crate) fn lose(&mut self) {
        assert!(self.has_socket());
        self.socket = Socket::None;
        self.input(Input::Closed(CloseReason::Lost));
    }

    /// Moves the clock, firing the timer whenever it is due.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.client.next_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            let before = self.client.next_timeout();
            self.input(Input::Timeout);
            assert_ne!(
                self.client.next_timeout(),
                before,
                "a timer that fires has an effect"
            );
        }
        self.now = end;
    }

    /// Lets time pass until the client asks for another socket, or looks for the server. Returns how long it took.
    pub(crate) fn wait_for_attempt(&mut self) -> Duration {
        let (began, attempts) = (self.now, self.connects + self.looks);
        while self.connects + self.looks == attempts {
            self.now = self.client.next_timeout().expect("another attempt");
            self.input(Input::Timeout);
        }
        self.now.since(began)
    }

    /// Lets time pass until the client asks for another socket. Returns how long it took.
    pub(crate) fn wait_for_connect(&mut self) -> Duration {
        let (began, connects) = (self.now, self.connects);
        while self.connects == connects {
            self.now = self.client.next_timeout().expect("another attempt");
            self.input(Input::Timeout);
        }
        self.now.since(began)
    }
}
