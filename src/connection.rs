//! One `RTCPeerConnection`: one attempt to reach one peer.
//!
//! It does what the mesh commands and reports what the browser says. It decides nothing.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use handclasp_core::Attempt;
use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState};
use handclasp_core::message::{ChannelKey, Frame};
use handclasp_core::session::{Candidate, Description, DescriptionKind};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Event, MediaStream, MessageEvent, RtcConfiguration, RtcDataChannel, RtcDataChannelEvent,
    RtcDataChannelInit, RtcDataChannelState, RtcDataChannelType, RtcPeerConnectionIceEvent,
    RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit, RtcTrackEvent,
};

use crate::channel::{Carrier, MAX_UNDIVIDED, Pipe, all_closed, close_when_sent};
use crate::error::OpenChannelError;
use crate::options::ChannelOptions;
use crate::sys;

mod opening;
mod senders;
mod tried;

pub(crate) use opening::Opening;
pub(crate) use senders::Kind;
use senders::Senders;
pub(crate) use tried::Tried;

/// Most channels that are open to one peer besides the declared ones, whoever opened them.
pub const MAX_OPEN_CHANNELS: usize = 64;

/// Largest frame on the control channel: a session description and its candidates.
const MAX_CONTROL_FRAME: u32 = 128 * 1024;

/// The label of channels for the data of a transfer alone, which no [`Channel`](crate::Channel) is for.
pub(crate) const LANE: &str = "handclasp.lane";

/// What a connection has to say.
pub(crate) enum Report {
    /// For the mesh.
    Browser(BrowserEvent),
    /// A message on the control channel.
    Control(Vec<u8>),
    /// A remote track has begun, in this stream.
    Stream(MediaStream),
    /// The peer opened a channel, or opened it again.
    Channel(RtcDataChannel, Opening),
    /// The peer opened a lane of this protocol.
    Lane(RtcDataChannel, String),
}

type Reporter = Rc<dyn Fn(Report)>;

/// The negotiated id of the control channel. Declared channels have those from 1 on.
const CONTROL_ID: u16 = 0;

/// See the [module](self).
pub(crate) struct Connection {
    pc: sys::PeerConnection,
    attempt: Attempt,
    control: RtcDataChannel,
    senders: Senders,
    pipes: RefCell<Vec<Weak<Pipe>>>,
    listeners: RefCell<Vec<EventListener>>,
    report: Reporter,
    tried: RefCell<Tried>,
}

impl Connection {
    /// A new connection that carries these pipes, with its control channel.
    ///
    /// Channels are made before the first offer, on both sides and with fixed ids: Chromium never offers a channel again whose
    /// offer was rolled back. The control channel comes last, because browsers open them in this order: once it is open, and the
    /// peer thereby connected, the others are.
    pub(crate) fn open(
        configuration: &RtcConfiguration,
        attempt: Attempt,
        pipes: &[Rc<Pipe>],
        report: Reporter,
    ) -> Result<Rc<Self>, JsValue> {
        let pc = sys::PeerConnection::new(configuration)?;
        let make = |label: &str, init: &RtcDataChannelInit| {
            pc.try_create_data_channel(label, init)
                .inspect_err(|_| pc.close())
        };
        let channels: Vec<_> = pipes
            .iter()
            .map(|pipe| match init(pipe) {
                Some(init) => make(pipe.label(), &init).map(Some),
                None => Ok(None),
            })
            .collect::<Result<_, _>>()?;
        let control = make(
            "handclasp",
            &ChannelOptions::reliable().to_init(Some(CONTROL_ID)),
        )?;
        control.set_binary_type(RtcDataChannelType::Arraybuffer);
        let connection = Rc::new(Self {
            pc,
            attempt,
            control,
            senders: Senders::default(),
            pipes: RefCell::default(),
            listeners: RefCell::default(),
            report,
            tried: RefCell::default(),
        });
        for (pipe, channel) in pipes.iter().zip(channels) {
            connection.carry(pipe, channel);
        }
        connection.listen();
        Ok(connection)
    }

