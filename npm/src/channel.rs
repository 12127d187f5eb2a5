//! Channels as JavaScript sees them. Messages pass as the browser's own objects: no copies and no serde.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::{Stream, StreamExt};
use handclasp::Message;
use js_sys::{ArrayBuffer, Function, JsString, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::counting::{self, Until};
use crate::error::Failure;
use crate::peer::{Known, Peer};
use crate::value::{call, object, promise};

/// A channel to one peer.
#[wasm_bindgen(skip_typescript)]
pub struct Channel {
    channel: handclasp::Channel,
    reader: Rc<Reader>,
}

/// A declared channel: to everyone in the room.
#[wasm_bindgen(skip_typescript)]
pub struct RoomChannel {
    channel: handclasp::RoomChannel,
    reader: Rc<Reader>,
    known: Rc<Known>,
}

/// Who reads a channel.
#[derive(Default)]
pub(crate) struct Reader {
    onclose: RefCell<Option<Function>>,
    /// Whether there is a task that waits for the end.
    watched: Cell<bool>,
    /// How many have read so far, the present one included: a task that reads for another ends.
    readers: Cell<u32>,
    /// Of the task that reads for `onmessage`.
    waker: RefCell<Option<Waker>>,
    messages: RefCell<Option<Messages>>,
}

#[wasm_bindgen]
extern "C" {
    /// What `onmessage` is given. Setters of its own, since a name that goes through the wasm is decoded anew for each message.
    #[wasm_bindgen(extends = Object)]
    type Detail;

    #[wasm_bindgen(method, setter, structural)]
    fn set_data(this: &Detail, data: &JsValue);

    #[wasm_bindgen(method, setter, structural)]
    fn set_peer(this: &Detail, peer: &JsValue);
}

/// What there is to read, as `onmessage` is given it. Boxed, so that the task that reads is compiled once.
type Messages = Pin<Box<dyn Stream<Item = JsValue>>>;

impl Reader {
    /// From now on `onmessage` reads, or nobody if it is no function, as with the browser's own. What is to be called as soon as something comes.
    fn read(self: &Rc<Self>, onmessage: JsValue, messages: Messages) -> Option<Rc<dyn Fn()>> {
        let number = self.readers.get().wrapping_add(1);
        self.readers.set(number);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        let onmessage: Option<Function> = onmessage.dyn_into().ok();
        self.messages
            .replace(onmessage.is_some().then_some(messages));
        let listener = onmessage?;
        spawn_local(Rc::clone(self).wait(number, listener.clone()));
        let reader = Rc::clone(self);
        Some(Rc::new(move || reader.tell(number, &listener)))
    }

    /// Tells everything that is there.
    fn tell(&self, number: u32, listener: &Function) {
        // The task is the one to be woken at the end.
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(message)) = self.poll(number, &mut cx) {
            call(listener, &message);
        }
    }

    /// Tells what comes otherwise than by an event of the browser.
    async fn wait(self: Rc<Self>, number: u32, listener: Function) {
        let next = || {
            poll_fn(|cx| {
                self.waker.replace(Some(cx.waker().clone()));
                self.poll(number, cx)
            })
        };
        while let Some(message) = next().await {
            call(&listener, &message);
        }
        if self.readers.get() == number {
            self.messages.take();
        }
    }

    /// Tells when the channel is closed and nothing is left to read, whether anybody reads or not.
    async fn watch(self: Rc<Self>, channel: handclasp::Channel) {
        let reason = channel.closed().await;
        if let Some(onclose) = self.onclose.take() {
            call(&onclose, &object(&[("reason", reason.code().into())]));
        }
    }

    /// The next message for this reader; `None` when another reads by now, or at the end.
    fn poll(&self, number: u32, cx: &mut Context<'_>) -> Poll<Option<JsValue>> {
        let mut messages = self.messages.borrow_mut();
        match &mut *messages {
            Some(messages) if self.readers.get() == number => messages.as_mut().poll_next(cx),
            _ => Poll::Ready(None),
        }
    }
}

impl Channel {
    pub(crate) fn new(channel: handclasp::Channel) -> Self {
        Self {
            channel,
            reader: Rc::default(),
        }
    }

    pub(crate) fn inner(&self) -> handclasp::Channel {
        self.channel.clone()
    }
}

#[wasm_bindgen]
impl Channel {
    /// The label that it was opened with.
    #[wasm_bindgen(getter)]
    pub fn label(&self) -> JsValue {
        self.channel.label().into()
    }

