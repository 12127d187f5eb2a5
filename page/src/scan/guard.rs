//! A second line of defence around what reads pictures from anywhere.
//!
//! A panic in WebAssembly is a trap: the call ends there and JavaScript gets an exception. Whatever Rust held stays as it was.
//! So the work is called by way of JavaScript, which hands the exception back, and it owns all that it touches: what it
//! leaves behind is lost memory, and nothing that anybody looks at again.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The work trapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trapped;

/// Does the work; a panic in it is an error here and not the end of the page.
pub(super) fn guarded<T: 'static>(work: impl FnOnce() -> T + 'static) -> Result<T, Trapped> {
    let slot = std::rc::Rc::new(std::cell::RefCell::new(None));
    let result = std::rc::Rc::clone(&slot);
    let call = Closure::once(move || {
        let value = work();
        *result.borrow_mut() = Some(value);
    });
    let called = call
        .as_ref()
        .unchecked_ref::<js_sys::Function>()
        .call0(&JsValue::NULL);
    match (called, slot.take()) {
        (Ok(_), Some(value)) => Ok(value),
        _ => Err(Trapped),
    }
}
