//! JavaScript functions that want to be told.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What a listener throws is the page's error, not ours
    /// (<https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror>).
    #[wasm_bindgen(js_name = reportError)]
    fn report_error(error: &JsValue);
}

/// Calls `listener`; what it throws goes where a page's uncaught errors go.
pub(crate) fn call(listener: &Function, detail: &JsValue) {
    if let Err(error) = listener.call1(&JsValue::UNDEFINED, detail) {
        report_error(&error);
    }
}

/// Functions by the name of the event that they listen to.
#[derive(Default)]
pub(crate) struct Listeners(RefCell<Vec<(String, Function)>>);

impl Listeners {
    /// As `addEventListener`: the same function once for each event.
    pub(crate) fn add(&self, event: String, listener: Function) {
        let mut all = self.0.borrow_mut();
        if !all
            .iter()
            .any(|(name, other)| *name == event && *other == listener)
        {
            all.push((event, listener));
        }
    }

    pub(crate) fn remove(&self, event: &str, listener: &JsValue) {
        self.0
            .borrow_mut()
            .retain(|(name, other)| name != event || AsRef::<JsValue>::as_ref(other) != listener);
    }

    /// Calls those who listen to `event` now. They may add and remove listeners meanwhile.
    pub(crate) fn tell(&self, event: &str, detail: &JsValue) {
        let listening: Vec<Function> = {
            let all = self.0.borrow();
            let named = all.iter().filter(|(name, _)| name == event);
            named.map(|(_, listener)| listener.clone()).collect()
        };
        for listener in listening {
            call(&listener, detail);
        }
    }
}
