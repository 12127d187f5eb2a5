//! What is said on the channel of a transfer, to the byte.
//!
//! The first byte of each message is its kind. Data alone is not a [`Message`]: its content stays where the browser has it, and only its
//! [header](DataHeader) is read.

use super::path::MAX_PATH;
use super::types::{TransferError, TransferId};
use crate::wire::{DecodeError, Reader, Writer};

/// The version of what is said here.
pub const VERSION: u8 = 3;

/// Largest message in bytes, header and all: the best size in both browsers, and what every one of them takes.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// Most files of one transfer. Ten thousand is a large folder of photographs; the list is kept in memory on both sides.
pub const MAX_FILES: usize = 50_000;

/// Most bytes that the paths and types of one transfer have together.
pub const MAX_NAMES: usize = 8 * 1024 * 1024;

/// Longest media type in bytes (RFC 6838 §4.2 allows twice 127).
pub const MAX_TYPE: usize = 255;

/// Largest file in bytes: what a number of JavaScript's counts exactly.
pub const MAX_SIZE: u64 = (1 << 53) - 1;

/// Longest session description of a lane in bytes: without media, each of some dozens of candidates takes about a hundred.
pub const MAX_SDP: usize = 16 * 1024;

/// Longest path as it is read; a safe one is shorter.
const MAX_RAW_PATH: usize = MAX_PATH + 24;

/// The content of a file in short.
pub type Hash = [u8; 32];

/// One file as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it belongs.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// When it was changed, in milliseconds since 1970; tells one content from another when a transfer is taken up again.
    pub modified: u64,
    /// Such as `image/png`; may be empty.
    pub media_type: String,
}

/// What the receiver has of a file already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the list.
    pub file: u32,
    /// So many bytes from the beginning, at least one.
    pub bytes: u64,
    /// Of these.
    pub hash: Hash,
}

/// Why a side gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody wanted it so.
    Person,
    /// A file is not what was offered any more.
    SourceChanged,
    /// The receiver's disk refuses.
    Storage,
    /// What arrived is not what was sent.
    Corrupt,
    /// The other side does not keep to this protocol.
    Protocol,
}

/// What is said, but for data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// From the sender, first.
    Offer {
        /// The transfer's name.
        id: TransferId,
        /// How many files the list will have.
        files: u32,
    },
    /// From the sender: the next files of the list.
    List(Vec<Entry>),
    /// From the receiver: let them come, and this is there already, in the order of the list. Several in a row until the last.
    Accept {
        /// Whether this is the last.
        last: bool,
        /// Files of which something is there.
        kept: Vec<Kept>,
    },
    /// From the receiver: not wanted.
    Decline,
    /// From the sender: that was all of this file.
    FileEnd {
        /// Its place in the list.
        file: u32,
        /// Of all its content.
        hash: Hash,
    },
    /// From the receiver: the file is there, verified, and written.
    Receipt {
        /// Its place in the list.
        file: u32,
        /// Whether the content is what the sender has.
        intact: bool,
    },
    /// Hold it.
    Pause,
    /// Go on.
    Resume,
    /// It is given up.
    Cancel(Reason),
    /// From the receiver: hold it, the disk is full. Ends with a *resume*.
    NoSpace,
    /// From the sender: all receipts have come.
    Done,
    /// From the sender: a connection for data alone.
    LaneOffer {
        /// Its number, counted from zero.
        lane: u32,
        /// The session description, with its candidates; empty for a channel on the peer's own connection.
        sdp: String,
    },
    /// From the receiver: the answer to that.
    LaneAnswer {
        /// The lane's number.
        lane: u32,
        /// The session description, with its candidates; empty for a channel on the peer's own connection.
        sdp: String,
    },
    /// The lane is no more, or not wanted.
    LaneEnd {
        /// The lane's number.
        lane: u32,
    },
    /// From the receiver: how far it has come, counted by [`load`](super::load).
    Got {
        /// What has been taken in order.
        taken: u64,
        /// What has come in all.
        arrived: u64,
    },
}

/// What stands before the content in a message of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataHeader {
    /// The file's place in the list.
    pub file: u32,
    /// Where in the file the content belongs.
    pub offset: u64,
}

impl DataHeader {
    /// Length in bytes.
    pub const LEN: usize = 13;

    const KIND: u8 = 5;

    /// The bytes.
    pub fn encode(self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(Self::KIND);
        writer.u32(self.file);
        writer.u64(self.offset);
        writer.into_bytes()
    }

    /// Reads the first bytes of a message; `None` when it is not one of data.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8().ok()? != Self::KIND {
            return None;
        }
        Some(Self {
            file: reader.u32().ok()?,
            offset: reader.u64().ok()?,
        })
    }
}

