//! What the network lab needs of Debian and its relatives.

use std::path::Path;

use anyhow::Result;

use super::debian::{self, Wanted};

/// As `tests/netlab/packages.mjs` lists them; the broker is the end-to-end tests' already.
const PACKAGES: [Wanted; 11] = [
    wanted(&["ip", "/usr/sbin/ip", "/sbin/ip"], &["iproute2"]),
    wanted(&["nft", "/usr/sbin/nft"], &["nftables"]),
    wanted(&["conntrack", "/usr/sbin/conntrack"], &["conntrack"]),
    wanted(&["turnserver"], &["coturn"]),
    wanted(&["socat"], &["socat"]),
    wanted(&["sysctl", "/usr/sbin/sysctl", "/sbin/sysctl"], &["procps"]),
    wanted(&["openssl"], &["openssl"]),
    wanted(&["certutil"], &["libnss3-tools"]),
    wanted(&["python3"], &["python3"]),
    wanted(&["ping"], &["iputils-ping"]),
    wanted(&["iperf3"], &["iperf3"]),
];

const fn wanted(programs: &'static [&'static str], packages: &'static [&'static str]) -> Wanted {
    Wanted { programs, packages }
}

/// Installs what is missing. coturn starts a daemon when it is installed, on ports that the lab's namespaces do not see.
pub(crate) fn ensure() -> Result<()> {
    debian::ensure(&PACKAGES)
}

/// Whether this machine lets us make network interfaces of our own.
pub(crate) fn has_tun() -> bool {
    Path::new("/dev/net/tun").exists()
}
