//! What browsers do at the limits of data channels, on bare connections: the facts that bounds and waiting in `channel` rest on. A test that
//! fails here says that a browser has changed, and which bound to look at.
#![cfg(target_arch = "wasm32")]

mod support;

use handclasp::channel::{HIGH_MARK, LOW_MARK};
use support::{Guard, soon};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

#[wasm_bindgen(inline_js = "
    const next = (target, event) => new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));

    // Two connections with a reliable, ordered channel, and what comes at the second.
    export async function connect() {
        const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
        const [from, to] = [a, b].map((pc) => pc.createDataChannel('data', { negotiated: true, id: 0 }));
        to.binaryType = 'arraybuffer';
        a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
        b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
        const pair = { a, b, from, to, bytes: 0, sizes: [] };
        to.addEventListener('message', ({ data }) => { pair.bytes += data.byteLength; pair.sizes.push(data.byteLength); });
        const opened = Promise.all([next(from, 'open'), next(to, 'open')]);
        await a.setLocalDescription();
        await b.setRemoteDescription(a.localDescription);
        await b.setLocalDescription();
        await a.setRemoteDescription(b.localDescription);
        await opened;
        return pair;
    }
    export function end({ a, b }) { a.close(); b.close(); }
    export function max_message_size({ a }) { return a.sctp.maxMessageSize; }
    export function is_open({ from }) { return from.readyState === 'open'; }
    // Sends messages of this size; how many went, and the name of the exception that ended it.
    export function send({ from }, size, count) {
        const message = new Uint8Array(size);
        for (let sent = 0; sent < count; sent += 1) {
            try { from.send(message); } catch (error) { return [sent, error.name]; }
        }
        return [count, ''];
    }
    // Ready when so many bytes have come.
    export async function come(pair, bytes) {
        while (pair.bytes < bytes) await next(pair.to, 'message');
    }
    export function sizes({ sizes }) { return new Uint32Array(sizes); }
    export function bytes({ bytes }) { return bytes; }
    export function buffered({ from }) { return from.bufferedAmount; }
    // What is buffered when the browser says that it is little; and the least that was told before, at each message that came.
    export async function low({ from, to }, threshold) {
        from.bufferedAmountLowThreshold = threshold;
        await next(from, 'bufferedamountlow');
        return from.bufferedAmount;
    }
    export async function close_channel({ from, to }) {
        const closed = next(to, 'close');
        from.close();
        await closed;
    }
    export async function close_connection({ a, to }) {
        const closed = next(to, 'close');
        a.close();
        await closed;
    }
    export function firefox() { return navigator.userAgent.includes('Firefox'); }
")]
extern "C" {
    async fn connect() -> JsValue;
    fn end(pair: &JsValue);
    fn max_message_size(pair: &JsValue) -> f64;
    fn is_open(pair: &JsValue) -> bool;
    fn send(pair: &JsValue, size: u32, count: u32) -> js_sys::Array;
    async fn come(pair: &JsValue, bytes: f64) -> JsValue;
    fn sizes(pair: &JsValue) -> Vec<u32>;
    fn bytes(pair: &JsValue) -> f64;
    fn buffered(pair: &JsValue) -> u32;
    async fn low(pair: &JsValue, threshold: u32) -> JsValue;
    async fn close_channel(pair: &JsValue) -> JsValue;
    async fn close_connection(pair: &JsValue) -> JsValue;
    fn firefox() -> bool;
}

/// How many messages of this size went out, and what the browser threw at the next.
fn sent(pair: &JsValue, size: u32, count: u32) -> (u32, String) {
    let sent = send(pair, size, count);
    let went = sent.get(0).as_f64().unwrap_or_default();
    (went as u32, sent.get(1).as_string().unwrap_or_default())
}

