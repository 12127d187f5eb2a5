//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::{Options, proxies};

/// What `--help` prints.
pub const HELP: &str = "\
Serves the handclasp page and an MQTT broker on one port.

Usage: handclasp-serve [OPTIONS]

      --dist DIR      folder of the built page [dist]
      --host ADDRESS  listen on this address only [all interfaces, IPv4 and IPv6]
      --port PORT     listen on this port; 0 takes a free one [8080]
      --tls           HTTPS with a certificate made on this machine; browsers warn once.
                      Cameras work over plain HTTP on localhost only
      --state DIR     where the certificate is kept [the user's folder for programs' state]
      --config FILE   serve this as /config.json: {\"brokers\": [...], \"iceServers\": [...]}
      --proxy ADDRESS a proxy in front, whose X-Forwarded-For is believed: its address, or a
                      network as 10.0.0.0/8; may be repeated
      --observe       let MQTT clients subscribe to wildcards such as # (for debugging:
                      whoever can reach the server then sees which rooms are in use)
      --quiet         print the address only
  -h, --help          this text
  -V, --version       the version
";

/// What the command line asks for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Serve.
    Serve {
        /// What and where.
        options: Options,
        /// Print the address only.
        quiet: bool,
    },
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

/// Reads the arguments that follow the program's name.
///
/// # Errors
///
/// An unknown option, or one whose value is missing or wrong; the message names it.
pub fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Command, lexopt::Error> {
    let mut options = Options::new("dist");
    let mut quiet = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("dist") => options.dist = PathBuf::from(parser.value()?),
            Long("host") => options.host = Some(parser.value()?.parse()?),
            Long("port") => options.port = parser.value()?.parse()?,
            Long("tls") => options.tls = true,
            Long("state") => options.state = Some(PathBuf::from(parser.value()?)),
            Long("config") => options.config = Some(PathBuf::from(parser.value()?)),
            Long("proxy") => options
                .proxies
                .push(parser.value()?.parse_with(proxies::network)?),
            Long("observe") => options.observe = true,
            Long("quiet") => quiet = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Serve { options, quiet })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_in_the_help_is_taken() {
        let arguments = "--dist d --host ::1 --port 0 --tls --state s --config c --proxy 10.0.0.0/8 --proxy ::1 --observe --quiet";
        let Ok(Command::Serve { options, quiet }) = parse(arguments.split(' ')) else {
            panic!("refused")
        };
        assert_eq!(options.dist, PathBuf::from("d"));
        assert_eq!(
            options.host,
            Some(std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))
        );
        assert_eq!(
            (options.port, options.tls, options.observe, quiet),
            (0, true, true, true)
        );
        assert_eq!(options.proxies.len(), 2);
        for option in arguments.split(' ').filter(|word| word.starts_with("--")) {
            assert!(HELP.contains(option), "{option}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        let refusal = |arguments: &str| {
            parse(arguments.split(' '))
                .expect_err("refused")
                .to_string()
        };
        assert!(refusal("--prot 1").contains("--prot"));
        assert!(refusal("--port 70000").contains("70000"));
        assert!(refusal("--host here").contains("here"));
        assert!(refusal("--proxy 10.0.0.0/40").contains("10.0.0.0/40"));
        assert!(refusal("--dist").contains("--dist"));
        assert!(refusal("dist").contains("dist"));
    }
}
