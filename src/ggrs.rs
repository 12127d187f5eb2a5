//! Games that keep the same state on every side: [GGRS](https://docs.rs/ggrs) over a channel. With the feature `ggrs`.
//!
//! GGRS exchanges inputs alone, guesses those that have not come, and rolls the game back when it guessed wrong. What it needs is packets that may be
//! lost: a [`GgrsSocket`] is a [lossy](crate::ChannelOptions::lossy) channel of a room as that.
//!
//! ```no_run
//! use ggrs::{Config, P2PSession, PredictRepeatLast, SessionBuilder};
//! use handclasp::ggrs::GgrsSocket;
//! use handclasp::{Broadcast, ChannelOptions, MemberId, Peer, Room, RoomOptions, Secret};
//!
//! struct Pong;
//!
//! impl Config for Pong {
//!     type Input = u8;
//!     type InputPredictor = PredictRepeatLast;
//!     type State = [i32; 6];
//!     type Address = MemberId;
//! }
//!
//! fn options(secret: Secret) -> RoomOptions {
//!     RoomOptions::new("org.example.pong", "table", secret)
//!         .signaling(Broadcast::new())
//!         .max_peers(1)
//!         .channel("game", ChannelOptions::lossy())
//! }
//!
//! /// Both sides call this when the other is connected.
//! fn begin(room: &Room, other: Peer) -> Result<P2PSession<Pong>, Box<dyn std::error::Error>> {
//!     let channel = room.channel("game").ok_or("declared above")?;
//!     let socket = GgrsSocket::new(room, channel, vec![other]);
//!     let mut session = SessionBuilder::<Pong>::new();
//!     for (handle, player) in socket.players().into_iter().enumerate() {
//!         session = session.add_player(player, handle)?;
//!     }
//!     Ok(session.start_p2p_session(socket)?)
//! }
//! ```
//!
//! A connection that is built anew goes on with the same session, as long as GGRS's own
//! [disconnect timeout](::ggrs::SessionBuilder::with_disconnect_timeout) allows; [`RoomEvent::PeerLeft`](crate::RoomEvent::PeerLeft) is the better sign that
//! somebody is gone.
//!
//! # Trust
//! What is no message of GGRS is dropped before GGRS sees it, with what would end the program in its decoder. What is one GGRS takes at its word: a player
//! who sends inputs of frames that cannot have been played makes it panic, over whatever socket. Play with whom you would give the link.

mod packet;

use std::fmt;

use ::ggrs::{Message, NonBlockingSocket, PlayerType};
use handclasp_core::MemberId;
use send_wrapper::SendWrapper;

use crate::message;
use crate::peer::Peer;
use crate::room::Room;
use crate::room_channel::RoomChannel;

/// Most packets that one call of GGRS takes: of each of four players what a second of a stalled page brings, about 130. What is left is for the
/// next call.
const MAX_RECEIVED: usize = 512;

/// A room's channel as the socket of a game, for [`start_p2p_session`](::ggrs::SessionBuilder::start_p2p_session) and
/// [`start_spectator_session`](::ggrs::SessionBuilder::start_spectator_session). Its addresses are [`MemberId`]s.
///
/// Packets of at most 4096 bytes. One that cannot go at once, because the other side is interrupted or the path is full, is lost, as
/// with UDP; GGRS repeats whatever matters. Nothing may read the channel besides.
///
/// With GGRS's feature `sync-send`, which bevy_ggrs has on, it counts as `Send` and `Sync`, and panics when another thread than the one that made it uses or
/// drops it: browsers tie their objects to a thread.
#[must_use = "a socket does nothing until a session has it"]
pub struct GgrsSocket(SendWrapper<Inner>);

struct Inner {
    me: MemberId,
    others: Vec<Peer>,
    channel: RoomChannel,
    /// Each packet in turn, so that its memory is used again.
    packet: Vec<u8>,
}

impl GgrsSocket {
    /// The socket of a game between this member and `others`, over a channel that was declared [lossy](crate::ChannelOptions::lossy) on every side.
    pub fn new(room: &Room, channel: RoomChannel, others: Vec<Peer>) -> Self {
        Self(SendWrapper::new(Inner {
            me: room.id(),
            others,
            channel,
            packet: Vec::new(),
        }))
    }

    /// This member and the others in the order of their ids, which is the same on every side, so that the place in it can be the player's
    /// handle. Whoever is to watch only is the application's to turn into a [`PlayerType::Spectator`].
    pub fn players(&self) -> Vec<PlayerType<MemberId>> {
        let mut ids: Vec<_> = self.0.others.iter().map(Peer::id).collect();
        ids.push(self.0.me);
        ids.sort_unstable();
        ids.into_iter()
            .map(|id| match id == self.0.me {
                true => PlayerType::Local,
                false => PlayerType::Remote(id),
            })
            .collect()
    }
}

impl NonBlockingSocket<MemberId> for GgrsSocket {
    fn send_to(&mut self, message: &Message, address: &MemberId) {
        let inner = &mut *self.0;
        let Some(peer) = inner.others.iter().find(|peer| peer.id() == *address) else {
            return;
        };
        if !packet::encode(message, &mut inner.packet) {
            tracing::warn!("a packet of the game is too large: its inputs are");
            return;
        }
        if let Err(error) = inner.channel.try_send_to(peer, inner.packet.as_slice()) {
            tracing::trace!(%error, "lost a packet of the game");
        }
    }

    fn receive_all_messages(&mut self) -> Vec<(MemberId, Message)> {
        let inner = &mut *self.0;
        let mut received = Vec::new();
        for _ in 0..MAX_RECEIVED {
            let Some((peer, message)) = inner.channel.try_recv() else {
                break;
            };
            let message::Message::Binary(bytes) = message else {
                continue;
            };
            let length = bytes.length() as usize;
            if length > packet::MAX_PACKET || !inner.others.contains(&peer) {
                continue;
            }
            inner.packet.resize(length, 0);
            bytes.copy_to(&mut inner.packet);
            if let Some(message) = packet::decode(&inner.packet) {
                received.push((peer.id(), message));
            }
        }
        received
    }
}

impl fmt::Debug for GgrsSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GgrsSocket").finish_non_exhaustive()
    }
}
