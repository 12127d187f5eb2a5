//! Connections that people bring about.

use std::rc::{Rc, Weak};

use handclasp_core::card::KEY;
use handclasp_core::handshake::{Handshake, HandshakeError};
use handclasp_core::mesh::Input;
use handclasp_core::session::Description;
use handclasp_core::{Attempt, MemberId};

use super::Driver;
use super::publishing::send;
use crate::connection::{Connection, Report};
use crate::error::InviteError;
use crate::handshake::{Hand, Host};
use crate::peer::Peer;
use crate::sys;

/// Most handshakes that are under way at a time. Each holds a peer connection.
const MAX_HANDS: usize = 8;

impl Driver {
    /// The room's key and the number of the next invitation, if there may be one.
    pub(in crate::room) fn next_invitation(&self) -> Result<([u8; KEY], u8), InviteError> {
        if self.has_left() {
            return Err(InviteError::Left);
        }
        let key = self.key.ok_or(InviteError::NotByHand)?;
        let mut hands = self.hands.borrow_mut();
        hands.retain(|hand| hand.upgrade().is_some_and(|hand| hand.is_under_way()));
        if hands.len() >= MAX_HANDS || hands.len() + self.peers.borrow().len() >= self.max_peers {
            return Err(InviteError::Full);
        }
        let number = self.invitations.get();
        self.invitations.set(number.wrapping_add(1));
        Ok((key, number))
    }

    /// Begins a handshake with a member that is to be.
    pub(in crate::room) fn shake(
        &self,
        member: MemberId,
        steps: Handshake,
    ) -> Result<Rc<Hand>, HandshakeError> {
        let room = Weak::<Self>::clone(&self.this);
        let host: Weak<dyn Host> = room.clone();
        let peer = Peer::new(member).within(room);
        let pipes: Vec<_> = self.hubs.iter().map(|hub| hub.pipe(&peer)).collect();
        let open = |report| Connection::open(&self.configuration, Attempt::FIRST, &pipes, report);
        let hand = Hand::begin(host, peer, steps, open).map_err(|error| {
            self.forget(member);
            HandshakeError::Browser(sys::error_name(&error))
        })?;
        let under_way = Rc::downgrade(&hand);
        self.hands.borrow_mut().push(under_way);
        Ok(hand)
    }

    /// The room has been left, and with it what was under way.
    pub(super) fn withdraw(&self) {
        for hand in self.hands.take() {
            if let Some(hand) = hand.upgrade() {
                hand.withdraw();
            }
        }
    }
}

impl Host for Driver {
    fn adopt(&self, peer: &Peer, connection: &Rc<Connection>, remote: &Description) -> bool {
        let member = peer.id();
        if self.has_left() || self.peer(member).is_some() {
            return false;
        }
        peer.set_connection(Some(Rc::clone(connection)));
        self.greet(peer, connection);
        self.peers.borrow_mut().push(peer.clone());
        let adopted = self.mesh.borrow_mut().adopt(member, remote, sys::now());
        // What is to be done about it.
        self.input(Input::Timeout);
        if let Err(reason) = adopted {
            tracing::debug!(%reason, "a handshake came too late");
            self.peers.borrow_mut().retain(|other| other != peer);
            peer.set_connection(None);
            return false;
        }
        for media in self.media.borrow().iter() {
            send(connection, media);
        }
        true
    }

    fn report(&self, member: MemberId, report: Report) {
        self.report(member, Attempt::FIRST, report);
    }

    fn forget(&self, member: MemberId) {
        if self.peer(member).is_none() {
            self.hubs.iter().for_each(|hub| hub.remove(member));
        }
    }
}
