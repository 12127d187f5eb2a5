//! Declared channels: one label, every peer.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;
use handclasp_core::MemberId;
use handclasp_core::message::ChannelKey;
use web_sys::RtcDataChannel;

use crate::channel::{Pipe, Readable, Sending, Turn, try_send};
use crate::error::{CloseReason, FlushError, SendError};
use crate::message::Message;
use crate::options::ChannelOptions;
use crate::peer::{Peer, PeerState};

/// A channel to everyone in the room, declared with [`RoomOptions::channel`](crate::RoomOptions::channel): a [`Stream`] of
/// who sent what, and sends to all or to one.
///
/// A cheap handle: clones share one channel, and each message goes to one of the readers. Every peer has a queue of its own,
/// with the bounds of a [`Channel`](crate::Channel), and they are read in turn; who floods is cut off alone. The stream ends when the
/// room has been left.
#[derive(Clone)]
pub struct RoomChannel {
    hub: Rc<Hub>,
}

/// What the room keeps of a declared channel.
pub(crate) struct Hub {
    label: String,
    options: ChannelOptions,
    /// The negotiated id.
    id: u16,
    pipes: RefCell<Vec<(Peer, Rc<Pipe>)>>,
    /// Whose queue is read next.
    next: Cell<usize>,
    readable: Rc<Readable>,
    over: Cell<bool>,
}

impl Hub {
    pub(crate) fn new(label: String, options: ChannelOptions, id: u16) -> Rc<Self> {
        Rc::new(Self {
            label,
            options,
            id,
            pipes: RefCell::default(),
            next: Cell::new(0),
            readable: Rc::default(),
            over: Cell::new(false),
        })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Whether this is the channel of this negotiated id.
    pub(crate) fn has_id(&self, id: u32) -> bool {
        u32::from(self.id) == id
    }

    /// The pipe to `peer`, which lasts as long as the peer does.
    pub(crate) fn pipe(&self, peer: &Peer) -> Rc<Pipe> {
        let mut pipes = self.pipes.borrow_mut();
        if let Some((_, pipe)) = pipes.iter().find(|(other, _)| other == peer) {
            return Rc::clone(pipe);
        }
        let pipe = Pipe::new(
            self.label.clone(),
            ChannelKey::Declared(u32::from(self.id)),
            self.options.clone(),
            Rc::clone(&self.readable),
        );
        pipes.push((peer.clone(), Rc::clone(&pipe)));
        pipe
    }

    /// The peer is gone: what it sent can still be read.
    pub(crate) fn remove(&self, id: MemberId) {
        if let Some(pipe) = self.find(id) {
            pipe.close(CloseReason::Lost);
        }
        self.forget_exhausted();
    }

    /// The room has been left.
    pub(crate) fn end(&self) {
        self.over.set(true);
        let pipes: Vec<_> = self
            .pipes
            .borrow()
            .iter()
            .map(|(_, pipe)| Rc::clone(pipe))
            .collect();
        for pipe in pipes {
            pipe.close(CloseReason::Local);
        }
        // It holds the channel, which would hold it.
        self.readable.set_reader(None);
        self.readable.wake();
    }

    /// The pipe to this member, if there is one.
    pub(crate) fn find(&self, id: MemberId) -> Option<Rc<Pipe>> {
        let pipes = self.pipes.borrow();
        let (_, pipe) = pipes.iter().find(|(peer, _)| peer.id() == id)?;
        Some(Rc::clone(pipe))
    }

    /// The pipes to all who are connected.
    fn reachable(&self) -> Vec<(Peer, Rc<Pipe>)> {
        let pipes = self.pipes.borrow();
        pipes
            .iter()
            .filter(|(peer, pipe)| is_reachable(peer, pipe))
            .cloned()
            .collect()
    }

    fn forget_exhausted(&self) {
        self.pipes
            .borrow_mut()
            .retain(|(peer, pipe)| !(peer.has_left() && pipe.is_exhausted()));
    }

    /// The next message, each peer's queue in turn.
    fn pop(&self) -> Option<(Peer, Message)> {
        let pipes = self.pipes.borrow();
        let start = self.next.get();
        (0..pipes.len()).find_map(|step| {
            let index = (start + step) % pipes.len();
            let (peer, pipe) = &pipes[index];
            let message = pipe.pop()?;
            self.next.set(index + 1);
            Some((peer.clone(), message))
        })
    }

    fn poll_message(&self, cx: &Context<'_>) -> Poll<Option<(Peer, Message)>> {
        let found = self.pop();
        if found.is_some() {
            return Poll::Ready(found);
        }
        self.forget_exhausted();
        if self.over.get() {
            return Poll::Ready(None);
        }
        self.readable.register(cx);
        Poll::Pending
    }
}

impl RoomChannel {
    pub(crate) fn new(hub: Rc<Hub>) -> Self {
        Self { hub }
    }

    /// The label that the channel was declared with.
    pub fn label(&self) -> &str {
        self.hub.label()
    }

    /// The [protocol](ChannelOptions::protocol) that the channel was declared with, here.
    pub fn protocol(&self) -> &str {
        &self.hub.options.protocol
    }

