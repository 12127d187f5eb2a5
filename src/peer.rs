//! The others in a room.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use handclasp_core::diagnosis::{PairFacts, PeerFacts};
use handclasp_core::link::{LeaveReason, LinkState};
use handclasp_core::message::{ChannelKey, Source, StreamNote};
use handclasp_core::words::{Step, Words};
use handclasp_core::{MemberId, base64url};
use wasm_bindgen::JsCast;
use web_sys::{MediaStream, MediaStreamTrack, RtcPeerConnection};

use crate::channel::{Channel, Lanes, Opened, Pipe};
use crate::connection::{Connection, Tried};
use crate::diagnose::{self, Diagnosis, Surroundings};
use crate::error::{OpenChannelError, StatsError};
use crate::options::{ChannelOptions, is_label, is_protocol};
use crate::stats::PeerStats;
use crate::sys;
use crate::trust::{Compared, Mailbox};

/// How it stands with the connection to a peer.
pub type PeerState = LinkState;

/// Most remote streams that are kept of one peer: twice what an honest one publishes.
const MAX_STREAMS: usize = 2 * crate::media::MAX_PUBLISHED;

/// Another member of the room.
///
/// A cheap handle. Peers are equal when they are the same member in the same visit. It does not keep the connection alive: once
/// the peer has left, or the room has been left, it is a memory.
#[derive(Clone)]
pub struct Peer {
    shared: Rc<Shared>,
}

/// What a peer sends.
#[derive(Clone, Debug)]
pub struct RemoteMedia {
    /// The stream, for `video.srcObject`. It stays the same object when the connection is built anew; in Firefox, a media element
    /// that played it has `ended` by then and wants `play()` at the next [`PeerMedia`](crate::RoomEvent::PeerMedia).
    pub stream: MediaStream,
    /// Where it comes from.
    pub source: Source,
    /// Whether the peer has its sound on.
    pub audio: bool,
    /// Whether the peer has its picture on.
    pub video: bool,
}

struct Shared {
    id: MemberId,
    state: Cell<LinkState>,
    profile: RefCell<Vec<u8>>,
    notes: RefCell<Vec<StreamNote>>,
    streams: RefCell<Vec<MediaStream>>,
    connection: RefCell<Option<Rc<Connection>>>,
    opened: Opened,
    lanes: Lanes,
    gone: Cell<bool>,
    why_gone: Cell<Option<LeaveReason>>,
    room: RefCell<Option<Weak<dyn Surroundings>>>,
    mailbox: RefCell<Option<Rc<dyn Mailbox>>>,
    compared: Cell<Option<Compared>>,
    history: RefCell<History>,
}

/// What became of earlier connections to a peer.
#[derive(Default)]
struct History {
    was_connected: bool,
    /// Whether the present connection worked at some time. What it says of itself when it is closed is not why it was.
    worked: bool,
    /// Since it was last connected.
    failures: u32,
    /// The last of these that says something.
    last: Option<Tried>,
}

impl Peer {
    pub(crate) fn new(id: MemberId) -> Self {
        Self {
            shared: Rc::new(Shared {
                id,
                state: Cell::new(LinkState::Connecting),
                profile: RefCell::default(),
                notes: RefCell::default(),
                streams: RefCell::default(),
                connection: RefCell::default(),
                opened: Opened::default(),
                lanes: Lanes::default(),
                gone: Cell::new(false),
                why_gone: Cell::new(None),
                room: RefCell::default(),
                mailbox: RefCell::default(),
                compared: Cell::new(None),
                history: RefCell::default(),
            }),
        }
    }

    /// The same, able to look around in its room.
    pub(crate) fn within(self, room: Weak<dyn Surroundings>) -> Self {
        self.shared.room.replace(Some(room));
        self
    }

    /// Who it is: drawn afresh at every join.
    pub fn id(&self) -> MemberId {
        self.shared.id
    }

    /// How it stands with the connection.
    pub fn state(&self) -> PeerState {
        self.shared.state.get()
    }

    /// What the peer tells of itself, at most 1024 bytes of any content; empty until it is connected.
    pub fn profile(&self) -> Vec<u8> {
        self.shared.profile.borrow().clone()
    }

    /// Four words that both people see, and read to each other: when they agree, nobody stands between the two. `None` until
    /// [`RoomEvent::PeerWords`](crate::RoomEvent::PeerWords), and unless both sides [want them](crate::RoomOptions::words). A connection that is built anew has
    /// new words.
    pub fn words(&self) -> Option<Words> {
        self.shared.compared.get().map(|compared| compared.words)
    }

