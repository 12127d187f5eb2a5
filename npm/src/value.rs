//! JavaScript's own values, as they pass through serde.

use std::pin::Pin;

use js_sys::{Array, Promise};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;

use crate::error::Failure;

/// A value that crosses as it is. One type for all of them, since serde writes its code anew for each.
#[derive(Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct Value(#[serde(with = "serde_wasm_bindgen::preserve")] pub(crate) JsValue);

impl Value {
    pub(crate) fn is_undefined(&self) -> bool {
        self.0.is_undefined()
    }

    /// What was given, unless nothing was.
    fn given(self) -> Option<JsValue> {
        Some(self.0).filter(|value| !value.is_undefined() && !value.is_null())
    }

    /// The text of the option called `name`, if it is there.
    pub(crate) fn text(self, name: &str) -> Result<Option<String>, Failure> {
        let text = |value: JsValue| value.as_string().ok_or_else(|| wrong(name, "a string"));
        self.given().map(text).transpose()
    }

    /// The same of one that must be there.
    pub(crate) fn required_text(self, name: &str) -> Result<String, Failure> {
        self.text(name)?.ok_or_else(|| wrong(name, "given"))
    }

    pub(crate) fn flag(self, name: &str) -> Result<Option<bool>, Failure> {
        let flag = |value: JsValue| value.as_bool().ok_or_else(|| wrong(name, "a boolean"));
        self.given().map(flag).transpose()
    }

    /// A count, 0 to 65,535: no option has a larger one.
    pub(crate) fn count(self, name: &str) -> Result<Option<u16>, Failure> {
        let count = |value: JsValue| {
            let number = value.as_f64().unwrap_or(-1.0);
            let count = number as u16;
            (f64::from(count) == number)
                .then_some(count)
                .ok_or_else(|| wrong(name, "a whole number from 0 to 65535"))
        };
        self.given().map(count).transpose()
    }

    pub(crate) fn list(self, name: &str) -> Result<Option<Vec<JsValue>>, Failure> {
        let list = |value: JsValue| match value.dyn_ref::<Array>() {
            Some(array) => Ok(array.to_vec()),
            None => Err(wrong(name, "an array")),
        };
        self.given().map(list).transpose()
    }
}

/// The members of the object that is the option called `name`.
pub(crate) fn members<T: DeserializeOwned>(value: JsValue, name: &str) -> Result<T, Failure> {
    if !value.is_object() {
        return Err(wrong(name, "an object"));
    }
    serde_wasm_bindgen::from_value(value).map_err(|error| Failure::options(&error))
}

/// The option called `name` is not what it should be.
pub(crate) fn wrong(name: &str, should_be: &str) -> Failure {
    Failure::options(&format!("`{name}` is not {should_be}"))
}

/// As JavaScript's own values. Everything that is given to this has a form there.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::UNDEFINED)
}

/// As a promise. A future of no particular type, since what makes it a promise is written anew for each.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, Failure>> + 'static) -> Promise {
    boxed(Box::pin(future))
}

fn boxed(future: Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>>) -> Promise {
    future_to_promise(async move { Ok(future.await?) })
}
