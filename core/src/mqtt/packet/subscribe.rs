//! SUBSCRIBE (§3.8), SUBACK (§3.9), UNSUBSCRIBE (§3.10) and UNSUBACK (§3.11).

use super::primitive::{PacketId, read_filter, read_packet_id, write_filter};
use super::property::{Properties, skip_properties};
use super::{DecodeError, EncodeError, QoS, Version, kind};
use crate::wire::{DecodeError as WireError, Reader, Writer};

/// MQTT 5 subscription options (§3.8.3.1): do not send my own messages back, and nothing that was retained.
const OPTIONS: u8 = NO_LOCAL | 2 << 4;
const NO_LOCAL: u8 = 1 << 2;

/// Asks for messages. In MQTT 5, not for the client's own and not for retained ones.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscribe {
    /// Comes back in [`SubAck`].
    pub packet_id: PacketId,
    /// Topic filters; at least one.
    pub filters: Vec<String>,
    /// The most that the server is to use, for all of them.
    pub qos: QoS,
}

/// Asks for no more messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Comes back in [`UnsubAck`].
    pub packet_id: PacketId,
    /// Topic filters; at least one.
    pub filters: Vec<String>,
}

impl core::fmt::Debug for Subscribe {
    /// Without topics.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Subscribe { .. }")
    }
}

impl core::fmt::Debug for Unsubscribe {
    /// Without topics.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Unsubscribe { .. }")
    }
}

impl Subscribe {
    pub(super) fn write(&self, version: Version, body: &mut Writer) -> Result<u8, EncodeError> {
        let options = match version {
            Version::V311 => 0,
            Version::V5 => OPTIONS,
        };
        write_filters(
            self.packet_id,
            &self.filters,
            Some(options | self.qos.bits()),
            version,
            body,
        )?;
        Ok(kind::SUBSCRIBE << 4 | 2)
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packet_id = read_head(version, body)?;
        let mut filters = Vec::new();
        let mut common = None;
        while filters.is_empty() || !body.rest().is_empty() {
            filters.push(read_filter(body)?);
            let options = body.u8()?;
            let reserved = match version {
                Version::V311 => 0xfc,
                Version::V5 => 0xc0,
            };
            let qos = QoS::from_bits(options & 3)?;
            if options & reserved != 0 || *common.get_or_insert(qos) != qos {
                return Err(WireError::Value.into());
            }
        }
        Ok(Self {
            packet_id,
            filters,
            qos: common.unwrap_or(QoS::AtMostOnce),
        })
    }
}

impl Unsubscribe {
    pub(super) fn write(&self, version: Version, body: &mut Writer) -> Result<u8, EncodeError> {
        write_filters(self.packet_id, &self.filters, None, version, body)?;
        Ok(kind::UNSUBSCRIBE << 4 | 2)
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packet_id = read_head(version, body)?;
        let mut filters = Vec::new();
        while filters.is_empty() || !body.rest().is_empty() {
            filters.push(read_filter(body)?);
        }
        Ok(Self { packet_id, filters })
    }
}

/// Grants or refuses subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubAck {
    /// Of which [`Subscribe`].
    pub packet_id: PacketId,
    /// For each filter: below 0x80 the QoS that is granted, else why there is none (§3.9.3).
    pub reasons: Vec<u8>,
}

/// Confirms the end of subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsubAck {
    /// Of which [`Unsubscribe`].
    pub packet_id: PacketId,
    /// For each filter (§3.11.3). Empty in 3.1.1.
    pub reasons: Vec<u8>,
}

impl SubAck {
    pub(super) fn write(&self, version: Version, body: &mut Writer) -> u8 {
        write_head(self.packet_id, version, body);
        body.bytes(&self.reasons);
        kind::SUBACK << 4
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packet_id = read_head(version, body)?;
        let reasons = read_reasons(body)?;
        Ok(Self { packet_id, reasons })
    }
}

impl UnsubAck {
    pub(super) fn write(&self, version: Version, body: &mut Writer) -> u8 {
        write_head(self.packet_id, version, body);
        if version == Version::V5 {
            body.bytes(&self.reasons);
        }
        kind::UNSUBACK << 4
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let packet_id = read_head(version, body)?;
        let reasons = match version {
            Version::V311 => Vec::new(),
            Version::V5 => read_reasons(body)?,
        };
        Ok(Self { packet_id, reasons })
    }
}

fn write_head(packet_id: PacketId, version: Version, body: &mut Writer) {
    body.u16(packet_id.get());
    if version == Version::V5 {
        Properties::default().write(body);
    }
}

fn read_head(version: Version, body: &mut Reader<'_>) -> Result<PacketId, DecodeError> {
    let packet_id = read_packet_id(body)?;
    if version == Version::V5 {
        skip_properties(body)?;
    }
    Ok(packet_id)
}

fn write_filters(
    packet_id: PacketId,
    filters: &[String],
    options: Option<u8>,
    version: Version,
    body: &mut Writer,
) -> Result<(), EncodeError> {
    if filters.is_empty() {
        return Err(EncodeError::Text);
    }
    write_head(packet_id, version, body);
    for filter in filters {
        write_filter(body, filter)?;
        if let Some(options) = options {
            body.u8(options);
        }
    }
    Ok(())
}

fn read_reasons(body: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let reasons = body.rest().to_vec();
    *body = Reader::new(&[]);
    if reasons.is_empty() {
        return Err(WireError::Truncated.into());
    }
    Ok(reasons)
}
