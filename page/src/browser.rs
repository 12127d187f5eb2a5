//! Small things asked of the browser around the page: what it can do, what it remembers, where the focus is.

use js_sys::{Function, Promise, Reflect};
use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, Storage, Window};

use crate::link::Place;

/// Everything this page stores in the browser has this prefix.
const PREFIX: &str = "handclasp.";

/// The window the page lives in.
pub(crate) fn window() -> Window {
    leptos::prelude::window()
}

/// Why this browser cannot hold a call, if it cannot. The code of a notice in [`crate::errors`].
pub(crate) fn obstacle() -> Option<&'static str> {
    let window = window();
    let has = |name: &str| Reflect::has(&window, &JsValue::from_str(name)).unwrap_or(false);
    if !window.is_secure_context() {
        return Some("insecure");
    }
    if !has("RTCPeerConnection") {
        return Some("no-webrtc");
    }
    None
}

/// What was remembered under this key. `None` too where storage is forbidden.
pub(crate) fn recall(key: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Remembers a value until the person clears the site's data. Does nothing where storage is forbidden.
pub(crate) fn remember(key: &str, value: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden storage only costs the convenience.
        let _ = storage.set_item(&format!("{PREFIX}{key}"), value);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}

/// The address of this page without its fragment.
pub(crate) fn page_address() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_owned()
}

/// What the address bar leads to.
pub(crate) fn place_in_address() -> Place {
    Place::of_fragment(&window().location().hash().unwrap_or_default())
}

/// A name as it stands in a link.
pub(crate) fn encode_name(name: &str) -> String {
    js_sys::encode_uri_component(name).into()
}

/// A name that stood in a link, as it may be shown; empty when it is damaged.
pub(crate) fn decode_name(name: &str) -> String {
    let decoded = js_sys::decode_uri_component(name).map(String::from);
    crate::name::clean(&decoded.unwrap_or_default())
}

/// Whether links to this page can be sent: not when it is a file.
pub(crate) fn has_web_address() -> bool {
    page_address().starts_with("http")
}

/// Changes the fragment in the address bar, and nothing else: no event, no step for the back button.
pub(crate) fn replace_fragment(fragment: &str) {
    if let Ok(history) = window().history() {
        // Refused when it happens too often, which leaves the address as it was.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("#{fragment}")));
    }
}

/// The time of day as the person's locale writes it, hours and minutes.
pub(crate) fn time_of_day() -> String {
    let options = js_sys::Object::new();
    for part in ["hour", "minute"] {
        let _ = Reflect::set(&options, &part.into(), &"2-digit".into());
    }
    js_sys::Date::new_0()
        .to_locale_time_string_with_options("default", &options)
        .into()
}

/// Puts the focus on the heading of a screen that has just appeared, so that screen readers begin there.
pub(crate) fn focus_on_mount(heading: NodeRef<html::H1>) {
    crate::dynamic::effect(move || {
        if let Some(heading) = heading.get() {
            focus(&heading);
        }
    });
}

/// Focuses without scrolling.
pub(crate) fn focus(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
}

/// Scrolls as little as it takes to have all of an element in sight.
pub(crate) fn bring_into_sight(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Whether the keyboard is busy with text or a choice, so that letters are no shortcuts.
pub(crate) fn is_typing(target: Option<web_sys::EventTarget>) -> bool {
    target
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| {
            element
                .closest("input, textarea, select, dialog, [contenteditable]")
                .ok()
        })
        .is_some_and(|found| found.is_some())
}

/// Copies text; false where the browser does not allow it.
pub(crate) async fn copy(text: &str) -> bool {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into());
    if clipboard.is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    let copied = window().navigator().clipboard().write_text(text);
    JsFuture::from(copied).await.is_ok()
}

/// Whether a page may ask for what is on the clipboard.
pub(crate) fn can_paste() -> bool {
    Reflect::get(&window().navigator(), &"clipboard".into())
        .and_then(|clipboard| Reflect::has(&clipboard, &"readText".into()))
        .unwrap_or(false)
}

/// What is on the clipboard; `None` where the browser or the person does not allow it.
pub(crate) async fn paste() -> Option<String> {
    let text = JsFuture::from(window().navigator().clipboard().read_text());
    text.await.ok()?.as_string()
}

/// Whether fingers are what this device is used with.
pub(crate) fn has_touch() -> bool {
    let query = window().match_media("(pointer: coarse)");
    query.is_ok_and(|query| query.is_some_and(|query| query.matches()))
}

/// Whether the person is writing: the focus is in a field that can be written into.
pub(crate) fn is_writing() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|element| {
        element
            .matches("textarea, input:not([readonly])")
            .unwrap_or(false)
    })
}

/// Whether the system has a sheet to share links with, as phones do.
pub(crate) fn can_share() -> bool {
    Reflect::has(&window().navigator(), &"share".into()).unwrap_or(false)
}

/// Opens the system's sheet for sharing a link, or a text that is none. Must be called from a click.
pub(crate) fn share(title: &str, text: &str) {
    let data = web_sys::ShareData::new();
    data.set_title(title);
    match text.starts_with("http") {
        true => data.set_url(text),
        false => data.set_text(text),
    }
    let shared = window().navigator().share_with_data(&data);
    // Rejected when the person closes the sheet, which is no error.
    wasm_bindgen_futures::spawn_local(async move {
        let _ = JsFuture::from(shared).await;
    });
}

/// Whether screens can be shared from here; no phone browser can.
pub(crate) fn can_share_screen() -> bool {
    let navigator = window().navigator();
    Reflect::get(&navigator, &"mediaDevices".into())
        .and_then(|devices| Reflect::has(&devices, &"getDisplayMedia".into()))
        .unwrap_or(false)
}

/// Keeps the display on while it lives, where the browser can (Screen Wake Lock). The browser lets go by itself when
/// the tab is hidden; ask again when it is back.
pub(crate) struct WakeLock(JsValue);

impl WakeLock {
    /// Asks for the lock; `None` when it is refused or unknown here.
    pub(crate) async fn ask() -> Option<WakeLock> {
        let navigator = window().navigator();
        let lock = Reflect::get(&navigator, &"wakeLock".into()).ok()?;
        let request: Function = Reflect::get(&lock, &"request".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let promise: Promise = request
            .call1(&lock, &"screen".into())
            .ok()?
            .dyn_into()
            .ok()?;
        JsFuture::from(promise).await.ok().map(WakeLock)
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        let release = Reflect::get(&self.0, &"release".into()).ok();
        let release = release.and_then(|release| release.dyn_into::<Function>().ok());
        if let Some(Ok(promise)) = release.map(|release| release.call0(&self.0)) {
            wasm_bindgen_futures::spawn_local(async move {
                if let Ok(promise) = promise.dyn_into::<Promise>() {
                    let _ = JsFuture::from(promise).await;
                }
            });
        }
    }
}
