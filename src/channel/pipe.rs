//! One channel to one peer, through every data channel that carries it in turn.

mod bundling;
mod receiving;
mod room;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use handclasp_core::bundle::Bundle;
use handclasp_core::latest::Latest;
use handclasp_core::ledger::{Arrival, Ledger, Tally};
use handclasp_core::lossy::{Lossy, MAX_WAITING};
use handclasp_core::message::{ChannelKey, Frame};
use wasm_bindgen::JsCast;
use web_sys::{Event, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use super::assembly::Assembly;
use super::closing::close_when_sent;
use super::inbox::Inbox;
use super::readable::Readable;
use super::turns::Turns;
use crate::error::{CloseReason, FlushError};
use crate::message::Message;
use crate::options::ChannelOptions;
use crate::sys;
use crate::wakers::{Wakers, within};

/// Sending stops when this many bytes wait in the browser. Chromium throws above 16 MiB and Firefox silently loses what is
/// above 64 MiB; a megabyte keeps any path busy that a browser's congestion control can fill.
pub const HIGH_MARK: u32 = 1024 * 1024;

/// Sending goes on when no more than this many bytes wait: so many that the browser, which tells of it between other work, does not run dry
/// meanwhile.
pub const LOW_MARK: u32 = HIGH_MARK / LOW_PART;

/// What part of the high mark the low one is.
const LOW_PART: u32 = 4;

/// Largest message in bytes on a channel that is reliable and ordered, where what is above 64 KiB goes in fragments.
pub const MAX_MESSAGE: usize = handclasp_core::fragments::MAX_MESSAGE as usize;

/// Largest message in bytes on other channels, between any two browsers: Chromium's `maxMessageSize`. Firefox accepts more and loses it above 8 MiB.
pub const MAX_UNDIVIDED: usize = 256 * 1024;

/// How long [`Channel::finish`](super::Channel::finish) waits for the peer: longer than a connection takes to be built anew.
pub const FINISH_DEADLINE_MS: u32 = 15_000;

/// The connection as a pipe needs it.
pub(crate) trait Carrier {
    /// How many bytes one message may have; asked once a channel is open.
    fn message_limit(&self) -> usize;
    /// Sends on the control channel.
    fn say(&self, frame: &Frame);
}

/// The state behind a [`Channel`](super::Channel). It outlives connections: each in turn carries it.
pub(crate) struct Pipe {
    label: String,
    key: ChannelKey,
    options: ChannelOptions,
    raw: RefCell<Option<Raw>>,
    carrier: RefCell<Option<Weak<dyn Carrier>>>,
    phase: RefCell<Phase>,
    limit: Cell<usize>,
    /// Sending stops when so many bytes wait in the browser.
    high: Cell<u32>,
    /// Whether the high mark was reached, and the low mark has not been since.
    blocked: Cell<bool>,
    /// The peer has closed the channel; what it sent before may still come.
    closing: Cell<bool>,
    /// A message was given up whose beginning is out, and the peer has not been told.
    aborting: Cell<bool>,
    ledger: RefCell<Ledger<Message>>,
    /// Small messages that go together.
    bundle: RefCell<Bundle>,
    /// Of an unreliable channel: what waits for the browser in place of its sender.
    lossy: Option<RefCell<Lossy<Message>>>,
    /// Stamps, where only the newest message counts.
    latest: RefCell<Latest>,
    turns: RefCell<Turns>,
    inbox: RefCell<Inbox>,
    assembly: RefCell<Assembly>,
    /// What has come on this connection before it is known whose it is.
    held: RefCell<Inbox>,
    /// Shared by the pipes that one [`RoomChannel`](crate::RoomChannel) reads.
    readable: Rc<Readable>,
    /// Those who wait until the peer has what was sent.
    flushing: Wakers,
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
    pub(crate) fn new(
        label: String,
        key: ChannelKey,
        options: ChannelOptions,
        readable: Rc<Readable>,
    ) -> Rc<Self> {
        let epoch = u32::from_be_bytes(sys::random());
        let ledger = Ledger::new(epoch, options.is_reliable_and_ordered(), key.is_opened());
        let waiting = if options.latest { 1 } else { MAX_WAITING };
        let lossy = (!options.is_reliable()).then(|| RefCell::new(Lossy::new(waiting)));
        Rc::new(Self {
            label,
            key,
            options,
            raw: RefCell::new(None),
            carrier: RefCell::new(None),
            phase: RefCell::new(Phase::Waiting),
            limit: Cell::new(MAX_UNDIVIDED),
            high: Cell::new(HIGH_MARK),
            blocked: Cell::new(false),
            closing: Cell::new(false),
            aborting: Cell::new(false),
            ledger: RefCell::new(ledger),
            bundle: RefCell::default(),
            lossy,
            latest: RefCell::default(),
            turns: RefCell::default(),
            inbox: RefCell::default(),
            assembly: RefCell::default(),
            held: RefCell::default(),
            readable,
            flushing: Wakers::default(),
        })
    }

    pub(crate) fn readable(&self) -> &Readable {
        &self.readable
    }

    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    pub(crate) fn key(&self) -> ChannelKey {
        self.key
    }

    pub(crate) fn options(&self) -> &ChannelOptions {
        &self.options
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

    /// A connection begins that will carry this pipe.
    pub(crate) fn begin(&self, carrier: Weak<dyn Carrier>) {
        self.ledger.borrow_mut().connect();
        self.latest.borrow_mut().connected();
        self.held.take();
        self.carrier.replace(Some(carrier));
    }

    /// From now on `channel` carries this pipe, on the connection that has begun. Must be called before the browser delivers
    /// events to it, that is at once.
    pub(crate) fn attach(self: &Rc<Self>, channel: RtcDataChannel) {
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(self.low_mark());
        if self.close_reason().is_some() {
            channel.close();
            return;
        }
        let on = |event: &'static str, act: fn(&Rc<Self>, &Event)| {
            let pipe = Rc::downgrade(self);
            EventListener::new(&channel, event, move |event| {
                if let Some(pipe) = pipe.upgrade() {
                    act(&pipe, event);
                }
            })
        };
        let listeners = [
            on("open", |pipe, _| pipe.advance()),
            on("message", Self::received),
            on("bufferedamountlow", |pipe, _| pipe.drained()),
            on("close", |pipe, _| pipe.ended()),
            on("error", Self::failed),
        ];
        *self.raw.borrow_mut() = Some(Raw {
            channel,
            _listeners: listeners,
        });
        self.advance();
    }

    /// The connection that carried this pipe is gone; the pipe waits for the next one.
    pub(crate) fn detach(&self) {
        self.carrier.take();
        self.ended();
    }

    /// Ends the pipe for good. What the browser holds is still delivered; sends that wait fail.
    pub(crate) fn close(&self, reason: CloseReason) {
        if self.close_reason().is_some() {
            return;
        }
        self.send_bundle();
        // Said in so many words: the closing of a data channel alone may as well be that of its connection.
        let of_this_side = matches!(
            reason,
            CloseReason::Local | CloseReason::Overflow | CloseReason::Malformed
        );
        if self.key.is_opened() && of_this_side {
            let carried = self.raw.borrow().is_some();
            let channel = self.key;
            self.say(&Frame::Closed { channel, carried });
        }
        self.phase.replace(Phase::Closed(reason));
        if let Some(raw) = self.raw.take() {
            close_when_sent(&raw.channel);
        }
        self.wake_senders();
        if self.key.is_opened() {
            // It holds the channel, which would hold it.
            self.readable.set_reader(None);
        }
        self.readable.wake();
        self.flushing.wake();
    }

    /// The peer has closed the channel: it ends when what was sent before has come, that is with its data channel, which may not
    /// even be here yet.
    pub(crate) fn closed_by_peer(&self, carried: bool) {
        self.closing.set(true);
        if !carried && self.raw.borrow().is_none() {
            self.close(CloseReason::Remote);
        }
    }

    /// What has come, for the start of a connection.
    pub(crate) fn tally(&self) -> Tally {
        self.ledger.borrow_mut().tally()
    }

    /// The peer tells what has come there.
    pub(crate) fn told(&self, tally: Tally) {
        // Before it is known whether the peer began anew: what waits was meant for whom it was before.
        self.send_bundle();
        let told = self.ledger.borrow_mut().told(tally);
        match told {
            Ok(told) => {
                if told.anew {
                    self.aborting.set(false);
                    let load = self.assembly.take().load();
                    self.credit(load);
                }
                if told.tell {
                    self.tell(self.tally());
                }
                self.release();
                self.advance();
                // There may be room in the ledger now.
                self.wake_next();
                self.flushing.wake();
            }
            Err(error) => {
                tracing::warn!(%error, "closed a channel");
                let detail = "message-count".to_owned();
                self.close(CloseReason::Failed { detail });
            }
        }
    }

    /// The peer has never heard of this channel, which was opened before a connection that came to nothing.
    pub(crate) fn unknown_to_peer(&self) {
        let resume = self.ledger.borrow_mut().unknown();
        match resume {
            Ok(()) => self.advance(),
            Err(_) => self.close(CloseReason::Lost),
        }
    }

    /// Ready when the peer has everything that was sent before the call.
    pub(crate) async fn flush(&self) -> Result<(), FlushError> {
        self.send_bundle();
        let mark = self.ledger.borrow_mut().mark();
        let mark = mark.ok_or(FlushError::Uncounted)?;
        let arrival = || self.ledger.borrow().arrival(mark);
        if arrival() == Arrival::Awaited {
            // The peer answers as soon as it has it; on a new connection, the first tally asks again.
            self.tell(self.tally());
        }
        let is_over = || arrival() != Arrival::Awaited || self.close_reason().is_some();
        self.flushing.until(is_over).await;
        match (arrival(), self.close_reason()) {
            (Arrival::Arrived, _) => Ok(()),
            (Arrival::Awaited, Some(reason)) => Err(FlushError::Closed(reason)),
            _ => Err(FlushError::Forgotten),
        }
    }

    /// Flushes, within [`FINISH_DEADLINE_MS`], and closes.
    pub(crate) async fn finish(&self) -> Result<(), FlushError> {
        let flushed = within(FINISH_DEADLINE_MS, self.flush()).await;
        self.close(CloseReason::Local);
        match flushed {
            // What nobody counts the browser still sends.
            Some(Err(FlushError::Uncounted)) => Ok(()),
            Some(flushed) => flushed,
            None => Err(FlushError::Late),
        }
    }

    fn tell(&self, tally: Tally) {
        self.say(&Frame::Tallies {
            all: false,
            tallies: vec![(self.key, tally)],
        });
    }

    fn say(&self, frame: &Frame) {
        let carrier = self.carrier.borrow().as_ref().and_then(Weak::upgrade);
        if let Some(carrier) = carrier {
            carrier.say(frame);
        }
    }

    /// Opens when the data channel is open and nothing has to be waited for; on a later connection, with what may have been lost.
    fn advance(&self) {
        let waits = *self.phase.borrow() == Phase::Waiting && self.ledger.borrow().is_open();
        let open = |channel: &RtcDataChannel| channel.ready_state() == RtcDataChannelState::Open;
        let Some(channel) = self.raw().filter(|channel| waits && open(channel)) else {
            return;
        };
        let carrier = self.carrier.borrow().as_ref().and_then(Weak::upgrade);
        let limit = carrier.map_or(MAX_UNDIVIDED, |carrier| carrier.message_limit());
        self.limit.set(limit.min(MAX_UNDIVIDED));
        self.blocked.set(false);
        let again: Vec<_> = self.ledger.borrow().again().cloned().collect();
        for message in again {
            if let Err(error) = self.transmit(&channel, &message) {
                // Closing already: the next connection will carry them.
                tracing::debug!(%error, "not repeated yet");
                return;
            }
        }
        self.phase.replace(Phase::Open);
        if let Some(lossy) = &self.lossy {
            lossy.borrow_mut().connected();
            self.pump();
        }
        self.wake_next();
    }

    fn failed(self: &Rc<Self>, event: &Event) {
        let detail = event
            .unchecked_ref::<sys::RtcErrorEvent>()
            .error()
            .and_then(|error| error.error_detail())
            .unwrap_or_else(|| "unknown".to_owned());
        tracing::debug!(%detail, "a data channel failed");
        self.ended();
    }

    /// The data channel is gone.
    fn ended(&self) {
        self.send_bundle();
        let raw = self.raw.take();
        if self.is_open() {
            self.phase.replace(Phase::Waiting);
        }
        if let Some(raw) = raw {
            close_when_sent(&raw.channel);
        }
        if self.closing.get() {
            self.close(CloseReason::Remote);
        }
        // Those that only send while it is open.
        self.wake_senders();
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe").finish_non_exhaustive()
    }
}

/// Dropping the last handle closes: nobody can read or send any more.
impl Drop for Pipe {
    fn drop(&mut self) {
        self.close(CloseReason::Local);
    }
}
