//! Which remote candidates may be applied now.
//!
//! Candidates travel beside descriptions and may overtake them, arrive twice, or belong to a description that was rolled
//! back. Each waits until a description of its generation (told by ICE user name fragment, RFC 8839 §5.4) is in place, and is
//! applied once.

use crate::session::{Candidate, Description, MAX_CANDIDATES};

/// How many former generations are remembered, so that their late candidates are dropped rather than kept.
const PAST: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// Generations of the remote description in place.
    current: Vec<String>,
    past: Vec<String>,
    waiting: Vec<Candidate>,
    applied: Vec<Candidate>,
}

impl Candidates {
    /// Takes a candidate; returns it when it may be applied now.
    pub(crate) fn arrive(&mut self, candidate: Candidate) -> Option<Candidate> {
        if self.applied.contains(&candidate) || self.waiting.contains(&candidate) {
            return None;
        }
        let fits = match candidate.ufrag() {
            Some(ufrag) if self.past.iter().any(|past| past == ufrag) => return None,
            Some(ufrag) => self.current.iter().any(|current| current == ufrag),
            None => !self.current.is_empty(),
        };
        let queue = if fits {
            &mut self.applied
        } else {
            &mut self.waiting
        };
        // The oldest makes room: a sender repeats all candidates of a connection that does not come about.
        if queue.len() == MAX_CANDIDATES {
            queue.remove(0);
        }
        queue.push(candidate.clone());
        fits.then_some(candidate)
    }

    /// A remote description is in place; returns what waited for it, in order of arrival.
    pub(crate) fn described(&mut self, description: &Description) -> Vec<Candidate> {
        let ufrags = description.ufrags();
        for former in std::mem::take(&mut self.current) {
            if !ufrags.contains(&former.as_str()) {
                if self.past.len() == PAST {
                    self.past.remove(0);
                }
                self.past.push(former);
            }
        }
        self.current = ufrags.into_iter().map(str::to_owned).collect();
        self.applied.retain(|candidate| {
            candidate
                .ufrag()
                .is_none_or(|ufrag| self.current.iter().any(|it| it == ufrag))
        });
        let waiting = std::mem::take(&mut self.waiting);
        waiting
            .into_iter()
            .filter_map(|candidate| self.arrive(candidate))
            .collect()
    }
}
