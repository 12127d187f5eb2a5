//! MQTT packets and their bytes.
//!
//! The two directions are two types, [`ToServer`] and [`ToClient`], as a broker never connects and a client never
//! acknowledges a connection.

mod connect;
mod decoder;
mod error;
mod primitive;
mod property;
mod publish;
mod subscribe;

use crate::wire::{Reader, Writer};

pub use connect::{ConnAck, Connect, Disconnect, Will};
pub use decoder::{Decoder, Frame};
pub use error::{DecodeError, EncodeError};
pub use primitive::PacketId;
pub use publish::{PubAck, Publish};
pub use subscribe::{SubAck, Subscribe, UnsubAck, Unsubscribe};

/// Largest packet in bytes, header included, in either direction.
///
/// Twice the largest signal, so that no header is ever the reason for a refusal; small enough that a hostile broker cannot
/// make the page hold more.
pub const MAX_PACKET: usize = 128 * 1024;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// MQTT 3.1.1.
    V311,
    /// MQTT 5.0.
    V5,
}

impl Version {
    /// The number by which CONNECT names it.
    pub const fn level(self) -> u8 {
        match self {
            Self::V311 => 4,
            Self::V5 => 5,
        }
    }
}

/// How hard a message is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QoS {
    /// QoS 0: sent once, never acknowledged.
    AtMostOnce,
    /// QoS 1: acknowledged; may arrive more than once.
    AtLeastOnce,
}

impl QoS {
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::AtMostOnce => 0,
            Self::AtLeastOnce => 1,
        }
    }

    pub(crate) const fn from_bits(bits: u8) -> Result<Self, DecodeError> {
        match bits {
            0 => Ok(Self::AtMostOnce),
            1 => Ok(Self::AtLeastOnce),
            _ => Err(DecodeError::QoS(bits)),
        }
    }
}

/// The packet types of §2.1.2 that are in use here.
mod kind {
    pub(super) const CONNECT: u8 = 1;
    pub(super) const CONNACK: u8 = 2;
    pub(super) const PUBLISH: u8 = 3;
    pub(super) const PUBACK: u8 = 4;
    pub(super) const SUBSCRIBE: u8 = 8;
    pub(super) const SUBACK: u8 = 9;
    pub(super) const UNSUBSCRIBE: u8 = 10;
    pub(super) const UNSUBACK: u8 = 11;
    pub(super) const PINGREQ: u8 = 12;
    pub(super) const PINGRESP: u8 = 13;
    pub(super) const DISCONNECT: u8 = 14;
}

/// A packet from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToServer {
    /// Asks for a session.
    Connect(Connect),
    /// A message.
    Publish(Publish),
    /// Acknowledges a message of QoS 1.
    PubAck(PubAck),
    /// Asks for messages.
    Subscribe(Subscribe),
    /// Asks for no more messages.
    Unsubscribe(Unsubscribe),
    /// Asks for a sign of life.
    PingReq,
    /// Ends the session.
    Disconnect(Disconnect),
}

/// A packet from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToClient {
    /// Grants a session, or refuses it.
    ConnAck(ConnAck),
    /// A message.
    Publish(Publish),
    /// Acknowledges a message of QoS 1.
    PubAck(PubAck),
    /// Grants or refuses subscriptions.
    SubAck(SubAck),
    /// Confirms the end of subscriptions.
    UnsubAck(UnsubAck),
    /// A sign of life.
    PingResp,
    /// Ends the session. MQTT 5 only.
    Disconnect(Disconnect),
}