    /// Sends one message to every peer that is connected at this moment, and waits until each of them has room. Returns how many
    /// took it; those whose connection was lost meanwhile did not.
    ///
    /// # Errors
    /// [`SendError::TooLarge`], [`SendError::Busy`] and [`SendError::Other`] as [`Channel::send`](crate::Channel::send); the
    /// message may then have gone to some peers.
    ///
    /// # Cancel safety
    /// When the future is dropped the message has gone whole to some peers, and not at all to the others.
    pub async fn send(&self, message: impl Into<Message>) -> Result<usize, SendError> {
        let message = message.into();
        let mut sends = Vec::new();
        let mut taken = 0;
        let mut failed = None;
        for (peer, pipe) in self.hub.reachable() {
            match Sending::new(Turn::new(&pipe), &message, Message::to_kept) {
                Ok(sending) => sends.push(Send {
                    peer,
                    pipe,
                    sending,
                }),
                Err(error) => failed = Some(error),
            }
        }
        poll_fn(|cx| {
            sends.retain_mut(|send| {
                let Poll::Ready(sent) = send.poll(cx) else {
                    return true;
                };
                match sent {
                    Ok(()) => taken += 1,
                    Err(SendError::Closed(_) | SendError::NotOpen) => {}
                    Err(error) => {
                        failed.get_or_insert(error);
                    }
                }
                false
            });
            if sends.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        failed.map_or(Ok(taken), Err)
    }

    /// Sends one message to one peer; while the peer is interrupted, waits for it.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the peer has left; otherwise as [`Channel::send`](crate::Channel::send).
    ///
    /// # Cancel safety
    /// A message goes out whole or not at all.
    pub async fn send_to(&self, peer: &Peer, message: impl Into<Message>) -> Result<(), SendError> {
        let pipe = self
            .hub
            .find(peer.id())
            .ok_or(SendError::Closed(CloseReason::Lost))?;
        let mut sending = Sending::new(Turn::new(&pipe), &message.into(), Message::to_kept)?;
        poll_fn(|cx| sending.poll(cx)).await
    }

    /// Sends one message, without waiting, to every peer that has room. Returns how many took it.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] when the message fits no peer.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<usize, SendError> {
        let message = message.into();
        let mut taken = 0;
        for (_, pipe) in self.hub.reachable() {
            match try_send(&pipe, &message) {
                Ok(()) => taken += 1,
                Err(error @ SendError::TooLarge { .. }) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(taken)
    }

    /// Sends one message to one peer if that is possible without waiting.
    ///
    /// # Errors
    /// As [`Channel::try_send`](crate::Channel::try_send).
    pub fn try_send_to(&self, peer: &Peer, message: impl Into<Message>) -> Result<(), SendError> {
        let pipe = self
            .hub
            .find(peer.id())
            .ok_or(SendError::Closed(CloseReason::Lost))?;
        try_send(&pipe, &message.into())
    }

    /// The next message and who sent it, if one has come.
    pub fn try_recv(&self) -> Option<(Peer, Message)> {
        self.hub.pop()
    }

    /// Has `reader` called as soon as something comes, as [`Channel::set_reader`](crate::Channel::set_reader), until the room has been left.
    pub fn set_reader(&self, reader: Option<Rc<dyn Fn()>>) {
        let reader = reader.filter(|_| !self.hub.over.get());
        self.hub.readable.set_reader(reader);
    }

    /// How many messages to `peer` gave way to newer ones before they went, as [`Channel::dropped`](crate::Channel::dropped).
    pub fn dropped(&self, peer: &Peer) -> u64 {
        self.hub.find(peer.id()).map_or(0, |pipe| pipe.dropped())
    }

    /// Ready when `peer` has every message that was sent to it, as [`Channel::flush`](crate::Channel::flush).
    ///
    /// # Errors
    /// As [`Channel::flush`](crate::Channel::flush); [`FlushError::Closed`] when the peer has left.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn flush(&self, peer: &Peer) -> Result<(), FlushError> {
        let pipe = self
            .hub
            .find(peer.id())
            .ok_or(FlushError::Closed(CloseReason::Lost))?;
        pipe.flush().await
    }

    /// The peers that messages reach now.
    pub fn open_to(&self) -> Vec<Peer> {
        let reachable = self.hub.reachable().into_iter();
        reachable.map(|(peer, _)| peer).collect()
    }

    /// Why the channel to `peer` is closed although the room goes on, for example
    /// [`Overflow`](CloseReason::Overflow).
    pub fn close_reason(&self, peer: &Peer) -> Option<CloseReason> {
        self.hub.find(peer.id())?.close_reason()
    }

    /// The browser's object that carries the channel to `peer` at present.
    pub fn as_raw(&self, peer: &Peer) -> Option<RtcDataChannel> {
        self.hub.find(peer.id())?.raw()
    }
}

/// Whether a message to `peer` goes out soon. A peer can be connected a moment before the browser has told of every channel.
fn is_reachable(peer: &Peer, pipe: &Pipe) -> bool {
    pipe.is_open() || (peer.state() == PeerState::Connected && pipe.close_reason().is_none())
}

/// What is on its way to one of several peers.
struct Send {
    peer: Peer,
    pipe: Rc<Pipe>,
    sending: Sending,
}

impl Send {
    /// Sends when it can, as long as the peer is reachable. What has begun to go is given up otherwise.
    fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        if !is_reachable(&self.peer, &self.pipe) {
            return Poll::Ready(Err(SendError::NotOpen));
        }
        self.sending.poll(cx)
    }
}

impl fmt::Debug for RoomChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomChannel").finish_non_exhaustive()
    }
}

impl Stream for RoomChannel {
    type Item = (Peer, Message);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<(Peer, Message)>> {
        self.hub.poll_message(cx)
    }
}
