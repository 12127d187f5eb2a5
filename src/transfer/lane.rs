//! One more connection to the peer of a transfer, for its data alone.
//!
//! It is a plain one: what it loses is sent over the channel. Offer and answer go over the channel, whole, so that the fingerprints in them are as good as
//! those of its own connection.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Event, EventTarget, MessageEvent, RtcDataChannel, RtcDataChannelInit, RtcDataChannelState,
    RtcDataChannelType, RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

use super::shared::Shared;
use crate::message::Message;
use crate::sys;
use crate::task::{self, Until};
use crate::wakers::{Wakers, within};

/// Less than this has to wait in the browser for it to be given another message: enough for some milliseconds of a quick lane, and little to wait for at
/// the end on a slow one.
const LOW_MARK: u32 = 64 * 1024;

/// How long addresses are gathered: without a server that answers, those of the device have come long before.
const GATHERING_MS: u32 = 2000;

/// A lane that is not used any more has about a second to deliver what is on it.
const LOOKS: u32 = 4;

/// How long it may take from the beginning until it is open.
const OPENING_MS: u32 = 15_000;

/// See the [module](self).
pub(super) struct Lane {
    number: Cell<Option<u32>>,
    pc: sys::PeerConnection,
    channel: RtcDataChannel,
    /// Whether the browser was given enough, and has not said since that it wants more.
    blocked: Cell<bool>,
    /// Whether all has waited for it before: then it gets one message at a time.
    slow: Cell<bool>,
    /// Whether nothing more is to go over it.
    retired: Cell<bool>,
    /// How often it was looked at since.
    looks: Cell<u32>,
    answer: RefCell<Option<String>>,
    wakers: Wakers,
    listeners: RefCell<Vec<EventListener>>,
    opening: RefCell<Option<Until>>,
}

/// Makes a lane, and offers it.
pub(super) fn open(shared: &Rc<Shared>) {
    if let Some(lane) = Lane::make(shared, None) {
        let opening = offer(Rc::clone(shared), Rc::clone(&lane));
        lane.run(shared, opening);
    }
}

/// Makes a lane that was offered, and answers.
pub(super) fn accept(shared: &Rc<Shared>, number: u32, sdp: String) {
    match Lane::make(shared, Some(number)) {
        Some(lane) => {
            let opening = answer(Rc::clone(shared), Rc::clone(&lane), sdp);
            lane.run(shared, opening);
        }
        None => {
            shared.receiver(|receiver| receiver.end_lane(number));
        }
    }
}

/// `None` when it comes to nothing.
async fn offer(shared: Rc<Shared>, lane: Rc<Lane>) -> Option<()> {
    let sdp = lane.describe().await?;
    let number = shared.sender(|sender| sender.offer_lane(sdp))??;
    lane.number.set(Some(number));
    shared.stir();
    lane.wakers.until(|| lane.answer.borrow().is_some()).await;
    let sdp = lane.answer.take()?;
    lane.hear(RtcSdpType::Answer, &sdp).await?;
    lane.wakers.until(|| lane.is_open()).await;
    Some(())
}

async fn answer(shared: Rc<Shared>, lane: Rc<Lane>, offer: String) -> Option<()> {
    lane.hear(RtcSdpType::Offer, &offer).await?;
    let sdp = lane.describe().await?;
    let number = lane.number.get()?;
    shared.receiver(|receiver| receiver.answer_lane(number, sdp));
    shared.stir();
    lane.wakers.until(|| lane.is_open()).await;
    Some(())
}

