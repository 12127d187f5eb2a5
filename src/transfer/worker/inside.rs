//! The worker: its transfers, and the page as they see it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::select;
use gloo_events::EventListener;
use handclasp_core::transfer::{FileState, Progress, Receiver, State, TransferError, TransferId};
use js_sys::{Array, Float64Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageEvent, RtcDataChannel};

use super::super::engine::{Engine, Told};
use super::super::here::HIGH_MARK;
use super::super::host::{Boxed, Facts, Host, Line, News, Plan, Tell};
use super::super::receiving;
use super::super::sending;
use super::super::shared::{Shared, Side};
use super::parcel::{Parcel, VERSION, Word, file_to, load, progress_to, send, send_bytes};
use crate::message::Message;
use crate::sys::Counterpart;
use crate::task::{self, Until};
use crate::wakers::{Giver, Wakers, handover, within};

/// Runs the transfers of the page that has made this worker, for as long as the worker lives. For the program of a dedicated worker; the page calls
/// [`use_worker`](super::use_worker).
pub fn serve() {
    let page: Counterpart = js_sys::global().unchecked_into();
    let transfers = Rc::<Transfers>::default();
    let to = page.clone();
    let listener = EventListener::new(&page, "message", move |event| {
        if let Some(parcel) = Parcel::of(event.unchecked_ref::<MessageEvent>()) {
            transfers.take(&to, &parcel);
        }
    });
    // It is what the worker is for.
    listener.forget();
    send(&page, Word::Ready, 0, &[VERSION.into()]);
}

#[derive(Default)]
struct Transfers(RefCell<BTreeMap<u32, Rc<There>>>);

impl Transfers {
    fn take(&self, page: &Counterpart, parcel: &Parcel) {
        match parcel.word {
            Word::Offer | Word::Receive => {
                let there = There::begin(page, parcel);
                self.0.borrow_mut().insert(parcel.transfer, there);
            }
            Word::Forget => {
                let forgotten = self.0.borrow_mut().remove(&parcel.transfer);
                if let Some(there) = forgotten {
                    there.forget();
                }
            }
            _ => {
                let known = self.0.borrow().get(&parcel.transfer).cloned();
                if let Some(there) = known {
                    there.take(parcel);
                }
            }
        }
    }
}

/// One transfer.
struct There {
    page: Rc<Page>,
    shared: RefCell<Option<Rc<Shared>>>,
    running: RefCell<Option<Until>>,
}

impl There {
    fn begin(page: &Counterpart, parcel: &Parcel) -> Rc<Self> {
        let there = Rc::new(Self {
            page: Rc::new(Page::new(page.clone(), parcel.transfer)),
            shared: RefCell::default(),
            running: RefCell::default(),
        });
        let offer = (parcel.word == Word::Offer).then(|| Offer::of(parcel));
        let weak = Rc::downgrade(&there);
        let (running, until) = task::stoppable(run(weak, Rc::clone(&there.page), offer));
        there.running.replace(Some(until));
        task::spawn(running);
        there
    }

    fn take(&self, parcel: &Parcel) {
        if parcel.word != Word::Act {
            return self.page.take(parcel);
        }
        let method = parcel.text(0).unwrap_or_default();
        let Some(shared) = self.shared.borrow().clone() else {
            if method == "discard" {
                self.page.send(Word::Discarded, &[]);
            }
            return;
        };
        match method.as_str() {
            "lanes" => shared.set_lanes(parcel.number(1).map(|lanes| lanes as usize)),
            "accept" => shared.accept(),
            "decline" => shared.decline(),
            "pause" => shared.pause(),
            "resume" => shared.resume(),
            "cancel" => shared.cancel(),
            "discard" => {
                let page = Rc::clone(&self.page);
                shared.cancel();
                task::spawn(async move {
                    shared.discard().await;
                    page.send(Word::Discarded, &[]);
                });
            }
            _ => {}
        }
    }

    fn forget(&self) {
        if let Some(shared) = self.shared.take() {
            shared.cancel();
        }
    }
}

/// What is to be sent.
struct Offer {
    id: TransferId,
    paths: Vec<String>,
    files: Vec<File>,
}

