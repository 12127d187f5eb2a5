//! Perfect negotiation (W3C webrtc-pc §10.7, RFC 9429) of one peer connection, as a pure state machine.
//!
//! The browser's operations are promises, and two of them in flight on one connection is where glare bugs live. So there is
//! one at a time; what arrives meanwhile waits, and the newest of each kind is all that needs to. Offers are numbered: an
//! answer to an offer that has been rolled back, or a description that comes twice or too late, has no effect.
//!
//! Transports lose messages, so the side whose offer is open sends it again ([`Negotiation::repeat`]), and an offer that
//! comes again is answered again.

use crate::candidates::Candidates;
use crate::message::Signal;
use crate::session::{Candidate, Description, DescriptionKind, DtlsRole, MAX_CANDIDATES, MAX_SDP};

/// What the negotiation wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Call `setLocalDescription()` without argument, and report [`Negotiation::local_description`]. When it is
    /// rejected, the connection is to be given up.
    SetLocalDescription,
    /// Call `setRemoteDescription(…)`, and report [`Negotiation::remote_description_applied`]; a local offer is
    /// rolled back by it implicitly. When it is rejected, the connection is to be given up.
    SetRemoteDescription(Description),
    /// Call `addIceCandidate(…)`.
    AddIceCandidate(Candidate),
    /// Tell the other side.
    Send(Signal),
}

/// Why a signal had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ignored {
    /// Its number belongs to the past.
    #[error("the description is stale or came twice")]
    Stale,
    /// Both sides offered at once, and this side does not give way.
    #[error("the offer collides with an own one, which stands")]
    Collision,
    /// The other side begins attempts faster than [`ATTEMPT_AT_LEAST`](crate::link::ATTEMPT_AT_LEAST) allows.
    #[error("the next attempt comes too soon after the last")]
    TooSoon,
}

/// The operation that the browser is at.
#[derive(Debug)]
enum Operation {
    Offer,
    ApplyOffer {
        number: u32,
        description: Description,
    },
    Answer {
        number: u32,
    },
    ApplyAnswer(Description),
}

/// The negotiation of one peer connection. See the [module](self).
#[derive(Debug)]
pub struct Negotiation {
    polite: bool,
    operation: Option<Operation>,
    /// `negotiationneeded` has fired since the last offer.
    needed: bool,
    /// The own offer that waits for its answer, to be sent again when it seems lost.
    open_offer: Option<(u32, Description)>,
    last_offer: u32,
    /// The newest remote offer that was applied, or whose application began.
    last_remote_offer: u32,
    /// The newest own offer that gave way to another. Its answer says that the other side has applied it all the same.
    gave_way: Option<u32>,
    remote_offer: Option<(u32, Description)>,
    remote_answer: Option<(u32, Description)>,
    /// The answer to the newest remote offer, likewise.
    answer: Option<(u32, Description)>,
    /// An own offer has been answered.
    answered: bool,
    /// This side's, once it is settled. Offers say it from then on: left the choice in an ICE restart, Firefox takes the other one, which
    /// Chromium refuses ("Failed to set SSL role").
    dtls_role: Option<DtlsRole>,
    local_candidates: Vec<Candidate>,
    remote_candidates: Candidates,
    effects: Vec<Effect>,
}

impl Negotiation {
    /// A new connection. Exactly one of the two sides is polite: it gives way when both offer at once.
    pub fn new(polite: bool) -> Self {
        Self {
            polite,
            operation: None,
            needed: false,
            open_offer: None,
            last_offer: 0,
            last_remote_offer: 0,
            gave_way: None,
            remote_offer: None,
            remote_answer: None,
            answer: None,
            answered: false,
            dtls_role: None,
            local_candidates: Vec::new(),
            remote_candidates: Candidates::default(),
            effects: Vec::new(),
        }
    }

    /// The first descriptions were exchanged by others, and this is the other side's.
    pub fn adopt(&mut self, remote: &Description) {
        self.answered = true;
        self.dtls_role = remote.dtls_role().map(DtlsRole::other);
        for candidate in self.remote_candidates.described(remote) {
            self.effects.push(Effect::AddIceCandidate(candidate));
        }
    }

