//! The connection to one member: its negotiation, its attempts, and whether it lives.

mod attempts;
mod interface;

use core::time::Duration;

use crate::id::{Attempt, MemberId};
use crate::message::{Frame, Signal};
use crate::negotiation::{Ignored, Negotiation};
use crate::recovery::Recovery;
use crate::session::{Description, DescriptionKind};
use crate::time::Time;

pub(crate) use interface::LinkEffect;
pub use interface::{BrowserCommand, BrowserEvent, ConnectionState, LeaveReason, LinkState};

/// First wait before something that may have been lost is said again; each next wait is twice as long.
pub const REPEAT_AFTER: Duration = Duration::from_millis(1500);

/// Longest such wait.
pub const REPEAT_AT_MOST: Duration = Duration::from_secs(8);

/// Shortest wait before something is said again to a member that shows that it has not heard it.
pub const URGE_AFTER: Duration = Duration::from_millis(500);

/// How long one attempt may go without a step forward. ICE gives up on its own after 15 to 30 s; TURN over TLS on a slow path takes 5.
pub const ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);

/// How long an attempt may take from the exchange of descriptions until the browser at least tries, the first time; each next time is
/// twice as long. After an offer that was rolled back Chromium sometimes gathers no candidates at all.
pub const START_DEADLINE: Duration = Duration::from_secs(4);

/// How long a pair may be without a connection before it is given up. A phone in a tunnel comes back within a minute.
pub const LINK_DEADLINE: Duration = Duration::from_secs(60);

/// How long the polite side leaves the rebuilding of a failed connection to the other, so that both do not do it at once.
pub const POLITE_DELAY: Duration = Duration::from_millis(1000);

/// How long the polite side leaves the first offer over an adopted connection to the other. Both have media to offer at that moment, and
/// where Chromium has to roll its offer back on a transport that works, it keeps the numbers of the RTP header extensions, and refuses the
/// other side's ("RTP extension ID reassignment not supported"): those of Firefox differ. Once agreed they stay, so it is about the first.
pub const FIRST_OFFER: Duration = Duration::from_secs(2);

/// First wait before a connection that failed without ever having worked is built anew; each next wait is twice as long.
pub const REBUILD_AFTER: Duration = Duration::from_millis(500);

/// Longest such wait.
pub const REBUILD_AT_MOST: Duration = Duration::from_secs(8);

/// An attempt that is younger than this when the outside path comes back goes on.
pub const PATH_FLAPS: Duration = Duration::from_secs(2);

/// How often the other side may begin another attempt, on average: a member cannot make this side burn through peer connections,
/// of which Chromium allows a page 500.
pub const ATTEMPT_AT_LEAST: Duration = Duration::from_millis(500);

/// How many of these may come at once: who was without a network made some in vain, and says all of it on its return.
pub const ATTEMPTS_AT_ONCE: u32 = 4;

/// How long a member that the broker declares lost may take to answer over its connection. SCTP repeats a lost packet after
/// 0.4 s, so that two losses in a row are forgiven, and a page may be busy for a second. Well below the two seconds within which
/// a person expects to see that someone is gone.
pub const PING_DEADLINE: Duration = Duration::from_millis(1400);

/// A timer that comes this much too late says that the own page was busy, and that the answer may lie in the queue behind it.
pub const OWN_DELAY: Duration = Duration::from_millis(250);

/// How long a member that the broker declares lost may be silent while there is no connection over which to ask it. Sockets are
/// replaced by new ones, whose brokers then publish the will of the old, and a connection that is coming about must bear that. Whoever
/// is there repeats itself within [`REPEAT_AT_MOST`].
pub const SUSPECTED_AT_MOST: Duration = Duration::from_secs(10);

/// An answer over the connection is waited for, or the member is gone.
#[derive(Clone, Copy, Debug)]
struct Ping {
    deadline: Time,
    /// This side was too busy to hear an answer to the first.
    again: bool,
}

