//! The parts put together.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use axum::routing::get;
use axum::{Router, middleware};
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::broker::Broker;
use crate::files::Files;
use crate::listen::{self, Connections};
use crate::pages::{self, BROKER_PATH, Pages};
use crate::proxies::Proxies;
use crate::tunnel::{self, Tunnels};
use crate::{addresses, headers, limits, tls};

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the built page; must hold an `index.html`.
    pub dist: PathBuf,
    /// The address to listen on. `None`: every interface, IPv4 and IPv6.
    pub host: Option<IpAddr>,
    /// The TCP port; 0 takes any that is free.
    pub port: u16,
    /// HTTPS rather than HTTP.
    pub tls: bool,
    /// The folder for what is kept between runs: the certificate. `None`: [`tls::default_state_folder`].
    pub state: Option<PathBuf>,
    /// A file served as `/config.json` in place of the page's.
    pub config: Option<PathBuf>,
    /// Proxies in front of this server, whose `X-Forwarded-For` says where a request comes from. Behind others everyone has the proxy's address.
    pub proxies: Vec<IpNet>,
    /// Allow wildcard subscriptions at the broker.
    pub observe: bool,
}

impl Options {
    /// The page in `dist`, over HTTP, on port 8080 of every interface.
    #[must_use]
    pub fn new(dist: impl Into<PathBuf>) -> Self {
        Self {
            dist: dist.into(),
            host: None,
            port: 8080,
            tls: false,
            state: None,
            config: None,
            proxies: Vec::new(),
            observe: false,
        }
    }
}

/// Why the server did not start. The message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// There is no built page.
    #[error("no page to serve: {} has no index.html; build the page first, or name its folder with --dist DIR", .0.display())]
    NoPage(PathBuf),
    /// The file for `/config.json` cannot be read.
    #[error("the configuration {} cannot be read: {source}", path.display())]
    NoConfig {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The port belongs to another program.
    #[error("port {0} is taken by another program; stop that, or choose another port with --port, for example --port {next}", next = next_port(*.0))]
    PortTaken(u16),
    /// The port is reserved to the administrator.
    #[error(
        "port {0} is reserved to the administrator; choose one above 1023 with --port, for example --port 8080"
    )]
    PortForbidden(u16),
    /// The address is not one of this machine, or another reason not to listen there.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The broker did not start.
    #[error("the broker did not start: {0}")]
    Broker(io::Error),
    /// There is no certificate.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
}

fn next_port(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(8080)
}

/// Where a server is reached. No URL ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// From this machine; a secure context in every browser.
    pub local: String,
    /// From other machines, the most useful first; empty when the server listens on loopback only, or there is no network.
    pub lan: Vec<String>,
}

/// A server that listens. Connections wait in the kernel until [`run`](Server::run).
#[must_use = "nothing is answered until the server runs"]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    urls: Urls,
    connections: Connections,
    broker: Broker,
}

impl Server {
    /// Starts the broker and listens.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing is left behind then.
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        if !options.dist.join("index.html").is_file() {
            return Err(StartError::NoPage(options.dist));
        }
        if let Some(path) = &options.config {
            std::fs::read_to_string(path).map_err(|source| StartError::NoConfig {
                path: path.clone(),
                source,
            })?;
        }
        let lan = addresses::lan();
        let tls = if options.tls {
            Some(acceptor(&options, &lan)?)
        } else {
            None
        };
        let scheme = if tls.is_some() { "https" } else { "http" };