    /// The browser fired `negotiationneeded`.
    pub fn needed(&mut self) {
        self.needed = true;
        self.proceed();
    }

    /// `setLocalDescription` was fulfilled, with this as the result.
    ///
    /// # Errors
    /// [`Mismatch`] when no such operation was asked for, or the description is not of the kind that the state calls for.
    pub fn local_description(&mut self, mut description: Description) -> Result<(), Mismatch> {
        if description.sdp.len() > MAX_SDP {
            return Err(Mismatch);
        }
        let number = match (self.operation.take(), description.kind) {
            (Some(Operation::Offer), DescriptionKind::Offer) => {
                self.last_offer = self.last_offer.saturating_add(1);
                if let Some(role) = self.dtls_role {
                    description = description.with_dtls_role(role);
                }
                self.open_offer = Some((self.last_offer, description.clone()));
                self.last_offer
            }
            (Some(Operation::Answer { number }), DescriptionKind::Answer) => {
                self.answer = Some((number, description.clone()));
                self.dtls_role = self.dtls_role.or(description.dtls_role());
                number
            }
            (operation, _) => {
                self.operation = operation;
                return Err(Mismatch);
            }
        };
        self.effects.push(Effect::Send(Signal::Description {
            number,
            description,
            candidates: Vec::new(),
        }));
        self.proceed();
        Ok(())
    }

    /// `setRemoteDescription` was fulfilled.
    ///
    /// # Errors
    /// [`Mismatch`] when no such operation was asked for.
    pub fn remote_description_applied(&mut self) -> Result<(), Mismatch> {
        let description = match self.operation.take() {
            Some(Operation::ApplyOffer {
                number,
                description,
            }) => {
                // An own open offer has been rolled back; the browser fires `negotiationneeded` again for what was in it.
                if let Some((number, _)) = self.open_offer.take() {
                    self.gave_way = Some(number);
                }
                self.operation = Some(Operation::Answer { number });
                self.effects.push(Effect::SetLocalDescription);
                description
            }
            Some(Operation::ApplyAnswer(description)) => {
                self.open_offer = None;
                self.answered = true;
                let theirs = description.dtls_role();
                self.dtls_role = self.dtls_role.or(theirs.map(DtlsRole::other));
                description
            }
            operation => {
                self.operation = operation;
                return Err(Mismatch);
            }
        };
        for candidate in self.remote_candidates.described(&description) {
            self.effects.push(Effect::AddIceCandidate(candidate));
        }
        self.proceed();
        Ok(())
    }

    /// The browser gathered a candidate.
    pub fn local_candidate(&mut self, candidate: Candidate) {
        if !candidate.fits() {
            return;
        }
        if let (Some(last), Some(ufrag)) = (self.local_candidates.last(), candidate.ufrag())
            && last.ufrag() != Some(ufrag)
        {
            self.local_candidates.clear();
        }
        if self.local_candidates.len() < MAX_CANDIDATES {
            self.local_candidates.push(candidate.clone());
        }
        self.effects
            .push(Effect::Send(Signal::Candidates(vec![candidate])));
    }

    /// The other side's signal arrived, of this attempt.
    ///
    /// # Errors
    /// [`Ignored`] when it has no effect, for the log. Its candidates are taken all the same.
    pub fn signal(&mut self, signal: Signal) -> Result<(), Ignored> {
        let (result, candidates) = match signal {
            Signal::Description {
                number,
                description,
                candidates,
            } => (self.describe(number, description), candidates),
            Signal::Candidates(candidates) => (Ok(()), candidates),
        };
        for candidate in candidates {
            if let Some(candidate) = self.remote_candidates.arrive(candidate) {
                self.effects.push(Effect::AddIceCandidate(candidate));
            }
        }
        result
    }

