//! How many connections a browser gives one page: why everything of a connection is dropped when it is closed. In a page of its own, which has no
//! more afterwards.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
    const connections = [];
    // How many of `count` connections there were, and the name of the exception that ended it.
    export function make(count) {
        for (let made = 0; made < count; made += 1) {
            try { connections.push(new RTCPeerConnection()); } catch (error) { return [made, error.name]; }
        }
        return [count, ''];
    }
    export function close_all() { for (const connection of connections) connection.close(); }
    export function firefox() { return navigator.userAgent.includes('Firefox'); }
")]
extern "C" {
    fn make(count: u32) -> js_sys::Array;
    fn close_all();
    fn firefox() -> bool;
}

fn made(count: u32) -> (u32, String) {
    let made = make(count);
    let how_many = made.get(0).as_f64().unwrap_or_default();
    (how_many as u32, made.get(1).as_string().unwrap_or_default())
}

#[wasm_bindgen_test]
fn chromium_has_five_hundred_and_none_back_while_the_closed_ones_are_not_garbage() {
    if firefox() {
        assert_eq!(made(600), (600, String::new()));
        close_all();
        return;
    }
    assert_eq!(made(600), (500, "UnknownError".to_owned()));
    close_all();
    assert_eq!(made(1), (0, "UnknownError".to_owned()), "they are held yet");
}
