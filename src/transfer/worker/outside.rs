//! The worker as the page has it: what it is given to do, and what is done for it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::Poll;

use gloo_events::EventListener;
use handclasp_core::transfer::{
    Entry, FileInfo, FileState, Progress, Receiver, Sender, State, TransferError, TransferId,
};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, MessageChannel, MessageEvent, RtcConfiguration, RtcDataChannelInit, Worker};

use super::super::Received;
use super::super::engine::Engine;
use super::super::here::Here;
use super::super::host::{Boxed, Host, Line, News, Plan};
use super::super::shared::info;
use super::parcel::{
    Parcel, VERSION, Word, bytes_of, files_from, hand_over, load, progress_from, send, send_bytes,
};
use crate::message::Message;
use crate::sys::{self, Counterpart};
use crate::task::{self, Until};
use crate::wakers::{Wakers, within};

/// How long a transfer waits for a worker whose program is being loaded.
const LOADING_MS: u32 = 3000;

/// So much of what came over a channel waits in the worker at most.
const MAX_UNREAD: u32 = 1024 * 1024;

thread_local! {
    static CREW: RefCell<Option<Rc<Crew>>> = RefCell::default();
}

/// Has transfers run in this worker, once its program is loaded, so that a busy page does not slow them. Those that have begun stay where they are.
///
/// The worker's script is that of a program which calls [`serve`](super::serve), such as `handclasp-worker`. `program` is the first message to it: the address of
/// its WebAssembly, for the script to load; one that knows it may ignore that. This is to be called in the turn of the event loop that makes the worker.
///
/// Transfers run in the page, as they do without this, when the program cannot be loaded or is of another version, and where a page cannot hand a data channel
/// over: Chromium can from 130, Firefox from 144 and Safari from 15. A worker that fails later ends its transfers with [`TransferError::Lost`]; later ones run in
/// the page.
pub fn use_worker(worker: &Worker, program: &str) {
    if !can_hand_over() {
        return worker.terminate();
    }
    let crew = Crew::new(worker);
    if crew.to.post(&JsValue::from(program), &Array::new()).is_ok() {
        let _former = CREW.with(|present| present.replace(Some(crew)));
    }
}

/// Whether transfers run in a worker, once that is known: within three seconds, or else not yet. To be waited for before a transfer begins.
///
/// # Cancel safety
/// Dropping the future has no effect.
pub async fn worker_ready() -> bool {
    let Some(crew) = CREW.with(|crew| crew.borrow().clone()) else {
        return false;
    };
    let settled = crew.changed.until(|| crew.ready.get().is_some());
    let _ = within(LOADING_MS, settled).await;
    crew.ready.get() == Some(true)
}

/// Whether this browser hands data channels over.
fn can_hand_over() -> bool {
    let Ok(pc) = sys::PeerConnection::new(&RtcConfiguration::new()) else {
        return false;
    };
    let channel = pc.try_create_data_channel("", &RtcDataChannelInit::new());
    let handed = channel.ok().zip(MessageChannel::new().ok());
    let is_handed = handed.is_some_and(|(channel, ports)| {
        let port: Counterpart = ports.port1().unchecked_into();
        let is_handed = port.post(&channel, &Array::of1(&channel)).is_ok();
        ports.port1().close();
        is_handed
    });
    pc.close();
    is_handed
}

/// The worker.
struct Crew {
    to: Counterpart,
    worker: Worker,
    /// Whether it can be used, once that is known.
    ready: Cell<Option<bool>>,
    changed: Wakers,
    transfers: RefCell<BTreeMap<u32, Weak<Away>>>,
    next: Cell<u32>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Crew {
    fn new(worker: &Worker) -> Rc<Self> {
        let crew = Rc::new(Self {
            to: worker.clone().unchecked_into(),
            worker: worker.clone(),
            ready: Cell::new(None),
            changed: Wakers::default(),
            transfers: RefCell::default(),
            next: Cell::new(1),
            listeners: RefCell::default(),
        });
        let target = &crew.to;
        let on = |event: &'static str, act: fn(&Self, &MessageEvent)| {
            let crew = Rc::downgrade(&crew);
            EventListener::new(target, event, move |event| {
                if let Some(crew) = crew.upgrade() {
                    act(&crew, event.unchecked_ref());
                }
            })
        };
        let listeners = vec![
            on("message", |crew, event| {
                if let Some(parcel) = Parcel::of(event) {
                    crew.take(&parcel);
                }
            }),
            on("error", |crew, _| crew.failed()),
            on("messageerror", |crew, _| crew.failed()),
        ];
        crew.listeners.replace(listeners);
        crew
    }

