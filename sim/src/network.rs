//! How the outside path treats what is published.

use core::time::Duration;

/// Loss, duplication, reordering and delay of outside signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Of a hundred messages, how many are lost.
    pub loss: u64,
    /// Of a hundred, how many arrive twice.
    pub duplication: u64,
    /// Longest delay; each message draws its own, so they overtake each other.
    pub delay: Duration,
}

impl Network {
    /// Loses nothing.
    pub const GOOD: Self = Self {
        loss: 0,
        duplication: 0,
        delay: Duration::from_millis(20),
    };
    /// Loses a third, doubles a fifth and shuffles the rest.
    pub const BAD: Self = Self {
        loss: 30,
        duplication: 20,
        delay: Duration::from_millis(400),
    };
}