impl Offer {
    fn of(parcel: &Parcel) -> Self {
        let mut id = [0; TransferId::LEN];
        if let Some(bytes) = parcel.bytes()
            && bytes.length() as usize == id.len()
        {
            bytes.copy_to(&mut id);
        }
        let list = |index| {
            let list = parcel.get(index).dyn_into::<Array>();
            list.map(|list| list.to_vec()).unwrap_or_default()
        };
        Self {
            id: TransferId::from_bytes(id),
            paths: list(1).iter().filter_map(|path| path.as_string()).collect(),
            files: list(2).into_iter().map(JsCast::unchecked_into).collect(),
        }
    }
}

/// From the beginning until nobody wants to know more.
async fn run(there: Weak<There>, page: Rc<Page>, offer: Option<Offer>) {
    let made = match offer {
        Some(offer) => begin_sending(&page, offer),
        None => begin_receiving(&page).await,
    };
    let Some(shared) = made else {
        // The page has looked at the same before, and found it good.
        let failed = Progress {
            state: State::Failed(TransferError::Protocol),
            done: 0,
            total: 0,
            rate: 0,
            left: None,
            resumed: 0,
        };
        page.send(Word::News, &[progress_to(&failed, 0).into()]);
        return page.send(Word::Finish, &[]);
    };
    let Some(there) = there.upgrade() else {
        return;
    };
    there.shared.replace(Some(Rc::clone(&shared)));
    drop(there);
    tell(&page, &shared).await;
}

fn begin_sending(page: &Rc<Page>, offer: Offer) -> Option<Rc<Shared>> {
    let sender = sending::sender(offer.id, &offer.paths, &offer.files).ok()?;
    let host: Rc<dyn Host> = Rc::<Page>::clone(page);
    let shared = Rc::new(Shared::new(host, Side::Sending(sender)));
    sending::start(&shared, offer.files);
    Some(shared)
}

async fn begin_receiving(page: &Rc<Page>) -> Option<Rc<Shared>> {
    let receiver: Receiver<Uint8Array> = receiving::listing(&**page, drop).await.ok()?;
    let host: Rc<dyn Host> = Rc::<Page>::clone(page);
    let shared = Rc::new(Shared::new(host, Side::Receiving(receiver)));
    receiving::start(&shared);
    Some(shared)
}

/// Tells the page how it stands.
async fn tell(page: &Page, shared: &Rc<Shared>) {
    let told = Told::default();
    let mut known = Vec::new();
    loop {
        let mut changed = Vec::new();
        let mut arrived = Vec::new();
        {
            let side = shared.side();
            known.resize(side.files(), (FileState::Waiting, 0));
            for (index, known) in known.iter_mut().enumerate() {
                let now = side.file(index);
                if *known != now {
                    changed.extend(file_to(index, now));
                    if now.0 == FileState::Done && known.0 != FileState::Done {
                        arrived.push(index);
                    }
                    *known = now;
                }
            }
        }
        for received in arrived
            .into_iter()
            .filter_map(|it| shared.received_file(it))
        {
            let content = [
                (received.index as f64).into(),
                received.file.into(),
                received.on_disk.into(),
            ];
            page.send(Word::Arrived, &content);
        }
        let progress = progress_to(&shared.progress(), shared.open_lanes());
        let changed = Float64Array::from(changed.as_slice());
        page.send(Word::News, &[progress.into(), changed.into()]);
        let next = pin!(told.next(shared));
        if shared.is_over() {
            next.await;
        } else {
            // That it is over is told at once.
            let over = pin!(shared.stirred.until(|| shared.is_over()));
            select(next, over).await;
        }
    }
}

/// The page of one transfer.
struct Page {
    to: Counterpart,
    transfer: u32,
    closed: Cell<bool>,
    heard: RefCell<VecDeque<Uint8Array>>,
    /// Bytes that the page was given to say, and that have not gone.
    under_way: Cell<u32>,
    finished: Cell<bool>,
    asked: RefCell<Option<Giver<Facts>>>,
    lines: RefCell<BTreeMap<u32, Tell>>,
    next_line: Cell<u32>,
    /// Woken when something of this is different.
    changed: Wakers,
}

impl Page {
    fn new(to: Counterpart, transfer: u32) -> Self {
        Self {
            to,
            transfer,
            closed: Cell::new(false),
            heard: RefCell::default(),
            under_way: Cell::new(0),
            finished: Cell::new(false),
            asked: RefCell::default(),
            lines: RefCell::default(),
            next_line: Cell::new(0),
            changed: Wakers::default(),
        }
    }

    fn send(&self, word: Word, content: &[JsValue]) {
        send(&self.to, word, self.transfer, content);
    }