#[derive(Debug)]
pub(crate) struct Link {
    attempt: Attempt,
    negotiation: Negotiation,
    polite: bool,
    browser: ConnectionState,
    control_open: bool,
    state: LinkState,
    /// When the pair is given up unless it connects.
    give_up_at: Option<Time>,
    opened_at: Time,
    /// When this attempt is.
    rebuild_at: Option<Time>,
    /// Attempts since the last that connected, this one included.
    attempts: u32,
    /// Whether the descriptions of this one have been exchanged.
    agreed: bool,
    /// Up to when the other side has used up its attempts.
    attempts_until: Time,
    /// How many of them failed.
    failures: u32,
    repeat_at: Option<Time>,
    repeat_after: Duration,
    repeated_at: Time,
    /// The first offer over an adopted connection is the other side's until then.
    theirs_until: Option<Time>,
    /// When what this side has to offer is offered, in case that none came.
    offer_at: Option<Time>,
    /// From when it first connected.
    recovery: Option<Recovery>,
    seed: u64,
    ping: Option<Ping>,
    pings: u32,
    /// The number of the first after a restart.
    pings_since: u32,
    /// The transport has lost the other side, and nothing came from it since.
    lost: bool,
    /// The other side closed the last connection, while it worked.
    closed_there: bool,
    /// The transport says that it lost the member, which cannot be asked: unless it writes until then, it is gone.
    suspected_until: Option<Time>,
    /// The number of the newest signal outside whose description had an effect on this attempt.
    described: u64,
    /// Whom the other side is connected to, as it told last.
    acquaintances: Vec<MemberId>,
    effects: Vec<LinkEffect>,
}

impl Link {
    /// A link of `me` to `them`, from the given attempt on.
    pub(crate) fn new(
        me: MemberId,
        them: MemberId,
        attempt: Attempt,
        seed: u64,
        now: Time,
    ) -> Self {
        let mut link = Self::unopened(me, them, attempt, seed, now);
        link.open(attempt, now);
        link
    }

    /// A link whose first connection others brought about, with the other side's description as it is in place. It works.
    pub(crate) fn adopted(
        me: MemberId,
        them: MemberId,
        remote: &Description,
        seed: u64,
        now: Time,
    ) -> Self {
        let mut link = Self::unopened(me, them, Attempt::FIRST, seed, now);
        link.negotiation.adopt(remote);
        link.agreed = true;
        link.browser = ConnectionState::Connected;
        link.control_open = true;
        link.theirs_until = link.polite.then_some(now + FIRST_OFFER);
        link.weigh(now);
        link
    }

    fn unopened(me: MemberId, them: MemberId, attempt: Attempt, seed: u64, now: Time) -> Self {
        let polite = me < them;
        Self {
            attempt,
            negotiation: Negotiation::new(polite),
            polite,
            browser: ConnectionState::New,
            control_open: false,
            state: LinkState::Connecting,
            give_up_at: Some(now + LINK_DEADLINE),
            opened_at: now,
            rebuild_at: None,
            attempts: 0,
            agreed: false,
            attempts_until: now,
            failures: 0,
            repeat_at: None,
            repeat_after: REPEAT_AFTER,
            repeated_at: now,
            theirs_until: None,
            offer_at: None,
            recovery: None,
            seed,
            ping: None,
            pings: 0,
            pings_since: 0,
            lost: false,
            closed_there: false,
            suspected_until: None,
            described: 0,
            acquaintances: Vec::new(),
            effects: vec![LinkEffect::State(LinkState::Connecting)],
        }
    }

    pub(crate) const fn attempt(&self) -> Attempt {
        self.attempt
    }

    pub(crate) const fn state(&self) -> LinkState {
        self.state
    }

    /// Whether signals go over the connection itself.
    pub(crate) fn is_inside(&self) -> bool {
        self.control_open && self.recovery.as_ref().is_some_and(Recovery::is_well)
    }

    /// Whether the other side answers neither over the connection nor outside.
    pub(crate) fn is_silent(&self) -> bool {
        self.recovery.as_ref().is_some_and(Recovery::is_unanswered)
    }

    pub(crate) const fn control_open(&self) -> bool {
        self.control_open
    }

    pub(crate) fn acquaintances(&self) -> &[MemberId] {
        &self.acquaintances
    }

    pub(crate) fn set_acquaintances(&mut self, members: Vec<MemberId>) {
        self.acquaintances = members;
    }

