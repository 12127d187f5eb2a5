//! Call links: `https://host/path?query#r=<secret>`, and those of a handshake by hand: `…#h=<code>&n=<name>`.
//!
//! Secrets and codes stand in the fragment, which browsers never send to a server.

/// The fragment parameter that carries the room's secret.
const ROOM: &str = "r";

/// The fragment parameter that carries a handshake code. Without a value: a call without a server, to be begun.
const CODE: &str = "h";

/// The fragment parameter with the name of who made the code, in percent-encoding.
const NAME: &str = "n";

/// Longest name in a link, encoded. A longer one is left out, so that links stay short.
const MAX_ENCODED_NAME: usize = 60;

/// Lengths of a secret in base64url characters: 16 to 64 bytes, as the library accepts them.
const SECRET_LENGTH: core::ops::RangeInclusive<usize> = 22..=86;

/// Longest text that is looked at. A link is about 100 characters; a broker in the query may add some.
const MAX_LINK: usize = 2048;

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first screen.
    Start,
    /// The call of a link: its secret.
    Room(String),
    /// A call without a server, which this person begins.
    ByHand,
    /// What somebody sent in a handshake by hand: the fragment that holds the code.
    Code(String),
    /// Nothing: the link is damaged.
    Broken,
}

impl Place {
    /// What a URL fragment (with its `#`, or empty) leads to. A code is not read here, only found.
    pub(crate) fn of_fragment(fragment: &str) -> Place {
        if let Some(secret) = room_of_fragment(fragment) {
            return Place::Room(secret.to_owned());
        }
        match fragment.trim_start_matches('#') {
            "" => Place::Start,
            CODE => Place::ByHand,
            _ if fragment.len() <= MAX_LINK && value_of(fragment, CODE).is_some() => {
                Place::Code(fragment.to_owned())
            }
            _ => Place::Broken,
        }
    }

    /// The fragment of what is a call, without its `#`.
    pub(crate) fn to_fragment(&self) -> String {
        match self {
            Place::Room(secret) => fragment_of_room(secret),
            Place::ByHand => CODE.to_owned(),
            Place::Code(fragment) => fragment.trim_start_matches('#').to_owned(),
            Place::Start | Place::Broken => String::new(),
        }
    }
}

/// The fragment for a handshake code that `name`, in percent-encoding, has made.
pub(crate) fn fragment_of_code(code: &str, name: &str) -> String {
    match name.len() {
        1..=MAX_ENCODED_NAME => format!("{CODE}={code}&{NAME}={name}"),
        _ => format!("{CODE}={code}"),
    }
}

/// Who made the code of a link, in percent-encoding; empty when it does not say.
pub(crate) fn name_in(text: &str) -> &str {
    let fragment = text.rsplit_once('#').map_or("", |(_, fragment)| fragment);
    let word = fragment.split_whitespace().next().unwrap_or_default();
    value_of(word, NAME)
        .filter(|name| name.len() <= MAX_ENCODED_NAME)
        .unwrap_or_default()
}

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
fn room_of_fragment(fragment: &str) -> Option<&str> {
    value_of(fragment, ROOM).filter(|secret| is_secret(secret))
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
    let secret = value_of(fragment, ROOM).ok_or(LinkError::NoRoom)?;
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

fn value_of<'a>(fragment: &'a str, parameter: &str) -> Option<&'a str> {
    fragment
        .trim_start_matches('#')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == parameter)
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
    fn an_address_leads_to_a_call_a_code_or_the_first_screen() {
        let code = "A".repeat(150);
        for (fragment, place) in [
            ("", Place::Start),
            ("#", Place::Start),
            (&format!("#r={SECRET}"), Place::Room(SECRET.into())),
            ("#h", Place::ByHand),
            ("#r=short", Place::Broken),
            ("#nonsense", Place::Broken),
            (&format!("#h={}", "A".repeat(MAX_LINK)), Place::Broken),
        ] {
            assert_eq!(Place::of_fragment(fragment), place, "{fragment}");
        }
        for fragment in [
            format!("#h={code}"),
            format!("#h={code}&n=Ada"),
            "#h=".to_owned(),
        ] {
            let place = Place::of_fragment(&fragment);
            assert_eq!(place, Place::Code(fragment.clone()));
            assert_eq!(format!("#{}", place.to_fragment()), fragment);
        }
    }

    #[test]
    fn a_code_may_say_who_made_it() {
        let with = fragment_of_code("AAAA", "Ada%20L");
        assert_eq!(with, "h=AAAA&n=Ada%20L");
        assert_eq!(
            name_in(&format!("https://a.example/#{with} see you")),
            "Ada%20L"
        );
        assert_eq!(fragment_of_code("AAAA", ""), "h=AAAA");
        assert_eq!(fragment_of_code("AAAA", &"x".repeat(61)), "h=AAAA");
        for text in ["", "AAAA", "#h=AAAA", &format!("#h=A&n={}", "x".repeat(61))] {
            assert_eq!(name_in(text), "", "{text}");
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
