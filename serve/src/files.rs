//! The built page: files of one folder, read when asked for, so that a rebuild is served at once.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{limits, media_type};

/// Files smaller than this are sent as they are: it is one packet either way.
const WORTH_COMPRESSING: usize = 1024;

/// A folder of files, with a memory of what it read and compressed. Cloning gives another handle.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: Arc<Path>,
    cache: Arc<Mutex<Cache>>,
}

/// A file as it can be sent.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    /// The name carries a content hash.
    pub(crate) immutable: bool,
    /// A hash of the content, without quotes.
    pub(crate) tag: String,
    pub(crate) plain: Bytes,
    pub(crate) gzip: Option<Bytes>,
    pub(crate) brotli: Option<Bytes>,
    stamp: Stamp,
}

/// What tells that a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

#[derive(Debug, Default)]
struct Cache {
    files: HashMap<PathBuf, Arc<File>>,
    bytes: usize,
}

impl Files {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.into(),
            cache: Arc::default(),
        }
    }

    /// The file at the path of a URL, still percent-encoded; `/` ends in `index.html`.
    ///
    /// Blocks on the disk.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::NotFound`] for whatever is not a file in the folder: absent, hidden, outside by `..` or by a symbolic link, too large.
    /// Others as the file system gave them.
    pub(crate) fn find(&self, url_path: &str) -> io::Result<Arc<File>> {
        let relative = relative_path(url_path).ok_or(io::ErrorKind::NotFound)?;
        // Asked for each time: a build may replace the folder.
        let root = self.root.canonicalize()?;
        let path = root.join(relative);
        let (resolved, stamp) = inside(&root, &path)?;
        if let Some(file) = self.cached(&path, stamp) {
            return Ok(file);
        }
        let file = Arc::new(load(&root, &path, &resolved, stamp)?);
        self.keep(path, &file);
        Ok(file)
    }

    fn cached(&self, path: &Path, stamp: Stamp) -> Option<Arc<File>> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache
            .files
            .get(path)
            .filter(|file| file.stamp == stamp)
            .cloned()
    }

    fn keep(&self, path: PathBuf, file: &Arc<File>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.bytes + file.size() > limits::FILE_CACHE {
            // Many rebuilds later. Starting over is simpler than choosing, and the page is read again in no time.
            *cache = Cache::default();
        }
        cache.bytes += file.size();
        if let Some(old) = cache.files.insert(path, Arc::clone(file)) {
            cache.bytes -= old.size();
        }
    }
}

impl File {
    /// A file made here rather than read.
    pub(crate) fn generated(name: &str, content: String) -> Self {
        let (media_type, _) = media_type::of(name);
        let plain = Bytes::from(content);
        let stamp = Stamp {
            modified: None,
            length: plain.len() as u64,
        };
        Self {
            media_type,
            immutable: false,
            tag: tag(&plain),
            plain,
            gzip: None,
            brotli: None,
            stamp,
        }
    }

    fn size(&self) -> usize {
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        self.plain.len() + length(&self.gzip) + length(&self.brotli)
    }
}

/// A URL path as a path below the folder. `None` when it could mean anything else on any system: each segment must be an ordinary,
/// visible file name.
fn relative_path(url_path: &str) -> Option<PathBuf> {
    let decoded = percent_decode(url_path.strip_prefix('/')?)?;
    let mut path = PathBuf::new();
    let mut segments = decoded.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.is_empty() && segments.peek().is_none() {
            path.push("index.html");
            break;
        }
        // A leading dot is also `.` and `..`; a colon is a drive or a stream, a backslash a separator, on Windows.
        let odd =
            segment.is_empty() || segment.starts_with('.') || segment.contains(['\\', ':', '\0']);
        if odd {
            return None;
        }
        path.push(segment);
    }
    Some(path)
}