    fn take(&self, parcel: &Parcel) {
        if parcel.word == Word::Ready {
            let is_same = parcel.text(0).as_deref() == Some(VERSION);
            return if is_same {
                self.ready.set(Some(true));
                self.changed.wake();
            } else {
                self.failed();
            };
        }
        let known = self.transfers.borrow().get(&parcel.transfer).cloned();
        if let Some(away) = known.as_ref().and_then(Weak::upgrade) {
            away.take(parcel);
        }
    }

    /// It is of no use any more.
    fn failed(&self) {
        tracing::warn!("the worker of transfers has failed");
        self.ready.set(Some(false));
        self.changed.wake();
        let is_present = |crew: &Rc<Crew>| std::ptr::eq(&raw const **crew, self);
        let _former = CREW.with(|present| {
            let mut present = present.borrow_mut();
            present.take_if(|crew| is_present(crew))
        });
        let transfers = self.transfers.take();
        for away in transfers.values().filter_map(Weak::upgrade) {
            away.lost();
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// Has the worker offer these files; `None` where there is none.
pub(in super::super) fn offer(
    here: &Rc<Here>,
    sender: &Sender,
    paths: &[String],
    files: &[File],
) -> Option<Rc<dyn Engine>> {
    let away = Away::begin(here, sender.id(), true, sender.list())?;
    let paths: Array = paths.iter().map(|path| JsValue::from_str(path)).collect();
    let files: Array = files.iter().collect();
    let id = Uint8Array::from(sender.id().as_bytes().as_slice());
    away.send(Word::Offer, &[id.into(), paths.into(), files.into()]);
    away.relay();
    Some(away)
}

/// Has the worker take what is offered, which came in these messages; `None` where there is none.
pub(in super::super) fn receive(
    here: &Rc<Here>,
    receiver: &Receiver<Uint8Array>,
    offer: &[Message],
) -> Option<Rc<dyn Engine>> {
    let away = Away::begin(here, receiver.id(), false, receiver.list())?;
    away.send(Word::Receive, &[]);
    for message in offer {
        away.pass_on(message);
    }
    away.relay();
    Some(away)
}

/// A transfer that the worker runs, as far as the page knows of it.
struct Away {
    this: Weak<Away>,
    crew: Rc<Crew>,
    number: u32,
    here: Rc<Here>,
    id: TransferId,
    is_sending: bool,
    list: Vec<Entry>,
    files: RefCell<Vec<(FileState, u64)>>,
    progress: RefCell<Progress>,
    lanes: Cell<usize>,
    received: RefCell<Vec<Received>>,
    discarded: Cell<bool>,
    version: Cell<u64>,
    news: Wakers,
    /// What is to go over the channel.
    outgoing: RefCell<VecDeque<Uint8Array>>,
    /// The worker has nothing more to say.
    finishing: Cell<bool>,
    /// Bytes that the worker was given, and has not read.
    unread: Cell<u32>,
    /// Of the tasks that relay.
    stirred: Wakers,
    lines: RefCell<BTreeMap<u32, Box<dyn Line>>>,
    relaying: RefCell<Vec<Until>>,
}

impl Away {
    fn begin(
        here: &Rc<Here>,
        id: TransferId,
        is_sending: bool,
        list: &[Entry],
    ) -> Option<Rc<Self>> {
        let crew = CREW.with(|crew| crew.borrow().clone())?;
        if crew.ready.get() != Some(true) {
            return None;
        }
        let number = crew.next.get();
        crew.next.set(number.wrapping_add(1));
        let total = list
            .iter()
            .fold(0u64, |sum, entry| sum.saturating_add(entry.size));
        let away = Rc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            crew,
            number,
            here: Rc::clone(here),
            id,
            is_sending,
            list: list.to_vec(),
            files: RefCell::new(vec![(FileState::Waiting, 0); list.len()]),
            progress: RefCell::new(Progress {
                state: State::Offered,
                done: 0,
                total,
                rate: 0,
                left: None,
                resumed: 0,
            }),
            lanes: Cell::new(0),
            received: RefCell::default(),
            discarded: Cell::new(false),
            version: Cell::new(1),
            news: Wakers::default(),
            outgoing: RefCell::default(),
            finishing: Cell::new(false),
            unread: Cell::new(0),
            stirred: Wakers::default(),
            lines: RefCell::default(),
            relaying: RefCell::default(),
        });
        let weak = Rc::downgrade(&away);
        away.crew.transfers.borrow_mut().insert(number, weak);
        Some(away)
    }

    fn send(&self, word: Word, content: &[JsValue]) {
        send(&self.crew.to, word, self.number, content);
    }

    fn act(&self, name: &str) {
        self.send(Word::Act, &[name.into()]);
    }

    /// Gives the worker a message that came over the channel.
    fn pass_on(&self, message: &Message) {
        let bytes = bytes_of(message);
        self.unread.set(self.unread.get() + load(&bytes));
        send_bytes(&self.crew.to, Word::Heard, self.number, &bytes);
    }

    /// Carries messages between the channel and the worker, until the channel is closed: the last word goes out also when nobody has a handle any more.
    fn relay(self: &Rc<Self>) {
        for carrying in [
            Self::carry_in(Rc::clone(self)),
            Self::carry_out(Rc::clone(self)),
        ] {
            let (carrying, until) = task::stoppable(carrying);
            self.relaying.borrow_mut().push(until);
            task::spawn(carrying);
        }
    }

    fn carry_in(self: Rc<Self>) -> Boxed<'static, ()> {
        Box::pin(async move {
            let next = || {
                poll_fn(|cx| {
                    if self.finishing.get() {
                        // Nobody reads any more.
                        return Poll::Ready(None);
                    }
                    self.stirred.register(cx);
                    // While the worker has enough the sender is not read any more, and waits in the end.
                    if self.unread.get() >= MAX_UNREAD {
                        return Poll::Pending;
                    }
                    self.here.poll_heard(cx)
                })
            };
            while let Some(message) = next().await {
                self.pass_on(&message);
            }
            self.send(Word::Closed, &[]);
        })
    }

