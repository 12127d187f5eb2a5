//! One more way to the peer of a transfer, for its data alone: a channel on the peer's own connection, or a connection more.
//!
//! It is a plain one: what it loses is sent over the transfer's channel. Offer and answer go over that channel, whole, so that the fingerprints in them are as good
//! as those of its own connection.
//!
//! The first lane is the one on the peer's own connection, the *home* lane, as soon as there is something worth it. Its channel belongs to whoever runs the
//! transfer, which may be a worker: so the page has no part in what flows.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use super::host::{Line, News, Plan};
use super::shared::Shared;
use crate::message::Message;
use crate::sys;
use crate::task::{self, Until};
use crate::wakers::{Wakers, within};

/// Less than this has to wait in the browser for it to be given another message: enough for some milliseconds of a quick lane, and little to wait for at
/// the end on a slow one.
const LOW_MARK: u32 = 64 * 1024;

/// No more than this has to wait on the home lane for it to be given more, until there is less than the low mark: it carries most, and is not to run dry.
const HOME_HIGH_MARK: u32 = 256 * 1024;

/// A lane that is not used any more has about a second to deliver what is on it.
const LOOKS: u32 = 4;

/// How long it may take from the beginning until it is open.
const OPENING_MS: u32 = 15_000;

/// See the [module](self).
pub(super) struct Lane {
    number: Cell<Option<u32>>,
    is_home: bool,
    line: RefCell<Option<Box<dyn Line>>>,
    channel: RefCell<Option<RtcDataChannel>>,
    /// Whether the browser was given enough, and has not said since that it wants more.
    blocked: Cell<bool>,
    /// Whether all has waited for it before: then it gets one message at a time.
    slow: Cell<bool>,
    /// Whether nothing more is to go over it.
    retired: Cell<bool>,
    /// How often it was looked at since.
    looks: Cell<u32>,
    wakers: Wakers,
    listeners: RefCell<Vec<EventListener>>,
    opening: RefCell<Option<Until>>,
}

/// Offers a lane.
pub(super) fn open(shared: &Rc<Shared>) {
    let lane = Lane::begin(shared, None, false);
    lane.make(shared, Plan::Offer);
}

/// Offers the home lane, unless there were enough.
pub(super) fn open_home(shared: &Rc<Shared>) {
    let number = shared.sender(|sender| sender.offer_lane(String::new()));
    if let Some(number) = number.flatten() {
        Lane::begin(shared, Some(number), true);
        shared.stir();
    }
}

/// Makes a lane that was offered, and answers.
pub(super) fn accept(shared: &Rc<Shared>, number: u32, sdp: String) {
    let is_home = sdp.is_empty();
    let lane = Lane::begin(shared, Some(number), is_home);
    if !is_home {
        return lane.make(shared, Plan::Answer(sdp));
    }
    lane.make(shared, Plan::Expect(protocol(shared, number)));
    shared.receiver(|receiver| receiver.answer_lane(number, sdp));
    shared.stir();
}

/// By which the channel of a home lane is known.
fn protocol(shared: &Shared, number: u32) -> String {
    format!("{}-{number}", shared.id())
}

impl Lane {
    /// Begins with nothing, and is lost unless it is open in time.
    fn begin(shared: &Rc<Shared>, number: Option<u32>, is_home: bool) -> Rc<Self> {
        let lane = Rc::new(Self {
            number: Cell::new(number),
            is_home,
            line: RefCell::default(),
            channel: RefCell::default(),
            blocked: Cell::new(false),
            slow: Cell::new(false),
            retired: Cell::new(false),
            looks: Cell::new(0),
            wakers: Wakers::default(),
            listeners: RefCell::default(),
            opening: RefCell::default(),
        });
        shared.lanes.borrow_mut().push(Rc::clone(&lane));
        let (opens, loses) = (Rc::clone(&lane), Rc::clone(shared));
        let (opening, until) = task::stoppable(async move {
            let open = opens.wakers.until(|| opens.is_open());
            match within(OPENING_MS, open).await {
                Some(()) => loses.stir(),
                None => loses.lose_lane(&opens),
            }
        });
        lane.opening.replace(Some(until));
        task::spawn(opening);
        lane
    }

