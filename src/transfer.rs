//! Files: offered, accepted, resumed, verified, over a channel to one peer.
//!
//! A layer of its own above public channels: who does not use it does not link it. A transfer comes as a channel with the label
//! [`LABEL`], as [`RoomEvent::Channel`](crate::RoomEvent::Channel), which the application passes to [`receive`].
//!
//! ```no_run
//! # async fn example(peer: handclasp::Peer, file: web_sys::File, mut events: handclasp::RoomEvents) -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::StreamExt;
//! use handclasp::{RoomEvent, transfer};
//!
//! // One side:
//! let sending = transfer::offer(&peer, vec![file.into()])?;
//! sending.done().await?;
//!
//! // The other:
//! while let Some(event) = events.next().await {
//!     if let RoomEvent::Channel { peer, channel } = event && transfer::is_transfer(&channel) {
//!         let receiving = transfer::receive(&peer, channel).await?;
//!         receiving.accept();
//!         receiving.done().await?;
//!         for file in receiving.received() {
//!             let _url = web_sys::Url::create_object_url_with_blob(&file.file);
//!         }
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! # Progress
//! Both sides have a [`Transfer`]: [`progress`](Transfer::progress) and [`files`](Transfer::files) say how it stands, and [`changed`](Transfer::changed) when to ask
//! again. Either side can [`pause`](Transfer::pause), [`resume`](Transfer::resume) and [`cancel`](Transfer::cancel). A connection that is lost only interrupts a transfer; it ends with
//! [`TransferError::Lost`] when the peer is gone.
//!
//! # Lanes
//! A line with a long way or with losses carries more over several connections. A sender makes some when that pays, by measuring, and lets go of them again:
//! [`lanes`](Transfer::lanes) says how many there are, [`set_lanes`](Transfer::set_lanes) sets or forbids them. They are to the same peer, over the room's ICE servers, and as
//! trusted as its connection. A transfer does not depend on them.
//!
//! # In a worker
//! A page that is busy slows what it moves itself. [`use_worker`] has transfers run in a dedicated worker, whose program calls [`serve`]: reading, hashing, sending and writing are there
//! then. This is nothing that handles show, and the other side need not do the same. Changes are told by the worker, some milliseconds after they come about.
//!
//! # Where files are
//! What arrives is kept on the browser's own disk (OPFS), which takes a secure page and, in Safari, version 26; elsewhere, and in Firefox's private windows, it is in memory.
//! [`Received::file`] reads from there, so that a download, or whatever else is made of it, copies it from disk to disk. [`discard`](Transfer::discard) it when it has been saved: the browser
//! gives a site only so much room. When that is used up the transfer waits ([`State::NoSpace`]), without losing anything, until there is some and the receiver resumes.
//!
//! # Resuming
//! When a side goes away in the middle (a reload, a crash, a cancelled transfer), the same files, offered again within a week, go on where they were: same path, size
//! and time of change. The receiver proves by hash what it has, and the sender compares that with its own file, so that nothing else is taken for it.
//!
//! # Trust
//! Nothing of what a peer says is believed: names are made [safe](handclasp_core::transfer::path), types are [inert](handclasp_core::transfer::inert_type), and a file is only shown as
//! received when its content has the hash that the sender gave. What is in it is the sender's word all the same.

mod disk;
mod engine;
mod error;
mod here;
mod host;
mod lane;
mod receiving;
mod segment;
mod sending;
mod shared;
mod store;
mod striping;
mod talk;
mod worker;

use std::fmt;
use std::rc::Rc;

use web_sys::File;

use crate::channel::Channel;
use crate::options::ChannelOptions;
use crate::peer::Peer;
use crate::sys;
use crate::wakers::within;
use engine::{Engine, Told};
use here::Here;
use shared::{Shared, Side};

pub use worker::{serve, use_worker, worker_ready};

pub use error::{OfferError, ReceiveError};
pub use handclasp_core::transfer::{
    FileInfo, FileState, MAX_FILES, MAX_LANES, Progress, State, TransferError, TransferId,
};

/// The label of channels that carry a transfer.
pub const LABEL: &str = "handclasp.files";

/// Whether a channel that a peer has opened carries a transfer, for [`receive`].
pub fn is_transfer(channel: &Channel) -> bool {
    channel.label() == LABEL
}

/// A file to send.
#[derive(Clone, Debug)]
pub struct Source {
    /// The browser's file. Its content is read while it is being sent.
    pub file: File,
    /// Where it belongs on the other side: relative, with `/` between the parts, such as `holiday/beach.jpg`. What is not safe in it is replaced.
    pub path: String,
}

/// Under its own name.
impl From<File> for Source {
    fn from(file: File) -> Self {
        let path = file.name();
        Self { file, path }
    }
}

/// A file that has arrived whole and is verified.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its place in [`Transfer::files`].
    pub index: usize,
    /// Where it belongs: relative, with `/` between the parts, safe to use as it is.
    pub path: String,
    /// The content, for `URL.createObjectURL` or to be written elsewhere. Made of what is on disk without copying it. Its type is that of
    /// [`FileInfo::media_type`] for pictures, sound, films and plain text, and otherwise `application/octet-stream`, so that nothing that a peer sends runs in
    /// the page's name.
    pub file: File,
    /// Whether it is kept on the browser's disk (OPFS), until [`Transfer::discard`] or for a week. Otherwise it is in memory.
    pub on_disk: bool,
}