    fn take(&self, parcel: &Parcel) {
        match parcel.word {
            Word::Heard => self.heard.borrow_mut().extend(parcel.bytes()),
            Word::Gone => {
                let gone = parcel.number(0).unwrap_or_default() as u32;
                self.under_way
                    .set(self.under_way.get().saturating_sub(gone));
            }
            Word::Closed => self.closed.set(true),
            Word::Finished => {
                self.closed.set(true);
                self.finished.set(true);
            }
            Word::Facts => {
                let rtt = parcel.number(0).map(|rtt| rtt.max(0.0) / 1000.0);
                let facts = Facts {
                    rtt: rtt.and_then(|rtt| Duration::try_from_secs_f64(rtt).ok()),
                    loss: parcel.number(1),
                };
                if let Some(giver) = self.asked.take() {
                    giver.give(facts);
                }
            }
            Word::Channel | Word::Description | Word::Lost => self.take_line(parcel),
            _ => {}
        }
        self.changed.wake();
    }

    fn take_line(&self, parcel: &Parcel) {
        let line = parcel.number(0).map(|line| line as u32);
        let tell = line.and_then(|line| self.lines.borrow().get(&line).cloned());
        let channel = || parcel.get(1).unchecked_into::<RtcDataChannel>();
        match (parcel.word, tell) {
            (Word::Channel, Some(tell)) => tell(News::Channel(channel())),
            (Word::Channel, None) => channel().close(),
            (Word::Description, Some(tell)) => {
                tell(News::Description(parcel.text(1).unwrap_or_default()));
            }
            (_, Some(tell)) => tell(News::Lost),
            (_, None) => {}
        }
    }
}

/// How long the page may take to answer. One that is busy is asked again later.
const ANSWER_MS: u32 = 5000;

impl Host for Page {
    /// The page knows, and says so of its own.
    fn is_connected(&self) -> bool {
        true
    }

    fn is_closed(&self) -> bool {
        self.closed.get()
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.is_closed() {
            return Poll::Ready(false);
        }
        if self.under_way.get() < HIGH_MARK {
            return Poll::Ready(true);
        }
        self.changed.register(cx);
        Poll::Pending
    }

    fn send(&self, message: &Uint8Array) -> bool {
        if self.is_closed() {
            return false;
        }
        self.under_way.set(self.under_way.get() + message.length());
        send_bytes(&self.to, Word::Say, self.transfer, message);
        true
    }

    fn poll_heard(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let next = self.heard.borrow_mut().pop_front();
        if let Some(bytes) = next {
            Page::send(self, Word::Read, &[load(&bytes).into()]);
            return Poll::Ready(Some(Message::Binary(bytes)));
        }
        if self.is_closed() {
            return Poll::Ready(None);
        }
        self.changed.register(cx);
        Poll::Pending
    }

    fn finish(&self) -> Boxed<'_, ()> {
        Page::send(self, Word::Finish, &[]);
        Box::pin(self.changed.until(|| self.finished.get()))
    }

    fn facts(&self) -> Boxed<'_, Facts> {
        let (giver, given) = handover();
        self.asked.replace(Some(giver));
        Page::send(self, Word::Ask, &[]);
        Box::pin(async {
            let answer = within(ANSWER_MS, given).await.flatten();
            answer.unwrap_or_default()
        })
    }

    fn line(&self, plan: Plan, tell: Tell) -> Option<Box<dyn Line>> {
        let number = self.next_line.get();
        self.next_line.set(number.wrapping_add(1));
        self.lines.borrow_mut().insert(number, tell);
        let (kind, more) = match plan {
            Plan::Make(protocol) => ("make", protocol),
            Plan::Expect(protocol) => ("expect", protocol),
            Plan::Offer => ("offer", String::new()),
            Plan::Answer(sdp) => ("answer", sdp),
        };
        Page::send(self, Word::Line, &[number.into(), kind.into(), more.into()]);
        Some(Box::new(Wire {
            to: self.to.clone(),
            transfer: self.transfer,
            number,
        }))
    }
}

/// What a lane is on, which is in the page.
struct Wire {
    to: Counterpart,
    transfer: u32,
    number: u32,
}

impl Line for Wire {
    fn answered(&self, sdp: String) {
        let content = [self.number.into(), sdp.into()];
        send(&self.to, Word::Answered, self.transfer, &content);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        send(&self.to, Word::Hang, self.transfer, &[self.number.into()]);
    }
}
