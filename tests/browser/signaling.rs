//! Signals travel, and nothing else does.
#![cfg(target_arch = "wasm32")]

mod support;

use futures_util::{FutureExt, StreamExt};
use handclasp::crypto::WebCrypto;
use handclasp::signaling::{
    Broadcast, MAX_SEALED, Mqtt, Signaling, SignalingError, SignalingEvent, SignalingEvents, Topic,
};
use handclasp_core::envelope::Keys;
use js_sys::{ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use support::{Guard, soon};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

async fn topic(room: &str) -> Topic {
    let crypto = WebCrypto::new().expect("tests run in a secure context");
    Keys::derive(&crypto, &[7; 16], "signaling test", room)
        .await
        .expect("in range")
        .topic
}

async fn next(what: &str, events: &mut SignalingEvents) -> SignalingEvent {
    soon(what, events.next())
        .await
        .expect("it does not end by itself")
}

fn message(bytes: &[u8]) -> SignalingEvent {
    SignalingEvent::Message(bytes.to_vec())
}

fn script(text: &str) -> JsValue {
    js_sys::eval(text).expect("the script runs")
}

#[wasm_bindgen_test]
async fn tabs_of_one_browser_hear_each_other_on_their_topic() {
    let guard = Guard::new();
    let (here, elsewhere) = (topic("here").await, topic("elsewhere").await);
    let (a, b, c) = (Broadcast::new(), Broadcast::new(), Broadcast::new());
    let mut at_a = a.subscribe(&here, b"will of a".to_vec());
    let mut at_b = b.subscribe(&here, b"will of b".to_vec());
    let mut at_c = c.subscribe(&elsewhere, b"will of c".to_vec());
    for events in [&mut at_a, &mut at_b, &mut at_c] {
        assert_eq!(next("up", events).await, SignalingEvent::Up);
    }

    c.publish(&elsewhere, b"not for here");
    // Of a topic that it is not subscribed to.
    c.publish(&here, b"not from there");
    a.publish(&here, b"one");
    a.publish(&here, &[9; MAX_SEALED]);
    b.publish(&here, b"two");
    assert_eq!(next("one", &mut at_b).await, message(b"one"));
    assert_eq!(
        next("the largest", &mut at_b).await,
        message(&[9; MAX_SEALED])
    );
    assert_eq!(next("two", &mut at_a).await, message(b"two"));
    assert_eq!(at_a.next().now_or_never(), None);
    assert_eq!(at_c.next().now_or_never(), None);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_is_not_a_signal_is_ignored() {
    let guard = Guard::new();
    let topic = topic("foreign").await;
    let transport = Broadcast::new();
    let mut events = transport.subscribe(&topic, Vec::new());
    assert_eq!(next("up", &mut events).await, SignalingEvent::Up);

    let name = format!("handclasp/{}", topic.as_str());
    let foreign = web_sys::BroadcastChannel::new(&name).expect("a channel");
    let post = |value: &JsValue| foreign.post_message(value).expect("it can be cloned");
    post(&"text".into());
    post(&JsValue::NULL);
    post(&42.into());
    post(&ArrayBuffer::new(4));
    post(&js_sys::Uint16Array::new_with_length(4));
    post(&script("({ data: [1, 2, 3] })"));
    post(&Uint8Array::new_with_length(0));
    post(&Uint8Array::new_with_length(MAX_SEALED as u32 + 1));
    post(&Uint8Array::from(&b"a signal"[..]));
    assert_eq!(
        next("the one signal", &mut events).await,
        message(b"a signal")
    );
    foreign.close();
    guard.finish().await;
}

fn pagehide(persisted: bool) {
    let event = script(&format!(
        "new PageTransitionEvent('pagehide', {{ persisted: {persisted} }})"
    ));
    let window = web_sys::window().expect("a page");
    window
        .dispatch_event(event.unchecked_ref())
        .expect("it is not being dispatched");
}

#[wasm_bindgen_test]
async fn a_page_that_goes_away_posts_the_will() {
    let guard = Guard::new();
    let topic = topic("will").await;
    let (a, b) = (Broadcast::new(), Broadcast::new());
    let at_a = a.subscribe(&topic, b"a is gone".to_vec());
    let mut at_b = b.subscribe(&topic, b"b is gone".to_vec());
    assert_eq!(next("up", &mut at_b).await, SignalingEvent::Up);

    // Kept for the back button: not gone.
    pagehide(true);
    a.publish(&topic, b"still here");
    assert_eq!(next("a signal", &mut at_b).await, message(b"still here"));

    pagehide(false);
    assert_eq!(next("the will", &mut at_b).await, message(b"a is gone"));

    // One that has left in good order has no will any more, and publishes nothing.
    drop(at_a);
    pagehide(false);
    a.publish(&topic, b"late");
    let c = Broadcast::new();
    let _at_c = c.subscribe(&topic, Vec::new());
    c.publish(&topic, b"the next");
    assert_eq!(
        next("another's signal", &mut at_b).await,
        message(b"the next")
    );
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_browser_without_channels_is_told_so() {
    let guard = Guard::new();
    let topic = topic("unsupported").await;
    let restore: Function = script(
        "(() => { const real = BroadcastChannel; delete globalThis.BroadcastChannel;
                  return () => { globalThis.BroadcastChannel = real; }; })()",
    )
    .unchecked_into();
    let mut events = Broadcast::new().subscribe(&topic, Vec::new());
    restore.call0(&JsValue::UNDEFINED).expect("restored");
    let SignalingEvent::Down(error) = next("down", &mut events).await else {
        panic!("it cannot be up");
    };
    assert_eq!(error, SignalingError::Unsupported);
    assert!(error.is_permanent());
    guard.finish().await;
}

/// Counts the sockets that the page opens. `opened(n)` is a promise of the n-th.
const COUNTED: &str = "(() => {
    const Real = WebSocket;
    const waiting = [];
    let count = 0;
    globalThis.WebSocket = class extends Real {
        constructor(...args) {
            super(...args);
            count += 1;
            waiting.filter(([n]) => n <= count).forEach(([, done]) => done());
        }
    };
    return {
        opened: (n) => new Promise((done) => { n <= count ? done() : waiting.push([n, done]); }),
        restore: () => { globalThis.WebSocket = Real; },
    };
})()";

