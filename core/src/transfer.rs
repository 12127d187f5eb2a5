//! Files over a channel: what is said, who does what next, and what is believed.
//!
//! ```text
//!   sender                                 receiver
//!     │ Offer, List …                          │
//!     │ ─────────────────────────────────────▶ │  a person accepts
//!     │                                        │  hashes what is there of an earlier transfer
//!     │ ◀───────────────────────────────────── │
//!     │                    Accept (what I have)│
//!     │  hashes the same of its files          │
//!     │ Data …, FileEnd (hash of all)          │
//!     │ ─────────────────────────────────────▶ │  compares, writes
//!     │ ◀───────────────────────────────────── │
//!     │                                Receipt │
//!     │ Done                                   │
//!     │ ─────────────────────────────────────▶ │
//! ```
//!
//! The channel is reliable and ordered, and outlives connections, so nothing here is said twice; a transfer is taken up again, by an offer
//! of the same files, when the page of a side is gone. Hashes are [BLAKE3](https://github.com/BLAKE3-team/BLAKE3-specs).
//!
//! Sans-IO like all of the core: the shell reads files and writes segments. Content comes in here to be hashed only, in small copies.

mod course;
mod lanes;
mod listing;
mod message;
mod meter;
pub mod path;
mod receiver;
mod reorder;
mod sender;
mod types;

use crate::time::Time;

pub use course::Course;
pub use lanes::{Call, Lanes, MAX_LANES, MAX_OFFERS, Sample, Signal};
pub use listing::{Listing, clean, inert_type};
pub use message::{
    DataHeader, Entry, Hash, Kept, MAX_FILES, MAX_MESSAGE, MAX_NAMES, MAX_SDP, MAX_SIZE, MAX_TYPE,
    Message, Reason, VERSION,
};
pub use meter::{Meter, WINDOW};
pub use receiver::{MAX_BEGINNINGS, Receiver, SEGMENT, Task, Way};
pub use reorder::{AHEAD, LEAST, Misplaced, Reorder, load};
pub use sender::{Again, BLOCK, Job, ListError, MAX_PIECE, MAX_PIECES, Piece, Sender};
pub use types::{FileInfo, FileState, Progress, State, TransferError, TransferId};

/// Bytes of all files.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    total: u64,
    done: u64,
    resumed: u64,
}

impl Totals {
    fn of(list: &[Entry]) -> Self {
        let total = list
            .iter()
            .fold(0u64, |sum, entry| sum.saturating_add(entry.size));
        Self {
            total,
            ..Self::default()
        }
    }
}

fn state(course: &Course, offered: bool, preparing: bool, connected: bool) -> State {
    match course.state() {
        Some(state) if course.is_over() => state,
        _ if offered => State::Offered,
        Some(held) => held,
        None if !connected => State::Interrupted,
        None if preparing => State::Preparing,
        None => State::Active,
    }
}

fn progress(state: State, totals: Totals, meter: &Meter, now: Time) -> Progress {
    let flows = state == State::Active;
    Progress {
        rate: if flows { meter.rate(now) } else { 0 },
        left: meter
            .left(totals.total.saturating_sub(totals.done), now)
            .filter(|_| flows),
        state,
        done: totals.done,
        total: totals.total,
        resumed: totals.resumed,
    }
}

/// The name under which what is kept of a file is found again: for the same path, size and time of change.
pub fn store_key(entry: &Entry) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&entry.size.to_be_bytes());
    hasher.update(&entry.modified.to_be_bytes());
    hasher.update(entry.path.as_bytes());
    hex(&hasher.finalize().as_bytes()[..20])
}

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
