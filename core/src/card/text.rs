//! Codes as people and QR codes carry them.

use super::{CardError, MAX_TEXT, QR_PREFIX, SdpError};
use crate::wire::Reader;

/// Lengths of an ICE user name fragment and password (RFC 8839 §5.4); the upper bounds are ours, and double what any browser uses.
const UFRAG: core::ops::RangeInclusive<usize> = 4..=16;
const PWD: core::ops::RangeInclusive<usize> = 22..=64;

/// ICE characters (RFC 8839 §5.4) in the order of their six bits.
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX_CHARS: &[u8; 16] = b"0123456789abcdef";
/// RFC 9285 §4.2.
const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// First bytes of a code, of this version and of those to come. Most other texts begin with others.
const PLAUSIBLE_VERSIONS: core::ops::RangeInclusive<u8> = 1..=31;

/// Fewer letters than any code has.
const MIN_LETTERS: usize = 60;

/// ICE credentials, as they stand in a code.
pub(super) struct Credentials {
    pub(super) hex: bool,
    pub(super) lengths: [u8; 2],
    pub(super) packed: Vec<u8>,
}

/// Firefox writes its credentials in hexadecimal, which takes four bits a character; others use all ICE characters.
pub(super) fn pack_credentials(ufrag: &str, pwd: &str) -> Result<Credentials, SdpError> {
    if !UFRAG.contains(&ufrag.len()) || !PWD.contains(&pwd.len()) {
        return Err(SdpError::Credentials);
    }
    let chars = || ufrag.bytes().chain(pwd.bytes());
    let hex = chars().all(|byte| HEX_CHARS.contains(&byte));
    let (alphabet, width) = alphabet(hex);
    let mut packed = Vec::new();
    let (mut group, mut bits) = (0u32, 0);
    for byte in chars() {
        let digit = alphabet.iter().position(|&char| char == byte);
        let digit = digit.and_then(|digit| u32::try_from(digit).ok());
        group = group << width | digit.ok_or(SdpError::Credentials)?;
        bits += width;
        if bits >= 8 {
            bits -= 8;
            packed.push((group >> bits & 0xff) as u8);
        }
    }
    if bits > 0 {
        packed.push((group << (8 - bits) & 0xff) as u8);
    }
    Ok(Credentials {
        hex,
        lengths: [ufrag.len() as u8, pwd.len() as u8],
        packed,
    })
}

/// `None` for lengths out of range, what is cut short, and padding that is not zero.
pub(super) fn unpack_credentials(hex: bool, reader: &mut Reader<'_>) -> Option<(String, String)> {
    let [ufrag, pwd] = reader.array().ok()?.map(usize::from);
    if !UFRAG.contains(&ufrag) || !PWD.contains(&pwd) {
        return None;
    }
    let (alphabet, width) = alphabet(hex);
    let mut chars = String::with_capacity(ufrag + pwd);
    let (mut group, mut bits) = (0u32, 0);
    for _ in 0..ufrag + pwd {
        if bits < width {
            group = group << 8 | u32::from(reader.u8().ok()?);
            bits += 8;
        }
        bits -= width;
        let digit = group >> bits & ((1 << width) - 1);
        chars.push(char::from(*alphabet.get(digit as usize)?));
    }
    if group & ((1 << bits) - 1) != 0 {
        return None;
    }
    let pwd = chars.split_off(ufrag);
    Some((chars, pwd))
}

const fn alphabet(hex: bool) -> (&'static [u8], u32) {
    if hex { (HEX_CHARS, 4) } else { (ICE_CHARS, 6) }
}

/// A QR code's text.
pub(super) fn to_qr(bytes: &[u8]) -> String {
    let mut text = QR_PREFIX.to_owned();
    for pair in bytes.chunks(2) {
        let mut value = pair
            .iter()
            .fold(0, |value, byte| value << 8 | usize::from(*byte));
        // Three characters for two bytes, two for one.
        for _ in 0..=pair.len() {
            text.push(char::from(BASE45[value % 45]));
            value /= 45;
        }
    }
    text
}