impl Lane {
    /// `None` when the browser makes no connection.
    fn make(shared: &Rc<Shared>, number: Option<u32>) -> Option<Rc<Self>> {
        // The same servers, policy and certificate.
        let configuration = shared.peer().connection()?.get_configuration();
        let made = sys::PeerConnection::new(&configuration).and_then(|pc| {
            let init = RtcDataChannelInit::new();
            init.set_negotiated(true);
            init.set_id(0);
            init.set_ordered(false);
            match pc.try_create_data_channel("handclasp.lane", &init) {
                Ok(channel) => Ok((pc, channel)),
                Err(error) => {
                    pc.close();
                    Err(error)
                }
            }
        });
        let (pc, channel) = made.inspect_err(no_lane).ok()?;
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW_MARK);
        let lane = Rc::new(Self {
            number: Cell::new(number),
            pc,
            channel,
            blocked: Cell::new(false),
            slow: Cell::new(false),
            retired: Cell::new(false),
            looks: Cell::new(0),
            answer: RefCell::default(),
            wakers: Wakers::default(),
            listeners: RefCell::default(),
            opening: RefCell::default(),
        });
        lane.listen(shared);
        shared.lanes.borrow_mut().push(Rc::clone(&lane));
        Some(lane)
    }

    /// Runs what opens it. A lane that is closed takes that with it.
    fn run(
        self: &Rc<Self>,
        shared: &Rc<Shared>,
        opening: impl Future<Output = Option<()>> + 'static,
    ) {
        let (lane, shared) = (Rc::clone(self), Rc::clone(shared));
        let (opening, until) = task::stoppable(async move {
            let opened = within(OPENING_MS, opening).await.flatten();
            match opened {
                Some(()) => shared.stir(),
                None => shared.lose_lane(&lane),
            }
        });
        self.opening.replace(Some(until));
        task::spawn(opening);
    }

    fn listen(self: &Rc<Self>, shared: &Rc<Shared>) {
        type Act = fn(&Rc<Shared>, &Rc<Lane>, &Event);
        let on = |target: &EventTarget, event: &'static str, act: Act| {
            let (shared, lane) = (Rc::downgrade(shared), Rc::downgrade(self));
            EventListener::new(target, event, move |event| {
                if let Some((shared, lane)) = Weak::upgrade(&shared).zip(lane.upgrade()) {
                    act(&shared, &lane, event);
                }
            })
        };
        let (pc, channel): (&EventTarget, &EventTarget) = (&self.pc, &self.channel);
        self.listeners.replace(vec![
            on(pc, "icegatheringstatechange", |_, lane, _| {
                lane.wakers.wake()
            }),
            on(pc, "connectionstatechange", |shared, lane, _| {
                // Whether it would come back is not waited for: all that follows waits for what is on it.
                let state = lane.pc.connection_state();
                let silent = [
                    RtcPeerConnectionState::Disconnected,
                    RtcPeerConnectionState::Failed,
                ];
                if silent.contains(&state) {
                    shared.lose_lane(lane);
                }
            }),
            on(channel, "open", |_, lane, _| lane.wakers.wake()),
            on(channel, "close", |shared, lane, _| shared.lose_lane(lane)),
            on(channel, "error", |shared, lane, _| shared.lose_lane(lane)),
            on(channel, "bufferedamountlow", |shared, lane, _| {
                lane.blocked.set(false);
                shared.stirred.wake();
            }),
            on(channel, "message", |shared, _, event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                shared.hear_lane(Message::from_event_data(data));
            }),
        ]);
    }

    /// The local description, with the addresses that were gathered.
    async fn describe(&self) -> Option<String> {
        let set = self.pc.set_implicit_local_description();
        sys::settled(&set).await?.inspect_err(no_lane).ok()?;
        let gathered = || self.pc.gathering_state() == "complete";
        let _ = within(GATHERING_MS, self.wakers.until(gathered)).await;
        Some(self.pc.local_description()?.sdp())
    }

    async fn hear(&self, kind: RtcSdpType, sdp: &str) -> Option<()> {
        let init = RtcSessionDescriptionInit::new(kind);
        init.set_sdp(sdp);
        let set = self.pc.set_remote_description(&init);
        sys::settled(&set)
            .await?
            .inspect_err(no_lane)
            .ok()
            .map(drop)
    }

    /// The receiver's answer.
    pub(super) fn answered(&self, sdp: String) {
        self.answer.replace(Some(sdp));
        self.wakers.wake();
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.number.get()
    }

    pub(super) fn is_open(&self) -> bool {
        self.channel.ready_state() == RtcDataChannelState::Open
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.get()
    }

    pub(super) fn retire(&self) {
        self.retired.set(true);
    }

    /// Whether what is on it since it was retired is not to be waited for any more. To be asked a few times a second.
    pub(super) fn is_overdue(&self) -> bool {
        self.looks.set(self.looks.get() + 1);
        self.looks.get() > LOOKS
    }

    /// All has waited for it.
    pub(super) fn slow_down(&self) {
        self.slow.set(true);
        self.blocked.set(true);
        self.channel.set_buffered_amount_low_threshold(0);
    }

    fn low_mark(&self) -> u32 {
        if self.slow.get() { 0 } else { LOW_MARK }
    }

    /// Whether the browser takes a message now.
    pub(super) fn has_room(&self) -> bool {
        if self.blocked.get() && self.channel.buffered_amount() <= self.low_mark() {
            self.blocked.set(false);
        }
        !self.blocked.get() && !self.is_retired() && self.is_open()
    }

    /// `false` when the browser does not take it.
    pub(super) fn send(&self, data: &Uint8Array) -> bool {
        let sent = self.channel.send_with_js_u8_array(data);
        // Firefox only lowers its figure at the low mark.
        self.blocked
            .set(self.channel.buffered_amount() > self.low_mark());
        sent.inspect_err(no_lane).is_ok()
    }

    /// Ends it at once, with everything that listens or waits.
    pub(super) fn close(&self) {
        self.retire();
        self.listeners.take();
        self.opening.take();
        self.pc.close();
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.close();
    }
}

fn no_lane(error: &JsValue) {
    tracing::debug!(error = %sys::error_name(error), "no lane");
}
