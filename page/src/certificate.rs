//! The certificate by which others recognise this browser from call to call.
//!
//! Peers see a certificate anyway. Keeping one makes it possible to compare words with somebody once, and not in every call. It stays in
//! this browser (its key cannot be read even here), and goes when the person clears the site's data.

use js_sys::{Date, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode, RtcCertificate, RtcPeerConnection,
};

use crate::browser;

const DATABASE: &str = "handclasp";
const STORE: &str = "keys";
const KEY: &str = "certificate";

/// How long a certificate is good, ms: a year, the longest that browsers allow.
const LIFE: f64 = 365.0 * DAY;

/// One that expires sooner is replaced.
const DAY: f64 = 24.0 * 3_600_000.0;

/// This browser's certificate; a new one the first time. `None` where nothing can be kept, as in private windows: then each visit has its own.
pub(crate) async fn own() -> Option<RtcCertificate> {
    let database = open().await?;
    if let Some(kept) = read(&database).await {
        return Some(kept);
    }
    let made = make().await?;
    let put = store(&database, IdbTransactionMode::Readwrite)?.put_with_key(&made, &KEY.into());
    settled(&put.ok()?).await?;
    Some(made)
}

async fn read(database: &IdbDatabase) -> Option<RtcCertificate> {
    let get = store(database, IdbTransactionMode::Readonly)?.get(&KEY.into());
    let kept: RtcCertificate = settled(&get.ok()?).await?.dyn_into().ok()?;
    (kept.expires() > Date::now() + DAY).then_some(kept)
}

/// ECDSA on P-256, what browsers make by themselves.
async fn make() -> Option<RtcCertificate> {
    let algorithm = Object::new();
    for (name, value) in [
        ("name", JsValue::from("ECDSA")),
        ("namedCurve", "P-256".into()),
        ("expires", LIFE.into()),
    ] {
        Reflect::set(&algorithm, &name.into(), &value).ok()?;
    }
    let making = RtcPeerConnection::generate_certificate_with_object(&algorithm).ok()?;
    JsFuture::from(making).await.ok()?.dyn_into().ok()
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
