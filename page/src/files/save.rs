//! From the browser's store to where the person keeps files.

use handclasp::transfer::Received;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement};

use crate::browser;

/// Between two downloads, in milliseconds: browsers drop those that come at once.
const BETWEEN: u32 = 300;

/// How long the address of a download stays good, in milliseconds. The browser opens it soon, and never says when it has.
const GOOD_FOR: u32 = 60_000;

/// An address for what is in a blob; good until it is dropped.
pub(crate) struct Url(String);

impl Url {
    pub(crate) fn of(blob: &Blob) -> Option<Url> {
        web_sys::Url::create_object_url_with_blob(blob)
            .ok()
            .map(Url)
    }

    pub(crate) fn href(&self) -> &str {
        &self.0
    }
}

impl Drop for Url {
    fn drop(&mut self) {
        let _ = web_sys::Url::revoke_object_url(&self.0);
    }
}

/// The last part of a path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Saves all of it: into a folder that the person chooses, or where the browser asks for none as downloads. Must be called from a click.
pub(crate) fn all(files: Vec<Received>, saved: Callback<()>) {
    spawn_local(async move {
        let is_saved = match choose_folder() {
            Some(folder) => match JsFuture::from(folder).await {
                Ok(folder) => into_folder(&folder, &files).await.is_some(),
                // The person closed the dialog.
                Err(_) => false,
            },
            None => download(&files).await,
        };
        if is_saved {
            saved.run(());
        }
    });
}

async fn download(files: &[Received]) -> bool {
    for file in files {
        let (Some(url), Ok(link)) = (Url::of(&file.file), document().create_element("a")) else {
            return false;
        };
        let link: HtmlAnchorElement = link.unchecked_into();
        link.set_href(url.href());
        link.set_download(name(&file.path));
        link.click();
        spawn_local(async move {
            gloo_timers::future::TimeoutFuture::new(GOOD_FOR).await;
            drop(url);
        });
        gloo_timers::future::TimeoutFuture::new(BETWEEN).await;
    }
    true
}

/// Asks for a folder, where the browser can (File System Access, which web-sys has not).
fn choose_folder() -> Option<Promise> {
    let window = browser::window();
    let choose = Reflect::get(&window, &"showDirectoryPicker".into()).ok()?;
    let choose: Function = choose.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"mode".into(), &"readwrite".into()).ok()?;
    choose.call1(&window, &options).ok()?.dyn_into().ok()
}

/// Writes each file to its path within the folder.
async fn into_folder(folder: &JsValue, files: &[Received]) -> Option<()> {
    for file in files {
        let mut place = folder.clone();
        let mut parts: Vec<&str> = file.path.split('/').collect();
        let last = parts.pop()?;
        for part in parts {
            place = make(&place, "getDirectoryHandle", part).await?;
        }
        let place = make(&place, "getFileHandle", last).await?;
        let writable = called(&place, "createWritable", None).await?;
        called(&writable, "write", Some(&file.file)).await?;
        called(&writable, "close", None).await?;
    }
    Some(())
}

async fn make(place: &JsValue, method: &str, name: &str) -> Option<JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"create".into(), &true.into()).ok()?;
    let method: Function = Reflect::get(place, &method.into()).ok()?.dyn_into().ok()?;
    let made: Promise = method
        .call2(place, &name.into(), &options)
        .ok()?
        .dyn_into()
        .ok()?;
    JsFuture::from(made).await.ok()
}

async fn called(object: &JsValue, method: &str, argument: Option<&JsValue>) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    let result = match argument {
        Some(argument) => method.call1(object, argument),
        None => method.call0(object),
    };
    JsFuture::from(result.ok()?.dyn_into::<Promise>().ok()?)
        .await
        .ok()
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_is_the_last_part() {
        assert_eq!(name("a/b/c.txt"), "c.txt");
        assert_eq!(name("c.txt"), "c.txt");
        assert_eq!(name(""), "");
    }
}
