//! One short-lived `RTCPeerConnection` of a diagnosis: gathers, and is closed when it is dropped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use handclasp_core::diagnosis::{CandidateLine, MAX_LINES};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Event, RtcConfiguration, RtcDataChannel, RtcDataChannelInit, RtcDataChannelState,
    RtcPeerConnectionIceEvent, RtcSdpType, RtcSessionDescriptionInit,
};

use crate::sys;
use crate::wakers::Wakers;

/// See the [module](self).
pub(super) struct Attempt {
    pc: sys::PeerConnection,
    channel: RtcDataChannel,
    seen: Rc<Seen>,
    _listeners: Vec<EventListener>,
}

/// What the browser told of it. Listeners hold this and not the connection, so that dropping the one frees the other.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) candidates: RefCell<Vec<CandidateLine>>,
    pub(super) errors: Cell<usize>,
    /// The first error code of a server, or else the browser's own 701.
    pub(super) error: Cell<Option<u16>>,
    wakers: Wakers,
}

impl Attempt {
    /// A connection with a data channel, made so that both ends of a pair have it.
    pub(super) fn new(configuration: &RtcConfiguration) -> Result<Self, JsValue> {
        let pc = sys::PeerConnection::new(configuration)?;
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(0);
        let channel = pc
            .try_create_data_channel("diagnose", &init)
            .inspect_err(|_| pc.close())?;
        let seen = Rc::<Seen>::default();
        let on = |target: &web_sys::EventTarget, event: &'static str, act: fn(&Seen, &Event)| {
            let seen = Rc::clone(&seen);
            EventListener::new(target, event, move |event| {
                act(&seen, event);
                seen.wakers.wake();
            })
        };
        let listeners = vec![
            on(&pc, "icecandidate", Seen::candidate),
            on(&pc, "icecandidateerror", Seen::error),
            on(&pc, "icegatheringstatechange", |_, _| {}),
            on(&channel, "open", |_, _| {}),
        ];
        Ok(Self {
            pc,
            channel,
            seen,
            _listeners: listeners,
        })
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Whether this browser has `icecandidateerror`.
    pub(super) fn reports_errors(&self) -> bool {
        js_sys::Reflect::has(&self.pc, &"onicecandidateerror".into()).unwrap_or(false)
    }

    pub(super) fn is_complete(&self) -> bool {
        self.pc.gathering_state() == "complete"
    }

    /// Makes an offer or an answer, with which gathering begins.
    pub(super) async fn describe(&self) -> Option<()> {
        let set = self.pc.set_implicit_local_description();
        sys::settled(&set).await?.ok().map(drop)
    }

    /// Takes the other's description with the candidates that it has so far.
    pub(super) async fn hear(&self, other: &Self, kind: RtcSdpType) -> Option<()> {
        let init = RtcSessionDescriptionInit::new(kind);
        init.set_sdp(&other.pc.local_description()?.sdp());
        let set = self.pc.set_remote_description(&init);
        sys::settled(&set).await?.ok().map(drop)
    }

    /// Ready when `done` says so, which is asked at every event.
    pub(super) async fn until(&self, done: impl Fn(&Self) -> bool) {
        self.seen.wakers.until(|| done(self)).await;
    }

    /// Whether the data channel is open: SCTP has gone through all of the path, and back.
    pub(super) fn is_open(&self) -> bool {
        self.channel.ready_state() == RtcDataChannelState::Open
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.pc.close();
    }
}

impl Seen {
    fn candidate(&self, event: &Event) {
        let candidate = event
            .unchecked_ref::<RtcPeerConnectionIceEvent>()
            .candidate();
        let line = candidate.and_then(|candidate| CandidateLine::parse(&candidate.candidate()));
        let mut candidates = self.candidates.borrow_mut();
        if candidates.len() < MAX_LINES {
            candidates.extend(line);
        }
    }

    fn error(&self, event: &Event) {
        let code = event.unchecked_ref::<sys::IceErrorEvent>().error_code();
        self.errors.set(self.errors.get().saturating_add(1));
        // Of a device with several interfaces one may reach the server and another not.
        if self.error.get().is_none_or(|known| known >= 700) {
            self.error.set(code.or(self.error.get()));
        }
    }
}
