//! What a side says of a channel that it opens, in the `protocol` that browsers carry in-band (RFC 8832 §5.1).

use crate::options::{ChannelOptions, is_protocol};

/// What it begins with; the channel's number follows.
const PREFIX: &str = "handclasp/";

/// What follows the number where only the newest message counts.
const LATEST: &str = "/latest";

/// What is between that and the application's own protocol, if it has one.
const THEN: u8 = b';';

/// See the [module](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Of the side that opens.
    pub(crate) number: u32,
    /// Whether only the newest message counts.
    pub(crate) latest: bool,
    /// The application's protocol.
    pub(crate) protocol: String,
}

impl Opening {
    /// Reads what the peer says; `None` when it is no handclasp's.
    pub(super) fn parse(said: &str) -> Option<Self> {
        let ours = said.strip_prefix(PREFIX)?;
        // By hand: what searches texts is larger than all of this.
        let then = ours.bytes().position(|byte| byte == THEN);
        let (number, protocol) = match then {
            Some(place) => (ours.get(..place)?, ours.get(place + 1..)?),
            None => (ours, ""),
        };
        let (number, latest) = match number.strip_suffix(LATEST) {
            Some(number) => (number, true),
            None => (number, false),
        };
        Some(Self {
            number: number.parse().ok()?,
            latest,
            protocol: is_protocol(protocol).then(|| protocol.to_owned())?,
        })
    }

    /// What to say of the channel of this number.
    pub(super) fn say(number: u32, options: &ChannelOptions) -> String {
        let mut said = format!("{PREFIX}{number}");
        if options.latest {
            said += LATEST;
        }
        if !options.protocol.is_empty() {
            said.push(THEN.into());
            said += &options.protocol;
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::MAX_PROTOCOL;

    #[test]
    fn what_is_said_is_understood() {
        let longest = "x".repeat(MAX_PROTOCOL);
        for protocol in ["", "chat.v2", ";", "7/latest;", "plaudern ü", &longest] {
            for kind in [ChannelOptions::reliable(), ChannelOptions::latest()] {
                let options = ChannelOptions {
                    protocol: protocol.to_owned(),
                    ..kind
                };
                let opening = Opening {
                    number: u32::MAX,
                    latest: options.latest,
                    protocol: protocol.to_owned(),
                };
                let said = Opening::say(u32::MAX, &options);
                assert_eq!(Opening::parse(&said), Some(opening), "{said}");
            }
        }
    }

    #[test]
    fn what_no_handclasp_says_is_refused() {
        let too_long = format!("{PREFIX}7;{}", "x".repeat(MAX_PROTOCOL + 1));
        for said in [
            "",
            "chat.v2",
            "handclasp/",
            "handclasp/x",
            "handclasp/7/newest",
            "handclasp/4294967296",
            "handclasp/;chat",
            &too_long,
        ] {
            assert_eq!(Opening::parse(said), None, "{said}");
        }
    }
}
