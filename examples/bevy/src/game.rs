//! One game with one other: a session of GGRS in an app of Bevy, and what the page is told of it.

use std::rc::Rc;

use bevy::ecs::change_detection::NonSend;
use bevy::platform::collections::HashMap;
use bevy::prelude::*;
use bevy::time::TimePlugin;
use bevy_ggrs::prelude::*;
use bevy_ggrs::{ConfirmedFrameCount, LocalInputs, LocalPlayers, RollbackFrameCount, SaveWorld};
use handclasp::{Peer, Room};
use handclasp_example_duel::{Checks, Held, Outcome, Screen, Watch, session};

use crate::rules::{self, Coin, Config, Place, Player};
use crate::view;

/// A game with `other`; each update of it is a picture.
pub(crate) fn app(room: &Room, other: Peer, screen: Rc<Screen>, held: Rc<Held>) -> Outcome<App> {
    let (session, _) = session::<Config>(room, other)?;
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
        .add_systems(ReadInputs, read_held)
        .add_systems(
            GgrsSchedule,
            (rules::move_players, rules::take_coin).chain(),
        )
        .add_systems(SaveWorld, remember.after(SaveWorldSystems::Snapshot))
        .add_systems(Update, (follow, draw, tell))
        .insert_resource(Session::P2P(session))
        .init_resource::<Sums>()
        .insert_non_send(screen)
        .insert_non_send(held);
    app.finish();
    app.cleanup();
    Ok(app)
}

fn read_held(mut commands: Commands, players: Res<LocalPlayers>, held: NonSend<Rc<Held>>) {
    let inputs: HashMap<_, _> = players.0.iter().map(|&me| (me, held.now())).collect();
    commands.insert_resource(LocalInputs::<Config>(inputs));
}

/// The checksums of states; those behind the confirmed frame may still be rolled back.
#[derive(Default, Deref, DerefMut, Resource)]
struct Sums(Checks);

fn remember(sum: Res<Checksum>, frame: Res<RollbackFrameCount>, mut sums: ResMut<Sums>) {
    sums.remember(frame.0, sum.0);
}

/// Says how the session stands.
fn follow(
    mut session: ResMut<Session<Config>>,
    mut watch: Local<Watch>,
    players: Res<LocalPlayers>,
    screen: NonSend<Rc<Screen>>,
) {
    let Session::P2P(session) = &mut *session else {
        return;
    };
    let colour = match players.0.first() {
        Some(0) => "yellow",
        _ => "green",
    };
    let playing = format!("You are {colour}. Take the coins.");
    screen.tell(watch.look(session), &playing);
}

fn draw(players: Query<(&Player, &Place)>, coin: Res<Coin>, screen: NonSend<Rc<Screen>>) {
    view::clear(&screen);
    view::coin(&screen, coin.place);
    for (player, place) in &players {
        view::player(&screen, player.handle, **place, player.score);
    }
}

/// For whoever looks at the page from outside.
fn tell(
    frame: Res<RollbackFrameCount>,
    confirmed: Res<ConfirmedFrameCount>,
    local: Res<LocalPlayers>,
    players: Query<(&Player, &Place)>,
    sums: Res<Sums>,
    screen: NonSend<Rc<Screen>>,
) {
    screen.note("frame", &frame.0.to_string());
    screen.note(
        "me",
        &local.0.first().map_or(String::new(), usize::to_string),
    );
    let players = players
        .iter()
        .sort_by_key::<&Player, _>(|player| player.handle);
    let players =
        players.map(|(player, place)| format!("{},{},{}", place.x, place.y, player.score));
    screen.note("players", &players.collect::<Vec<_>>().join(" "));
    screen.note("checks", &sums.up_to(confirmed.0, 1));
}
