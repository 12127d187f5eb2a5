//! The decisions of [handclasp](https://docs.rs/handclasp), as pure state machines.
//!
//! Nothing here knows a browser. What happens comes in as a value, together with the time; what is to be done goes out as a
//! value. So a room of many members, on a network that drops, duplicates, reorders and delays, runs natively, from one seed,
//! millions of steps a second; and the browser's side of the house only translates.
//!
//! | module | decides | source |
//! |---|---|---|
//! | [`card`] | the handshake that people carry by hand, to the byte | RFC 8839; RFC 8842 |
//! | [`mesh`] | one member's view of a room; the one entry to all that follows | |
//! | [`roster`] | who is here, how to prove it, how often to ask | |
//! | [`link`] | attempts, repetition, liveness of one pair | |
//! | [`negotiation`] | perfect negotiation, glare, stale signals | W3C webrtc-pc §10.7; RFC 9429; RFC 8838 |
//! | [`message`] | what members say, to the byte | |
//! | [`envelope`] | how it is sealed | RFC 5869; NIST SP 800-38D |
//! | [`flow`] | which messages to send again on a new connection | RFC 8831 §6 |
//! | [`recovery`] | when to wait, restart ICE, build anew | RFC 8445 §9; RFC 7675 |
//! | [`diagnosis`] | from what was seen of a network to one sentence | RFC 5780; RFC 8656 |
//! | [`refresh`] | when to ask again for TURN credentials | |
//! | [`replay`] | that each signal counts once | RFC 6479 |
//! | [`handshake`] | one handshake that people carry by hand, step by step | |
//! | [`transfer`] | files: what is offered, resumed, verified; names that are safe | BLAKE3 |
//! | [`words`] | four words that tell whether somebody is in between | RFC 8827 §5.6 |
//! | [`mqtt`] | a small MQTT client | MQTT 3.1.1 and 5.0 |
//!
//! # Panics
//! Bugs may panic; inputs never do, whoever wrote them.

pub mod base64url;
pub mod bundle;
mod candidates;
pub mod card;
pub mod crypto;
pub mod diagnosis;
pub mod envelope;
pub mod flow;
pub mod fragments;
pub mod handshake;
mod id;
pub mod latest;
pub mod ledger;
pub mod link;
pub mod lossy;
pub mod mesh;
pub mod message;
pub mod mqtt;
pub mod negotiation;
pub mod recovery;
pub mod refresh;
pub mod replay;
pub mod rng;
pub mod roster;
pub mod session;
mod sorted_map;
mod time;
pub mod transfer;
pub mod wire;
pub mod words;

pub use id::{Attempt, MemberId};
pub use time::Time;
