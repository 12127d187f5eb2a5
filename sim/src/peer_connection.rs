//! A peer connection as W3C webrtc-pc has it: the signaling states (§4.3.1), what each operation does in which of them, and what
//! it is rejected with (§4.4.1.5, §4.4.1.6, §4.7.3). No time, no network.
//!
//! It is compared with real browsers by `tests/browser/fake.rs`. Provisional answers are left out: handclasp does not use them.

use handclasp_core::session::{Candidate, Description, DescriptionKind};

/// `RTCSignalingState`, without the two of provisional answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalingState {
    /// `stable`
    Stable,
    /// `have-local-offer`
    HaveLocalOffer,
    /// `have-remote-offer`
    HaveRemoteOffer,
    /// `closed`
    Closed,
}

impl SignalingState {
    /// As JavaScript has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::HaveLocalOffer => "have-local-offer",
            Self::HaveRemoteOffer => "have-remote-offer",
            Self::Closed => "closed",
        }
    }
}

/// What an operation is rejected with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// `InvalidStateError`: not in this signaling state.
    InvalidState,
    /// `OperationError`: the content does not fit.
    Operation,
    /// `TypeError`: an argument is missing.
    Type,
}

impl Exception {
    /// The name of the `DOMException`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidState => "InvalidStateError",
            Self::Operation => "OperationError",
            Self::Type => "TypeError",
        }
    }
}

/// Where browsers differ from the standard, as the comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Chromium: a candidate of a generation that no remote description knows is taken without a word, where the standard
    /// rejects it with `OperationError` (§4.4.1.6, step 4.4).
    pub takes_unknown_ufrag: bool,
    /// Chromium: the end of candidates is taken without a remote description, where the standard rejects with
    /// `InvalidStateError` (step 4.2).
    pub ends_before_description: bool,
    /// Firefox: a local rollback is for a local offer and a remote one for a remote offer, as RFC 8829 §4.1.10.2 has it; the
    /// other way round it is rejected with `InvalidStateError`, where webrtc-pc §4.4.1.5 allows both.
    pub rolls_back_own_side_only: bool,
}

impl Quirks {
    /// Chromium's (156).
    pub const CHROMIUM: Self = Self {
        takes_unknown_ufrag: true,
        ends_before_description: true,
        rolls_back_own_side_only: false,
    };
    /// Firefox's (153).
    pub const FIREFOX: Self = Self {
        takes_unknown_ufrag: false,
        ends_before_description: false,
        rolls_back_own_side_only: true,
    };
}

/// One `RTCPeerConnection` with a data channel made before its first offer.
#[derive(Clone, Debug)]
pub struct FakePeerConnection {
    /// Tells this connection's ufrags from those of others.
    tag: u64,
    quirks: Quirks,
    state: SignalingState,
    current_local: Option<Local>,
    pending_local: Option<Local>,
    current_remote: Option<String>,
    pending_remote: Option<String>,
    /// How many descriptions have been made: each is different (RFC 8866 §5.2).
    versions: u32,
    generations: u32,
    /// `[[LocalIceCredentialsToReplace]]`: `restartIce()` was called in this generation.
    replace: Option<u32>,
    /// Tracks that were added, and how many of them have been negotiated.
    changes: u32,
    negotiated: u32,
    /// `[[NegotiationNeeded]]`
    flagged: bool,
}

#[derive(Clone, Debug)]
struct Local {
    sdp: String,
    generation: u32,
    /// Of an offer: the tracks in it.
    changes: u32,
}

/// The one media section that descriptions of a [`FakePeerConnection`] have.
pub const MID: &str = "0";

impl FakePeerConnection {
    /// A new connection. No two connections of a run may have the same tag.
    pub const fn new(tag: u64, quirks: Quirks) -> Self {
        Self {
            tag,
            quirks,
            state: SignalingState::Stable,
            current_local: None,
            pending_local: None,
            current_remote: None,
            pending_remote: None,
            versions: 0,
            generations: 0,
            replace: None,
            changes: 0,
            negotiated: 0,
            flagged: false,
        }
    }

    /// What tells it from others, as a certificate does.
    pub const fn tag(&self) -> u64 {
        self.tag
    }

