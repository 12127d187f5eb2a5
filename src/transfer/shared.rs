//! What handles and tasks of one transfer share.

use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures_util::StreamExt;
use handclasp_core::transfer::{Course, FileInfo, Piece, Progress, Receiver, Sender, State};
use js_sys::Uint8Array;

use super::Received;
use super::store::Store;
use crate::channel::Channel;
use crate::message::Message;
use crate::peer::{Peer, PeerState};
use crate::sys;
use crate::task;
use crate::wakers::Wakers;

/// See the [module](self).
pub(super) struct Shared {
    peer: Peer,
    pub(super) channel: Channel,
    side: RefCell<Side>,
    version: Cell<u64>,
    /// Of the application: something is to be shown.
    pub(super) told: Wakers,
    /// Of the tasks: something may be to be done.
    pub(super) stirred: Wakers,
    /// Sending: what has been read, and goes out next.
    pub(super) block: RefCell<Option<VecDeque<Outgoing>>>,
    /// Receiving: once it is accepted.
    pub(super) store: RefCell<Option<Rc<Store>>>,
}

/// What a transfer is to this side.
pub(super) enum Side {
    Sending(Sender),
    Receiving(Receiver),
}

/// A piece that has been read, as it goes out.
pub(super) struct Outgoing {
    pub(super) piece: Piece,
    /// Header and content; none for a piece without content.
    pub(super) data: Option<Uint8Array>,
    /// What follows the last piece of a file.
    pub(super) end: Option<Vec<u8>>,
}

impl Side {
    pub(super) fn course(&self) -> &Course {
        match self {
            Self::Sending(sender) => &sender.course,
            Self::Receiving(receiver) => &receiver.course,
        }
    }

    fn course_mut(&mut self) -> &mut Course {
        match self {
            Self::Sending(sender) => &mut sender.course,
            Self::Receiving(receiver) => &mut receiver.course,
        }
    }

    /// Whether the channel is of no use any more.
    fn is_settled(&self) -> bool {
        match self {
            Self::Sending(_) => self.course().is_over(),
            Self::Receiving(receiver) => receiver.is_settled(),
        }
    }
}

impl Shared {
    pub(super) fn new(peer: Peer, channel: Channel, side: Side) -> Self {
        Self {
            peer,
            channel,
            side: RefCell::new(side),
            version: Cell::new(1),
            told: Wakers::default(),
            stirred: Wakers::default(),
            block: RefCell::default(),
            store: RefCell::default(),
        }
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) fn side(&self) -> Ref<'_, Side> {
        self.side.borrow()
    }

    /// What `act` makes of the sender, if this side sends.
    pub(super) fn sender<T>(&self, act: impl FnOnce(&mut Sender) -> T) -> Option<T> {
        match &mut *self.side.borrow_mut() {
            Side::Sending(sender) => Some(act(sender)),
            Side::Receiving(_) => None,
        }
    }

    /// What `act` makes of the receiver, if this side receives.
    pub(super) fn receiver<T>(&self, act: impl FnOnce(&mut Receiver) -> T) -> Option<T> {
        match &mut *self.side.borrow_mut() {
            Side::Receiving(receiver) => Some(act(receiver)),
            Side::Sending(_) => None,
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version.get()
    }

    /// There is news for the application.
    pub(super) fn touch(&self) {
        self.version.set(self.version.get() + 1);
        self.told.wake();
    }

    /// There is news for the tasks too.
    pub(super) fn stir(&self) {
        self.touch();
        self.stirred.wake();
    }

    /// Somebody, or the channel, decides something.
    pub(super) fn act(&self, act: impl FnOnce(&mut Course)) {
        act(self.side.borrow_mut().course_mut());
        self.stir();
    }

    /// The next message; `None` when nothing that may still come is of interest.
    pub(super) async fn hear(&self, channel: &mut Channel) -> Option<Message> {
        poll_fn(|cx| {
            if self.side().is_settled() {
                return Poll::Ready(None);
            }
            self.stirred.register(cx);
            channel.poll_next_unpin(cx)
        })
        .await
    }

    pub(super) fn is_over(&self) -> bool {
        self.side().course().is_over()
    }

    fn is_connected(&self) -> bool {
        self.channel.is_open() && self.peer.state() == PeerState::Connected
    }

    pub(super) fn state(&self) -> State {
        match &*self.side() {
            Side::Sending(sender) => sender.state(self.is_connected()),
            Side::Receiving(receiver) => receiver.state(self.is_connected()),
        }
    }

    pub(super) fn progress(&self) -> Progress {
        let (connected, now) = (self.is_connected(), sys::now());
        match &*self.side() {
            Side::Sending(sender) => sender.progress(connected, now),
            Side::Receiving(receiver) => receiver.progress(connected, now),
        }
    }

    pub(super) fn files(&self) -> Vec<FileInfo> {
        let side = self.side();
        let list = match &*side {
            Side::Sending(sender) => sender.list(),
            Side::Receiving(receiver) => receiver.list(),
        };
        let files = list.iter().enumerate().map(|(index, entry)| {
            let (state, done) = match &*side {
                Side::Sending(sender) => sender.file(index),
                Side::Receiving(receiver) => receiver.file(index),
            };
            FileInfo {
                path: entry.path.clone(),
                size: entry.size,
                media_type: entry.media_type.clone(),
                state,
                done,
            }
        });
        files.collect()
    }

    pub(super) fn received(&self) -> Vec<Received> {
        let side = self.side();
        let (Side::Receiving(receiver), Some(store)) = (&*side, &*self.store.borrow()) else {
            return Vec::new();
        };
        let files = receiver
            .list()
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| {
                let file = u32::try_from(index).ok()?;
                if !receiver.is_stored(file) {
                    return None;
                }
                Some(Received {
                    index,
                    path: entry.path.clone(),
                    file: store.file(file, entry)?,
                    on_disk: store.is_on_disk(),
                })
            });
        files.collect()
    }
}