    /// Has made what it is on.
    fn make(self: &Rc<Self>, shared: &Rc<Shared>, plan: Plan) {
        let (at, lane) = (Rc::downgrade(shared), Rc::downgrade(self));
        let tell = Rc::new(move |news| {
            if let Some((shared, lane)) = Weak::upgrade(&at).zip(lane.upgrade()) {
                lane.told(&shared, news);
            } else if let News::Channel(channel) = news {
                channel.close();
            }
        });
        match shared.host().line(plan, tell) {
            // Lost already, for all that was told.
            Some(_) if self.is_retired() => {}
            Some(line) => {
                self.line.replace(Some(line));
            }
            None => shared.lose_lane(self),
        }
    }

    fn told(self: &Rc<Self>, shared: &Rc<Shared>, news: News) {
        match news {
            // It was given up while that was on its way from the page.
            News::Channel(channel) if self.is_retired() => channel.close(),
            News::Channel(channel) => self.take(shared, channel),
            News::Description(sdp) => {
                if let Some(number) = self.number() {
                    shared.receiver(|receiver| receiver.answer_lane(number, sdp));
                } else {
                    let number = shared.sender(|sender| sender.offer_lane(sdp)).flatten();
                    if number.is_none() {
                        return shared.lose_lane(self);
                    }
                    self.number.set(number);
                }
                shared.stir();
            }
            News::Lost => shared.lose_lane(self),
        }
    }

    /// The receiver's answer.
    pub(super) fn answered(self: &Rc<Self>, shared: &Rc<Shared>, sdp: String) {
        let has_line = self.line.borrow().is_some();
        if let Some(line) = &*self.line.borrow() {
            line.answered(sdp);
        }
        if let Some(number) = self.number().filter(|_| self.is_home && !has_line) {
            self.make(shared, Plan::Make(protocol(shared, number)));
        }
    }

    fn take(self: &Rc<Self>, shared: &Rc<Shared>, channel: RtcDataChannel) {
        type Act = fn(&Rc<Shared>, &Rc<Lane>, &Event);
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(self.low_mark());
        let on = |event: &'static str, act: Act| {
            let (shared, lane) = (Rc::downgrade(shared), Rc::downgrade(self));
            EventListener::new(&channel, event, move |event| {
                if let Some((shared, lane)) = Weak::upgrade(&shared).zip(lane.upgrade()) {
                    act(&shared, &lane, event);
                }
            })
        };
        self.listeners.replace(vec![
            on("open", |_, lane, _| lane.wakers.wake()),
            on("close", |shared, lane, _| shared.lose_lane(lane)),
            on("error", |shared, lane, _| shared.lose_lane(lane)),
            on("bufferedamountlow", |shared, lane, _| {
                lane.blocked.set(false);
                shared.stirred.wake();
            }),
            on("message", |shared, _, event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                shared.hear_lane(Message::from_event_data(data));
            }),
        ]);
        self.channel.replace(Some(channel));
        self.wakers.wake();
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.number.get()
    }

    /// Whether it is on the peer's own connection.
    pub(super) fn is_home(&self) -> bool {
        self.is_home
    }

    pub(super) fn is_open(&self) -> bool {
        let channel = self.channel.borrow();
        let is_open = |channel: &RtcDataChannel| channel.ready_state() == RtcDataChannelState::Open;
        channel.as_ref().is_some_and(is_open)
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
        if let Some(channel) = &*self.channel.borrow() {
            channel.set_buffered_amount_low_threshold(0);
        }
    }

    fn low_mark(&self) -> u32 {
        if self.slow.get() { 0 } else { LOW_MARK }
    }

    fn high_mark(&self) -> u32 {
        if self.is_home && !self.slow.get() {
            HOME_HIGH_MARK
        } else {
            self.low_mark()
        }
    }

    /// Whether the browser takes a message now.
    pub(super) fn has_room(&self) -> bool {
        let channel = self.channel.borrow();
        let Some(channel) = &*channel else {
            return false;
        };
        if self.blocked.get() && channel.buffered_amount() <= self.low_mark() {
            self.blocked.set(false);
        }
        !self.blocked.get() && !self.is_retired() && self.is_open()
    }

    /// `false` when the browser does not take it.
    pub(super) fn send(&self, data: &Uint8Array) -> bool {
        let channel = self.channel.borrow();
        let Some(channel) = &*channel else {
            return false;
        };
        let sent = channel.send_with_js_u8_array(data);
        // Firefox only lowers its figure at the low mark.
        self.blocked
            .set(channel.buffered_amount() > self.high_mark());
        sent.inspect_err(no_lane).is_ok()
    }

    /// Ends it at once, with everything that listens or waits.
    pub(super) fn close(&self) {
        self.retire();
        self.listeners.take();
        self.opening.take();
        if let Some(channel) = self.channel.take() {
            channel.close();
        }
        self.line.take();
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
