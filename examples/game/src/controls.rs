//! What this player holds down: keys, or a finger on the upper or lower half of the field.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlCanvasElement, KeyboardEvent, PointerEvent, Window};

use crate::pong::{DOWN, UP};

pub(crate) struct Controls {
    held: Rc<Cell<u8>>,
    _listeners: [EventListener; 6],
}

impl Controls {
    pub(crate) fn new(window: &Window, canvas: &HtmlCanvasElement) -> Self {
        let held = Rc::<Cell<u8>>::default();
        let on_window = |event, act| listener(window, event, &held, act);
        let on_canvas = |event, act| listener(canvas, event, &held, act);
        let listeners = [
            on_window("keydown", |event, held| match key(event) {
                Some(flag) => held | flag,
                None => held,
            }),
            on_window("keyup", |event, held| match key(event) {
                Some(flag) => held & !flag,
                None => held,
            }),
            // What is let go elsewhere is not told here.
            on_window("blur", |_, _| 0),
            on_canvas("pointerdown", |event, _| touched(event)),
            on_window("pointerup", |_, _| 0),
            on_window("pointercancel", |_, _| 0),
        ];
        Self {
            held,
            _listeners: listeners,
        }
    }

    /// The flags of what is held down now.
    pub(crate) fn held(&self) -> u8 {
        self.held.get()
    }
}

fn listener(
    target: &web_sys::EventTarget,
    event: &'static str,
    held: &Rc<Cell<u8>>,
    act: fn(&Event, u8) -> u8,
) -> EventListener {
    let held = Rc::clone(held);
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(target, event, options, move |event| {
        held.set(act(event, held.get()));
    })
}

/// Which flag a key stands for, by its place on the keyboard.
fn key(event: &Event) -> Option<u8> {
    let flag = match event.unchecked_ref::<KeyboardEvent>().code().as_str() {
        "ArrowUp" | "KeyW" => UP,
        "ArrowDown" | "KeyS" => DOWN,
        _ => return None,
    };
    // Or the page would scroll.
    event.prevent_default();
    Some(flag)
}

fn touched(event: &Event) -> u8 {
    let Some(canvas) = event
        .target()
        .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
    else {
        return 0;
    };
    let field = canvas.get_bounding_client_rect();
    let y = f64::from(event.unchecked_ref::<PointerEvent>().client_y());
    if y < field.top() + field.height() / 2.0 {
        UP
    } else {
        DOWN
    }
}
