//! One member's view of a room: who is there, and a [link](crate::link) to each.
//!
//! Drive it like this: give it what happens with [`Mesh::handle`], then do what [`Mesh::poll`] says until it says no more, and
//! arm one timer for [`Mesh::next_timeout`]. It holds no clock, no socket and no randomness but its seed.
//!
//! Inputs of others (signals, control frames) may be anything: what does not fit changes nothing and is told as
//! [`Output::Discarded`].

mod interface;
mod saying;

use std::collections::VecDeque;

use crate::id::{Attempt, MemberId};
use crate::link::{BrowserEvent, LeaveReason, Link, LinkEffect, LinkState};
use crate::message::{Frame, MAX_PROFILE, MAX_STREAMS, Message, StreamNote};
use crate::rng::Rng;
use crate::roster::Roster;
use crate::session::Description;
use crate::sorted_map::SortedMap;
use crate::time::Time;
use crate::wire::DecodeError;

pub use interface::{Discarded, Input, MeshConfig, MeshEvent, Output};
pub use saying::MAX_RELAYS;

/// Most members that one member connects to. Each video connection encodes anew: eight people are what a laptop carries, and
/// 32 connections what one carries with data alone.
pub const MAX_PEERS: usize = 32;

/// See the [module](self).
#[derive(Debug)]
pub struct Mesh {
    me: MemberId,
    max_peers: usize,
    profile: Vec<u8>,
    streams: Vec<StreamNote>,
    roster: Roster,
    rng: Rng,
    links: SortedMap<MemberId, Link>,
    sequence: u64,
    up: bool,
    left: bool,
    acquaintances_changed: bool,
    outputs: VecDeque<Output>,
}

impl Mesh {
    /// A view of a room in which nobody has been seen.
    pub fn new(config: MeshConfig) -> Self {
        let mut profile = config.profile;
        if profile.len() > MAX_PROFILE {
            profile.clear();
        }
        Self {
            me: config.me,
            max_peers: config.max_peers.clamp(1, MAX_PEERS),
            profile,
            streams: Vec::new(),
            roster: Roster::new(config.seed),
            rng: Rng::new(!config.seed),
            links: SortedMap::new(),
            sequence: 0,
            up: false,
            left: false,
            acquaintances_changed: false,
            outputs: VecDeque::new(),
        }
    }

    /// Takes what happens. After [`Input::Leave`] nothing has an effect any more.
    pub fn handle(&mut self, input: Input, now: Time) {
        if self.left {
            return;
        }
        let result = match input {
            Input::SignalingUp => {
                self.up = true;
                self.roster.announce(now);
                self.timeout(now);
                self.for_each_link(now, Link::outside_is_back);
                Ok(())
            }
            Input::SignalingDown => {
                self.up = false;
                self.roster.hush();
                Ok(())
            }
            Input::Opened(plaintext) => self.opened(&plaintext, now),
            Input::Control {
                member,
                attempt,
                frame,
            } => self.control(member, attempt, &frame, now),
            Input::Browser {
                member,
                attempt,
                event,
            } => self.browser(member, attempt, event, now),
            Input::SetProfile(profile) => self.set_profile(profile),
            Input::SetStreams(streams) => self.set_streams(streams),
            Input::Leave => {
                self.leave();
                Ok(())
            }
            Input::NetworkChanged => {
                self.for_each_link(now, Link::hint);
                Ok(())
            }
            Input::Timeout => {
                self.timeout(now);
                Ok(())
            }
        };
        if let Err(discarded) = result {
            self.outputs.push_back(Output::Discarded(discarded));
        }
    }

    /// Takes a connection that people brought about by hand for the link to `member`, whose description `remote` is. It works, and its control
    /// channel is open: it is that of the [first attempt](Attempt::FIRST). A call of its own and no input, so that programs without
    /// handshakes are without this.
    ///
    /// # Errors
    /// [`Discarded::Stale`] when the member is here already or has said goodbye, and after [`Input::Leave`]; [`Discarded::Full`].
    pub fn adopt(
        &mut self,
        member: MemberId,
        remote: &Description,
        now: Time,
    ) -> Result<(), Discarded> {
        let is_here = member == self.me || self.links.contains_key(&member);
        if self.left || is_here || !self.roster.may_connect(member, now) {
            return Err(Discarded::Stale);
        }
        if self.links.len() >= self.max_peers {
            return Err(Discarded::Full);
        }
        self.event(MeshEvent::Joined(member));
        let seed = self.rng.next_u64();
        let link = Link::adopted(self.me, member, remote, seed, now);
        self.links.insert(member, link);
        self.greet(member, Attempt::FIRST);
        self.settle(member, now);
        Ok(())
    }

