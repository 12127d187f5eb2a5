//! Errors as JavaScript sees them: an `Error` named `HandclaspError`, with a `code` for programs and a `hint` for people.

use std::cell::RefCell;
use std::fmt::Display;

use handclasp::transfer::{OfferError, ReceiveError, TransferError};
use handclasp::{
    AcceptError, CardError, FlushError, HandshakeError, InviteError, JoinError, MqttUrlError,
    OpenChannelError, ProfileError, PublishError, SecretError, SendError, StatsError,
};
use js_sys::{Array, Error, Function, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::value::set;

/// What a function throws, or a promise rejects with.
pub struct Failure(JsValue);

thread_local! {
    /// What failures are instances of; `Error` unless told.
    static CLASS: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on failures are made by `new class(message)`.
#[wasm_bindgen(js_name = setErrorClass, skip_typescript)]
pub fn set_error_class(class: JsValue) {
    CLASS.set(class.dyn_into().ok());
}

impl Failure {
    fn new(message: &dyn Display, code: &str, hint: &str) -> Self {
        let message = message.to_string();
        let made = CLASS.with_borrow(|class| {
            Reflect::construct(class.as_ref()?, &Array::of1(&message.as_str().into())).ok()
        });
        let error = made.unwrap_or_else(|| Error::new(&message).into());
        let error = error.unchecked_into::<Object>();
        set(&error, "name", &"HandclaspError".into());
        set(&error, "code", &code.into());
        set(&error, "hint", &hint.into());
        Self(error.into())
    }

    /// The options do not have the form that they should have.
    pub(crate) fn options(why: &dyn Display) -> Self {
        Self::new(
            why,
            "options",
            "This is for the developer of the page: check what is passed.",
        )
    }

    /// What was to be sent is neither text nor bytes.
    pub(crate) fn data() -> Self {
        Self::new(
            &"only strings, ArrayBuffers and Uint8Arrays can be sent",
            "send-type",
            "This is for the developer of the page: turn it into JSON first.",
        )
    }
}

#[cfg(feature = "split")]
impl From<crate::sys::SplitLoaderError> for Failure {
    fn from(_: crate::sys::SplitLoaderError) -> Self {
        Self::new(
            &"a part of the program could not be loaded",
            "load",
            "Check the connection to the internet, then try again.",
        )
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

/// Each operation's error has a sentence, a code and a hint.
macro_rules! failures {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(&error, error.code(), error.hint())
            }
        })+
    };
}

failures!(
    AcceptError,
    CardError,
    FlushError,
    HandshakeError,
    InviteError,
    JoinError,
    MqttUrlError,
    OfferError,
    OpenChannelError,
    ProfileError,
    PublishError,
    ReceiveError,
    SecretError,
    SendError,
    StatsError,
    TransferError
);
