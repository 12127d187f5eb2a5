//! Whose word counts for where a request comes from: that of proxies in front of this server, by `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Each proxy adds, at the end, the address that it was asked from. So the last of them are true, as far as trusted proxies say them, and what
/// stands before is whatever the client made up.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this is one of them.
    pub(crate) fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from that came over a connection from `peer`: the last address that no trusted proxy has, or that of the last
    /// one that says something else than an address.
    pub(crate) fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut origin = peer;
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut said = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        while self.include(origin) {
            let Some(before) = said.next().and_then(address) else {
                break;
            };
            origin = before;
        }
        origin
    }
}

/// An address with a port or without, as there are proxies that add it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text
        .parse()
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// An address, or a network as `ADDRESS/BITS`.
pub(crate) fn network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    text.parse::<IpAddr>()
        .map(IpNet::from)
        .or_else(|_| text.parse())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    fn proxies(networks: &[&str]) -> Proxies {
        let networks = networks.iter().map(|text| network(text).expect("one"));
        Proxies::new(networks.collect())
    }

    fn origin(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().expect("a value"));
        }
        proxies.origin(ip(peer), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_told_to() {
        let none = Proxies::default();
        assert_eq!(origin(&none, "127.0.0.1", &["192.0.2.1"]), "127.0.0.1");
        let other = proxies(&["127.0.0.1"]);
        assert_eq!(origin(&other, "192.0.2.7", &["192.0.2.1"]), "192.0.2.7");
    }

    #[test]
    fn what_a_trusted_proxy_was_asked_from_is_the_last_that_it_says() {
        let one = proxies(&["127.0.0.1"]);
        assert_eq!(origin(&one, "127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        // What a client says itself stands before.
        for lines in [
            &["198.51.100.9, 192.0.2.1"][..],
            &["198.51.100.9", "192.0.2.1"],
            &["127.0.0.1,192.0.2.1"],
        ] {
            assert_eq!(origin(&one, "127.0.0.1", lines), "192.0.2.1", "{lines:?}");
        }
    }

    #[test]
    fn proxies_may_stand_behind_each_other() {
        let two = proxies(&["10.0.0.0/8", "::1"]);
        let line = "198.51.100.9, 192.0.2.1, 10.1.2.3";
        assert_eq!(origin(&two, "::1", &[line]), "192.0.2.1");
        assert_eq!(origin(&two, "::1", &["10.1.2.3"]), "10.1.2.3");
    }

    #[test]
    fn ports_are_left_out_and_what_is_no_address_is_the_proxys_own() {
        let one = proxies(&["127.0.0.1"]);
        for (line, expected) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, unknown", "127.0.0.1"),
            ("192.0.2.1,", "127.0.0.1"),
            ("", "127.0.0.1"),
            ("_hidden", "127.0.0.1"),
        ] {
            assert_eq!(origin(&one, "127.0.0.1", &[line]), expected, "{line}");
        }
        assert_eq!(origin(&one, "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn networks_are_addresses_too() {
        assert!(proxies(&["2001:db8::/32"]).include(ip("2001:db8:1::1")));
        assert!(network("here").is_err() && network("10.0.0.0/40").is_err());
    }
}
