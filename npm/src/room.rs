//! Rooms as JavaScript sees them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::{LeaveReason, Media, RoomEvent, RoomEvents, SignalingState, Source};
use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use crate::channel::{Channel, Reader, RoomChannel};
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::listeners::Listeners;
use crate::options;
use crate::peer::{self, Peer};
use crate::value::{Value, promise, to_js, wrong};

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
        to_js(
            &paths
                .map(|(transport, state)| Detail::signaling(transport, &state))
                .collect::<Vec<_>>(),
        )
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
                ("signaling", Detail::signaling(transport, &state))
            }
            RoomEvent::PeerJoined(peer) => ("joined", Detail::of(peer)),
            RoomEvent::PeerState { peer, state } => {
                let state = Some(peer::state(state));
                let of = Detail::of(peer);
                ("state", Detail { state, ..of })
            }
            RoomEvent::PeerResumed { peer, gap } => {
                let gap = Some(gap.as_secs_f64() * 1e3);
                let of = Detail::of(peer);
                ("resumed", Detail { gap, ..of })
            }
            RoomEvent::PeerProfile(peer) => ("profile", Detail::of(peer)),
            RoomEvent::PeerMedia(peer) => ("media", Detail::of(peer)),
            RoomEvent::PeerLeft { id, reason } => {
                let id = Some(id.to_string());
                let reason = Some(why(reason));
                let none = Detail::default();
                ("left", Detail { id, reason, ..none })
            }
            RoomEvent::Channel { peer, channel } => {
                let channel = Value(Channel::new(channel).into());
                let of = Detail::of(peer);
                ("channel", Detail { channel, ..of })
            }
            RoomEvent::Refused => {
                listeners.tell("refused", &JsValue::UNDEFINED);
                continue;
            }
            RoomEvent::Lagged => {
                events = room.events();
                continue;
            }
            _ => continue,
        };
        listeners.tell(name, &to_js(&detail));
    }
}

/// What a listener is given: of these members, those that the event has. One type for all events, since serde writes its
/// code anew for each.
#[derive(Default, Serialize)]
struct Detail {
    #[serde(skip_serializing_if = "Value::is_undefined")]
    peer: Value,
    #[serde(skip_serializing_if = "Value::is_undefined")]
    channel: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

impl Detail {
    fn of(peer: handclasp::Peer) -> Self {
        Self {
            peer: Value(Peer::new(peer).into()),
            ..Self::default()
        }
    }

    fn signaling(transport: String, state: &SignalingState) -> Self {
        let (state, reason) = match state {
            SignalingState::Connecting => ("connecting", None),
            SignalingState::Connected => ("connected", None),
            SignalingState::Reconnecting { reason } => ("reconnecting", Some(reason)),
            SignalingState::Failed { reason } => ("failed", Some(reason)),
            _ => ("connecting", None),
        };
        Self {
            transport: Some(transport),
            state: Some(state),
            code: reason.map(|reason| reason.code()),
            hint: reason.map(|reason| reason.hint()),
            ..Self::default()
        }
    }
}

pub(crate) fn why(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Left => "left",
        LeaveReason::Vanished => "vanished",
        _ => "unreachable",
    }
}
