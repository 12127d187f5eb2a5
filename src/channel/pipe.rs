//! One channel to one peer, through every data channel that carries it in turn.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Event, MessageEvent, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use super::inbox::Inbox;
use super::turns::{Ticket, Turns};
use crate::error::{CloseReason, SendError};
use crate::message::Message;
use crate::sys;
use crate::wakers::Wakers;

/// Sending stops when this many bytes wait in the browser. Chromium throws above 16 MiB and Firefox silently loses what is
/// above 64 MiB; a megabyte keeps any path busy that a browser's congestion control can fill.
pub const HIGH_MARK: u32 = 1024 * 1024;

/// Sending goes on when no more than this many bytes wait.
pub const LOW_MARK: u32 = 64 * 1024;

/// Largest message in bytes between any two browsers: Chromium's `maxMessageSize`. Firefox accepts more and loses it above 8 MiB.
pub const MAX_MESSAGE: usize = 256 * 1024;

/// How many bytes one message may have on the connection that carries the channel, asked once the channel is open.
pub(crate) type Limit = Box<dyn Fn() -> usize>;

/// The state behind a [`Channel`](super::Channel).
#[derive(Debug)]
pub(crate) struct Pipe {
    label: String,
    /// Declared channels are carried on by the next connection; others end with theirs.
    declared: bool,
    raw: RefCell<Option<Raw>>,
    phase: RefCell<Phase>,
    limit: Cell<usize>,
    /// Whether the high mark was reached, and the low mark has not been since.
    blocked: Cell<bool>,
    turns: RefCell<Turns>,
    inbox: RefCell<Inbox>,
    /// Shared by the pipes that one [`RoomChannel`](crate::RoomChannel) reads.
    readable: Rc<Wakers>,
}

#[derive(Debug)]
struct Raw {
    channel: RtcDataChannel,
    /// Dropped first by [`Pipe::detach`], so that no callback outlives the data channel's use.
    _listeners: [EventListener; 5],
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    /// Not open yet, or interrupted.
    Waiting,
    Open,
    Closed(CloseReason),
}

