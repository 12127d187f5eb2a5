//! The addresses and names under which others reach this machine.

use std::net::{IpAddr, Ipv6Addr};

/// Interfaces of containers and virtual machines: real addresses, but nobody's phone is there.
const VIRTUAL: [&str; 8] = [
    "docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "podman", "lxc",
];

/// This machine's addresses in its networks, the most useful first: those of real interfaces before virtual ones, IPv4 before IPv6 (shorter to
/// type). Without loopback and link-local ones.
#[must_use]
pub fn lan() -> Vec<IpAddr> {
    // None found is as good as none there.
    let mut found: Vec<_> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| is_reachable(interface.ip()))
        .map(|interface| {
            (
                VIRTUAL
                    .iter()
                    .any(|prefix| interface.name.starts_with(prefix)),
                interface.ip(),
            )
        })
        .collect();
    found.sort_by_key(|(is_virtual, ip)| (*is_virtual, ip.is_ipv6(), is_temporary_looking(*ip)));
    let mut addresses: Vec<_> = found.into_iter().map(|(_, ip)| ip).collect();
    addresses.dedup();
    addresses
}

/// This machine's name, if it is one that can stand in a URL.
#[must_use]
pub fn host_name() -> Option<String> {
    let name = gethostname::gethostname()
        .into_string()
        .ok()?
        .to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (name.len() <= 253 && name != "localhost" && name.split('.').all(is_label)).then_some(name)
}

/// The URL of a server, with the brackets that IPv6 needs.
#[must_use]
pub fn url(scheme: &str, ip: IpAddr, port: u16) -> String {
    match ip {
        IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}"),
        IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}"),
    }
}

fn is_reachable(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        // Works only with a zone, which browsers do not take.
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !is_link_local
}

/// A privacy address (RFC 8981) changes daily; one with a zero third quarter was given by hand or by DHCP.
fn is_temporary_looking(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if Ipv6Addr::segments(&ip)[4] != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_brackets_where_needed() {
        assert_eq!(
            url("http", IpAddr::from([127, 0, 0, 1]), 80),
            "http://127.0.0.1:80"
        );
        assert_eq!(
            url("https", IpAddr::V6(Ipv6Addr::LOCALHOST), 8443),
            "https://[::1]:8443"
        );
    }

    #[test]
    fn nothing_unreachable_is_listed() {
        for ip in ["127.0.0.1", "::1", "fe80::1", "169.254.1.1", "0.0.0.0"] {
            assert!(
                !is_reachable(ip.parse().expect("a literal address")),
                "{ip}"
            );
        }
        assert!(is_reachable(IpAddr::from([192, 168, 1, 5])));
        assert!(lan().into_iter().all(is_reachable));
    }
}