        let listener = listen::bind(options.host, options.port)
            .map_err(|error| listen_error(&options, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| listen_error(&options, error))?;
        let broker = Broker::start(options.observe)
            .await
            .map_err(StartError::Broker)?;

        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let tunnels = Tunnels {
            broker: broker.clone(),
            admission: Admission::new(limits::BROKER_CLIENTS, limits::BROKER_CLIENTS_PER_ADDRESS),
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        let pages = Pages {
            files: Files::new(&options.dist),
            config: options.config,
        };
        let router = Router::new()
            .route(BROKER_PATH, get(tunnel::upgrade).with_state(tunnels))
            .route("/healthz", get(pages::health))
            .fallback(pages::page)
            .with_state(pages)
            .layer(middleware::from_fn(headers::secure));
        let admission = Admission::new(limits::CONNECTIONS, limits::CONNECTIONS_PER_ADDRESS);
        let connections = Connections {
            router,
            tls,
            admission,
            proxies: Proxies::new(options.proxies),
            stop,
            tasks,
        };
        let urls = urls(scheme, options.host, address.port(), &lan);
        Ok(Self {
            listener,
            address,
            urls,
            connections,
            broker,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is reached.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The broker behind `/mqtt`.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Answers until `stop` resolves; then ends each connection, waiting at most [`limits::GRACE`] in all.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops listening; connections that are open end by themselves.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self {
            listener,
            connections,
            broker,
            ..
        } = self;
        let (token, tasks) = (connections.stop.clone(), connections.tasks.clone());
        tokio::select! {
            () = connections.accept(listener) => {}
            () = stop => {}
        }
        token.cancel();
        tasks.close();
        // Who has not ended by then is cut off when the process ends.
        let _ = timeout(limits::GRACE, tasks.wait()).await;
        drop(broker);
    }
}

fn acceptor(options: &Options, lan: &[IpAddr]) -> Result<TlsAcceptor, tls::TlsError> {
    let state = options
        .state
        .clone()
        .or_else(tls::default_state_folder)
        .ok_or(tls::TlsError::NoStateFolder)?;
    let names = tls::names(addresses::host_name().as_deref(), lan);
    Ok(TlsAcceptor::from(tls::server_config(&state, &names)?))
}

fn listen_error(options: &Options, source: io::Error) -> StartError {
    match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(options.port),
        io::ErrorKind::PermissionDenied => StartError::PortForbidden(options.port),
        _ => {
            let host = options
                .host
                .map_or_else(|| "every interface".into(), |host| host.to_string());
            StartError::Listen {
                address: format!("{host}, port {}", options.port),
                source,
            }
        }
    }
}

fn urls(scheme: &str, host: Option<IpAddr>, port: u16, lan: &[IpAddr]) -> Urls {
    let url = |ip: IpAddr| addresses::url(scheme, ip, port);
    match host {
        Some(host) if host.is_loopback() => Urls {
            local: url(host),
            lan: Vec::new(),
        },
        Some(host) if !host.is_unspecified() => Urls {
            local: url(host),
            lan: vec![url(host)],
        },
        // The IPv4 wildcard takes no IPv6.
        _ => {
            let reachable = lan
                .iter()
                .filter(|ip| ip.is_ipv4() || !host.is_some_and(|host| host.is_ipv4()));
            Urls {
                local: url(IpAddr::from([127, 0, 0, 1])),
                lan: reachable.map(|&ip| url(ip)).collect(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_what_is_listened_on() {
        let lan = [
            IpAddr::from([192, 0, 2, 7]),
            "2001:db8::7".parse().expect("a literal address"),
        ];
        let of = |host: Option<&str>| {
            urls(
                "http",
                host.map(|host| host.parse().expect("a literal address")),
                8080,
                &lan,
            )
        };
        assert_eq!(of(None).local, "http://127.0.0.1:8080");
        assert_eq!(
            of(None).lan,
            ["http://192.0.2.7:8080", "http://[2001:db8::7]:8080"]
        );
        assert_eq!(of(Some("0.0.0.0")).lan, ["http://192.0.2.7:8080"]);
        assert_eq!(of(Some("127.0.0.1")).lan, [""; 0]);
        assert_eq!(
            of(Some("192.0.2.7")),
            Urls {
                local: "http://192.0.2.7:8080".into(),
                lan: vec!["http://192.0.2.7:8080".into()]
            }
        );
    }
}
