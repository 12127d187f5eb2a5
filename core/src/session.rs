//! Session descriptions and candidates, as the browser hands them over.

use crate::wire::{DecodeError, Reader, Writer};

/// Longest session description in bytes. Eight video streams take about 30 KiB.
pub const MAX_SDP: usize = 48 * 1024;

/// Longest candidate line in bytes. A TURN candidate over IPv6 takes about 250.
pub const MAX_CANDIDATE: usize = 512;

/// Longest media identification (`mid`) in bytes; browsers use one to three.
pub const MAX_MID: usize = 64;

/// Longest ICE user name fragment in bytes (RFC 8839 §5.4).
pub const MAX_UFRAG: usize = 256;

/// Most candidates in one signal, and most that are kept of one generation.
pub const MAX_CANDIDATES: usize = 64;

/// Offer or answer: handclasp uses neither provisional answers nor explicit rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescriptionKind {
    /// `offer`
    Offer,
    /// `answer`
    Answer,
}

/// A session description (W3C webrtc-pc §4.6.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Description {
    /// What it is.
    pub kind: DescriptionKind,
    /// The session description itself (RFC 8866).
    pub sdp: String,
}

/// Tells the kind alone: session descriptions hold addresses and fingerprints.
impl core::fmt::Debug for Description {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.kind {
            DescriptionKind::Offer => "Offer(…)",
            DescriptionKind::Answer => "Answer(…)",
        })
    }
}

impl Description {
    /// The ICE user name fragments in it, each once: which generation a candidate belongs to is told by them (RFC 8839 §5.4).
    pub fn ufrags(&self) -> Vec<&str> {
        let mut ufrags = Vec::new();
        for line in self.sdp.lines() {
            if let Some(ufrag) = line.trim_ascii_end().strip_prefix("a=ice-ufrag:")
                && !ufrags.contains(&ufrag)
                && ufrags.len() < MAX_CANDIDATES
            {
                ufrags.push(ufrag);
            }
        }
        ufrags
    }

    /// Who begins the DTLS handshake, when it says so: the side that wrote it, or the other (RFC 8842 §5.2).
    pub(crate) fn dtls_role(&self) -> Option<DtlsRole> {
        self.sdp
            .lines()
            .find_map(|line| match line.trim_ascii_end() {
                "a=setup:active" => Some(DtlsRole::Client),
                "a=setup:passive" => Some(DtlsRole::Server),
                _ => None,
            })
    }

    /// The same, in which an offer leaves no choice of the roles.
    pub(crate) fn with_dtls_role(mut self, role: DtlsRole) -> Self {
        let setup = match role {
            DtlsRole::Client => "a=setup:active",
            DtlsRole::Server => "a=setup:passive",
        };
        // Line by line: the standard library's search for a text is two kilobytes of wasm.
        let mut sdp = String::with_capacity(self.sdp.len());
        for line in self.sdp.split_inclusive('\n') {
            let (line, end) = match line.strip_prefix("a=setup:actpass") {
                Some(end) => (setup, end),
                None => (line, ""),
            };
            sdp.push_str(line);
            sdp.push_str(end);
        }
        self.sdp = sdp;
        self
    }
}

/// The part in a DTLS handshake of whoever wrote a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DtlsRole {
    Client,
    Server,
}

impl DtlsRole {
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// An ICE candidate (W3C webrtc-pc §4.8.1, `RTCIceCandidateInit`). An empty line is the end of a generation's candidates.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The candidate line (RFC 8839 §5.1).
    pub candidate: String,
    /// Which media section it is for.
    pub sdp_mid: Option<String>,
    /// The same by index.
    pub sdp_m_line_index: Option<u16>,
    /// Which generation it is of.
    pub username_fragment: Option<String>,
}

/// Tells nothing: candidates are addresses.
impl core::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Candidate(…)")
    }
}

impl Candidate {
    /// The generation: as stated, or as the extension of the line says.
    pub fn ufrag(&self) -> Option<&str> {
        self.username_fragment.as_deref().or_else(|| {
            let mut words = self.candidate.split_ascii_whitespace();
            words.by_ref().find(|&word| word == "ufrag")?;
            words.next()
        })
    }

    /// Whether every field is within its bound.
    pub fn fits(&self) -> bool {
        self.candidate.len() <= MAX_CANDIDATE
            && self.sdp_mid.as_ref().is_none_or(|mid| mid.len() <= MAX_MID)
            && self.ufrag().is_none_or(|ufrag| ufrag.len() <= MAX_UFRAG)
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.text(&self.candidate);
        match &self.sdp_mid {
            Some(mid) => {
                writer.u8(1);
                writer.text(mid);
            }
            None => writer.u8(0),
        }
        match self.sdp_m_line_index {
            Some(index) => {
                writer.u8(1);
                writer.u16(index);
            }
            None => writer.u8(0),
        }
        match &self.username_fragment {
            Some(ufrag) => {
                writer.u8(1);
                writer.text(ufrag);
            }
            None => writer.u8(0),
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let candidate = reader.text(MAX_CANDIDATE)?.to_owned();
        let sdp_mid = match reader.bool()? {
            true => Some(reader.text(MAX_MID)?.to_owned()),
            false => None,
        };
        let sdp_m_line_index = match reader.bool()? {
            true => Some(reader.u16()?),
            false => None,
        };
        let username_fragment = match reader.bool()? {
            true => Some(reader.text(MAX_UFRAG)?.to_owned()),
            false => None,
        };
        Ok(Self {
            candidate,
            sdp_mid,
            sdp_m_line_index,
            username_fragment,
        })
    }
}
