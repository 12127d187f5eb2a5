//! What a member says: over control channels, outside, and by way of others.

use super::{Discarded, MAX_PEERS, Mesh, MeshEvent, Output};
use crate::envelope::Header;
use crate::id::{Attempt, MemberId};
use crate::link::{Link, LinkState};
use crate::message::{Frame, Message, Signal};
use crate::time::Time;
use crate::wire::DecodeError;

/// By way of how many members a signal goes to one that cannot be reached directly.
pub const MAX_RELAYS: usize = 2;

impl Mesh {
    pub(super) fn signal(
        &mut self,
        member: MemberId,
        attempt: Attempt,
        signal: Signal,
        inside: bool,
    ) {
        if inside {
            self.frame(member, attempt, &Frame::Signal(signal));
        } else {
            self.publish(Some(member), attempt, &Message::Signal(signal));
        }
    }

    /// Says something outside, and by way of members who can pass it on: the broker may be out of reach for either side.
    pub(super) fn publish(
        &mut self,
        recipient: Option<MemberId>,
        attempt: Attempt,
        message: &Message,
    ) {
        let header = self.header(recipient, attempt);
        let envelope = message.encode(&header);
        let relay = Frame::Relay(envelope.clone());
        match recipient {
            None => self.frame_to(MAX_PEERS, &relay, &|_, link| link.is_inside()),
            Some(recipient) => self.frame_to(MAX_RELAYS, &relay, &|member, link| {
                link.is_inside() && member != recipient && link.acquaintances().contains(&recipient)
            }),
        }
        self.outputs.push_back(Output::Publish(envelope));
    }

    /// Passes a member's signal on to whom it is for, one step and no further.
    pub(super) fn relay(
        &mut self,
        from: MemberId,
        envelope: Vec<u8>,
        now: Time,
    ) -> Result<(), Discarded> {
        let (header, _) = Message::decode(&envelope)?;
        // A member speaks for itself alone.
        if header.sender != from {
            return Err(Discarded::Malformed(DecodeError::Value));
        }
        let is_for = |member| header.recipient.is_none_or(|recipient| recipient == member);
        if is_for(self.me) {
            self.opened(&envelope, now)?;
        }
        self.frame_to(MAX_PEERS, &Frame::Relayed(envelope), &|member, link| {
            member != from && link.is_inside() && is_for(member)
        });
        Ok(())
    }

    pub(super) fn header(&mut self, recipient: Option<MemberId>, attempt: Attempt) -> Header {
        self.sequence += 1;
        Header {
            sender: self.me,
            recipient,
            attempt,
            sequence: self.sequence,
        }
    }

    /// Tells everyone connected of everyone connected, so that those who missed each other's hello go on asking.
    pub(super) fn introduce(&mut self) {
        let members = self
            .links
            .iter()
            .filter(|(_, link)| link.state() == LinkState::Connected)
            .map(|(member, _)| *member)
            .collect();
        self.frame_all(&Frame::Members(members));
    }

    pub(super) fn frame_all(&mut self, frame: &Frame) {
        self.frame_to(MAX_PEERS, frame, &|_, link| link.control_open());
    }

    /// Tells up to so many of those that are wanted.
    fn frame_to(&mut self, most: usize, frame: &Frame, wanted: &dyn Fn(MemberId, &Link) -> bool) {
        let to: Vec<_> = self
            .links
            .iter()
            .filter(|(member, link)| wanted(**member, link))
            .map(|(member, link)| (*member, link.attempt()))
            .take(most)
            .collect();
        for (member, attempt) in to {
            self.frame(member, attempt, frame);
        }
    }

    pub(super) fn frame(&mut self, member: MemberId, attempt: Attempt, frame: &Frame) {
        self.outputs.push_back(Output::Control {
            member,
            attempt,
            frame: frame.encode(),
        });
    }

    pub(super) fn event(&mut self, event: MeshEvent) {
        self.outputs.push_back(Output::Event(event));
    }
}
