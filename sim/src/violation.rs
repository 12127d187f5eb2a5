//! What must always hold, and how it is told that it did not.

use core::fmt;

use handclasp_core::Time;

/// An invariant of the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The browser is asked for one operation of a connection at a time, and for none that it rejects.
    LegalOperations,
    /// A candidate is applied to its own generation only.
    CandidateGeneration,
    /// One attempt is opened once, and closed once.
    OneConnectionPerAttempt,
    /// What the application is told of a member begins with its joining, ends with its leaving and repeats no state.
    EventGrammar,
    /// Nothing grows past its bound: outputs of one input, connections, traffic.
    Bounds,
    /// A connection is rebuilt, and a member given up, only when a path failed.
    NoNeedlessRebuild,
    /// When the network is well again, all who are there are connected in bounded time.
    Convergence,
    /// Both sides of a connection are stable, at the same attempt, and each has the other's description.
    Agreement,
    /// Reliable messages arrive exactly once and in order, and none is lost while both members stay.
    ExactlyOnce,
    /// A room of the connected says nothing outside.
    Silence,
    /// Inputs never panic.
    NoPanic,
}

/// A rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// When.
    pub at: Time,
    /// What happened.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.at.as_millis();
        write!(
            f,
            "{:?} at {}.{:03} s: {}",
            self.rule,
            millis / 1000,
            millis % 1000,
            self.detail
        )
    }
}
