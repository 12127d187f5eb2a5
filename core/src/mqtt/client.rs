//! The client: when to connect, what to send, and what it means.

use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;
use std::collections::VecDeque;

use super::backoff::Backoff;
use super::error::{ClientError, Retry};
use super::interface::{
    CloseReason, Config, Input, KEEP_ALIVE, MAX_PAYLOAD, MAX_TOPICS, OPEN_TIMEOUT, Output,
    PONG_TIMEOUT, PUBACK_TIMEOUT, REOPEN_AT_LEAST, REOPEN_SLOWLY, SILENCE_AT_LEAST,
    SILENCE_AT_MOST,
};
use super::outbox::{DropReason, MAX_IN_FLIGHT, Outbox};
use super::packet::{
    ConnAck, Connect, Disconnect, MAX_PACKET, Packet, PacketId, PubAck, Publish, QoS, SubAck,
    Subscribe, ToClient, ToServer, Version, Will,
};
use super::session::{Phase, Session};
use crate::Time;

/// A session that lasted as long was a success, and the next outage is a new one. A broker that accepts and then throws
/// out at once is not hammered.
const STABLE: Duration = Duration::from_secs(10);

/// Of so many attempts in a young outage, one is given more time.
const SLOW_ATTEMPT: u32 = 4;

/// Of so many attempts while nobody answers, one opens a socket; the others look whether the server is there. Firefox goes on opening a socket
/// that was given up, for up to 90 s, and has six places for all to one server: after that the next ones wait for those. A request that is
/// given up leaves none behind. But it may be that requests are not let through, or answered by somebody else.
const SOCKET_ATTEMPT: u32 = 8;

/// A client of one broker.
///
/// ```
/// use handclasp_core::mqtt::{Client, Config, Input, Output};
/// use handclasp_core::Time;
///
/// let config = Config { client_id: "a1".into(), username: None, password: None, will: None, seed: 7 };
/// let mut client = Client::new(config, Time::ZERO);
/// assert!(matches!(client.poll(), Some(Output::Connect)));
/// // The caller opens a socket. Once it is open:
/// client.handle(Input::Opened, Time::from_millis(80));
/// assert!(matches!(client.poll(), Some(Output::Send(connect)) if connect[0] == 0x10));
/// assert!(client.poll().is_none());
/// assert!(client.next_timeout().is_some());
/// ```
pub struct Client {
    config: Config,
    version: Version,
    /// The broker has accepted `version`, or has said that it wants it.
    settled: bool,
    topics: Vec<String>,
    outbox: Outbox,
    backoff: Backoff,
    state: State,
    outputs: VecDeque<Output>,
    last_id: u16,
    /// When the present attempt began.
    began: Time,
    /// Attempts since the last that succeeded.
    attempts: u32,
    /// Nobody answered the last one.
    unheard: bool,
    /// How long that one took: five or six round trips.
    pace: Option<Duration>,
    /// The reason that was told last, while it holds.
    told: Option<ClientError>,
    offline: bool,
}

enum State {
    /// For the next attempt; `None` is for ever.
    Waiting { until: Option<Time>, retry: Retry },
    /// For a sign of the server, before a socket is opened.
    Looking { deadline: Time },
    /// For the socket.
    Opening { deadline: Time },
    /// The socket is open.
    Open(Session),
    /// Shut down.
    Stopped,
}

impl Client {
    /// A client that starts to connect.
    pub fn new(config: Config, now: Time) -> Self {
        let mut client = Self {
            backoff: Backoff::new(config.seed),
            config,
            version: Version::V5,
            settled: false,
            topics: Vec::new(),
            outbox: Outbox::default(),
            state: State::Stopped,
            outputs: VecDeque::new(),
            last_id: 0,
            began: now,
            attempts: 0,
            unheard: false,
            pace: None,
            told: None,
            offline: false,
        };
        client.connect(now);
        client
    }

