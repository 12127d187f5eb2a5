//! Messages on their way out.

use std::collections::VecDeque;

use super::packet::{PacketId, Publish};
use crate::Time;

/// How many messages wait for the connection before the oldest is dropped. The oldest, because signals are repeated by the
/// layer above and the newest say the most. Enough for one offer and its candidates to each of seven others.
pub const MAX_QUEUED: usize = 128;

/// How many messages of QoS 1 are unacknowledged at most. A broker of MQTT 5 says how many it takes; one of 3.1.1 does not,
/// and mosquitto for one takes 20.
pub const MAX_IN_FLIGHT: usize = 16;

/// Why a message of ours was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// [`MAX_QUEUED`] newer ones wait.
    QueueFull,
    /// It is larger than this client or the broker allows, or its topic is not one.
    Invalid,
    /// The broker did not take it, for the reason given.
    Refused(u8),
}

/// What is to be sent, and what waits to be acknowledged.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queued: VecDeque<Publish>,
    /// In the order in which they were sent.
    in_flight: VecDeque<(PacketId, Publish, Time)>,
}

impl Outbox {
    /// Appends a message. Returns how many old ones were dropped for it.
    pub(super) fn push(&mut self, message: Publish) -> usize {
        self.queued.push_back(message);
        self.trim()
    }

    pub(super) fn pop(&mut self) -> Option<Publish> {
        self.queued.pop_front()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    pub(super) fn has_in_flight(&self, id: PacketId) -> bool {
        self.in_flight.iter().any(|(other, ..)| *other == id)
    }

    /// Remembers a message until it is acknowledged.
    pub(super) fn sent(&mut self, id: PacketId, message: Publish, now: Time) {
        self.in_flight.push_back((id, message, now));
    }

    pub(super) fn acknowledged(&mut self, id: PacketId) {
        self.in_flight.retain(|(other, ..)| *other != id);
    }

    /// Since when the oldest message has waited for its acknowledgement.
    pub(super) fn oldest_sent(&self) -> Option<Time> {
        self.in_flight.front().map(|(.., at)| *at)
    }

    /// The connection is gone: what was not acknowledged is to be sent again, before the rest and in its order. As new
    /// messages, not as duplicates, since the broker forgets the session with the connection (§4.4). Returns how many were
    /// dropped.
    pub(super) fn rewind(&mut self) -> usize {
        while let Some((_, message, _)) = self.in_flight.pop_back() {
            self.queued.push_front(message);
        }
        self.trim()
    }

    fn trim(&mut self) -> usize {
        let excess = self.queued.len().saturating_sub(MAX_QUEUED);
        for _ in 0..excess {
            self.queued.pop_front();
        }
        excess
    }
}
