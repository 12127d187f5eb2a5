//! What turns the mesh: inputs in, outputs done, in one place and one at a time.

mod by_hand;
mod publishing;
mod surroundings;
mod telling;
mod watching;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use handclasp_core::card::KEY;
use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState};
use handclasp_core::mesh::{Input, Mesh, Output};
use handclasp_core::message::{ChannelKey, Frame};
use handclasp_core::{Attempt, MemberId};
use web_sys::RtcConfiguration;

use self::publishing::send;
use super::events::{RoomEvent, RoomEvents, Subscribers};
use super::latch::Latch;
use super::outgoing::Outgoing;
use super::path::SignalingState;
use crate::alarm::Alarm;
use crate::channel::{Channel, Pipe};
use crate::connection::{Connection, Report};
use crate::error::CloseReason;
use crate::handshake::UnderWay;
use crate::media::Media;
use crate::options::IceServer;
use crate::peer::Peer;
use crate::room_channel::Hub;
use crate::sys;
use crate::task::{self, Until};
use crate::trust::Finder;

/// Most former members that are kept for a diagnosis. They are of this visit, and each is a few kilobytes.
const MAX_UNREACHABLE: usize = 8;

/// One room from the inside. Only the [`Room`](crate::Room) handles keep it alive; tasks and listeners hold it weakly.
pub(super) struct Driver {
    this: Weak<Driver>,
    me: MemberId,
    mesh: RefCell<Mesh>,
    /// What happened while the mesh was busy. Grows only within one turn of the event loop.
    inputs: RefCell<VecDeque<Input>>,
    driving: Cell<bool>,
    alarm: Alarm,
    configuration: RtcConfiguration,
    ice_servers: RefCell<Vec<IceServer>>,
    refreshing: RefCell<Option<Until>>,
    peers: RefCell<Vec<Peer>>,
    /// Those with whom no connection ever came about, for the question why.
    unreachable: RefCell<Vec<Peer>>,
    media: RefCell<Vec<Media>>,
    hubs: Vec<Rc<Hub>>,
    signaling: RefCell<Vec<(String, SignalingState)>>,
    outgoing: RefCell<Option<Outgoing>>,
    subscribers: Subscribers,
    /// Of a room by hand, for its invitations.
    key: Option<[u8; KEY]>,
    max_peers: usize,
    /// How many invitations there were.
    invitations: Cell<u8>,
    /// Handshakes that are under way.
    hands: RefCell<Vec<Weak<dyn UnderWay>>>,
    /// Finds words for each connection, if they are wanted.
    words: Option<&'static Finder>,
    latch: Latch,
    left: Cell<bool>,
    watching: RefCell<Vec<EventListener>>,
}

/// What a driver is made of.
pub(super) struct Parts {
    pub(super) mesh: Mesh,
    pub(super) configuration: RtcConfiguration,
    /// Those in the configuration.
    pub(super) ice_servers: Vec<IceServer>,
    pub(super) hubs: Vec<Rc<Hub>>,
    /// The names of the transports.
    pub(super) transports: Vec<String>,
    pub(super) outgoing: Outgoing,
    pub(super) key: Option<[u8; KEY]>,
    pub(super) max_peers: usize,
    pub(super) words: Option<&'static Finder>,
}