    /// A name of the two certificates that the words stand for, 22 letters, the same on both sides: whoever has compared words once can
    /// remember it, as long as both sides keep their certificates, which they do for the time of a visit.
    pub fn pair(&self) -> Option<String> {
        let compared = self.shared.compared.get()?;
        Some(base64url::encode(&compared.pair))
    }

    /// What the peer publishes now, in the order it was published in.
    pub fn media(&self) -> Vec<RemoteMedia> {
        let streams = self.shared.streams.borrow();
        let notes = self.shared.notes.borrow();
        // The same id on both sides (RFC 8830 §2).
        let paired = notes.iter().filter_map(|note| {
            let stream = streams.iter().find(|stream| stream.id() == note.id)?;
            Some(RemoteMedia {
                // The trait's: the stream's own `clone` is `MediaStream.clone()`, which makes another stream.
                stream: Clone::clone(stream),
                source: note.source,
                audio: note.audio,
                video: note.video,
            })
        });
        paired.collect()
    }

    /// Opens a channel to this peer alone, which gets it as [`RoomEvent::Channel`](crate::RoomEvent::Channel).
    ///
    /// Like a declared channel it lasts as long as the peer is here: when the connection is built anew, the channel goes on over
    /// the new one.
    ///
    /// # Errors
    /// [`OpenChannelError::NotConnected`] while there is no connection at all; otherwise what is wrong with the arguments, or
    /// with the browser.
    pub fn open_channel(
        &self,
        label: &str,
        options: ChannelOptions,
    ) -> Result<Channel, OpenChannelError> {
        if !is_label(label) {
            return Err(OpenChannelError::Label);
        }
        if !is_protocol(&options.protocol) {
            return Err(OpenChannelError::Protocol);
        }
        if !options.is_consistent() {
            return Err(OpenChannelError::Options);
        }
        let connection = self.current().ok_or(OpenChannelError::NotConnected)?;
        let number = u32::from_be_bytes(sys::random());
        let pipe = Pipe::new(
            label.to_owned(),
            ChannelKey::Mine(number),
            options,
            Rc::default(),
        );
        connection.open_channel(&pipe)?;
        self.shared.opened.add(&pipe);
        Ok(Channel::new(pipe))
    }

    /// The channels that either side has opened.
    pub(crate) fn opened(&self) -> &Opened {
        &self.shared.opened
    }

