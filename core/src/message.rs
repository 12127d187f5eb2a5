//! What members say to each other: outside, sealed, to meet; and inside, on the control channel of a connected pair.

use crate::envelope::{Header, MAX_SEALED};
use crate::flow::Load;
use crate::id::MemberId;
use crate::ledger::Tally;
use crate::mesh::MAX_PEERS;
use crate::session::{Candidate, Description, DescriptionKind, MAX_CANDIDATES, MAX_SDP};
use crate::wire::{DecodeError, Reader, Writer};
use crate::words::Step;

/// Largest profile in bytes. A profile is the application's, for example a display name.
pub const MAX_PROFILE: usize = 1024;

/// Most media streams that one member can tell of.
pub const MAX_STREAMS: usize = 8;

/// Longest id of a media stream in bytes; browsers use 36.
pub const MAX_STREAM_ID: usize = 128;

/// Most channels that one frame tells the tally of: more than two members can have between them.
pub const MAX_TALLIES: usize = 160;

/// Part of a negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A session description. The candidates that were found so far come with it when it is sent again.
    Description {
        /// Counts the offers of one side within one attempt, from 1; an answer has its offer's number.
        number: u32,
        /// The offer or answer.
        description: Description,
        /// Candidates of the same generation.
        candidates: Vec<Candidate>,
    },
    /// Candidates alone (trickle ICE, RFC 8838).
    Candidates(Vec<Candidate>),
}

/// What is said outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// To everyone: I am here; who else is?
    Hello,
    /// To one: so am I.
    Presence,
    /// To everyone: I am leaving.
    Leave,
    /// To everyone, by the transport: it lost me.
    Will,
    /// To one: the room is full.
    Full,
    /// To one: negotiate.
    Signal(Signal),
}

/// What is said inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Are you there?
    Ping(u32),
    /// The answer to the ping of this number.
    Pong(u32),
    /// I am leaving.
    Bye,
    /// The sender's profile, whole.
    Profile(Vec<u8>),
    /// All media streams that the sender has published to the room.
    Streams(Vec<StreamNote>),
    /// Everyone whom the sender is connected to.
    Members(Vec<MemberId>),
    /// An outside message of the sender's, header and all, to be passed on to whom it is for.
    Relay(Vec<u8>),
    /// An outside message that was passed on.
    Relayed(Vec<u8>),
    /// How many messages have come on channels, and how much of it is unread.
    Tallies {
        /// Whether these are all channels that the sender has: a connection begins.
        all: bool,
        /// Each channel once, at most [`MAX_TALLIES`].
        tallies: Vec<(ChannelKey, Tally)>,
    },
    /// The sender has closed a channel that one side opened.
    Closed {
        /// Which.
        channel: ChannelKey,
        /// Whether a data channel of this connection carried it, whose own end comes after all that was sent.
        carried: bool,
    },
    /// A step towards the words that both sides show.
    Trust(Step),
    /// Negotiate.
    Signal(Signal),
}

/// Which channel between two members is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelKey {
    /// One that both declared, by its negotiated id.
    Declared(u32),
    /// One that the side that says it opened, by the number that it drew.
    Mine(u32),
    /// One that the other side opened.
    Yours(u32),
}

impl ChannelKey {
    /// Whether one side opened it, so that it can be closed alone.
    pub const fn is_opened(self) -> bool {
        !matches!(self, Self::Declared(_))
    }

    /// As the other side calls it.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Declared(id) => Self::Declared(id),
            Self::Mine(number) => Self::Yours(number),
            Self::Yours(number) => Self::Mine(number),
        }
    }

    fn encode(self, writer: &mut Writer) {
        let (kind, number) = match self {
            Self::Declared(number) => (0, number),
            Self::Mine(number) => (1, number),
            Self::Yours(number) => (2, number),
        };
        writer.u8(kind);
        writer.u32(number);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, number) = (reader.u8()?, reader.u32()?);
        match kind {
            0 => Ok(Self::Declared(number)),
            1 => Ok(Self::Mine(number)),
            2 => Ok(Self::Yours(number)),
            _ => Err(DecodeError::Value),
        }
    }
}

/// What a published media stream is: session descriptions carry streams, not their meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamNote {
    /// `MediaStream.id`, the same on both sides (RFC 8830).
    pub id: String,
    /// Where it comes from.
    pub source: Source,
    /// Whether its audio is on; a muted microphone still sends silence.
    pub audio: bool,
    /// Whether its video is on.
    pub video: bool,
}