    pub(crate) fn attempt(&self) -> Attempt {
        self.attempt
    }

    pub(crate) fn pc(&self) -> &sys::PeerConnection {
        &self.pc
    }

    pub(crate) fn senders(&self) -> &Senders {
        &self.senders
    }

    /// Does what the mesh says, of what can be done with a connection that is there.
    pub(crate) fn perform(self: &Rc<Self>, command: BrowserCommand) {
        match command {
            BrowserCommand::SetLocalDescription => {
                self.answer(
                    &self.pc.set_implicit_local_description(),
                    Self::local_description,
                );
            }
            BrowserCommand::SetRemoteDescription(description) => {
                let kind = match description.kind {
                    DescriptionKind::Offer => RtcSdpType::Offer,
                    DescriptionKind::Answer => RtcSdpType::Answer,
                };
                let init = RtcSessionDescriptionInit::new(kind);
                init.set_sdp(&description.sdp);
                self.tried.borrow_mut().answered = true;
                self.answer(&self.pc.set_remote_description(&init), |_| {
                    BrowserEvent::RemoteDescriptionApplied
                });
            }
            BrowserCommand::AddIceCandidate(candidate) => {
                self.tried.borrow_mut().remote(&candidate.candidate);
                let init = sys::CandidateInit::new();
                init.set_candidate(&candidate.candidate);
                init.set_sdp_mid(candidate.sdp_mid.as_deref());
                init.set_sdp_m_line_index(candidate.sdp_m_line_index);
                init.set_username_fragment(candidate.username_fragment.as_deref());
                log_rejection("addIceCandidate", &self.pc.add_candidate(&init));
            }
            BrowserCommand::RestartIce => self.pc.restart_ice(),
            BrowserCommand::SendKeyFrames => self.senders.send_key_frames(),
            // The room makes and unmakes connections.
            BrowserCommand::Open | BrowserCommand::Close => {}
        }
    }

    /// Sends a frame on the control channel. Frames are repeated or superseded above, so that a loss is not told.
    pub(crate) fn send_control(&self, frame: &[u8]) {
        if self.control.ready_state() != RtcDataChannelState::Open {
            return;
        }
        if let Err(error) = self.control.send_with_u8_array(frame) {
            tracing::debug!(error = %sys::error_name(&error), "a control frame was not sent");
        }
    }

    /// Opens the channel of a new pipe, of which the peer is told in-band.
    pub(crate) fn open_channel(self: &Rc<Self>, pipe: &Rc<Pipe>) -> Result<(), OpenChannelError> {
        if !self.has_room_for_channel() {
            return Err(OpenChannelError::TooMany);
        }
        let init = init(pipe).unwrap_or_default();
        let channel = self
            .pc
            .try_create_data_channel(pipe.label(), &init)
            .map_err(|error| OpenChannelError::Other {
                name: sys::error_name(&error),
            })?;
        self.carry(pipe, Some(channel));
        Ok(())
    }

    /// Carries a pipe from now on, over this channel once there is one.
    pub(crate) fn carry(self: &Rc<Self>, pipe: &Rc<Pipe>, channel: Option<RtcDataChannel>) {
        let this = Rc::downgrade(self);
        pipe.begin(this);
        self.pipes.borrow_mut().push(Rc::downgrade(pipe));
        if let Some(channel) = channel {
            pipe.attach(channel);
        }
    }

    pub(crate) fn has_room_for_channel(&self) -> bool {
        let mut pipes = self.pipes.borrow_mut();
        pipes.retain(|pipe| {
            pipe.upgrade()
                .is_some_and(|pipe| pipe.close_reason().is_none())
        });
        pipes.len() < MAX_OPEN_CHANNELS + crate::options::MAX_CHANNELS
    }

