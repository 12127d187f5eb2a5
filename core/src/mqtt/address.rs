//! The address of a broker.

use core::fmt;

/// Longest address in bytes. No browser refuses as much.
pub const MAX_ADDRESS: usize = 2048;

/// Longest prefix in bytes.
pub const MAX_PREFIX: usize = 128;

/// What stands before topics unless the address says otherwise, so that who runs a broker sees whose they are.
pub const DEFAULT_PREFIX: &str = "handclasp";

/// Where a broker is, and how to enter: `wss://user:password@host:port/path?prefix=some/topic`.
///
/// Everything but scheme and host may be left out. User, password and prefix are for MQTT, may be percent-encoded, and are
/// not part of the URL that is opened. Other query parameters are.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
    host: String,
    username: Option<String>,
    password: Option<String>,
    prefix: String,
}

/// Why a text is not the address of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It does not start with `ws://` or `wss://`.
    #[error("the address of a broker starts with ws:// or wss://")]
    Scheme,
    /// It is longer than [`MAX_ADDRESS`] bytes.
    #[error("the address of a broker has at most {MAX_ADDRESS} bytes")]
    TooLong,
    /// There is no host, or one with characters that no host has.
    #[error("the address of the broker has no valid host")]
    Host,
    /// It contains a space, a control character, or a `%` that is not followed by two hexadecimal digits.
    #[error("the address of the broker has characters that must be percent-encoded")]
    Encoding,
    /// There is a password without a user name.
    #[error("the address of the broker has a password but no user name")]
    Username,
    /// The prefix is longer than [`MAX_PREFIX`] bytes or has one of `+`, `#`, a leading `$` or `/`, or a trailing `/`.
    #[error("the topic prefix in the address of the broker is not valid")]
    Prefix,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_ADDRESS {
            return Err(AddressError::TooLong);
        }
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(AddressError::Encoding);
        }
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let scheme = ["ws", "wss"]
            .into_iter()
            .find(|known| scheme.eq_ignore_ascii_case(known))
            .ok_or(AddressError::Scheme)?;
        // A fragment is never sent.
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        if !is_host(host) {
            return Err(AddressError::Host);
        }
        let (username, password) = match userinfo {
            None => (None, None),
            Some(userinfo) => credentials(userinfo)?,
        };
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let mut url = [scheme, "://", host, path].concat();
        let mut prefix = None;
        let mut separator = '?';
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            if let Some(value) = parameter.strip_prefix("prefix=") {
                prefix = Some(decode(value)?);
            } else {
                url.push(separator);
                url.push_str(parameter);
                separator = '&';
            }
        }
        let prefix = prefix.unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
        if !is_prefix(&prefix) {
            return Err(AddressError::Prefix);
        }
        Ok(Self {
            url,
            host: host.to_owned(),
            username,
            password,
            prefix,
        })
    }

    /// What to open a WebSocket to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port, for people.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The user name.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The password.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The MQTT topic for `name`, which must be one level of a topic.
    pub fn topic(&self, name: &str) -> String {
        match &*self.prefix {
            "" => name.to_owned(),
            prefix => [prefix, "/", name].concat(),
        }
    }
}

impl fmt::Debug for Address {
    /// The host alone: the rest may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}

/// Not a full check, which is the browser's: it keeps out what would change the meaning of the rest.
fn is_host(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    !name.is_empty() && !host.contains(['@', '\\', '%', '<', '>', '^', '|', '"', '`', '{', '}'])
}

fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= MAX_PREFIX
        && !prefix.contains(['+', '#', '\0'])
        && !prefix.starts_with(['$', '/'])
        && !prefix.ends_with('/')
}

type Credentials = (Option<String>, Option<String>);

fn credentials(userinfo: &str) -> Result<Credentials, AddressError> {
    let (username, password) = match userinfo.split_once(':') {
        Some((username, password)) => (username, Some(decode(password)?)),
        None => (userinfo, None),
    };
    match (
        decode(username)?,
        password.filter(|password| !password.is_empty()),
    ) {
        (username, Some(_)) if username.is_empty() => Err(AddressError::Username),
        (username, password) => Ok((Some(username).filter(|name| !name.is_empty()), password)),
    }
}

