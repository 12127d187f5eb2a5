//! Files in a browser that has no disk for pages, as in private windows: they are kept in memory.
#![cfg(target_arch = "wasm32")]

mod support;

use js_sys::{Object, Reflect};
use support::parcels::{both_done, noise, offered, only, source};
use support::{Guard, Pair};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn without_a_disk_files_are_kept_in_memory() {
    let navigator = web_sys::window().expect("a page").navigator();
    let nothing = Object::new();
    Reflect::set(&nothing, &"value".into(), &JsValue::UNDEFINED).expect("set");
    Object::define_property(&navigator, &"storage".into(), &nothing);

    let guard = Guard::new();
    let pair = Pair::meet().await;
    let content = noise(20 * 1024 * 1024, 1);
    let (sending, receiving) = offered(&pair, vec![source("big.bin", &content)]).await;
    receiving.accept();
    both_done(&sending, &receiving).await;
    let (received, bytes) = only(&receiving).await;
    assert!(!received.on_disk);
    assert!(bytes == content);
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}
