//! Known mistakes, put in on purpose: a simulator that finds none of them finds nothing.

/// A mistake of a browser, of a transport or of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Every 20th message of the application is lost without a word.
    LoseMessage,
    /// Every 20th arrives twice.
    DoubleMessage,
    /// The first candidate for each new generation is applied to whatever description is in place.
    CandidateOfPast,
    /// A connection that works closes its control channel once, for no reason.
    CloseChannel,
    /// The first answer on the inside is lost, and nobody repeats it.
    LoseAnswer,
    /// Timers never fire.
    StopClock,
    /// An operation begins before the last one has ended.
    Overlap,
    /// The application is told of each state twice.
    RepeatEvent,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LoseMessage,
        Self::DoubleMessage,
        Self::CandidateOfPast,
        Self::CloseChannel,
        Self::LoseAnswer,
        Self::StopClock,
        Self::Overlap,
        Self::RepeatEvent,
    ];
}