    /// Takes an input. Total: one that does not fit the moment has no effect.
    pub fn handle(&mut self, input: Input, now: Time) {
        match (input, &mut self.state) {
            (_, State::Stopped) => {}
            (Input::Seen, State::Looking { .. }) => self.open(REOPEN_SLOWLY, now),
            (Input::Opened, State::Opening { .. }) => self.greet(now),
            (Input::Received(bytes), State::Open(session)) => {
                session.heard(&bytes, now);
                self.read(now);
                if self.outbox.in_flight() > 0 {
                    self.expect_answer(now);
                }
            }
            (Input::Closed(reason), State::Opening { .. } | State::Open(_)) => {
                self.closed(reason, now);
            }
            (Input::Publish { topic, payload }, _) => self.publish(topic, payload, now),
            (Input::Subscribe { topic }, _) => self.subscribe(topic, now),
            (Input::Online, _) => self.online(now),
            (Input::Offline, _) => self.offline(now),
            (Input::Timeout, _) => self.timeout(now),
            (Input::Shutdown, _) => self.shutdown(),
            // Late news of a look or a socket.
            (Input::Seen | Input::Opened | Input::Received(_) | Input::Closed(_), _) => {}
        }
    }

    /// What there is to do. To be called until it has no more after every [`handle`](Self::handle).
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Timeout`], unless something else happens first. Too early or too late does no harm.
    pub fn next_timeout(&self) -> Option<Time> {
        match &self.state {
            State::Waiting { until, .. } => *until,
            State::Looking { deadline } | State::Opening { deadline } => Some(*deadline),
            State::Open(session) => {
                let puback = self.outbox.oldest_sent().map(|at| at + PUBACK_TIMEOUT);
                [Some(session.next_timeout()), puback]
                    .into_iter()
                    .flatten()
                    .min()
            }
            State::Stopped => None,
        }
    }

    fn connect(&mut self, now: Time) {
        self.attempts = self.attempts.saturating_add(1);
        if self.unheard && self.pace.is_some() && !self.attempts.is_multiple_of(SOCKET_ATTEMPT) {
            let deadline = now + self.open_timeout(REOPEN_AT_LEAST, now);
            self.state = State::Looking { deadline };
            self.outputs.push_back(Output::Look);
        } else {
            self.open(REOPEN_AT_LEAST, now);
        }
    }

    /// Opens a socket, which may take so long at the least.
    fn open(&mut self, least: Duration, now: Time) {
        self.began = now;
        self.state = State::Opening {
            deadline: now + self.open_timeout(least, now),
        };
        self.outputs.push_back(Output::Connect);
    }

    /// A line that was quick is expected to be so again, for as long as somebody waits for it.
    fn open_timeout(&self, least: Duration, now: Time) -> Duration {
        match self.pace {
            Some(pace) if self.backoff.is_young(now) => {
                let slowly = self.attempts.is_multiple_of(SLOW_ATTEMPT);
                let least = if slowly { REOPEN_SLOWLY } else { least };
                (pace * 4).clamp(least, OPEN_TIMEOUT)
            }
            _ => OPEN_TIMEOUT,
        }
    }

    /// The broker has something to answer, and is not to be silent for long.
    fn expect_answer(&mut self, now: Time) {
        let patience = self.pace.map_or(SILENCE_AT_MOST, |pace| {
            (pace * 2).clamp(SILENCE_AT_LEAST, SILENCE_AT_MOST)
        });
        if let State::Open(session) = &mut self.state {
            session.expect_answer(now, patience);
        }
    }

    fn greet(&mut self, now: Time) {
        self.unheard = false;
        let connect = Connect {
            clean_start: true,
            keep_alive: KEEP_ALIVE.as_secs() as u16,
            client_id: self.config.client_id.clone(),
            will: self.config.will.clone().map(|(topic, payload)| Will {
                topic,
                payload,
                qos: QoS::AtLeastOnce,
                retain: false,
            }),
            username: self.config.username.clone(),
            password: self.config.password.clone(),
            receive_maximum: NonZeroU16::new(MAX_IN_FLIGHT as u16),
            maximum_packet_size: NonZeroU32::new(MAX_PACKET as u32),
        };
        self.state = State::Open(Session::new(self.version, now));
        if !self.send(&ToServer::Connect(connect)) {
            // Credentials or will do not fit into a packet, and never will.
            self.fail(ClientError::Address, now);
        }
    }

    /// Sends a packet, if it has bytes.
    fn send(&mut self, packet: &ToServer) -> bool {
        let mut bytes = Vec::new();
        let encoded = packet.encode(self.version, &mut bytes).is_ok();
        if encoded {
            self.outputs.push_back(Output::Send(bytes));
        }
        encoded
    }

    fn read(&mut self, now: Time) {
        while let State::Open(session) = &mut self.state {
            match session.decoder.next() {
                Ok(Some(packet)) => self.packet(packet, now),
                Ok(None) => return self.pump(now),
                Err(_) => self.fail(ClientError::Protocol, now),
            }
        }
    }

    fn packet(&mut self, packet: ToClient, now: Time) {
        let State::Open(session) = &mut self.state else {
            return;
        };
        match (packet, &session.phase) {
            (ToClient::ConnAck(ack), Phase::Greeting { .. }) => self.connack(&ack, now),
            (ToClient::Disconnect(Disconnect { reason }), _) => self.fail(
                match reason {
                    0..0x80 => ClientError::Lost,
                    code => ClientError::from_reason(code),
                },
                now,
            ),
            (ToClient::ConnAck(_), _) | (_, Phase::Greeting { .. }) => {
                self.fail(ClientError::Protocol, now);
            }
            (ToClient::Publish(publish), _) => self.message(publish),
            (ToClient::PubAck(ack), _) => self.puback(ack, now),
            (ToClient::SubAck(ack), _) => self.suback(&ack, now),
            (ToClient::PingResp, _) => session.pong(now),
            (ToClient::UnsubAck(_), _) => {}
        }
    }

    fn connack(&mut self, ack: &ConnAck, now: Time) {
        let State::Open(session) = &mut self.state else {
            return;
        };
        match (ack.reason, self.version) {
            (0, _) => {
                self.settled = true;
                self.attempts = 0;
                self.pace = Some(now.since(self.began));
                session.granted(ack, now);
                let topics = self.topics.clone();
                self.request(topics, now);
            }
            // "Unacceptable protocol version", in the words of 3.1.1 and of MQTT 5.
            (1 | 0x84, Version::V5) => {
                self.version = Version::V311;
                self.settled = true;
                self.outputs.push_back(Output::CloseSocket);
                self.connect(now);
            }
            (code, _) => self.fail(ClientError::from_reason(code), now),
        }
    }

    /// Subscribes to `filters`. Nothing to subscribe to is as good as subscribed.
    fn request(&mut self, filters: Vec<String>, now: Time) {
        let packet_id = self.new_id();
        if let State::Open(session) = &mut self.state {
            let count = filters.len();
            if count > 0 {
                session.asked(packet_id, count, now);
                let qos = QoS::AtLeastOnce;
                let packet = ToServer::Subscribe(Subscribe {
                    packet_id,
                    filters,
                    qos,
                });
                if !self.send(&packet) {
                    self.fail(ClientError::Address, now);
                }
            } else if session.up(now) {
                self.up(now);
            }
        }
    }

    fn suback(&mut self, ack: &SubAck, now: Time) {
        let State::Open(session) = &mut self.state else {
            return;
        };
        // Of a subscription that was not asked for; no harm.
        let Some(count) = session.answered(ack.packet_id) else {
            return;
        };
        if ack.reasons.len() != count {
            return self.fail(ClientError::Protocol, now);
        }
        match ack.reasons.iter().find(|reason| **reason >= 0x80) {
            // 3.1.1 has but one refusal, and it is the access list that gives it.
            Some(0x80) if self.version == Version::V311 => {
                self.fail(ClientError::NotAuthorized, now);
            }
            Some(&code) => self.fail(ClientError::from_reason(code), now),
            None if session.up(now) => self.up(now),
            None => {}
        }
    }

    fn up(&mut self, now: Time) {
        self.told = None;
        self.outputs.push_back(Output::Up);
        self.pump(now);
    }

    fn message(&mut self, publish: Publish) {
        if let Some(packet_id) = publish.packet_id {
            let reason = 0;
            self.send(&ToServer::PubAck(PubAck { packet_id, reason }));
        }
        // Signals are never retained, so what is, is not one. Nor is what is too large or on another topic.
        let Publish {
            topic,
            payload,
            retain,
            ..
        } = publish;
        if !retain && payload.len() <= MAX_PAYLOAD && self.topics.contains(&topic) {
            self.outputs.push_back(Output::Message { topic, payload });
        }
    }

    fn puback(&mut self, ack: PubAck, now: Time) {
        self.outbox.acknowledged(ack.packet_id);
        match ack.reason {
            0..0x80 => {}
            // Whoever may not publish cannot be found by anybody: as bad as not being connected.
            0x87 => self.fail(ClientError::NotAuthorized, now),
            code => self.dropped(DropReason::Refused(code), 1),
        }
    }

    fn publish(&mut self, topic: String, payload: Vec<u8>, now: Time) {
        if payload.len() > MAX_PAYLOAD {
            return self.dropped(DropReason::Invalid, 1);
        }
        let excess = self.outbox.push(Publish {
            dup: false,
            qos: QoS::AtLeastOnce,
            retain: false,
            topic,
            packet_id: None,
            payload,
        });
        self.dropped(DropReason::QueueFull, excess);
        self.pump(now);
    }

    /// Sends what the broker is ready for.
    fn pump(&mut self, now: Time) {
        while let State::Open(session) = &self.state {
            if !session.is_up() || self.outbox.in_flight() >= session.limits.in_flight {
                return;
            }
            let limits = session.limits;
            let Some(message) = self.outbox.pop() else {
                return;
            };
            self.send_message(message, limits.qos, limits.packet, now);
        }
    }

    fn send_message(&mut self, mut message: Publish, qos: QoS, max_packet: usize, now: Time) {
        message.qos = qos;
        message.packet_id = (qos == QoS::AtLeastOnce).then(|| self.new_id());
        let mut bytes = Vec::new();
        if message.encode(self.version, &mut bytes).is_err() || bytes.len() > max_packet {
            return self.dropped(DropReason::Invalid, 1);
        }
        self.outputs.push_back(Output::Send(bytes));
        if let Some(id) = message.packet_id {
            self.outbox.sent(id, message, now);
            self.expect_answer(now);
        }
    }

    fn subscribe(&mut self, topic: String, now: Time) {
        if self.topics.len() == MAX_TOPICS || self.topics.contains(&topic) {
            return;
        }
        self.topics.push(topic.clone());
        if matches!(&self.state, State::Open(session) if session.is_granted()) {
            self.request(vec![topic], now);
        }
    }

    fn online(&mut self, now: Time) {
        self.offline = false;
        match &mut self.state {
            State::Waiting {
                until: Some(until),
                retry: Retry::Soon,
            } => {
                *until = self.backoff.online(now).min(*until);
            }
            // The same network, or another one that this socket does not know.
            State::Open(_) => self.probe(now),
            _ => {}
        }
    }

    fn offline(&mut self, now: Time) {
        self.offline = true;
        match &self.state {
            State::Waiting {
                retry: Retry::Soon, ..
            } => self.tell(ClientError::Offline),
            // Some devices say so and are not.
            State::Open(_) => self.probe(now),
            _ => {}
        }
    }

    fn probe(&mut self, now: Time) {
        if let State::Open(session) = &mut self.state
            && session.is_granted()
        {
            session.pinged(now, PONG_TIMEOUT);
            self.send(&ToServer::PingReq);
            // Death is likely, and a connection to a member may wait for this line.
            self.expect_answer(now);
        }
    }

    fn timeout(&mut self, now: Time) {
        let puback = self.outbox.oldest_sent().map(|at| at + PUBACK_TIMEOUT);
        match &mut self.state {
            State::Waiting {
                until: Some(until), ..
            } if *until <= now => self.connect(now),
            State::Looking { deadline } | State::Opening { deadline } if *deadline <= now => {
                if let State::Opening { .. } = self.state {
                    self.outputs.push_back(Output::CloseSocket);
                }
                self.end(ClientError::Unreachable, now);
                self.unheard = true;
                // Nobody answered, so nobody is hammered.
                if let State::Waiting { until, .. } = &mut self.state
                    && self.pace.is_some()
                {
                    *until = self.backoff.unheard(now).or(*until);
                }
            }
            State::Open(session) => {
                if session.is_overdue(now) || puback.is_some_and(|at| at <= now) {
                    self.fail(ClientError::Timeout, now);
                } else if session.is_ping_due(now) {
                    session.pinged(now, PONG_TIMEOUT);
                    self.send(&ToServer::PingReq);
                }
            }
            _ => {}
        }
    }

    fn closed(&mut self, reason: CloseReason, now: Time) {
        self.unheard = false;
        let error = match (reason, &self.state) {
            (CloseReason::Unsupported, _) => ClientError::Unsupported,
            (CloseReason::Address, _) => ClientError::Address,
            (CloseReason::Insecure, _) => ClientError::Insecure,
            (CloseReason::Lost, State::Opening { .. }) => ClientError::Unreachable,
            (CloseReason::Lost, _) => ClientError::Lost,
        };
        self.end(error, now);
    }

    /// Gives up the socket, which is still there.
    fn fail(&mut self, error: ClientError, now: Time) {
        self.outputs.push_back(Output::CloseSocket);
        self.end(error, now);
    }

    /// The socket is gone.
    fn end(&mut self, error: ClientError, now: Time) {
        let excess = self.outbox.rewind();
        self.dropped(DropReason::QueueFull, excess);
        if let State::Open(session) = &self.state {
            if session.up_since().is_some_and(|at| now.since(at) >= STABLE) {
                self.backoff.reset();
            }
            // Some brokers of 3.1.1 answer MQTT 5 by hanging up, so that the other version is tried at once. When that
            // fails too it was not the version, and the next round begins with MQTT 5 again. A version that has worked gets
            // a second chance first.
            let mute =
                !session.is_granted() && error.retry() == Retry::Soon && error != ClientError::Busy;
            if mute && !core::mem::take(&mut self.settled) {
                match self.version {
                    Version::V5 => {
                        self.version = Version::V311;
                        return self.connect(now);
                    }
                    Version::V311 => self.version = Version::V5,
                }
            }
        }
        let error = match error {
            ClientError::Unreachable | ClientError::Lost | ClientError::Timeout if self.offline => {
                ClientError::Offline
            }
            error => error,
        };
        self.tell(error);
        let retry = error.retry();
        self.state = State::Waiting {
            until: self.backoff.after(retry, now),
            retry,
        };
    }

    fn shutdown(&mut self) {
        if let State::Open(session) = &self.state {
            let limits = session.limits;
            if session.is_granted() {
                // Nobody stays to see acknowledgements, so the goodbye among these need not wait for any.
                while let Some(message) = self.outbox.pop() {
                    self.send_message(message, QoS::AtMostOnce, limits.packet, Time::ZERO);
                }
            }
            self.send(&ToServer::Disconnect(Disconnect { reason: 0 }));
        }
        if matches!(self.state, State::Opening { .. } | State::Open(_)) {
            self.outputs.push_back(Output::CloseSocket);
        }
        self.state = State::Stopped;
    }

    fn tell(&mut self, error: ClientError) {
        if self.told != Some(error) {
            self.told = Some(error);
            self.outputs.push_back(Output::Down(error));
        }
    }

    fn dropped(&mut self, reason: DropReason, count: usize) {
        self.outputs
            .extend(core::iter::repeat_n(Output::Dropped(reason), count));
    }

    /// An id that is not in use. There are 65,535, and at most a few dozen in use.
    fn new_id(&mut self) -> PacketId {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if let Some(id) = PacketId::new(self.last_id)
                && !self.outbox.has_in_flight(id)
                && !matches!(&self.state, State::Open(session) if session.is_asking(id))
            {
                return id;
            }
        }
    }
}
