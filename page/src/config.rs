//! What this deployment uses: brokers and ICE servers, from `config.json` beside the page and from the address.
//!
//! ```json
//! { "brokers": ["wss://broker.example/mqtt", "/mqtt"],
//!   "iceServers": [{ "urls": ["turn:turn.example"], "username": "u", "credential": "p" }] }
//! ```
//!
//! `?broker=` replaces the list of brokers (`?broker=none`: none at all); `?ice=none` goes without ICE servers.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use handclasp::IceServer;
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, UrlSearchParams};

/// Where the page's own server has its broker.
const DEFAULT_BROKER: &str = "/mqtt";

/// How long to wait for `config.json`, in milliseconds. It stands beside the page that has just been loaded.
const CONFIG_TIMEOUT: u32 = 3_000;

/// Longest `config.json` that is read, in UTF-16 units.
const MAX_CONFIG: u32 = 64 * 1024;

/// Most brokers and most ICE servers that are used. Each costs every visitor a connection.
const MAX_SERVERS: u32 = 4;

/// Which brokers and ICE servers a call uses.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// `ws:` and `wss:` addresses; empty = tabs of this browser only.
    pub(crate) brokers: Vec<String>,
    /// Whether neither `config.json` nor the address says a word about brokers, as on a static host.
    pub(crate) is_broker_guessed: bool,
    /// `None` = the library's own choice.
    pub(crate) ice_servers: Option<Vec<IceServer>>,
}

/// Reads `config.json` and the address. What is missing or unreadable has a default, so this always succeeds.
pub(crate) async fn load() -> Config {
    let window = crate::browser::window();
    let location = window.location();
    let query = location
        .search()
        .ok()
        .and_then(|search| UrlSearchParams::new_with_str(&search).ok());
    let asked = |key: &str| query.as_ref().and_then(|query| query.get(key));

    let file = fetch().await.unwrap_or(JsValue::UNDEFINED);
    let told = match asked("broker").as_deref() {
        Some("none") => Some(Vec::new()),
        Some(broker) => Some(vec![broker.to_owned()]),
        None => strings(&field(&file, "brokers")),
    };
    let is_broker_guessed = told.is_none();
    let brokers = told.unwrap_or_else(|| vec![DEFAULT_BROKER.to_owned()]);
    let secure = location
        .protocol()
        .is_ok_and(|protocol| protocol == "https:");
    let host = location.host().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    Config {
        brokers: brokers
            .iter()
            .map(|entry| broker_url(entry, secure, &host, &path))
            .collect(),
        is_broker_guessed,
        ice_servers: match asked("ice").as_deref() {
            Some("none") => Some(Vec::new()),
            _ => ice_servers(&field(&file, "iceServers")),
        },
    }
}

/// A broker entry as a WebSocket address: entries without a scheme belong to the host of the page.
fn broker_url(entry: &str, secure: bool, host: &str, page: &str) -> String {
    if entry.contains("://") {
        return entry.to_owned();
    }
    let scheme = if secure { "wss" } else { "ws" };
    let folder = match entry.strip_prefix('/') {
        Some(_) => "",
        None => page.rsplit_once('/').map_or("/", |(folder, _)| folder),
    };
    let slash = if entry.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{host}{folder}{slash}{entry}")
}

async fn fetch() -> Option<JsValue> {
    let response = JsFuture::from(crate::browser::window().fetch_with_str("config.json"));
    let text = async move {
        let response: Response = response.await.ok()?.dyn_into().ok()?;
        if !response.ok() {
            return None;
        }
        JsFuture::from(response.text().ok()?)
            .await
            .ok()?
            .dyn_into::<js_sys::JsString>()
            .ok()
    };
    let text = match select(Box::pin(text), TimeoutFuture::new(CONFIG_TIMEOUT)).await {
        Either::Left((text, _)) => text?,
        Either::Right(_) => return None,
    };
    if text.length() > MAX_CONFIG {
        return None;
    }
    JSON::parse(&String::from(text)).ok()
}

fn field(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// A list of strings; a lone string counts as a list of one.
fn strings(value: &JsValue) -> Option<Vec<String>> {
    if let Some(text) = value.as_string() {
        return Some(vec![text]);
    }
    let list = value.dyn_ref::<Array>()?;
    Some(first(list).filter_map(|entry| entry.as_string()).collect())
}

fn ice_servers(value: &JsValue) -> Option<Vec<IceServer>> {
    let list = value.dyn_ref::<Array>()?;
    let servers = first(list).filter_map(|entry| {
        Some(IceServer {
            urls: strings(&field(&entry, "urls")).filter(|urls| !urls.is_empty())?,
            username: field(&entry, "username").as_string(),
            credential: field(&entry, "credential").as_string(),
        })
    });
    Some(servers.collect())
}

fn first(list: &Array) -> impl Iterator<Item = JsValue> + '_ {
    (0..list.length().min(MAX_SERVERS)).map(|index| list.get(index))
}

#[cfg(test)]
mod tests {
    use super::broker_url;

    #[test]
    fn paths_belong_to_the_host_of_the_page() {
        assert_eq!(
            broker_url("/mqtt", false, "localhost:8080", "/"),
            "ws://localhost:8080/mqtt"
        );
        assert_eq!(
            broker_url("/mqtt", true, "a.example", "/call/"),
            "wss://a.example/mqtt"
        );
        assert_eq!(
            broker_url("mqtt", true, "a.example", "/call/index.html"),
            "wss://a.example/call/mqtt"
        );
        assert_eq!(
            broker_url("mqtt", true, "a.example", "/"),
            "wss://a.example/mqtt"
        );
    }

    #[test]
    fn whole_addresses_stay() {
        for url in [
            "wss://b.example/mqtt",
            "ws://user:pass@10.0.0.1:8083/mqtt?prefix=x",
        ] {
            assert_eq!(broker_url(url, true, "a.example", "/"), url);
        }
    }
}
