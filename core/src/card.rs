//! The handshake code: what two people carry by hand when there is no server to do it.
//!
//! A code is a session description with the air let out. Of an SDP of 650 bytes and more, these vary: the DTLS fingerprint, the ICE
//! credentials and the candidates. They are packed into about a hundred bytes, and the other side writes them back into a
//! template. Only the *remote* description is ever rebuilt: the local one is the browser's own, unedited, because browsers refuse
//! edited credentials.
//!
//! ```text
//! 0   version      1
//! 1   length       of the whole code in bytes, checksum included
//! 2   flags        7 reply · 6 credentials in hexadecimal · 5 DTLS client · 4..0 largest message, as a power of two; 0 is unlimited
//! 3   made         minutes since 2026-01-01T00:00Z, 3 bytes
//! 6   fingerprint  SHA-256 of the certificate, 32 bytes (RFC 8122 §5)
//! 38  ufrag, pwd   two lengths, then their characters in 4 or 6 bits each (RFC 8839 §5.4)
//!     invitation:  key, 16 bytes; member, 16 bytes; number, 1 byte
//!     reply:       the checksum of the invitation that it answers, 4 bytes
//!     candidates   7 bytes each for IPv4, 19 for IPv6 and mDNS, in the order of preference
//!     checksum     CRC-32 of all that is before, 4 bytes
//! ```
//!
//! Integers are big-endian. A later version keeps version, length and checksum where they are, so that "made by a newer version" can be
//! told from "mistyped".

mod candidate;
mod sdp;
mod text;

use core::fmt;
use core::time::Duration;

use crate::crypto::{Crypto, CryptoError};
use crate::id::MemberId;
use crate::wire::{Reader, Writer};

pub use candidate::{Address, CardCandidate, Kind as CandidateKind};
pub use sdp::{SdpError, candidates_of, fingerprint_of};

/// Largest code in bytes: 308 characters of Base45 and the prefix are what a QR code of version 10 holds at error level M, and 274
/// characters of base64url what a person does not mind pasting.
pub const MAX_CARD: usize = 205;

/// Most candidates in a code.
pub const MAX_CANDIDATES: usize = 10;

/// Longest text that is looked at for a code. A link is about 200 characters; people paste whole messages.
pub const MAX_TEXT: usize = 8192;

/// What begins the text of a QR code, after which Base45 follows (RFC 9285).
pub const QR_PREFIX: &str = "HC:";

/// Age above which a code is refused without a try. The addresses in it may be good for as long as both pages are open, but nobody
/// leaves a page open for a day to wait for an answer.
pub const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Length of a room's key in a code, in bytes.
pub const KEY: usize = 16;

const VERSION: u8 = 1;
const CHECKSUM: usize = 4;
const MIN_CARD: usize = 2 + CHECKSUM;
/// 2026-01-01T00:00Z, in minutes since the Unix epoch.
const EPOCH_MINUTES: u64 = 29_453_760;

const REPLY: u8 = 1 << 7;
const HEX: u8 = 1 << 6;
const DTLS_CLIENT: u8 = 1 << 5;
const MESSAGE_SIZE: u8 = 31;

/// One side's half of a handshake.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// Invitation or reply, and what only one of them has.
    pub purpose: Purpose,
    /// When it was made, in minutes since the Unix epoch, by the clock of who made it.
    pub made: u64,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// ICE user name fragment.
    pub ufrag: String,
    /// ICE password.
    pub pwd: String,
    /// Whether its maker begins the DTLS handshake. An invitation leaves it open.
    pub dtls_client: bool,
    /// Largest message that its maker takes, as a power of two; `None` is unlimited.
    pub message_size_log2: Option<u8>,
    /// Where its maker can be reached, best first.
    pub candidates: Vec<CardCandidate>,
}

/// What a code is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first of the two.
    Invitation {
        /// The room's secret, with which members seal signals where there is a way to carry them.
        key: [u8; KEY],
        /// Who invites.
        member: MemberId,
        /// Tells the invitations of this member apart that were made in one minute.
        number: u8,
    },
    /// The answer to it.
    Reply {
        /// [`Card::checksum`] of the invitation.
        invitation: u32,
    },
}

/// What only an invitation has.
#[derive(Clone, PartialEq, Eq)]
pub struct Invites {
    /// The room's secret.
    pub key: [u8; KEY],
    /// Who invites.
    pub member: MemberId,
    number: u8,
    made: u64,
}

