//! The four operations that sealing needs, behind one small trait.
//!
//! A browser has them in WebCrypto, whose answers are promises; natively RustCrypto gives them (feature `rustcrypto`).
//! Both must meet `tests/vectors/envelope.json`.

use core::future::Future;

/// HKDF-SHA-256 (RFC 5869) and AES-256-GCM (NIST SP 800-38D).
///
/// # Cancel safety
/// Every operation is a function of its arguments: dropping its future has no effect.
pub trait Crypto {
    /// An imported AES-256-GCM key.
    type Key;

    /// `len` bytes of HKDF-SHA-256 (at most 255 × 32).
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses.
    fn hkdf_sha256(
        &self,
        ikm: &[u8],
        salt: &[u8],
        info: &[u8],
        len: usize,
    ) -> impl Future<Output = Result<Vec<u8>, CryptoError>>;

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses or there are not 32 bytes.
    fn import_aes_256_gcm(
        &self,
        key: &[u8],
    ) -> impl Future<Output = Result<Self::Key, CryptoError>>;

    /// Ciphertext followed by its 16-byte tag.
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses.
    fn seal(
        &self,
        key: &Self::Key,
        nonce: &[u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, CryptoError>>;

    /// The plaintext of what [`seal`](Crypto::seal) returned.
    ///
    /// # Errors
    /// [`CryptoError`] when the tag does not fit.
    fn open(
        &self,
        key: &Self::Key,
        nonce: &[u8; 12],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, CryptoError>>;
}

/// The platform refused a cryptographic operation, or an authentication tag did not fit.
///
/// It says no more on purpose: why a tag does not fit is of use to an attacker alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cryptographic operation failed")]
pub struct CryptoError;

#[cfg(feature = "rustcrypto")]
mod rustcrypto {
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    use aes_gcm::{Aes256Gcm, Nonce};
    use hkdf::Hkdf;
    use sha2::Sha256;

    use super::{Crypto, CryptoError};

    /// [`Crypto`] by the RustCrypto crates.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct RustCrypto;

    impl Crypto for RustCrypto {
        type Key = Aes256Gcm;

        async fn hkdf_sha256(
            &self,
            ikm: &[u8],
            salt: &[u8],
            info: &[u8],
            len: usize,
        ) -> Result<Vec<u8>, CryptoError> {
            let mut okm = vec![0; len];
            Hkdf::<Sha256>::new(Some(salt), ikm)
                .expand(info, &mut okm)
                .map_err(|_| CryptoError)?;
            Ok(okm)
        }

        async fn import_aes_256_gcm(&self, key: &[u8]) -> Result<Aes256Gcm, CryptoError> {
            Aes256Gcm::new_from_slice(key).map_err(|_| CryptoError)
        }

        async fn seal(
            &self,
            key: &Aes256Gcm,
            nonce: &[u8; 12],
            aad: &[u8],
            plaintext: &[u8],
        ) -> Result<Vec<u8>, CryptoError> {
            let payload = Payload {
                msg: plaintext,
                aad,
            };
            key.encrypt(&Nonce::from(*nonce), payload)
                .map_err(|_| CryptoError)
        }

        async fn open(
            &self,
            key: &Aes256Gcm,
            nonce: &[u8; 12],
            aad: &[u8],
            ciphertext: &[u8],
        ) -> Result<Vec<u8>, CryptoError> {
            let payload = Payload {
                msg: ciphertext,
                aad,
            };
            key.decrypt(&Nonce::from(*nonce), payload)
                .map_err(|_| CryptoError)
        }
    }
}

#[cfg(feature = "rustcrypto")]
pub use rustcrypto::RustCrypto;
