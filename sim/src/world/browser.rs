//! The browsers: operations that take their time, and what they report.

use core::time::Duration;

use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState};
use handclasp_core::session::{Candidate, Description};
use handclasp_core::{Attempt, MemberId};

use super::World;
use crate::bug::Bug;
use crate::endpoint::{Endpoint, Operation, Path};
use crate::peer_connection::{MID, ufrag};
use crate::violation::Rule;

/// What a browser reports once its time has come.
#[derive(Debug)]
pub(super) enum Report {
    LocalDescription,
    RemoteDescription,
    NegotiationNeeded,
    Candidate(Candidate),
    /// What ICE finds, unless the path has changed since.
    Ice(ConnectionState, u32),
    ControlOpen,
    ControlClosed,
}

/// When each candidate of a generation is found, in milliseconds; the last is the end.
const GATHERED: [(u64, &str); 3] = [(1, "candidate:1"), (30, "candidate:2"), (60, "")];

impl World {
    /// Something that an application would do: adds a track, so that the connection must be negotiated anew.
    pub fn renegotiate(&mut self, of: usize, with: usize) {
        let with = self.nodes[with].id;
        let newest = self.nodes[of]
            .endpoints
            .iter_mut()
            .rfind(|((member, _), _)| *member == with);
        if let Some((&(_, attempt), endpoint)) = newest {
            endpoint.pc.add_track();
            self.check_negotiation(of, with, attempt);
        }
    }

    pub(super) fn command(
        &mut self,
        of: usize,
        with: MemberId,
        attempt: Attempt,
        command: BrowserCommand,
    ) {
        self.say(|| format!("{of} for {with} {}: {command:?}", attempt.number()));
        let key = (with, attempt);
        match command {
            BrowserCommand::Open => self.open(of, with, attempt),
            BrowserCommand::Close => self.close(of, with, attempt),
            BrowserCommand::SetLocalDescription => {
                self.begin(of, key, Operation::SetLocal, Report::LocalDescription);
            }
            BrowserCommand::SetRemoteDescription(description) => {
                let operation = Operation::SetRemote(description);
                self.begin(of, key, operation, Report::RemoteDescription);
            }
            BrowserCommand::AddIceCandidate(candidate) => {
                self.add_candidate(of, with, attempt, &candidate);
            }
            BrowserCommand::RestartIce => {
                if let Some(endpoint) = self.nodes[of].endpoints.get_mut(&key) {
                    endpoint.pc.restart_ice();
                }
                self.check_negotiation(of, with, attempt);
            }
            // There are no pictures here.
            BrowserCommand::SendKeyFrames => {}
        }
    }

    pub(super) fn open(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        self.nodes[of].opened += 1;
        self.judge_opening(of, with);
        let tag = self.rng.next_u64() >> 16;
        let mut endpoint = Endpoint::new(tag);
        endpoint.stillborn = self.stillborn > 0;
        self.stillborn = self.stillborn.saturating_sub(1);
        if endpoint.stillborn
            && let Some(other) = self.find(with)
        {
            self.disturb(of, other);
        }
        let previous = self.nodes[of].endpoints.insert((with, attempt), endpoint);
        if previous.is_some() {
            self.violate(Rule::OneConnectionPerAttempt, || {
                format!("{of} opens attempt {} with {with} twice", attempt.number())
            });
        }
        let here = self.nodes[of].endpoints.range((with, Attempt::new(0))..);
        let open = here.take_while(|((member, _), _)| *member == with).count();
        if open > 1 {
            self.violate(Rule::Bounds, || {
                format!("{of} has {open} connections with {with}")
            });
        }
        self.check_negotiation(of, with, attempt);
    }

    fn close(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(mut endpoint) = self.nodes[of].endpoints.remove(&(with, attempt)) else {
            // The shell closes what there is; a connection that could not be made is not there.
            return;
        };
        endpoint.pc.close();
        self.lose_other_side(of, with, attempt);
    }

    /// How long an operation of this machine takes.
    fn latency(&mut self, of: usize) -> Duration {
        Duration::from_millis(1) + self.rng.up_to(self.nodes[of].slowness)
    }