    /// The next thing to do; `None` until the next [`handle`](Self::handle).
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to give [`Input::Timeout`] next.
    pub fn next_timeout(&self) -> Option<Time> {
        if self.left {
            return None;
        }
        self.links
            .values()
            .filter_map(Link::next_timeout)
            .chain(self.roster.next_timeout())
            .min()
    }

    /// The plaintext of the last will: what a transport publishes in this member's name when it loses it. A new one is needed for
    /// each subscription, since a will counts once like any other signal.
    pub fn will(&mut self) -> Vec<u8> {
        let header = self.header(None, Attempt::FIRST);
        Message::Will.encode(&header)
    }

    /// Whether a member that was connected answers neither over the connection nor outside.
    pub fn is_silent(&self, member: MemberId) -> bool {
        self.links.get(&member).is_some_and(Link::is_silent)
    }

    /// This member.
    pub const fn me(&self) -> MemberId {
        self.me
    }

    fn opened(&mut self, plaintext: &[u8], now: Time) -> Result<(), Discarded> {
        let (header, message) = Message::decode(plaintext)?;
        let sender = header.sender;
        let to_me = header.recipient == Some(self.me);
        if sender == self.me || !(to_me || header.recipient.is_none()) {
            return Ok(());
        }
        // A will is written at the join and published at the end, when its number lies far behind the window. It has no
        // effect on who is there, so that a replay does no harm.
        if message == Message::Will {
            return match self.links.get_mut(&sender) {
                Some(link) => {
                    link.suspect(now);
                    self.settle(sender, now);
                    Ok(())
                }
                None => Err(Discarded::Stale),
            };
        }
        if !self.roster.admit(sender, header.sequence, now) {
            return Err(Discarded::Replay);
        }
        if let Some(link) = self.links.get_mut(&sender) {
            link.wrote(now);
            self.settle(sender, now);
        }
        match (message, to_me) {
            (Message::Hello, _) => self.hello(sender, to_me, now),
            (Message::Leave, _) => {
                self.roster.said_goodbye(sender, now);
                self.remove(sender, LeaveReason::Left, now);
                Ok(())
            }
            (Message::Presence, true) => self.link(sender, Attempt::FIRST, now).map(drop),
            (Message::Full, true) => {
                if !self.links.contains_key(&sender) {
                    self.event(MeshEvent::Full { member: sender });
                }
                Ok(())
            }
            (Message::Signal(signal), true) => {
                let link = self.link(sender, header.attempt, now)?;
                let result = link.signal(header.attempt, signal, Some(header.sequence), now);
                self.settle(sender, now);
                Ok(result?)
            }
            // Only hello, leave and will are for everyone.
            _ => Err(Discarded::Malformed(DecodeError::Value)),
        }
    }

    /// Someone says hello: maybe a newcomer, maybe a replay. An answer costs little, and only it can tell.
    /// One that is to this member alone comes from someone who doubts the connection, whatever it looks like from here.
    fn hello(&mut self, sender: MemberId, to_me: bool, now: Time) -> Result<(), Discarded> {
        let connected = !to_me && self.links.get(&sender).is_some_and(Link::is_inside);
        if let Some(link) = self.links.get_mut(&sender).filter(|_| !connected) {
            link.urge(now);
            self.settle(sender, now);
        }
        if connected
            || !self.roster.may_connect(sender, now)
            || !self.roster.may_answer(sender, now)
        {
            return Ok(());
        }
        if !self.links.contains_key(&sender) && self.links.len() >= self.max_peers {
            self.publish(Some(sender), Attempt::FIRST, &Message::Full);
            return Err(Discarded::Full);
        }
        self.publish(Some(sender), Attempt::FIRST, &Message::Presence);
        Ok(())
    }