    /// The lanes that the peer may open.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.shared.lanes
    }

    /// The browser's object behind the present attempt to reach this peer. Looking is safe; changing it is at your own risk.
    pub fn connection(&self) -> Option<RtcPeerConnection> {
        let current = self.current()?;
        Some(current.pc().clone().unchecked_into())
    }

    /// What the connection has carried, and how.
    ///
    /// # Errors
    /// [`StatsError::NotConnected`] while there is no connection, and within three seconds when it closes meanwhile;
    /// [`StatsError::Other`] when the browser refuses.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn stats(&self) -> Result<PeerStats, StatsError> {
        let pc = self.connection().ok_or(StatsError::NotConnected)?;
        PeerStats::of(&pc).await
    }

    /// Why this peer cannot be reached, or how it is connected: the facts of [`diagnose`](crate::diagnose), of the room's paths, and of what the
    /// connections to this peer tried. Ready within about ten seconds; also for a peer that has left.
    ///
    /// # Cancel safety
    /// Dropping the future closes everything that it made.
    pub async fn diagnose(&self) -> Diagnosis {
        let room = self.shared.room.borrow().as_ref().and_then(Weak::upgrade);
        diagnose::within_room(room, Some(self.clone())).await
    }

    /// From now on steps towards words go there; those of an earlier connection are not of it.
    pub(crate) fn set_mailbox(&self, mailbox: Option<Rc<dyn Mailbox>>) {
        if let Some(former) = self.shared.mailbox.replace(mailbox) {
            former.end();
        }
    }

    pub(crate) fn trust_step(&self, step: Step) {
        let mailbox = self.shared.mailbox.borrow().clone();
        if let Some(mailbox) = mailbox {
            mailbox.take(step);
        }
    }

    pub(crate) fn set_compared(&self, compared: Compared) {
        self.shared.compared.set(Some(compared));
        let room = self.shared.room.borrow().as_ref().and_then(Weak::upgrade);
        if let Some(room) = room.filter(|_| !self.has_left()) {
            room.found_words(self.clone());
        }
    }

    pub(crate) async fn facts(&self) -> PeerFacts {
        let stats = self.stats().await.unwrap_or_default();
        let room = self.shared.room.borrow().as_ref().and_then(Weak::upgrade);
        let history = self.shared.history.borrow();
        let attempt = match (self.current().map(|current| current.tried()), &history.last) {
            // A new attempt that has heard nothing yet says less than the last that did.
            (Some(current), Some(last)) if !current.answered => last.clone(),
            (Some(current), _) => current,
            (None, last) => last.clone().unwrap_or_default(),
        };
        let pair = stats.local_candidate.zip(stats.remote_candidate);
        PeerFacts {
            state: self.state(),
            gone: self.shared.why_gone.get(),
            was_connected: history.was_connected,
            silent: room.is_some_and(|room| room.is_silent(self.id())),
            failures: history.failures,
            attempt: attempt.facts(),
            pair: pair.map(|(local, remote)| PairFacts {
                local,
                remote,
                tcp: stats.protocol.as_deref() == Some("tcp"),
                relay: stats.relay_protocol,
            }),
            rtt: stats.rtt,
        }
    }

    /// Whether a connection to it was never made.
    pub(crate) fn was_never_connected(&self) -> bool {
        !self.shared.history.borrow().was_connected
    }

    pub(crate) fn current(&self) -> Option<Rc<Connection>> {
        self.shared.connection.borrow().clone()
    }

    /// Whether it has left, or the room has been left.
    pub fn has_left(&self) -> bool {
        self.shared.gone.get()
    }

    pub(crate) fn set_state(&self, state: PeerState) {
        self.shared.state.set(state);
        if state == LinkState::Connected {
            self.shared.history.replace(History {
                was_connected: true,
                worked: true,
                ..History::default()
            });
        }
    }

    pub(crate) fn set_profile(&self, profile: Vec<u8>) {
        self.shared.profile.replace(profile);
    }

    /// The peer says what its streams are. Streams of which it says nothing any more are let go.
    pub(crate) fn set_notes(&self, notes: Vec<StreamNote>) {
        self.shared
            .streams
            .borrow_mut()
            .retain(|stream| stream.active() || notes.iter().any(|note| note.id == stream.id()));
        self.shared.notes.replace(notes);
    }

    /// A track has begun; tells whether the list of media changed by it.
    ///
    /// A connection that was built anew brings new streams of the same ids: their tracks take their places in the streams that
    /// the application has, which so stay the objects that they were.
    pub(crate) fn add_stream(&self, stream: MediaStream) -> bool {
        let mut streams = self.shared.streams.borrow_mut();
        let id = stream.id();
        match streams.iter().find(|known| known.id() == id) {
            // Its second track: what is shown changes too.
            Some(known) if *known == stream => {}
            Some(known) => take_tracks(known, &stream),
            None if streams.len() >= MAX_STREAMS => {
                tracing::warn!("dropped a remote stream: too many");
                return false;
            }
            None => streams.push(stream),
        }
        self.shared.notes.borrow().iter().any(|note| note.id == id)
    }

    /// Puts a connection in place of none, or takes the present one away; tells which it was.
    pub(crate) fn set_connection(
        &self,
        connection: Option<Rc<Connection>>,
    ) -> Option<Rc<Connection>> {
        let before = self.shared.connection.replace(connection);
        if let Some(before) = &before {
            self.shared.history.borrow_mut().add(before.tried());
        }
        before
    }

    /// The peer has left for this reason.
    pub(crate) fn set_left(&self, reason: LeaveReason) {
        self.shared.why_gone.set(Some(reason));
        self.set_gone();
    }

    /// The peer has left, or the room has been left.
    pub(crate) fn set_gone(&self) {
        self.set_mailbox(None);
        self.shared.gone.set(true);
        self.shared.notes.take();
    }
}

/// Gives `known` the tracks of `stream`, and no others.
fn take_tracks(known: &MediaStream, stream: &MediaStream) {
    let tracks: Vec<MediaStreamTrack> = sys::items(&stream.get_tracks()).collect();
    for old in sys::items(&known.get_tracks()) {
        if !tracks.contains(&old) {
            known.remove_track(&old);
        }
    }
    for track in &tracks {
        known.add_track(track);
    }
}

impl History {
    /// A connection has come to nothing.
    fn add(&mut self, attempt: Tried) {
        self.failures = self.failures.saturating_add(1);
        // While a peer is sought, what one attempt learnt of it holds for the next; when it was there and is silent, the silence counts.
        let says_more = attempt.answered || self.was_connected || self.last.is_none();
        if !std::mem::take(&mut self.worked) && says_more {
            self.last = Some(attempt);
        }
    }
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Peer {}

/// Without the profile.
impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("id", &self.id())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
