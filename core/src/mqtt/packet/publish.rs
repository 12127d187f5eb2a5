//! PUBLISH (§3.3) and PUBACK (§3.4).

use super::primitive::{PacketId, read_packet_id, read_topic, write_topic};
use super::property::{Properties, TOPIC_ALIAS, read_properties, skip_properties};
use super::{DecodeError, EncodeError, QoS, Version, kind};
use crate::wire::{Reader, Writer};

/// A message.
#[derive(Clone, PartialEq, Eq)]
pub struct Publish {
    /// It may have been sent before. Only with QoS 1.
    pub dup: bool,
    /// How hard it is tried.
    pub qos: QoS,
    /// To the server: keep it for later subscribers. To a client: it was kept.
    pub retain: bool,
    /// Where.
    pub topic: String,
    /// With QoS 1, and only then.
    pub packet_id: Option<PacketId>,
    /// What.
    pub payload: Vec<u8>,
}

impl core::fmt::Debug for Publish {
    /// Without topic and payload.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Publish { .. }")
    }
}

impl Publish {
    /// Appends the packet's bytes to `out`; both directions have the same.
    ///
    /// # Errors
    /// As [`Packet::encode`](super::Packet::encode).
    pub fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut body = Writer::new();
        let first = self.write(version, &mut body)?;
        super::frame(first, &body.into_bytes(), out)
    }

    pub(super) fn write(&self, version: Version, body: &mut Writer) -> Result<u8, EncodeError> {
        if self.packet_id.is_some() != (self.qos == QoS::AtLeastOnce) {
            return Err(EncodeError::PacketId);
        }
        write_topic(body, &self.topic)?;
        if let Some(id) = self.packet_id {
            body.u16(id.get());
        }
        if version == Version::V5 {
            Properties::default().write(body);
        }
        body.bytes(&self.payload);
        let dup = self.dup && self.qos == QoS::AtLeastOnce;
        Ok(kind::PUBLISH << 4 | u8::from(dup) << 3 | self.qos.bits() << 1 | u8::from(self.retain))
    }

    pub(super) fn read(
        flags: u8,
        version: Version,
        body: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        let qos = QoS::from_bits(flags >> 1 & 3)?;
        let dup = flags & 8 != 0;
        if dup && qos == QoS::AtMostOnce {
            return Err(DecodeError::Header(kind::PUBLISH << 4 | flags));
        }
        let topic = read_topic(body)?;
        let packet_id = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce => Some(read_packet_id(body)?),
        };
        if version == Version::V5 {
            // An alias has to be allowed first, by a property of CONNECT that is never sent (§3.3.2.3.4).
            read_properties(body, |id, _| match id {
                TOPIC_ALIAS => Err(DecodeError::Property(id)),
                _ => Ok(()),
            })?;
        }
        let payload = body.rest().to_vec();
        *body = Reader::new(&[]);
        Ok(Self {
            dup,
            qos,
            retain: flags & 1 != 0,
            topic,
            packet_id,
            payload,
        })
    }
}

/// Acknowledges a message of QoS 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PubAck {
    /// Of which message.
    pub packet_id: PacketId,
    /// Below 0x80 is success (§3.4.2.1). 3.1.1 has no other.
    pub reason: u8,
}

impl PubAck {
    pub(super) fn write(self, version: Version, body: &mut Writer) -> u8 {
        body.u16(self.packet_id.get());
        if version == Version::V5 && self.reason != 0 {
            body.u8(self.reason);
        }
        kind::PUBACK << 4
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packet_id = read_packet_id(body)?;
        let mut reason = 0;
        if version == Version::V5 && !body.rest().is_empty() {
            reason = body.u8()?;
            if !body.rest().is_empty() {
                skip_properties(body)?;
            }
        }
        Ok(Self { packet_id, reason })
    }
}
