//! One game with one other: a session of GGRS, a step of the rules for each sixtieth of a second, and a checksum every second.

use std::collections::VecDeque;
use std::error::Error;
use std::time::Duration;

use ggrs::{
    Config, DesyncDetection, GgrsError, GgrsEvent, GgrsRequest, P2PSession, PlayerHandle,
    PlayerType, PredictRepeatLast, SessionBuilder, SessionState,
};
use handclasp::ggrs::GgrsSocket;
use handclasp::{MemberId, Peer, Room};

use crate::CHANNEL;
use crate::pong::Pong;

/// One step, ms.
const STEP: f64 = 1000.0 / 60.0;
/// Most steps at once: a page that was hidden does not make up for it, and the other side waits for it.
const MAX_STEPS: u32 = 4;
/// Steps from one comparison of checksums to the next.
const CHECKED_EVERY: i32 = 60;
/// How many checksums are remembered, to be looked at from outside.
const MAX_CHECKS: usize = 16;
/// Steps between a key and its effect, in which it comes to the other side mostly in time, so that little is rolled back.
const INPUT_DELAY: usize = 2;
/// GGRS waits as long as anybody does: that the other has left is the room's to say.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

struct Rules;

impl Config for Rules {
    type Input = u8;
    type InputPredictor = PredictRepeatLast;
    type State = Pong;
    type Address = MemberId;
}

pub(crate) struct Game {
    session: P2PSession<Rules>,
    me: PlayerHandle,
    pong: Pong,
    /// Until when steps are done, ms of the page's clock.
    until: Option<f64>,
    is_interrupted: bool,
    desync: Option<i32>,
    /// Of the state at the beginning of a frame; those behind `confirmed` may still be rolled back.
    checks: VecDeque<(i32, u64)>,
    confirmed: i32,
}

/// How a game stands.
pub(crate) enum Standing {
    Synchronizing,
    Playing,
    /// Nothing comes from the other side.
    Interrupted,
    /// The two sides do not have the same state, from this frame on or before.
    Desynchronized(i32),
}

impl Game {
    pub(crate) fn new(room: &Room, other: Peer) -> Result<Self, Box<dyn Error>> {
        let channel = room.channel(CHANNEL).ok_or("the channel is declared")?;
        let socket = GgrsSocket::new(room, channel, vec![other]);
        let mut me = 0;
        let mut builder = SessionBuilder::<Rules>::new()
            .with_input_delay(INPUT_DELAY)
            .with_disconnect_timeout(PATIENCE)
            .with_desync_detection_mode(DesyncDetection::On {
                interval: CHECKED_EVERY.unsigned_abs(),
            });
        for (handle, player) in socket.players().into_iter().enumerate() {
            if player == PlayerType::Local {
                me = handle;
            }
            builder = builder.add_player(player, handle)?;
        }
        Ok(Self {
            session: builder.start_p2p_session(socket)?,
            me,
            pong: Pong::new(),
            until: None,
            is_interrupted: false,
            desync: None,
            checks: VecDeque::new(),
            confirmed: -1,
        })
    }

    /// Which of the players is here: 0 is on the left.
    pub(crate) fn me(&self) -> PlayerHandle {
        self.me
    }

    /// How many steps have been played, the last ones with inputs that are guessed.
    pub(crate) fn frame(&self) -> i32 {
        self.session.current_frame()
    }

    pub(crate) fn pong(&self) -> &Pong {
        &self.pong
    }

    pub(crate) fn standing(&self) -> Standing {
        match (self.desync, self.session.current_state()) {
            (Some(frame), _) => Standing::Desynchronized(frame),
            (None, SessionState::Synchronizing) => Standing::Synchronizing,
            (None, SessionState::Running) if self.is_interrupted => Standing::Interrupted,
            (None, SessionState::Running) => Standing::Playing,
        }
    }

    /// The checksums that cannot change any more.
    pub(crate) fn checks(&self) -> impl Iterator<Item = (i32, u64)> {
        let checks = self.checks.iter().copied();
        checks.filter(|(frame, _)| *frame <= self.confirmed)
    }

    /// Plays up to `now`, ms of the page's clock, with this player's input.
    pub(crate) fn play(&mut self, now: f64, input: u8) -> Result<(), GgrsError> {
        self.session.poll_remote_clients();
        for event in self.session.events() {
            match event {
                GgrsEvent::NetworkInterrupted { .. } => self.is_interrupted = true,
                GgrsEvent::NetworkResumed { .. } => self.is_interrupted = false,
                GgrsEvent::DesyncDetected { frame, .. } => self.desync = Some(frame),
                _ => {}
            }
        }
        // The one who is ahead goes a tenth slower.
        let step = match self.session.frames_ahead() {
            1.. => STEP * 1.1,
            _ => STEP,
        };
        let mut until = self.until.unwrap_or(now);
        let mut steps = 0;
        while until + step <= now && steps < MAX_STEPS {
            until += step;
            steps += 1;
            self.step(input)?;
        }
        self.until = Some(if steps < MAX_STEPS { until } else { now });
        Ok(())
    }

    fn step(&mut self, input: u8) -> Result<(), GgrsError> {
        if self.session.current_state() != SessionState::Running {
            return Ok(());
        }
        self.session.add_local_input(self.me, input)?;
        let requests = match self.session.advance_frame() {
            // The other side is too far behind: GGRS waits.
            Err(GgrsError::PredictionThreshold) => return Ok(()),
            requests => requests?,
        };
        for request in requests {
            match request {
                GgrsRequest::SaveGameState { cell, frame } => {
                    let checksum = self.pong.checksum();
                    cell.save(frame, Some(self.pong), Some(checksum.into()));
                    if frame % CHECKED_EVERY == 0 {
                        self.check(frame, checksum);
                    }
                }
                GgrsRequest::LoadGameState { cell, .. } => {
                    self.pong = cell.load().unwrap_or(self.pong);
                }
                GgrsRequest::AdvanceFrame { inputs } => {
                    let input = |player: usize| inputs.get(player).map_or(0, |(input, _)| *input);
                    self.pong.step([input(0), input(1)]);
                }
            }
        }
        // Only now: what was guessed wrong has been played again.
        self.confirmed = self.session.confirmed_frame();
        Ok(())
    }

    /// After a rollback a frame comes again.
    fn check(&mut self, frame: i32, checksum: u64) {
        self.checks.retain(|(other, _)| *other < frame);
        self.checks.push_back((frame, checksum));
        if self.checks.len() > MAX_CHECKS {
            self.checks.pop_front();
        }
    }
}