    fn carry_out(self: Rc<Self>) -> Boxed<'static, ()> {
        Box::pin(async move {
            let has_room = || {
                poll_fn(|cx| {
                    self.stirred.register(cx);
                    if !self.outgoing.borrow().is_empty() {
                        return self.here.poll_room(cx);
                    }
                    if self.finishing.get() {
                        return Poll::Ready(false);
                    }
                    Poll::Pending
                })
            };
            while has_room().await {
                let next = self.outgoing.borrow_mut().pop_front();
                if let Some(message) = next {
                    self.here.send(&message);
                    self.send(Word::Gone, &[message.length().into()]);
                }
            }
            self.here.finish().await;
            self.send(Word::Finished, &[]);
        })
    }

    fn take(&self, parcel: &Parcel) {
        match parcel.word {
            Word::Say => {
                self.outgoing.borrow_mut().extend(parcel.bytes());
                self.stirred.wake();
            }
            Word::Read => {
                let read = parcel.number(0).unwrap_or_default() as u32;
                self.unread.set(self.unread.get().saturating_sub(read));
                self.stirred.wake();
            }
            Word::Finish => {
                self.finishing.set(true);
                self.stirred.wake();
            }
            Word::Ask => self.answer(),
            Word::Line => self.make_line(parcel),
            Word::Answered => {
                let lines = self.lines.borrow();
                if let Some(line) = number(parcel).and_then(|line| lines.get(&line)) {
                    line.answered(parcel.text(1).unwrap_or_default());
                }
            }
            Word::Hang => {
                let mut lines = self.lines.borrow_mut();
                let hung = number(parcel).and_then(|line| lines.remove(&line));
                drop(lines);
                drop(hung);
            }
            Word::News => self.learn(parcel),
            Word::Arrived => self.arrived(parcel),
            Word::Discarded => {
                self.discarded.set(true);
                self.news.wake();
            }
            _ => {}
        }
    }

    /// How the connection goes.
    fn answer(&self) {
        let this = Weak::clone(&self.this);
        let here = Rc::clone(&self.here);
        task::spawn(async move {
            let facts = here.facts().await;
            if let Some(away) = this.upgrade() {
                let rtt = facts.rtt.map(|rtt| rtt.as_secs_f64() * 1000.0);
                away.send(Word::Facts, &[rtt.into(), facts.loss.into()]);
            }
        });
    }

    fn make_line(&self, parcel: &Parcel) {
        let Some(number) = number(parcel) else {
            return;
        };
        let more = parcel.text(2).unwrap_or_default();
        let plan = match parcel.text(1).unwrap_or_default().as_str() {
            "make" => Plan::Make(more),
            "expect" => Plan::Expect(more),
            "answer" => Plan::Answer(more),
            _ => Plan::Offer,
        };
        let this = Weak::clone(&self.this);
        let tell = Rc::new(move |news| {
            let Some(away) = this.upgrade() else {
                return;
            };
            match news {
                News::Channel(channel) => {
                    let handed = Array::of1(&channel);
                    let content = [number.into(), channel.into()];
                    if !hand_over(&away.crew.to, Word::Channel, away.number, &content, &handed) {
                        away.send(Word::Lost, &[number.into()]);
                    }
                }
                News::Description(sdp) => {
                    away.send(Word::Description, &[number.into(), sdp.into()]);
                }
                News::Lost => away.send(Word::Lost, &[number.into()]),
            }
        });
        match self.here.line(plan, tell) {
            Some(line) => {
                self.lines.borrow_mut().insert(number, line);
            }
            None => self.send(Word::Lost, &[number.into()]),
        }
    }

    fn learn(&self, parcel: &Parcel) {
        let Some((progress, lanes)) = progress_from(&parcel.get(0)) else {
            return;
        };
        self.progress.replace(progress);
        self.lanes.set(lanes);
        let mut files = self.files.borrow_mut();
        for (index, now) in files_from(&parcel.get(1)) {
            if let Some(file) = files.get_mut(index) {
                *file = now;
            }
        }
        drop(files);
        self.touch();
    }

    fn arrived(&self, parcel: &Parcel) {
        let index = number(parcel).unwrap_or(u32::MAX) as usize;
        let Some(entry) = self.list.get(index) else {
            return;
        };
        let mut received = self.received.borrow_mut();
        let Err(at) = received.binary_search_by_key(&index, |received| received.index) else {
            return;
        };
        let file = Received {
            index,
            path: entry.path.clone(),
            file: parcel.get(1).unchecked_into(),
            on_disk: parcel.get(2).is_truthy(),
        };
        received.insert(at, file);
    }

    fn touch(&self) {
        self.version.set(self.version.get() + 1);
        self.news.wake();
    }

    /// The worker has failed.
    fn lost(&self) {
        self.relaying.take();
        self.lines.take();
        self.discarded.set(true);
        if !self.state().is_over() {
            self.progress.borrow_mut().state = State::Failed(TransferError::Lost);
        }
        let here = Rc::clone(&self.here);
        task::spawn(async move { here.finish().await });
        self.touch();
    }
}

