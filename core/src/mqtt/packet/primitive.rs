//! Integers, texts and topics (§1.5, §4.7).

use core::num::NonZeroU16;

use super::{DecodeError, EncodeError};
use crate::wire::{Reader, Writer};

/// Names a packet that wants an acknowledgement, until it has it (§2.2.1).
pub type PacketId = NonZeroU16;

/// The most that a variable byte integer holds.
const VARINT_MAX: usize = 268_435_455;

/// A variable byte integer (§1.5.5): its bytes, and how many of them are in use. `None` when `value` is too large.
pub(super) fn varint(value: usize) -> Option<([u8; 4], usize)> {
    if value > VARINT_MAX {
        return None;
    }
    let mut rest = value;
    let mut bytes = [0; 4];
    let mut used = 0;
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        bytes[used] = if rest == 0 { low } else { low | 0x80 };
        used += 1;
        if rest == 0 {
            return Some((bytes, used));
        }
    }
}

/// Reads a variable byte integer from the start of `bytes`: its value and its length. `None` when more bytes are needed.
pub(super) fn read_varint(bytes: &[u8]) -> Result<Option<(usize, usize)>, DecodeError> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            // The shortest form is the only form.
            let padded = index > 0 && byte == 0;
            return if padded {
                Err(DecodeError::Length)
            } else {
                Ok(Some((value, index + 1)))
            };
        }
    }
    if bytes.len() < 4 {
        Ok(None)
    } else {
        Err(DecodeError::Length)
    }
}

/// Splits off a block that is preceded by its length, as properties are.
pub(super) fn read_block<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let truncated = DecodeError::Body(crate::wire::DecodeError::Truncated);
    let (len, used) = read_varint(reader.rest())?.ok_or(truncated)?;
    let (block, rest) = reader.rest()[used..]
        .split_at_checked(len)
        .ok_or(truncated)?;
    *reader = Reader::new(rest);
    Ok(block)
}

/// Reads a text.
pub(super) fn read_text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, DecodeError> {
    let text = reader.text(usize::from(u16::MAX))?;
    if text.contains('\0') {
        Err(DecodeError::Text)
    } else {
        Ok(text)
    }
}

/// Reads binary data.
pub(super) fn read_blob<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    Ok(reader.blob(usize::from(u16::MAX))?)
}

/// Reads the name of a topic: not a filter.
pub(super) fn read_topic(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let topic = read_text(reader)?;
    if is_topic(topic) {
        Ok(topic.to_owned())
    } else {
        Err(DecodeError::Text)
    }
}

/// Reads a topic filter.
pub(super) fn read_filter(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let filter = read_text(reader)?;
    if filter.is_empty() {
        Err(DecodeError::Text)
    } else {
        Ok(filter.to_owned())
    }
}

/// Reads a packet id.
pub(super) fn read_packet_id(reader: &mut Reader<'_>) -> Result<PacketId, DecodeError> {
    PacketId::new(reader.u16()?).ok_or(DecodeError::PacketId)
}

/// Writes a text.
pub(super) fn write_text(writer: &mut Writer, text: &str) -> Result<(), EncodeError> {
    if text.contains('\0') {
        return Err(EncodeError::Text);
    }
    write_blob(writer, text.as_bytes())
}

/// Writes binary data.
pub(super) fn write_blob(writer: &mut Writer, bytes: &[u8]) -> Result<(), EncodeError> {
    if bytes.len() > usize::from(u16::MAX) {
        return Err(EncodeError::TooLarge);
    }
    writer.blob(bytes);
    Ok(())
}

/// Writes the name of a topic.
pub(super) fn write_topic(writer: &mut Writer, topic: &str) -> Result<(), EncodeError> {
    if is_topic(topic) {
        write_text(writer, topic)
    } else {
        Err(EncodeError::Text)
    }
}

/// Writes a topic filter.
pub(super) fn write_filter(writer: &mut Writer, filter: &str) -> Result<(), EncodeError> {
    if filter.is_empty() {
        Err(EncodeError::Text)
    } else {
        write_text(writer, filter)
    }
}

fn is_topic(topic: &str) -> bool {
    !topic.is_empty() && !topic.contains(['+', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 1-1 of MQTT 5.0 and its neighbours.
    #[test]
    fn varints_of_the_standard() {
        let table: [(usize, &[u8]); 8] = [
            (0, &[0x00]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 0x01]),
            (2_097_151, &[0xff, 0xff, 0x7f]),
            (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
            (VARINT_MAX, &[0xff, 0xff, 0xff, 0x7f]),
        ];
        for (value, bytes) in table {
            let (encoded, used) = varint(value).expect("in range");
            assert_eq!(&encoded[..used], bytes, "{value}");
            assert_eq!(read_varint(bytes), Ok(Some((value, bytes.len()))));
            for cut in 0..bytes.len() {
                assert_eq!(read_varint(&bytes[..cut]), Ok(None), "{value} cut to {cut}");
            }
        }
        assert_eq!(varint(VARINT_MAX + 1), None);
    }

    #[test]
    fn varints_that_are_longer_than_they_need_to_be_are_refused() {
        for bytes in [
            &[0x80, 0x00][..],
            &[0xff, 0x80, 0x00],
            &[0xff; 4],
            &[0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert_eq!(read_varint(bytes), Err(DecodeError::Length), "{bytes:x?}");
        }
    }
}
