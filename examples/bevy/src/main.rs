//! A game between two tabs with Bevy: `bevy_ggrs` saves, loads and repeats what its systems do, and inputs go over a lossy channel of handclasp.

mod game;
mod rules;
mod view;

use std::rc::Rc;

use handclasp_example_duel::{Held, play};

fn main() {
    play("handclasp.example.bevy", "coins", |window, screen| {
        let held = Rc::new(Held::keys(window, flag));
        let screen = Rc::clone(screen);
        move |room, other| {
            // Each game is an app of its own: nothing that GGRS counts is left from the one before.
            let mut app = game::app(room, other, Rc::clone(&screen), Rc::clone(&held))?;
            Ok(Box::new(move |_| {
                app.update();
                Ok(())
            }))
        }
    });
}

/// Which flag a key stands for.
fn flag(key: &str) -> Option<u8> {
    match key {
        "ArrowUp" | "KeyW" => Some(rules::UP),
        "ArrowDown" | "KeyS" => Some(rules::DOWN),
        "ArrowLeft" | "KeyA" => Some(rules::LEFT),
        "ArrowRight" | "KeyD" => Some(rules::RIGHT),
        _ => None,
    }
}
