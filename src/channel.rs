//! Channels: messages to and from one peer.
//!
//! A [`Channel`] wraps an [`RTCDataChannel`](https://www.w3.org/TR/webrtc/#rtcdatachannel), and adds what that lacks: a
//! `send` that waits for room, in order, and an end with a reason.

mod assembly;
mod closing;
mod inbox;
mod lanes;
mod opened;
mod pipe;
mod readable;
mod sending;
mod turns;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::Sink;
use web_sys::RtcDataChannel;

use crate::error::{CloseReason, FlushError, SendError};
use crate::message::Message;

pub(crate) use closing::{all_closed, close_when_sent};
pub use inbox::{MAX_INBOX_BYTES, MAX_INBOX_MESSAGES};
pub(crate) use lanes::Lanes;
pub(crate) use opened::Opened;
pub(crate) use pipe::{Carrier, Pipe};
pub use pipe::{FINISH_DEADLINE_MS, HIGH_MARK, LOW_MARK, MAX_MESSAGE, MAX_UNDIVIDED};
pub(crate) use readable::Readable;
pub(crate) use sending::{Keep, Sending, Turn};

/// Messages to and from one peer: a [`Stream`] of what arrives, and [`send`](Self::send) or a [`Sink`] for what goes out.
///
/// A cheap handle: clones share one channel, and each message goes to one of the readers. Dropping the last handle closes the
/// channel. The stream ends when the channel is closed and everything has been read; [`close_reason`](Self::close_reason)
/// then says why.
///
/// What arrives waits to be read, and the peer with it: a channel that is reliable and in order lets its sender be at most 4 MiB or 16,384
/// messages ahead. Other kinds cannot make it wait ([`ChannelOptions`](crate::ChannelOptions) tells what becomes of them beyond
/// [`MAX_INBOX_MESSAGES`] or [`MAX_INBOX_BYTES`]), and a peer that does not heed it finds the channel closed, with [`CloseReason::Overflow`].
pub struct Channel {
    pipe: Rc<Pipe>,
    /// Of the `Sink`: a turn that has come and has not been used.
    turn: Option<Turn>,
    /// Of the `Sink`: a large message on its way.
    sending: Option<Sending>,
}

impl Channel {
    pub(crate) fn new(pipe: Rc<Pipe>) -> Self {
        Self {
            pipe,
            turn: None,
            sending: None,
        }
    }

    /// The label that the channel was opened with.
    pub fn label(&self) -> &str {
        self.pipe.label()
    }

    /// The [protocol](crate::ChannelOptions::protocol) that the channel was opened with, on whichever side.
    pub fn protocol(&self) -> &str {
        &self.pipe.options().protocol
    }

    /// Whether messages go out now. [`send`](Self::send) waits until they do.
    pub fn is_open(&self) -> bool {
        self.pipe.is_open()
    }

