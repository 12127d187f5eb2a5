//! What a visit has left that is over, by a reload or a crash: the next one goes on with it, or deletes it when it is old.
#![cfg(target_arch = "wasm32")]

mod support;

use handclasp_core::transfer::{Entry, store_key};
use handclasp_core::wire::Writer;
use js_sys::{Array, Function, Promise, Uint8Array};
use support::parcels::{both_done, noise, offered, only, source};
use support::{Guard, Pair};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const SEGMENT: usize = 8 * 1024 * 1024;

/// A segment as it stands on the disk.
fn segment(runs: &[(&str, usize, usize)], content: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u16(runs.len() as u16);
    for (key, offset, length) in runs {
        writer.text(key);
        writer.u64(*offset as u64);
        writer.u64(*length as u64);
    }
    writer.bytes(content);
    writer.into_bytes()
}

/// Runs the body of an async function.
async fn run(body: &str, arguments: &[JsValue]) -> JsValue {
    let body = format!("return (async (a, b, c) => {{ {body} }})(...arguments)");
    let function = Function::new_no_args(&body);
    let arguments: Array = arguments.iter().collect();
    let promise = function.apply(&JsValue::NULL, &arguments).expect("run");
    JsFuture::from(promise.unchecked_into::<Promise>())
        .await
        .expect("fulfilled")
}

async fn put(visit: &str, name: &str, content: &[u8]) {
    let script = "
        const root = await navigator.storage.getDirectory();
        const home = await root.getDirectoryHandle('handclasp.files', { create: true });
        const visit = await home.getDirectoryHandle(a, { create: true });
        const file = await visit.getFileHandle(b, { create: true });
        const writable = await file.createWritable();
        await writable.write(c);
        await writable.close();
    ";
    let content = Uint8Array::from(content).into();
    run(script, &[visit.into(), name.into(), content]).await;
}

async fn visits() -> Vec<String> {
    let script = "
        const root = await navigator.storage.getDirectory();
        const home = await root.getDirectoryHandle('handclasp.files', { create: true });
        const names = [];
        for await (const name of home.keys()) names.push(name);
        return names;
    ";
    let names: Array = run(script, &[]).await.unchecked_into();
    names.iter().filter_map(|name| name.as_string()).collect()
}

#[wasm_bindgen_test]
async fn what_a_crash_has_left_is_gone_on_with_and_what_is_old_is_deleted() {
    let guard = Guard::new();
    let content = noise(2 * SEGMENT + 1000, 1);
    let key = store_key(&Entry {
        path: "film.bin".into(),
        size: content.len() as u64,
        modified: 1_700_000_000_000,
        media_type: String::new(),
    });
    let today = (js_sys::Date::now() / 86_400_000.0) as u32;
    let crashed = format!("{today}-1");
    // Another file's small part is in the same segment, and the order of names says nothing.
    let whole = [b"other".as_slice(), &content[..SEGMENT]].concat();
    let runs = [("other", 0, 5), (key.as_str(), 0, SEGMENT)];
    put(&crashed, "2", &segment(&runs, &whole)).await;
    let second = segment(&[(&key, SEGMENT, 1000)], &content[SEGMENT..][..1000]);
    put(&crashed, "1", &second).await;
    // Begun, and cut off by the crash.
    put(&crashed, "3", b"").await;
    put(&crashed, "4", &second[..100]).await;
    let hangs_in_the_air = segment(&[(&key, SEGMENT + 2000, 4)], b"air!");
    put(&crashed, "5", &hangs_in_the_air).await;
    let old = format!("{}-2", today - 8);
    put(&old, "1", &segment(&[("old", 0, 3)], b"old")).await;
    put("nonsense", "1", b"not ours").await;

    let pair = Pair::meet().await;
    let (sending, receiving) = offered(&pair, vec![source("film.bin", &content)]).await;
    receiving.accept();
    both_done(&sending, &receiving).await;
    assert_eq!(receiving.progress().resumed, SEGMENT as u64 + 1000);
    assert!(only(&receiving).await.1 == content);
    let left = visits().await;
    assert!(left.contains(&crashed), "it is in use");
    assert!(!left.contains(&old) && !left.iter().any(|name| name == "nonsense"));
    receiving.discard().await;
    pair.part().await;
    guard.finish().await;
}
