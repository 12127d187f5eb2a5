//! MQTT 5 properties (§2.2.2).

use super::DecodeError;
use super::primitive::{read_blob, read_block, read_text, read_varint};
use crate::wire::{DecodeError as WireError, Reader, Writer};

pub(super) const RECEIVE_MAXIMUM: u8 = 0x21;
pub(super) const SERVER_KEEP_ALIVE: u8 = 0x13;
pub(super) const MAXIMUM_QOS: u8 = 0x24;
pub(super) const MAXIMUM_PACKET_SIZE: u8 = 0x27;
pub(super) const TOPIC_ALIAS: u8 = 0x23;
const SUBSCRIPTION_IDENTIFIER: u8 = 0x0b;
const USER_PROPERTY: u8 = 0x26;

/// Reads a block of properties and shows those that are numbers to `visit`; the rest is checked and skipped.
///
/// Which packet may carry which property is not checked: one in the wrong place has no effect here.
pub(super) fn read_properties(
    reader: &mut Reader<'_>,
    mut visit: impl FnMut(u8, u32) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut block = Reader::new(read_block(reader)?);
    // All ids are below 64; each may be given once, but for the two that say otherwise.
    let mut seen = 0_u64;
    while !block.rest().is_empty() {
        let id = block.u8()?;
        let number = match id {
            // Payload format, request problem and response information, maximum QoS, availability of features: one byte.
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2a => Some(u32::from(block.u8()?)),
            // Server keep-alive, receive maximum, topic alias and its maximum: two bytes.
            0x13 | 0x21..=0x23 => Some(u32::from(block.u16()?)),
            // Message expiry, session expiry, will delay, maximum packet size: four bytes.
            0x02 | 0x11 | 0x18 | 0x27 => Some(block.u32()?),
            SUBSCRIPTION_IDENTIFIER => {
                let (value, used) = read_varint(block.rest())?.ok_or(WireError::Truncated)?;
                block = Reader::new(&block.rest()[used..]);
                if value == 0 {
                    return Err(DecodeError::Property(id));
                }
                None
            }
            // Content type, response topic, assigned client id, authentication method, response information, server
            // reference, reason: text.
            0x03 | 0x08 | 0x12 | 0x15 | 0x1a | 0x1c | 0x1f => {
                read_text(&mut block)?;
                None
            }
            // Correlation and authentication data: bytes.
            0x09 | 0x16 => {
                read_blob(&mut block)?;
                None
            }
            USER_PROPERTY => {
                read_text(&mut block)?;
                read_text(&mut block)?;
                None
            }
            _ => return Err(DecodeError::Property(id)),
        };
        let repeated = seen & (1 << id) != 0;
        if repeated && id != USER_PROPERTY && id != SUBSCRIPTION_IDENTIFIER {
            return Err(DecodeError::Property(id));
        }
        seen |= 1 << id;
        if let Some(number) = number {
            visit(id, number)?;
        }
    }
    Ok(())
}

/// Reads properties of which none has an effect here.
pub(super) fn skip_properties(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    read_properties(reader, |_, _| Ok(()))
}

/// Properties that are being written. Never more than 127 bytes, so that their length is one byte.
#[derive(Default)]
pub(super) struct Properties(Writer);

impl Properties {
    pub(super) fn u8(&mut self, id: u8, value: Option<u8>) {
        if let Some(value) = value {
            self.0.u8(id);
            self.0.u8(value);
        }
    }

    pub(super) fn u16(&mut self, id: u8, value: Option<u16>) {
        if let Some(value) = value {
            self.0.u8(id);
            self.0.u16(value);
        }
    }

    pub(super) fn u32(&mut self, id: u8, value: Option<u32>) {
        if let Some(value) = value {
            self.0.u8(id);
            self.0.u32(value);
        }
    }

    pub(super) fn write(self, writer: &mut Writer) {
        let block = self.0.into_bytes();
        debug_assert!(block.len() < 0x80, "at most four numbers");
        writer.u8(block.len() as u8);
        writer.bytes(&block);
    }
}
