//! A candidate in a code: kind, address and port. What else a candidate line says follows from these and from its place in the list.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::MAX_CANDIDATES;
use crate::diagnosis::{CandidateLine, CandidateType};
use crate::wire::Reader;

/// How a candidate came about (RFC 8445 §4). Those that only show themselves during checks are in no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An address of the device itself.
    Host,
    /// What a STUN server saw.
    ServerReflexive,
    /// An address of a TURN server.
    Relayed,
}

/// Where to send to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// IPv4.
    V4(Ipv4Addr),
    /// IPv6.
    V6(Ipv6Addr),
    /// A name within one network that hides an address: the UUID before `.local` (draft-ietf-mmusic-mdns-ice-candidates).
    Mdns([u8; 16]),
}

/// One candidate, for UDP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardCandidate {
    /// How it came about.
    pub kind: Kind,
    /// Its address.
    pub address: Address,
    /// Its port.
    pub port: u16,
}

/// Tells the kind alone.
impl fmt::Debug for CardCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, f)
    }
}

/// Tells the family alone.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V4(_) => "V4(…)",
            Self::V6(_) => "V6(…)",
            Self::Mdns(_) => "Mdns(…)",
        })
    }
}

impl Kind {
    const ALL: [Self; 3] = [Self::Host, Self::ServerReflexive, Self::Relayed];

    const fn token(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::Relayed => "relay",
        }
    }

    /// Recommended type preference (RFC 8445 §5.1.2.2).
    const fn preference(self) -> u32 {
        match self {
            Self::Host => 126,
            Self::ServerReflexive => 100,
            Self::Relayed => 0,
        }
    }
}

impl CardCandidate {
    /// Length in a code, in bytes.
    pub(super) const fn len(&self) -> usize {
        match self.address {
            Address::V4(_) => 7,
            Address::V6(_) | Address::Mdns(_) => 19,
        }
    }

    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        let family = match self.address {
            Address::V4(_) => 0,
            Address::V6(_) => 1,
            Address::Mdns(_) => 2,
        };
        bytes.push((self.kind as u8) << 2 | family);
        match &self.address {
            Address::V4(address) => bytes.extend_from_slice(&address.octets()),
            Address::V6(address) => bytes.extend_from_slice(&address.octets()),
            Address::Mdns(uuid) => bytes.extend_from_slice(uuid),
        }
        bytes.extend_from_slice(&self.port.to_be_bytes());
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let byte = reader.u8().ok()?;
        let kind = *Kind::ALL.get(usize::from(byte >> 2))?;
        let address = match byte & 3 {
            0 => Address::V4(Ipv4Addr::from(reader.array::<4>().ok()?)),
            1 => Address::V6(Ipv6Addr::from(reader.array::<16>().ok()?)),
            2 => Address::Mdns(reader.array().ok()?),
            _ => return None,
        };
        let port = reader.u16().ok()?;
        Some(Self {
            kind,
            address,
            port,
        })
    }

    /// Reads a candidate line; `None` for what is in no code: TCP, other names, addresses that nobody else can send to.
    pub(super) fn of(line: &CandidateLine) -> Option<Self> {
        if line.tcp || line.port == 0 {
            return None;
        }
        let kind = match line.kind {
            CandidateType::Host => Kind::Host,
            CandidateType::ServerReflexive => Kind::ServerReflexive,
            CandidateType::Relayed => Kind::Relayed,
            CandidateType::PeerReflexive => return None,
        };
        let address = match line.address.parse() {
            Ok(IpAddr::V4(address)) => Address::V4(address),
            // A zone is needed with these, which means something on one device alone (RFC 4007 §11).
            Ok(IpAddr::V6(address)) if address.is_unicast_link_local() => return None,
            Ok(IpAddr::V6(address)) => Address::V6(address),
            Err(_) => Address::Mdns(uuid(line.address.strip_suffix(".local")?)?),
        };
        Some(Self {
            kind,
            address,
            port: line.port,
        })
    }

    /// The candidate line (RFC 8839 §5.1), for the place that it has in the list, and for the round in which it is told: with
    /// another foundation and a lower priority it is another candidate, which browsers try anew.
    pub(super) fn to_line(self, place: usize, round: u32) -> String {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let place = round
            .saturating_mul(MAX_CANDIDATES as u32)
            .saturating_add(place);
        let priority = self.kind.preference() << 24 | 65_535u32.saturating_sub(place) << 8 | 255;
        let address = match self.address {
            Address::V4(address) => address.to_string(),
            Address::V6(address) => address.to_string(),
            Address::Mdns(uuid) => name(&uuid),
        };
        // Where it was derived from is for people who debug (RFC 8839 §5.1), and required.
        let related = match (self.kind, self.address) {
            (Kind::Host, _) => "",
            (_, Address::V6(_)) => " raddr :: rport 0",
            (_, _) => " raddr 0.0.0.0 rport 0",
        };
        format!(
            "candidate:{} 1 udp {priority} {address} {} typ {}{related}",
            place.saturating_add(1),
            self.port,
            self.kind.token(),
        )
    }
}

/// Where the groups of a UUID end, in bytes (RFC 9562 §4).
const GROUPS: [usize; 4] = [4, 6, 8, 10];

/// Reads a UUID in the one form in which [`name`] writes it.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let mut digits = text.bytes();
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().enumerate() {
        if GROUPS.contains(&place) && digits.next()? != b'-' {
            return None;
        }
        for _ in 0..2 {
            let digit = match digits.next()? {
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | digit;
        }
    }
    digits.next().is_none().then_some(bytes)
}

fn name(uuid: &[u8; 16]) -> String {
    let mut name = String::new();
    for (place, byte) in uuid.iter().enumerate() {
        if GROUPS.contains(&place) {
            name.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            name.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    name + ".local"
}
