//! What can be wrong with packets.

use crate::wire;

/// Why bytes are not a packet. After one of these a connection is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The packet is larger than [`MAX_PACKET`](super::MAX_PACKET).
    #[error("the packet is larger than the limit")]
    TooLarge,
    /// A length takes more than four bytes, or more than it needs (§1.5.5).
    #[error("a length is not valid")]
    Length,
    /// The first byte names a packet type that this side is not sent or that is not spoken here, or flags that the type does
    /// not allow (§2.1).
    #[error("the packet header {0:#04x} is not expected")]
    Header(u8),
    /// The packet has fewer or more bytes than its fields, or a text that is not UTF-8.
    #[error("a packet: {0}")]
    Body(#[from] wire::DecodeError),
    /// A text contains U+0000 (§1.5.4), or a topic is empty or has wildcards where it must not (§4.7).
    #[error("a text or topic is not valid")]
    Text,
    /// A packet id is zero (§2.2.1).
    #[error("a packet id is zero")]
    PacketId,
    /// A quality of service that is not spoken here.
    #[error("quality of service {0} is not spoken")]
    QoS(u8),
    /// A property is unknown, given twice, or out of its range (§2.2.2).
    #[error("property {0} is not valid")]
    Property(u8),
    /// CONNECT names another protocol or version.
    #[error("the packet is of another protocol or version")]
    Version,
}

/// Why a packet has no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A text or binary field is longer than 65,535 bytes, or the packet is larger than
    /// [`MAX_PACKET`](super::MAX_PACKET).
    #[error("the packet or one of its fields is too large")]
    TooLarge,
    /// A text contains U+0000, or a topic is empty or has wildcards where it must not.
    #[error("a text or topic is not valid")]
    Text,
    /// A message of QoS 1 has no packet id, or one of QoS 0 has one.
    #[error("a packet id is missing, or one too many")]
    PacketId,
    /// 3.1.1 has no password without a user name.
    #[error("a password needs a user name in MQTT 3.1.1")]
    Credentials,
}
