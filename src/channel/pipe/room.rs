//! What goes: whether there is room, and what is given to the browser.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use handclasp_core::flow::Load;
use handclasp_core::fragments::Kind;
use handclasp_core::latest::STAMP;
use handclasp_core::lossy::Lossy;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{RtcDataChannel, RtcDataChannelState};

use super::super::sending::Keep;
use super::super::turns::Turns;
use super::{HIGH_MARK, LOW_PART, Phase, Pipe};
use crate::error::SendError;
use crate::message::Message;
use crate::sys;

impl Pipe {
    /// Whether large messages go in fragments.
    pub(in crate::channel) fn keeps(&self) -> bool {
        self.ledger.borrow().keeps()
    }

    /// Lets less wait in the browser than [`HIGH_MARK`].
    pub(in crate::channel) fn set_high_mark(&self, high: u32) {
        self.high.set(high);
        if let Some(channel) = self.raw() {
            channel.set_buffered_amount_low_threshold(self.low_mark());
        }
    }

    /// Sending goes on when no more than this many bytes wait in the browser.
    pub(super) fn low_mark(&self) -> u32 {
        self.high.get() / LOW_PART
    }

    /// Whether nobody waits for room.
    pub(in crate::channel) fn is_lossy(&self) -> bool {
        self.lossy.is_some()
    }

    /// How often the peer has begun anew.
    pub(in crate::channel) fn visit(&self) -> u32 {
        self.ledger.borrow().visit()
    }

    pub(in crate::channel) fn turns(&self) -> &RefCell<Turns> {
        &self.turns
    }

    pub(in crate::channel) fn check_open(&self) -> Result<(), SendError> {
        match &*self.phase.borrow() {
            Phase::Open => Ok(()),
            Phase::Waiting => Err(SendError::NotOpen),
            Phase::Closed(reason) => Err(SendError::Closed(reason.clone())),
        }
    }

    /// Whether the message may be too large for any connection, or for the present one.
    pub(crate) fn check_size(&self, message: &Message) -> Result<(), SendError> {
        let stamp = if self.options.latest { STAMP } else { 0 };
        let limit = self.limit.get().saturating_sub(stamp);
        message
            .fits(limit)
            .map_err(|size| SendError::TooLarge { size, limit })
    }

    /// Whether a message may go that has not waited for its turn.
    pub(in crate::channel) fn has_room_for_another(&self) -> bool {
        self.turns.borrow().is_empty() && self.has_room()
    }

    /// Whether so much may go at once.
    pub(in crate::channel) fn has_room_for(&self, more: Load) -> bool {
        let waiting = self.raw().map_or(0, |channel| channel.buffered_amount());
        waiting.saturating_add(more.bytes) <= HIGH_MARK && self.ledger.borrow().has_room_for(more)
    }

    /// Whether there is room for a message of the application. On a lossy channel there always is.
    pub(in crate::channel) fn has_room(&self) -> bool {
        if self.is_lossy() {
            return true;
        }
        self.finish_abort();
        !self.aborting.get() && self.takes_one()
    }

    /// Whether the browser takes a message now. Asked before every wait, because the event comes only once.
    fn takes_one(&self) -> bool {
        let raw = self.raw.borrow();
        let Some(raw) = raw.as_ref() else {
            return false;
        };
        // Already closing, and the event is on its way.
        if !self.is_open() || raw.channel.ready_state() != RtcDataChannelState::Open {
            return false;
        }
        if self.blocked.get() && raw.channel.buffered_amount() <= self.low_mark() {
            self.blocked.set(false);
        }
        !self.blocked.get() && self.ledger.borrow().has_room()
    }

    /// Gives the message to the browser, and to the ledger what `keep` makes of it. Only after [`has_room`](Self::has_room) said so, in the same turn.
    pub(in crate::channel) fn hand_over(
        self: &Rc<Self>,
        message: &Message,
        keep: Keep,
    ) -> Result<(), SendError> {
        self.check_size(message)?;
        if self.bundles(message) {
            self.add_to_bundle(message);
            return Ok(());
        }
        self.hand_over_alone(message, keep)
    }

