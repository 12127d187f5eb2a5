//! What a connection has tried, for a diagnosis.

use handclasp_core::diagnosis::{AttemptFacts, CandidateLine, MAX_LINES, TransportState};

use crate::sys::PeerConnection;

/// In the browser's own words, which are read when somebody asks: most connections work, and then nobody does.
#[derive(Clone, Default)]
pub(crate) struct Tried {
    local: Vec<String>,
    remote: Vec<String>,
    /// Whether a session description of the peer came.
    pub(crate) answered: bool,
    ice: String,
    dtls: String,
    certificates: usize,
}

impl Tried {
    /// A candidate of this side.
    pub(super) fn local(&mut self, line: &str) {
        keep(&mut self.local, line);
    }

    /// One that the peer told of.
    pub(super) fn remote(&mut self, line: &str) {
        keep(&mut self.remote, line);
    }

    /// How far it has come by now.
    pub(super) fn look_at(&mut self, pc: &PeerConnection, all_failed: bool) {
        self.ice = pc.ice_state();
        if let Some(dtls) = pc.sctp().and_then(|sctp| sctp.transport()) {
            self.dtls = dtls.state().unwrap_or_default();
            let certificates = dtls.remote_certificates();
            self.certificates = certificates.map_or(0, |list| list.length() as usize);
        }
        // Chromium leaves ICE at `disconnected` when all has failed.
        if all_failed && self.dtls != "failed" {
            self.ice = "failed".to_owned();
        }
    }

    pub(crate) fn facts(&self) -> AttemptFacts {
        AttemptFacts {
            local: read(&self.local),
            remote: read(&self.remote),
            answered: self.answered,
            ice: TransportState::parse(&self.ice),
            dtls: TransportState::parse(&self.dtls),
            certificates: self.certificates,
        }
    }
}

/// Keeps the newest.
fn keep(lines: &mut Vec<String>, line: &str) {
    if lines.len() == MAX_LINES {
        lines.remove(0);
    }
    lines.push(line.to_owned());
}

/// Each once: a restart of ICE tells the same anew.
fn read(lines: &[String]) -> Vec<CandidateLine> {
    let mut read = Vec::new();
    for line in lines {
        read.extend(CandidateLine::parse(line).filter(|line| !read.contains(line)));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_candidate_counts_once_and_the_newest_are_kept() {
        let mut tried = Tried::default();
        let line =
            |port: usize| format!("candidate:1 1 udp 1 192.0.2.1 {port} typ host ufrag {port}");
        for port in 0..=MAX_LINES {
            tried.local(&line(port));
        }
        tried.remote(&line(1));
        tried.remote(&line(1).replace("ufrag 1", "ufrag 2"));
        let facts = tried.facts();
        assert_eq!(facts.local.len(), MAX_LINES);
        assert_eq!(facts.local[0].port, 1);
        assert_eq!(facts.remote.len(), 1);
    }

    #[test]
    fn what_was_never_looked_at_is_new() {
        let facts = Tried::default().facts();
        assert_eq!(facts, AttemptFacts::default());
    }
}