/// Says what is to be said, and sends what has been read, until it is over.
pub(super) fn talk(shared: &Rc<Shared>) {
    let shared = Rc::clone(shared);
    task::spawn(async move {
        let mut block = VecDeque::new();
        while let Some(next) = next(&shared, &mut block).await {
            let sent = match next {
                Next::Control(bytes) => shared.channel.send(bytes).await,
                Next::Data(outgoing) => send(&shared, outgoing).await,
            };
            if sent.is_err() {
                break;
            }
        }
        // The last word arrives, also when the connection is lost right now.
        let _ = shared.channel.finish().await;
        shared.stir();
    });
}

enum Next {
    Control(Vec<u8>),
    Data(Outgoing),
}

async fn next(shared: &Shared, block: &mut VecDeque<Outgoing>) -> Option<Next> {
    loop {
        let is_due = || shared.is_finished() || shared.has_more(block.is_empty());
        shared.stirred.until(is_due).await;
        if let Some(control) = shared.side.borrow_mut().course_mut().poll() {
            return Some(Next::Control(control));
        }
        if shared.is_finished() {
            return None;
        }
        if block.is_empty() {
            *block = shared.block.take().unwrap_or_default();
            // The next one can be read meanwhile.
            shared.stirred.wake();
        }
        if let Some(outgoing) = block.pop_front() {
            return Some(Next::Data(outgoing));
        }
    }
}

impl Shared {
    /// Whether the channel is of no use any more.
    fn is_finished(&self) -> bool {
        self.side().is_settled() || self.channel.close_reason().is_some()
    }

    /// Whether something can go out.
    fn has_more(&self, block_is_empty: bool) -> bool {
        let side = self.side();
        let is_read = || !block_is_empty || self.block.borrow().is_some();
        let flows = matches!(&*side, Side::Sending(sender) if sender.flows());
        side.course().has_more() || (flows && is_read())
    }
}

async fn send(shared: &Shared, outgoing: Outgoing) -> Result<(), crate::SendError> {
    if let Some(data) = outgoing.data {
        // Nobody else has the block.
        shared.channel.send_unchanging(&data.into()).await?;
    }
    if let Some(end) = outgoing.end {
        shared.channel.send(end).await?;
    }
    shared.sender(|sender| sender.sent(outgoing.piece, sys::now()));
    shared.touch();
    Ok(())
}