fn call(object: &JsValue, method: &str, argument: &JsValue) -> JsValue {
    let function: Function = Reflect::get(object, &method.into())
        .expect("an object")
        .dyn_into()
        .unwrap_or_else(|_| panic!("no method {method}"));
    function.call1(object, argument).expect("it returns")
}

async fn promised(what: &str, promise: JsValue) {
    let promise: Promise = promise.dyn_into().expect("a promise");
    soon(what, JsFuture::from(promise))
        .await
        .expect("it is fulfilled");
}

#[wasm_bindgen_test]
async fn a_broker_that_is_not_there_is_told_once_and_tried_again() {
    let guard = Guard::new();
    let topic = topic("unreachable").await;
    let counted = script(COUNTED);
    // A port from which nothing answers.
    let transport = Mqtt::new("ws://127.0.0.1:47113/mqtt").expect("an address");
    assert_eq!(transport.name(), "mqtt 127.0.0.1:47113");
    let mut events = transport.subscribe(&topic, b"will".to_vec());
    let SignalingEvent::Down(error) = next("down", &mut events).await else {
        panic!("it cannot be up");
    };
    assert_eq!(error, SignalingError::Unreachable);
    assert!(!error.is_permanent());
    transport.publish(&topic, b"into the void");
    promised("three attempts", call(&counted, "opened", &3.into())).await;
    assert_eq!(events.next().now_or_never(), None, "told once");
    drop(events);
    call(&counted, "restore", &JsValue::UNDEFINED);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn an_address_that_no_browser_opens_is_a_permanent_error() {
    let guard = Guard::new();
    let topic = topic("address").await;
    let transport = Mqtt::new("ws://host:99999999/").expect("it has a scheme and a host");
    let mut events = transport.subscribe(&topic, Vec::new());
    assert_eq!(
        next("down", &mut events).await,
        SignalingEvent::Down(SignalingError::Address)
    );
    assert_eq!(
        Mqtt::new("https://host/").err().map(|error| error.code()),
        Some("broker-url-scheme")
    );
    guard.finish().await;
}

/// A WebSocket with a broker inside, that grants everything and sends every message back. Its packets are all shorter than
/// 128 bytes, so that their length is one byte.
const BROKER: &str = "(() => {
    const Real = WebSocket;
    const sockets = [];
    globalThis.WebSocket = class extends EventTarget {
        constructor(url, protocol) {
            super();
            Object.assign(this, { url, protocol, packets: [], closed: false });
            sockets.push(this);
            queueMicrotask(() => this.dispatchEvent(new Event('open')));
        }
        send(data) {
            const bytes = Uint8Array.from(data);
            this.packets.push(bytes);
            if (bytes[0] === 0x10) this.answer([0x20, 3, 0, 0, 0]);
            if (bytes[0] === 0x82) this.answer([0x90, 4, bytes[2], bytes[3], 0, 1]);
            if (bytes[0] === 0xc0) this.answer([0xd0, 0]);
            if (bytes[0] === 0x32) {
                const id = 4 + bytes[3];
                this.answer([0x40, 2, bytes[id], bytes[id + 1]]);
                this.answer(bytes);
            }
        }
        answer(bytes) { queueMicrotask(() => this.say(Uint8Array.from(bytes).buffer)); }
        say(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
        hangUp() { this.closed = true; this.dispatchEvent(new CloseEvent('close')); }
        close() { this.closed = true; }
    };
    return {
        socket: (n) => sockets[n],
        restore: () => { globalThis.WebSocket = Real; },
    };
})()";

