//! A session of GGRS with one other, and what is kept of it to be looked at.

use std::collections::VecDeque;
use std::time::Duration;

use ggrs::{
    Config, DesyncDetection, GgrsEvent, P2PSession, PlayerHandle, PlayerType, SessionBuilder,
    SessionState,
};
use handclasp::ggrs::GgrsSocket;
use handclasp::{MemberId, Peer, Room};

use crate::{CHANNEL, Outcome};

/// Steps from one comparison of checksums to the next.
pub const CHECKED_EVERY: i32 = 60;
/// How many checksums are remembered, to be looked at from outside.
const MAX_CHECKS: usize = 16;
/// Steps between a key and its effect, in which it comes to the other side mostly in time, so that little is rolled back.
const INPUT_DELAY: usize = 2;
/// GGRS waits as long as anybody does: that the other has left is the room's to say.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A session with `other`, and which of the players is here.
///
/// # Errors
/// Those of GGRS.
pub fn session<C>(room: &Room, other: Peer) -> Outcome<(P2PSession<C>, PlayerHandle)>
where
    C: Config<Address = MemberId>,
{
    let channel = room.channel(CHANNEL).ok_or("the channel is declared")?;
    let socket = GgrsSocket::new(room, channel, vec![other]);
    let mut me = 0;
    let mut builder = SessionBuilder::<C>::new()
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
    Ok((builder.start_p2p_session(socket)?, me))
}

/// How a game stands.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// The two sides have not found each other yet.
    Synchronizing,
    /// All is well.
    Playing,
    /// Nothing comes from the other side.
    Interrupted,
    /// The two sides do not have the same state, from this frame on or before.
    Desynchronized(i32),
}

/// What a session has told of how it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    is_interrupted: bool,
    desync: Option<i32>,
}

impl Watch {
    /// Hears what has happened in the session, and says how it stands.
    pub fn look<C: Config>(&mut self, session: &mut P2PSession<C>) -> Standing {
        for event in session.events() {
            match event {
                GgrsEvent::NetworkInterrupted { .. } => self.is_interrupted = true,
                GgrsEvent::NetworkResumed { .. } => self.is_interrupted = false,
                GgrsEvent::DesyncDetected { frame, .. } => self.desync = Some(frame),
                _ => {}
            }
        }
        match (self.desync, session.current_state()) {
            (Some(frame), _) => Standing::Desynchronized(frame),
            (None, SessionState::Synchronizing) => Standing::Synchronizing,
            (None, SessionState::Running) if self.is_interrupted => Standing::Interrupted,
            (None, SessionState::Running) => Standing::Playing,
        }
    }
}

/// The checksums of states at the beginning of a frame.
#[derive(Debug, Default)]
pub struct Checks(VecDeque<(i32, u128)>);

impl Checks {
    /// The state of a frame. After a rollback a frame comes again.
    pub fn remember(&mut self, frame: i32, sum: u128) {
        if frame % CHECKED_EVERY != 0 {
            return;
        }
        self.0.retain(|(other, _)| *other < frame);
        self.0.push_back((frame, sum));
        if self.0.len() > MAX_CHECKS {
            self.0.pop_front();
        }
    }

    /// Those up to a frame behind which nothing is rolled back any more, as `frame:sum`, a sum in at least so many hexadecimal digits.
    pub fn up_to(&self, confirmed: i32, digits: usize) -> String {
        let sure = self.0.iter().filter(|(frame, _)| *frame <= confirmed);
        let texts: Vec<_> = sure
            .map(|(frame, sum)| format!("{frame}:{sum:0digits$x}"))
            .collect();
        texts.join(" ")
    }
}
