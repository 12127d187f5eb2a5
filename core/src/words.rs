//! Four words that two people read to each other, to know that nobody stands between them.
//!
//! Whoever carries a session description can put another certificate in it, and so come between two people who believe that they talk
//! directly. Then each sees another certificate than the other has (RFC 8827 §5.6). The words stand for both certificates, as they
//! were seen on the wire, and for a number that each side drew. Sides commit to their numbers before they see the other's, so that
//! nobody can try certificates until the words agree: there is one guess, of one in 2^44.
//!
//! ```text
//!   lower id                                   higher id
//!   commitment to a ──────────────────────────▶
//!            ◀────────────────────────────── b
//!   a ────────────────────────────────────────▶ checks it
//!            words = HKDF(a ‖ b, certificates)
//! ```

use core::fmt;

use crate::crypto::{Crypto, CryptoError};

/// Length of the number that each side draws, in bytes.
pub const NONCE: usize = 16;

/// Length of a commitment and of a certificate's fingerprint, in bytes.
pub const HASH: usize = 32;

/// How many words.
pub const COUNT: usize = 4;

/// How many bits a word stands for.
const BITS: u32 = 11;

/// The words, a line each, sorted: our own list, chosen to be told apart by ear.
const LIST: &str = include_str!("words/list.txt");

/// One step of the exchange, as the control channel carries it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The lower id's commitment.
    Commitment([u8; HASH]),
    /// A number in the open.
    Nonce([u8; NONCE]),
}

/// Tells the kind alone.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commitment(_) => "Commitment(…)",
            Self::Nonce(_) => "Nonce(…)",
        })
    }
}

/// The SHA-256 fingerprints of both certificates: of the side with the lower id, and of the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Certificates {
    /// Of the lower id.
    pub lower: [u8; HASH],
    /// Of the higher.
    pub higher: [u8; HASH],
}

impl Certificates {
    fn salt(&self) -> [u8; 2 * HASH] {
        let mut salt = [0; 2 * HASH];
        salt[..HASH].copy_from_slice(&self.lower);
        salt[HASH..].copy_from_slice(&self.higher);
        salt
    }

    /// A name of the pair of certificates, the same on both sides: for remembering that their people have compared words.
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses.
    pub async fn pair<C: Crypto>(&self, crypto: &C) -> Result<[u8; 16], CryptoError> {
        // Members change sides from call to call; a pair is the same either way around.
        let (first, second) = if self.lower < self.higher {
            (self.lower, self.higher)
        } else {
            (self.higher, self.lower)
        };
        let sorted = Self {
            lower: first,
            higher: second,
        };
        derive(crypto, &[], &sorted.salt(), b"handclasp pair").await
    }

    /// The words for the numbers of the lower and of the higher id.
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses.
    pub async fn words<C: Crypto>(
        &self,
        crypto: &C,
        lower: &[u8; NONCE],
        higher: &[u8; NONCE],
    ) -> Result<Words, CryptoError> {
        let numbers = [*lower, *higher].concat();
        let bytes = derive(crypto, &numbers, &self.salt(), b"handclasp words").await?;
        Ok(Words(
            u64::from_be_bytes(bytes) >> (64 - BITS * COUNT as u32),
        ))
    }
}

/// The commitment to a number.
///
/// # Errors
/// [`CryptoError`] when the platform refuses.
pub async fn commit<C: Crypto>(crypto: &C, nonce: &[u8; NONCE]) -> Result<[u8; HASH], CryptoError> {
    derive(crypto, nonce, &[], b"handclasp commitment").await
}

async fn derive<C: Crypto, const N: usize>(
    crypto: &C,
    ikm: &[u8],
    salt: &[u8],
    info: &[u8],
) -> Result<[u8; N], CryptoError> {
    let okm = crypto.hkdf_sha256(ikm, salt, info, N).await?;
    okm.try_into().map_err(|_| CryptoError)
}

/// Forty-four bits that are four words. Equal on both sides when nobody is between them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Words(u64);

impl Words {
    /// The words, in the order in which they are read out.
    pub fn as_strs(&self) -> [&'static str; COUNT] {
        let mut rest = self.0;
        let mut words = [""; COUNT];
        for word in words.iter_mut().rev() {
            let index = rest & ((1 << BITS) - 1);
            rest >>= BITS;
            *word = LIST.lines().nth(index as usize).unwrap_or_default();
        }
        words
    }
}

/// As they are read out.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_strs().join(" "))
    }
}

/// Without the words: whoever has them before the other side does could use them.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}