struct Broker(JsValue);

impl Broker {
    fn new() -> Self {
        Self(script(BROKER))
    }

    /// The `n`-th socket that was opened.
    fn socket(&self, n: u32) -> JsValue {
        call(&self.0, "socket", &n.into())
    }

    /// The first bytes of the packets that came over it.
    fn kinds(&self, n: u32) -> Vec<u8> {
        let packets: js_sys::Array = Reflect::get(&self.socket(n), &"packets".into())
            .expect("an object")
            .unchecked_into();
        packets
            .iter()
            .map(|packet| Uint8Array::new(&packet).get_index(0))
            .collect()
    }

    fn is_closed(&self, n: u32) -> bool {
        Reflect::get(&self.socket(n), &"closed".into())
            .expect("an object")
            .is_truthy()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        call(&self.0, "restore", &JsValue::UNDEFINED);
    }
}

const CONNECT: u8 = 0x10;
const PUBLISH: u8 = 0x32;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const PINGREQ: u8 = 0xc0;
const DISCONNECT: u8 = 0xe0;

#[wasm_bindgen_test]
async fn a_session_with_a_broker_from_beginning_to_end() {
    let guard = Guard::new();
    let topic = topic("session").await;
    let broker = Broker::new();
    let transport = Mqtt::new("wss://user:pass@broker.test/mqtt?prefix=p").expect("an address");
    let mut events = transport.subscribe(&topic, b"will".to_vec());
    assert_eq!(next("up", &mut events).await, SignalingEvent::Up);

    let property = |name: &str| Reflect::get(&broker.socket(0), &name.into()).expect("an object");
    assert_eq!(
        property("url").as_string().as_deref(),
        Some("wss://broker.test/mqtt")
    );
    assert_eq!(property("protocol").as_string().as_deref(), Some("mqtt"));
    assert_eq!(
        property("binaryType").as_string().as_deref(),
        Some("arraybuffer")
    );

    transport.publish(&topic, b"a signal");
    assert_eq!(next("the echo", &mut events).await, message(b"a signal"));
    assert_eq!(broker.kinds(0), [CONNECT, SUBSCRIBE, PUBLISH, PUBACK]);

    // The device may have lost its network: the line is tried at once.
    let window = web_sys::window().expect("a page");
    window
        .dispatch_event(&web_sys::Event::new("offline").expect("an event"))
        .expect("dispatched");
    assert_eq!(broker.kinds(0).last(), Some(&PINGREQ));
    window
        .dispatch_event(&web_sys::Event::new("online").expect("an event"))
        .expect("dispatched");

    // The line breaks, and another is made.
    call(&broker.socket(0), "hangUp", &JsValue::UNDEFINED);
    assert_eq!(
        next("down", &mut events).await,
        SignalingEvent::Down(SignalingError::Lost)
    );
    assert_eq!(next("up again", &mut events).await, SignalingEvent::Up);
    assert_eq!(broker.kinds(1), [CONNECT, SUBSCRIBE]);

    // The end: a last signal, and no will.
    transport.publish(&topic, b"goodbye");
    drop(events);
    assert_eq!(broker.kinds(1), [CONNECT, SUBSCRIBE, PUBLISH, DISCONNECT]);
    assert!(broker.is_closed(1));
    window
        .dispatch_event(&web_sys::Event::new("offline").expect("an event"))
        .expect("dispatched");
    transport.publish(&topic, b"late");
    call(&broker.socket(1), "say", &ArrayBuffer::new(4));
    assert_eq!(broker.kinds(1).len(), 4, "nobody is there any more");
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn a_broker_that_talks_nonsense_is_left_and_tried_again() {
    let guard = Guard::new();
    let topic = topic("nonsense").await;
    let nonsense = [
        (JsValue::from("text"), SignalingError::Lost),
        (ArrayBuffer::new(2 << 20).into(), SignalingError::Lost),
        (
            Uint8Array::from(&[0xff, 0][..]).buffer().into(),
            SignalingError::Protocol,
        ),
    ];
    for (data, error) in nonsense {
        let broker = Broker::new();
        let transport = Mqtt::new("ws://broker.test").expect("an address");
        let mut events = transport.subscribe(&topic, Vec::new());
        assert_eq!(next("up", &mut events).await, SignalingEvent::Up);
        call(&broker.socket(0), "say", &data);
        assert!(broker.is_closed(0));
        assert_eq!(next("down", &mut events).await, SignalingEvent::Down(error));
        assert_eq!(next("up again", &mut events).await, SignalingEvent::Up);
    }
    guard.finish().await;
}