    /// The link to a member who has proved to be there now.
    fn link(
        &mut self,
        member: MemberId,
        attempt: Attempt,
        now: Time,
    ) -> Result<&mut Link, Discarded> {
        if !self.links.contains_key(&member) {
            if !self.roster.may_connect(member, now) {
                return Err(Discarded::Stale);
            }
            if self.links.len() >= self.max_peers {
                if self.roster.may_answer(member, now) {
                    self.publish(Some(member), Attempt::FIRST, &Message::Full);
                }
                return Err(Discarded::Full);
            }
            self.event(MeshEvent::Joined(member));
            let seed = self.rng.next_u64();
            let attempt = attempt.max(self.roster.next_attempt(member));
            let link = Link::new(self.me, member, attempt, seed, now);
            self.links.insert(member, link);
            self.settle(member, now);
        }
        self.links.get_mut(&member).ok_or(Discarded::Stale)
    }

    fn control(
        &mut self,
        member: MemberId,
        attempt: Attempt,
        frame: &[u8],
        now: Time,
    ) -> Result<(), Discarded> {
        let link = self.current(member, attempt)?;
        let frame = Frame::decode(frame);
        let pong = match frame {
            Ok(Frame::Pong(number)) => Some(number),
            _ => None,
        };
        link.alive(pong, now);
        let result = match frame? {
            Frame::Ping(number) => {
                self.frame(member, attempt, &Frame::Pong(number));
                Ok(())
            }
            // That something came is what counts.
            Frame::Pong(_) => Ok(()),
            Frame::Bye => {
                self.roster.said_goodbye(member, now);
                self.remove(member, LeaveReason::Left, now);
                Ok(())
            }
            Frame::Profile(profile) => {
                self.event(MeshEvent::Profile { member, profile });
                Ok(())
            }
            Frame::Streams(streams) => {
                self.event(MeshEvent::Streams { member, streams });
                Ok(())
            }
            Frame::Members(members) => {
                link.set_acquaintances(members);
                if self.reachable() && !self.everyone_connected(now) {
                    self.roster.wake(now);
                }
                Ok(())
            }
            Frame::Tallies { all, tallies } => {
                self.event(MeshEvent::Tallies {
                    member,
                    all,
                    tallies,
                });
                Ok(())
            }
            Frame::Closed { channel, carried } => {
                self.event(MeshEvent::ChannelClosed {
                    member,
                    channel,
                    carried,
                });
                Ok(())
            }
            Frame::Trust(step) => {
                self.event(MeshEvent::Trust {
                    member,
                    attempt,
                    step,
                });
                Ok(())
            }
            Frame::Relay(envelope) => self.relay(member, envelope, now),
            Frame::Relayed(envelope) => self.opened(&envelope, now),
            Frame::Signal(signal) => link
                .signal(attempt, signal, None, now)
                .map_err(Discarded::from),
        };
        self.settle(member, now);
        result
    }

    /// Tells who has just been connected about this member.
    fn greet(&mut self, member: MemberId, attempt: Attempt) {
        self.frame(member, attempt, &Frame::Profile(self.profile.clone()));
        self.frame(member, attempt, &Frame::Streams(self.streams.clone()));
    }

    fn browser(
        &mut self,
        member: MemberId,
        attempt: Attempt,
        event: BrowserEvent,
        now: Time,
    ) -> Result<(), Discarded> {
        let opened = event == BrowserEvent::ControlOpen;
        self.current(member, attempt)?.browser(event, now);
        if opened {
            self.greet(member, attempt);
        }
        self.settle(member, now);
        Ok(())
    }

    fn current(&mut self, member: MemberId, attempt: Attempt) -> Result<&mut Link, Discarded> {
        self.links
            .get_mut(&member)
            .filter(|link| link.attempt() == attempt)
            .ok_or(Discarded::Stale)
    }

    fn set_profile(&mut self, profile: Vec<u8>) -> Result<(), Discarded> {
        if profile.len() > MAX_PROFILE {
            return Err(Discarded::TooLarge);
        }
        self.profile = profile;
        self.frame_all(&Frame::Profile(self.profile.clone()));
        Ok(())
    }

