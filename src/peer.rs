//! The others in a room.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use handclasp_core::MemberId;
use handclasp_core::link::LinkState;
use handclasp_core::message::{Source, StreamNote};
use web_sys::{MediaStream, RtcPeerConnection};

use crate::channel::Channel;
use crate::connection::Connection;
use crate::error::{OpenChannelError, StatsError};
use crate::options::ChannelOptions;
use crate::stats::PeerStats;

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
    /// The stream, for `video.srcObject`.
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
    gone: Cell<bool>,
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
                gone: Cell::new(false),
            }),
        }
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
    /// Unlike a declared channel it ends with the connection that it was opened on.
    ///
    /// # Errors
    /// [`OpenChannelError::NotConnected`] while there is no connection at all; otherwise what is wrong with the arguments, or
    /// with the browser.
    pub fn open_channel(
        &self,
        label: &str,
        options: ChannelOptions,
    ) -> Result<Channel, OpenChannelError> {
        let connection = self.current().ok_or(OpenChannelError::NotConnected)?;
        connection.open_channel(label, options).map(Channel::new)
    }

    /// The browser's object behind the present attempt to reach this peer. Looking is safe; changing it is at your own risk.
    pub fn connection(&self) -> Option<RtcPeerConnection> {
        self.current().map(|connection| connection.pc().clone())
    }

    /// What the connection has carried, and how.
    ///
    /// # Errors
    /// [`StatsError::NotConnected`] while there is no connection; [`StatsError::Other`] when the browser refuses.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn stats(&self) -> Result<PeerStats, StatsError> {
        let pc = self.connection().ok_or(StatsError::NotConnected)?;
        PeerStats::of(&pc).await
    }

    pub(crate) fn current(&self) -> Option<Rc<Connection>> {
        self.shared.connection.borrow().clone()
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.shared.gone.get()
    }

    pub(crate) fn set_state(&self, state: PeerState) {
        self.shared.state.set(state);
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
    pub(crate) fn add_stream(&self, stream: MediaStream) -> bool {
        let mut streams = self.shared.streams.borrow_mut();
        let id = stream.id();
        if streams.contains(&stream) {
            // Its second track: what is shown changes too.
        } else if streams.len() >= MAX_STREAMS {
            tracing::warn!("dropped a remote stream: too many");
            return false;
        } else {
            streams.retain(|other| other.id() != id);
            streams.push(stream);
        }
        self.shared.notes.borrow().iter().any(|note| note.id == id)
    }

    /// Puts a connection in place of none, or takes the present one away; tells which it was. Streams belong to it.
    pub(crate) fn set_connection(
        &self,
        connection: Option<Rc<Connection>>,
    ) -> Option<Rc<Connection>> {
        self.shared.streams.take();
        self.shared.connection.replace(connection)
    }

    /// The peer has left, or the room has been left.
    pub(crate) fn set_gone(&self) {
        self.shared.gone.set(true);
        self.shared.notes.take();
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
