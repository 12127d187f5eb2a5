//! Watches what happens and says which rule was broken first.

use std::collections::{BTreeMap, BTreeSet};

use handclasp_core::link::{LeaveReason, LinkState};
use handclasp_core::mesh::MeshEvent;
use handclasp_core::{MemberId, Time};

use super::World;
use crate::violation::{Rule, Violation};

/// Most outputs of one input: a frame for each of the 32 members that a mesh may have, a few times over.
const MAX_OUTPUTS: usize = 256;

/// Most connections that one member makes for another, all of whose causes are bounded in rate: so many, and one more in each
/// ten seconds.
const MAX_OPENED: u64 = 60;

#[derive(Debug, Default)]
pub(super) struct Judge {
    first: Option<Violation>,
    /// What each application was told last of each member that is there.
    states: BTreeMap<(usize, MemberId), Option<LinkState>>,
    opened: BTreeMap<(usize, MemberId), u64>,
    connected: BTreeSet<(usize, MemberId)>,
    /// Pairs whose path failed.
    disturbed: BTreeSet<(usize, usize)>,
    /// Members that failed altogether.
    disturbed_members: BTreeSet<usize>,
    /// Signals were lost outside.
    meeting_disturbed: bool,
}

impl Judge {
    pub(super) const fn take(&mut self) -> Option<Violation> {
        self.first.take()
    }

    pub(super) fn violate(&mut self, rule: Rule, at: Time, detail: impl FnOnce() -> String) {
        self.first.get_or_insert_with(|| Violation {
            rule,
            at,
            detail: detail(),
        });
    }

    pub(super) fn state(&self, of: usize, with: MemberId) -> Option<LinkState> {
        self.states.get(&(of, with)).copied().flatten()
    }

    pub(super) fn disturb(&mut self, a: usize, b: usize) {
        self.disturbed.insert((a.min(b), a.max(b)));
    }

    pub(super) fn disturb_all_of(&mut self, of: usize) {
        self.disturbed_members.insert(of);
    }

    pub(super) const fn disturb_meeting(&mut self) {
        self.meeting_disturbed = true;
    }

    fn is_calm(&self, a: usize, b: usize) -> bool {
        !self.disturbed.contains(&(a.min(b), a.max(b)))
            && !self.disturbed_members.contains(&a)
            && !self.disturbed_members.contains(&b)
    }
}

impl World {
    /// An application is told something.
    pub(super) fn judge_event(&mut self, of: usize, event: &MeshEvent) {
        let present =
            |world: &Self, member: &MemberId| world.judge.states.contains_key(&(of, *member));
        match event {
            MeshEvent::Joined(member) => {
                if present(self, member) {
                    self.violate(Rule::EventGrammar, || format!("{of}: {member} joins twice"));
                }
                self.judge.states.insert((of, *member), None);
            }
            MeshEvent::State { member, state } => {
                let before = self.judge.states.insert((of, *member), Some(*state));
                let fits = match (before, state) {
                    (None, _) => false,
                    (Some(None), state) => *state == LinkState::Connecting,
                    (Some(Some(_)), LinkState::Connecting) => false,
                    (Some(Some(LinkState::Connecting)), state) => *state == LinkState::Connected,
                    (Some(Some(before)), state) => before != *state,
                };
                if !fits {
                    self.violate(Rule::EventGrammar, || {
                        format!("{of}: {state:?} of {member} after {before:?}")
                    });
                }
                if *state == LinkState::Connected {
                    self.judge.connected.insert((of, *member));
                }
            }
            MeshEvent::Left { member, reason } => {
                if self.judge.states.remove(&(of, *member)).is_none() {
                    self.violate(Rule::EventGrammar, || {
                        format!("{of}: {member} leaves, who was not there")
                    });
                }
                self.judge_departure(of, *member, *reason);
            }
            MeshEvent::Resumed { member, .. }
            | MeshEvent::Profile { member, .. }
            | MeshEvent::Streams { member, .. }
                if !present(self, member) =>
            {
                self.violate(Rule::EventGrammar, || {
                    format!("{of}: {event:?} of someone who is not there")
                });
            }
            _ => {}
        }
    }