fn from_qr(text: &str) -> Result<Vec<u8>, CardError> {
    let mut bytes = Vec::with_capacity(text.len() * 2 / 3);
    for group in text.as_bytes().chunks(3) {
        let mut value = 0;
        for char in group.iter().rev() {
            let digit = BASE45.iter().position(|other| other == char);
            value = value * 45 + digit.ok_or(CardError::Mistyped)?;
        }
        let value = u32::try_from(value).map_err(|_| CardError::Mistyped)?;
        match (group.len(), value) {
            (3, 0..=0xffff) => bytes.extend_from_slice(&(value as u16).to_be_bytes()),
            (2, 0..=0xff) => bytes.push(value as u8),
            (1, _) => return Err(CardError::Truncated),
            _ => return Err(CardError::Mistyped),
        }
    }
    Ok(bytes)
}

/// The bytes of the code in a text.
pub(super) fn extract(text: &str) -> Result<Vec<u8>, CardError> {
    // What is beyond cannot be a code; most likely it is a file that was pasted by mistake.
    if text.len() > MAX_TEXT {
        return Err(CardError::NotACode);
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(CardError::Empty);
    }
    if let Some(code) = text.strip_prefix(QR_PREFIX) {
        return from_qr(code);
    }
    // The value of the fragment's parameter, whatever it is called.
    let value = |fragment: &'_ str| fragment.split_once('=').map(|(_, value)| value.to_owned());
    let fragments = || text.rsplit('#').take(text.matches('#').count());
    match fragments().find_map(value) {
        Some(value) => from_base64url(&value),
        None => from_base64url(fragments().next().unwrap_or(text)),
    }
}

/// The words of a text that are long enough to be a code by themselves.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let text = text.get(..MAX_TEXT).unwrap_or(text);
    text.split_whitespace()
        .filter(|word| word.len() >= MIN_LETTERS)
}

/// Characters that mail programs, chats and people put around and into a code.
fn is_dressing(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '*' | '.' | ',')
        || matches!(char, '“' | '”' | '„' | '‘' | '’' | '‚' | '«' | '»' | '‹' | '›')
        // Invisible ones: zero-width spaces and joiners, soft hyphen, byte order mark, marks of direction.
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{ad}' | '\u{feff}')
}

/// Reads up to where the code says that it ends. What follows there after a space is the rest of the message.
fn from_base64url(text: &str) -> Result<Vec<u8>, CardError> {
    let mut bytes: Vec<u8> = Vec::new();
    let (mut group, mut bits) = (0u32, 0);
    let mut letters = 0;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        let digit = match char {
            'A'..='Z' => char as u32 - 'A' as u32,
            'a'..='z' => char as u32 - 'a' as u32 + 26,
            '0'..='9' => char as u32 - '0' as u32 + 52,
            '-' => 62,
            '_' => 63,
            _ if is_dressing(char) => continue,
            _ if bytes.is_empty() => return Err(CardError::NotACode),
            _ => return Err(CardError::Mistyped),
        };
        letters += 1;
        group = (group << 6 | digit) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits & 0xff) as u8);
        }
        match bytes.as_slice() {
            [version, ..] if !PLAUSIBLE_VERSIONS.contains(version) => {
                return Err(CardError::NotACode);
            }
            [_, length, ..] if letters == (usize::from(*length) * 8).div_ceil(6) => {
                // Bits that encode nothing must be zero, or two texts would stand for the same code.
                if group & ((1 << bits) - 1) != 0 {
                    return Err(CardError::Mistyped);
                }
                let belongs = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
                return match chars.next() {
                    Some(char) if belongs(char) => Err(CardError::Trailing),
                    _ => Ok(bytes),
                };
            }
            _ => {}
        }
    }
    if bytes.is_empty() {
        return Err(CardError::NotACode);
    }
    Err(CardError::Truncated)
}