    /// `signalingState`
    pub const fn signaling_state(&self) -> SignalingState {
        self.state
    }

    /// `localDescription`
    pub fn local_description(&self) -> Option<&str> {
        let local = self.pending_local.as_ref().or(self.current_local.as_ref());
        local.map(|local| local.sdp.as_str())
    }

    /// `remoteDescription`
    pub fn remote_description(&self) -> Option<&str> {
        let remote = self
            .pending_remote
            .as_ref()
            .or(self.current_remote.as_ref());
        remote.map(String::as_str)
    }

    /// `currentLocalDescription`
    pub fn current_local_description(&self) -> Option<&str> {
        self.current_local.as_ref().map(|local| local.sdp.as_str())
    }

    /// `currentRemoteDescription`
    pub fn current_remote_description(&self) -> Option<&str> {
        self.current_remote.as_deref()
    }

    /// `setLocalDescription()` without argument: an offer or an answer, as the state calls for (§4.4.1.5).
    ///
    /// # Errors
    /// [`Exception::InvalidState`] when it is closed.
    pub fn set_local_description(&mut self) -> Result<Description, Exception> {
        match self.state {
            SignalingState::Closed => Err(Exception::InvalidState),
            SignalingState::Stable | SignalingState::HaveLocalOffer => {
                let local = self.describe(self.offer_generation());
                let sdp = local.sdp.clone();
                self.pending_local = Some(local);
                self.state = SignalingState::HaveLocalOffer;
                Ok(Description {
                    kind: DescriptionKind::Offer,
                    sdp,
                })
            }
            SignalingState::HaveRemoteOffer => {
                let local = self.describe(self.answer_generation());
                let sdp = local.sdp.clone();
                self.pending_local = Some(local);
                self.commit();
                Ok(Description {
                    kind: DescriptionKind::Answer,
                    sdp,
                })
            }
        }
    }

    /// `setLocalDescription({ type: "rollback" })`
    ///
    /// # Errors
    /// [`Exception::InvalidState`] when there is nothing to roll back.
    pub fn roll_back_local(&mut self) -> Result<(), Exception> {
        self.roll_back(SignalingState::HaveRemoteOffer)
    }

    /// `setRemoteDescription({ type: "rollback" })`
    ///
    /// # Errors
    /// [`Exception::InvalidState`] when there is nothing to roll back.
    pub fn roll_back_remote(&mut self) -> Result<(), Exception> {
        self.roll_back(SignalingState::HaveLocalOffer)
    }

    /// `setRemoteDescription(…)`; an own open offer is rolled back by a remote one.
    ///
    /// # Errors
    /// [`Exception::InvalidState`] for an answer to nothing, and when it is closed; [`Exception::Operation`] when the
    /// description is none.
    pub fn set_remote_description(&mut self, description: &Description) -> Result<(), Exception> {
        match (self.state, description.kind) {
            (SignalingState::Closed, _)
            | (SignalingState::Stable | SignalingState::HaveRemoteOffer, DescriptionKind::Answer) =>
            {
                return Err(Exception::InvalidState);
            }
            _ => {}
        }
        if !description.sdp.starts_with("v=0\r\n") || description.ufrags().is_empty() {
            return Err(Exception::Operation);
        }
        self.pending_remote = Some(description.sdp.clone());
        match description.kind {
            DescriptionKind::Offer => {
                self.pending_local = None;
                self.state = SignalingState::HaveRemoteOffer;
            }
            DescriptionKind::Answer => {
                let offered = self.pending_local.as_ref().map_or(0, |local| local.changes);
                self.negotiated = self.negotiated.max(offered);
                self.commit();
            }
        }
        Ok(())
    }