/// Percent-decoding (RFC 3986 §2.1) of what must be UTF-8.
fn decode(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match byte {
            b'%' => {
                let (&[high, low], tail) =
                    rest.split_first_chunk().ok_or(AddressError::Encoding)?;
                rest = tail;
                hex(high)? << 4 | hex(low)?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or(AddressError::Encoding)
}

fn hex(digit: u8) -> Result<u8, AddressError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(AddressError::Encoding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_what_they_mean() {
        let table = [
            // text, url, host, username, password, topic of "t"
            (
                "ws://localhost",
                "ws://localhost",
                "localhost",
                None,
                None,
                "handclasp/t",
            ),
            (
                "WSS://h:8084/mqtt",
                "wss://h:8084/mqtt",
                "h:8084",
                None,
                None,
                "handclasp/t",
            ),
            (
                "ws://[::1]:9001/",
                "ws://[::1]:9001/",
                "[::1]:9001",
                None,
                None,
                "handclasp/t",
            ),
            (
                "wss://u:p@h/x",
                "wss://h/x",
                "h",
                Some("u"),
                Some("p"),
                "handclasp/t",
            ),
            (
                "wss://u%40a:p%3A%2f@h",
                "wss://h",
                "h",
                Some("u@a"),
                Some("p:/"),
                "handclasp/t",
            ),
            ("wss://u@h", "wss://h", "h", Some("u"), None, "handclasp/t"),
            ("wss://u:@h", "wss://h", "h", Some("u"), None, "handclasp/t"),
            ("wss://h?prefix=a/b", "wss://h", "h", None, None, "a/b/t"),
            (
                "wss://h/?k=1&prefix=&l=2",
                "wss://h/?k=1&l=2",
                "h",
                None,
                None,
                "t",
            ),
            (
                "wss://h/p#fragment",
                "wss://h/p",
                "h",
                None,
                None,
                "handclasp/t",
            ),
        ];
        for (text, url, host, username, password, topic) in table {
            let address = Address::parse(text).expect(text);
            assert_eq!(address.url(), url, "{text}");
            assert_eq!(address.host(), host, "{text}");
            assert_eq!(address.username(), username, "{text}");
            assert_eq!(address.password(), password, "{text}");
            assert_eq!(address.topic("t"), topic, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_a_reason() {
        let long = format!("ws://h/{}", "a".repeat(MAX_ADDRESS));
        let long_prefix = format!("ws://h/?prefix={}", "a".repeat(MAX_PREFIX + 1));
        let table = [
            ("", AddressError::Scheme),
            ("localhost:9001", AddressError::Scheme),
            ("https://h/mqtt", AddressError::Scheme),
            ("ws://", AddressError::Host),
            ("ws:///mqtt", AddressError::Host),
            ("ws://:80/", AddressError::Host),
            ("ws://a\\b/", AddressError::Host),
            ("ws://u:p@/", AddressError::Host),
            ("ws://h /", AddressError::Encoding),
            ("ws://h/\n", AddressError::Encoding),
            ("ws://u:%4@h", AddressError::Encoding),
            ("ws://u:%zz@h", AddressError::Encoding),
            ("ws://u%ff@h", AddressError::Encoding),
            ("ws://u%00@h", AddressError::Encoding),
            ("ws://:p@h", AddressError::Username),
            ("ws://h?prefix=%23", AddressError::Prefix),
            ("ws://h?prefix=+", AddressError::Prefix),
            ("ws://h?prefix=$SYS", AddressError::Prefix),
            ("ws://h?prefix=a/", AddressError::Prefix),
            (&long, AddressError::TooLong),
            (&long_prefix, AddressError::Prefix),
        ];
        for (text, error) in table {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_in_the_debug_text() {
        let address = Address::parse("wss://alice:hush@h/p?token=t").expect("valid");
        assert_eq!(format!("{address:?}"), "h");
    }
}
