//! The headers that every answer carries, and why.

use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// What the page may load and do (Content Security Policy Level 3).
///
/// Neither `script-src` nor `style-src` allows anything inline: a name or a chat message that gets into the page as markup
/// cannot run, nor restyle the page to deceive.
pub const CONTENT_SECURITY_POLICY: &str = concat!(
    // Whatever is not named below is forbidden: frames, plug-ins, fonts, prefetches.
    "default-src 'none'; ",
    // Our own files only. WebAssembly is compiled, JavaScript's eval stays forbidden.
    "script-src 'self' 'wasm-unsafe-eval'; ",
    "style-src 'self'; ",
    // data: the QR code. blob: pictures received from peers.
    "img-src 'self' data: blob:; ",
    // blob: recordings and received files. mediastream: cameras, in browsers that check `srcObject`.
    "media-src 'self' blob: mediastream:; ",
    // Any ws: or wss:, since ?broker= and config.json may name a broker elsewhere, which sees ciphertext only. Plain requests go to
    // this server alone. Peer connections are not governed by this.
    "connect-src 'self' ws: wss:; ",
    "manifest-src 'self'; ",
    // The service worker.
    "worker-src 'self'; ",
    // No <base> can turn relative addresses elsewhere, no form can carry input away.
    "base-uri 'none'; form-action 'none'; ",
    // Nobody else may frame a page that may use the camera.
    "frame-ancestors 'self'",
);

/// Camera, microphone and screen for the page itself, never for a frame; the sensors it does not use are off.
pub const PERMISSIONS_POLICY: &str = concat!(
    "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), screen-wake-lock=(self), ",
    "geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), accelerometer=(), gyroscope=(), magnetometer=()",
);

const ALL: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    // A file is what its type says and nothing else.
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address of a call is nobody else's business. (Its secret is in the fragment, which is never sent anyway.)
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS_POLICY,
    ),
    // A page that opened this one, or was opened by it, gets no handle on it. Nothing here needs `crossOriginIsolated`, so there is
    // no Cross-Origin-Embedder-Policy.
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    // Other sites may link to the page, not build with its parts.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds the headers to what `next` answers.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_no_eval_is_allowed() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe-inline"));
        assert!(!CONTENT_SECURITY_POLICY.contains("'unsafe-eval'"));
        assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none'; "));
    }
}
