//! A peer connection as the signaling state table of W3C webrtc-pc §4.3.2 has it.

use handclasp_core::link::{BrowserCommand, BrowserEvent, ConnectionState};
use handclasp_core::session::{Candidate, Description, DescriptionKind};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Signaling {
    Stable,
    HaveLocalOffer,
    HaveRemoteOffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    None,
    Works,
    /// Nothing gets through; `disconnected`.
    Broken,
    /// `failed`, or closed by the other side.
    Dead,
}

/// What the operation in flight will do once it is reported.
#[derive(Clone, Debug)]
enum Operation {
    Local,
    Remote(Description),
}

#[derive(Clone, Debug)]
pub(super) struct FakeConnection {
    tag: u64,
    generation: u32,
    signaling: Signaling,
    operation: Option<Operation>,
    /// Changes wait for an offer.
    needed: bool,
    /// `negotiationneeded` has been fired for them.
    fired: bool,
    in_offer: bool,
    pending_local: Option<String>,
    pending_remote: Option<String>,
    local: Option<String>,
    remote: Option<String>,
    /// Candidates of the other side that were taken.
    taken: Vec<String>,
    path: Path,
    control: bool,
    /// `restartIce()` was called, and the next offer begins a generation.
    restart: bool,
    /// Restarted, and not connected since.
    restarted: bool,
    /// Gathers no candidates, as Chromium sometimes does after a rollback.
    pub(super) stillborn: bool,
}

fn ufrag(sdp: &str) -> String {
    let line = sdp
        .lines()
        .find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    line.expect("every description has one").to_owned()
}

impl FakeConnection {
    pub(super) fn new(tag: u64) -> Self {
        Self {
            tag,
            generation: 0,
            signaling: Signaling::Stable,
            operation: None,
            needed: true,
            fired: true,
            in_offer: false,
            pending_local: None,
            pending_remote: None,
            local: None,
            remote: None,
            taken: Vec::new(),
            path: Path::None,
            control: false,
            restart: false,
            restarted: false,
            stillborn: false,
        }
    }

    /// Something changed; whether to fire `negotiationneeded`.
    pub(super) fn need(&mut self) -> bool {
        self.needed = true;
        let fire = !self.fired && self.signaling == Signaling::Stable;
        self.fired |= fire;
        fire
    }

    /// Whether to fire `negotiationneeded` once more, now that the connection is stable again.
    pub(super) fn needs_again(&mut self) -> bool {
        let fire = self.needed
            && !self.fired
            && self.signaling == Signaling::Stable
            && self.operation.is_none();
        self.fired |= fire;
        fire
    }

    pub(super) fn break_path(&mut self) -> bool {
        let works = self.path == Path::Works;
        if works {
            self.path = Path::Broken;
        }
        works
    }

    /// The network is back: whether this connection recovers by itself.
    pub(super) fn heal(&mut self) -> bool {
        let heals = self.path == Path::Broken && !self.restarted;
        if heals {
            self.path = Path::Works;
        }
        heals
    }

    pub(super) fn carries(&self) -> bool {
        self.control && self.path == Path::Works
    }

    pub(super) fn other_side_closed(&mut self) -> bool {
        let told = self.carries();
        self.path = Path::Dead;
        self.control = false;
        told
    }

