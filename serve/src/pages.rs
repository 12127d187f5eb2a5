//! `GET` for everything that is not the broker: the files, `/config.json` and `/healthz`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::files::{File, Files};

/// The path of the broker on this server, as pages and `config.json` name it.
pub(crate) const BROKER_PATH: &str = "/mqtt";

/// What is served at `/config.json` when neither `--config` nor the built page has one. Without `iceServers` the page uses its own list.
const CONFIG: &str = r#"{"brokers":["/mqtt"]}"#;

/// A hashed name never changes its content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Kept, but asked for each time; with the `ETag` the answer is mostly an empty 304. For index.html, config.json and sw.js above all: an old
/// one would bring back an old page.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// What is served.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    pub(crate) files: Files,
    /// Takes the place of the built page's `config.json`.
    pub(crate) config: Option<PathBuf>,
}

/// `/healthz`: the server answers, so it is well.
pub(crate) async fn health() -> Response {
    ([(header::CACHE_CONTROL, "no-store")], "ok\n").into_response()
}

/// Everything else.
pub(crate) async fn page(
    State(pages): State<Pages>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
            "GET or HEAD only\n",
        )
            .into_response();
    }
    let path = uri.path().to_owned();
    // The disk may be slow and compressing takes a while; other connections go on meanwhile.
    let found = tokio::task::spawn_blocking(move || pages.find(&path)).await;
    match found {
        Ok(Ok(file)) => answer(&file, &headers),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            (StatusCode::NOT_FOUND, "not found\n").into_response()
        }
        Ok(Err(_)) | Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the file could not be read\n",
        )
            .into_response(),
    }
}

impl Pages {
    fn find(&self, path: &str) -> io::Result<Arc<File>> {
        if path != "/config.json" {
            return self.files.find(path);
        }
        if let Some(config) = &self.config {
            return Ok(Arc::new(File::generated(
                "config.json",
                std::fs::read_to_string(config)?,
            )));
        }
        match self.files.find(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Arc::new(File::generated("config.json", CONFIG.into())))
            }
            found => found,
        }
    }
}

fn answer(file: &File, request: &HeaderMap) -> Response {
    let (encoding, body) = choose(file, request);
    // Each encoding is a representation of its own (RFC 9110 section 8.8.3).
    let tag = format!(
        "\"{}{}{}\"",
        file.tag,
        if encoding.is_some() { "-" } else { "" },
        encoding.unwrap_or("")
    );

    let mut headers = HeaderMap::new();
    headers.insert(
        header::CACHE_CONTROL,
        if file.immutable { IMMUTABLE } else { NO_CACHE },
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if is_known(request, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(file.media_type),
    );
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    (headers, Body::from(body)).into_response()
}

/// The smallest form that the client accepts, with its `Content-Encoding`.
fn choose(file: &File, request: &HeaderMap) -> (Option<&'static str>, Bytes) {
    let forms = [("br", &file.brotli), ("gzip", &file.gzip)];
    let acceptable = forms.into_iter().filter(|(name, _)| accepts(request, name));
    let present = acceptable.filter_map(|(name, form)| Some((name, form.clone()?)));
    match present.min_by_key(|(_, form)| form.len()) {
        Some((name, form)) => (Some(name), form),
        None => (None, file.plain.clone()),
    }
}

/// Whether `Accept-Encoding` names the encoding with a weight above zero (RFC 9110 section 12.5.3).
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    list(request, header::ACCEPT_ENCODING).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// Whether the client has this version (`If-None-Match`, RFC 9110 section 13.1.2).
fn is_known(request: &HeaderMap, tag: &str) -> bool {
    list(request, header::IF_NONE_MATCH)
        .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
}

/// The items of a comma-separated header; what is not text is passed over.
fn list(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn encodings_are_negotiated_by_name_and_weight() {
        let asks = |value| {
            let headers = asking(header::ACCEPT_ENCODING, value);
            (accepts(&headers, "br"), accepts(&headers, "gzip"))
        };
        assert_eq!(asks("gzip, deflate, br, zstd"), (true, true));
        assert_eq!(asks("gzip;q=0.5, br;q=0"), (false, true));
        assert_eq!(asks("x-gzip, brotli"), (false, false));
        assert_eq!(asks("br; q=nonsense"), (false, false));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_tag_is_known_weak_or_strong_and_in_a_list() {
        let knows = |value| is_known(&asking(header::IF_NONE_MATCH, value), "\"a-br\"");
        assert!(knows("\"x\", \"a-br\""));
        assert!(knows("W/\"a-br\""));
        assert!(knows("*"));
        assert!(!knows("\"a\""));
    }
}
