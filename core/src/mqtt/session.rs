//! One connection to a broker, from the open socket on.

use core::time::Duration;

use super::interface::{CONNECT_TIMEOUT, PING_INTERVAL, PONG_TIMEOUT};
use super::outbox::MAX_IN_FLIGHT;
use super::packet::{ConnAck, Decoder, MAX_PACKET, PacketId, QoS, Version};
use crate::Time;

/// What a connection is at, and when it is overdue.
pub(super) struct Session {
    pub(super) decoder: Decoder,
    pub(super) phase: Phase,
    pub(super) limits: Limits,
    ping_interval: Duration,
    ping: Ping,
    /// Something was sent that is answered at once: by when something must have come.
    silent_until: Option<Time>,
}

pub(super) enum Phase {
    /// CONNECT has been sent.
    Greeting { deadline: Time },
    /// CONNACK has granted the session; subscriptions are on their way.
    Subscribing { asked: Vec<Asked> },
    /// All subscriptions are granted.
    Up { since: Time },
}

/// A SUBSCRIBE that waits for its SUBACK.
pub(super) struct Asked {
    id: PacketId,
    filters: usize,
    deadline: Time,
}

/// What a broker is ready for.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) in_flight: usize,
    pub(super) qos: QoS,
    /// In bytes.
    pub(super) packet: usize,
}

#[derive(Clone, Copy)]
enum Ping {
    /// To be sent then.
    Due(Time),
    /// To be answered by then.
    Sent(Time),
}

impl Session {
    pub(super) fn new(version: Version, now: Time) -> Self {
        Self {
            decoder: Decoder::new(version),
            phase: Phase::Greeting {
                deadline: now + CONNECT_TIMEOUT,
            },
            limits: Limits {
                in_flight: MAX_IN_FLIGHT,
                qos: QoS::AtLeastOnce,
                packet: MAX_PACKET,
            },
            ping_interval: PING_INTERVAL,
            ping: Ping::Due(now + PING_INTERVAL),
            silent_until: None,
        }
    }

    /// Bytes arrived. Any are a sign of life: a pong may be behind a long message on a slow line.
    pub(super) fn heard(&mut self, bytes: &[u8], now: Time) {
        self.decoder.push(bytes);
        self.silent_until = None;
        if let Ping::Sent(deadline) = &mut self.ping {
            *deadline = (*deadline).max(now + PONG_TIMEOUT);
        }
    }

    /// CONNACK granted the session, on these conditions.
    pub(super) fn granted(&mut self, ack: &ConnAck, now: Time) {
        self.phase = Phase::Subscribing { asked: Vec::new() };
        if let Some(maximum) = ack.receive_maximum {
            self.limits.in_flight = MAX_IN_FLIGHT.min(usize::from(maximum.get()));
        }
        if let Some(size) = ack.maximum_packet_size {
            self.limits.packet = MAX_PACKET.min(size.get() as usize);
        }
        if let Some(qos) = ack.maximum_qos {
            self.limits.qos = qos;
        }
        if let Some(seconds @ 1..) = ack.server_keep_alive {
            let interval = Duration::from_secs(u64::from(seconds)) * 4 / 5;
            self.ping_interval = PING_INTERVAL.min(interval);
        }
        self.pong(now);
    }

    /// SUBSCRIBE is being sent, for so many filters.
    pub(super) fn asked(&mut self, id: PacketId, filters: usize, now: Time) {
        let entry = Asked {
            id,
            filters,
            deadline: now + CONNECT_TIMEOUT,
        };
        match &mut self.phase {
            Phase::Subscribing { asked } => asked.push(entry),
            _ => self.phase = Phase::Subscribing { asked: vec![entry] },
        }
    }

    /// SUBACK arrived. How many filters it must answer for, if it was asked for.
    pub(super) fn answered(&mut self, id: PacketId) -> Option<usize> {
        let Phase::Subscribing { asked } = &mut self.phase else {
            return None;
        };
        let index = asked.iter().position(|entry| entry.id == id)?;
        Some(asked.swap_remove(index).filters)
    }

    /// Whether this was the last thing to wait for.
    pub(super) fn up(&mut self, now: Time) -> bool {
        let complete = matches!(&self.phase, Phase::Subscribing { asked } if asked.is_empty());
        if complete {
            self.phase = Phase::Up { since: now };
        }
        complete
    }

    pub(super) fn is_asking(&self, id: PacketId) -> bool {
        matches!(&self.phase, Phase::Subscribing { asked } if asked.iter().any(|entry| entry.id == id))
    }

    pub(super) const fn is_granted(&self) -> bool {
        !matches!(self.phase, Phase::Greeting { .. })
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    pub(super) const fn up_since(&self) -> Option<Time> {
        match self.phase {
            Phase::Up { since } => Some(since),
            _ => None,
        }
    }

    /// PINGREQ is being sent, and is to be answered within `timeout`. An earlier deadline stays.
    pub(super) fn pinged(&mut self, now: Time, timeout: Duration) {
        let deadline = now + timeout;
        self.ping = Ping::Sent(match self.ping {
            Ping::Due(_) => deadline,
            Ping::Sent(earlier) => earlier.min(deadline),
        });
    }

    /// Something waits for an answer that comes at once, so that there is to be no silence longer than `patience`.
    pub(super) fn expect_answer(&mut self, now: Time, patience: Duration) {
        self.silent_until.get_or_insert(now + patience);
    }

    /// PINGRESP arrived.
    pub(super) fn pong(&mut self, now: Time) {
        self.ping = Ping::Due(now + self.ping_interval);
    }

    pub(super) fn is_ping_due(&self, now: Time) -> bool {
        self.is_granted() && matches!(self.ping, Ping::Due(at) if at <= now)
    }

    /// Whether the broker has not answered in time.
    pub(super) fn is_overdue(&self, now: Time) -> bool {
        matches!(self.ping, Ping::Sent(deadline) if deadline <= now)
            || self.silent_until.is_some_and(|deadline| deadline <= now)
            || self.deadline().is_some_and(|deadline| deadline <= now)
    }

    pub(super) fn next_timeout(&self) -> Time {
        let (Ping::Due(ping) | Ping::Sent(ping)) = self.ping;
        [self.deadline(), self.silent_until]
            .into_iter()
            .flatten()
            .fold(ping, Time::min)
    }

    fn deadline(&self) -> Option<Time> {
        match &self.phase {
            Phase::Greeting { deadline } => Some(*deadline),
            Phase::Subscribing { asked } => asked.iter().map(|entry| entry.deadline).min(),
            Phase::Up { .. } => None,
        }
    }
}
