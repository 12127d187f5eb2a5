//! The rules: two players on a field, and a coin, which is somewhere else as soon as one of them has it. All in whole numbers, which are the
//! same in every browser.

use bevy::prelude::*;
use bevy_ggrs::{GgrsConfig, PlayerInputs, Rollback};
use handclasp::MemberId;

/// What a game is between: a byte of flags from each member.
pub(crate) type Config = GgrsConfig<u8, MemberId>;

pub(crate) const UP: u8 = 1;
pub(crate) const DOWN: u8 = 2;
pub(crate) const LEFT: u8 = 4;
pub(crate) const RIGHT: u8 = 8;

/// The field's width and height. Players and coins are squares, whose places are their corners at the top left.
pub(crate) const FIELD: IVec2 = IVec2::new(640, 360);
pub(crate) const PLAYER: i32 = 32;
pub(crate) const COIN: i32 = 16;
/// How far a player gets in a step.
const SPEED: i32 = 4;

#[derive(Clone, Copy, Component, Hash)]
#[require(Rollback)]
pub(crate) struct Player {
    /// By which the session knows the player.
    pub(crate) handle: usize,
    pub(crate) score: u32,
}

#[derive(Clone, Component, Copy, Deref, DerefMut, Hash)]
pub(crate) struct Place(pub(crate) IVec2);

#[derive(Clone, Copy, Hash, Resource)]
pub(crate) struct Coin {
    pub(crate) place: IVec2,
    seed: u32,
}

/// How it begins, on both sides in the same order.
pub(crate) fn begin(mut commands: Commands) {
    let y = (FIELD.y - PLAYER) / 2;
    for (handle, x) in [FIELD.x / 4, FIELD.x * 3 / 4 - PLAYER]
        .into_iter()
        .enumerate()
    {
        commands.spawn((Player { handle, score: 0 }, Place(IVec2::new(x, y))));
    }
    commands.insert_resource(Coin {
        place: (FIELD - COIN) / 2,
        seed: 1,
    });
}

pub(crate) fn move_players(
    inputs: Res<PlayerInputs<Config>>,
    mut players: Query<(&Player, &mut Place)>,
) {
    for (player, mut place) in &mut players {
        let (input, _) = inputs[player.handle];
        let held = |flag| i32::from(input & flag != 0);
        let way = IVec2::new(held(RIGHT) - held(LEFT), held(DOWN) - held(UP));
        **place = (**place + way * SPEED).clamp(IVec2::ZERO, FIELD - PLAYER);
    }
}

pub(crate) fn take_coin(mut coin: ResMut<Coin>, mut players: Query<(&mut Player, &Place)>) {
    // In an order that is the same on both sides, for when both are there.
    for (mut player, place) in players
        .iter_mut()
        .sort_by_key::<&Player, _>(|player| player.handle)
    {
        let apart = coin.place - **place;
        if apart.cmplt(IVec2::splat(PLAYER)).all() && apart.cmpgt(IVec2::splat(-COIN)).all() {
            player.score += 1;
            *coin = coin.elsewhere();
        }
    }
}

impl Coin {
    fn elsewhere(mut self) -> Self {
        // A linear congruential generator, with the numbers of ANSI C; its upper bits are the better ones.
        let mut next = |most: i32| {
            self.seed = self.seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            (self.seed >> 16) as i32 % most
        };
        self.place = IVec2::new(next(FIELD.x - COIN), next(FIELD.y - COIN));
        self
    }
}
