//! What this player holds down: keys, or a finger on the upper or lower half of the field.

use handclasp_example_duel::Held;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlCanvasElement, PointerEvent, Window};

use crate::pong::{DOWN, UP};

pub(crate) fn held(window: &Window, canvas: &HtmlCanvasElement) -> Held {
    let mut held = Held::keys(window, flag);
    held.listen(canvas, "pointerdown", |event, _| touched(event));
    held.listen(window, "pointerup", |_, _| 0);
    held.listen(window, "pointercancel", |_, _| 0);
    held
}

/// Which flag a key stands for.
fn flag(key: &str) -> Option<u8> {
    match key {
        "ArrowUp" | "KeyW" => Some(UP),
        "ArrowDown" | "KeyS" => Some(DOWN),
        _ => None,
    }
}

fn touched(event: &Event) -> u8 {
    let Some(canvas) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
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