    fn begin(&mut self, of: usize, key: (MemberId, Attempt), operation: Operation, report: Report) {
        let overlaps = self.strikes(Bug::Overlap, 4);
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&key) else {
            return;
        };
        let busy = endpoint.operation.replace(operation).is_some();
        if busy || overlaps {
            self.violate(Rule::LegalOperations, || {
                format!("{of}: two operations at once")
            });
        }
        let latency = self.latency(of);
        self.later(of, key.0, key.1, latency, report);
    }

    fn add_candidate(
        &mut self,
        of: usize,
        with: MemberId,
        attempt: Attempt,
        candidate: &Candidate,
    ) {
        let mut candidate = candidate.clone();
        if self.strikes(Bug::CandidateOfPast, 7)
            && let Some(ufrag) = &mut candidate.username_fragment
        {
            ufrag.push('0');
        }
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        let known = candidate
            .username_fragment
            .as_deref()
            .is_some_and(|ufrag| endpoint.pc.knows_remote(ufrag));
        let added = endpoint.pc.add_ice_candidate(&candidate);
        if added.is_ok() {
            endpoint.taken = candidate.username_fragment;
        }
        if !self.hostile && (!known || added.is_err()) {
            self.violate(Rule::CandidateGeneration, || {
                format!(
                    "{of}: a candidate for {with} is not of the description in place: {added:?}"
                )
            });
        }
        self.try_connect(of, with, attempt);
    }

    /// Fires `negotiationneeded` if it is time.
    fn check_negotiation(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        if endpoint.operation.is_none() && endpoint.pc.fires_negotiation_needed() {
            let wait = Duration::from_millis(1);
            self.later(of, with, attempt, wait, Report::NegotiationNeeded);
        }
    }

    /// A browser reports: what it stands for happens now.
    pub(super) fn report(&mut self, of: usize, with: MemberId, attempt: Attempt, report: Report) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        let event = match report {
            Report::LocalDescription => {
                endpoint.operation = None;
                match endpoint.pc.set_local_description() {
                    Ok(description) => {
                        self.gather(of, with, attempt, &description);
                        BrowserEvent::LocalDescription(description)
                    }
                    Err(exception) => self.rejected(of, exception.name()),
                }
            }
            Report::RemoteDescription => {
                let Some(Operation::SetRemote(description)) = endpoint.operation.take() else {
                    return;
                };
                match endpoint.pc.set_remote_description(&description) {
                    Ok(()) => BrowserEvent::RemoteDescriptionApplied,
                    Err(exception) => self.rejected(of, exception.name()),
                }
            }
            Report::NegotiationNeeded => BrowserEvent::NegotiationNeeded,
            Report::Candidate(candidate) => BrowserEvent::Candidate(candidate),
            Report::Ice(state, spell) => {
                if endpoint.spell != spell || endpoint.reported == state {
                    return;
                }
                endpoint.reported = state;
                if state == ConnectionState::Failed {
                    endpoint.path = Path::Dead;
                }
                BrowserEvent::Connection(state)
            }
            Report::ControlOpen => {
                if endpoint.control || endpoint.path != Path::Works {
                    return;
                }
                endpoint.control = true;
                self.tell(of, with, attempt, BrowserEvent::ControlOpen);
                return self.opened(of, with, attempt);
            }
            Report::ControlClosed => {
                if !std::mem::take(&mut endpoint.control) {
                    return;
                }
                BrowserEvent::ControlClosed
            }
        };
        self.tell(of, with, attempt, event);
        self.check_negotiation(of, with, attempt);
        self.begin_checks(of, with, attempt);
        self.try_connect(of, with, attempt);
    }

    /// Says `connecting` once both descriptions are there.
    fn begin_checks(&mut self, of: usize, with: MemberId, attempt: Attempt) {
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        let looks = endpoint.path == Path::None && endpoint.reported == ConnectionState::New;
        if looks && endpoint.is_agreed() && !endpoint.stillborn {
            let connecting = Report::Ice(ConnectionState::Connecting, endpoint.spell);
            let wait = Duration::from_millis(1) + self.latency(of);
            self.later(of, with, attempt, wait, connecting);
        }
    }

    fn rejected(&mut self, of: usize, name: &str) -> BrowserEvent {
        if !self.hostile {
            self.violate(Rule::LegalOperations, || {
                format!("{of}: an operation is rejected with {name}")
            });
        }
        BrowserEvent::OperationFailed(name.to_owned())
    }

    /// Candidates are found for each new generation.
    fn gather(&mut self, of: usize, with: MemberId, attempt: Attempt, description: &Description) {
        let Some(fragment) = ufrag(&description.sdp).map(str::to_owned) else {
            return;
        };
        let Some(endpoint) = self.nodes[of].endpoints.get_mut(&(with, attempt)) else {
            return;
        };
        if endpoint.stillborn {
            return;
        }
        if endpoint.gathered.replace(fragment.clone()).as_ref() == Some(&fragment) {
            return;
        }
        let slower = self.latency(of);
        for (millis, line) in GATHERED {
            let candidate = Candidate {
                candidate: line.to_owned(),
                sdp_mid: Some(MID.to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: Some(fragment.clone()),
            };
            let wait = Duration::from_millis(millis) + slower;
            self.later(of, with, attempt, wait, Report::Candidate(candidate));
        }
    }
}