    /// What its messages are.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> JsValue {
        self.channel.protocol().into()
    }

    /// Resolves when the browser has taken the message.
    pub fn send(&self, data: JsValue) -> Promise {
        let channel = self.channel.clone();
        promise(async move {
            channel.send(message(data)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Changes who reads.
    #[wasm_bindgen(setter)]
    pub fn set_onmessage(&self, listener: JsValue) {
        let messages = self.channel.clone().map(|message| detail(message).into());
        let reader = self.reader.read(listener, Box::pin(messages));
        self.channel.set_reader(reader);
    }

    /// Changes who is told of the end.
    #[wasm_bindgen(setter)]
    pub fn set_onclose(&self, listener: JsValue) {
        self.reader.onclose.replace(listener.dyn_into().ok());
        if !self.reader.watched.replace(true) {
            spawn_local(Rc::clone(&self.reader).watch(self.channel.clone()));
        }
    }

    /// Whether messages go out now.
    #[wasm_bindgen(getter, js_name = isOpen)]
    pub fn is_open(&self) -> bool {
        self.channel.is_open()
    }

    /// How many messages gave way to newer ones.
    #[wasm_bindgen(getter)]
    pub fn dropped(&self) -> f64 {
        self.channel.dropped() as f64
    }

    /// Resolves when the peer has everything.
    pub fn flush(&self) -> Promise {
        promise(counting::wait(Until::Flushed(self.channel.clone())))
    }

    /// The same, and closes it.
    pub fn finish(&self) -> Promise {
        promise(counting::wait(Until::Finished(self.channel.clone())))
    }

    /// Closes it. What was sent still arrives.
    pub fn close(&self) {
        self.channel.close();
    }
}

impl RoomChannel {
    pub(crate) fn new(
        channel: handclasp::RoomChannel,
        reader: Rc<Reader>,
        known: Rc<Known>,
    ) -> Self {
        Self {
            channel,
            reader,
            known,
        }
    }
}

#[wasm_bindgen]
impl RoomChannel {
    /// The label that it was declared with.
    #[wasm_bindgen(getter)]
    pub fn label(&self) -> JsValue {
        self.channel.label().into()
    }

    /// What its messages are.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> JsValue {
        self.channel.protocol().into()
    }

    /// To everyone who is connected. Resolves, with how many that were, when the browser has taken the message for each.
    pub fn send(&self, data: JsValue) -> Promise {
        let channel = self.channel.clone();
        promise(async move { Ok(channel.send(message(data)?).await?.into()) })
    }

    /// To one.
    #[wasm_bindgen(js_name = sendTo)]
    pub fn send_to(&self, peer: &Peer, data: JsValue) -> Promise {
        let (channel, peer) = (self.channel.clone(), peer.inner());
        promise(async move {
            channel.send_to(&peer, message(data)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// How many messages to them gave way to newer ones.
    pub fn dropped(&self, peer: &Peer) -> f64 {
        self.channel.dropped(&peer.inner()) as f64
    }

    /// Resolves when they have everything.
    pub fn flush(&self, peer: &Peer) -> Promise {
        let until = Until::FlushedTo(self.channel.clone(), peer.inner());
        promise(counting::wait(until))
    }

    /// Changes who reads.
    #[wasm_bindgen(setter)]
    pub fn set_onmessage(&self, listener: JsValue) {
        let messages = self.channel.clone();
        let known = Rc::clone(&self.known);
        let messages = messages.map(move |(peer, message)| {
            let detail = detail(message);
            detail.set_peer(&known.object(&peer));
            detail.into()
        });
        let reader = self.reader.read(listener, Box::pin(messages));
        self.channel.set_reader(reader);
    }
}

/// What can be sent, as it is: a view of the page's own bytes.
fn message(data: JsValue) -> Result<Message, Failure> {
    if data.is_string() {
        return Ok(data.unchecked_into::<JsString>().into());
    }
    match data.dyn_into::<Uint8Array>() {
        Ok(bytes) => Ok(bytes.into()),
        Err(data) => data
            .dyn_into::<ArrayBuffer>()
            .map(Into::into)
            .map_err(|_| Failure::data()),
    }
}

/// What `onmessage` is given: `{ data }`, and where that is not clear, whose it is.
fn detail(message: Message) -> Detail {
    let detail: Detail = Object::new().unchecked_into();
    detail.set_data(&match message {
        Message::Text(text) => text.into(),
        Message::Binary(bytes) => bytes.into(),
    });
    detail
}