impl Invites {
    /// That of an invitation to be made.
    pub const fn new(key: [u8; KEY], member: MemberId, number: u8, made: u64) -> Self {
        Self {
            key,
            member,
            number,
            made,
        }
    }

    /// As part of a code.
    pub const fn purpose(&self) -> Purpose {
        Purpose::Invitation {
            key: self.key,
            member: self.member,
            number: self.number,
        }
    }

    /// When it was or will be made, in minutes since the Unix epoch.
    pub const fn made(&self) -> u64 {
        self.made
    }

    /// Who the guest is: both sides know it by the invitation, so that nothing has to be said of it in the reply.
    ///
    /// # Errors
    /// [`CryptoError`] when the platform refuses.
    pub async fn guest<C: Crypto>(&self, crypto: &C) -> Result<MemberId, CryptoError> {
        let mut info = b"handclasp guest".to_vec();
        info.push(self.number);
        info.extend_from_slice(&self.made.to_be_bytes());
        let salt = self.member.as_bytes();
        let okm = crypto
            .hkdf_sha256(&self.key, salt, &info, MemberId::LEN)
            .await?;
        okm.try_into()
            .map(MemberId::from_bytes)
            .map_err(|_| CryptoError)
    }
}

/// Leaves the key out.
impl fmt::Debug for Invites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invites").finish_non_exhaustive()
    }
}

/// Tells the purpose alone: the rest are keys and addresses.
impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.purpose, f)
    }
}

impl fmt::Debug for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invitation { .. } => "Invitation(…)",
            Self::Reply { .. } => "Reply(…)",
        })
    }
}

/// Why a text is not the code that is needed. What it was given to is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// There is nothing.
    #[error("there is nothing to read")]
    Empty,
    /// There is no code in it.
    #[error("this is not a handshake code")]
    NotACode,
    /// The end is missing.
    #[error("the end of the code is missing")]
    Truncated,
    /// It goes on after its end.
    #[error("there is more than one code, or something that does not belong to it")]
    Trailing,
    /// Letters were changed.
    #[error("a letter of the code is wrong or missing")]
    Mistyped,
    /// Its version is not one that this program reads.
    #[error("the code was made by a newer version")]
    Newer,
    /// It is sound, and yet means nothing.
    #[error("the code contradicts itself")]
    Malformed,
    /// An invitation where the reply is needed.
    #[error("this is an invitation, and a reply is needed")]
    IsInvitation,
    /// A reply where an invitation is needed.
    #[error("this is a reply, and an invitation is needed")]
    IsReply,
    /// The code that this side has made.
    #[error("this is your own code")]
    Own,
    /// A reply to another invitation.
    #[error("this reply belongs to another invitation")]
    OtherInvitation,
    /// Older than [`MAX_AGE`].
    #[error("this code is more than a day old")]
    Stale,
}

impl CardError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "card-empty",
            Self::NotACode => "card-none",
            Self::Truncated => "card-truncated",
            Self::Trailing => "card-trailing",
            Self::Mistyped => "card-mistyped",
            Self::Newer => "card-newer",
            Self::Malformed => "card-malformed",
            Self::IsInvitation => "card-is-invitation",
            Self::IsReply => "card-is-reply",
            Self::Own => "card-own",
            Self::OtherInvitation => "card-other-invitation",
            Self::Stale => "card-stale",
        }
    }

    /// The next step, for people.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "Paste the code that you were sent.",
            Self::NotACode => {
                "Copy the whole message or link that you were sent, and paste it here."
            }
            Self::Truncated => "Copy it once more, up to its very end.",
            Self::Trailing => "Copy one code alone, from its beginning to its end.",
            Self::Mistyped => "Copy and paste it rather than typing it.",
            Self::Newer => "Load this page anew, so that both sides have the same version.",
            Self::Malformed => "Ask the other side for a new one.",
            Self::IsInvitation => {
                "Send your own invitation to the other side, and paste what comes back. Or open theirs instead: one of you two invites."
            }
            Self::IsReply => "It is for who sent you the invitation: send it back.",
            Self::Own => "Send it to the other side, and paste what comes back.",
            Self::OtherInvitation => {
                "It answers an invitation that you made before. Send the new one, and paste its reply."
            }
            Self::Stale => "Ask the other side for a new one.",
        }
    }
}

