//! Rooms of handclasp members on a network that fails, in fake time and from one seed.
//!
//! `cargo xtask simulate` runs seeds by the thousand; when one breaks a rule it prints the seed, and `cargo xtask simulate
//! --seed N --trace` tells the story. The same seed gives the same run, on every machine.
//!
//! | module | holds |
//! |---|---|
//! | [`world`] | machines, their browsers, the broker, direct paths; fake time |
//! | [`peer_connection`] | a peer connection by the book, compared with real browsers by `tests/browser/fake.rs` |
//! | [`plan`] | what goes wrong, drawn from the seed |
//! | [`run`] | one seed: chaos, then a network that is well, then the judgement |
//! | [`violation`] | what must always hold |
//! | [`bug`] | known mistakes, which the rules must find |
//!
//! The application's messages go by [`handclasp_core::flow`], and an oracle knows what must arrive.

pub mod bug;
mod endpoint;
mod hostile;
mod mail;
pub mod network;
pub mod peer_connection;
pub mod plan;
pub mod run;
pub mod violation;
pub mod world;

pub use bug::Bug;
pub use network::Network;
pub use run::{Outcome, Run};
pub use violation::{Rule, Violation};
pub use world::World;