impl Driver {
    pub(super) fn new(parts: Parts) -> Rc<Self> {
        let connecting = |name| (name, SignalingState::Connecting);
        let driver = Rc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            me: parts.mesh.me(),
            mesh: RefCell::new(parts.mesh),
            inputs: RefCell::default(),
            driving: Cell::new(false),
            alarm: Alarm::default(),
            configuration: parts.configuration,
            ice_servers: RefCell::new(parts.ice_servers),
            refreshing: RefCell::default(),
            peers: RefCell::default(),
            unreachable: RefCell::default(),
            media: RefCell::default(),
            hubs: parts.hubs,
            signaling: RefCell::new(parts.transports.into_iter().map(connecting).collect()),
            outgoing: RefCell::new(Some(parts.outgoing)),
            subscribers: Subscribers::default(),
            key: parts.key,
            max_peers: parts.max_peers,
            invitations: Cell::new(0),
            hands: RefCell::default(),
            words: parts.words,
            latch: Latch::default(),
            left: Cell::new(false),
            watching: RefCell::default(),
        });
        driver.watch();
        driver
    }

    pub(super) fn me(&self) -> MemberId {
        self.me
    }

    pub(super) fn has_left(&self) -> bool {
        self.left.get()
    }

    pub(super) fn latch(&self) -> &Latch {
        &self.latch
    }

    pub(super) fn peers(&self) -> Vec<Peer> {
        self.peers.borrow().clone()
    }

    /// A member, or one that never could be connected.
    pub(super) fn known(&self, member: MemberId) -> Option<Peer> {
        let unreachable = self.unreachable.borrow();
        let found = unreachable.iter().find(|peer| peer.id() == member);
        self.peer(member).or_else(|| found.cloned())
    }

    pub(super) fn hub(&self, label: &str) -> Option<Rc<Hub>> {
        self.hubs.iter().find(|hub| hub.label() == label).cloned()
    }

    pub(super) fn signaling(&self) -> Vec<(String, SignalingState)> {
        self.signaling.borrow().clone()
    }

    pub(super) fn subscribe(&self) -> RoomEvents {
        self.subscribers.subscribe(self.has_left())
    }

    /// A signaling path changed its state.
    pub(super) fn set_signaling(&self, index: usize, state: SignalingState) {
        let up = state == SignalingState::Connected;
        let (transport, any_up) = {
            let mut paths = self.signaling.borrow_mut();
            let Some((name, present)) = paths.get_mut(index) else {
                return;
            };
            present.clone_from(&state);
            let name = name.clone();
            let any_up = paths
                .iter()
                .any(|(_, state)| *state == SignalingState::Connected);
            (name, any_up)
        };
        if up {
            self.input(Input::SignalingUp);
        } else if !any_up {
            self.input(Input::SignalingDown);
        }
        self.subscribers
            .tell(&RoomEvent::Signaling { transport, state });
    }

    /// Takes what happened. The one way into the mesh: when the mesh is at work already, its turn comes after.
    pub(super) fn input(&self, input: Input) {
        self.inputs.borrow_mut().push_back(input);
        if self.driving.replace(true) {
            return;
        }
        while let Some(input) = self.next_input() {
            let leaving = matches!(input, Input::Leave);
            self.mesh.borrow_mut().handle(input, sys::now());
            while let Some(output) = self.next_output() {
                self.perform(output);
            }
            if leaving {
                self.finish();
            }
        }
        self.driving.set(false);
        self.arm();
    }

    fn next_input(&self) -> Option<Input> {
        self.inputs.borrow_mut().pop_front()
    }

    fn next_output(&self) -> Option<Output> {
        self.mesh.borrow_mut().poll()
    }

    /// Sets the one timer to when the mesh wants to be asked next.
    fn arm(&self) {
        let next = self.mesh.borrow().next_timeout();
        let this = Weak::clone(&self.this);
        self.alarm.set(next, move || {
            if let Some(this) = this.upgrade() {
                this.alarm.clear();
                this.input(Input::Timeout);
            }
        });
    }

    fn perform(&self, output: Output) {
        match output {
            Output::Publish(plaintext) => {
                if let Some(outgoing) = &*self.outgoing.borrow() {
                    outgoing.push(plaintext);
                }
            }
            Output::Control {
                member,
                attempt,
                frame,
            } => {
                if let Some(connection) = self.connection(member, attempt) {
                    connection.send_control(&frame);
                }
            }
            Output::Browser {
                member,
                attempt,
                command: BrowserCommand::Open,
            } => {
                self.open(member, attempt);
            }
            Output::Browser {
                member,
                attempt,
                command: BrowserCommand::Close,
            } => {
                if self.connection(member, attempt).is_some() {
                    self.close(member);
                }
            }
            Output::Browser {
                member,
                attempt,
                command,
            } => {
                if let Some(connection) = self.connection(member, attempt) {
                    connection.perform(command);
                }
            }
            Output::Event(event) => self.tell(event),
            Output::Discarded(reason) => tracing::debug!(%reason, "discarded"),
        }
    }

    fn peer(&self, member: MemberId) -> Option<Peer> {
        let peers = self.peers.borrow();
        peers.iter().find(|peer| peer.id() == member).cloned()
    }

    /// The connection to a member, if it is of this attempt.
    fn connection(&self, member: MemberId, attempt: Attempt) -> Option<Rc<Connection>> {
        let connection = self.peer(member)?.current()?;
        (connection.attempt() == attempt).then_some(connection)
    }

    fn connections(&self) -> Vec<Rc<Connection>> {
        self.peers
            .borrow()
            .iter()
            .filter_map(Peer::current)
            .collect()
    }

    fn open(&self, member: MemberId, attempt: Attempt) {
        let Some(peer) = self.peer(member) else {
            return;
        };
        let this = Weak::clone(&self.this);
        let report = move |report| {
            if let Some(this) = this.upgrade() {
                this.report(member, attempt, report);
            }
        };
        let mut pipes: Vec<_> = self.hubs.iter().map(|hub| hub.pipe(&peer)).collect();
        pipes.extend(peer.opened().live());
        let opened = Connection::open(&self.configuration, attempt, &pipes, Rc::new(report));
        let connection = match opened {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(error = %sys::error_name(&error), "no peer connection");
                // Tried again, ever more slowly, like any other that fails.
                let event = BrowserEvent::Connection(ConnectionState::Failed);
                return self.input(Input::Browser {
                    member,
                    attempt,
                    event,
                });
            }
        };
        for media in self.media.borrow().iter() {
            send(&connection, media);
        }
        peer.set_connection(Some(connection));
    }

    fn close(&self, member: MemberId) {
        let Some(peer) = self.peer(member) else {
            return;
        };
        let had_media = !peer.media().is_empty();
        if let Some(connection) = peer.set_connection(None) {
            let hold = self.latch.hold();
            let closed = connection.close();
            task::spawn(async move {
                closed.await;
                drop(hold);
            });
        }
        if had_media {
            self.subscribers.tell(&RoomEvent::PeerMedia(peer));
        }
    }

    fn report(&self, member: MemberId, attempt: Attempt, report: Report) {
        let Some(connection) = self.connection(member, attempt) else {
            return;
        };
        let peer = self.peer(member);
        match (report, peer) {
            (Report::Browser(BrowserEvent::ControlOpen), Some(peer)) => {
                self.greet(&peer, &connection);
                self.input(Input::Browser {
                    member,
                    attempt,
                    event: BrowserEvent::ControlOpen,
                });
            }
            (Report::Browser(event), _) => self.input(Input::Browser {
                member,
                attempt,
                event,
            }),
            (Report::Control(frame), _) => self.input(Input::Control {
                member,
                attempt,
                frame,
            }),
            (Report::Stream(stream), Some(peer)) => {
                if peer.add_stream(stream) {
                    self.subscribers.tell(&RoomEvent::PeerMedia(peer));
                }
            }
            (Report::Channel(channel, opening), Some(peer)) => {
                if let Some(pipe) = peer.opened().accept(&connection, channel, opening) {
                    let channel = Channel::new(pipe);
                    self.subscribers.tell(&RoomEvent::Channel { peer, channel });
                }
            }
            (Report::Lane(channel, protocol), Some(peer)) => peer.lanes().take(channel, &protocol),
            (_, None) => {}
        }
    }

    /// A connection can be talked on: the first thing to say is what has come on channels, so that they go on.
    fn greet(&self, peer: &Peer, connection: &Rc<Connection>) {
        let opened = peer.opened();
        opened.tell_closed(connection);
        let declared = self.hubs.iter().filter_map(|hub| hub.find(peer.id()));
        let tallies = declared
            .chain(opened.live())
            .map(|pipe| (pipe.key(), pipe.tally()))
            .collect();
        let all = Frame::Tallies { all: true, tallies };
        connection.send_control(&all.encode());
        if let Some(finder) = self.words {
            (finder.begin)(peer, connection, self.me < peer.id());
        }
    }

    /// The channel with a peer that has this key on this side, if it is open to use.
    fn pipe(&self, member: MemberId, key: ChannelKey) -> Option<Rc<Pipe>> {
        match key {
            ChannelKey::Declared(id) => self.hubs.iter().find(|hub| hub.has_id(id))?.find(member),
            _ => self.peer(member)?.opened().find(key)?,
        }
    }

    /// Says goodbye and closes everything. The latch opens when that is done.
    pub(super) fn leave(&self) {
        if !self.left.replace(true) {
            self.input(Input::Leave);
        }
    }

    /// After the mesh has had its last word.
    fn finish(&self) {
        // Closes the queue: once the goodbye in it has been published, the subscriptions go.
        self.outgoing.take();
        self.watching.take();
        self.refreshing.take();
        self.withdraw();
        for peer in self.peers() {
            self.close(peer.id());
            peer.set_gone();
            peer.opened().end(&CloseReason::Local);
        }
        self.peers.take();
        self.hubs.iter().for_each(|hub| hub.end());
        for media in self.media.take() {
            media.part_from(&self.audience());
        }
        self.subscribers.end();
    }
}
