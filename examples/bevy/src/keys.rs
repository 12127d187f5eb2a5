//! Which keys this player holds down.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent, Window};

use crate::rules::{DOWN, LEFT, RIGHT, UP};

pub(crate) struct Keys {
    held: Rc<Cell<u8>>,
    _listeners: [EventListener; 3],
}

impl Keys {
    pub(crate) fn of(window: &Window) -> Self {
        let held = Rc::<Cell<u8>>::default();
        let listen = |name: &'static str, act: fn(u8, Option<u8>) -> u8| {
            let held = Rc::clone(&held);
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(window, name, options, move |event| {
                held.set(act(held.get(), flag(event)));
            })
        };
        Self {
            _listeners: [
                listen("keydown", |held, flag| held | flag.unwrap_or(0)),
                listen("keyup", |held, flag| held & !flag.unwrap_or(0)),
                // What is let go elsewhere is not told here.
                listen("blur", |_, _| 0),
            ],
            held,
        }
    }

    /// The flags of what is held down now.
    pub(crate) fn held(&self) -> u8 {
        self.held.get()
    }
}

/// Which flag a key stands for, by its place on the keyboard.
fn flag(event: &Event) -> Option<u8> {
    let flag = match event.dyn_ref::<KeyboardEvent>()?.code().as_str() {
        "ArrowUp" | "KeyW" => UP,
        "ArrowDown" | "KeyS" => DOWN,
        "ArrowLeft" | "KeyA" => LEFT,
        "ArrowRight" | "KeyD" => RIGHT,
        _ => return None,
    };
    // Or the page would scroll.
    event.prevent_default();
    Some(flag)
}
