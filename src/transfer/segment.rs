//! A segment on disk: an index of whose parts it has, and then these.
//!
//! ```text
//! count (2) | count × ( key (text) | offset in the file (8) | length (8) ) | content
//! ```

use handclasp_core::wire::{DecodeError, Reader, Writer};
use js_sys::{Array, Uint8Array};
use web_sys::{Blob, File};

use super::sending::content;

/// Most parts of one segment: with a megabyte's worth of reading, tiny files are not written one by one.
pub(super) const MAX_RUNS: usize = 256;

/// Longest key: the hash of a name in hexadecimal, and some letters to tell twins apart.
const MAX_KEY: usize = 64;

/// Largest index.
const MAX_INDEX: u64 = 2 + MAX_RUNS as u64 * (2 + MAX_KEY as u64 + 16);

/// Part of a file, in a segment.
pub(super) struct Run {
    /// Of the file.
    pub(super) key: String,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The segment as it is written, and where its content begins.
pub(super) fn with_index(runs: &[Run], content: &Blob) -> (Blob, u64) {
    let mut writer = Writer::new();
    // At most `MAX_RUNS`.
    writer.u16(runs.len() as u16);
    for run in runs {
        writer.text(&run.key);
        writer.u64(run.offset);
        writer.u64(run.length);
    }
    let index = writer.into_bytes();
    let parts = Array::of2(&Uint8Array::from(index.as_slice()), content);
    let blob = Blob::new_with_blob_sequence(&parts);
    // Only for what is no sequence.
    (blob.unwrap_or_else(|_| content.clone()), index.len() as u64)
}

/// What a segment says that it has, and where its content begins; `None` when it was cut short, or is none.
pub(super) async fn read_index(file: &File) -> Option<(Vec<Run>, u64)> {
    let size = file.size() as u64;
    let length = size.min(MAX_INDEX);
    let slice = file.slice_with_f64_and_f64(0.0, length as f64).ok()?;
    let buffer = content(&slice, length).await?;
    let bytes = Uint8Array::new(&buffer).to_vec();
    let mut reader = Reader::new(&bytes);
    let runs = decode(&mut reader).ok()?;
    let start = (bytes.len() - reader.rest().len()) as u64;
    let end = runs
        .iter()
        .try_fold(start, |end, run| end.checked_add(run.length))?;
    (end == size).then_some((runs, start))
}

fn decode(reader: &mut Reader<'_>) -> Result<Vec<Run>, DecodeError> {
    let count = usize::from(reader.u16()?);
    if count > MAX_RUNS {
        return Err(DecodeError::Value);
    }
    let mut runs = Vec::new();
    for _ in 0..count {
        runs.push(Run {
            key: reader.text(MAX_KEY)?.to_owned(),
            offset: reader.u64()?,
            length: reader.u64()?,
        });
    }
    Ok(runs)
}
