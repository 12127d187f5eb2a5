//! Channels: messages to and from one peer.
//!
//! A [`Channel`] wraps an [`RTCDataChannel`](https://www.w3.org/TR/webrtc/#rtcdatachannel), and adds what that lacks: a
//! `send` that waits for room, in order, and an end with a reason.

mod closing;
mod inbox;
mod opened;
mod pipe;
mod turns;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::Sink;
use web_sys::RtcDataChannel;

use crate::error::{CloseReason, FlushError, SendError};
use crate::message::Message;

pub(crate) use closing::{all_closed, close_when_sent};
pub use inbox::{MAX_INBOX_BYTES, MAX_INBOX_MESSAGES};
pub(crate) use opened::Opened;
pub(crate) use pipe::{Carrier, Keep, Pipe, Turn};
pub use pipe::{FINISH_DEADLINE_MS, HIGH_MARK, LOW_MARK, MAX_MESSAGE};

/// Messages to and from one peer: a [`Stream`] of what arrives, and [`send`](Self::send) or a [`Sink`] for what goes out.
///
/// A cheap handle: clones share one channel, and each message goes to one of the readers. Dropping the last handle closes the
/// channel. The stream ends when the channel is closed and everything has been read; [`close_reason`](Self::close_reason)
/// then says why.
///
/// What arrives waits to be read, and the peer with it: a channel that is reliable and in order lets its sender be at most 4 MiB or 4096
/// messages ahead. Other kinds cannot make it wait ([`ChannelOptions`](crate::ChannelOptions) tells what becomes of them beyond
/// [`MAX_INBOX_MESSAGES`] or [`MAX_INBOX_BYTES`]), and a peer that does not heed it finds the channel closed, with [`CloseReason::Overflow`].
pub struct Channel {
    pipe: Rc<Pipe>,
    /// Of the `Sink`: a turn that has come and has not been used.
    turn: Option<Turn>,
}

impl Channel {
    pub(crate) fn new(pipe: Rc<Pipe>) -> Self {
        Self { pipe, turn: None }
    }

    /// The label that the channel was opened with.
    pub fn label(&self) -> &str {
        self.pipe.label()
    }

    /// Whether messages go out now. [`send`](Self::send) waits until they do.
    pub fn is_open(&self) -> bool {
        self.pipe.is_open()
    }

    /// Why the channel is closed; `None` while it is not.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.pipe.close_reason()
    }

    /// Sends one message, after those that were asked to go before it, as soon as the browser has room: at most
    /// [`HIGH_MARK`] bytes and one message wait there.
    ///
    /// That it returns says that the browser has taken the message, not that the peer has.
    ///
    /// # Errors
    /// - [`SendError::TooLarge`]: at most [`MAX_MESSAGE`] bytes fit, less with some other programs. Send smaller parts.
    /// - [`SendError::Closed`]: the channel is closed, or closed while this waited.
    /// - [`SendError::Busy`]: more than a thousand sends wait.
    /// - [`SendError::Other`]: the browser refused.
    ///
    /// # Cancel safety
    /// A message goes out whole or not at all. When the future is dropped before it is ready, it has not gone out, and
    /// those behind it move up.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.send_kept(&message.into(), Message::to_kept).await
    }

    /// The same for a message that nobody will change, so that no copy of it is kept until the peer has it.
    pub(crate) async fn send_unchanging(&self, message: &Message) -> Result<(), SendError> {
        self.send_kept(message, Message::clone).await
    }

    async fn send_kept(&self, message: &Message, keep: Keep) -> Result<(), SendError> {
        self.pipe.check_size(message)?;
        let mut turn = Turn::new(&self.pipe);
        poll_fn(|cx| turn.poll(cx)).await?;
        turn.send(message, keep)
    }

    /// Sends one message if that is possible without waiting.
    ///
    /// # Errors
    /// [`SendError::Full`] when there is no room or others wait for it, [`SendError::NotOpen`] while the channel is not
    /// open, otherwise as [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.pipe.try_send(&message.into())
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
        self.pipe.poll_message(cx)
    }
}

/// A handle that is ready keeps its turn, and others wait behind it, until it sends, flushes or is dropped.
impl Sink<Message> for Channel {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = &mut *self;
        this.turn
            .get_or_insert_with(|| Turn::new(&this.pipe))
            .poll(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        match self.turn.take() {
            Some(turn) => turn.send(&message, Message::to_kept),
            None => self.pipe.try_send(&message),
        }
    }

    /// Ready at once: what has been taken is with the browser.
    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.turn = None;
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.turn = None;
        self.close();
        Poll::Ready(Ok(()))
    }
}
