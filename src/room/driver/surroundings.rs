//! The servers that the room has, and how its paths are.

use super::Driver;
use crate::diagnose::Surroundings;
use crate::options::{IceServer, configuration, set_ice_servers};
use crate::peer::Peer;
use crate::room::events::RoomEvent;
use crate::room::path::SignalingState;
use crate::sys;
use crate::task::Until;
use handclasp_core::MemberId;

impl Driver {
    pub(in crate::room) fn keep_fresh(&self, refreshing: Until) {
        self.refreshing.replace(Some(refreshing));
    }

    /// Uses these servers from now on, also for restarts of connections that are there.
    pub(in crate::room) fn set_ice_servers(&self, servers: Vec<IceServer>) {
        // Those before are better than some that no connection can be made with.
        match sys::PeerConnection::new(&configuration(&servers, false)) {
            Ok(trial) => trial.close(),
            Err(error) => {
                tracing::warn!(error = %sys::error_name(&error), "ICE servers cannot be used");
                return;
            }
        }
        set_ice_servers(&self.configuration, &servers);
        for connection in self.connections() {
            if let Err(error) = connection.pc().try_set_configuration(&self.configuration) {
                tracing::warn!(error = %sys::error_name(&error), "ICE servers were not taken");
            }
        }
        self.ice_servers.replace(servers);
    }
}

impl Surroundings for Driver {
    fn ice_servers(&self) -> Vec<IceServer> {
        self.ice_servers.borrow().clone()
    }

    fn found_words(&self, peer: Peer) {
        self.subscribers.tell(&RoomEvent::PeerWords(peer));
    }

    fn is_silent(&self, member: MemberId) -> bool {
        self.mesh.borrow().is_silent(member)
    }

    fn signaling(&self) -> Vec<(String, SignalingState)> {
        self.signaling()
    }
}
