//! Things whose code is in a part that is loaded when it is asked for.

use wasm_bindgen::prelude::*;

use crate::error::Failure;

/// Something that a part has made: an invitation, a transfer. One class for all, and one method: a class of its own for each would put
/// its methods, and with them its code, where everyone loads it.
#[wasm_bindgen(skip_typescript)]
pub struct Handle(Box<dyn Object>);

/// What a [`Handle`] is to the part that made it.
pub(crate) trait Object {
    /// Calls the method of this name, or gives the value of it.
    ///
    /// # Errors
    /// The method's.
    fn call(&self, name: &str, argument: JsValue) -> Result<JsValue, Failure>;
}

impl Handle {
    /// As JavaScript holds it.
    pub(crate) fn value(object: impl Object + 'static) -> JsValue {
        Self(Box::new(object)).into()
    }
}

#[wasm_bindgen]
impl Handle {
    /// Calls the method of this name, or gives the value of it; `undefined` if there is none.
    pub fn call(&self, name: JsValue, argument: JsValue) -> Result<JsValue, Failure> {
        self.0.call(&name.as_string().unwrap_or_default(), argument)
    }
}