/// RFC 3986 section 2.1, once. `None` for broken escapes and for what is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            u8::try_from(high << 4 | low).ok()?
        } else {
            byte
        };
        decoded.push(byte);
    }
    String::from_utf8(decoded).ok()
}

/// Where a path leads and what is there, provided that it is a file inside the folder.
fn inside(root: &Path, path: &Path) -> io::Result<(PathBuf, Stamp)> {
    // Whatever keeps it from being resolved (a file for a folder, a loop of links, too long a name), there is no such file.
    let resolved = path.canonicalize().map_err(|_| io::ErrorKind::NotFound)?;
    let metadata = fs::metadata(&resolved)?;
    if !resolved.starts_with(root) || !metadata.is_file() || metadata.len() > limits::FILE {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok((
        resolved,
        Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
        },
    ))
}

fn load(root: &Path, path: &Path, resolved: &Path, stamp: Stamp) -> io::Result<File> {
    let plain = read(resolved)?;
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let (media_type, compressible) = media_type::of(&name);
    let worth_it = compressible && plain.len() >= WORTH_COMPRESSING;
    let (brotli, gzip) = if worth_it {
        (
            sibling(root, path, "br", stamp),
            sibling(root, path, "gz", stamp).or_else(|| gzip(&plain).ok()),
        )
    } else {
        (None, None)
    };
    // Compressed and larger happens with what is compressed already.
    let smaller = |bytes: &Bytes| bytes.len() < plain.len();
    let (brotli, gzip) = (brotli.filter(smaller), gzip.filter(smaller));
    Ok(File {
        media_type,
        immutable: media_type::is_hashed(&name),
        tag: tag(&plain),
        plain,
        gzip,
        brotli,
        stamp,
    })
}

/// The file compressed by the build, `page.wasm.br` beside `page.wasm`, unless it is older.
fn sibling(root: &Path, path: &Path, extension: &str, of: Stamp) -> Option<Bytes> {
    let mut name = path.file_name()?.to_owned();
    name.push(".");
    name.push(extension);
    let (resolved, stamp) = inside(root, &path.with_file_name(name)).ok()?;
    if stamp.modified < of.modified {
        return None;
    }
    read(&resolved).ok()
}

fn read(path: &Path) -> io::Result<Bytes> {
    let mut content = Vec::new();
    // It may have grown since it was looked at.
    fs::File::open(path)?
        .take(limits::FILE)
        .read_to_end(&mut content)?;
    Ok(content.into())
}

fn gzip(content: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(
        Vec::with_capacity(content.len() / 3),
        Compression::default(),
    );
    encoder.write_all(content)?;
    Ok(encoder.finish()?.into())
}

/// Tells versions of a file apart; no defence against somebody who makes two on purpose.
fn tag(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths_stay_what_they_are() {
        let path = |url| relative_path(url).map(|path| path.to_string_lossy().into_owned());
        assert_eq!(path("/").as_deref(), Some("index.html"));
        assert_eq!(path("/a/b.js").as_deref(), Some("a/b.js"));
        assert_eq!(path("/a%20b/").as_deref(), Some("a b/index.html"));
        assert_eq!(path("/caf%C3%A9.txt").as_deref(), Some("café.txt"));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_none() {
        let attacks = [
            "",
            "a",
            "//",
            "/a//b",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/%2E%2e%2fx",
            "/..%5cx",
            "/..\\x",
            "/a/..",
            "/.",
            "/.env",
            "/a/.git/config",
            "/C:/x",
            "/a%00.js",
            "/%",
            "/%2",
            "/%zz",
            "/%ff",
            "/a%2f%2fb",
            "/%2fetc/passwd",
        ];
        for attack in attacks {
            assert_eq!(relative_path(attack), None, "{attack}");
        }
    }

    #[test]
    fn decoding_happens_once() {
        assert_eq!(
            relative_path("/%252e%252e/x"),
            Some(PathBuf::from("%2e%2e/x"))
        );
    }
}
