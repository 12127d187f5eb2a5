//! Any MQTT broker that speaks WebSocket.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use handclasp_core::mqtt::packet::MAX_PACKET;
use handclasp_core::mqtt::{
    Address, AddressError, Client, ClientError, CloseReason, Config, Input, Output,
};
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    AbortController, BinaryType, EventTarget, MessageEvent, RequestCache, RequestCredentials,
    RequestInit, RequestMode, WebSocket,
};

use super::{Signaling, SignalingError, SignalingEvents, SignalingSink, Topic};
use crate::sys;

/// Largest WebSocket message in bytes that is looked at. A broker may put several packets into one, but not a flood.
const MAX_FRAME: u32 = 8 * MAX_PACKET as u32;

/// Finds members through an MQTT broker, by a connection of its own for each room.
///
/// The broker learns neither the room's name nor what is said in it: the topic's name and the messages come from the room's
/// secret. It publishes the member's last will when the connection breaks, so that others see at once who has vanished.
pub struct Mqtt {
    address: Address,
    connection: RefCell<Weak<Connection>>,
}

/// Why a text is not the address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct MqttUrlError(#[from] AddressError);

impl MqttUrlError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self.0 {
            AddressError::Scheme => "broker-url-scheme",
            AddressError::TooLong => "broker-url-too-long",
            AddressError::Host => "broker-url-host",
            AddressError::Encoding => "broker-url-encoding",
            AddressError::Username => "broker-url-username",
            AddressError::Prefix => "broker-url-prefix",
            _ => "broker-url",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self.0 {
            AddressError::Scheme => "Give an address such as wss://broker.example/mqtt.",
            AddressError::Encoding => {
                "Write special characters as %, followed by two hexadecimal digits."
            }
            AddressError::Prefix => "Give a prefix such as ?prefix=calls, without + and #.",
            _ => "Check the address of the broker.",
        }
    }
}

impl Mqtt {
    /// The broker at `url`: `wss://user:password@host:port/path?prefix=some/topic`, of which everything but scheme (`ws` or
    /// `wss`) and host may be left out. Topics are named `<prefix>/<22 characters>`, with the prefix `handclasp` unless
    /// another one is given.
    ///
    /// Nothing is opened before [`subscribe`](Signaling::subscribe). MQTT 5 and 3.1.1 are both spoken.
    ///
    /// # Errors
    /// [`MqttUrlError`] when the text is not such an address.
    pub fn new(url: &str) -> Result<Self, MqttUrlError> {
        Ok(Self {
            address: Address::parse(url)?,
            connection: RefCell::new(Weak::new()),
        })
    }
}

impl Signaling for Mqtt {
    fn name(&self) -> String {
        ["mqtt ", self.address.host()].concat()
    }

    fn subscribe(&self, topic: &Topic, will: Vec<u8>) -> SignalingEvents {
        let (sink, events) = SignalingEvents::channel();
        let connection = Connection::open(&self.address, topic, will, sink);
        *self.connection.borrow_mut() = Rc::downgrade(&connection);
        events.with_guard(Guard(connection))
    }

    fn publish(&self, topic: &Topic, bytes: &[u8]) {
        let connection = self.connection.borrow().upgrade();
        match connection {
            Some(connection) if connection.topic == *topic => connection.handle(Input::Publish {
                topic: connection.address.topic(topic.as_str()),
                payload: bytes.to_vec(),
            }),
            _ => tracing::debug!("dropped a signal for a topic that is not subscribed"),
        }
    }
}

/// The owner of a connection. Everything else that knows it (socket, timer, listeners, [`Mqtt`]) knows it weakly.
struct Guard(Rc<Connection>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.handle(Input::Shutdown);
    }
}

/// A [`Client`] and what it drives.
struct Connection {
    address: Address,
    topic: Topic,
    sink: SignalingSink,
    client: RefCell<Client>,
    socket: RefCell<Option<Socket>>,
    look: RefCell<Option<Look>>,
    timer: RefCell<Option<Timeout>>,
    _network: [Option<EventListener>; 3],
}

impl Connection {
    fn open(address: &Address, topic: &Topic, will: Vec<u8>, sink: SignalingSink) -> Rc<Self> {
        let name = address.topic(topic.as_str());
        let config = Config {
            client_id: client_id(),
            username: address.username().map(str::to_owned),
            password: address
                .password()
                .map(|password| password.as_bytes().to_vec()),
            will: Some((name.clone(), will)),
            seed: u64::from_be_bytes(sys::random()),
        };
        let connection = Rc::new_cyclic(|this: &Weak<Self>| {
            let window = web_sys::window();
            let hint = |target: Option<&EventTarget>, event: &'static str, hint: fn() -> Input| {
                let this = this.clone();
                target
                    .map(|target| EventListener::new(target, event, move |_| handle(&this, hint())))
            };
            let window = window.as_deref();
            Self {
                address: address.clone(),
                topic: topic.clone(),
                sink,
                client: RefCell::new(Client::new(config, sys::now())),
                socket: RefCell::new(None),
                look: RefCell::new(None),
                timer: RefCell::new(None),
                _network: [
                    hint(window, "online", || Input::Online),
                    hint(window, "offline", || Input::Offline),
                    hint(sys::network().as_ref(), "change", || Input::Online),
                ],
            }
        });
        connection.handle(Input::Subscribe { topic: name });
        connection
    }

    /// Hands an input to the client, does what it wants done, and sets the timer.
    fn handle(self: &Rc<Self>, input: Input) {
        if let Input::Closed(_) = input {
            drop(self.socket.take());
        }
        // No borrow is held while something outside is called: that may call back.
        self.client.borrow_mut().handle(input, sys::now());
        loop {
            let output = self.client.borrow_mut().poll();
            match output {
                Some(output) => self.perform(output),
                None => break,
            }
        }
        self.set_timer();
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Look => {
                self.look.replace(Look::begin(self));
            }
            Output::Connect => {
                self.look.take();
                let opened = Socket::open(self);
                let failed = opened.as_ref().err().copied();
                self.socket.replace(opened.ok());
                if let Some(reason) = failed {
                    self.client
                        .borrow_mut()
                        .handle(Input::Closed(reason), sys::now());
                }
            }
            Output::Send(bytes) => {
                if let Some(socket) = &*self.socket.borrow() {
                    socket.send(&bytes);
                }
            }
            Output::CloseSocket => drop(self.socket.take()),
            Output::Up => self.sink.up(),
            // There is but one topic.
            Output::Message { payload, .. } => self.sink.message(payload),
            Output::Down(error) => self.sink.down(error.into()),
            Output::Dropped(reason) => tracing::debug!(?reason, "dropped a signal"),
        }
    }

    /// Sets the one timer, anew after every input, also when the moment is the same. Browsers fire the timers of a hidden
    /// page once a minute when each was set by the one before (five times in a row), which would be too late for the
    /// keep-alive; a timer that was set when a pong arrived is none of those.
    fn set_timer(self: &Rc<Self>) {
        let timer = self.client.borrow().next_timeout().map(|at| {
            let millis = at.since(sys::now()).as_millis();
            let this = Rc::downgrade(self);
            Timeout::new(u32::try_from(millis).unwrap_or(u32::MAX), move || {
                handle(&this, Input::Timeout);
            })
        });
        self.timer.replace(timer);
    }
}

