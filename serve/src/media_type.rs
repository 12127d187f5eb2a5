//! File names to media types.

/// The `Content-Type` of a file, and whether compressing it pays.
#[must_use]
pub(crate) fn of(name: &str) -> (&'static str, bool) {
    let extension = name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
        .to_ascii_lowercase();
    match extension.as_str() {
        "html" => ("text/html; charset=utf-8", true),
        "js" | "mjs" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        // `WebAssembly.instantiateStreaming` insists on exactly this.
        "wasm" => ("application/wasm", true),
        "json" | "map" => ("application/json", true),
        "webmanifest" => ("application/manifest+json", true),
        "svg" => ("image/svg+xml", true),
        "txt" | "md" => ("text/plain; charset=utf-8", true),
        "ts" => ("text/plain; charset=utf-8", true),
        "xml" => ("application/xml", true),
        "ico" => ("image/x-icon", true),
        "png" => ("image/png", false),
        "jpg" | "jpeg" => ("image/jpeg", false),
        "webp" => ("image/webp", false),
        "avif" => ("image/avif", false),
        "gif" => ("image/gif", false),
        "woff2" => ("font/woff2", false),
        "mp3" => ("audio/mpeg", false),
        "ogg" | "opus" => ("audio/ogg", false),
        "mp4" => ("video/mp4", false),
        "webm" => ("video/webm", false),
        _ => ("application/octet-stream", false),
    }
}

/// Whether a file's name carries a hash of its content, so that the content under this name never changes: `page-3f0c9a1b2c4d5e6f.js`,
/// `page-3f0c9a1b2c4d5e6f_bg.wasm`. Twelve digits and more, so that a date does not pass for one.
#[must_use]
pub(crate) fn is_hashed(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let Some((before, hash)) = stem.rsplit_once('-') else {
        return false;
    };
    !before.is_empty()
        && hash.len() >= 12
        && hash
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_what_browsers_insist_on() {
        assert_eq!(of("a/page_bg.wasm"), ("application/wasm", true));
        assert_eq!(of("x.JS").0, "text/javascript; charset=utf-8");
        assert_eq!(of("manifest.webmanifest").0, "application/manifest+json");
        assert_eq!(of("LICENSE").0, "application/octet-stream");
    }

    #[test]
    fn only_content_hashes_count_as_hashes() {
        assert!(is_hashed("page-3f0c9a1b2c4d5e6f.js"));
        assert!(is_hashed("page-3f0c9a1b2c4d5e6f_bg.wasm"));
        assert!(is_hashed("style-3f0c9a1b2c4d.css"));
        assert!(!is_hashed("photo-20260101.png"), "a date");
        assert!(!is_hashed("index.html"));
        assert!(!is_hashed("sw.js"));
        assert!(!is_hashed("-3f0c9a1b2c4d5e6f.js"));
        assert!(
            !is_hashed("page-3F0C9A1B2C4D5E6F.js"),
            "build tools write lower case"
        );
    }
}
