//! A small MQTT client as a state machine: versions 5 and 3.1.1, QoS 0 and 1.
//!
//! It carries signals and nothing else, so it is the part of MQTT that signals need: one session without memory, a few
//! subscriptions, messages of at most [`MAX_PAYLOAD`] bytes, and the last will, by which a broker tells the others at once
//! that a member has vanished. QoS 2, retained messages of our own, topic aliases and extended authentication are left out.
//!
//! - [`packet`] turns packets into bytes and back; [`Decoder`](packet::Decoder) finds them in a stream.
//! - [`Client`] decides: it takes [`Input`]s and the time, and returns [`Output`]s. It owns no socket, clock or timer.
//! - [`Address`] reads the address of a broker.
//!
//! Sources: MQTT 3.1.1 and MQTT 5.0 (OASIS standards). Section numbers in this module are those of MQTT 5.0.

mod address;
mod backoff;
mod client;
mod error;
mod interface;
mod outbox;
pub mod packet;
mod session;

pub use address::{Address, AddressError, DEFAULT_PREFIX, MAX_ADDRESS, MAX_PREFIX};
pub use client::Client;
pub use error::ClientError;
pub use interface::{
    CONNECT_TIMEOUT, CloseReason, Config, Input, KEEP_ALIVE, MAX_PAYLOAD, MAX_TOPICS, OPEN_TIMEOUT,
    Output, PING_INTERVAL, PONG_TIMEOUT, PUBACK_TIMEOUT, REOPEN_AT_LEAST, REOPEN_SLOWLY,
    SILENCE_AT_LEAST, SILENCE_AT_MOST,
};
pub use outbox::{DropReason, MAX_IN_FLIGHT, MAX_QUEUED};