/// One direction's packets.
pub trait Packet: Sized {
    /// Appends the packet's bytes to `out`; on error `out` is as it was.
    ///
    /// # Errors
    /// [`EncodeError`] when a field does not fit the format, or the packet is larger than [`MAX_PACKET`].
    fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// The packet in a frame. Total: any bytes give a packet or an error.
    ///
    /// # Errors
    /// [`DecodeError`] when the frame is not a valid packet of this direction.
    fn decode(frame: Frame<'_>, version: Version) -> Result<Self, DecodeError>;
}

impl Packet for ToServer {
    fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Writer::new();
        let first = match self {
            Self::Connect(packet) => packet.write(version, &mut body)?,
            Self::Publish(packet) => packet.write(version, &mut body)?,
            Self::PubAck(packet) => packet.write(version, &mut body),
            Self::Subscribe(packet) => packet.write(version, &mut body)?,
            Self::Unsubscribe(packet) => packet.write(version, &mut body)?,
            Self::PingReq => kind::PINGREQ << 4,
            Self::Disconnect(packet) => packet.write(version, &mut body),
        };
        frame(first, &body.into_bytes(), out)
    }

    fn decode(frame: Frame<'_>, version: Version) -> Result<Self, DecodeError> {
        let mut body = Reader::new(frame.body);
        let packet = match (frame.first >> 4, frame.first & 15) {
            (kind::CONNECT, 0) => Self::Connect(Connect::read(version, &mut body)?),
            (kind::PUBLISH, flags) => Self::Publish(Publish::read(flags, version, &mut body)?),
            (kind::PUBACK, 0) => Self::PubAck(PubAck::read(version, &mut body)?),
            (kind::SUBSCRIBE, 2) => Self::Subscribe(Subscribe::read(version, &mut body)?),
            (kind::UNSUBSCRIBE, 2) => Self::Unsubscribe(Unsubscribe::read(version, &mut body)?),
            (kind::PINGREQ, 0) => Self::PingReq,
            (kind::DISCONNECT, 0) => Self::Disconnect(Disconnect::read(version, &mut body)?),
            _ => return Err(DecodeError::Header(frame.first)),
        };
        body.end()?;
        Ok(packet)
    }
}

impl Packet for ToClient {
    fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Writer::new();
        let first = match self {
            Self::ConnAck(packet) => packet.write(version, &mut body),
            Self::Publish(packet) => packet.write(version, &mut body)?,
            Self::PubAck(packet) => packet.write(version, &mut body),
            Self::SubAck(packet) => packet.write(version, &mut body),
            Self::UnsubAck(packet) => packet.write(version, &mut body),
            Self::PingResp => kind::PINGRESP << 4,
            Self::Disconnect(packet) => packet.write(version, &mut body),
        };
        frame(first, &body.into_bytes(), out)
    }

    fn decode(frame: Frame<'_>, version: Version) -> Result<Self, DecodeError> {
        let mut body = Reader::new(frame.body);
        let packet = match (frame.first >> 4, frame.first & 15) {
            (kind::CONNACK, 0) => Self::ConnAck(ConnAck::read(version, &mut body)?),
            (kind::PUBLISH, flags) => Self::Publish(Publish::read(flags, version, &mut body)?),
            (kind::PUBACK, 0) => Self::PubAck(PubAck::read(version, &mut body)?),
            (kind::SUBACK, 0) => Self::SubAck(SubAck::read(version, &mut body)?),
            (kind::UNSUBACK, 0) => Self::UnsubAck(UnsubAck::read(version, &mut body)?),
            (kind::PINGRESP, 0) => Self::PingResp,
            // A 3.1.1 server just closes the connection.
            (kind::DISCONNECT, 0) if version == Version::V5 => {
                Self::Disconnect(Disconnect::read(version, &mut body)?)
            }
            _ => return Err(DecodeError::Header(frame.first)),
        };
        body.end()?;
        Ok(packet)
    }
}

/// Puts the fixed header (§2.1) before `body`.
fn frame(first: u8, body: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let (length, used) = primitive::varint(body.len()).ok_or(EncodeError::TooLarge)?;
    if 1 + used + body.len() > MAX_PACKET {
        return Err(EncodeError::TooLarge);
    }
    out.reserve(1 + used + body.len());
    out.push(first);
    out.extend_from_slice(&length[..used]);
    out.extend_from_slice(body);
    Ok(())
}
