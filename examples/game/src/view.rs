//! What is seen of the field.

use handclasp_example_duel::Screen;

use crate::pong::{BALL, HEIGHT, MARGIN, PADDLE, Pong, WIDTH};

/// `me` has the brighter paddle.
pub(crate) fn draw(screen: &Screen, pong: &Pong, me: usize) {
    let (width, height) = (screen.canvas().width(), screen.canvas().height());
    let scale = f64::from(width) / f64::from(WIDTH);
    let context = screen.context();
    let fill = |colour: &str, x: i32, y: i32, w: i32, h: i32| {
        context.set_fill_style_str(colour);
        let [x, y, w, h] = [x, y, w, h].map(|units| f64::from(units) * scale);
        context.fill_rect(x, y, w, h);
    };
    context.clear_rect(0.0, 0.0, width.into(), height.into());
    for y in (0..HEIGHT).step_by(HEIGHT as usize / 18) {
        fill("#33413f", (WIDTH - BALL / 4) / 2, y, BALL / 4, HEIGHT / 36);
    }
    for (player, y) in pong.paddles.into_iter().enumerate() {
        let colour = if player == me { "#ffd166" } else { "#8fb8b0" };
        let x = [MARGIN, WIDTH - MARGIN - PADDLE[0]][player];
        fill(colour, x, y, PADDLE[0], PADDLE[1]);
    }
    fill("#f7f5f0", pong.ball[0], pong.ball[1], BALL, BALL);
    context.set_fill_style_str("#8fb8b0");
    context.set_font("32px system-ui");
    context.set_text_align("center");
    for (player, score) in pong.score.into_iter().enumerate() {
        let x = f64::from(width) * [0.25, 0.75][player];
        let _ = context.fill_text(&score.to_string(), x, 44.0);
    }
}