#[wasm_bindgen_test]
async fn chromium_takes_a_quarter_of_a_mebibyte_and_says_so_of_more() {
    let guard = Guard::new();
    let pair = soon("a connection", connect()).await;
    let most = max_message_size(&pair);
    if firefox() {
        assert_eq!(most, f64::from(1024 * MIB - 1));
    } else {
        assert_eq!(most, f64::from(256 * KIB));
        assert_eq!(
            sent(&pair, 256 * KIB + 1, 1),
            (0, "TypeError".to_owned()),
            "one byte more"
        );
    }
    assert_eq!(sent(&pair, 256 * KIB, 1), (1, String::new()));
    soon("all of it", come(&pair, f64::from(256 * KIB))).await;
    assert_eq!(sizes(&pair), [256 * KIB], "in one piece");
    end(&pair);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn firefox_takes_a_message_of_nine_mebibytes_and_loses_it() {
    if !firefox() {
        return;
    }
    let guard = Guard::new();
    let pair = soon("a connection", connect()).await;
    assert_eq!(sent(&pair, 8 * MIB, 1), (1, String::new()));
    soon("eight", come(&pair, f64::from(8 * MIB))).await;
    assert_eq!(sent(&pair, 9 * MIB, 1), (1, String::new()), "no exception");
    assert_eq!(sent(&pair, 1, 1), (1, String::new()));
    soon("the one behind", come(&pair, f64::from(8 * MIB + 1))).await;
    assert_eq!(sizes(&pair), [8 * MIB, 1]);
    end(&pair);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn firefox_takes_more_than_sixty_four_mebibytes_and_loses_what_is_above() {
    if !firefox() {
        return;
    }
    let guard = Guard::new();
    let pair = soon("a connection", connect()).await;
    let all = 72 * MIB;
    let pieces = all / (256 * KIB);
    assert_eq!(sent(&pair, 256 * KIB, pieces), (pieces, String::new()));
    assert_eq!(buffered(&pair), all, "as if it had all of it");
    let kept = f64::from(64 * MIB);
    soon("what it has", come(&pair, kept)).await;
    assert!(is_open(&pair));
    assert_eq!(sent(&pair, 1, 1), (1, String::new()));
    while sizes(&pair).last() != Some(&1) {
        soon("one more", come(&pair, bytes(&pair) + 1.0)).await;
    }
    // What had gone already when it was full came as well.
    assert!(
        bytes(&pair) < kept + f64::from(2 * MIB),
        "and nothing of the rest"
    );
    end(&pair);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn chromium_throws_when_sixteen_mebibytes_wait_and_recovers() {
    if firefox() {
        return;
    }
    let guard = Guard::new();
    let pair = soon("a connection", connect()).await;
    let (went, error) = sent(&pair, 64 * KIB, 1000);
    assert_eq!(error, "OperationError");
    let queued = went * 64 * KIB;
    assert!(
        (15 * MIB..=17 * MIB).contains(&queued) && HIGH_MARK < queued / 8,
        "{queued} bytes"
    );
    assert!(is_open(&pair));
    soon("all that it took", come(&pair, f64::from(queued))).await;
    assert_eq!(sent(&pair, 1, 1), (1, String::new()));
    soon("one more", come(&pair, f64::from(queued + 1))).await;
    end(&pair);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn little_is_buffered_when_the_browser_says_so_and_never_less_than_it_tells() {
    let guard = Guard::new();
    let pair = soon("a connection", connect()).await;
    let all = HIGH_MARK + 64 * KIB;
    assert_eq!(sent(&pair, 64 * KIB, all / (64 * KIB)), (17, String::new()));
    assert_eq!(buffered(&pair), all, "all of it, in the same turn");
    let left = soon("little left", low(&pair, LOW_MARK)).await;
    assert!(
        left.as_f64()
            .is_some_and(|left| left <= f64::from(LOW_MARK))
    );
    soon("the rest", come(&pair, f64::from(all))).await;
    end(&pair);
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn closing_the_channel_delivers_what_is_queued_and_closing_the_connection_does_not() {
    let guard = Guard::new();
    let all = f64::from(2 * MIB);
    for is_connection in [false, true] {
        let pair = soon("a connection", connect()).await;
        assert_eq!(sent(&pair, 64 * KIB, 32), (32, String::new()));
        if is_connection {
            soon("the end", close_connection(&pair)).await;
            assert!(
                bytes(&pair) < all,
                "nothing was lost: no need to wait any more"
            );
        } else {
            soon("the end", close_channel(&pair)).await;
            assert_eq!(bytes(&pair), all);
        }
        end(&pair);
    }
    guard.finish().await;
}
