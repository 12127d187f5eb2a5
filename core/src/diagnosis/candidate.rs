//! One candidate line, read (RFC 8839 §5.1).

use core::fmt;

use crate::session::MAX_CANDIDATE;

/// How a candidate came about (RFC 8445 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateType {
    /// `host`: an address of the device itself.
    Host,
    /// `srflx`: what a STUN server saw.
    ServerReflexive,
    /// `prflx`: what the other side's check saw.
    PeerReflexive,
    /// `relay`: an address of a TURN server.
    Relayed,
}

impl CandidateType {
    /// All of them, in the order of preference.
    pub const ALL: [Self; 4] = [
        Self::Host,
        Self::ServerReflexive,
        Self::PeerReflexive,
        Self::Relayed,
    ];

    /// The token of the standard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }

    /// Reads the token.
    pub fn parse(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == token)
    }
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// A name made up by the browser to hide a local address (draft-ietf-mmusic-mdns-ice-candidates); it means something within one
    /// network alone.
    Mdns,
    /// Any other name.
    Name,
}

/// A candidate, as far as a diagnosis is interested in it. `Debug` leaves the addresses out.
#[derive(Clone, PartialEq, Eq)]
pub struct CandidateLine {
    /// How it came about.
    pub kind: CandidateType,
    /// Whether it is for TCP (RFC 6544) rather than UDP. Of a relayed candidate: between the relay and the other side.
    pub tcp: bool,
    /// The address: digits, or a name.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Where it was derived from: for `srflx` the device's own address and port, for `relay` what the TURN server saw. Browsers that hide
    /// addresses write zeros.
    pub related: Option<(String, u16)>,
}

impl CandidateLine {
    /// Reads a line, with or without `a=` before it; `None` for anything else, such as the empty line that ends a generation.
    pub fn parse(line: &str) -> Option<Self> {
        if line.len() > MAX_CANDIDATE {
            return None;
        }
        let line = line.trim_ascii();
        let line = line.strip_prefix("a=").unwrap_or(line);
        let mut words = line.strip_prefix("candidate:")?.split_ascii_whitespace();
        let (_foundation, _component) = (words.next()?, words.next()?);
        let protocol = words.next()?;
        let tcp = protocol.eq_ignore_ascii_case("tcp");
        if !tcp && !protocol.eq_ignore_ascii_case("udp") {
            return None;
        }
        let _priority = words.next()?;
        let address = words.next()?.to_owned();
        let port = words.next()?.parse().ok()?;
        if words.next()? != "typ" {
            return None;
        }
        let kind = CandidateType::parse(words.next()?)?;
        let (mut host, mut number) = (None, None);
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "raddr" => host = Some(value.to_owned()),
                "rport" => number = value.parse().ok(),
                _ => {}
            }
        }
        Some(Self {
            kind,
            tcp,
            address,
            port,
            related: host.zip(number),
        })
    }

    /// What its address is.
    pub fn family(&self) -> AddressFamily {
        family(&self.address)
    }

    /// Whether its address is one that everyone on the internet can send to, as far as the address tells: not of RFC 1918, RFC 6598,
    /// RFC 3927, RFC 4193, or the device's own.
    pub fn is_public(&self) -> bool {
        let address = self.address.as_str();
        match self.family() {
            AddressFamily::V4 => {
                let mut numbers = address
                    .split('.')
                    .filter_map(|part| part.parse::<u8>().ok());
                let (first, second) = (numbers.next(), numbers.next().unwrap_or(0));
                !matches!(
                    (first, second),
                    (None | Some(0 | 10 | 127), _)
                        | (Some(100), 64..128)
                        | (Some(169), 254)
                        | (Some(172), 16..32)
                        | (Some(192), 168)
                )
            }
            // Global unicast (RFC 4291 §2.4).
            AddressFamily::V6 => address.starts_with(['2', '3']),
            AddressFamily::Mdns | AddressFamily::Name => false,
        }
    }

    /// Where it was derived from, unless the browser hides that.
    pub(super) fn base(&self) -> Option<(&str, u16)> {
        let (address, port) = self.related.as_ref()?;
        let hidden = address
            .bytes()
            .all(|byte| matches!(byte, b'0' | b'.' | b':'));
        (!hidden).then_some((address, *port))
    }
}

impl fmt::Debug for CandidateLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {:?}",
            self.kind.as_str(),
            if self.tcp { "tcp" } else { "udp" },
            self.family()
        )
    }
}

fn family(address: &str) -> AddressFamily {
    if address.contains(':') {
        AddressFamily::V6
    } else if address
        .bytes()
        .all(|byte| byte == b'.' || byte.is_ascii_digit())
    {
        AddressFamily::V4
    } else if address.to_ascii_lowercase().ends_with(".local") {
        AddressFamily::Mdns
    } else {
        AddressFamily::Name
    }
}
