//! What is seen of the field.

use bevy::math::IVec2;
use handclasp_example_duel::Screen;

use crate::rules::{COIN, FIELD, PLAYER};

/// Of the players, by their handles.
const COLOURS: [&str; 2] = ["#ffd166", "#7bd88f"];

pub(crate) fn clear(screen: &Screen) {
    let [width, height] = FIELD.to_array().map(f64::from);
    screen.context().clear_rect(0.0, 0.0, width, height);
}

pub(crate) fn coin(screen: &Screen, place: IVec2) {
    square(screen, "#f7f5f0", place, COIN);
}

/// The player, with the score in the middle.
pub(crate) fn player(screen: &Screen, handle: usize, place: IVec2, score: u32) {
    square(screen, COLOURS[handle.min(1)], place, PLAYER);
    let context = screen.context();
    context.set_fill_style_str("#111716");
    context.set_font("16px system-ui");
    context.set_text_align("center");
    let middle = place + PLAYER / 2;
    let _ = context.fill_text(
        &score.to_string(),
        middle.x.into(),
        f64::from(middle.y) + 6.0,
    );
}

fn square(screen: &Screen, colour: &str, place: IVec2, side: i32) {
    let context = screen.context();
    context.set_fill_style_str(colour);
    context.fill_rect(place.x.into(), place.y.into(), side.into(), side.into());
}