/// Where a media stream comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A camera, a microphone, or both.
    Camera,
    /// A screen, a window or a tab.
    Screen,
    /// Anything else, for example a canvas.
    Other,
}

mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const PRESENCE: u8 = 2;
    pub(super) const LEAVE: u8 = 3;
    pub(super) const WILL: u8 = 4;
    pub(super) const FULL: u8 = 5;
    pub(super) const PING: u8 = 8;
    pub(super) const PONG: u8 = 9;
    pub(super) const BYE: u8 = 10;
    pub(super) const PROFILE: u8 = 11;
    pub(super) const STREAMS: u8 = 12;
    pub(super) const MEMBERS: u8 = 13;
    pub(super) const RELAY: u8 = 14;
    pub(super) const RELAYED: u8 = 15;
    pub(super) const OFFER: u8 = 16;
    pub(super) const ANSWER: u8 = 17;
    pub(super) const CANDIDATES: u8 = 18;
    pub(super) const TALLIES: u8 = 20;
    pub(super) const CLOSED: u8 = 21;
    pub(super) const COMMITMENT: u8 = 22;
    pub(super) const NONCE: u8 = 23;
}

impl Message {
    /// The plaintext of a sealed signal: header and message.
    pub fn encode(&self, header: &Header) -> Vec<u8> {
        let mut writer = Writer::new();
        header.encode(&mut writer);
        match self {
            Self::Hello => writer.u8(kind::HELLO),
            Self::Presence => writer.u8(kind::PRESENCE),
            Self::Leave => writer.u8(kind::LEAVE),
            Self::Will => writer.u8(kind::WILL),
            Self::Full => writer.u8(kind::FULL),
            Self::Signal(signal) => signal.encode(&mut writer),
        }
        writer.into_bytes()
    }

    /// Reads the plaintext of a sealed signal.
    ///
    /// # Errors
    /// [`DecodeError`], for anything that [`encode`](Self::encode) does not write.
    pub fn decode(plaintext: &[u8]) -> Result<(Header, Self), DecodeError> {
        let mut reader = Reader::new(plaintext);
        let header = Header::decode(&mut reader)?;
        let message = match reader.u8()? {
            kind::HELLO => Self::Hello,
            kind::PRESENCE => Self::Presence,
            kind::LEAVE => Self::Leave,
            kind::WILL => Self::Will,
            kind::FULL => Self::Full,
            other => Self::Signal(Signal::decode(other, &mut reader)?),
        };
        reader.end()?;
        Ok((header, message))
    }
}

impl Frame {
    /// The bytes of one message on the control channel.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        match self {
            Self::Ping(number) => {
                writer.u8(kind::PING);
                writer.u32(*number);
            }
            Self::Pong(number) => {
                writer.u8(kind::PONG);
                writer.u32(*number);
            }
            Self::Bye => writer.u8(kind::BYE),
            Self::Profile(profile) => {
                writer.u8(kind::PROFILE);
                writer.blob(profile);
            }
            Self::Streams(streams) => {
                writer.u8(kind::STREAMS);
                writer.u8(u8::try_from(streams.len()).unwrap_or(u8::MAX));
                for stream in streams {
                    stream.encode(&mut writer);
                }
            }
            Self::Members(members) => {
                writer.u8(kind::MEMBERS);
                writer.u8(u8::try_from(members.len()).unwrap_or(u8::MAX));
                for member in members {
                    writer.bytes(member.as_bytes());
                }
            }
            Self::Relay(envelope) => {
                writer.u8(kind::RELAY);
                writer.bytes(envelope);
            }
            Self::Relayed(envelope) => {
                writer.u8(kind::RELAYED);
                writer.bytes(envelope);
            }
            Self::Tallies { all, tallies } => {
                writer.u8(kind::TALLIES);
                writer.u8(u8::from(*all));
                let count = tallies.len().min(MAX_TALLIES);
                writer.u8(u8::try_from(count).unwrap_or(u8::MAX));
                for (channel, tally) in &tallies[..count] {
                    channel.encode(&mut writer);
                    writer.u32(tally.by);
                    writer.u32(tally.of);
                    writer.u64(tally.count);
                    writer.u32(tally.unread.messages);
                    writer.u32(tally.unread.bytes);
                    writer.u64(tally.wants);
                }
            }
            Self::Closed { channel, carried } => {
                writer.u8(kind::CLOSED);
                channel.encode(&mut writer);
                writer.u8(u8::from(*carried));
            }
            Self::Trust(Step::Commitment(commitment)) => {
                writer.u8(kind::COMMITMENT);
                writer.bytes(commitment);
            }
            Self::Trust(Step::Nonce(nonce)) => {
                writer.u8(kind::NONCE);
                writer.bytes(nonce);
            }
            Self::Signal(signal) => signal.encode(&mut writer),
        }
        writer.into_bytes()
    }

    /// Reads one message of the control channel.
    ///
    /// # Errors
    /// [`DecodeError`], for anything that [`encode`](Self::encode) does not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let frame = match reader.u8()? {
            kind::PING => Self::Ping(reader.u32()?),
            kind::PONG => Self::Pong(reader.u32()?),
            kind::BYE => Self::Bye,
            kind::PROFILE => Self::Profile(reader.blob(MAX_PROFILE)?.to_vec()),
            kind::STREAMS => Self::Streams(reader.list(MAX_STREAMS, StreamNote::decode)?),
            kind::TALLIES => Self::Tallies {
                all: reader.bool()?,
                tallies: reader.list(MAX_TALLIES, |reader| {
                    let channel = ChannelKey::decode(reader)?;
                    let tally = Tally {
                        by: reader.u32()?,
                        of: reader.u32()?,
                        count: reader.u64()?,
                        unread: Load {
                            messages: reader.u32()?,
                            bytes: reader.u32()?,
                        },
                        wants: reader.u64()?,
                    };
                    Ok((channel, tally))
                })?,
            },
            kind::CLOSED => Self::Closed {
                channel: ChannelKey::decode(&mut reader)?,
                carried: reader.bool()?,
            },
            kind::COMMITMENT => Self::Trust(Step::Commitment(reader.array()?)),
            kind::NONCE => Self::Trust(Step::Nonce(reader.array()?)),
            kind::RELAY => return Ok(Self::Relay(envelope(reader)?)),
            kind::RELAYED => return Ok(Self::Relayed(envelope(reader)?)),
            kind::MEMBERS => Self::Members(
                reader.list(MAX_PEERS, |reader| reader.array().map(MemberId::from_bytes))?,
            ),
            other => Self::Signal(Signal::decode(other, &mut reader)?),
        };
        reader.end()?;
        Ok(frame)
    }
}

