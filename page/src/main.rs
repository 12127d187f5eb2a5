//! The handclasp page: a call in one link.
//!
//! [`app`] is the whole page as an enum of screens; [`session`] and [`local`] hold the call and this person's media as
//! signals; everything else draws them. Nothing that another person sends ever becomes markup: it is text, or a video.

#![allow(
    unreachable_pub,
    reason = "Leptos' component macro makes its structures public"
)]

mod again;
mod app;
mod browser;
mod call;
mod certificate;
mod chat;
mod config;
mod controls;
mod devices;
mod diagnose;
mod dynamic;
mod errors;
mod files;
mod goodbye;
mod hand;
mod icons;
mod invite;
mod later;
mod link;
mod lobby;
mod local;
mod meter;
mod name;
mod qr;
mod scan;
mod session;
mod stage;
mod start;
mod tile;
mod trust;
mod video;
mod words;

use wasm_bindgen::JsCast;

/// The element of `index.html` that the page fills. It holds a word of patience until then.
const ROOT: &str = "app";

/// A quarter of the size of the one that the standard library brings.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
    }));
    let root = leptos::prelude::document()
        .get_element_by_id(ROOT)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(root) = root else {
        web_sys::console::error_1(&"index.html has no element with the id “app”".into());
        return;
    };
    root.set_text_content(None);
    leptos::mount::mount_to(root, app::App).forget();
}