    /// Reports how the operation behind `promise` ends: the mesh waits for one answer to each.
    fn answer(self: &Rc<Self>, promise: &Promise, fulfilled: fn(&Self) -> BrowserEvent) {
        let connection = Rc::downgrade(self);
        sys::when_settled(
            promise,
            Box::new(move |result| {
                // A result that comes after the connection was given up is nobody's.
                let Some(connection) = connection.upgrade() else {
                    return;
                };
                let event = match result {
                    Ok(_) => fulfilled(&connection),
                    Err(error) => BrowserEvent::OperationFailed(sys::error_name(&error)),
                };
                (connection.report)(Report::Browser(event));
            }),
        );
    }

    fn local_description(&self) -> BrowserEvent {
        let description = self.pc.local_description().and_then(|description| {
            let kind = match description.type_() {
                RtcSdpType::Offer => DescriptionKind::Offer,
                RtcSdpType::Answer => DescriptionKind::Answer,
                _ => return None,
            };
            Some(Description {
                kind,
                sdp: description.sdp(),
            })
        });
        match description {
            Some(description) => BrowserEvent::LocalDescription(description),
            None => BrowserEvent::OperationFailed("InvalidStateError".to_owned()),
        }
    }

    fn listen(self: &Rc<Self>) {
        let on_connection = |event: &'static str, act: fn(&Rc<Self>, &Event)| {
            listener(&self.pc, event, Rc::downgrade(self), act)
        };
        let on_control = |event: &'static str, act: fn(&Rc<Self>, &Event)| {
            listener(&self.control, event, Rc::downgrade(self), act)
        };
        *self.listeners.borrow_mut() = vec![
            on_connection("negotiationneeded", |this, _| {
                this.browser(BrowserEvent::NegotiationNeeded);
            }),
            on_connection("icecandidate", Self::on_candidate),
            on_connection("connectionstatechange", |this, _| {
                this.browser(BrowserEvent::Connection(this.connection_state()));
            }),
            on_connection("track", Self::on_track),
            on_connection("datachannel", Self::on_channel),
            on_control("open", |this, _| this.browser(BrowserEvent::ControlOpen)),
            on_control("close", |this, _| this.browser(BrowserEvent::ControlClosed)),
            on_control("message", Self::on_control_message),
        ];
    }

    fn browser(&self, event: BrowserEvent) {
        (self.report)(Report::Browser(event));
    }

    /// `connectionState`, not `iceConnectionState`: Chromium leaves the latter at `disconnected` when a connection has failed.
    fn connection_state(&self) -> ConnectionState {
        match self.pc.connection_state() {
            RtcPeerConnectionState::Connecting => ConnectionState::Connecting,
            RtcPeerConnectionState::Connected => ConnectionState::Connected,
            RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
            RtcPeerConnectionState::Failed => ConnectionState::Failed,
            RtcPeerConnectionState::Closed => ConnectionState::Closed,
            _ => ConnectionState::New,
        }
    }

    fn on_candidate(self: &Rc<Self>, event: &Event) {
        let event: &RtcPeerConnectionIceEvent = event.unchecked_ref();
        // Null is the end of gathering, kept by the standard for old programs and not meant for the peer.
        let Some(candidate) = event.candidate() else {
            return self.browser(BrowserEvent::Gathered);
        };
        let candidate: sys::Candidate = candidate.unchecked_into();
        let line = candidate.candidate().unwrap_or_default();
        self.tried.borrow_mut().local(&line);
        self.browser(BrowserEvent::Candidate(Candidate {
            candidate: line,
            sdp_mid: candidate.sdp_mid(),
            sdp_m_line_index: candidate.sdp_m_line_index(),
            username_fragment: candidate.username_fragment(),
        }));
    }

    fn on_track(self: &Rc<Self>, event: &Event) {
        let event: &RtcTrackEvent = event.unchecked_ref();
        // handclasp sends every track in exactly one stream; a track without one is not ours.
        if let Some(stream) = sys::items(&event.streams()).next() {
            (self.report)(Report::Stream(stream));
        }
    }

    fn on_channel(self: &Rc<Self>, event: &Event) {
        let channel = event.unchecked_ref::<RtcDataChannelEvent>().channel();
        let protocol = channel.unchecked_ref::<sys::OpenedChannel>().protocol();
        if channel.label() == LANE {
            return (self.report)(Report::Lane(channel, protocol));
        }
        match Opening::parse(&protocol) {
            Some(opening) => (self.report)(Report::Channel(channel, opening)),
            // Not opened by a handclasp.
            None => channel.close(),
        }
    }

    fn on_control_message(self: &Rc<Self>, event: &Event) {
        let data = event.unchecked_ref::<MessageEvent>().data();
        match data.dyn_into::<ArrayBuffer>() {
            Ok(frame) if frame.byte_length() <= MAX_CONTROL_FRAME => {
                (self.report)(Report::Control(Uint8Array::new(&frame).to_vec()));
            }
            _ => tracing::debug!("dropped a control frame that is none"),
        }
    }

    /// What this connection has tried so far, for a diagnosis.
    pub(crate) fn tried(&self) -> Tried {
        let mut tried = self.tried.borrow().clone();
        let all_failed = self.connection_state() == ConnectionState::Failed;
        tried.look_at(&self.pc, all_failed);
        tried
    }

    /// Ends the connection. Nothing is reported any more from the call on; the future is done when the browser has delivered
    /// what channels held (`dc.close()` does, `pc.close()` does not), or after three seconds.
    pub(crate) fn close(&self) -> impl Future<Output = ()> + use<> {
        self.listeners.take();
        let linger = self.control.ready_state() == RtcDataChannelState::Open
            && self.connection_state() == ConnectionState::Connected;
        let mut channels = vec![self.control.clone()];
        for pipe in self.pipes.take() {
            if let Some(pipe) = pipe.upgrade() {
                channels.extend(pipe.raw());
                pipe.detach();
            }
        }
        self.senders.stop();
        let pc = self.pc.clone();
        if linger {
            close_when_sent(&self.control);
        } else {
            pc.close();
        }
        async move {
            if linger {
                all_closed(&channels).await;
                pc.close();
            }
        }
    }
}

