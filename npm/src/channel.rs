//! Channels as JavaScript sees them. Messages pass as the browser's own objects: no copies and no serde.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::{Stream, StreamExt};
use handclasp::Message;
use js_sys::{ArrayBuffer, Function, JsString, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::error::Failure;
use crate::listeners::call;
use crate::peer::Peer;
use crate::value::{promise, set};

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
}

/// Who reads a channel.
#[derive(Default)]
pub(crate) struct Reader {
    onmessage: RefCell<Option<Function>>,
    onclose: RefCell<Option<Function>>,
    /// How many have read so far, the present one included: a task that reads for another ends.
    readers: Cell<u32>,
    /// Of the task that reads for `onmessage`.
    waker: RefCell<Option<Waker>>,
}

/// What there is to read, as `onmessage` is given it. Boxed, so that the task that reads is compiled once.
type Messages = Pin<Box<dyn Stream<Item = JsValue>>>;

impl Reader {
    /// From now on `onmessage` reads, or nobody if it is no function, as with the browser's own.
    fn read(self: &Rc<Self>, onmessage: JsValue, messages: Messages) {
        let number = self.readers.get().wrapping_add(1);
        self.readers.set(number);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        let onmessage: Option<Function> = onmessage.dyn_into().ok();
        self.onmessage.replace(onmessage.clone());
        if let Some(listener) = onmessage {
            spawn_local(Rc::clone(self).tell(number, listener, messages));
        }
    }

    async fn tell(self: Rc<Self>, number: u32, listener: Function, mut messages: Messages) {
        while let Some(message) = self.next(number, &mut messages).await {
            call(&listener, &message);
        }
        if self.readers.get() == number
            && let Some(onclose) = self.onclose.take()
        {
            call(&onclose, &JsValue::UNDEFINED);
        }
    }

    /// The next message for this reader; `None` when another reads by now, or at the end.
    async fn next(&self, number: u32, messages: &mut Messages) -> Option<JsValue> {
        poll_fn(|cx| {
            if self.readers.get() != number {
                return Poll::Ready(None);
            }
            self.waker.replace(Some(cx.waker().clone()));
            messages.as_mut().poll_next(cx)
        })
        .await
    }
}

impl Channel {
    pub(crate) fn new(channel: handclasp::Channel) -> Self {
        Self {
            channel,
            reader: Rc::default(),
        }
    }
}

#[wasm_bindgen]
impl Channel {
    /// The label that it was opened with.
    #[wasm_bindgen(getter)]
    pub fn label(&self) -> String {
        self.channel.label().into()
    }

    /// What its messages are.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> String {
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

    /// Who reads.
    #[wasm_bindgen(getter)]
    pub fn onmessage(&self) -> Option<Function> {
        self.reader.onmessage.borrow().clone()
    }

    /// Changes who reads.
    #[wasm_bindgen(setter)]
    pub fn set_onmessage(&self, listener: JsValue) {
        let messages = self.channel.clone().map(|message| detail(message, None));
        self.reader.read(listener, Box::pin(messages));
    }

    /// Who is told of the end.
    #[wasm_bindgen(getter)]
    pub fn onclose(&self) -> Option<Function> {
        self.reader.onclose.borrow().clone()
    }

    /// Changes who is told of the end.
    #[wasm_bindgen(setter)]
    pub fn set_onclose(&self, listener: JsValue) {
        self.reader.onclose.replace(listener.dyn_into().ok());
    }

    /// Closes it. What was sent still arrives.
    pub fn close(&self) {
        self.channel.close();
    }
}

impl RoomChannel {
    pub(crate) fn new(channel: handclasp::RoomChannel, reader: Rc<Reader>) -> Self {
        Self { channel, reader }
    }
}

#[wasm_bindgen]
impl RoomChannel {
    /// The label that it was declared with.
    #[wasm_bindgen(getter)]
    pub fn label(&self) -> String {
        self.channel.label().into()
    }

    /// What its messages are.
    #[wasm_bindgen(getter)]
    pub fn protocol(&self) -> String {
        self.channel.protocol().into()
    }

    /// To everyone who is connected. Resolves, with how many that were, when the browser has taken the message for each.
    pub fn send(&self, data: JsValue) -> Promise {
        let channel = self.channel.clone();
        promise(async move { Ok(channel.send(message(data)?).await?.into()) })
    }

    /// To one.
    #[wasm_bindgen(js_name = sendTo)]
    pub fn send_to(&self, peer: &JsValue, data: JsValue) -> Promise {
        let (channel, peer) = (self.channel.clone(), Peer::passed(peer));
        promise(async move {
            channel.send_to(&peer?, message(data)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Who reads.
    #[wasm_bindgen(getter)]
    pub fn onmessage(&self) -> Option<Function> {
        self.reader.onmessage.borrow().clone()
    }

    /// Changes who reads.
    #[wasm_bindgen(setter)]
    pub fn set_onmessage(&self, listener: JsValue) {
        let messages = self.channel.clone();
        let messages = messages.map(|(peer, message)| detail(message, Some(Peer::new(peer))));
        self.reader.read(listener, Box::pin(messages));
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

/// What `onmessage` is given: `{ data }`, and whose it is where that is not clear.
fn detail(message: Message, peer: Option<Peer>) -> JsValue {
    let detail = Object::new();
    let data = match message {
        Message::Text(text) => text.into(),
        Message::Binary(bytes) => bytes.into(),
    };
    set(&detail, "data", &data);
    if let Some(peer) = peer {
        set(&detail, "peer", &peer.into());
    }
    detail.into()
}
