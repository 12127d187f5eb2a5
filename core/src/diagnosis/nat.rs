//! What kind of NAT stands between this device and the internet, as two STUN servers see it (RFC 5780 §4.3).

use super::candidate::{CandidateLine, CandidateType};

/// How a NAT chooses the port that others see (RFC 4787 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NatMapping {
    /// Not known: fewer than two STUN servers answered, or there is no NAT.
    Unknown,
    /// Everyone sees the same port, so that direct connections come about.
    EndpointIndependent,
    /// Each destination sees another port (“symmetric”). Two such networks need a relay between them.
    EndpointDependent,
}

impl NatMapping {
    /// Judges by server-reflexive candidates: two of the same base with different ports were seen by two servers.
    ///
    /// Browsers leave out a second candidate that equals the first. So where each of `servers` is known to have answered, a single
    /// one says that all saw the same. Where the browser hides the base, only one interface is in use, and the public
    /// address tells which candidates belong together.
    pub fn of(candidates: &[CandidateLine], servers: usize) -> Self {
        let mut reflexive = candidates
            .iter()
            .filter(|candidate| candidate.kind == CandidateType::ServerReflexive && !candidate.tcp)
            .peekable();
        if reflexive.peek().is_none() {
            return Self::Unknown;
        }
        while let Some(one) = reflexive.next() {
            let differs = reflexive.clone().any(|other| {
                let same_socket = match (one.base(), other.base()) {
                    (Some(one_base), Some(other_base)) => one_base == other_base,
                    (None, None) => one.address == other.address,
                    _ => false,
                };
                same_socket
                    && one.family() == other.family()
                    && (&one.address, one.port) != (&other.address, other.port)
            });
            if differs {
                return Self::EndpointDependent;
            }
        }
        if servers >= 2 {
            Self::EndpointIndependent
        } else {
            Self::Unknown
        }
    }
}
