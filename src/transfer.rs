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

mod error;

use std::fmt;
use std::rc::Rc;

use web_sys::File;

use crate::channel::Channel;
use crate::peer::Peer;

pub use error::{OfferError, ReceiveError};
pub use handclasp_core::transfer::{
    FileInfo, FileState, Progress, State, TransferError, TransferId,
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
    shared: Rc<()>,
}

/// Offers files to a peer.
///
/// # Errors
/// [`OfferError`]: nothing to send, too much, or no connection.
pub fn offer(peer: &Peer, files: Vec<Source>) -> Result<Transfer, OfferError> {
    let _ = peer;
    if files.is_empty() {
        return Err(OfferError::Empty);
    }
    Err(OfferError::NotConnected)
}

/// What a peer offers over this channel, once all of its list has come, within half a minute.
///
/// # Errors
/// [`ReceiveError`]: what came is no offer, or none came. The channel is closed then.
///
/// # Cancel safety
/// Dropping the future closes the channel.
pub async fn receive(peer: &Peer, channel: Channel) -> Result<Transfer, ReceiveError> {
    let _ = peer;
    if !is_transfer(&channel) {
        return Err(ReceiveError::NotTransfer);
    }
    Err(ReceiveError::Lost)
}

impl Transfer {
    /// Its name, the same on both sides.
    pub fn id(&self) -> TransferId {
        TransferId::from_bytes([0; 16])
    }

    /// Whom the files go to or come from.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether this side sends.
    pub fn is_sending(&self) -> bool {
        Rc::strong_count(&self.shared) > 1
    }

    /// All files, in the order in which they are sent.
    pub fn files(&self) -> Vec<FileInfo> {
        Vec::new()
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        Progress {
            state: State::Offered,
            done: 0,
            total: 0,
            rate: 0,
            left: None,
            resumed: 0,
        }
    }

    /// Receiving: lets the files come. No effect otherwise.
    pub fn accept(&self) {}

    /// Receiving: the files are not wanted. No effect once it is accepted.
    pub fn decline(&self) {}

    /// Holds it until [`resume`](Self::resume).
    pub fn pause(&self) {}

    /// Goes on after [`pause`](Self::pause), or tries to write again after [`State::NoSpace`].
    pub fn resume(&self) {}

    /// Gives it up, for both sides. What has arrived stays on disk.
    pub fn cancel(&self) {}

    /// Ready at the next change, at most ten times a second, and at least once a second while it is not over.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn changed(&self) {}

    /// Ready when it is over.
    ///
    /// # Errors
    /// Why it came to nothing.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn done(&self) -> Result<(), TransferError> {
        Ok(())
    }

    /// Receiving: the files that are complete, also while others are still on the way.
    pub fn received(&self) -> Vec<Received> {
        Vec::new()
    }

    /// Receiving: gives it up if it is not over, and deletes all that is kept on disk of it. [`Received::file`]s cannot be read any more.
    ///
    /// # Cancel safety
    /// When the future is dropped, deleting goes on.
    pub async fn discard(&self) {}
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
