//! JavaScript's own values, on their way in and out.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::error::Failure;

/// Most entries of a list. A hundredth would do for every list that has a meaning.
const MAX_ENTRIES: f64 = 1000.0;

/// A value that the page passes, of which nothing is known yet.
pub(crate) struct Value(pub(crate) JsValue);

impl Value {
    /// What was given, unless nothing was.
    pub(crate) fn given(self) -> Option<JsValue> {
        Some(self.0).filter(|value| !value.is_undefined() && !value.is_null())
    }

    /// The text that is called `name`, if it is there.
    pub(crate) fn text(self, name: &str) -> Result<Option<String>, Failure> {
        let text = |value: JsValue| value.as_string().ok_or_else(|| wrong(name, "a string"));
        self.given().map(text).transpose()
    }

    /// The same of one that must be there.
    pub(crate) fn required_text(self, name: &str) -> Result<String, Failure> {
        self.text(name)?.ok_or_else(|| wrong(name, "given"))
    }

    pub(crate) fn function(self, name: &str) -> Result<Function, Failure> {
        self.0.dyn_into().map_err(|_| wrong(name, "a function"))
    }

    fn flag(self, name: &str) -> Result<Option<bool>, Failure> {
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
        self.given()
            .map(|list| {
                entries(&list, MAX_ENTRIES)
                    .ok_or_else(|| wrong(name, "an array, and not a huge one"))
            })
            .transpose()
    }
}

/// What is in a list of at most so many.
pub(crate) fn entries(list: &JsValue, most: f64) -> Option<Vec<JsValue>> {
    // First, since it tells of a proxy that was revoked, which `isArray` would throw at.
    let length = Reflect::get(list, &"length".into()).ok()?.as_f64()?;
    if !Array::is_array(list) || length > most {
        return None;
    }
    let mut entries = Vec::new();
    for index in 0..length as u32 {
        entries.push(Reflect::get_u32(list, index).ok()?);
    }
    Some(entries)
}

/// What `read` makes of each entry of a list.
pub(crate) fn each<T>(
    list: Vec<JsValue>,
    read: fn(JsValue) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for entry in list {
        all.push(read(entry)?);
    }
    Ok(all)
}

/// An object that the page passes, read member by member. Not by serde: what a getter or a proxy throws would go right through the
/// wasm, past everything that waits for the end of a call.
pub(crate) struct Members(pub(crate) JsValue);

impl Members {
    /// Those of the object that is called `name`.
    pub(crate) fn of(value: JsValue, name: &str) -> Result<Self, Failure> {
        if value.is_object() {
            Ok(Self(value))
        } else {
            Err(wrong(name, "an object"))
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Value, Failure> {
        let member = Reflect::get(&self.0, &name.into());
        member.map(Value).map_err(|_| wrong(name, "readable"))
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        self.get(name)?.text(name)
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<String, Failure> {
        self.get(name)?.required_text(name)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.get(name)?.flag(name)
    }

    pub(crate) fn count(&self, name: &str) -> Result<Option<u16>, Failure> {
        self.get(name)?.count(name)
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<JsValue>>, Failure> {
        self.get(name)?.list(name)
    }
}

/// The option or argument called `name` is not what it should be.
pub(crate) fn wrong(name: &str, should_be: &str) -> Failure {
    Failure::options(&format!("`{name}` is not {should_be}"))
}

/// An object with these members. By hand: serde writes its code anew for each type, and brings a hash table for the names.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        set(&object, name, value);
    }
    object.into()
}

/// Sets a member of an object of our own, which takes any.
pub(crate) fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

pub(crate) fn list(items: impl Iterator<Item = JsValue>) -> JsValue {
    let array = Array::new();
    for item in items {
        array.push(&item);
    }
    array.into()
}

#[wasm_bindgen]
extern "C" {
    /// What a listener throws is the page's error, not ours
    /// (<https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror>).
    #[wasm_bindgen(js_name = reportError)]
    pub(crate) fn report_error(error: &JsValue);
}

/// Calls `listener`; what it throws goes where a page's uncaught errors go.
pub(crate) fn call(listener: &Function, detail: &JsValue) {
    if let Err(error) = listener.call1(&JsValue::UNDEFINED, detail) {
        report_error(&error);
    }
}

/// What a function of the page's gave, or what its promise comes to. Through a promise of our own, since one of theirs may be anything.
pub(crate) async fn settled(answer: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    let answer = answer?;
    let promise = Promise::new(&mut |resolve, _| {
        // What it throws makes it reject.
        let _ = resolve.call1(&JsValue::UNDEFINED, &answer);
    });
    JsFuture::from(promise).await
}

/// As a promise. A future of no particular type, since what makes it a promise is written anew for each.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, Failure>> + 'static) -> Promise {
    boxed(Box::pin(future))
}

fn boxed(mut future: Pin<Box<dyn Future<Output = Result<JsValue, Failure>>>>) -> Promise {
    // Most sends need not wait, and a task for each costs more than the send. One that has to is asked again by its task, which can be woken.
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(value)) => Promise::resolve(&value),
        Poll::Ready(Err(failure)) => Promise::reject(&failure.into()),
        Poll::Pending => future_to_promise(async move { Ok(future.await?) }),
    }
}