/// The rest of a frame, which must be able to be an outside message.
fn envelope(reader: Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let envelope = reader.rest();
    if envelope.len() > MAX_SEALED {
        return Err(DecodeError::Value);
    }
    Message::decode(envelope)?;
    Ok(envelope.to_vec())
}

impl Signal {
    fn encode(&self, writer: &mut Writer) {
        let candidates = match self {
            Self::Description {
                number,
                description,
                candidates,
            } => {
                writer.u8(match description.kind {
                    DescriptionKind::Offer => kind::OFFER,
                    DescriptionKind::Answer => kind::ANSWER,
                });
                writer.u32(*number);
                writer.text(&description.sdp);
                candidates
            }
            Self::Candidates(candidates) => {
                writer.u8(kind::CANDIDATES);
                candidates
            }
        };
        writer.u8(u8::try_from(candidates.len()).unwrap_or(u8::MAX));
        for candidate in candidates {
            candidate.encode(writer);
        }
    }

    fn decode(kind: u8, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = match kind {
            kind::OFFER => DescriptionKind::Offer,
            kind::ANSWER => DescriptionKind::Answer,
            kind::CANDIDATES => return Ok(Self::Candidates(decode_candidates(reader)?)),
            other => return Err(DecodeError::Kind(other)),
        };
        let number = reader.u32()?;
        let sdp = reader.text(MAX_SDP)?.to_owned();
        Ok(Self::Description {
            number,
            description: Description { kind, sdp },
            candidates: decode_candidates(reader)?,
        })
    }
}

fn decode_candidates(reader: &mut Reader<'_>) -> Result<Vec<Candidate>, DecodeError> {
    reader.list(MAX_CANDIDATES, Candidate::decode)
}

impl StreamNote {
    /// Whether it is within its bound.
    pub const fn fits(&self) -> bool {
        self.id.len() <= MAX_STREAM_ID
    }

    fn encode(&self, writer: &mut Writer) {
        writer.text(&self.id);
        writer.u8(match self.source {
            Source::Camera => 0,
            Source::Screen => 1,
            Source::Other => 2,
        });
        writer.u8(u8::from(self.audio));
        writer.u8(u8::from(self.video));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            id: reader.text(MAX_STREAM_ID)?.to_owned(),
            source: match reader.u8()? {
                0 => Source::Camera,
                1 => Source::Screen,
                2 => Source::Other,
                _ => return Err(DecodeError::Value),
            },
            audio: reader.bool()?,
            video: reader.bool()?,
        })
    }
}