    /// `addIceCandidate(…)` (§4.4.1.6)
    ///
    /// # Errors
    /// [`Exception::Type`] when it says neither which media section it is for; [`Exception::InvalidState`] without a remote
    /// description; [`Exception::Operation`] when that has no such section or generation, or the line is none.
    pub fn add_ice_candidate(&mut self, candidate: &Candidate) -> Result<(), Exception> {
        let end = candidate.candidate.is_empty();
        if !end && candidate.sdp_mid.is_none() && candidate.sdp_m_line_index.is_none() {
            return Err(Exception::Type);
        }
        if self.state == SignalingState::Closed {
            return Err(Exception::InvalidState);
        }
        if !self.is_described() {
            let taken = end && self.quirks.ends_before_description;
            return if taken {
                Ok(())
            } else {
                Err(Exception::InvalidState)
            };
        }
        let section = match (&candidate.sdp_mid, candidate.sdp_m_line_index) {
            (Some(mid), _) => mid == MID,
            (None, Some(index)) => index == 0,
            (None, None) => true,
        };
        let generation = candidate
            .username_fragment
            .as_deref()
            .is_none_or(|ufrag| self.quirks.takes_unknown_ufrag || self.knows_remote(ufrag));
        let line = end || candidate.candidate.starts_with("candidate:");
        if section && generation && line {
            Ok(())
        } else {
            Err(Exception::Operation)
        }
    }

    /// Whether a remote description in place has this ICE user name fragment.
    pub fn knows_remote(&self, ufrag: &str) -> bool {
        [&self.current_remote, &self.pending_remote]
            .into_iter()
            .flatten()
            .any(|sdp| self::ufrag(sdp) == Some(ufrag))
    }

    /// `restartIce()`: never rejected.
    pub fn restart_ice(&mut self) {
        if let Some(local) = &self.current_local {
            self.replace = Some(local.generation);
        }
    }

    /// A track is added, so that an offer must come.
    pub const fn add_track(&mut self) {
        self.changes += 1;
    }

    /// `close()`
    pub const fn close(&mut self) {
        self.state = SignalingState::Closed;
    }

    /// Whether `negotiationneeded` fires now; to be asked while no operation is in flight, after each that was (§4.7.3).
    pub fn fires_negotiation_needed(&mut self) -> bool {
        let fires =
            self.state == SignalingState::Stable && self.needs_negotiation() && !self.flagged;
        self.flagged |= fires;
        fires
    }

    /// Whether there is something that an offer must carry.
    pub const fn needs_negotiation(&self) -> bool {
        self.current_local.is_none() || self.negotiated < self.changes || self.replace.is_some()
    }

    const fn is_described(&self) -> bool {
        self.current_remote.is_some() || self.pending_remote.is_some()
    }

    fn roll_back(&mut self, foreign: SignalingState) -> Result<(), Exception> {
        let refused = self.quirks.rolls_back_own_side_only && self.state == foreign;
        if matches!(self.state, SignalingState::Closed | SignalingState::Stable) || refused {
            return Err(Exception::InvalidState);
        }
        self.pending_local = None;
        self.pending_remote = None;
        self.become_stable();
        Ok(())
    }

    /// Pending descriptions become current ones.
    fn commit(&mut self) {
        self.current_local = self.pending_local.take();
        self.current_remote = self.pending_remote.take();
        if self.current_local.as_ref().map(|local| local.generation) != self.replace {
            self.replace = None;
        }
        self.become_stable();
    }

    const fn become_stable(&mut self) {
        self.state = SignalingState::Stable;
        self.flagged = false;
    }

    /// The present generation goes on, unless it is to be replaced.
    fn offer_generation(&self) -> Option<u32> {
        if let Some(pending) = &self.pending_local {
            return Some(pending.generation);
        }
        let current = self.current_local.as_ref()?.generation;
        (self.replace != Some(current)).then_some(current)
    }

    /// An offer of another generation is answered by another generation (RFC 8445 §9, RFC 8839 §4.4.1.1.1).
    fn answer_generation(&self) -> Option<u32> {
        let (current, pending) = (self.current_remote.as_ref()?, self.pending_remote.as_ref()?);
        let same = ufrag(current) == ufrag(pending);
        same.then_some(self.current_local.as_ref()?.generation)
    }

    fn describe(&mut self, generation: Option<u32>) -> Local {
        self.versions += 1;
        let generation = generation.unwrap_or_else(|| {
            self.generations += 1;
            self.generations
        });
        let sdp = format!(
            "v=0\r\no=- {tag} {version} IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:{MID}\r\na=ice-ufrag:{tag:x}.{generation}\r\n",
            tag = self.tag,
            version = self.versions,
        );
        Local {
            sdp,
            generation,
            changes: self.changes,
        }
    }
}

