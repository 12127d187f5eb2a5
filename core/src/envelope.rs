//! The sealed envelope: what makes an untrusted transport enough.
//!
//! A room is known by a secret that its members share and nobody else has. From it, by HKDF-SHA-256 (RFC 5869), follow the
//! key that seals every signal and the name of the topic, so that a broker learns neither the room nor what is said in it.
//!
//! ```text
//! sealed    = version (1) | nonce (12) | AES-256-GCM(plaintext) | tag (16)       aad = version
//! plaintext = sender (16) | recipient (16, zero = everyone) | attempt (4) | sequence (8) | message
//! ```
//!
//! Integers are big-endian. Nonces are random: with 96 bits, 2^32 messages under one key keep the chance of a repeat below
//! 2^-32 (NIST SP 800-38D §8.3), and a room sends some dozens a minute at its busiest.
//!
//! Every member holds the same key. The envelope keeps outsiders out; it does not stop one member from writing in another's
//! name.

use core::fmt;

use crate::crypto::{Crypto, CryptoError};
use crate::id::{Attempt, MemberId};
use crate::wire::{DecodeError, Reader, Writer};

/// The version byte of this format.
pub const VERSION: u8 = 1;

/// Largest sealed signal in bytes: a video offer for eight people is about 30 KiB, and common brokers accept 64 KiB and more.
pub const MAX_SEALED: usize = 65_536;

/// Fewest bytes in a room secret: 128 bits cannot be guessed.
pub const MIN_SECRET: usize = 16;

/// Most bytes in a room secret: HKDF folds anything longer than its 64-byte block anyway.
pub const MAX_SECRET: usize = 64;

/// Longest application and room name in bytes.
pub const MAX_NAME: usize = 256;

const NONCE: usize = 12;
const TAG: usize = 16;
const SALT: &[u8] = b"handclasp/1";

/// The name under which a room's signals are published: 22 characters that say nothing about the room.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Topic(String);

impl Topic {
    /// The name. ASCII letters, digits, `-` and `_` only, so that it is one level of an MQTT topic.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Topic {
    /// Redacted: who knows a topic can count who comes and goes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Topic(…)")
    }
}

/// What follows from a room's secret.
pub struct Keys<K> {
    /// Seals and opens signals.
    pub key: K,
    /// Where they are published.
    pub topic: Topic,
}

impl<K> Keys<K> {
    /// Derives the keys of `room` of the application `app` from `secret`.
    ///
    /// # Errors
    /// [`DeriveError::Secret`] or [`DeriveError::Name`] when an argument is out of range; [`DeriveError::Crypto`] when the
    /// platform refuses.
    pub async fn derive<C: Crypto<Key = K>>(
        crypto: &C,
        secret: &[u8],
        app: &str,
        room: &str,
    ) -> Result<Self, DeriveError> {
        if !(MIN_SECRET..=MAX_SECRET).contains(&secret.len()) {
            return Err(DeriveError::Secret);
        }
        if app.len() > MAX_NAME || room.len() > MAX_NAME {
            return Err(DeriveError::Name);
        }
        let info = |purpose: u8| {
            let mut info = Writer::new();
            info.u8(purpose);
            info.text(app);
            info.text(room);
            info.into_bytes()
        };
        let key = crypto.hkdf_sha256(secret, SALT, &info(b'k'), 32).await?;
        let topic = crypto.hkdf_sha256(secret, SALT, &info(b't'), 16).await?;
        Ok(Self {
            key: crypto.import_aes_256_gcm(&key).await?,
            topic: Topic(crate::base64url::encode(&topic)),
        })
    }
}

/// Why no keys could be derived.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// The secret is not 16 to 64 bytes long.
    #[error("a room secret is {MIN_SECRET} to {MAX_SECRET} bytes long")]
    Secret,
    /// The application's or the room's name is longer than 256 bytes.
    #[error("application and room names are at most {MAX_NAME} bytes long")]
    Name,
    /// The platform refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Seals `plaintext`. `nonce` must come from a cryptographic random source, and never twice.