    /// Why the channel is closed; `None` while it is not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.pipe.close_reason()
    }

    /// Sends one message, after those that were asked to go before it, as soon as there is room: at most [`HIGH_MARK`] bytes and one message wait in
    /// the browser.
    ///
    /// On a channel that is reliable and ordered a message of more than 64 KiB goes in fragments, so that other channels are not held up by it; on
    /// this channel what is sent next waits for all of them.
    ///
    /// On an unreliable channel this never waits. What the browser would not send within 100 ms waits in its place, also while the channel is not open
    /// yet, and the oldest of that gives way to what is newer: [`dropped`](Self::dropped) counts it.
    ///
    /// That it returns says otherwise that the browser has taken the message, not that the peer has: for that there is [`flush`](Self::flush).
    ///
    /// # Errors
    /// - [`SendError::TooLarge`]: at most [`MAX_MESSAGE`] bytes fit; on channels that are not reliable and ordered [`MAX_UNDIVIDED`], less with some
    ///   other programs. Send smaller parts.
    /// - [`SendError::Closed`]: the channel is closed, or closed while this waited.
    /// - [`SendError::Busy`]: more than a thousand sends wait.
    /// - [`SendError::Other`]: the browser refused, or the message's buffer was transferred meanwhile.
    ///
    /// # Cancel safety
    /// A message arrives whole or not at all. When the future is dropped before it is ready, it does not arrive, and those behind it move up.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let turn = Turn::new(&self.pipe);
        let mut sending = Sending::new(turn, &message.into(), Message::to_kept)?;
        poll_fn(|cx| sending.poll(cx)).await
    }

    /// The next message, as the [`Stream`] has it.
    pub(crate) fn poll_message(&self, cx: &Context<'_>) -> Poll<Option<Message>> {
        self.pipe.poll_message(cx)
    }

    /// Lets less wait in the browser than [`HIGH_MARK`].
    pub(crate) fn set_high_mark(&self, high: u32) {
        self.pipe.set_high_mark(high);
    }

    /// Sends in a turn that has come ([`poll_ready`](Sink::poll_ready)) a message that nobody will change, so that no copy of it is kept until the peer
    /// has it.
    pub(crate) fn start_send_unchanging(&mut self, message: &Message) -> Result<(), SendError> {
        self.start(message, Message::clone)
    }

    fn start(&mut self, message: &Message, keep: Keep) -> Result<(), SendError> {
        let Some(turn) = self.turn.take() else {
            return try_send(&self.pipe, message);
        };
        let mut sending = Sending::new(turn, message, keep)?;
        if !sending.go()? {
            self.sending = Some(sending);
        }
        Ok(())
    }

    fn poll_sending(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        if let Some(sending) = &mut self.sending {
            let sent = ready!(sending.poll(cx));
            self.sending = None;
            sent?;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends one message if that is possible without waiting.
    ///
    /// # Errors
    /// [`SendError::Full`] when there is no room for all of it or others wait for it, [`SendError::NotOpen`] while the channel is not
    /// open, [`SendError::TooLarge`] above [`HIGH_MARK`], otherwise as [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        try_send(&self.pipe, &message.into())
    }

    /// The next message, if one has come.
    pub fn try_recv(&self) -> Option<Message> {
        self.pipe.pop()
    }

    /// Has `reader` called as soon as something comes, within the browser's own event, in place of waking a task; it then reads with
    /// [`try_recv`](Self::try_recv). For many small messages: waking a task for each costs the browser as much as the message. What is there already, or
    /// comes with a new connection, still wakes a task, so one has to wait for messages as well.
    ///
    /// The reader is dropped when the channel closes, or when it is replaced.
    pub fn set_reader(&self, reader: Option<Rc<dyn Fn()>>) {
        let reader = reader.filter(|_| self.close_reason().is_none());
        self.pipe.readable().set_reader(reader);
    }

    /// How many messages gave way to newer ones before they went, on an unreliable channel.
    pub fn dropped(&self) -> u64 {
        self.pipe.dropped()
    }

    /// Ready when the peer has every message whose send has returned, whether it has read them or not; also over connections that are built anew
    /// meanwhile. Not for sends that still wait.
    ///
    /// # Errors
    /// - [`FlushError::Uncounted`]: the channel is not reliable and ordered, so that nobody knows what has come.
    /// - [`FlushError::Closed`]: the channel is closed, or closed while this waited. Everything may have come all the same.
    /// - [`FlushError::Forgotten`]: the peer gave this member up and began anew, and so what was on its way to it.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn flush(&self) -> Result<(), FlushError> {
        self.pipe.flush().await
    }

    /// Closes the channel once the peer has everything, or after 15 s: [`flush`](Self::flush), then [`close`](Self::close). A channel whose messages
    /// are not counted closes at once.
    ///
    /// # Errors
    /// As [`flush`](Self::flush), and [`FlushError::Late`] after 15 s. The channel is closed in any case.
    ///
    /// # Cancel safety
    /// Dropping the future before it is ready leaves the channel open.
    pub async fn finish(&self) -> Result<(), FlushError> {
        self.pipe.finish().await
    }

    /// Ready when the channel is closed, for good, and nothing is left to read.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect.
    pub async fn closed(&self) -> CloseReason {
        poll_fn(|cx| {
            if self.pipe.is_exhausted()
                && let Some(reason) = self.close_reason()
            {
                return Poll::Ready(reason);
            }
            self.pipe.readable().register(cx);
            Poll::Pending
        })
        .await
    }

    /// Closes the channel. The browser still delivers what it has taken, as long as the connection lives; sends that wait fail.
    pub fn close(&self) {
        self.pipe.close(CloseReason::Local);
    }

    /// The browser's object that carries the channel at present.
    pub fn as_raw(&self) -> Option<RtcDataChannel> {
        self.pipe.raw()
    }
}

impl Clone for Channel {
    fn clone(&self) -> Self {
        Self::new(Rc::clone(&self.pipe))
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("open", &self.is_open())
            .finish_non_exhaustive()
    }
}

impl Stream for Channel {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.poll_message(cx)
    }
}

/// A handle that is ready keeps its turn, and others wait behind it, until it sends, flushes or is dropped.
impl Sink<Message> for Channel {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = &mut *self;
        ready!(this.poll_sending(cx))?;
        this.turn
            .get_or_insert_with(|| Turn::new(&this.pipe))
            .poll(cx)
    }

    /// A large message goes on at the next [`poll_ready`](Sink::poll_ready) or [`poll_flush`](Sink::poll_flush).
    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        self.start(&message, Message::to_kept)
    }

    /// Ready when what has been taken is with the browser.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.turn = None;
        self.poll_sending(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.turn = None;
        ready!(self.poll_sending(cx))?;
        self.close();
        Poll::Ready(Ok(()))
    }
}

/// Sends at once or not at all.
pub(crate) fn try_send(pipe: &Rc<Pipe>, message: &Message) -> Result<(), SendError> {
    Sending::new(Turn::new(pipe), message, Message::to_kept)?.now()
}
