//! The certificate by which others recognise this browser from call to call.
//!
//! Peers see a certificate anyway. Keeping one makes it possible to compare words with somebody once, and not in every call. It stays in
//! this browser (its key cannot be read even here), and goes when the person clears the site's data.

use core::pin::pin;
use core::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use handclasp::new_certificate;
use js_sys::{Date, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode, RtcCertificate};

use crate::browser;

const DATABASE: &str = "handclasp";
const STORE: &str = "keys";
const KEY: &str = "certificate";

/// One that expires sooner is replaced.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long a certificate is good: a year, the longest that browsers allow.
const LIFE: Duration = Duration::from_secs(365 * 24 * 3_600);

/// How long the browser may take, in milliseconds. A call does not wait for being recognised.
const WITHIN: u32 = 2_000;

/// This browser's certificate; a new one the first time. `None` where nothing can be kept, as in private windows: then each visit has its own.
pub(crate) async fn own() -> Option<RtcCertificate> {
    match select(pin!(keep()), TimeoutFuture::new(WITHIN)).await {
        Either::Left((certificate, _)) => certificate,
        Either::Right(_) => None,
    }
}

async fn keep() -> Option<RtcCertificate> {
    let database = open().await?;
    if let Some(kept) = read(&database).await {
        return Some(kept);
    }
    let made = new_certificate(Some(LIFE)).await?;
    let put = store(&database, IdbTransactionMode::Readwrite)?.put_with_key(&made, &KEY.into());
    settled(&put.ok()?).await?;
    Some(made)
}

async fn read(database: &IdbDatabase) -> Option<RtcCertificate> {
    let get = store(database, IdbTransactionMode::Readonly)?.get(&KEY.into());
    let kept: RtcCertificate = settled(&get.ok()?).await?.dyn_into().ok()?;
    (kept.expires() > Date::now() + DAY.as_secs_f64() * 1e3).then_some(kept)
}

async fn open() -> Option<IdbDatabase> {
    let request = browser::window()
        .indexed_db()
        .ok()??
        .open_with_u32(DATABASE, 1)
        .ok()?;
    let opening = request.clone();
    let make_store = Closure::once(move || {
        if let Ok(database) = opening.result() {
            // Fails when it is there, which it is not in a new database.
            let _ = database
                .unchecked_ref::<IdbDatabase>()
                .create_object_store(STORE);
        }
    });
    request.set_onupgradeneeded(Some(make_store.as_ref().unchecked_ref()));
    let opened = settled(&request).await?;
    request.set_onupgradeneeded(None);
    opened.dyn_into().ok()
}

fn store(database: &IdbDatabase, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
    let transaction = database.transaction_with_str_and_mode(STORE, mode).ok()?;
    transaction.object_store(STORE).ok()
}

/// What a request comes to; `None` when it fails.
async fn settled(request: &IdbRequest) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.ok()?;
    request.result().ok()
}
