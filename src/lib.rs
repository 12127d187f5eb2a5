//! handclasp puts browsers in direct contact over WebRTC: voice, video, screens and messages, over any signaling path.
//!
//! A [`Room`] is everyone who shares a [`Secret`]. Members find each other over one or more [`signaling`] paths, on which only
//! sealed bytes travel, and then connect directly, each with each. From then on
//!
//! - what they [`publish`](Room::publish), a [`Media`], reaches every [`Peer`] as a [`RemoteMedia`];
//! - what they send on a declared [`RoomChannel`], or on a [`Channel`] to one peer, arrives as [`Message`]s;
//! - what happens is told as [`RoomEvent`]s.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::StreamExt;
//! use handclasp::{Broadcast, CameraOptions, ChannelOptions, Media, Room, RoomOptions, Secret};
//!
//! let options = RoomOptions::new("org.example.chat", "lobby", Secret::generate())
//!     .signaling(Broadcast::new())
//!     .channel("chat", ChannelOptions::reliable());
//! let room = Room::join(options).await?;
//!
//! let camera = Media::camera(CameraOptions::default()).await?;
//! room.publish(&camera)?;
//!
//! let mut chat = room.channel("chat").expect("declared above");
//! chat.send("hello, whoever is here").await?;
//! while let Some((peer, message)) = chat.next().await {
//!     drop((peer.id(), message.to_text()));
//! }
//! # Ok(()) }
//! ```
//!
//! # Signaling
//! [`Broadcast`] joins the tabs of one browser, [`Mqtt`] goes over any broker that speaks WebSocket, and anything else that can publish and subscribe is
//! a [`Signaling`] of yours in some forty lines. Give a room several: all are used at the same time, and what arrives twice counts once. With none at all,
//! [`RoomOptions::by_hand`], [`Room::invite`] and [`Room::accept`] make two short codes that people carry themselves.
//!
//! # Channels
//! [`ChannelOptions`] says how one delivers: [reliable](ChannelOptions::reliable) and in order, which queues nothing without end, since
//! [`send`](Channel::send) waits while the peer reads slowly; with a bound on time or tries, where what is late gives way to what is newer; or
//! [the newest alone](ChannelOptions::latest). A reliable message may have up to [64 MiB](channel::MAX_MESSAGE).
//!
//! # Healing
//! A network that changes or goes away interrupts a peer ([`PeerState::Interrupted`]) and ends nothing: ICE is restarted, or the connection built anew
//! underneath, while channels, streams and transfers stay the objects that they are. Nothing reliable is lost or comes twice.
//! [`RoomEvent::PeerResumed`] says how long it was.
//!
//! # Files
//! [`transfer`] offers files to a peer, checks them to the last byte, and goes on where it was after a lost connection, a reload or a crash.
//!
//! # Ownership
//! Everything is a cheap handle on shared state, and everything ends when its last handle is dropped: a room is left, a camera
//! released, a channel closed. No handle of a part keeps the whole alive.
//!
//! # Errors
//! Each operation has an error type of its own, with a sentence for people, a stable `code()` for programs, and a `hint()`
//! that says what to do next.
//!
//! # Diagnosis
//! [`diagnose`] tests a network before any call, [`Room::diagnose`] and [`Peer::diagnose`] during one: structured [`Facts`], and one
//! [`Verdict`] with a sentence for people. The table that it is chosen by is in [`diagnosis`].
//!
//! # Logs
//! By the `tracing` crate, without addresses, session descriptions, keys and names.
//!
//! # Features
//! `ggrs`: [`GgrsSocket`](https://docs.rs/handclasp/latest/handclasp/ggrs/struct.GgrsSocket.html), for games that keep the same state on every side.
//!
//! # Browsers
//! Chrome and Edge, Firefox 113 or later (which brought `connectionState`), Safari 15.4 or later.

mod alarm;
pub mod channel;
mod connection;
pub mod crypto;
mod devices;
mod diagnose;
mod error;
#[cfg(feature = "ggrs")]
pub mod ggrs;
mod handshake;
mod media;
mod message;
mod options;
mod peer;
mod room;
mod room_channel;
pub mod signaling;
mod stats;
mod sys;
mod task;
pub mod transfer;
mod trust;
mod wakers;

pub use channel::Channel;
pub use connection::MAX_OPEN_CHANNELS;
pub use devices::{Device, DeviceChanges, DeviceId, DeviceKind, device_changes, devices};
pub use diagnose::{DiagnoseOptions, Diagnosis, diagnose};
pub use error::{
    AcceptError, CloseReason, FlushError, InviteError, JoinError, MediaError, OpenChannelError,
    ProfileError, PublishError, SecretError, SendError, StatsError,
};
pub use handclasp_core::MemberId;
pub use handclasp_core::card::CardError;
pub use handclasp_core::diagnosis;
pub use handclasp_core::diagnosis::{Facts, Verdict};
pub use handclasp_core::handshake::HandshakeError;
pub use handclasp_core::link::LeaveReason;
pub use handclasp_core::message::Source;
pub use handclasp_core::words::Words;
pub use handshake::{CodeKind, Invitation, Reply, find_code, read_code};
pub use media::{CameraOptions, DeviceChoice, Facing, MAX_PUBLISHED, Media, ScreenOptions};
pub use message::Message;
pub use options::{
    ChannelOptions, IceServer, IceServers, MAX_CHANNELS, MAX_LABEL, MAX_PEERS, MAX_PROFILE,
    MAX_PROTOCOL, RoomOptions, Secret,
};
pub use peer::{Peer, PeerState, RemoteMedia};
pub use room::{MAX_EVENTS, Room, RoomEvent, RoomEvents, SignalingState};
pub use room_channel::RoomChannel;
pub use signaling::{Broadcast, Mqtt, MqttUrlError, Signaling, SignalingError};
pub use stats::PeerStats;
pub use trust::new_certificate;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
