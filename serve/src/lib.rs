//! Serves the built handclasp page and an MQTT broker, on one port.
//!
//! A call needs two things from a server: the page itself, and a way for people to find each other. Both come from here, and neither
//! sees what is said: media and messages go directly between browsers, and the signals that lead to that are sealed with a secret
//! that is in the page's URL fragment, which browsers do not send.
//!
//! | path | answer |
//! |---|---|
//! | `/mqtt` | WebSocket, subprotocol `mqtt`: the broker, MQTT 3.1.1 and 5 ([`broker`]) |
//! | `/config.json` | the page's, or `--config`'s, or one that names `/mqtt` |
//! | `/healthz` | `ok` |
//! | anything else | a file of the built page |
//!
//! From a socket inwards: `listen` takes connections and ends TLS ([`tls`]), counts them ([`admission`]) and reads HTTP; `pages` and
//! `files` answer with files, [`headers`] says what these may do; `tunnel` ends the WebSocket, measures what comes ([`meter`]) and
//! carries it to the [`broker`]. Every bound is in [`limits`].
//!
//! ```no_run
//! # async fn example() -> Result<(), handclasp_serve::StartError> {
//! use handclasp_serve::{Options, Server};
//!
//! let server = Server::bind(Options { port: 0, ..Options::new("dist") }).await?;
//! println!("open {}", server.urls().local);
//! server.run(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

pub mod addresses;
pub mod admission;
pub mod args;
pub mod banner;
pub mod broker;
mod files;
pub mod headers;
pub mod limits;
mod listen;
mod media_type;
pub mod meter;
mod pages;
mod proxies;
mod server;
pub mod tls;
mod tunnel;

pub use server::{Options, Server, StartError, Urls};