    fn judge_departure(&mut self, of: usize, member: MemberId, reason: LeaveReason) {
        let Some(with) = self.find(member) else {
            return;
        };
        if self.nodes[with].alive && self.is_calm(of, with) {
            self.violate(Rule::NoNeedlessRebuild, || {
                format!("{of} gives {with} up ({reason:?}), who is there and whose path works")
            });
        }
    }

    /// A mesh makes a peer connection.
    pub(super) fn judge_opening(&mut self, of: usize, member: MemberId) {
        let opened = self.judge.opened.entry((of, member)).or_default();
        *opened += 1;
        let opened = *opened;
        if opened > MAX_OPENED + self.now.as_millis() / 10_000 {
            self.violate(Rule::Bounds, || {
                format!("{of} made {opened} connections for {member}")
            });
        }
        let Some(with) = self.find(member) else {
            return;
        };
        if opened > 1 && self.nodes[with].alive && self.is_calm(of, with) {
            self.violate(Rule::NoNeedlessRebuild, || {
                format!("{of} makes connection {opened} for {with}, although no path failed")
            });
        }
    }

    fn is_calm(&self, a: usize, b: usize) -> bool {
        let both = self.judge.connected.contains(&(a, self.nodes[b].id))
            && self.judge.connected.contains(&(b, self.nodes[a].id));
        self.judge.is_calm(a, b)
            && !self.hostile
            && !self.unreachable
            && (both || !self.judge.meeting_disturbed)
    }

    pub(super) fn judge_outputs(&mut self, of: usize, outputs: usize) {
        if outputs > MAX_OUTPUTS {
            self.violate(Rule::Bounds, || {
                format!("{of}: {outputs} outputs of one input")
            });
        }
    }

    /// Whether all who are there have agreed with all.
    ///
    /// # Errors
    /// The [`Violation`] that says between whom not.
    pub fn agreement(&self) -> Result<(), Violation> {
        for (a, b) in self.pairs() {
            self.agree(a, b).map_err(|detail| Violation {
                rule: Rule::Agreement,
                at: self.now,
                detail: format!("{a} and {b} {detail}"),
            })?;
        }
        Ok(())
    }

    /// As [`agreement`](Self::agreement), between those who know of each other.
    ///
    /// # Panics
    /// When they do not agree.
    pub fn assert_agreement(&self) {
        for (a, b) in self.pairs() {
            if (self.state(a, b).is_some() || self.state(b, a).is_some())
                && let Err(detail) = self.agree(a, b)
            {
                panic!("{a} and {b} {detail}");
            }
        }
    }

    fn agree(&self, a: usize, b: usize) -> Result<(), String> {
        let newest = |of: usize, with: usize| {
            let with = self.nodes[with].id;
            self.nodes[of]
                .endpoints
                .iter()
                .rfind(|((member, _), _)| *member == with)
                .map(|((_, attempt), endpoint)| (*attempt, endpoint))
        };
        let (Some((at_a, ours)), Some((at_b, theirs))) = (newest(a, b), newest(b, a)) else {
            return Err("have no connection".into());
        };
        if at_a != at_b {
            return Err(format!(
                "are at attempts {} and {}",
                at_a.number(),
                at_b.number()
            ));
        }
        for endpoint in [ours, theirs] {
            if endpoint.operation.is_some() {
                return Err("are not at rest".into());
            }
            let state = endpoint.pc.signaling_state().name();
            if state != "stable" {
                return Err(format!("are {state}"));
            }
            if endpoint.pc.needs_negotiation() {
                return Err("have something left to negotiate".into());
            }
        }
        if ours.agrees(theirs) {
            Ok(())
        } else {
            Err("have different descriptions".into())
        }
    }
}
