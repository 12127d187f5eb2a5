//! What this player holds down.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, EventTarget, KeyboardEvent, Window};

/// A byte of flags, as the rules have them.
#[derive(Debug)]
pub struct Held {
    flags: Rc<Cell<u8>>,
    listeners: Vec<EventListener>,
}

impl Held {
    /// Keys; `flag` says which flag one stands for, by its place on the keyboard.
    pub fn keys(window: &Window, flag: fn(&str) -> Option<u8>) -> Self {
        let mut held = Self {
            flags: Rc::default(),
            listeners: Vec::new(),
        };
        let pressed = move |event: &Event| {
            let flag = flag(&event.dyn_ref::<KeyboardEvent>()?.code())?;
            // Or the page would scroll.
            event.prevent_default();
            Some(flag)
        };
        held.listen(window, "keydown", move |event, held| {
            held | pressed(event).unwrap_or(0)
        });
        held.listen(window, "keyup", move |event, held| {
            held & !pressed(event).unwrap_or(0)
        });
        // What is let go elsewhere is not told here.
        held.listen(window, "blur", |_, _| 0);
        held
    }

    /// Whatever else counts: `act` says what is held down after an event, given what was before.
    pub fn listen(
        &mut self,
        target: &EventTarget,
        event: &'static str,
        act: impl Fn(&Event, u8) -> u8 + 'static,
    ) {
        let flags = Rc::clone(&self.flags);
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(target, event, options, move |event| {
            flags.set(act(event, flags.get()));
        });
        self.listeners.push(listener);
    }

    /// The flags of what is held down now.
    pub fn now(&self) -> u8 {
        self.flags.get()
    }
}
