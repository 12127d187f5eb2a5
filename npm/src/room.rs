//! Rooms as JavaScript sees them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use handclasp::{
    LeaveReason, Media, RoomEvent, RoomEvents, SignalingError, SignalingState, Source,
};
use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use crate::channel::{Channel, Reader, RoomChannel};
use crate::diagnosis::{self, Subject};
use crate::error::Failure;
use crate::hand::{self, Step};
use crate::options;
use crate::peer::{self, Known};
use crate::value::{Value, list, object, promise, report_error, set, wrong};

/// A room that was joined.
#[wasm_bindgen(skip_typescript)]
pub struct Room {
    room: handclasp::Room,
    onevent: Rc<RefCell<Option<Function>>>,
    /// What happened before somebody listened.
    unheard: Cell<Option<RoomEvents>>,
    known: Rc<Known>,
    published: RefCell<Vec<Media>>,
    readers: RefCell<Vec<(String, Rc<Reader>)>>,
}

impl Room {
    pub(crate) fn new(room: handclasp::Room) -> Self {
        Self {
            unheard: Cell::new(Some(room.events())),
            room,
            onevent: Rc::default(),
            known: Rc::default(),
            published: RefCell::default(),
            readers: RefCell::default(),
        }
    }

    pub(crate) fn known(&self) -> Rc<Known> {
        Rc::clone(&self.known)
    }
}

#[wasm_bindgen]
impl Room {
    /// This member's own id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> JsValue {
        self.room.id().to_string().into()
    }

    /// Everyone else.
    #[wasm_bindgen(getter)]
    pub fn peers(&self) -> JsValue {
        let peers = self.room.peers();
        list(peers.iter().map(|peer| self.known.object(peer).clone()))
    }

    /// How the paths are.
    #[wasm_bindgen(getter)]
    pub fn signaling(&self) -> JsValue {
        let paths = self.room.signaling().into_iter();
        list(paths.map(|(transport, state)| signaling(&transport, &state)))
    }

    /// From now on `listener` is called with the name and the detail of each event, those before the first listener included.
    #[wasm_bindgen(setter)]
    pub fn set_onevent(&self, listener: JsValue) {
        self.onevent.replace(listener.dyn_into().ok());
        if let Some(events) = self.unheard.take() {
            let (onevent, known) = (Rc::clone(&self.onevent), Rc::clone(&self.known));
            spawn_local(tell(self.room.clone(), events, onevent, known));
        }
    }

    /// The declared channel of this label.
    pub fn channel(&self, label: &JsValue) -> Option<RoomChannel> {
        let label = label.as_string()?;
        let channel = self.room.channel(&label)?;
        let mut readers = self.readers.borrow_mut();
        let reader = match readers.iter().find(|(known, _)| *known == label) {
            Some((_, reader)) => Rc::clone(reader),
            None => {
                let reader = Rc::<Reader>::default();
                readers.push((label, Rc::clone(&reader)));
                reader
            }
        };
        Some(RoomChannel::new(channel, reader, Rc::clone(&self.known)))
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

    /// An invitation to be carried by hand.
    pub fn invite(&self) -> Promise {
        let step = Step::Invite(self.room.clone(), Rc::clone(&self.known));
        promise(hand::shake(step))
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

/// Tells what happens until the room has been left, which this keeps alive until then.
async fn tell(
    room: handclasp::Room,
    mut events: RoomEvents,
    onevent: Rc<RefCell<Option<Function>>>,
    known: Rc<Known>,
) {
    while let Some(event) = events.next().await {
        let of = |peer, name, value| {
            let detail = Object::new();
            set(&detail, "peer", &known.object(peer));
            set(&detail, name, &value);
            JsValue::from(detail)
        };
        let alone = |peer| object(&[("peer", known.object(peer).clone())]);
        let (name, detail) = match event {
            RoomEvent::Signaling { transport, state } => {
                ("signaling", signaling(&transport, &state))
            }
            RoomEvent::PeerJoined(peer) => ("peer", alone(&peer)),
            RoomEvent::PeerState { peer, state } => {
                let state = peer::state(state).into();
                ("state", of(&peer, "state", state))
            }
            RoomEvent::PeerResumed { peer, gap } => {
                // In milliseconds.
                let gap = (gap.as_secs_f64() * 1e3).into();
                ("resumed", of(&peer, "gap", gap))
            }
            RoomEvent::PeerProfile(peer) => ("profile", alone(&peer)),
            RoomEvent::PeerMedia(peer) => ("media", alone(&peer)),
            RoomEvent::PeerLeft { id, reason } => {
                let detail = [
                    ("peer", known.gone(id)),
                    ("id", id.to_string().into()),
                    ("reason", why(reason).into()),
                ];
                ("left", object(&detail))
            }
            RoomEvent::Channel { peer, channel } => {
                let channel = Channel::new(channel).into();
                ("channel", of(&peer, "channel", channel))
            }
            RoomEvent::Refused => ("full", JsValue::UNDEFINED),
            RoomEvent::Lagged => {
                events = room.events();
                continue;
            }
            _ => continue,
        };
        let listener = onevent.borrow().clone();
        if let Some(listener) = listener
            && let Err(error) = listener.call2(&JsValue::UNDEFINED, &name.into(), &detail)
        {
            report_error(&error);
        }
    }
}

/// How a path is: `{ transport, state }`, with `code`, `hint` and what a path of the page's own said in `message` when there is a reason.
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
        if let SignalingError::Other(message) = reason {
            set(&detail, "message", &message.into());
        }
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
