//! One game with one other: a session of GGRS in an app of Bevy, and what the page is told of it.

use std::collections::VecDeque;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use bevy::ecs::change_detection::NonSend;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::time::TimePlugin;
use bevy_ggrs::ggrs::{DesyncDetection, SessionState};
use bevy_ggrs::prelude::*;
use bevy_ggrs::{ConfirmedFrameCount, LocalInputs, LocalPlayers, RollbackFrameCount, SaveWorld};
use handclasp::ggrs::GgrsSocket;
use handclasp::{Peer, Room};

use crate::CHANNEL;
use crate::keys::Keys;
use crate::rules::{self, Coin, Config, Place, Player};
use crate::view::View;

/// Steps from one comparison of checksums to the next.
const CHECKED_EVERY: i32 = 60;
/// How many checksums are remembered, to be looked at from outside.
const MAX_CHECKS: usize = 16;
/// Steps between a key and its effect, in which it comes to the other side mostly in time, so that little is rolled back.
const INPUT_DELAY: usize = 2;
/// GGRS waits as long as anybody does: that the other has left is the room's to say.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A game with `other`; each update of it is a picture.
pub(crate) fn app(
    room: &Room,
    other: Peer,
    view: Rc<View>,
    keys: Rc<Keys>,
) -> Result<App, Box<dyn Error>> {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), TimePlugin))
        .add_plugins(GgrsPlugin::<Config>::default())
        .rollback_component_with_copy::<Player>()
        .rollback_component_with_copy::<Place>()
        .rollback_resource_with_copy::<Coin>()
        .checksum_component_with_hash::<Player>()
        .checksum_component_with_hash::<Place>()
        .checksum_resource_with_hash::<Coin>()
        .add_systems(Startup, rules::begin)
        .add_systems(ReadInputs, read_keys)
        .add_systems(
            GgrsSchedule,
            (rules::move_players, rules::take_coin).chain(),
        )
        .add_systems(SaveWorld, remember.after(SaveWorldSystems::Snapshot))
        .add_systems(Update, (follow, draw, tell))
        .insert_resource(session(room, other)?)
        .init_resource::<Standing>()
        .init_resource::<Checks>()
        .insert_non_send(view)
        .insert_non_send(keys);
    app.finish();
    app.cleanup();
    Ok(app)
}

fn session(room: &Room, other: Peer) -> Result<Session<Config>, Box<dyn Error>> {
    let channel = room.channel(CHANNEL).ok_or("the channel is declared")?;
    let socket = GgrsSocket::new(room, channel, vec![other]);
    let mut builder = SessionBuilder::<Config>::new()
        .with_input_delay(INPUT_DELAY)
        .with_disconnect_timeout(PATIENCE)
        .with_desync_detection_mode(DesyncDetection::On {
            interval: CHECKED_EVERY.unsigned_abs(),
        });
    for (handle, player) in socket.players().into_iter().enumerate() {
        builder = builder.add_player(player, handle)?;
    }
    Ok(Session::P2P(builder.start_p2p_session(socket)?))
}

fn read_keys(mut commands: Commands, players: Res<LocalPlayers>, keys: NonSend<Rc<Keys>>) {
    let inputs: HashMap<_, _> = players.0.iter().map(|&me| (me, keys.held())).collect();
    commands.insert_resource(LocalInputs::<Config>(inputs));
}

/// What the session has told of how it stands.
#[derive(Default, Resource)]
struct Standing {
    is_interrupted: bool,
    /// Since this frame at the latest the two sides do not have the same state.
    desync: Option<i32>,
}

/// The checksums of states at the beginning of a frame; those behind the confirmed one may still be rolled back.
#[derive(Default, Resource)]
struct Checks(VecDeque<(i32, u128)>);

/// After a rollback a frame comes again.
fn remember(sum: Res<Checksum>, frame: Res<RollbackFrameCount>, mut checks: ResMut<Checks>) {
    let (frame, checks) = (frame.0, &mut checks.0);
    if frame % CHECKED_EVERY == 0 {
        checks.retain(|(other, _)| *other < frame);
        checks.push_back((frame, sum.0));
        if checks.len() > MAX_CHECKS {
            checks.pop_front();
        }
    }
}

/// Says how the session stands.
fn follow(
    mut session: ResMut<Session<Config>>,
    mut standing: ResMut<Standing>,
    players: Res<LocalPlayers>,
    view: NonSend<Rc<View>>,
) {
    let Session::P2P(session) = &mut *session else {
        return;
    };
    for event in session.events() {
        match event {
            GgrsEvent::NetworkInterrupted { .. } => standing.is_interrupted = true,
            GgrsEvent::NetworkResumed { .. } => standing.is_interrupted = false,
            GgrsEvent::DesyncDetected { frame, .. } => standing.desync = Some(frame),
            _ => {}
        }
    }
    match (standing.desync, session.current_state()) {
        (Some(frame), _) => view.say("desync", &format!("The two games are not the same any more, since frame {frame} at the latest. Reload both pages.")),
        (None, SessionState::Synchronizing) => view.say("synchronizing", "Somebody is here. The game begins when both tabs can be seen."),
        (None, SessionState::Running) if standing.is_interrupted => view.say("interrupted", "Nothing comes from the other player. Is their tab hidden?"),
        (None, SessionState::Running) => {
            let colour = match players.0.first() {
                Some(0) => "yellow",
                _ => "green",
            };
            view.say("playing", &format!("You are {colour}. Take the coins."));
        }
    }
}

fn draw(players: Query<(&Player, &Place)>, coin: Res<Coin>, view: NonSend<Rc<View>>) {
    view.clear();
    view.coin(coin.place);
    for (player, place) in &players {
        view.player(player.handle, **place, player.score);
    }
}

/// For whoever looks at the page from outside.
fn tell(
    frame: Res<RollbackFrameCount>,
    confirmed: Res<ConfirmedFrameCount>,
    local: Res<LocalPlayers>,
    players: Query<(&Player, &Place)>,
    checks: Res<Checks>,
    view: NonSend<Rc<View>>,
) {
    view.note("frame", &frame.0.to_string());
    view.note(
        "me",
        &local.0.first().map_or(String::new(), usize::to_string),
    );
    let players = players
        .iter()
        .sort_by_key::<&Player, _>(|player| player.handle);
    let players =
        players.map(|(player, place)| format!("{},{},{}", place.x, place.y, player.score));
    view.note("players", &players.collect::<Vec<_>>().join(" "));
    let checks = checks.0.iter().filter(|(frame, _)| *frame <= confirmed.0);
    let checks = checks.map(|(frame, sum)| format!("{frame}:{sum:x}"));
    view.note("checks", &checks.collect::<Vec<_>>().join(" "));
}
