//! Pong between two tabs: the inputs go over a lossy channel of handclasp, and [GGRS](https://docs.rs/ggrs) keeps both sides in the same state.

mod controls;
mod game;
mod pong;
mod view;

use std::rc::Rc;

use handclasp_example_duel::play;

use game::Game;

fn main() {
    play("handclasp.example.game", "pong", |window, screen| {
        let held = Rc::new(controls::held(window, screen.canvas()));
        let screen = Rc::clone(screen);
        move |room, other| {
            let mut game = Game::new(room, other)?;
            let (held, screen) = (Rc::clone(&held), Rc::clone(&screen));
            Ok(Box::new(move |now| {
                game.play(now, held.now())?;
                game.show(&screen);
                Ok(())
            }))
        }
    });
}
