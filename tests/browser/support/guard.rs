//! Fails a test in which a promise rejection or an exception went unhandled, or a connection stayed open.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// To be made first and [finished](Self::finish) last in every test.
#[must_use = "it watches until it is finished"]
pub struct Guard {
    seen: Rc<RefCell<Vec<String>>>,
    _listeners: [EventListener; 2],
}

impl Guard {
    pub fn new() -> Self {
        let window = web_sys::window().expect("a page");
        let seen = Rc::new(RefCell::new(Vec::new()));
        let watch = |event: &'static str, member: &'static str| {
            let seen = Rc::clone(&seen);
            EventListener::new(&window, event, move |event| {
                let reason = Reflect::get(event, &JsValue::from_str(member)).unwrap_or_default();
                seen.borrow_mut()
                    .push(format!("{}: {reason:?}", event.type_()));
            })
        };
        let listeners = [
            watch("unhandledrejection", "reason"),
            watch("error", "message"),
        ];
        Self {
            seen,
            _listeners: listeners,
        }
    }

    /// Browsers report a rejection that nobody handled after the microtasks of its turn: one turn later all have been told.
    pub async fn finish(self) {
        TimeoutFuture::new(0).await;
        TimeoutFuture::new(0).await;
        assert!(
            self.seen.borrow().is_empty(),
            "unhandled: {:?}",
            self.seen.borrow()
        );
    }
}