    /// Nothing was heard for a while, on a connection that is not there yet: says again what may have been lost.
    pub fn repeat(&mut self) {
        if self.operation.is_some() {
            return;
        }
        if let Some(offer) = self.open_offer.clone() {
            self.say_again(offer);
        } else if !self.local_candidates.is_empty() {
            let candidates = self.local_candidates.clone();
            self.effects
                .push(Effect::Send(Signal::Candidates(candidates)));
        }
    }

    /// What is to be done since the last call, in this order.
    pub fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Whether neither an operation nor an offer is open.
    pub const fn is_stable(&self) -> bool {
        self.operation.is_none() && self.open_offer.is_none()
    }

    /// Whether both descriptions are in place, and nothing is under way.
    pub const fn is_agreed(&self) -> bool {
        self.is_stable() && (self.answer.is_some() || self.answered)
    }

    fn describe(&mut self, number: u32, description: Description) -> Result<(), Ignored> {
        match description.kind {
            DescriptionKind::Offer if number <= self.last_remote_offer => {
                // It came again, so its answer was lost; or it is a duplicate, to which an answer does no harm.
                if let Some(answer) = self.answer.clone()
                    && answer.0 == number
                {
                    self.say_again(answer);
                }
                return Err(Ignored::Stale);
            }
            DescriptionKind::Offer => {
                if self
                    .remote_offer
                    .as_ref()
                    .is_some_and(|(waiting, _)| *waiting >= number)
                {
                    return Err(Ignored::Stale);
                }
                self.remote_offer = Some((number, description));
            }
            DescriptionKind::Answer => {
                // The other side applied an offer that had been rolled back here: it came late and collided with nothing
                // there. Only another offer brings the two together again.
                if self
                    .gave_way
                    .take_if(|gave_way| *gave_way == number)
                    .is_some()
                {
                    self.needed = true;
                    self.proceed();
                    return Err(Ignored::Stale);
                }
                if !self.awaits_answer_to(number)
                    || matches!(self.operation, Some(Operation::ApplyAnswer(_)))
                {
                    return Err(Ignored::Stale);
                }
                self.remote_answer = Some((number, description));
            }
        }
        self.advance()
    }

    fn say_again(&mut self, (number, description): (u32, Description)) {
        self.effects.push(Effect::Send(Signal::Description {
            number,
            description,
            candidates: self.local_candidates.clone(),
        }));
    }

    fn awaits_answer_to(&self, number: u32) -> bool {
        self.open_offer
            .as_ref()
            .is_some_and(|(open, _)| *open == number)
    }

    /// As [`advance`](Self::advance), where a remote offer that waited and now collides is dropped without a word: the other
    /// side sends it again.
    fn proceed(&mut self) {
        let _ = self.advance();
    }

    /// Begins the next operation when none is in flight. Answers come first, since they end an open offer.
    fn advance(&mut self) -> Result<(), Ignored> {
        if self.operation.is_some() {
            return Ok(());
        }
        if let Some((number, description)) = self.remote_answer.take()
            && self.awaits_answer_to(number)
        {
            self.operation = Some(Operation::ApplyAnswer(description.clone()));
            self.effects.push(Effect::SetRemoteDescription(description));
            return Ok(());
        }
        let mut result = Ok(());
        if let Some((number, description)) = self.remote_offer.take() {
            if self.open_offer.is_some() && !self.polite {
                // Not remembered as seen: the other side gives way, and may well offer the same again.
                result = Err(Ignored::Collision);
            } else {
                self.last_remote_offer = number;
                self.effects
                    .push(Effect::SetRemoteDescription(description.clone()));
                self.operation = Some(Operation::ApplyOffer {
                    number,
                    description,
                });
                return Ok(());
            }
        }
        if self.needed && self.open_offer.is_none() {
            self.needed = false;
            self.operation = Some(Operation::Offer);
            self.effects.push(Effect::SetLocalDescription);
        }
        result
    }
}

/// The browser reported the end of an operation that was not asked for. A connection that does so is beyond repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the browser reported an operation that was not asked for")]
pub struct Mismatch;
