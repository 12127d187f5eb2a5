//! WebCrypto behind the core's [`Crypto`] trait.

use handclasp_core::crypto::{Crypto, CryptoError};
use js_sys::{Array, ArrayBuffer, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AesGcmParams, CryptoKey, HkdfParams, SubtleCrypto};

use crate::sys;

/// The browser's own AES-256-GCM and HKDF-SHA-256 (<https://www.w3.org/TR/webcrypto-2/>).
pub struct WebCrypto {
    subtle: SubtleCrypto,
}

/// Why there is no WebCrypto.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebCryptoError {
    /// The page came by plain HTTP from another machine. Browsers give WebCrypto to secure contexts alone.
    #[error("encryption is only available to pages that were loaded securely")]
    Insecure,
    /// The browser has no WebCrypto.
    #[error("this browser has no WebCrypto")]
    Unsupported,
}

impl WebCryptoError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Insecure => "crypto-insecure",
            Self::Unsupported => "crypto-unsupported",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Insecure => {
                "Open the page with https://, or on this machine with http://localhost."
            }
            Self::Unsupported => "Use a current version of Chrome, Edge, Firefox or Safari.",
        }
    }
}

impl WebCrypto {
    /// The browser's WebCrypto, in a page or a worker.
    ///
    /// # Errors
    /// [`WebCryptoError`] where there is none.
    pub fn new() -> Result<Self, WebCryptoError> {
        match subtle() {
            Some(subtle) => Ok(Self { subtle }),
            None if sys::is_secure() => Err(WebCryptoError::Unsupported),
            None => Err(WebCryptoError::Insecure),
        }
    }

    /// SHA-256 (FIPS 180-4).
    pub(crate) async fn sha256(&self, data: &ArrayBuffer) -> Result<[u8; 32], CryptoError> {
        let promise = self
            .subtle
            .digest_with_str_and_buffer_source("SHA-256", data);
        let digest: ArrayBuffer = settled(promise)
            .await?
            .dyn_into()
            .map_err(|_| CryptoError)?;
        let digest = Uint8Array::new(&digest).to_vec();
        digest.try_into().map_err(|_| CryptoError)
    }

    async fn import(
        &self,
        key: &[u8],
        algorithm: &str,
        usages: &Array,
    ) -> Result<CryptoKey, CryptoError> {
        let promise = self
            .subtle
            .import_key_with_str("raw", &copy(key), algorithm, false, usages);
        settled(promise).await?.dyn_into().map_err(|_| CryptoError)
    }
}

impl Crypto for WebCrypto {
    type Key = CryptoKey;

    async fn hkdf_sha256(
        &self,
        ikm: &[u8],
        salt: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<Vec<u8>, CryptoError> {
        let bits = u32::try_from(len)
            .ok()
            .and_then(|len| len.checked_mul(8))
            .ok_or(CryptoError)?;
        let key = self
            .import(ikm, "HKDF", &Array::of1(&"deriveBits".into()))
            .await?;
        let params = HkdfParams::new("HKDF", &"SHA-256".into(), &copy(info), &copy(salt));
        bytes(self.subtle.derive_bits_with_object(&params, &key, bits)).await
    }

    async fn import_aes_256_gcm(&self, key: &[u8]) -> Result<CryptoKey, CryptoError> {
        if key.len() != 32 {
            return Err(CryptoError);
        }
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        self.import(key, "AES-GCM", &usages).await
    }

    async fn seal(
        &self,
        key: &CryptoKey,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let params = aes_gcm(nonce, aad);
        bytes(
            self.subtle
                .encrypt_with_object_and_u8_array(&params, key, plaintext),
        )
        .await
    }

    async fn open(
        &self,
        key: &CryptoKey,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let params = aes_gcm(nonce, aad);
        bytes(
            self.subtle
                .decrypt_with_object_and_u8_array(&params, key, ciphertext),
        )
        .await
    }
}

/// `crypto.subtle`, which is missing in insecure contexts, as is its class.
fn subtle() -> Option<SubtleCrypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
    let subtle = Reflect::get(&crypto, &"subtle".into()).ok()?;
    subtle.dyn_into().ok()
}

fn aes_gcm(nonce: &[u8; 12], aad: &[u8]) -> AesGcmParams {
    let params = AesGcmParams::new("AES-GCM", &copy(nonce));
    params.set_additional_data_u8_array(&copy(aad));
    params
}

/// Bytes of JavaScript's own, as parameters must outlive the call.
fn copy(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, CryptoError> {
    let promise = promise.map_err(|_| CryptoError)?;
    match sys::settled(&promise).await {
        Some(Ok(value)) => Ok(value),
        _ => Err(CryptoError),
    }
}

async fn bytes(promise: Result<Promise, JsValue>) -> Result<Vec<u8>, CryptoError> {
    let buffer: ArrayBuffer = settled(promise)
        .await?
        .dyn_into()
        .map_err(|_| CryptoError)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
