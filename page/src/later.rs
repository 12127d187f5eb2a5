//! What the first screen does not need.
//!
//! With the feature `split` each of these functions stands in a file of its own, along with everything that only it comes to, and
//! calling it loads that file. They give back functions, because what was loaded once is there without waiting.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use handclasp::MemberId;
use leptos::prelude::*;

use crate::app::Shared;
use crate::call;
use crate::diagnose::{self, Found};
use crate::errors::Notice;
use crate::files::{self, Desk, Files};
use crate::hand::opened;
use crate::link::Place;
use crate::session::Session;
use crate::{qr, scan};

/// A part of the page could not be loaded.
#[derive(Debug)]
pub(crate) struct NotLoaded;

/// The call: the library that makes it, and the screen that shows it.
#[derive(Clone, Copy)]
pub(crate) struct Calling {
    /// Enters a call under a name.
    pub(crate) join: fn(Session, Place, &str),
    pub(crate) view: fn() -> AnyView,
    /// The handshake code in what was pasted, as the fragment of a link.
    pub(crate) find_code: fn(&str) -> Result<String, Notice>,
    /// Does what the handshake code in the address is for.
    pub(crate) open_code: fn(Shared, &str),
    /// What came of a reply that was opened as a link.
    pub(crate) reply: fn(bool) -> AnyView,
}

/// Loads the call.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        call,
        fallible,
        return_wrapper(let loaded = _; { loaded.await } -> Result<Calling, NotLoaded>)
    )
)]
pub(crate) fn calling() -> Ready<Result<Calling, NotLoaded>> {
    ready(Ok(Calling {
        join: Session::join,
        view: || view! { <call::Call/> }.into_any(),
        find_code: opened::find,
        open_code: opened::open,
        reply: |is_taken| view! { <opened::Reply is_taken/> }.into_any(),
    }))
}

/// Loads the connection test, and does it; about someone, if it is about someone.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        diagnosis,
        fallible,
        return_wrapper(let found = _; { found.await } -> Result<Found, NotLoaded>)
    )
)]
pub(crate) fn diagnosis(
    session: Session,
    about: Option<MemberId>,
) -> Pin<Box<dyn Future<Output = Result<Found, NotLoaded>>>> {
    Box::pin(async move { Ok(diagnose::ask(session, about).await) })
}

/// From a text to the path of its QR code; `None` for a text that fits no code.
pub(crate) type Drawing = fn(&str) -> Option<String>;

/// Loads what draws QR codes.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        qr,
        fallible,
        return_wrapper(let loaded = _; { loaded.await } -> Result<Drawing, NotLoaded>)
    )
)]
pub(crate) fn drawing() -> Ready<Result<Drawing, NotLoaded>> {
    ready(Ok(qr::draw::draw))
}

/// The inside of the scanner, which hands over what it reads.
pub(crate) type Scanning = fn(Callback<String>) -> AnyView;

/// Loads what scans QR codes.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        scan,
        fallible,
        return_wrapper(let loaded = _; { loaded.await } -> Result<Scanning, NotLoaded>)
    )
)]
pub(crate) fn scanning() -> Ready<Result<Scanning, NotLoaded>> {
    ready(Ok(scan::view::show))
}

/// Makes what moves the files of a call.
pub(crate) type Moving = fn(Files) -> Rc<dyn Desk>;

/// Loads what moves files.
#[cfg_attr(
    feature = "split",
    wasm_split_helpers::wasm_split(
        files,
        fallible,
        return_wrapper(let loaded = _; { loaded.await } -> Result<Moving, NotLoaded>)
    )
)]
pub(crate) fn moving() -> Ready<Result<Moving, NotLoaded>> {
    ready(Ok(files::open))
}

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for NotLoaded {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> NotLoaded {
        NotLoaded
    }
}
