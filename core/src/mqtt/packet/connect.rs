//! CONNECT (§3.1), CONNACK (§3.2) and DISCONNECT (§3.14).

use core::num::{NonZeroU16, NonZeroU32};

use super::primitive::{read_blob, read_text, read_topic, write_blob, write_text, write_topic};
use super::property::{
    MAXIMUM_PACKET_SIZE, MAXIMUM_QOS, Properties, RECEIVE_MAXIMUM, SERVER_KEEP_ALIVE,
    read_properties, skip_properties,
};
use super::{DecodeError, EncodeError, QoS, Version, kind};
use crate::wire::{DecodeError as WireError, Reader, Writer};

const CLEAN_START: u8 = 0x02;
const WILL: u8 = 0x04;
const WILL_RETAIN: u8 = 0x20;
const PASSWORD: u8 = 0x40;
const USERNAME: u8 = 0x80;

/// Asks for a session.
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// Forget any earlier session of this client.
    pub clean_start: bool,
    /// In seconds; 0 is off. The server ends the session, and publishes the will, after one and a half times as long
    /// without a packet.
    pub keep_alive: u16,
    /// Names the client. 3.1.1 servers must accept 1 to 23 letters and digits.
    pub client_id: String,
    /// Published by the server when the session ends without a [`Disconnect`].
    pub will: Option<Will>,
    /// User name.
    pub username: Option<String>,
    /// Password.
    pub password: Option<Vec<u8>>,
    /// How many messages of QoS 1 the client takes before it has acknowledged the first. MQTT 5 only.
    pub receive_maximum: Option<NonZeroU16>,
    /// Largest packet the client takes, in bytes. MQTT 5 only.
    pub maximum_packet_size: Option<NonZeroU32>,
}

/// The last will: what a server publishes when a client vanishes (§3.1.2.5).
#[derive(Clone, PartialEq, Eq)]
pub struct Will {
    /// Where.
    pub topic: String,
    /// What; at most 65,535 bytes.
    pub payload: Vec<u8>,
    /// How.
    pub qos: QoS,
    /// Whether the server keeps it for later subscribers.
    pub retain: bool,
}

impl core::fmt::Debug for Connect {
    /// Without names, credentials and payload.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Connect { .. }")
    }
}

impl core::fmt::Debug for Will {
    /// Without topic and payload.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Will { .. }")
    }
}

impl Connect {
    pub(super) fn write(&self, version: Version, body: &mut Writer) -> Result<u8, EncodeError> {
        if version == Version::V311 && self.password.is_some() && self.username.is_none() {
            return Err(EncodeError::Credentials);
        }
        body.text("MQTT");
        body.u8(version.level());
        let mut flags = if self.clean_start { CLEAN_START } else { 0 };
        if let Some(will) = &self.will {
            flags |= WILL | will.qos.bits() << 3 | if will.retain { WILL_RETAIN } else { 0 };
        }
        flags |= if self.password.is_some() { PASSWORD } else { 0 };
        flags |= if self.username.is_some() { USERNAME } else { 0 };
        body.u8(flags);
        body.u16(self.keep_alive);
        if version == Version::V5 {
            let mut properties = Properties::default();
            properties.u16(RECEIVE_MAXIMUM, self.receive_maximum.map(NonZeroU16::get));
            properties.u32(
                MAXIMUM_PACKET_SIZE,
                self.maximum_packet_size.map(NonZeroU32::get),
            );
            properties.write(body);
        }
        write_text(body, &self.client_id)?;
        if let Some(will) = &self.will {
            if version == Version::V5 {
                Properties::default().write(body);
            }
            write_topic(body, &will.topic)?;
            write_blob(body, &will.payload)?;
        }
        if let Some(username) = &self.username {
            write_text(body, username)?;
        }
        if let Some(password) = &self.password {
            write_blob(body, password)?;
        }
        Ok(kind::CONNECT << 4)
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if read_text(body)? != "MQTT" || body.u8()? != version.level() {
            return Err(DecodeError::Version);
        }
        let flags = body.u8()?;
        let keep_alive = body.u16()?;
        let mut receive_maximum = None;
        let mut maximum_packet_size = None;
        if version == Version::V5 {
            read_properties(body, |id, value| {
                match id {
                    RECEIVE_MAXIMUM => receive_maximum = Some(nonzero_u16(id, value)?),
                    MAXIMUM_PACKET_SIZE => maximum_packet_size = Some(nonzero_u32(id, value)?),
                    _ => {}
                }
                Ok(())
            })?;
        }
        let client_id = read_text(body)?.to_owned();
        let will_qos = flags >> 3 & 3;
        let will = if flags & WILL != 0 {
            if version == Version::V5 {
                skip_properties(body)?;
            }
            Some(Will {
                topic: read_topic(body)?,
                payload: read_blob(body)?.to_vec(),
                qos: QoS::from_bits(will_qos)?,
                retain: flags & WILL_RETAIN != 0,
            })
        } else if will_qos == 0 && flags & WILL_RETAIN == 0 {
            None
        } else {
            return Err(WireError::Value.into());
        };
        let username = match flags & USERNAME {
            0 => None,
            _ => Some(read_text(body)?.to_owned()),
        };
        let password = match flags & PASSWORD {
            0 => None,
            _ => Some(read_blob(body)?.to_vec()),
        };
        let reserved = flags & 1 != 0;
        let lone_password = version == Version::V311 && password.is_some() && username.is_none();
        if reserved || lone_password {
            return Err(WireError::Value.into());
        }
        Ok(Self {
            clean_start: flags & CLEAN_START != 0,
            keep_alive,
            client_id,
            will,
            username,
            password,
            receive_maximum,
            maximum_packet_size,
        })
    }
}