impl Carrier for Connection {
    /// W3C webrtc-pc §6.1.1; 64 KiB where the other side does not say (RFC 8841 §6.1).
    fn message_limit(&self) -> usize {
        let size = self
            .pc
            .sctp()
            .map_or(65_536.0, |sctp| sctp.max_message_size());
        // Saturates, so that infinity is the largest; zero means no limit.
        if size >= 1.0 {
            size as usize
        } else {
            MAX_UNDIVIDED
        }
    }

    fn say(&self, frame: &Frame) {
        self.send_control(&frame.encode());
    }
}

/// How to make the channel of a pipe; `None` when that is the peer's to do.
fn init(pipe: &Pipe) -> Option<RtcDataChannelInit> {
    match pipe.key() {
        ChannelKey::Declared(id) => Some(pipe.options().to_init(u16::try_from(id).ok())),
        ChannelKey::Mine(number) => {
            let init = pipe.options().to_init(None);
            init.set_protocol(&Opening::say(number, pipe.options()));
            Some(init)
        }
        ChannelKey::Yours(_) => None,
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// A listener that does not keep the connection alive.
fn listener(
    target: &web_sys::EventTarget,
    event: &'static str,
    connection: Weak<Connection>,
    act: fn(&Rc<Connection>, &Event),
) -> EventListener {
    EventListener::new(target, event, move |event| {
        if let Some(connection) = connection.upgrade() {
            act(&connection, event);
        }
    })
}

/// For operations whose failure has no consequence.
pub(crate) fn log_rejection(operation: &'static str, promise: &Promise) {
    sys::when_settled(
        promise,
        Box::new(move |result| {
            if let Err(error) = result {
                tracing::debug!(operation, error = %sys::error_name(&error), "rejected");
            }
        }),
    );
}
