//! From a browser's session description to a code, and from a code to the description for the other browser.

use super::candidate::{CardCandidate, Kind};
use super::{Card, MAX_CANDIDATES, Purpose};
use crate::diagnosis::CandidateLine;
use crate::session::{Candidate, Description, DescriptionKind, DtlsRole, MAX_SDP};

/// Most candidates of one kind. A machine may have many addresses: containers, virtual machines, tunnels.
const MAX_OF_A_KIND: usize = 4;

/// Largest message that is believed, as a power of two: Firefox says 2^30 less one.
const MAX_MESSAGE_LOG2: u32 = 30;

/// Why no code can be made of a browser's description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpError {
    /// It is not one of a single data-only section.
    #[error("the session description is not of data alone")]
    NotDataOnly,
    /// There is no SHA-256 fingerprint.
    #[error("the session description has no SHA-256 fingerprint")]
    Fingerprint,
    /// The ICE credentials are missing, or not what RFC 8839 §5.4 allows.
    #[error("the ICE credentials are not such as browsers make")]
    Credentials,
}

impl Card {
    /// Packs the description that a browser made, together with the candidates that it has found.
    ///
    /// # Errors
    /// [`SdpError`], for descriptions that no browser makes of a connection with data channels alone.
    pub fn pack(
        purpose: Purpose,
        made: u64,
        description: &Description,
        candidates: &[CandidateLine],
    ) -> Result<Self, SdpError> {
        let sdp = description.sdp.as_str();
        let mut sections = sdp.lines().filter(|line| line.starts_with("m="));
        let is_data = |line: &str| line.starts_with("m=application ");
        let is_data_only = sections.next().is_some_and(is_data) && sections.next().is_none();
        if sdp.len() > MAX_SDP || !is_data_only || attribute(sdp, "mid:") != Some("0") {
            return Err(SdpError::NotDataOnly);
        }
        let size = attribute(sdp, "max-message-size:").and_then(|size| size.parse::<u64>().ok());
        let card = Self {
            purpose,
            made,
            fingerprint: fingerprint_of(sdp).ok_or(SdpError::Fingerprint)?,
            ufrag: attribute(sdp, "ice-ufrag:").unwrap_or_default().to_owned(),
            pwd: attribute(sdp, "ice-pwd:").unwrap_or_default().to_owned(),
            dtls_client: description.dtls_role() == Some(DtlsRole::Client),
            message_size_log2: match size {
                // RFC 8841 §6.1: zero is no limit, and 64 KiB what holds when nothing is said.
                Some(0) => None,
                size => Some(size.unwrap_or(1 << 16).ilog2().min(MAX_MESSAGE_LOG2) as u8),
            },
            candidates: choose(candidates),
        };
        card.encode().map(|_| card)
    }

    /// The description and the candidates with which the other side goes on.
    ///
    /// An invitation becomes an offer that says that its maker will begin the DTLS handshake. The browser that answers it then waits for
    /// that, for as long as its people take. Left the choice, it would begin by itself, and give up after a few minutes
    /// (RFC 8842 §5.2; RFC 6347 §4.2.4).
    pub fn unpack(&self) -> (Description, Vec<Candidate>) {
        let (kind, setup) = match self.purpose {
            Purpose::Invitation { .. } => (DescriptionKind::Offer, "active"),
            Purpose::Reply { .. } if self.dtls_client => (DescriptionKind::Answer, "active"),
            Purpose::Reply { .. } => (DescriptionKind::Answer, "passive"),
        };
        let size = self.message_size_log2.map_or(0, |log2| 1u64 << log2);
        let sdp = [
            "v=0".to_owned(),
            // RFC 9429 §5.2.1: the address is of no use, and the session's number is anyone's.
            "o=- 1 1 IN IP4 0.0.0.0".to_owned(),
            "s=-".to_owned(),
            "t=0 0".to_owned(),
            "a=group:BUNDLE 0".to_owned(),
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel".to_owned(),
            "c=IN IP4 0.0.0.0".to_owned(),
            format!("a=ice-ufrag:{}", self.ufrag),
            format!("a=ice-pwd:{}", self.pwd),
            "a=ice-options:trickle".to_owned(),
            format!(
                "a=fingerprint:sha-256 {}",
                write_fingerprint(&self.fingerprint)
            ),
            format!("a=setup:{setup}"),
            "a=mid:0".to_owned(),
            "a=sctp-port:5000".to_owned(),
            format!("a=max-message-size:{size}"),
            String::new(),
        ]
        .join("\r\n");
        (Description { kind, sdp }, self.candidates_again(0))
    }

    /// The candidates once more, as others that lead to the same addresses. Round 0 is [`unpack`](Self::unpack)'s.
    pub fn candidates_again(&self, round: u32) -> Vec<Candidate> {
        let candidates = self.candidates.iter().enumerate();
        let candidates = candidates.map(|(place, candidate)| Candidate {
            candidate: candidate.to_line(place, round),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: Some(0),
            username_fragment: Some(self.ufrag.clone()),
        });
        candidates.collect()
    }
}

/// The candidates in a description, in the form in which they are looked at.
pub fn candidates_of(sdp: &str) -> Vec<CandidateLine> {
    sdp.lines().filter_map(CandidateLine::parse).collect()
}

/// The SHA-256 fingerprint of the certificate in a description (RFC 8122 §5). `None` where there is none, or more than one: then nobody can
/// tell which is used.
pub fn fingerprint_of(sdp: &str) -> Option<[u8; 32]> {
    let mut fingerprints = sdp.lines().filter_map(|line| {
        let value = line.trim_end().strip_prefix("a=fingerprint:")?;
        let (hash, digits) = value.split_once(' ')?;
        hash.eq_ignore_ascii_case("sha-256").then_some(digits)
    });
    let first = fingerprints.next()?;
    // Firefox says it for the session and for each section.
    fingerprints
        .all(|other| other == first)
        .then(|| read_fingerprint(first))?
}

/// The best of each kind first, then the second best of each: the code may end before the list does.
fn choose(lines: &[CandidateLine]) -> Vec<CardCandidate> {
    let mut of_kinds: [Vec<CardCandidate>; 3] = Default::default();
    for candidate in lines.iter().filter_map(CardCandidate::of) {
        let of_kind = &mut of_kinds[match candidate.kind {
            Kind::Host => 0,
            Kind::ServerReflexive => 1,
            Kind::Relayed => 2,
        }];
        if of_kind.len() < MAX_OF_A_KIND && !of_kind.contains(&candidate) {
            of_kind.push(candidate);
        }
    }
    let rounds = (0..MAX_OF_A_KIND).flat_map(|round| {
        let of_round = of_kinds
            .iter()
            .map(move |of_kind| of_kind.get(round).copied());
        of_round.flatten().collect::<Vec<_>>()
    });
    rounds.take(MAX_CANDIDATES).collect()
}

fn attribute<'a>(sdp: &'a str, name: &str) -> Option<&'a str> {
    sdp.lines().find_map(|line| {
        let value = line.trim_end().strip_prefix("a=")?;
        value.strip_prefix(name).map(str::trim)
    })
}

fn read_fingerprint(text: &str) -> Option<[u8; 32]> {
    let mut fingerprint = [0; 32];
    let mut pairs = text.trim().split(':');
    for byte in &mut fingerprint {
        let pair = pairs.next().filter(|pair| pair.len() == 2)?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(fingerprint)
}

fn write_fingerprint(fingerprint: &[u8; 32]) -> String {
    let pairs: Vec<String> = fingerprint
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    pairs.join(":")
}