/// Grants a session, or refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnAck {
    /// The server still had a session of this client.
    pub session_present: bool,
    /// 0 is success. A return code in 3.1.1 (§3.2.2.3 there), a reason code in MQTT 5 (§3.2.2.2).
    pub reason: u8,
    /// How many messages of QoS 1 the server takes before it has acknowledged the first. MQTT 5 only.
    pub receive_maximum: Option<NonZeroU16>,
    /// The most that the server does, when that is less than QoS 2. MQTT 5 only.
    pub maximum_qos: Option<QoS>,
    /// Largest packet the server takes, in bytes. MQTT 5 only.
    pub maximum_packet_size: Option<NonZeroU32>,
    /// To be used instead of the client's, in seconds. MQTT 5 only.
    pub server_keep_alive: Option<u16>,
}

impl ConnAck {
    /// An acknowledgement without properties.
    pub const fn new(reason: u8) -> Self {
        Self {
            session_present: false,
            reason,
            receive_maximum: None,
            maximum_qos: None,
            maximum_packet_size: None,
            server_keep_alive: None,
        }
    }

    pub(super) fn write(&self, version: Version, body: &mut Writer) -> u8 {
        body.u8(u8::from(self.session_present));
        body.u8(self.reason);
        if version == Version::V5 {
            let mut properties = Properties::default();
            properties.u16(RECEIVE_MAXIMUM, self.receive_maximum.map(NonZeroU16::get));
            properties.u8(MAXIMUM_QOS, self.maximum_qos.map(QoS::bits));
            properties.u32(
                MAXIMUM_PACKET_SIZE,
                self.maximum_packet_size.map(NonZeroU32::get),
            );
            properties.u16(SERVER_KEEP_ALIVE, self.server_keep_alive);
            properties.write(body);
        }
        kind::CONNACK << 4
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let session_present = body.bool()?;
        let mut packet = Self {
            session_present,
            ..Self::new(body.u8()?)
        };
        // A server that speaks 3.1.1 alone refuses MQTT 5 in the form of 3.1.1: without properties.
        if version == Version::V5 && !body.rest().is_empty() {
            read_properties(body, |id, value| {
                match id {
                    RECEIVE_MAXIMUM => packet.receive_maximum = Some(nonzero_u16(id, value)?),
                    MAXIMUM_QOS => {
                        let qos = u8::try_from(value).map_err(|_| DecodeError::Property(id))?;
                        packet.maximum_qos = Some(QoS::from_bits(qos)?);
                    }
                    MAXIMUM_PACKET_SIZE => {
                        packet.maximum_packet_size = Some(nonzero_u32(id, value)?)
                    }
                    SERVER_KEEP_ALIVE => packet.server_keep_alive = u16::try_from(value).ok(),
                    _ => {}
                }
                Ok(())
            })?;
        }
        Ok(packet)
    }
}

/// Ends the session. From a client it also withdraws the will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect {
    /// 0 is the normal end (§3.14.2.1). 3.1.1 has no other.
    pub reason: u8,
}

impl Disconnect {
    pub(super) fn write(self, version: Version, body: &mut Writer) -> u8 {
        if version == Version::V5 && self.reason != 0 {
            body.u8(self.reason);
        }
        kind::DISCONNECT << 4
    }

    pub(super) fn read(version: Version, body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if version == Version::V311 || body.rest().is_empty() {
            return Ok(Self { reason: 0 });
        }
        let reason = body.u8()?;
        if !body.rest().is_empty() {
            skip_properties(body)?;
        }
        Ok(Self { reason })
    }
}

fn nonzero_u16(id: u8, value: u32) -> Result<NonZeroU16, DecodeError> {
    u16::try_from(value)
        .ok()
        .and_then(NonZeroU16::new)
        .ok_or(DecodeError::Property(id))
}

fn nonzero_u32(id: u8, value: u32) -> Result<NonZeroU32, DecodeError> {
    NonZeroU32::new(value).ok_or(DecodeError::Property(id))
}