impl Card {
    /// The bytes of the code. Candidates that would make it longer than [`MAX_CARD`] are left out, from the last one on.
    ///
    /// # Errors
    /// [`SdpError::Credentials`] when the ICE credentials are not what RFC 8839 §5.4 allows or longer than any browser's.
    pub fn encode(&self) -> Result<Vec<u8>, SdpError> {
        let credentials = text::pack_credentials(&self.ufrag, &self.pwd)?;
        let mut flags = self.message_size_log2.unwrap_or(0) & MESSAGE_SIZE;
        if credentials.hex {
            flags |= HEX;
        }
        if self.dtls_client {
            flags |= DTLS_CLIENT;
        }
        let mut writer = Writer::new();
        if let Purpose::Reply { .. } = self.purpose {
            flags |= REPLY;
        }
        let minutes = self.made.saturating_sub(EPOCH_MINUTES).min(0xff_ffff);
        let minutes = u32::try_from(minutes).unwrap_or(0);
        writer.u8(flags);
        writer.bytes(&minutes.to_be_bytes()[1..]);
        writer.bytes(&self.fingerprint);
        writer.bytes(&credentials.lengths);
        writer.bytes(&credentials.packed);
        match &self.purpose {
            Purpose::Invitation {
                key,
                member,
                number,
            } => {
                writer.bytes(key);
                writer.bytes(member.as_bytes());
                writer.u8(*number);
            }
            Purpose::Reply { invitation } => writer.u32(*invitation),
        }
        let mut body = writer.into_bytes();
        for candidate in self.candidates.iter().take(MAX_CANDIDATES) {
            if 2 + body.len() + candidate.len() + CHECKSUM > MAX_CARD {
                break;
            }
            candidate.encode(&mut body);
        }
        let length = 2 + body.len() + CHECKSUM;
        let mut bytes = vec![VERSION, u8::try_from(length).unwrap_or(u8::MAX)];
        bytes.append(&mut body);
        bytes.extend_from_slice(&crc32(&bytes).to_be_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of a code.
    ///
    /// # Errors
    /// [`CardError::Truncated`] to [`CardError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CardError> {
        let (&version, &length) = match bytes {
            [version, length, ..] => (version, length),
            _ => return Err(CardError::Truncated),
        };
        let length = usize::from(length);
        if length < MIN_CARD {
            return Err(CardError::Mistyped);
        }
        if bytes.len() < length {
            return Err(CardError::Truncated);
        }
        if bytes.len() > length {
            return Err(CardError::Trailing);
        }
        let (body, checksum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(CardError::Truncated)?;
        if crc32(body) != u32::from_be_bytes(*checksum) {
            return Err(CardError::Mistyped);
        }
        if version != VERSION {
            return Err(CardError::Newer);
        }
        Self::read(&body[2..]).ok_or(CardError::Malformed)
    }

    fn read(body: &[u8]) -> Option<Self> {
        if 2 + body.len() + CHECKSUM > MAX_CARD {
            return None;
        }
        let mut reader = Reader::new(body);
        let flags = reader.u8().ok()?;
        let [high, middle, low] = reader.array().ok()?;
        let minutes = u32::from_be_bytes([0, high, middle, low]);
        let fingerprint = reader.array().ok()?;
        let (ufrag, pwd) = text::unpack_credentials(flags & HEX != 0, &mut reader)?;
        let purpose = if flags & REPLY == 0 {
            Purpose::Invitation {
                key: reader.array().ok()?,
                member: MemberId::from_bytes(reader.array().ok()?),
                number: reader.u8().ok()?,
            }
        } else {
            Purpose::Reply {
                invitation: reader.u32().ok()?,
            }
        };
        let mut candidates = Vec::new();
        while !reader.rest().is_empty() {
            if candidates.len() == MAX_CANDIDATES {
                return None;
            }
            candidates.push(CardCandidate::decode(&mut reader)?);
        }
        let size = flags & MESSAGE_SIZE;
        Some(Self {
            purpose,
            made: EPOCH_MINUTES + u64::from(minutes),
            fingerprint,
            ufrag,
            pwd,
            dtls_client: flags & DTLS_CLIENT != 0,
            message_size_log2: (size != 0).then_some(size),
            candidates,
        })
    }

    /// Reads the code in a text that somebody pasted or scanned: the code alone, the link with it, or a message with either in it.
    /// White space, line breaks and quotation marks do not matter.
    ///
    /// # Errors
    /// [`CardError::Empty`] to [`CardError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let read = |text| Self::decode(&text::extract(text)?);
        read(text).or_else(|error| {
            // A code with words before it, which are letters like its own.
            text::words(text)
                .find_map(|word| read(word).ok())
                .ok_or(error)
        })
    }

    /// The code as text: base64url, for the fragment of a link or by itself.
    ///
    /// # Errors
    /// See [`encode`](Self::encode).
    pub fn to_text(&self) -> Result<String, SdpError> {
        Ok(crate::base64url::encode(&self.encode()?))
    }

    /// The code for a QR code that only handclasp reads: a prefix and Base45, which QR codes hold in 5.5 bits a character.
    ///
    /// # Errors
    /// See [`encode`](Self::encode).
    pub fn to_qr_text(&self) -> Result<String, SdpError> {
        Ok(text::to_qr(&self.encode()?))
    }

    /// What tells this code from others: its checksum.
    ///
    /// # Errors
    /// See [`encode`](Self::encode).
    pub fn checksum(&self) -> Result<u32, SdpError> {
        let bytes = self.encode()?;
        Ok(bytes
            .last_chunk::<CHECKSUM>()
            .map_or(0, |checksum| u32::from_be_bytes(*checksum)))
    }

    /// Checks that this is an invitation that can be accepted at this time (in minutes since the Unix epoch), and says what only
    /// an invitation has.
    ///
    /// # Errors
    /// [`CardError::IsReply`], [`CardError::Stale`].
    pub fn invitation(&self, now: u64) -> Result<Invites, CardError> {
        match self.purpose {
            Purpose::Reply { .. } => Err(CardError::IsReply),
            Purpose::Invitation {
                key,
                member,
                number,
            } => self.fresh(now).map(|()| Invites {
                key,
                member,
                number,
                made: self.made,
            }),
        }
    }

    /// Checks that this is the reply to `invitation`.
    ///
    /// # Errors
    /// [`CardError::Own`], [`CardError::IsInvitation`], [`CardError::OtherInvitation`], [`CardError::Stale`].
    pub fn reply_to(&self, invitation: &Self, now: u64) -> Result<(), CardError> {
        match self.purpose {
            Purpose::Invitation { .. } if self.ufrag == invitation.ufrag => Err(CardError::Own),
            Purpose::Invitation { .. } => Err(CardError::IsInvitation),
            Purpose::Reply { invitation: sum } if Ok(sum) != invitation.checksum() => {
                Err(CardError::OtherInvitation)
            }
            Purpose::Reply { .. } => self.fresh(now),
        }
    }

    /// Clocks differ: a code from the future is of now.
    fn fresh(&self, now: u64) -> Result<(), CardError> {
        if now.saturating_sub(self.made) > MAX_AGE.as_secs() / 60 {
            return Err(CardError::Stale);
        }
        Ok(())
    }
}

/// CRC-32 as of Ethernet (ISO/IEC 8802-3), bit by bit: codes are short, and tables are long. It finds every error within 32 bits, thus every
/// wrong character.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc >>= 1;
            if carry == 1 {
                crc ^= 0xedb8_8320;
            }
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_epoch_is_new_year_2026() {
        // 56 years with 14 leap days.
        assert_eq!(EPOCH_MINUTES, (56 * 365 + 14) * 24 * 60);
    }

    #[test]
    fn the_largest_code_fits_its_qr_code() {
        // Version 10 at level M holds 311 alphanumeric characters (ISO/IEC 18004).
        let text = text::to_qr(&[0xff; MAX_CARD]);
        assert_eq!(text.len(), 311);
    }

    /// Version, length, flags, time, fingerprint, two lengths.
    const FIXED: usize = 1 + 1 + 1 + 3 + 32 + 2;

    #[test]
    fn the_fixed_part_is_as_long_as_it_is_said_to_be() {
        let card = Card {
            purpose: Purpose::Reply { invitation: 0 },
            made: EPOCH_MINUTES,
            fingerprint: [0; 32],
            ufrag: "abcd".to_owned(),
            pwd: "0123456789abcdef012345".to_owned(),
            dtls_client: false,
            message_size_log2: None,
            candidates: Vec::new(),
        };
        let packed = (4 + 22) / 2;
        assert_eq!(
            card.encode().expect("sound").len(),
            FIXED + packed + 4 + CHECKSUM
        );
    }
}
