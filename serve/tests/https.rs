//! `--tls`: a certificate of the server's own, kept, and what goes through it.

mod common;

use std::fs;
use std::sync::Arc;

use common::{Folder, Running};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::StatusCode;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

async fn serve(state: &Folder) -> Running {
    let state = state.path().to_owned();
    Running::with(Folder::with_page(), |options| {
        options.tls = true;
        options.state = Some(state);
    })
    .await
}

fn kept(state: &Folder) -> Vec<u8> {
    fs::read(state.path().join("serve.pem")).expect("a kept certificate")
}

/// A handshake that trusts exactly the kept certificate, and checks the name in it.
async fn handshake(
    server: &Running,
    state: &Folder,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&kept(state)).expect("a certificate"))
        .expect("taken");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, server.connect().await)
        .await
}

#[tokio::test]
async fn the_page_is_served_under_every_name_of_the_machine() {
    let state = Folder::new();
    let server = serve(&state).await;
    assert!(server.url.starts_with("https://127.0.0.1:"));
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
    names.extend(
        handclasp_serve::addresses::lan()
            .iter()
            .take(3)
            .map(ToString::to_string),
    );
    for name in names {
        let stream = handshake(&server, &state, &name)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = common::ask(stream, "GET", "/", &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
    }
    assert!(
        handshake(&server, &state, "elsewhere.example")
            .await
            .is_err(),
        "and under no other"
    );
}

#[tokio::test]
async fn the_broker_is_reached_through_it() {
    let state = Folder::new();
    let server = serve(&state).await;
    let stream = handshake(&server, &state, "localhost")
        .await
        .expect("a handshake");
    let mut request = "wss://localhost/mqtt".into_client_request().expect("a URL");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "mqtt".parse().expect("a value"));
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .expect("upgraded");
    let connect =
        rumqttc::mqttbytes::v4::Packet::Connect(rumqttc::mqttbytes::v4::Connect::new("tls"));
    socket
        .send(Message::Binary(common::mqtt::encode(&connect)))
        .await
        .expect("sent");
    let answer = tokio::time::timeout(common::PATIENCE, socket.next())
        .await
        .expect("in time");
    assert_eq!(
        answer.expect("open").expect("a message").into_data(),
        &[0x20, 2, 0, 0][..]
    );
}

#[tokio::test]
async fn the_certificate_is_kept_for_the_next_run() {
    let state = Folder::new();
    drop(serve(&state).await);
    let first = kept(&state);
    let server = serve(&state).await;
    assert_eq!(kept(&state), first, "browsers keep their exception");
    assert!(handshake(&server, &state, "localhost").await.is_ok());

    fs::write(state.path().join("serve.pem"), "spoilt").expect("written");
    let server = serve(&state).await;
    assert!(
        handshake(&server, &state, "localhost").await.is_ok(),
        "a spoilt one is replaced"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_key_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let state = Folder::new();
    drop(serve(&state).await);
    let metadata = fs::metadata(state.path().join("serve.pem")).expect("kept");
    assert_eq!(metadata.permissions().mode() & 0o077, 0);
}

#[tokio::test]
async fn plain_http_is_led_to_https() {
    let state = Folder::new();
    let server = serve(&state).await;
    let answer = server.get_with("/some?x=1", &[]).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header("location"), "https://localhost/some?x=1");
}
