//! One game with one other: a step of the rules for each sixtieth of a second, saved, loaded and repeated as GGRS requests.

use ggrs::{
    Config, GgrsError, GgrsRequest, P2PSession, PlayerHandle, PredictRepeatLast, SessionState,
};
use handclasp::{MemberId, Peer, Room};
use handclasp_example_duel::{Checks, Outcome, Screen, Watch, session};

use crate::pong::Pong;
use crate::view;

/// One step, ms.
const STEP: f64 = 1000.0 / 60.0;
/// Most steps at once: a page that was hidden does not make up for it, and the other side waits for it.
const MAX_STEPS: u32 = 4;
/// Hexadecimal digits of a checksum.
const DIGITS: usize = 16;

struct Rules;

impl Config for Rules {
    type Input = u8;
    type InputPredictor = PredictRepeatLast;
    type State = Pong;
    type Address = MemberId;
}

pub(crate) struct Game {
    session: P2PSession<Rules>,
    /// Which of the players is here: 0 is on the left.
    me: PlayerHandle,
    pong: Pong,
    /// Until when steps are done, ms of the page's clock.
    until: Option<f64>,
    watch: Watch,
    /// Those behind `confirmed` may still be rolled back.
    checks: Checks,
    confirmed: i32,
}

impl Game {
    pub(crate) fn new(room: &Room, other: Peer) -> Outcome<Self> {
        let (session, me) = session(room, other)?;
        Ok(Self {
            session,
            me,
            pong: Pong::new(),
            until: None,
            watch: Watch::default(),
            checks: Checks::default(),
            confirmed: -1,
        })
    }

    /// Plays up to `now`, ms of the page's clock, with this player's input.
    pub(crate) fn play(&mut self, now: f64, input: u8) -> Result<(), GgrsError> {
        self.session.poll_remote_clients();
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
                    let checksum = self.pong.checksum().into();
                    cell.save(frame, Some(self.pong), Some(checksum));
                    self.checks.remember(frame, checksum);
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

    /// Shows how it stands, also to whoever looks at the page from outside.
    pub(crate) fn show(&mut self, screen: &Screen) {
        let side = ["left", "right"][self.me.min(1)];
        let standing = self.watch.look(&mut self.session);
        screen.tell(standing, &format!("You are on the {side}."));
        screen.note("frame", &self.session.current_frame().to_string());
        view::draw(screen, &self.pong, self.me);
        screen.note("me", &self.me.to_string());
        let [left, right] = self.pong.paddles;
        screen.note("paddles", &format!("{left} {right}"));
        screen.note("checks", &self.checks.up_to(self.confirmed, DIGITS));
    }
}
