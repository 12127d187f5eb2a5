//! WebCrypto meets the same vectors as RustCrypto.
#![cfg(target_arch = "wasm32")]

mod support;

use handclasp::crypto::{WebCrypto, WebCryptoError};
use handclasp_core::crypto::{Crypto, CryptoError};
use handclasp_core::envelope::{self, Keys, OpenError};
use js_sys::{Array, JSON, Object, Reflect};
use support::Guard;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn crypto() -> WebCrypto {
    WebCrypto::new().expect("tests run in a secure context")
}

/// The cases of one part of the vectors.
fn cases(part: &str) -> Vec<JsValue> {
    let text = include_str!("../vectors/envelope.json");
    let vectors = JSON::parse(text).expect("the vectors are JSON");
    let list: Array = Reflect::get(&vectors, &part.into())
        .expect("an object")
        .dyn_into()
        .expect("a list");
    assert_ne!(list.length(), 0);
    list.to_vec()
}

fn text(case: &JsValue, field: &str) -> String {
    let value = Reflect::get(case, &field.into()).expect("an object");
    value
        .as_string()
        .unwrap_or_else(|| panic!("no text in {field}"))
}

fn bytes(case: &JsValue, field: &str) -> Vec<u8> {
    let digits = text(case, field);
    (0..digits.len() / 2)
        .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).expect("hexadecimal"))
        .collect()
}

#[wasm_bindgen_test]
async fn keys_follow_from_the_secret_as_the_vectors_say() {
    let guard = Guard::new();
    let crypto = crypto();
    for case in cases("keys") {
        let (app, room) = (text(&case, "app"), text(&case, "room"));
        let keys = Keys::derive(&crypto, &bytes(&case, "secret"), &app, &room)
            .await
            .expect("in range");
        assert_eq!(keys.topic.as_str(), text(&case, "topic"));
        let expected = crypto
            .import_aes_256_gcm(&bytes(&case, "key"))
            .await
            .expect("32 bytes are a key");
        assert_eq!(
            envelope::seal(&crypto, &keys.key, [7; 12], b"x").await,
            envelope::seal(&crypto, &expected, [7; 12], b"x").await,
        );
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn seals_and_opens_as_the_vectors_say() {
    let guard = Guard::new();
    let crypto = crypto();
    for case in cases("sealed") {
        let key = crypto
            .import_aes_256_gcm(&bytes(&case, "key"))
            .await
            .expect("32 bytes");
        let nonce = bytes(&case, "nonce").try_into().expect("12 bytes");
        let (plaintext, sealed) = (bytes(&case, "plaintext"), bytes(&case, "sealed"));
        assert_eq!(
            envelope::seal(&crypto, &key, nonce, &plaintext).await,
            Ok(sealed.clone())
        );
        assert_eq!(envelope::open(&crypto, &key, &sealed).await, Ok(plaintext));
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_was_changed_does_not_open_and_leaves_no_rejection_behind() {
    let guard = Guard::new();
    let crypto = crypto();
    let key = crypto.import_aes_256_gcm(&[1; 32]).await.expect("32 bytes");
    let other = crypto.import_aes_256_gcm(&[2; 32]).await.expect("32 bytes");
    let sealed = envelope::seal(&crypto, &key, [2; 12], b"a signal")
        .await
        .expect("small");
    assert_eq!(
        envelope::open(&crypto, &other, &sealed).await,
        Err(OpenError::Forged)
    );
    for at in 1..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(
            envelope::open(&crypto, &key, &changed).await,
            Err(OpenError::Forged),
            "byte {at}"
        );
    }
    guard.finish().await;
}

#[wasm_bindgen_test]
async fn what_the_platform_cannot_do_is_an_error() {
    let guard = Guard::new();
    let crypto = crypto();
    for len in [0, 16, 31, 33] {
        assert!(
            crypto.import_aes_256_gcm(&vec![0; len]).await.is_err(),
            "{len} bytes"
        );
    }
    let most = 255 * 32;
    let okm = crypto
        .hkdf_sha256(b"secret", b"", b"", most)
        .await
        .expect("the most there is");
    assert_eq!(okm.len(), most);
    for len in [most + 1, usize::MAX] {
        assert_eq!(
            crypto.hkdf_sha256(b"secret", b"", b"", len).await,
            Err(CryptoError)
        );
    }
    guard.finish().await;
}

/// Shadows a property of an object until it is dropped.
struct Shadow {
    object: Object,
    name: JsValue,
    before: JsValue,
}

impl Shadow {
    fn new(object: Object, name: &str, value: JsValue) -> Self {
        let name = JsValue::from_str(name);
        let before = Object::get_own_property_descriptor(&object, &name);
        let descriptor = Object::new();
        Reflect::set(&descriptor, &"value".into(), &value).expect("an object");
        Reflect::set(&descriptor, &"configurable".into(), &JsValue::TRUE).expect("an object");
        Object::define_property(&object, &name, &descriptor);
        Self {
            object,
            name,
            before,
        }
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        if self.before.is_undefined() {
            Reflect::delete_property(&self.object, &self.name).expect("configurable");
        } else {
            Object::define_property(&self.object, &self.name, self.before.unchecked_ref());
        }
    }
}

#[wasm_bindgen_test]
fn without_web_crypto_the_error_says_why() {
    let global = js_sys::global();
    let object = Reflect::get(&global, &"crypto".into()).expect("an object");
    {
        let _subtle = Shadow::new(object.unchecked_into(), "subtle", JsValue::UNDEFINED);
        assert_eq!(WebCrypto::new().err(), Some(WebCryptoError::Unsupported));
        let _insecure = Shadow::new(global.clone(), "isSecureContext", JsValue::FALSE);
        let error = WebCrypto::new().err().expect("no WebCrypto");
        assert_eq!(error, WebCryptoError::Insecure);
        assert_eq!(error.code(), "crypto-insecure");
    }
    assert!(WebCrypto::new().is_ok());
}