/// The generation of a description.
pub fn ufrag(sdp: &str) -> Option<&str> {
    sdp.lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (FakePeerConnection, FakePeerConnection) {
        (
            FakePeerConnection::new(1, Quirks::default()),
            FakePeerConnection::new(2, Quirks::default()),
        )
    }

    fn connect(a: &mut FakePeerConnection, b: &mut FakePeerConnection) {
        let offer = a.set_local_description().expect("an offer");
        b.set_remote_description(&offer).expect("an offer");
        let answer = b.set_local_description().expect("an answer");
        a.set_remote_description(&answer).expect("an answer");
    }

    #[test]
    fn an_exchange_ends_stable_on_both_sides() {
        let (mut a, mut b) = pair();
        assert!(a.fires_negotiation_needed());
        assert!(!a.fires_negotiation_needed(), "once");
        connect(&mut a, &mut b);
        assert_eq!(a.signaling_state(), SignalingState::Stable);
        assert_eq!(
            a.current_local_description(),
            b.current_remote_description()
        );
        assert!(!a.needs_negotiation() && !b.needs_negotiation());
    }

    #[test]
    fn what_was_rolled_back_is_needed_again() {
        let (mut a, mut b) = pair();
        connect(&mut a, &mut b);
        a.add_track();
        assert!(a.fires_negotiation_needed());
        a.set_local_description().expect("an offer");
        let offer = b.set_local_description().expect("an offer");
        a.set_remote_description(&offer).expect("rolls back");
        assert_eq!(a.signaling_state(), SignalingState::HaveRemoteOffer);
        assert!(!a.fires_negotiation_needed(), "not before it is stable");
        a.set_local_description().expect("an answer");
        assert!(a.fires_negotiation_needed());
    }

    #[test]
    fn a_restart_gives_both_sides_another_generation() {
        let (mut a, mut b) = pair();
        connect(&mut a, &mut b);
        let generation = |pc: &FakePeerConnection| {
            ufrag(pc.local_description().expect("there")).map(str::to_owned)
        };
        let before = (generation(&a), generation(&b));
        a.restart_ice();
        assert!(a.fires_negotiation_needed());
        connect(&mut a, &mut b);
        assert_ne!(before.0, generation(&a));
        assert_ne!(before.1, generation(&b));
        assert!(!a.needs_negotiation());
        let again = generation(&a);
        connect(&mut a, &mut b);
        assert_eq!(again, generation(&a), "only when asked to");
    }

    #[test]
    fn operations_out_of_turn_are_rejected() {
        let (mut a, mut b) = pair();
        let answer = {
            let (mut c, mut d) = pair();
            let offer = c.set_local_description().expect("an offer");
            d.set_remote_description(&offer).expect("an offer");
            d.set_local_description().expect("an answer")
        };
        assert_eq!(a.roll_back_local(), Err(Exception::InvalidState));
        assert_eq!(
            a.set_remote_description(&answer),
            Err(Exception::InvalidState)
        );
        let offer = b.set_local_description().expect("an offer");
        a.set_remote_description(&offer).expect("an offer");
        assert_eq!(
            a.set_remote_description(&answer),
            Err(Exception::InvalidState)
        );
        a.close();
        assert_eq!(a.set_local_description(), Err(Exception::InvalidState));
        assert_eq!(
            a.set_remote_description(&offer),
            Err(Exception::InvalidState)
        );
    }

    #[test]
    fn a_candidate_needs_its_generation() {
        let (mut a, mut b) = pair();
        let mut candidate = Candidate {
            candidate: "candidate:1".to_owned(),
            sdp_mid: Some(MID.to_owned()),
            sdp_m_line_index: None,
            username_fragment: Some("1.1".to_owned()),
        };
        assert_eq!(
            b.add_ice_candidate(&candidate),
            Err(Exception::InvalidState)
        );
        connect(&mut a, &mut b);
        assert_eq!(b.add_ice_candidate(&candidate), Ok(()));
        candidate.username_fragment = Some("1.2".to_owned());
        assert_eq!(b.add_ice_candidate(&candidate), Err(Exception::Operation));
        candidate.sdp_mid = None;
        assert_eq!(b.add_ice_candidate(&candidate), Err(Exception::Type));
    }
}
