//! HTTPS with a certificate that the server makes for itself.
//!
//! Browsers give cameras to secure pages only: to `localhost`, and to `https:` anywhere else. A certificate made here is known to
//! nobody, so each browser warns once; that it need not do so again, the certificate is kept until it expires or the machine gets
//! an address that it does not name.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a certificate is good for. Apple refuses more than 825 days.
const VALIDITY: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A new certificate is made when the old one has less than this left, so that none expires during a call.
const RENEWAL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Names in one certificate. Those of networks where the machine was before are kept up to this, so that it may come back.
const NAMES: usize = 32;

/// The file in the state folder: certificate and key, and before them what they are for.
const FILE: &str = "serve.pem";

const NAMES_LINE: &str = "# names: ";
const EXPIRY_LINE: &str = "# not after (unix seconds): ";

/// Why there is no HTTPS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// There is no folder to keep the certificate in.
    #[error(
        "no folder for the certificate: neither a home folder nor --state is given; name one with --state DIR"
    )]
    NoStateFolder,
    /// The certificate could not be written.
    #[error("the certificate could not be kept in {}: {source}; name a writable folder with --state DIR", path.display())]
    Keep {
        /// Where it should have gone.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The certificate could not be made.
    #[error("the certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The certificate could not be used.
    #[error("the certificate could not be used: {0}")]
    Use(#[from] rustls::Error),
}

/// Where the certificate is kept unless told otherwise: `handclasp` in the folder for programs' state (XDG base directories, or what
/// the system has instead).
#[must_use]
pub fn default_state_folder() -> Option<PathBuf> {
    let variable = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        std::env::home_dir().map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_STATE_HOME")
            .or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))
    };
    folder.map(|folder| folder.join("handclasp"))
}

/// The names under which this machine may be called: itself, its host name (also as multicast DNS knows it), and `addresses`.
#[must_use]
pub fn names(host_name: Option<&str>, addresses: &[IpAddr]) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    if let Some(name) = host_name {
        names.push(name.to_owned());
        if !name.contains('.') {
            names.push(format!("{name}.local"));
        }
    }
    names.extend(addresses.iter().map(IpAddr::to_string));
    names.truncate(NAMES);
    names
}

/// The TLS set-up of the server, with the kept certificate if it will do, else with a new one that is kept from now on.
///
/// # Errors
///
/// [`TlsError`]. A kept file that cannot be read is replaced.
pub fn server_config(state: &Path, names: &[String]) -> Result<Arc<ServerConfig>, TlsError> {
    let path = state.join(FILE);
    let kept = fs::read_to_string(&path)
        .ok()
        .and_then(|text| Kept::parse(&text));
    let kept = match kept {
        Some(kept) if kept.will_do(names, SystemTime::now()) => kept,
        old => {
            let old_names = old.map(|old| old.names).unwrap_or_default();
            let text = make(&union(names, old_names))?;
            keep(&path, &text).map_err(|source| TlsError::Keep { path, source })?;
            Kept::parse(&text).ok_or(rustls::Error::NoCertificatesPresented)?
        }
    };
    // Said explicitly: with more than one provider compiled in, the automatic choice panics.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![kept.certificate], kept.key)?;
    // A WebSocket over HTTP/2 (RFC 8441) would be another way to do the same.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What the file holds.
#[derive(Debug)]
struct Kept {
    names: Vec<String>,
    not_after: SystemTime,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Kept {
    fn parse(text: &str) -> Option<Self> {
        let line = |start| text.lines().find_map(|line| line.strip_prefix(start));
        let seconds = line(EXPIRY_LINE)?.trim().parse().ok()?;
        Some(Self {
            names: line(NAMES_LINE)?
                .split_whitespace()
                .map(String::from)
                .collect(),
            not_after: UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?,
            certificate: CertificateDer::from_pem_slice(text.as_bytes()).ok()?,
            key: PrivateKeyDer::from_pem_slice(text.as_bytes()).ok()?,
        })
    }

    fn will_do(&self, names: &[String], now: SystemTime) -> bool {
        self.not_after > now + RENEWAL && names.iter().all(|name| self.names.contains(name))
    }
}

/// All of `names`, and of `more` what fits.
fn union(names: &[String], more: Vec<String>) -> Vec<String> {
    let mut all = names.to_vec();
    for name in more {
        if all.len() < NAMES && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// A self-signed certificate (RFC 5280) on a fresh P-256 key, which every browser takes.
fn make(names: &[String]) -> Result<String, TlsError> {
    let now = SystemTime::now();
    let not_after = now + VALIDITY;
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "handclasp on this machine");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Yesterday, for phones whose clocks are behind.
    params.not_before = (now - DAY).into();
    params.not_after = not_after.into();
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let expiry = not_after
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let names = names.join(" ");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    Ok(format!(
        "# Made by handclasp-serve for itself. Delete it to get a new one.\n{NAMES_LINE}{names}\n{EXPIRY_LINE}{expiry}\n{certificate}{key}"
    ))
}

/// Writes the whole file or nothing, readable by this user alone.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Of this process alone, so that two that start at the same time do not write into each other's.
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.into()).collect()
    }

    #[test]
    fn a_certificate_will_do_until_it_expires_or_a_name_is_missing() {
        let text = make(&strings(&["localhost", "192.0.2.7"])).expect("made");
        let kept = Kept::parse(&text).expect("parsed");
        let now = SystemTime::now();
        assert!(kept.will_do(&strings(&["localhost"]), now));
        assert!(!kept.will_do(&strings(&["localhost", "192.0.2.8"]), now));
        assert!(!kept.will_do(&strings(&["localhost"]), now + VALIDITY - RENEWAL));
    }

    #[test]
    fn a_spoilt_file_is_not_taken() {
        let text = make(&strings(&["localhost"])).expect("made");
        assert!(Kept::parse("").is_none());
        assert!(Kept::parse(&text[..text.len() / 2]).is_none());
        assert!(Kept::parse(&text.replace("# names", "# other")).is_none());
    }

    #[test]
    fn names_of_earlier_networks_are_kept_as_far_as_they_fit() {
        let all = union(&strings(&["a", "b"]), strings(&["b", "c"]));
        assert_eq!(all, ["a", "b", "c"]);
        let many: Vec<_> = (0..100).map(|n| format!("host{n}")).collect();
        assert_eq!(union(&strings(&["a"]), many).len(), NAMES);
    }

    #[test]
    fn the_host_name_is_named_as_multicast_dns_does_too() {
        let names = names(Some("desk"), &[IpAddr::from([192, 0, 2, 7])]);
        assert_eq!(
            names,
            [
                "localhost",
                "127.0.0.1",
                "::1",
                "desk",
                "desk.local",
                "192.0.2.7"
            ]
        );
    }
}