    /// The same, in a data-channel message of its own.
    pub(in crate::channel) fn hand_over_alone(
        &self,
        message: &Message,
        keep: Keep,
    ) -> Result<(), SendError> {
        self.send_bundle();
        let stamped = self.options.latest.then(|| self.stamped(message));
        let (message, keep) = match &stamped {
            Some(stamped) => (stamped, Message::clone as Keep),
            None => (message, keep),
        };
        if let Some(lossy) = &self.lossy {
            let bytes = Load::one(message.memory()).bytes;
            if !self.is_clear(lossy) {
                lossy.borrow_mut().push(keep(message), bytes);
                self.pump();
                return Ok(());
            }
        }
        let Some(channel) = self.raw() else {
            return Err(SendError::NotOpen);
        };
        self.transmit(&channel, message)?;
        let mut ledger = self.ledger.borrow_mut();
        if ledger.keeps() {
            ledger.sent(keep(message), Load::one(message.memory()));
        }
        Ok(())
    }

    /// Gives the message to the browser as it is.
    pub(super) fn transmit(
        &self,
        channel: &RtcDataChannel,
        message: &Message,
    ) -> Result<(), SendError> {
        let sent = match message {
            // web-sys binds `send(str)` for Rust strings alone, which would copy twice.
            Message::Text(text) => channel.unchecked_ref::<sys::TextChannel>().send_text(text),
            Message::Binary(bytes) => channel.send_with_js_u8_array(bytes),
        };
        sent.map_err(|error| SendError::Other {
            name: sys::error_name(&error),
        })?;
        // Firefox only lowers its figure at the low mark; it never reads too little, so this never sends too much.
        self.blocked
            .set(channel.buffered_amount() >= self.high.get());
        Ok(())
    }

    /// The message behind its stamp.
    fn stamped(&self, message: &Message) -> Message {
        let (kind, content) = match message {
            Message::Binary(bytes) => (Kind::Bytes, bytes.clone()),
            Message::Text(text) => (Kind::Text, sys::encode(text)),
        };
        let stamp = self.latest.borrow_mut().stamp(kind);
        let stamped = Uint8Array::new_with_length(STAMP as u32 + content.length());
        stamped.set(&Uint8Array::from(&stamp[..]), 0);
        stamped.set(&content, STAMP as u32);
        Message::Binary(stamped)
    }

    /// Whether a message can go to the browser at once, past nobody.
    fn is_clear(&self, lossy: &RefCell<Lossy<Message>>) -> bool {
        let channel = self.raw().filter(|_| self.is_open());
        channel.is_some_and(|channel| lossy.borrow().is_clear(channel.buffered_amount()))
    }

    /// Gives the browser what it would send soon.
    pub(super) fn pump(&self) {
        let Some((lossy, channel)) = self.lossy.as_ref().zip(self.raw()) else {
            return;
        };
        while self.is_open() {
            let buffered = channel.buffered_amount();
            let Some(message) = lossy.borrow_mut().pop(buffered, sys::now()) else {
                break;
            };
            if let Err(error) = self.transmit(&channel, &message) {
                // Closing already, and it may be lost.
                tracing::debug!(%error, "not sent");
            }
        }
        channel.set_buffered_amount_low_threshold(lossy.borrow().low_mark());
    }

    /// How many messages gave way to newer ones before they went.
    pub(crate) fn dropped(&self) -> u64 {
        let lossy = self.lossy.as_ref();
        lossy.map_or(0, |lossy| lossy.borrow().dropped())
    }

    /// The peer is to drop what it has of a message in fragments.
    pub(in crate::channel) fn abort(&self) {
        self.aborting.set(true);
        self.finish_abort();
    }

    pub(super) fn finish_abort(&self) {
        if self.aborting.get() && self.takes_one() {
            let end = Message::Binary(Uint8Array::new_with_length(0));
            let sent = self.hand_over_alone(&end, Message::clone);
            self.aborting.set(sent.is_err());
        }
    }

    pub(super) fn drained(&self) {
        self.blocked.set(false);
        self.pump();
        self.wake_next();
    }

    pub(super) fn wake_next(&self) {
        self.finish_abort();
        let first = self.turns.borrow_mut().first();
        if let Some(waker) = first {
            waker.wake();
        }
    }

    pub(super) fn wake_senders(&self) {
        let waiting = self.turns.borrow_mut().all();
        waiting.into_iter().for_each(Waker::wake);
    }
}