///
/// # Errors
/// [`SealError::TooLarge`] when the result would pass [`MAX_SEALED`]; [`SealError::Crypto`] when the platform refuses.
pub async fn seal<C: Crypto>(
    crypto: &C,
    key: &C::Key,
    nonce: [u8; NONCE],
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    if plaintext.len() + 1 + NONCE + TAG > MAX_SEALED {
        return Err(SealError::TooLarge);
    }
    let ciphertext = crypto.seal(key, &nonce, &[VERSION], plaintext).await?;
    let mut sealed = Vec::with_capacity(1 + NONCE + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Why a plaintext could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The sealed signal would be larger than [`MAX_SEALED`].
    #[error("a sealed signal is at most {MAX_SEALED} bytes long")]
    TooLarge,
    /// The platform refused.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// Opens what [`seal`] returned.
///
/// # Errors
/// See [`OpenError`]. A signal that cannot be opened is to be dropped: anyone may publish anything on a topic.
pub async fn open<C: Crypto>(
    crypto: &C,
    key: &C::Key,
    sealed: &[u8],
) -> Result<Vec<u8>, OpenError> {
    if sealed.len() > MAX_SEALED {
        return Err(OpenError::TooLarge);
    }
    let (&version, rest) = sealed.split_first().ok_or(OpenError::Truncated)?;
    if version != VERSION {
        return Err(OpenError::Version(version));
    }
    let (nonce, ciphertext) = rest
        .split_first_chunk::<NONCE>()
        .ok_or(OpenError::Truncated)?;
    if ciphertext.len() < TAG {
        return Err(OpenError::Truncated);
    }
    crypto
        .open(key, nonce, &[version], ciphertext)
        .await
        .map_err(|CryptoError| OpenError::Forged)
}

/// Why a signal could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Larger than [`MAX_SEALED`].
    #[error("the signal is larger than {MAX_SEALED} bytes")]
    TooLarge,
    /// Shorter than its own frame.
    #[error("the signal is cut short")]
    Truncated,
    /// Written by another version of handclasp.
    #[error("the signal has version {0}, and this program reads version {VERSION}")]
    Version(u8),
    /// Not sealed with this room's key, or changed on the way.
    #[error("the signal was not sealed with this room's key")]
    Forged,
}

/// Who wrote a signal, for whom, and where it stands among others. Authenticated and encrypted with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Who wrote it.
    pub sender: MemberId,
    /// Whom it is for; `None` is everyone.
    pub recipient: Option<MemberId>,
    /// Which lifetime of the pair's connection it is about. [`Attempt::FIRST`] where that has no meaning.
    pub attempt: Attempt,
    /// Counts the sender's signals from 1, so that a [`Window`](crate::replay::Window) can tell a replay.
    pub sequence: u64,
}

/// The id that stands for everyone.
const EVERYONE: [u8; MemberId::LEN] = [0; MemberId::LEN];

impl Header {
    /// Appends the header.
    pub fn encode(&self, writer: &mut Writer) {
        writer.bytes(self.sender.as_bytes());
        let recipient = self.recipient.as_ref();
        writer.bytes(recipient.map_or(&EVERYONE, |it| it.as_bytes()));
        writer.u32(self.attempt.number());
        writer.u64(self.sequence);
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`DecodeError`] when it is cut short or its sender is nobody.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let sender = reader.array()?;
        let recipient = reader.array()?;
        let attempt = Attempt::new(reader.u32()?);
        let sequence = reader.u64()?;
        if sender == EVERYONE {
            return Err(DecodeError::Value);
        }
        Ok(Self {
            sender: MemberId::from_bytes(sender),
            recipient: (recipient != EVERYONE).then(|| MemberId::from_bytes(recipient)),
            attempt,
            sequence,
        })
    }
}
