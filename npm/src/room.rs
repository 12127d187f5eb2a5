//! Rooms as JavaScript sees them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::{LeaveReason, Media, RoomEvent, RoomEvents, SignalingState, Source};
use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use crate::channel::{Channel, Reader, RoomChannel};
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::listeners::Listeners;
use crate::options;
use crate::peer::{self, Peer};
use crate::value::{Value, list, object, promise, set, wrong};

/// A room that was joined.
#[wasm_bindgen(skip_typescript)]
pub struct Room {
    room: handclasp::Room,
    listeners: Rc<Listeners>,
    /// What happened before the first listener came.
    unheard: Cell<Option<RoomEvents>>,
    published: RefCell<Vec<Media>>,
    readers: RefCell<Vec<(String, Rc<Reader>)>>,
}

impl Room {
    pub(crate) fn new(room: handclasp::Room) -> Self {
        Self {
            unheard: Cell::new(Some(room.events())),
            room,
            listeners: Rc::default(),
            published: RefCell::default(),
            readers: RefCell::default(),
        }
    }
}

#[wasm_bindgen]
impl Room {
    /// This member's own id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.room.id().to_string()
    }

    /// Everyone else.
    #[wasm_bindgen(getter)]
    pub fn peers(&self) -> Vec<Peer> {
        self.room.peers().into_iter().map(Peer::new).collect()
    }

    /// How the paths are.
    #[wasm_bindgen(getter)]
    pub fn signaling(&self) -> JsValue {
        let paths = self.room.signaling().into_iter();
        list(paths.map(|(transport, state)| signaling(&transport, &state)))
    }

    /// From now on `listener` is called at each `event`.
    pub fn on(&self, event: JsValue, listener: JsValue) -> Result<(), Failure> {
        let event = Value(event).required_text("event")?;
        self.listeners
            .add(event, Value(listener).function("listener")?);
        if let Some(events) = self.unheard.take() {
            spawn_local(tell(self.room.clone(), events, Rc::clone(&self.listeners)));
        }
        Ok(())
    }

    /// No longer.
    pub fn off(&self, event: JsValue, listener: &JsValue) {
        if let Some(event) = event.as_string() {
            self.listeners.remove(&event, listener);
        }
    }

    /// The declared channel of this label.
    pub fn channel(&self, label: &JsValue) -> Option<RoomChannel> {
        let label = label.as_string()?;
        let channel = self.room.channel(&label)?;
        let mut readers = self.readers.borrow_mut();
        if let Some((_, reader)) = readers.iter().find(|(known, _)| *known == label) {
            let reader = Rc::clone(reader);
            return Some(RoomChannel::new(channel, reader));
        }
        let reader = Rc::<Reader>::default();
        readers.push((label, Rc::clone(&reader)));
        Some(RoomChannel::new(channel, reader))
    }

    /// Shows a stream to everyone.
    pub fn publish(&self, stream: JsValue, source: JsValue) -> Result<(), Failure> {
        let stream = stream.dyn_into::<MediaStream>();
        let stream = stream.map_err(|_| wrong("stream", "a MediaStream"))?;
        let source = match Value(source).text("source")?.as_deref() {
            None | Some("camera") => Source::Camera,
            Some("screen") => Source::Screen,
            Some("other") => Source::Other,
            Some(_) => return Err(wrong("source", "'camera', 'screen' or 'other'")),
        };
        let media = Media::from_stream(stream, source);
        self.room.publish(&media)?;
        self.published.borrow_mut().push(media);
        Ok(())
    }

    /// Shows it no longer.
    pub fn unpublish(&self, stream: &JsValue) {
        let gone: Vec<Media> = self
            .published
            .borrow_mut()
            .extract_if(.., |media| JsValue::from(media.stream()) == *stream)
            .collect();
        for media in gone {
            self.room.unpublish(&media);
        }
    }

    /// Changes what others see of this member.
    #[wasm_bindgen(js_name = setProfile)]
    pub fn set_profile(&self, profile: &JsValue) -> Result<(), Failure> {
        Ok(self.room.set_profile(options::profile(profile)?)?)
    }

    /// Tests the network, with the paths of this room as they are.
    pub fn diagnose(&self) -> Promise {
        promise(diagnosis::diagnose(Subject::Room(self.room.clone())))
    }

    /// Says goodbye and closes everything.
    pub fn leave(&self) -> Promise {
        self.published.borrow_mut().clear();
        let room = self.room.clone();
        promise(async move {
            room.leave().await;
            Ok(JsValue::UNDEFINED)
        })
    }
}

/// Tells the listeners what happens until the room has been left, which this keeps alive until then.
async fn tell(room: handclasp::Room, mut events: RoomEvents, listeners: Rc<Listeners>) {
    while let Some(event) = events.next().await {
        let (name, detail) = match event {
            RoomEvent::Signaling { transport, state } => {
                ("signaling", signaling(&transport, &state))
            }
            RoomEvent::PeerJoined(peer) => ("joined", of(peer, None)),
            RoomEvent::PeerState { peer, state } => {
                let state = peer::state(state).into();
                ("state", of(peer, Some(("state", state))))
            }
            RoomEvent::PeerResumed { peer, gap } => {
                // In milliseconds.
                let gap = (gap.as_secs_f64() * 1e3).into();
                ("resumed", of(peer, Some(("gap", gap))))
            }
            RoomEvent::PeerProfile(peer) => ("profile", of(peer, None)),
            RoomEvent::PeerMedia(peer) => ("media", of(peer, None)),
            RoomEvent::PeerLeft { id, reason } => {
                let id = id.to_string().into();
                let detail = object(&[("id", id), ("reason", why(reason).into())]);
                ("left", detail)
            }
            RoomEvent::Channel { peer, channel } => {
                let channel = Channel::new(channel).into();
                ("channel", of(peer, Some(("channel", channel))))
            }
            RoomEvent::Refused => ("refused", JsValue::UNDEFINED),
            RoomEvent::Lagged => {
                events = room.events();
                continue;
            }
            _ => continue,
        };
        listeners.tell(name, &detail);
    }
}

/// What a listener is given about a peer: `{ peer }`, and perhaps one thing more.
fn of(peer: handclasp::Peer, more: Option<(&str, JsValue)>) -> JsValue {
    let detail = Object::new();
    set(&detail, "peer", &Peer::new(peer).into());
    if let Some((name, value)) = more {
        set(&detail, name, &value);
    }
    detail.into()
}

/// How a path is: `{ transport, state }`, with `code` and `hint` when there is a reason.
fn signaling(transport: &str, state: &SignalingState) -> JsValue {
    let (state, reason) = match state {
        SignalingState::Connecting => ("connecting", None),
        SignalingState::Connected => ("connected", None),
        SignalingState::Reconnecting { reason } => ("reconnecting", Some(reason)),
        SignalingState::Failed { reason } => ("failed", Some(reason)),
        _ => ("connecting", None),
    };
    let detail = Object::new();
    set(&detail, "transport", &transport.into());
    set(&detail, "state", &state.into());
    if let Some(reason) = reason {
        set(&detail, "code", &reason.code().into());
        set(&detail, "hint", &reason.hint().into());
    }
    detail.into()
}

pub(crate) fn why(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Left => "left",
        LeaveReason::Vanished => "vanished",
        _ => "unreachable",
    }
}