impl Message {
    /// The bytes, at most [`MAX_MESSAGE`].
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u8(self.kind());
        match self {
            Self::Offer { id, files } => {
                writer.u8(VERSION);
                writer.bytes(id.as_bytes());
                writer.u32(*files);
            }
            Self::List(entries) => {
                count(&mut writer, entries.len());
                for entry in entries {
                    writer.text(&entry.path);
                    writer.u64(entry.size);
                    writer.u64(entry.modified);
                    writer.text(&entry.media_type);
                }
            }
            Self::Accept { last, kept } => {
                writer.u8((*last).into());
                count(&mut writer, kept.len());
                for kept in kept {
                    writer.u32(kept.file);
                    writer.u64(kept.bytes);
                    writer.bytes(&kept.hash);
                }
            }
            Self::FileEnd { file, hash } => {
                writer.u32(*file);
                writer.bytes(hash);
            }
            Self::Receipt { file, intact } => {
                writer.u32(*file);
                writer.u8((*intact).into());
            }
            Self::Cancel(reason) => writer.u8(*reason as u8),
            Self::LaneOffer { lane, sdp } | Self::LaneAnswer { lane, sdp } => {
                writer.u32(*lane);
                writer.text(sdp);
            }
            Self::LaneEnd { lane } => writer.u32(*lane),
            Self::Got { taken, arrived } => {
                writer.u64(*taken);
                writer.u64(*arrived);
            }
            Self::Decline | Self::Pause | Self::Resume | Self::NoSpace | Self::Done => {}
        }
        writer.into_bytes()
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Offer { .. } => 1,
            Self::List(_) => 2,
            Self::Accept { .. } => 3,
            Self::Decline => 4,
            Self::FileEnd { .. } => 6,
            Self::Receipt { .. } => 7,
            Self::Pause => 8,
            Self::Resume => 9,
            Self::Cancel(_) => 10,
            Self::NoSpace => 11,
            Self::Done => 12,
            Self::LaneOffer { .. } => 13,
            Self::LaneAnswer { .. } => 14,
            Self::LaneEnd { .. } => 15,
            Self::Got { .. } => 16,
        }
    }

    /// Reads one message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_MESSAGE {
            return Err(DecodeError::Value);
        }
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            1 => {
                if reader.u8()? != VERSION {
                    return Err(DecodeError::Value);
                }
                let id = TransferId::from_bytes(reader.array()?);
                let files = reader.u32()?;
                if files == 0 || files as usize > MAX_FILES {
                    return Err(DecodeError::Value);
                }
                Self::Offer { id, files }
            }
            2 => {
                let mut entries = Vec::new();
                for _ in 0..reader.u16()? {
                    entries.push(Entry::decode(&mut reader)?);
                }
                Self::List(entries)
            }
            3 => {
                let last = reader.bool()?;
                let mut kept = Vec::new();
                for _ in 0..reader.u16()? {
                    kept.push(Kept {
                        file: reader.u32()?,
                        bytes: reader.u64()?,
                        hash: reader.array()?,
                    });
                }
                Self::Accept { last, kept }
            }
            4 => Self::Decline,
            6 => Self::FileEnd {
                file: reader.u32()?,
                hash: reader.array()?,
            },
            7 => Self::Receipt {
                file: reader.u32()?,
                intact: reader.bool()?,
            },
            8 => Self::Pause,
            9 => Self::Resume,
            10 => Self::Cancel(Reason::decode(reader.u8()?)?),
            11 => Self::NoSpace,
            12 => Self::Done,
            13 => Self::LaneOffer {
                lane: reader.u32()?,
                sdp: reader.text(MAX_SDP)?.to_owned(),
            },
            14 => Self::LaneAnswer {
                lane: reader.u32()?,
                sdp: reader.text(MAX_SDP)?.to_owned(),
            },
            15 => Self::LaneEnd {
                lane: reader.u32()?,
            },
            16 => Self::Got {
                taken: reader.u64()?,
                arrived: reader.u64()?,
            },
            kind => return Err(DecodeError::Kind(kind)),
        };
        reader.end()?;
        Ok(message)
    }

    /// The list in as many messages as it takes.
    pub fn lists(entries: &[Entry]) -> Vec<Self> {
        let mut lists = Vec::new();
        let mut part = Vec::new();
        let mut bytes = 0;
        for entry in entries {
            if bytes + entry.encoded() > MAX_MESSAGE - 3 {
                lists.push(Self::List(core::mem::take(&mut part)));
                bytes = 0;
            }
            bytes += entry.encoded();
            part.push(entry.clone());
        }
        lists.push(Self::List(part));
        lists
    }

    /// An acceptance in as many messages as it takes.
    pub fn accepts(kept: &[Kept]) -> Vec<Self> {
        const FIT: usize = (MAX_MESSAGE - 4) / (4 + 8 + 32);
        let mut accepts: Vec<_> = kept
            .chunks(FIT)
            .map(|part| Self::Accept {
                last: false,
                kept: part.to_vec(),
            })
            .collect();
        match accepts.last_mut() {
            Some(Self::Accept { last, .. }) => *last = true,
            _ => accepts.push(Self::Accept {
                last: true,
                kept: Vec::new(),
            }),
        }
        accepts
    }
}

/// Never more than fit into a message, each of which has several bytes.
fn count(writer: &mut Writer, count: usize) {
    writer.u16(u16::try_from(count).unwrap_or(u16::MAX));
}

impl Entry {
    /// How many bytes of [`MAX_NAMES`] it takes.
    pub(super) fn names(&self) -> usize {
        self.path.len() + self.media_type.len()
    }

    fn encoded(&self) -> usize {
        2 + self.path.len() + 8 + 8 + 2 + self.media_type.len()
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let path = reader.text(MAX_RAW_PATH)?.to_owned();
        let size = reader.u64()?;
        if size > MAX_SIZE {
            return Err(DecodeError::Value);
        }
        Ok(Self {
            path,
            size,
            modified: reader.u64()?,
            media_type: reader.text(MAX_TYPE)?.to_owned(),
        })
    }
}

impl Reason {
    const fn decode(byte: u8) -> Result<Self, DecodeError> {
        Ok(match byte {
            0 => Self::Person,
            1 => Self::SourceChanged,
            2 => Self::Storage,
            3 => Self::Corrupt,
            4 => Self::Protocol,
            _ => return Err(DecodeError::Value),
        })
    }

    /// What the other side is told when this one fails so.
    pub(super) const fn of(error: TransferError) -> Self {
        match error {
            TransferError::SourceChanged => Self::SourceChanged,
            TransferError::Storage => Self::Storage,
            TransferError::Corrupt => Self::Corrupt,
            TransferError::Protocol => Self::Protocol,
            _ => Self::Person,
        }
    }
}
