//! Who may be here, and how often to ask.
//!
//! A newcomer says hello to everyone. Members answer it by a presence, addressed to the newcomer's id. That id is random and
//! new, so whatever is addressed to it was written after the join: **only a directed message proves that its sender is
//! there now**. A hello that an attacker recorded yesterday costs one answer and makes no ghost. No clock is compared.
//!
//! Hellos back off while nobody answers, and stop when everyone who is known is connected: those who have answered, and those
//! whom the connected tell of. Newcomers are then heard by their own hellos.

use core::time::Duration;

use crate::id::{Attempt, MemberId};
use crate::replay::Window;
use crate::rng::Rng;
use crate::sorted_map::SortedMap;
use crate::time::Time;

/// First wait between two hellos; each next wait is twice as long.
pub const HELLO_AFTER: Duration = Duration::from_secs(1);

/// Longest wait between two hellos: a member who is alone is found by whoever comes, so this only mends lost messages.
pub const HELLO_AT_MOST: Duration = Duration::from_secs(30);

/// How many hellos a join says at the least, even when the first finds someone: a lost one must not split a room in two.
pub const HELLOS_AT_LEAST: u32 = 3;

/// Shortest wait between two answers to one sender's hellos, so that a flood of hellos does not become a flood of answers.
pub const ANSWER_AFTER: Duration = Duration::from_millis(500);

/// How long a member with whom no connection came about is left alone.
pub const LEFT_ALONE_FOR: Duration = Duration::from_secs(30);

/// Of how many senders sequence numbers are remembered. More than a room holds, so that members who come and go are covered;
/// when it is full, the one not heard for longest makes room.
pub const MAX_SENDERS: usize = 128;

/// What is known of someone who has written.
#[derive(Debug)]
struct Sender {
    window: Window,
    heard: Time,
    answered: Option<Time>,
    left_alone_until: Option<Time>,
    /// The last attempt of a link that was given up.
    attempt: Option<Attempt>,
    /// It said goodbye, and its id is never used again.
    gone: bool,
}

#[derive(Debug)]
pub(crate) struct Roster {
    senders: SortedMap<MemberId, Sender>,
    hello_at: Option<Time>,
    hello_after: Duration,
    /// Hellos since the outside path came up.
    hellos: u32,
    rng: Rng,
}

impl Roster {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            senders: SortedMap::new(),
            hello_at: None,
            hello_after: HELLO_AFTER,
            hellos: 0,
            rng: Rng::new(seed),
        }
    }

    /// Whether a message is new, and of someone who has not said goodbye.
    pub(crate) fn admit(&mut self, sender: MemberId, sequence: u64, now: Time) -> bool {
        let entry = self.sender(sender, now);
        entry.heard = now;
        entry.window.admit(sequence) && !entry.gone
    }

    /// Whether to answer a hello of `sender` now.
    pub(crate) fn may_answer(&mut self, sender: MemberId, now: Time) -> bool {
        let entry = self.sender(sender, now);
        let soon = entry
            .answered
            .is_some_and(|answered| now.since(answered) < ANSWER_AFTER);
        if !soon {
            entry.answered = Some(now);
        }
        !soon
    }

    /// Whether to connect to `member`.
    pub(crate) fn may_connect(&self, member: MemberId, now: Time) -> bool {
        self.senders.get(&member).is_none_or(|entry| {
            !entry.gone && entry.left_alone_until.is_none_or(|until| until <= now)
        })
    }

    pub(crate) fn leave_alone(&mut self, member: MemberId, now: Time) {
        self.sender(member, now).left_alone_until = Some(now + LEFT_ALONE_FOR);
    }

    /// A link ended at this attempt. The other side may not know: signals about its connection must not be taken for those of
    /// the next.
    pub(crate) fn parted(&mut self, member: MemberId, attempt: Attempt, now: Time) {
        self.sender(member, now).attempt = Some(attempt);
    }

    /// The first attempt that a new link may make.
    pub(crate) fn next_attempt(&self, member: MemberId) -> Attempt {
        let last = self.senders.get(&member).and_then(|entry| entry.attempt);
        last.map_or(Attempt::FIRST, Attempt::next)
    }

    pub(crate) fn said_goodbye(&mut self, member: MemberId, now: Time) {
        self.sender(member, now).gone = true;
    }

    /// Begin to say hello, anew.
    pub(crate) fn announce(&mut self, now: Time) {
        self.hello_at = Some(now);
        self.hello_after = HELLO_AFTER;
        self.hellos = 0;
    }

    /// Say hello again soon, unless it is going to be said anyway.
    pub(crate) fn wake(&mut self, now: Time) {
        if self.hello_at.is_none() {
            self.hello_after = HELLO_AFTER;
            self.schedule(now);
        }
    }

    pub(crate) const fn hush(&mut self) {
        self.hello_at = None;
    }

    /// Whether a hello is due now. With `everyone_connected`, it is not, and none is until [`wake`](Self::wake), or until a member
    /// has been left alone for long enough.
    pub(crate) fn hello_due(&mut self, everyone_connected: bool, now: Time) -> bool {
        if self.hello_at.is_none_or(|at| at > now) {
            return false;
        }
        if everyone_connected && self.hellos >= HELLOS_AT_LEAST {
            let left_alone = self.senders.values().filter(|entry| !entry.gone);
            let untils = left_alone.filter_map(|entry| entry.left_alone_until);
            self.hello_at = untils.filter(|until| *until > now).min();
            return false;
        }
        self.hellos = self.hellos.saturating_add(1);
        self.schedule(now);
        self.hello_after = (self.hello_after * 2).min(HELLO_AT_MOST);
        true
    }

    pub(crate) const fn next_timeout(&self) -> Option<Time> {
        self.hello_at
    }

    /// Jitter of a quarter either way, so that members who lost one broker together do not all return at once.
    fn schedule(&mut self, now: Time) {
        let wait = self.hello_after * 3 / 4 + self.rng.up_to(self.hello_after / 2);
        self.hello_at = Some(now + wait);
    }

    fn sender(&mut self, id: MemberId, now: Time) -> &mut Sender {
        if self.senders.len() >= MAX_SENDERS
            && !self.senders.contains_key(&id)
            && let Some(oldest) = self
                .senders
                .iter()
                .min_by_key(|(_, sender)| sender.heard)
                .map(|(id, _)| *id)
        {
            self.senders.remove(&oldest);
        }
        self.senders.or_insert_with(id, || Sender {
            window: Window::new(),
            heard: now,
            answered: None,
            left_alone_until: None,
            attempt: None,
            gone: false,
        })
    }
}
