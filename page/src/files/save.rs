//! From the browser's store to where the person keeps files.

use handclasp::transfer::Received;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemWritableFileStream, HtmlAnchorElement,
};

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
                Ok(folder) => into_folder(folder.unchecked_ref(), &files).await.is_some(),
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
async fn into_folder(folder: &FileSystemDirectoryHandle, files: &[Received]) -> Option<()> {
    let (with_folder, with_file) = (
        FileSystemGetDirectoryOptions::new(),
        FileSystemGetFileOptions::new(),
    );
    with_folder.set_create(true);
    with_file.set_create(true);
    for file in files {
        let mut place = folder.clone();
        let mut parts: Vec<&str> = file.path.split('/').collect();
        let last = parts.pop()?;
        for part in parts {
            place = made(place.get_directory_handle_with_options(part, &with_folder)).await?;
        }
        let place: FileSystemFileHandle =
            made(place.get_file_handle_with_options(last, &with_file)).await?;
        let writable: FileSystemWritableFileStream = made(place.create_writable()).await?;
        JsFuture::from(writable.write_with_blob(&file.file).ok()?)
            .await
            .ok()?;
        JsFuture::from(writable.close()).await.ok()?;
    }
    Some(())
}

/// What a promise resolves with.
async fn made<T: JsCast>(promise: Promise) -> Option<T> {
    Some(JsFuture::from(promise).await.ok()?.unchecked_into())
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
