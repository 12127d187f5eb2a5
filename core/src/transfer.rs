//! Files over a channel: what is said, who does what next, and what is believed.
//!
//! Sans-IO like all of the core: the shell reads files, writes segments and hands over what arrives.

mod types;

pub use types::{FileInfo, FileState, Progress, State, TransferError, TransferId};

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
        }
    }
    text
}
