//! From what was chosen, dropped or pasted to files with their paths.

use handclasp::transfer::{MAX_FILES, Source};
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};

/// Deepest folder that is looked into. Deeper ones are most likely a loop of links.
const MAX_DEPTH: usize = 32;

/// Files that were chosen or pasted; those of a folder have a path.
pub(crate) fn of_list(list: &FileList) -> Vec<Source> {
    let files = (0..list.length()).filter_map(|index| list.get(index));
    files.take(MAX_FILES + 1).map(of_file).collect()
}

fn of_file(file: File) -> Source {
    let path = js_sys::Reflect::get(&file, &"webkitRelativePath".into());
    let path = path.ok().and_then(|path| path.as_string());
    match path.filter(|path| !path.is_empty()) {
        Some(path) => Source { file, path },
        None => Source::from(file),
    }
}

/// What was dropped, to be looked into. Must be made within the event: what is dropped is gone after it.
pub(crate) struct Dropped {
    entries: Vec<FileSystemEntry>,
    /// Where the browser tells no entries.
    files: Vec<Source>,
}

impl Dropped {
    pub(crate) fn of(data: &DataTransfer) -> Dropped {
        let items = data.items();
        let entries: Vec<_> = (0..items.length())
            .filter_map(|index| items.get(index)?.webkit_get_as_entry().ok().flatten())
            .collect();
        let files = match entries.is_empty() {
            true => data.files().as_ref().map(of_list).unwrap_or_default(),
            false => Vec::new(),
        };
        Dropped { entries, files }
    }

    /// All files, those in folders with their paths; one more than can be sent at most, so that it shows that they are too many. What
    /// cannot be read is left out.
    pub(crate) async fn files(self) -> Vec<Source> {
        let mut found = self.files;
        let mut waiting: Vec<_> = self
            .entries
            .into_iter()
            .rev()
            .map(|entry| (entry, String::new()))
            .collect();
        while let Some((entry, folder)) = waiting.pop() {
            if found.len() > MAX_FILES {
                break;
            }
            let path = format!("{folder}{}", entry.name());
            if entry.is_file() {
                if let Some(file) = file(entry.unchecked_ref()).await {
                    found.push(Source { file, path });
                }
            } else if path.matches('/').count() < MAX_DEPTH {
                let inside = inside(
                    entry.unchecked_ref(),
                    MAX_FILES.saturating_sub(found.len()) + 1,
                )
                .await;
                let inside = inside.into_iter().rev();
                waiting.extend(inside.map(|entry| (entry, format!("{path}/"))));
            }
        }
        found
    }
}

async fn file(entry: &FileSystemFileEntry) -> Option<File> {
    let asked = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject)
    });
    JsFuture::from(asked).await.ok()?.dyn_into().ok()
}

/// What is in a folder: browsers tell it by the hundred, until they tell nothing.
async fn inside(folder: &FileSystemDirectoryEntry, most: usize) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut entries = Vec::new();
    while entries.len() < most {
        let Some(more) = read(&reader).await.filter(|more| more.length() > 0) else {
            break;
        };
        entries.extend(more.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    entries
}

async fn read(reader: &FileSystemDirectoryReader) -> Option<Array> {
    let asked = Promise::new(&mut |resolve, reject| {
        if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
            let _ = reject.call1(&JsValue::UNDEFINED, &error);
        }
    });
    JsFuture::from(asked).await.ok()?.dyn_into().ok()
}