    fn set_streams(&mut self, streams: Vec<StreamNote>) -> Result<(), Discarded> {
        if streams.len() > MAX_STREAMS || !streams.iter().all(StreamNote::fits) {
            return Err(Discarded::TooLarge);
        }
        self.streams = streams;
        self.frame_all(&Frame::Streams(self.streams.clone()));
        Ok(())
    }

    fn leave(&mut self) {
        self.frame_all(&Frame::Bye);
        self.publish(None, Attempt::FIRST, &Message::Leave);
        for (member, mut link) in std::mem::take(&mut self.links) {
            link.close();
            self.perform(member, &mut link);
        }
        self.left = true;
    }

    fn timeout(&mut self, now: Time) {
        let due: Vec<MemberId> = self
            .links
            .iter()
            .filter(|(_, link)| link.next_timeout().is_some_and(|at| at <= now))
            .map(|(member, _)| *member)
            .collect();
        for member in due {
            if let Some(link) = self.links.get_mut(&member) {
                link.timeout(now);
            }
            self.settle(member, now);
        }
        let everyone_connected = self.everyone_connected(now);
        if self.roster.hello_due(everyone_connected, now) {
            self.publish(None, Attempt::FIRST, &Message::Hello);
        }
    }

    fn for_each_link(&mut self, now: Time, mut act: impl FnMut(&mut Link, Time)) {
        let members: Vec<MemberId> = self.links.keys().copied().collect();
        for member in members {
            if let Some(link) = self.links.get_mut(&member) {
                act(link, now);
            }
            self.settle(member, now);
        }
    }

    /// Whether there is a way to call others: outside, or by way of members.
    fn reachable(&self) -> bool {
        self.up || self.links.values().any(Link::is_inside)
    }

    /// Whether all who are known to be here are connected, and there is someone.
    fn everyone_connected(&self, now: Time) -> bool {
        let connected = |member: &MemberId| {
            self.links
                .get(member)
                .is_some_and(|link| link.state() == LinkState::Connected)
        };
        !self.links.is_empty()
            && self.links.keys().all(connected)
            && self
                .links
                .values()
                .flat_map(Link::acquaintances)
                .all(|member| {
                    *member == self.me
                        || connected(member)
                        || !self.roster.may_connect(*member, now)
                })
    }

    /// Does what a link wants done.
    fn settle(&mut self, member: MemberId, now: Time) {
        let Some(mut link) = self.links.remove(&member) else {
            return;
        };
        let gone = self.perform(member, &mut link);
        let lost = link.state() != LinkState::Connected;
        self.links.insert(member, link);
        if std::mem::take(&mut self.acquaintances_changed) {
            self.introduce();
        }
        if let Some(reason) = gone {
            if reason == LeaveReason::Unreachable {
                self.roster.leave_alone(member, now);
            }
            self.remove(member, reason, now);
        } else if lost && self.reachable() {
            self.roster.wake(now);
        }
    }

    fn perform(&mut self, member: MemberId, link: &mut Link) -> Option<LeaveReason> {
        let mut gone = None;
        for effect in link.effects() {
            match effect {
                LinkEffect::Browser(attempt, command) => {
                    self.outputs.push_back(Output::Browser {
                        member,
                        attempt,
                        command,
                    });
                }
                LinkEffect::Signal(attempt, signal) => {
                    self.signal(member, attempt, signal, link.is_inside());
                }
                LinkEffect::Frame(attempt, frame) => self.frame(member, attempt, &frame),
                LinkEffect::Ask => self.publish(Some(member), Attempt::FIRST, &Message::Hello),
                LinkEffect::State(state) => {
                    self.event(MeshEvent::State { member, state });
                    self.acquaintances_changed |= state == LinkState::Connected;
                }
                LinkEffect::Resumed(gap) => self.event(MeshEvent::Resumed { member, gap }),
                LinkEffect::Gone(reason) => gone = Some(reason),
            }
        }
        gone
    }

    fn remove(&mut self, member: MemberId, reason: LeaveReason, now: Time) {
        if let Some(mut link) = self.links.remove(&member) {
            link.close();
            self.roster.parted(member, link.attempt(), now);
            self.perform(member, &mut link);
            self.event(MeshEvent::Left { member, reason });
            self.introduce();
            if self.reachable() {
                self.roster.wake(now);
            }
        }
    }
}
