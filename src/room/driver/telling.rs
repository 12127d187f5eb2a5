//! What the mesh tells the application: kept where it belongs, and passed on as the room's events.

use std::rc::Weak;

use handclasp_core::mesh::MeshEvent;

use super::{Driver, MAX_UNREACHABLE};
use crate::error::CloseReason;
use crate::peer::Peer;
use crate::room::events::RoomEvent;

impl Driver {
    pub(super) fn tell(&self, event: MeshEvent) {
        let event = match event {
            MeshEvent::Joined(member) => {
                // Whoever was brought about by hand is there already.
                let peer = self.peer(member).unwrap_or_else(|| {
                    let room = Weak::<Self>::clone(&self.this);
                    let peer = Peer::new(member).within(room);
                    self.peers.borrow_mut().push(peer.clone());
                    peer
                });
                RoomEvent::PeerJoined(peer)
            }
            MeshEvent::State { member, state } => {
                let Some(peer) = self.peer(member) else {
                    return;
                };
                peer.set_state(state);
                RoomEvent::PeerState { peer, state }
            }
            MeshEvent::Resumed { member, gap } => {
                let Some(peer) = self.peer(member) else {
                    return;
                };
                RoomEvent::PeerResumed { peer, gap }
            }
            MeshEvent::Profile { member, profile } => {
                let Some(peer) = self.peer(member) else {
                    return;
                };
                peer.set_profile(profile);
                RoomEvent::PeerProfile(peer)
            }
            MeshEvent::Streams { member, streams } => {
                let Some(peer) = self.peer(member) else {
                    return;
                };
                peer.set_notes(streams);
                RoomEvent::PeerMedia(peer)
            }
            MeshEvent::Tallies {
                member,
                all,
                tallies,
            } => {
                if let Some(peer) = self.peer(member).filter(|_| all) {
                    peer.opened().compare(&tallies);
                }
                for (key, tally) in tallies {
                    if let Some(pipe) = self.pipe(member, key.flipped()) {
                        pipe.told(tally);
                    }
                }
                return;
            }
            MeshEvent::ChannelClosed {
                member,
                channel,
                carried,
            } => {
                // Declared channels are there as long as the member is.
                if let Some(peer) = self.peer(member).filter(|_| channel.is_opened()) {
                    peer.opened().closed_by_peer(channel.flipped(), carried);
                }
                return;
            }
            MeshEvent::Trust {
                member,
                attempt,
                step,
            } => {
                if self.connection(member, attempt).is_some()
                    && let Some(peer) = self.peer(member)
                {
                    peer.trust_step(step);
                }
                return;
            }
            MeshEvent::Left { member, reason } => {
                if let Some(peer) = self.peer(member) {
                    self.peers.borrow_mut().retain(|other| *other != peer);
                    peer.set_left(reason);
                    peer.opened().end(&CloseReason::Lost);
                    self.remember(peer);
                }
                self.hubs.iter().for_each(|hub| hub.remove(member));
                RoomEvent::PeerLeft { id: member, reason }
            }
            MeshEvent::Full { .. } => RoomEvent::Refused,
            _ => return,
        };
        self.subscribers.tell(&event);
    }

    fn remember(&self, peer: Peer) {
        if peer.was_never_connected() {
            let mut unreachable = self.unreachable.borrow_mut();
            unreachable.truncate(MAX_UNREACHABLE - 1);
            unreachable.insert(0, peer);
        }
    }
}