fn handle(connection: &Weak<Connection>, input: Input) {
    if let Some(connection) = connection.upgrade() {
        connection.handle(input);
    }
}

/// A WebSocket that is closed on drop. What was sent before still leaves.
struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    fn open(connection: &Rc<Connection>) -> Result<Self, CloseReason> {
        let url = connection.address.url();
        let socket =
            WebSocket::new_with_str(url, "mqtt").map_err(|error| close_reason(&error, url))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on = |event: &'static str, input: fn(&web_sys::Event) -> Option<Input>| {
            let connection = Rc::downgrade(connection);
            EventListener::new(&socket, event, move |event| {
                if let Some(input) = input(event) {
                    handle(&connection, input);
                }
            })
        };
        Ok(Self {
            _listeners: [
                on("open", |_| Some(Input::Opened)),
                on("message", received),
                on("close", |_| Some(Input::Closed(CloseReason::Lost))),
            ],
            socket,
        })
    }

    fn send(&self, bytes: &[u8]) {
        // A socket that is closing takes nothing any more; that it has closed is reported by itself.
        if self.socket.send_with_u8_array(bytes).is_err() {
            tracing::debug!("the socket took no data");
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails only for codes and reasons, of which there are none.
        let _ = self.socket.close();
    }
}

/// A request to the server of the WebSocket, which is given up on drop. Whatever answers, the answer is nobody's to read.
struct Look(AbortController);

impl Look {
    fn begin(connection: &Rc<Connection>) -> Option<Self> {
        let url = ["http", connection.address.url().strip_prefix("ws")?].concat();
        let controller = AbortController::new().ok()?;
        let init = RequestInit::new();
        init.set_method("HEAD");
        init.set_mode(RequestMode::NoCors);
        init.set_cache(RequestCache::NoStore);
        init.set_credentials(RequestCredentials::Omit);
        init.set_signal(Some(&controller.signal()));
        let connection = Rc::downgrade(connection);
        let answer = web_sys::window()?.fetch_with_str_and_init(&url, &init);
        let signal = controller.signal();
        sys::when_settled(
            &answer,
            Box::new(move |_| {
                if !signal.aborted() {
                    handle(&connection, Input::Seen);
                }
            }),
        );
        Some(Self(controller))
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn received(event: &web_sys::Event) -> Option<Input> {
    let buffer = event
        .dyn_ref::<MessageEvent>()?
        .data()
        .dyn_into::<ArrayBuffer>();
    match buffer {
        Ok(buffer) if buffer.byte_length() <= MAX_FRAME => {
            Some(Input::Received(Uint8Array::new(&buffer).to_vec()))
        }
        // Text, or a flood: not MQTT (§6).
        _ => Some(Input::Closed(CloseReason::Lost)),
    }
}

/// What the exception of `new WebSocket` means (<https://websockets.spec.whatwg.org/#dom-websocket-websocket>).
fn close_reason(error: &JsValue, url: &str) -> CloseReason {
    match &*sys::error_name(error) {
        "SyntaxError" => CloseReason::Address,
        "SecurityError" if url.starts_with("ws:") => CloseReason::Insecure,
        // The page's Content-Security-Policy, in some browsers.
        "SecurityError" => CloseReason::Lost,
        _ => CloseReason::Unsupported,
    }
}

/// 20 letters, of 80 random bits: every broker takes them, and no two clients share them.
fn client_id() -> String {
    sys::random::<10>()
        .into_iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from(b'a' + nibble))
        .collect()
}

impl From<ClientError> for SignalingError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unsupported => Self::Unsupported,
            ClientError::Address => Self::Address,
            ClientError::Insecure => Self::Insecure,
            ClientError::Offline => Self::Offline,
            ClientError::Unreachable => Self::Unreachable,
            ClientError::Lost => Self::Lost,
            ClientError::Timeout => Self::Timeout,
            ClientError::Busy => Self::Busy,
            ClientError::BadCredentials => Self::BadCredentials,
            ClientError::NotAuthorized => Self::NotAuthorized,
            ClientError::Refused(code) => Self::Refused(code),
            _ => Self::Protocol,
        }
    }
}
