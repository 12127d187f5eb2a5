//! Channels as JavaScript sees them. Messages pass as the browser's own objects: no copies and no serde.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use handclasp::Message;
use js_sys::{ArrayBuffer, Function, JsString, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::error::Failure;
use crate::listeners::call;
use crate::peer::Peer;
use crate::value::promise;

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
    /// Of the task that reads for `onmessage`.
    task: RefCell<Option<AbortHandle>>,
}

impl Reader {
    /// From now on `onmessage` reads, or nobody if it is no function, as with the browser's own. It is given what `detail` makes of
    /// each of the `messages`.
    fn read<S>(
        self: &Rc<Self>,
        onmessage: JsValue,
        messages: S,
        detail: impl Fn(S::Item) -> JsValue + 'static,
    ) where
        S: StreamExt + Unpin + 'static,
    {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        let onmessage: Option<Function> = onmessage.dyn_into().ok();
        self.onmessage.replace(onmessage.clone());
        let Some(listener) = onmessage else { return };
        let reader = Rc::clone(self);
        let (task, handle) = abortable(async move {
            let mut messages = messages;
            while let Some(message) = messages.next().await {
                call(&listener, &detail(message));
            }
            if let Some(onclose) = reader.onclose.take() {
                call(&onclose, &JsValue::UNDEFINED);
            }
        });
        self.task.replace(Some(handle));
        spawn_local(async move {
            // Aborted: another function reads by now.
            let _ = task.await;
        });
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
        self.reader.read(listener, self.channel.clone(), |message| {
            detail(message, None)
        });
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
        self.reader
            .read(listener, self.channel.clone(), |(peer, message)| {
                detail(message, Some(Peer::new(peer)))
            });
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
    // Sets on a new object do not fail.
    let _ = Reflect::set(&detail, &"data".into(), &data);
    if let Some(peer) = peer {
        let _ = Reflect::set(&detail, &"peer".into(), &peer.into());
    }
    detail.into()
}