/// Files on their way to or from one peer.
///
/// A cheap handle; dropping the last one cancels. What has arrived stays on disk, so that the same files, offered again, go on where they were.
#[derive(Clone)]
pub struct Transfer {
    peer: Peer,
    owner: Rc<Owner>,
    told: Told,
}

/// Gives the transfer up with the last handle.
struct Owner(Rc<dyn Engine>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Offers files to a peer.
///
/// # Errors
/// [`OfferError`]: nothing to send, too much, or no connection.
pub fn offer(peer: &Peer, files: Vec<Source>) -> Result<Transfer, OfferError> {
    if files.is_empty() {
        return Err(OfferError::Empty);
    }
    let id = TransferId::from_bytes(sys::random());
    let (paths, files): (Vec<_>, Vec<_>) = files
        .into_iter()
        .map(|source| (source.path, source.file))
        .unzip();
    let sender = sending::sender(id, &paths, &files).map_err(|_| OfferError::TooMany)?;
    let channel = peer.open_channel(LABEL, ChannelOptions::reliable())?;
    let here = Rc::new(Here::new(peer.clone(), channel));
    if let Some(engine) = worker::offer(&here, &sender, &paths, &files) {
        return Ok(Transfer::new(peer, engine));
    }
    let shared = Rc::new(Shared::new(here, Side::Sending(sender)));
    sending::start(&shared, files);
    Ok(Transfer::new(peer, Rc::new(shared)))
}

/// What a peer offers over this channel, once all of its list has come, within half a minute.
///
/// # Errors
/// [`ReceiveError`]: what came is no offer, or none came. The channel is closed then.
///
/// # Cancel safety
/// Dropping the future closes the channel.
pub async fn receive(peer: &Peer, channel: Channel) -> Result<Transfer, ReceiveError> {
    if !is_transfer(&channel) {
        return Err(ReceiveError::NotTransfer);
    }
    let here = Rc::new(Here::new(peer.clone(), channel));
    let mut offer = Vec::new();
    let listing = receiving::listing(&*here, |message| offer.push(message));
    let receiver = within(receiving::LIST_DEADLINE_MS, listing)
        .await
        .unwrap_or(Err(ReceiveError::TimedOut))?;
    if let Some(engine) = worker::receive(&here, &receiver, &offer) {
        return Ok(Transfer::new(peer, engine));
    }
    let shared = Rc::new(Shared::new(here, Side::Receiving(receiver)));
    receiving::start(&shared);
    Ok(Transfer::new(peer, Rc::new(shared)))
}

impl Transfer {
    fn new(peer: &Peer, engine: Rc<dyn Engine>) -> Self {
        Self {
            peer: peer.clone(),
            owner: Rc::new(Owner(engine)),
            told: Told::default(),
        }
    }

    fn engine(&self) -> &dyn Engine {
        &*self.owner.0
    }

    /// Its name, the same on both sides.
    pub fn id(&self) -> TransferId {
        self.engine().id()
    }

    /// Whom the files go to or come from.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether this side sends.
    pub fn is_sending(&self) -> bool {
        self.engine().is_sending()
    }

    /// All files, in the order in which they are sent.
    pub fn files(&self) -> Vec<FileInfo> {
        self.engine().files()
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.engine().progress()
    }

    /// How many connections carry data now, besides the peer's own: none to [`MAX_LANES`].
    pub fn lanes(&self) -> usize {
        self.engine().lanes()
    }

    /// Sending: uses so many lanes, at most [`MAX_LANES`], none with `Some(0)`. Unless told, it is `None`: as many as pay. No effect otherwise.
    pub fn set_lanes(&self, lanes: Option<usize>) {
        self.engine().set_lanes(lanes);
    }

    /// Receiving: lets the files come. No effect otherwise.
    pub fn accept(&self) {
        self.engine().accept();
    }

    /// Receiving: the files are not wanted. No effect once it is accepted.
    pub fn decline(&self) {
        self.engine().decline();
    }

    /// Holds it until [`resume`](Self::resume).
    pub fn pause(&self) {
        self.engine().pause();
    }

    /// Goes on after [`pause`](Self::pause), or tries to write again after [`State::NoSpace`].
    pub fn resume(&self) {
        self.engine().resume();
    }

    /// Gives it up, for both sides. What has arrived stays on disk.
    pub fn cancel(&self) {
        self.engine().cancel();
    }

    /// Ready at the next change, at most ten times a second, and at least once a second while it is not over. Each handle tells of what has changed
    /// since it told the last time; when it is over, and that has been told, this waits forever.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn changed(&self) {
        self.told.next(self.engine()).await;
    }

    /// Ready when it is over.
    ///
    /// # Errors
    /// Why it came to nothing.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn done(&self) -> Result<(), TransferError> {
        let engine = self.engine();
        engine.news().until(|| engine.state().is_over()).await;
        match engine.state() {
            State::Declined => Err(TransferError::Declined),
            State::Cancelled { by_me: true } => Err(TransferError::Cancelled),
            State::Cancelled { by_me: false } => Err(TransferError::CancelledByPeer),
            State::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Receiving: the files that are complete, also while others are still on the way.
    pub fn received(&self) -> Vec<Received> {
        self.engine().received()
    }

    /// Receiving: gives it up if it is not over, and deletes all that is kept on disk of it. [`Received::file`]s cannot be read any more.
    ///
    /// # Cancel safety
    /// When the future is dropped, deleting goes on.
    pub async fn discard(&self) {
        self.cancel();
        self.engine().discard().await;
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
