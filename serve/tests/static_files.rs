//! The built page over HTTP: what is served, as what, and what is not.

mod common;

use std::io::Read as _;

use common::{Folder, Running};
use handclasp_serve::headers::{CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY};
use hyper::StatusCode;

/// Something that compresses.
fn long_text() -> String {
    "a sentence that comes again and again. ".repeat(200)
}

#[tokio::test]
async fn the_page_is_served_at_the_root() {
    let server = Running::start().await;
    let answer = server.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(answer.body.starts_with(b"<!doctype html>"));
    assert_eq!(
        server.get("/index.html?broker=wss://x/y").await.body,
        answer.body
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Running::start().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/absent"),
        ("POST", "/"),
        ("GET", "/healthz"),
        ("GET", "/mqtt"),
        ("GET", "/../x"),
    ] {
        let answer = server.ask(method, path, &[]).await;
        assert_eq!(
            answer.header("content-security-policy"),
            CONTENT_SECURITY_POLICY,
            "{path}"
        );
        assert_eq!(
            answer.header("permissions-policy"),
            PERMISSIONS_POLICY,
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
    }
}

#[tokio::test]
async fn types_are_named() {
    let folder = Folder::with_page();
    let expected = [
        ("page_bg.wasm", "application/wasm"),
        ("page.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("app.webmanifest", "application/manifest+json"),
        ("de.json", "application/json"),
        ("icons/icon.svg", "image/svg+xml"),
        ("icons/icon.png", "image/png"),
        ("unknown", "application/octet-stream"),
    ];
    for (name, _) in expected {
        folder.write(name, "x");
    }
    let server = Running::with(folder, |_| {}).await;
    for (name, media_type) in expected {
        let answer = server.get(&format!("/{name}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        assert_eq!(answer.header("content-type"), media_type, "{name}");
    }
}

#[tokio::test]
async fn hashed_names_are_kept_and_all_others_asked_for() {
    let folder = Folder::with_page();
    let hashed = "page-3f0c9a1b2c4d5e6f_bg.wasm";
    for name in [hashed, "sw.js", "config.json"] {
        folder.write(name, "{}");
    }
    let server = Running::with(folder, |_| {}).await;
    assert_eq!(
        server
            .get(&format!("/{hashed}"))
            .await
            .header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    for name in ["", "index.html", "sw.js", "config.json"] {
        assert_eq!(
            server
                .get(&format!("/{name}"))
                .await
                .header("cache-control"),
            "no-cache",
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let server = Running::start().await;
    let tag = server.get("/").await.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 2, "{tag}");
    let again = server.get_with("/", &[("if-none-match", &tag)]).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), tag);

    server.folder.write("index.html", "<!doctype html>rebuilt");
    let rebuilt = server.get_with("/", &[("if-none-match", &tag)]).await;
    assert_eq!(rebuilt.status, StatusCode::OK);
    assert_eq!(rebuilt.body, "<!doctype html>rebuilt");
    assert_ne!(rebuilt.header("etag"), tag);
}

#[tokio::test]
async fn text_is_compressed_for_those_who_accept_it() {
    let folder = Folder::with_page();
    folder.write("page.js", long_text());
    let server = Running::with(folder, |_| {}).await;

    let plain = server.get("/page.js").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    assert_eq!(plain.body, long_text());

    let zipped = server
        .get_with("/page.js", &[("accept-encoding", "gzip, deflate")])
        .await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.body.len() * 10 < plain.body.len());
    assert_ne!(zipped.header("etag"), plain.header("etag"));
    let mut unzipped = String::new();
    flate2::read::GzDecoder::new(&zipped.body[..])
        .read_to_string(&mut unzipped)
        .expect("gzip");
    assert_eq!(unzipped, long_text());

    let refused = server
        .get_with("/page.js", &[("accept-encoding", "gzip;q=0")])
        .await;
    assert_eq!(refused.header("content-encoding"), "");
}

#[tokio::test]
async fn what_the_build_compressed_is_sent_as_it_is() {
    let folder = Folder::with_page();
    folder.write("page.wasm", long_text());
    folder.write("page.wasm.br", "as if brotli");
    let server = Running::with(folder, |_| {}).await;
    let answer = server
        .get_with("/page.wasm", &[("accept-encoding", "gzip, br")])
        .await;
    assert_eq!(answer.header("content-encoding"), "br");
    assert_eq!(answer.header("content-type"), "application/wasm");
    assert_eq!(answer.body, "as if brotli");
}

#[tokio::test]
async fn pictures_and_small_files_are_not_compressed() {
    let folder = Folder::with_page();
    folder.write("icon.png", long_text());
    let server = Running::with(folder, |_| {}).await;
    for path in ["/icon.png", "/"] {
        let answer = server
            .get_with(path, &[("accept-encoding", "gzip, br")])
            .await;
        assert_eq!(answer.header("content-encoding"), "", "{path}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body_and_nothing_else_is_allowed() {
    let server = Running::start().await;
    let (get, head) = (server.get("/").await, server.ask("HEAD", "/", &[]).await);
    assert_eq!(head.status, StatusCode::OK);
    assert!(head.body.is_empty());
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let answer = server.ask(method, "/", &[]).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    // The served folder stands inside another that holds a secret.
    let outer = Folder::new();
    outer.write("secret.txt", "secret");
    outer.write("dist/index.html", "<!doctype html>");
    outer.write("dist/.env", "secret");
    outer.write("dist/sub/a.txt", "public");
    let dist = outer.path().join("dist");
    let absolute = outer.path().join("secret.txt");
    let server = Running::with(outer, |options| options.dist = dist).await;
    assert_eq!(server.get("/sub/a.txt").await.body, "public");

    let absolute = absolute.to_string_lossy();
    let attacks = [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/.%2e/secret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "//secret.txt",
        "/.env",
        "/%2eenv",
        "/./.env",
        "/sub/../.env",
        "/index.html%00.txt",
        "/index.html/",
        "/index.html/x",
        "/sub",
        "/sub/",
        "/%",
        "/%ff",
        &format!("/{absolute}"),
        &absolute.replace('/', "%2f"),
        &format!("/{}", "a".repeat(5000)),
    ];
    for attack in attacks {
        let attack = if attack.starts_with('/') {
            attack.to_owned()
        } else {
            format!("/{attack}")
        };
        let answer = server.get(&attack).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{attack}");
        assert!(
            !answer.body.windows(6).any(|text| text == b"secret"),
            "{attack}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_lead_nowhere_outside() {
    use std::os::unix::fs::symlink;
    let outer = Folder::new();
    outer.write("secret.txt", "secret");
    outer.write("secret.txt.gz", "secret");
    outer.write("dist/index.html", "<!doctype html>");
    outer.write("dist/page.js", long_text());
    let dist = outer.path().join("dist");
    symlink("../secret.txt", dist.join("link.txt")).expect("linked");
    symlink("..", dist.join("up")).expect("linked");
    symlink("loop", dist.join("loop")).expect("linked");
    symlink("index.html", dist.join("inside.html")).expect("linked");
    symlink("../secret.txt.gz", dist.join("page.js.gz")).expect("linked");
    let server = Running::with(outer, |options| options.dist = dist).await;
    for path in ["/link.txt", "/up/secret.txt", "/loop"] {
        assert_eq!(
            server.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert_eq!(server.get("/inside.html").await.status, StatusCode::OK);
    let answer = server
        .get_with("/page.js", &[("accept-encoding", "gzip")])
        .await;
    assert_ne!(
        answer.body, "secret",
        "a compressed sibling outside is not taken either"
    );
}

#[tokio::test]
async fn the_configuration_is_the_operators_or_the_pages_or_names_this_broker() {
    let generated = Running::start().await.get("/config.json").await;
    assert_eq!(generated.header("content-type"), "application/json");
    assert_eq!(generated.body, r#"{"brokers":["/mqtt"]}"#);

    let folder = Folder::with_page();
    folder.write("config.json", r#"{"brokers":["wss://one.example"]}"#);
    folder.write("elsewhere", r#"{"brokers":["wss://two.example"]}"#);
    let elsewhere = folder.path().join("elsewhere");
    let mut server = Running::with(folder, |_| {}).await;
    assert_eq!(
        server.get("/config.json").await.body,
        r#"{"brokers":["wss://one.example"]}"#
    );

    let folder = std::mem::replace(&mut server.folder, Folder::new());
    let server = Running::with(folder, |options| options.config = Some(elsewhere)).await;
    assert_eq!(
        server.get("/config.json").await.body,
        r#"{"brokers":["wss://two.example"]}"#
    );
}

#[tokio::test]
async fn health_is_told() {
    let server = Running::start().await;
    let answer = server.get("/healthz").await;
    assert_eq!(
        (answer.status, &answer.body[..]),
        (StatusCode::OK, &b"ok\n"[..])
    );
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let server = Running::start().await;
    let long = "x".repeat(handclasp_serve::limits::HEAD);
    let answer = server.get_with("/", &[("x-long", &long)]).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}