impl Pipe {
    pub(crate) fn new(label: String, declared: bool, readable: Rc<Wakers>) -> Rc<Self> {
        Rc::new(Self {
            label,
            declared,
            raw: RefCell::new(None),
            phase: RefCell::new(Phase::Waiting),
            limit: Cell::new(MAX_MESSAGE),
            blocked: Cell::new(false),
            turns: RefCell::default(),
            inbox: RefCell::default(),
            readable,
        })
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn raw(&self) -> Option<RtcDataChannel> {
        self.raw.borrow().as_ref().map(|raw| raw.channel.clone())
    }

    pub(crate) fn is_open(&self) -> bool {
        *self.phase.borrow() == Phase::Open
    }

    pub(crate) fn close_reason(&self) -> Option<CloseReason> {
        match &*self.phase.borrow() {
            Phase::Closed(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    /// From now on `channel` carries this pipe. Must be called before the browser delivers events to it, that is at once.
    pub(crate) fn attach(self: &Rc<Self>, channel: RtcDataChannel, limit: Limit) {
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW_MARK);
        if self.close_reason().is_some() {
            channel.close();
            return;
        }
        let limit = Rc::new(limit);
        let on = |event: &'static str, act: fn(&Rc<Self>, &Event, &Limit)| {
            let pipe = Rc::downgrade(self);
            let limit = Rc::clone(&limit);
            EventListener::new(&channel, event, move |event| {
                if let Some(pipe) = pipe.upgrade() {
                    act(&pipe, event, &limit);
                }
            })
        };
        let listeners = [
            on("open", |pipe, _, limit| pipe.opened(limit())),
            on("message", |pipe, event, _| pipe.received(event)),
            on("bufferedamountlow", |pipe, _, _| pipe.drained()),
            on("close", |pipe, _, _| pipe.ended(CloseReason::Remote)),
            on("error", |pipe, event, _| pipe.failed(event)),
        ];
        let open = channel.ready_state() == RtcDataChannelState::Open;
        *self.raw.borrow_mut() = Some(Raw {
            channel,
            _listeners: listeners,
        });
        if open {
            self.opened(limit());
        }
    }

    /// The connection that carried this pipe is gone: a declared channel waits for the next one, another is lost.
    pub(crate) fn detach(&self) {
        self.ended(CloseReason::Lost);
    }

    /// Ends the pipe for good. What the browser holds is still delivered; sends that wait fail.
    pub(crate) fn close(&self, reason: CloseReason) {
        if self.close_reason().is_some() {
            return;
        }
        self.phase.replace(Phase::Closed(reason));
        if let Some(raw) = self.raw.take() {
            raw.channel.close();
        }
        self.wake_senders();
        self.readable.wake();
    }

    fn wake_senders(&self) {
        let waiting = self.turns.borrow_mut().all();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The next message; `None` when the pipe is closed and everything has been read.
    pub(crate) fn poll_message(&self, cx: &Context<'_>) -> Poll<Option<Message>> {
        if let Some(message) = self.pop() {
            return Poll::Ready(Some(message));
        }
        if self.close_reason().is_some() {
            return Poll::Ready(None);
        }
        self.readable.register(cx);
        Poll::Pending
    }

    pub(crate) fn pop(&self) -> Option<Message> {
        self.inbox.borrow_mut().pop()
    }

    /// Whether nothing more will come out of it.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.inbox.borrow().is_empty() && self.close_reason().is_some()
    }

    /// Whether the message may be too large for any connection, or for the present one.
    pub(crate) fn check_size(&self, message: &Message) -> Result<(), SendError> {
        let limit = self.limit.get();
        message
            .fits(limit)
            .map_err(|size| SendError::TooLarge { size, limit })
    }

    /// Sends at once or not at all.
    pub(crate) fn try_send(&self, message: &Message) -> Result<(), SendError> {
        self.check_size(message)?;
        if let Some(reason) = self.close_reason() {
            return Err(SendError::Closed(reason));
        }
        if !self.is_open() {
            return Err(SendError::NotOpen);
        }
        if !self.turns.borrow().is_empty() || !self.has_room() {
            return Err(SendError::Full);
        }
        self.hand_over(message)
    }

    /// Whether the browser takes a message now. Asked before every wait, because the event comes only once.
    fn has_room(&self) -> bool {
        let raw = self.raw.borrow();
        let Some(raw) = raw.as_ref() else {
            return false;
        };
        // Already closing, and the event is on its way.
        if !self.is_open() || raw.channel.ready_state() != RtcDataChannelState::Open {
            return false;
        }
        if self.blocked.get() && raw.channel.buffered_amount() <= LOW_MARK {
            self.blocked.set(false);
        }
        !self.blocked.get()
    }

    /// Gives the message to the browser. Only after [`has_room`](Self::has_room) said so, in the same turn.
    fn hand_over(&self, message: &Message) -> Result<(), SendError> {
        self.check_size(message)?;
        let Some(channel) = self.raw() else {
            return Err(SendError::NotOpen);
        };
        let sent = match message {
            // web-sys binds `send(str)` for Rust strings alone, which would copy twice.
            Message::Text(text) => channel.unchecked_ref::<sys::TextChannel>().send_text(text),
            Message::Binary(bytes) => channel.send_with_js_u8_array(bytes),
        };
        sent.map_err(|error| SendError::Other {
            name: sys::error_name(&error),
        })?;
        // Firefox only lowers its figure at the low mark; it never reads too little, so this never sends too much.
        self.blocked.set(channel.buffered_amount() >= HIGH_MARK);
        Ok(())
    }

    fn opened(&self, limit: usize) {
        if self.close_reason().is_some() {
            return;
        }
        self.limit.set(limit.min(MAX_MESSAGE));
        self.phase.replace(Phase::Open);
        self.drained();
    }

    fn drained(&self) {
        self.blocked.set(false);
        let first = self.turns.borrow_mut().first();
        if let Some(waker) = first {
            waker.wake();
        }
    }

    fn received(&self, event: &Event) {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let Some(message) = Message::from_event_data(data) else {
            return;
        };
        let pushed = self.inbox.borrow_mut().push(message);
        if pushed.is_err() {
            tracing::warn!("closed a channel whose messages are not read");
            self.close(CloseReason::Overflow);
        }
        self.readable.wake();
    }

    fn failed(&self, event: &Event) {
        let detail = event
            .unchecked_ref::<sys::RtcErrorEvent>()
            .error()
            .and_then(|error| error.error_detail())
            .unwrap_or_else(|| "unknown".to_owned());
        tracing::debug!(%detail, "a data channel failed");
        self.ended(CloseReason::Failed { detail });
    }

    /// The data channel is gone.
    fn ended(&self, reason: CloseReason) {
        if !self.declared {
            self.close(reason);
            return;
        }
        let raw = self.raw.take();
        if self.is_open() {
            self.phase.replace(Phase::Waiting);
        }
        if let Some(raw) = raw {
            raw.channel.close();
        }
        // Those that only send while it is open.
        self.wake_senders();
    }
}

/// Dropping the last handle closes: nobody can read or send any more.
impl Drop for Pipe {
    fn drop(&mut self) {
        self.close(CloseReason::Local);
    }
}

/// A place in the queue of senders, given up on drop.
#[derive(Debug)]
pub(crate) struct Turn {
    pipe: Rc<Pipe>,
    ticket: Option<Ticket>,
}

impl Turn {
    pub(crate) fn new(pipe: &Rc<Pipe>) -> Self {
        Self {
            pipe: Rc::clone(pipe),
            ticket: None,
        }
    }

    /// Ready when it is this sender's turn and the browser has room. The place in the queue is that of the first call.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError>> {
        if let Some(reason) = self.pipe.close_reason() {
            return Poll::Ready(Err(SendError::Closed(reason)));
        }
        let mut turns = self.pipe.turns.borrow_mut();
        let ticket = match self.ticket {
            Some(ticket) => ticket,
            None => match turns.enter() {
                Some(ticket) => *self.ticket.insert(ticket),
                None => return Poll::Ready(Err(SendError::Busy)),
            },
        };
        if turns.is_first(ticket) && self.pipe.has_room() {
            return Poll::Ready(Ok(()));
        }
        turns.register(ticket, cx);
        Poll::Pending
    }

    /// Uses the turn. After [`poll`](Self::poll) was ready; `Err(NotOpen)` when the channel has been interrupted since.
    pub(crate) fn send(self, message: &Message) -> Result<(), SendError> {
        if !self.pipe.has_room() {
            return Err(self
                .pipe
                .close_reason()
                .map_or(SendError::NotOpen, SendError::Closed));
        }
        self.pipe.hand_over(message)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let next = self.pipe.turns.borrow_mut().leave(ticket);
            if let Some(waker) = next {
                waker.wake();
            }
        }
    }
}
