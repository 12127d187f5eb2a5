//! Call links: `https://host/path?query#r=<secret>`.
//!
//! The secret stands in the fragment, which browsers never send to a server.

/// The fragment parameter that carries the room's secret.
const ROOM: &str = "r";

/// Lengths of a secret in base64url characters: 16 to 64 bytes, as the library accepts them.
const SECRET_LENGTH: core::ops::RangeInclusive<usize> = 22..=86;

/// Longest text that is looked at. A link is about 100 characters; a broker in the query may add some.
const MAX_LINK: usize = 2048;

/// Where a pasted text leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A room of this very page: its secret.
    Here(String),
    /// A room of a page elsewhere, or of this page with other settings.
    Elsewhere {
        /// Host and port, to be shown.
        host: String,
        /// The whole address, `http` or `https`.
        url: String,
    },
}

/// Why a pasted text is no call link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkError {
    /// Nothing was pasted.
    Empty,
    /// There is no `#r=` in it.
    NoRoom,
    /// The part after `#r=` is cut off or has letters that do not belong there.
    Damaged,
    /// Its scheme is not `http` or `https`.
    NotWeb,
    /// Longer than any link of ours.
    TooLong,
}

/// The secret in a URL fragment (`#r=…`, with or without the `#`), if there is a sound one.
pub(crate) fn room_of_fragment(fragment: &str) -> Option<&str> {
    parameter(fragment).filter(|secret| is_secret(secret))
}

/// The fragment for a room.
pub(crate) fn fragment_of_room(secret: &str) -> String {
    format!("{ROOM}={secret}")
}

/// Reads what somebody pasted: a whole link, a link without its scheme, or the bare secret. `here` is the address of
/// this page without its fragment.
///
/// # Errors
/// See [`LinkError`].
pub(crate) fn parse(text: &str, here: &str) -> Result<Target, LinkError> {
    let text = text
        .trim()
        .trim_matches(|c| matches!(c, '<' | '>' | '"' | '\'' | '`'))
        .trim();
    if text.is_empty() {
        return Err(LinkError::Empty);
    }
    if text.len() > MAX_LINK {
        return Err(LinkError::TooLong);
    }
    if is_secret(text) {
        return Ok(Target::Here(text.to_owned()));
    }
    let (base, fragment) = text.split_once('#').ok_or(LinkError::NoRoom)?;
    let secret = parameter(fragment).ok_or(LinkError::NoRoom)?;
    if !is_secret(secret) {
        return Err(LinkError::Damaged);
    }
    let (scheme, rest) = match base.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, base),
    };
    if scheme
        .as_deref()
        .is_some_and(|scheme| scheme != "http" && scheme != "https")
    {
        return Err(LinkError::NotWeb);
    }
    let (our_scheme, our_rest) = here.split_once("://").unwrap_or(("https", here));
    let same_scheme = scheme.as_deref().is_none_or(|scheme| scheme == our_scheme);
    if rest.is_empty() || same_scheme && same_page(rest, our_rest) {
        return Ok(Target::Here(secret.to_owned()));
    }
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    if !is_host(host) {
        return Err(if scheme.is_some() {
            LinkError::NotWeb
        } else {
            LinkError::NoRoom
        });
    }
    let scheme = scheme.as_deref().unwrap_or("https");
    Ok(Target::Elsewhere {
        host: host.to_owned(),
        url: format!("{scheme}://{rest}#{}", fragment_of_room(secret)),
    })
}

fn parameter(fragment: &str) -> Option<&str> {
    fragment
        .trim_start_matches('#')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == ROOM)
        .map(|(_, value)| value.trim())
}

fn is_secret(text: &str) -> bool {
    SECRET_LENGTH.contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A host name or address with an optional port; no user information, so that a link cannot show one host and open another.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.chars().all(|c| {
            c.is_ascii_alphanumeric() || !c.is_ascii() || matches!(c, '.' | '-' | ':' | '[' | ']')
        })
}

fn same_page(a: &str, b: &str) -> bool {
    fn normal(rest: &str) -> (String, String, &str) {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = path.split_once('/').unwrap_or((path, ""));
        let path = path.strip_suffix("index.html").unwrap_or(path);
        (
            host.to_ascii_lowercase(),
            path.trim_end_matches('/').to_owned(),
            query,
        )
    }
    normal(a) == normal(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://meet.example/app/";
    const SECRET: &str = "AAECAwQFBgcICQoLDA0ODw";

    fn here() -> Result<Target, LinkError> {
        Ok(Target::Here(SECRET.into()))
    }

    #[test]
    fn a_link_of_this_page_opens_here() {
        for text in [
            format!("https://meet.example/app/#r={SECRET}"),
            format!("  <https://MEET.example/app#r={SECRET}>\n"),
            format!("meet.example/app/#r={SECRET}"),
            format!("https://meet.example/app/index.html#r={SECRET}"),
            format!("#r={SECRET}"),
            format!("#x=1&r={SECRET}&y=2"),
            SECRET.to_owned(),
        ] {
            assert_eq!(parse(&text, HERE), here(), "{text}");
        }
    }

    #[test]
    fn a_link_of_another_page_names_its_host() {
        assert_eq!(
            parse(
                &format!("http://other.example:8080/x?broker=wss://b#r={SECRET}"),
                HERE
            ),
            Ok(Target::Elsewhere {
                host: "other.example:8080".into(),
                url: format!("http://other.example:8080/x?broker=wss://b#r={SECRET}"),
            })
        );
        assert!(matches!(
            parse(&format!("https://meet.example/app/?broker=wss://b#r={SECRET}"), HERE),
            Ok(Target::Elsewhere { host, .. }) if host == "meet.example"
        ));
    }

    #[test]
    fn what_is_no_link_says_why() {
        for (text, why) in [
            ("   ", LinkError::Empty),
            ("hello there", LinkError::NoRoom),
            ("https://meet.example/app/", LinkError::NoRoom),
            ("https://meet.example/app/#r=abc", LinkError::Damaged),
            (
                "https://meet.example/#r=AAECAwQFBgcICQoLDA0O!w",
                LinkError::Damaged,
            ),
            (&format!("javascript://x/#r={SECRET}"), LinkError::NotWeb),
            (
                &format!("https://bank.example@evil.example/#r={SECRET}"),
                LinkError::NotWeb,
            ),
            (&format!("https:///#r={SECRET}"), LinkError::NotWeb),
            (&"x".repeat(MAX_LINK + 1), LinkError::TooLong),
        ] {
            assert_eq!(parse(text, HERE), Err(why), "{text}");
        }
    }

    #[test]
    fn fragments_round_trip_and_bad_ones_are_no_room() {
        assert_eq!(
            room_of_fragment(&format!("#{}", fragment_of_room(SECRET))),
            Some(SECRET)
        );
        assert_eq!(room_of_fragment(""), None);
        assert_eq!(room_of_fragment("#r="), None);
        assert_eq!(room_of_fragment("#r=tooshort"), None);
        assert_eq!(room_of_fragment(&format!("#r={}", "A".repeat(87))), None);
    }
}