/// The number that comes first in a parcel.
fn number(parcel: &Parcel) -> Option<u32> {
    parcel.number(0).map(|number| number as u32)
}

impl Engine for Away {
    fn id(&self) -> TransferId {
        self.id
    }

    fn is_sending(&self) -> bool {
        self.is_sending
    }

    fn files(&self) -> Vec<FileInfo> {
        let files = self.files.borrow();
        let files = self.list.iter().zip(files.iter());
        files.map(|(entry, file)| info(entry, *file)).collect()
    }

    fn progress(&self) -> Progress {
        let progress = self.progress.borrow().clone();
        let flows = matches!(progress.state, State::Preparing | State::Active);
        if !flows || self.here.is_connected() {
            return progress;
        }
        Progress {
            state: State::Interrupted,
            rate: 0,
            left: None,
            ..progress
        }
    }

    fn state(&self) -> State {
        self.progress().state
    }

    fn lanes(&self) -> usize {
        self.lanes.get()
    }

    fn set_lanes(&self, lanes: Option<usize>) {
        let lanes = lanes.map(|lanes| lanes as f64);
        self.send(Word::Act, &["lanes".into(), lanes.into()]);
    }

    fn accept(&self) {
        self.act("accept");
    }

    fn decline(&self) {
        self.act("decline");
    }

    fn pause(&self) {
        self.act("pause");
    }

    fn resume(&self) {
        self.act("resume");
    }

    fn cancel(&self) {
        self.act("cancel");
    }

    fn received(&self) -> Vec<Received> {
        self.received.borrow().clone()
    }

    fn discard(&self) -> Boxed<'_, ()> {
        self.received.take();
        self.act("discard");
        Box::pin(self.news.until(|| self.discarded.get()))
    }

    fn version(&self) -> u64 {
        self.version.get()
    }

    fn news(&self) -> &Wakers {
        &self.news
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        self.crew.transfers.borrow_mut().remove(&self.number);
        self.send(Word::Forget, &[]);
    }
}