    pub(super) fn command(&mut self, command: BrowserCommand) -> Vec<(u64, BrowserEvent)> {
        match command {
            BrowserCommand::SetLocalDescription => {
                assert!(self.operation.is_none(), "one operation at a time");
                self.operation = Some(Operation::Local);
                let offer = self.signaling != Signaling::HaveRemoteOffer;
                if offer {
                    let restart = std::mem::take(&mut self.restart);
                    self.restarted |= restart;
                    self.generation += u32::from(self.local.is_none() || restart);
                    self.in_offer = true;
                    self.fired = false;
                }
                let sdp = format!(
                    "v=0\r\na=ice-ufrag:{:x}.{}\r\nx-changes:{}\r\n",
                    self.tag, self.generation, self.needed
                );
                let fragment = ufrag(&sdp);
                let kind = if offer {
                    DescriptionKind::Offer
                } else {
                    DescriptionKind::Answer
                };
                let mut events =
                    vec![(0, BrowserEvent::LocalDescription(Description { kind, sdp }))];
                if self.stillborn {
                    return events;
                }
                for (wait, line) in [(1, "candidate:1"), (30, "candidate:2"), (60, "")] {
                    events.push((
                        wait,
                        BrowserEvent::Candidate(Candidate {
                            candidate: line.to_owned(),
                            sdp_mid: Some("0".to_owned()),
                            sdp_m_line_index: Some(0),
                            username_fragment: Some(fragment.clone()),
                        }),
                    ));
                }
                events
            }
            BrowserCommand::SetRemoteDescription(description) => {
                assert!(self.operation.is_none(), "one operation at a time");
                let fits = description.kind == DescriptionKind::Offer
                    || self.signaling == Signaling::HaveLocalOffer;
                self.operation = Some(Operation::Remote(description));
                let event = if fits {
                    BrowserEvent::RemoteDescriptionApplied
                } else {
                    BrowserEvent::OperationFailed("InvalidStateError".to_owned())
                };
                vec![(0, event)]
            }
            BrowserCommand::AddIceCandidate(candidate) => {
                let of = candidate
                    .username_fragment
                    .expect("the fakes always name it");
                let known = [&self.remote, &self.pending_remote]
                    .into_iter()
                    .flatten()
                    .any(|sdp| ufrag(sdp) == of);
                assert!(known, "a candidate is applied to its own generation only");
                self.taken.push(of);
                Vec::new()
            }
            BrowserCommand::RestartIce => {
                self.restart = true;
                match self.need() {
                    true => vec![(0, BrowserEvent::NegotiationNeeded)],
                    false => Vec::new(),
                }
            }
            BrowserCommand::Open | BrowserCommand::Close => unreachable!("the world does these"),
        }
    }

    /// An event is about to be reported: what it stands for happens now. `None` when it no longer happens.
    pub(super) fn report(&mut self, event: BrowserEvent) -> Option<BrowserEvent> {
        match &event {
            BrowserEvent::LocalDescription(description) => {
                assert!(matches!(self.operation.take(), Some(Operation::Local)));
                self.pending_local = Some(description.sdp.clone());
                if description.kind == DescriptionKind::Offer {
                    self.signaling = Signaling::HaveLocalOffer;
                } else {
                    self.commit();
                }
            }
            BrowserEvent::RemoteDescriptionApplied => {
                let Some(Operation::Remote(description)) = self.operation.take() else {
                    panic!("no such operation");
                };
                self.pending_remote = Some(description.sdp);
                if description.kind == DescriptionKind::Offer {
                    // The other side's new generation restarts this side too.
                    if let (Some(old), Some(new)) = (&self.remote, &self.pending_remote)
                        && ufrag(old) != ufrag(new)
                        && self.path == Path::Broken
                    {
                        self.restarted = true;
                    }
                    // Implicit rollback: what was in the offer is still to be offered.
                    self.pending_local = None;
                    self.in_offer = false;
                    self.signaling = Signaling::HaveRemoteOffer;
                } else {
                    if self.in_offer {
                        self.needed = false;
                        self.in_offer = false;
                    }
                    self.commit();
                }
            }
            BrowserEvent::OperationFailed(_) => self.operation = None,
            BrowserEvent::NegotiationNeeded if !self.needed => return None,
            BrowserEvent::Connection(ConnectionState::Disconnected | ConnectionState::Failed)
                if self.path == Path::Works =>
            {
                return None;
            }
            BrowserEvent::Connection(ConnectionState::Failed) => self.path = Path::Dead,
            BrowserEvent::Connection(ConnectionState::Connected) if self.path != Path::Works => {
                return None;
            }
            BrowserEvent::ControlOpen => self.control = true,
            _ => {}
        }
        Some(event)
    }

    /// Whether the control channel is still to open.
    pub(super) fn connect(&mut self) -> bool {
        self.path = Path::Works;
        self.restarted = false;
        !self.control
    }

    /// Whether checks succeed now: both sides committed to each other, and one of them has an address to begin with.
    pub(super) fn finds(&self, other: &Self) -> bool {
        let looks = |it: &Self| it.path == Path::None || it.path == Path::Broken && it.restarted;
        (looks(self) || looks(other))
            && [self, other].iter().all(|it| it.path != Path::Dead)
            && self.local.is_some()
            && self.local == other.remote
            && self.remote == other.local
            && (!self.taken.is_empty() || !other.taken.is_empty())
    }

    pub(super) fn assert_agrees(&self, other: &Self) {
        assert_eq!(self.signaling, Signaling::Stable);
        assert!(self.operation.is_none());
        assert!(!self.needed, "every change was negotiated");
        assert_eq!(self.local, other.remote);
        assert_eq!(self.remote, other.local);
    }

    /// Pending descriptions become current ones.
    fn commit(&mut self) {
        self.signaling = Signaling::Stable;
        self.local = self.pending_local.take();
        self.remote = self.pending_remote.take();
    }
}
