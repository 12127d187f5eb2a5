//! Handshakes that people carry by hand.

use handclasp_core::link::ConnectionState;
use handclasp_core::mesh::Input;
use handclasp_core::session::Description;
use handclasp_core::{Attempt, MemberId};

use super::World;
use crate::endpoint::Endpoint;

impl World {
    /// Two members bring a connection about by hand, and both rooms take it. What people and codes do is not simulated.
    ///
    /// # Panics
    /// When the two are connected already.
    pub fn shake_hands(&mut self, inviter: usize, guest: usize) {
        let (host_id, guest_id) = (self.nodes[inviter].id, self.nodes[guest].id);
        self.say(|| format!("{inviter} and {guest} shake hands"));
        self.open(inviter, guest_id, Attempt::FIRST);
        self.open(guest, host_id, Attempt::FIRST);

        let legal = "what a handshake does is legal";
        let offer = self.first(inviter, guest_id).pc.set_local_description();
        let offer = offer.expect(legal);
        let applied = self.first(guest, host_id).pc.set_remote_description(&offer);
        applied.expect(legal);
        let answer = self.first(guest, host_id).pc.set_local_description();
        let answer = answer.expect(legal);
        let applied = self
            .first(inviter, guest_id)
            .pc
            .set_remote_description(&answer);
        applied.expect(legal);

        let tags = [
            self.first(inviter, guest_id).pc.tag(),
            self.first(guest, host_id).pc.tag(),
        ];
        for (of, with, partner) in [(inviter, guest_id, tags[1]), (guest, host_id, tags[0])] {
            let endpoint = self.first(of, with);
            endpoint.connect(partner);
            endpoint.reported = ConnectionState::Connected;
            endpoint.control = true;
        }
        self.adopt(inviter, guest_id, &answer);
        self.adopt(guest, host_id, &offer);
    }

    fn adopt(&mut self, of: usize, member: MemberId, remote: &Description) {
        let now = self.local(of);
        let adopted = self.nodes[of].mesh.adopt(member, remote, now);
        assert_eq!(adopted, Ok(()));
        // It says what is to be done.
        self.input(of, Input::Timeout);
        self.opened(of, member, Attempt::FIRST);
    }

    fn first(&mut self, of: usize, with: MemberId) -> &mut Endpoint {
        let endpoints = &mut self.nodes[of].endpoints;
        endpoints
            .get_mut(&(with, Attempt::FIRST))
            .expect("it has just been opened")
    }
}