    pub(crate) fn effects(&mut self) -> Vec<LinkEffect> {
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        [
            self.give_up_at,
            self.rebuild_at,
            self.repeat_at,
            self.offer_at,
            self.ping.map(|ping| ping.deadline),
            self.suspected_until,
            self.recovery.as_ref().and_then(Recovery::next_timeout),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn timeout(&mut self, now: Time) {
        let due = |at: Option<Time>| at.is_some_and(|at| at <= now);
        if let Some(ping) = self.ping
            && now.since(ping.deadline) >= OWN_DELAY
            && !ping.again
        {
            self.probe();
            self.ping = Some(Ping {
                deadline: now + PING_DEADLINE,
                again: true,
            });
        } else if due(self.ping.map(|ping| ping.deadline)) || due(self.suspected_until) {
            self.effects.push(LinkEffect::Gone(LeaveReason::Vanished));
        } else if due(self.give_up_at) {
            self.effects.push(LinkEffect::Gone(if self.lost {
                LeaveReason::Vanished
            } else {
                LeaveReason::Unreachable
            }));
        } else if due(self.rebuild_at) {
            match self.recovery {
                None => self.rebuild(self.attempt.next(), now),
                Some(_) => self.fail(now),
            }
        } else if due(self.repeat_at) {
            self.repeat(now);
        } else if due(self.offer_at) {
            self.no_courtesy();
            self.negotiation.needed();
            self.negotiated(now);
        } else if let Some(recovery) = &mut self.recovery {
            recovery.timeout(now);
            self.recover(now);
        }
    }

    /// Says again what may have been lost; also when the outside path has come back and every second counts.
    pub(crate) fn repeat(&mut self, now: Time) {
        if self.repeat_at.is_some() {
            self.negotiation.repeat();
            self.repeated_at = now;
            self.repeat_at = Some(now + self.repeat_after);
            self.repeat_after = (self.repeat_after * 2).min(REPEAT_AT_MOST);
            self.negotiated(now);
        }
    }

    /// As [`repeat`](Self::repeat), and the waits begin anew.
    pub(crate) fn hurry(&mut self, now: Time) {
        self.repeat_after = REPEAT_AFTER;
        self.repeat(now);
    }

    /// The outside path is back after an outage.
    pub(crate) fn outside_is_back(&mut self, now: Time) {
        // An attempt begun before could be told to nobody, and maybe had no network to look for a way in.
        if self.recovery.is_some()
            && self.browser != ConnectionState::Connected
            && self.rebuild_at.is_some()
            && now.since(self.opened_at) >= PATH_FLAPS
        {
            self.fail(now);
        }
        if let Some(recovery) = &mut self.recovery {
            recovery.outside_is_back(now);
        }
        self.recover(now);
        self.hurry(now);
    }

    /// The device hints at a change of network, or woke up.
    pub(crate) fn hint(&mut self, now: Time) {
        if let Some(recovery) = &mut self.recovery {
            recovery.hint(now);
        }
        self.recover(now);
        self.hurry(now);
    }

    pub(crate) fn browser(&mut self, event: BrowserEvent, now: Time) {
        match event {
            BrowserEvent::NegotiationNeeded => match self.theirs_until {
                Some(until) if now < until => self.offer_at = Some(until),
                _ => self.negotiation.needed(),
            },
            BrowserEvent::LocalDescription(description) => {
                if self.negotiation.local_description(description).is_err() {
                    return self.fail(now);
                }
                self.progressed(now);
            }
            BrowserEvent::RemoteDescriptionApplied => {
                if self.negotiation.remote_description_applied().is_err() {
                    return self.fail(now);
                }
                self.progressed(now);
            }
            // What a browser has done of a rejected operation is not told: the connection is not to be trusted further.
            BrowserEvent::OperationFailed(_) => return self.fail(now),
            BrowserEvent::Candidate(candidate) => self.negotiation.local_candidate(candidate),
            BrowserEvent::Connection(state) => {
                self.browser = state;
                return self.weigh(now);
            }
            BrowserEvent::ControlOpen => {
                self.control_open = true;
                return self.weigh(now);
            }
            BrowserEvent::ControlClosed => {
                self.control_open = false;
                // In an interruption it was this browser that closed it, as Firefox does some time after `failed`.
                self.closed_there = self.state == LinkState::Connected;
                if self.ping.is_some() {
                    self.effects.push(LinkEffect::Gone(LeaveReason::Vanished));
                    return;
                }
                self.fail(now);
                if self.lost {
                    self.suspect(now);
                }
                return;
            }
            // Candidates are told as they come.
            BrowserEvent::Gathered => return,
        }
        self.negotiated(now);
    }

    /// A signal arrived, of this attempt or of a later one, to which the link moves on. One from outside has a number: transports
    /// reorder, and an offer that its sender has rolled back since must not be taken for a new one.
    pub(crate) fn signal(
        &mut self,
        attempt: Attempt,
        signal: Signal,
        number: Option<u64>,
        now: Time,
    ) -> Result<(), Ignored> {
        if attempt < self.attempt {
            self.urge(now);
            return Err(Ignored::Stale);
        }
        if attempt > self.attempt {
            let used = self.attempts_until.max(now);
            if used.since(now) > ATTEMPT_AT_LEAST * (ATTEMPTS_AT_ONCE - 1) {
                return Err(Ignored::TooSoon);
            }
            self.attempts_until = used + ATTEMPT_AT_LEAST;
            self.rebuild(attempt, now);
        }
        let is_offer = matches!(&signal, Signal::Description { description, .. } if description.kind == DescriptionKind::Offer);
        let describes = matches!(signal, Signal::Description { .. });
        let result = match signal {
            Signal::Description { candidates, .. }
                if number.is_some_and(|number| number < self.described) =>
            {
                let candidates = self.negotiation.signal(Signal::Candidates(candidates));
                candidates.and(Err(Ignored::Stale))
            }
            signal => self.negotiation.signal(signal),
        };
        if describes && result.is_ok() {
            self.described = number.unwrap_or(self.described);
        }
        if is_offer
            && result.is_ok()
            && let Some(recovery) = &mut self.recovery
            && recovery.restarted_by_other(now)
        {
            self.pings_since = self.pings.wrapping_add(1);
        }
        if is_offer && result.is_ok() {
            self.no_courtesy();
        }
        self.negotiated(now);
        if result == Err(Ignored::Collision) {
            self.urge(now);
        }
        result
    }

    /// The first offer is no longer the other side's. What this side had to offer goes into the answer, if there was one.
    pub(super) fn no_courtesy(&mut self) {
        self.theirs_until = None;
        self.offer_at = None;
    }

    /// The other side is there, but has not heard what was said last.
    pub(crate) fn urge(&mut self, now: Time) {
        if now.since(self.repeated_at) >= URGE_AFTER {
            self.hurry(now);
        }
    }

    /// Something came over the connection, which may be the answer to a ping.
    pub(crate) fn alive(&mut self, pong: Option<u32>, now: Time) {
        self.lost = false;
        self.closed_there = false;
        self.ping = None;
        self.suspected_until = None;
        if let Some(recovery) = &mut self.recovery {
            // One to an older ping may have waited at the other side.
            let answer = pong.is_some_and(|number| number >= self.pings_since);
            recovery.heard(answer, now);
        }
        self.recover(now);
    }

    /// The transport says that it lost the member. Only its own silence proves it.
    pub(crate) fn suspect(&mut self, now: Time) {
        self.lost = true;
        match self.state {
            LinkState::Connected if self.ping.is_none() => {
                self.probe();
                self.ping = Some(Ping {
                    deadline: now + PING_DEADLINE,
                    again: false,
                });
            }
            // The other side closed it, and the transport has lost it as well; unless it says otherwise soon, it is gone.
            LinkState::Interrupted | LinkState::Reconnecting if self.closed_there => {
                self.suspected_until.get_or_insert(now + PING_DEADLINE);
            }
            // Who is without a network is lost by the broker too, and gets the time that every interruption gets.
            LinkState::Connected | LinkState::Interrupted | LinkState::Reconnecting => {}
            LinkState::Connecting => {
                self.suspected_until.get_or_insert(now + SUSPECTED_AT_MOST);
            }
        }
    }

    /// It wrote on the outside path: it is there, and can be told of what is to be done.
    pub(crate) fn wrote(&mut self, now: Time) {
        self.lost = false;
        self.closed_there = false;
        self.ping = None;
        self.suspected_until = None;
        if let Some(recovery) = &mut self.recovery {
            recovery.reached(now);
        }
    }

    fn probe(&mut self) {
        self.pings = self.pings.wrapping_add(1);
        self.effects
            .push(LinkEffect::Frame(self.attempt, Frame::Ping(self.pings)));
    }
}
