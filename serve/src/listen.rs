//! Sockets: where the server listens, and how each connection is driven.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use crate::admission::{Admission, Permit};
use crate::limits;
use crate::proxies::Proxies;
use crate::tunnel::{Peer, Place};

/// Connections that the kernel holds until they are taken.
const BACKLOG: i32 = 128;

/// Pause when the machine gives no more sockets.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(200);

/// First byte of a TLS connection: a handshake record (RFC 8446 section 5.1). No HTTP request starts so.
const TLS_HANDSHAKE: u8 = 0x16;

/// Binds `host`, or without one every interface in both families, on one socket so that port 0 gives one port.
///
/// # Errors
///
/// As the system gave them; [`io::ErrorKind::AddrInUse`] when somebody else has the port.
pub(crate) fn bind(host: Option<IpAddr>, port: u16) -> io::Result<TcpListener> {
    let listener = match host {
        Some(host) => bind_one(SocketAddr::new(host, port), false),
        None => match bind_one((Ipv6Addr::UNSPECIFIED, port).into(), true) {
            // A machine without IPv6, or one that does not let a socket be both.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                bind_one((Ipv4Addr::UNSPECIFIED, port).into(), false)
            }
            bound => bound,
        },
    }?;
    TcpListener::from_std(listener)
}

fn bind_one(address: SocketAddr, both_families: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(!both_families)?;
    }
    // Else the port is taken for a minute after a restart. On Windows this would let two programs share it.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// What drives connections.
#[derive(Clone)]
pub(crate) struct Connections {
    pub(crate) router: Router,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) admission: Admission,
    pub(crate) proxies: Proxies,
    pub(crate) stop: CancellationToken,
    pub(crate) tasks: TaskTracker,
}

impl Connections {
    /// Takes connections until told to stop.
    pub(crate) async fn accept(self, listener: TcpListener) {
        let this = Arc::new(self);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = this.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let peer = Peer(peer.ip().to_canonical());
                    // Beyond the bounds a connection is closed at once: an answer would cost what the bound is to save.
                    let permit = if this.proxies.include(peer.0) {
                        this.admission.admit_proxy()
                    } else {
                        this.admission.admit(peer.0)
                    };
                    let Ok(permit) = permit else {
                        continue;
                    };
                    let connection = Arc::clone(&this);
                    this.tasks
                        .spawn(async move { connection.drive(stream, peer, permit).await });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => tokio::time::sleep(OUT_OF_SOCKETS).await,
            }
        }
    }

    async fn drive(&self, stream: TcpStream, peer: Peer, permit: Permit) {
        // Without it signals wait for the client's delayed acknowledgements. A socket that refuses works all the same.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.http(stream, peer, permit).await,
            Some(tls) => {
                let mut first = [0];
                let peeked = timeout(limits::HEAD_TIMEOUT, stream.peek(&mut first)).await;
                if !matches!(peeked, Ok(Ok(1))) {
                    return;
                }
                if first[0] == TLS_HANDSHAKE {
                    if let Ok(Ok(stream)) = timeout(limits::HEAD_TIMEOUT, tls.accept(stream)).await
                    {
                        self.http(stream, peer, permit).await;
                    }
                } else {
                    redirect(stream).await;
                }
            }
        }
    }

    /// Requests on one connection, one after the other. A tunnel that one of them opens keeps the place.
    async fn http(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        peer: Peer,
        permit: Permit,
    ) {
        let place = Place(Arc::new(permit));
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            let origin = self.proxies.origin(peer.0, request.headers());
            request.extensions_mut().insert(Peer(origin));
            request.extensions_mut().insert(place.clone());
            self.router.clone().call(request)
        });
        let connection = server()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(connection);
        // Errors are the client's: gone, too slow, or not speaking HTTP.
        tokio::select! {
            _ = connection.as_mut() => {}
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}

fn server() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIMEOUT)
        .max_buf_size(limits::HEAD);
    builder
}

/// `http://` typed where `https://` is served: one answer that leads there, instead of a connection that breaks.
async fn redirect(stream: TcpStream) {
    let service = service_fn(async |request: hyper::Request<Incoming>| {
        Ok::<_, Infallible>(to_https(request.headers(), request.uri()))
    });
    let _ = timeout(
        limits::HEAD_TIMEOUT,
        server()
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service),
    )
    .await;
}

fn to_https(headers: &HeaderMap, uri: &Uri) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    match host.map(|host| format!("https://{host}{path}")) {
        Some(location) if location.parse::<Uri>().is_ok() => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
            "this server speaks https\n",
        )
            .into_response(),
        _ => (StatusCode::BAD_REQUEST, "this server speaks https\n").into_response(),
    }
}

/// Whether accepting failed because of the connection that was to be accepted, not because of the machine.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
