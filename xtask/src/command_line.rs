//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::bench;
use crate::build::Profile;
use crate::build::example::{EXAMPLES, Example};
use crate::fuzz;
use crate::serve;
use crate::simulate;
use crate::test::Part;
use crate::test::netlab::Scenarios;

/// Where the page of one file goes unless told.
const SINGLE_FILE: &str = "dist-single/handclasp.html";

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
cargo xtask COMMAND

  serve     set up, build the page, and serve it with its broker
              --port PORT    [8080]
              --host ADDRESS listen on this address only
              --tls          HTTPS, which cameras need on other machines of the network
              --watch        build the page again when its sources change
              --dev          quick to build, large to load
              -- OPTIONS     for handclasp-serve; `-- --help` lists them
  example NAME
            build an example and serve it: a chat (`websys`, `leptos`, `yew`, `dioxus`), or a game
            between two tabs (`game`, `bevy`); options as of serve, without --watch
  test      set up and run every check
              --only PART    lint, native, wasm, e2e, bundlers, examples, size, or netlab (a few
                             minutes of the network lab, as root); may be repeated
              --slow         also what takes minutes: people who do, and clippy of the examples
  netlab    calls on networks that fail, in Linux namespaces, with a table at the end; needs
            root (or sudo without a password) and /dev/net/tun, and takes an hour
              --only TEXT    the scenarios with this in their name
              --list         the names of all
  simulate  rooms on a network that fails, in fake time: every seed a run of its own, the same each time
              --seeds N      how many [20000]
              --seed N       this one alone
              --trace        what happens in it, line by line
              --members N    rooms of so many, 2 to 6; otherwise the seed decides
  fuzz NAME give a decoder what nobody would write, or `options` to the npm package in browsers;
            without NAME, all in turn
              --seconds N    how long each [60]
  bench data
            a stream and messages by way of handclasp, of the browser's own channel and of other
            libraries, side by side: tables, docs/bench.md and its charts; more than an hour
              --only NAME    a workload or a contestant; may be repeated
              --browser NAME chromium or firefox [both]
              --size MIB     of the stream [256]
              --rounds N     [5]
              --quick        small sizes and one round
              --list         the names of workloads and contestants
  lint      formatting, clippy and rustdoc
  size      what users download, against the budgets
  build     the page, into dist/ for any static host; --dev
  page      the same; with --single-file [FILE]: one HTML file of everything, which also works
            opened from a disk [dist-single/handclasp.html]
  package   the npm package, into npm/dist/
  setup     only what `serve` needs to be installed; --tests: what `test` needs
  wasm-env  the environment for compiling to wasm32, for a shell: eval \"$(cargo xtask wasm-env)\"
  help      this text

What takes long to make is kept in ~/.cache/handclasp, or in $HANDCLASP_CACHE.
";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Help,
    Serve(serve::Options),
    Example(Example, serve::Options),
    Test {
        parts: Vec<Part>,
        /// Also what takes minutes because people do.
        slow: bool,
    },
    Netlab(Scenarios),
    NetlabList,
    Simulate(simulate::Options),
    Fuzz(fuzz::Options),
    Bench(bench::Options),
    SetUp {
        tests: bool,
    },
    Build(Profile),
    /// The page, in this file.
    SingleFile(PathBuf),
    Package,
    WasmEnv,
}

/// Reads the arguments that follow the program's name.
///
/// # Errors
/// Names the argument that is unknown, missing or wrong.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<Command, lexopt::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut ours = arguments.iter().take_while(|argument| *argument != "--");
    if ours.any(|argument| argument == "--help" || argument == "-h") {
        return Ok(Command::Help);
    }
    let mut parser = lexopt::Parser::from_args(arguments);
    let name = match parser.next()? {
        None => return Ok(Command::Help),
        Some(Value(name)) => name.string()?,
        Some(argument) => return Err(argument.unexpected()),
    };
    match name.as_str() {
        "serve" => serve(&mut parser),
        "example" => example(&mut parser),
        "test" => test(&mut parser),
        "netlab" => netlab(&mut parser),
        "simulate" => simulate(&mut parser),
        "fuzz" => fuzz(&mut parser),
        "bench" => bench(&mut parser),
        "build" => Ok(Command::Build(if flag(&mut parser, "dev")? {
            Profile::Dev
        } else {
            Profile::Release
        })),
        "page" => page(&mut parser),
        "setup" => Ok(Command::SetUp {
            tests: flag(&mut parser, "tests")?,
        }),
        "lint" => nothing_more(&mut parser, only(Part::Lint)),
        "size" => nothing_more(&mut parser, only(Part::Size)),
        "npm" | "package" => nothing_more(&mut parser, Command::Package),
        "wasm-env" => nothing_more(&mut parser, Command::WasmEnv),
        "help" => Ok(Command::Help),
        _ => Err(format!("`{name}` is no command; `cargo xtask help` lists them").into()),
    }
}

fn serve(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = serve::Options {
        profile: Profile::Release,
        watch: false,
        arguments: Vec::new(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("watch") => options.watch = true,
            Long("dev") => options.profile = Profile::Dev,
            Long("release") => options.profile = Profile::Release,
            Long("tls") => options.arguments.push("--tls".into()),
            Long("port") => options.arguments.extend([
                "--port".into(),
                parser.value()?.parse::<u16>()?.to_string().into(),
            ]),
            Long("host") => options.arguments.extend(["--host".into(), parser.value()?]),
            Value(value) => {
                options.arguments.push(value);
                options.arguments.extend(parser.raw_args()?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Serve(options))
}

fn example(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let name = match parser.next()? {
        Some(Value(name)) => name.string()?,
        Some(argument) => return Err(argument.unexpected()),
        None => String::new(),
    };
    let example = Example::named(&name).ok_or_else(|| {
        let names = EXAMPLES.map(|example| example.name).join(", ");
        format!("`{name}` is no example; there are {names}")
    })?;
    match serve(parser)? {
        Command::Serve(options) if options.watch => {
            Err("an example is not built again when it changes".into())
        }
        Command::Serve(options) => Ok(Command::Example(example, options)),
        command => Ok(command),
    }
}

fn page(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut command = Command::Build(Profile::Release);
    while let Some(argument) = parser.next()? {
        command = match argument {
            Long("single-file") => Command::SingleFile(match parser.optional_value() {
                Some(file) => file.into(),
                None => SINGLE_FILE.into(),
            }),
            Value(file) if matches!(command, Command::SingleFile(_)) => {
                Command::SingleFile(file.into())
            }
            _ => return Err(argument.unexpected()),
        };
    }
    Ok(command)
}

/// This part of the checks alone.
fn only(part: Part) -> Command {
    Command::Test {
        parts: vec![part],
        slow: false,
    }
}

fn test(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut parts = Vec::new();
    let mut slow = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("only") => {
                let name = parser.value()?.string()?;
                parts.push(Part::named(&name).ok_or_else(|| format!("there is no part `{name}`"))?);
            }
            Long("slow") => slow = true,
            _ => return Err(argument.unexpected()),
        }
    }
    if parts.is_empty() {
        parts = Part::ALL.to_vec();
    }
    Ok(Command::Test { parts, slow })
}

fn netlab(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut command = Command::Netlab(Scenarios::All);
    while let Some(argument) = parser.next()? {
        command = match argument {
            Long("only") => Command::Netlab(Scenarios::Named(parser.value()?.string()?)),
            Long("list") => Command::NetlabList,
            _ => return Err(argument.unexpected()),
        };
    }
    Ok(command)
}

fn simulate(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut arguments: Vec<OsString> = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("trace") => arguments.push("--trace".into()),
            Long(name @ ("seeds" | "seed" | "members" | "from")) => {
                let name = format!("--{name}");
                let number = parser.value()?.string()?.replace('_', "");
                let number: u64 = number
                    .parse()
                    .map_err(|_| format!("{name} needs a number, not `{number}`"))?;
                arguments.extend([name.into(), number.to_string().into()]);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Simulate(simulate::Options { arguments }))
}

fn fuzz(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = fuzz::Options {
        target: None,
        seconds: 60,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seconds") => options.seconds = parser.value()?.parse()?,
            Value(name) if options.target.is_none() => {
                let name = name.string()?;
                if !fuzz::TARGETS.contains(&name.as_str()) {
                    let known = fuzz::TARGETS.join(", ");
                    return Err(format!("`{name}` is no decoder; there are {known}").into());
                }
                options.target = Some(name);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Fuzz(options))
}

fn bench(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        Some(Value(what)) if what == "data" => Ok(Command::Bench(bench::Options {
            arguments: parser.raw_args()?.collect(),
        })),
        Some(argument) => Err(argument.unexpected()),
        None => Err("`cargo xtask bench data` is what can be measured".into()),
    }
}

/// Whether the one flag that the command takes is there.
fn flag(parser: &mut lexopt::Parser, name: &str) -> Result<bool, lexopt::Error> {
    let mut given = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long(flag) if flag == name => given = true,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(given)
}

fn nothing_more(parser: &mut lexopt::Parser, command: Command) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        None => Ok(command),
        Some(argument) => Err(argument.unexpected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, lexopt::Error> {
        parse(line.split_whitespace())
    }

    #[test]
    fn help_can_be_asked_for_anywhere() {
        for line in ["", "help", "--help", "-h", "serve --help", "test --only -h"] {
            assert!(matches!(read(line), Ok(Command::Help)), "{line}");
        }
        assert!(matches!(read("serve -- --help"), Ok(Command::Serve(_))));
    }

    #[test]
    fn every_command_in_the_help_is_known() {
        let commands = HELP.lines().filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        });
        for line in commands {
            let name = line.split(' ').next().expect("a name");
            let name = match name {
                // What is to be measured is part of the name.
                "bench" => line,
                "example" => "example game",
                name => name,
            };
            assert!(read(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_servers_options_are_passed_on() {
        let Ok(Command::Serve(options)) =
            read("serve --port 9000 --tls --watch -- --quiet --state x")
        else {
            panic!("serve")
        };
        assert_eq!(
            options.arguments,
            ["--port", "9000", "--tls", "--quiet", "--state", "x"]
        );
        assert!(options.watch);
        assert_eq!(options.profile, Profile::Release);
    }

    #[test]
    fn an_example_is_served_by_its_name() {
        let Ok(Command::Example(example, options)) = read("example game --port 9000") else {
            panic!("example")
        };
        assert_eq!(example.name, "game");
        assert_eq!(options.arguments, ["--port", "9000"]);
        for name in ["websys", "leptos", "yew", "dioxus", "bevy"] {
            assert!(read(&format!("example {name}")).is_ok(), "{name}");
        }
        assert!(read("example").is_err() && read("example game --watch").is_err());
    }

    #[test]
    fn all_is_tested_unless_parts_are_named() {
        let Ok(Command::Test { parts, slow: false }) = read("test") else {
            panic!("test")
        };
        assert_eq!(parts, Part::ALL);
        let Ok(Command::Test { parts, slow: true }) = read("test --only wasm --only=size --slow")
        else {
            panic!("test")
        };
        assert_eq!(parts, [Part::Wasm, Part::Size]);
    }

    #[test]
    fn the_benchmarks_options_are_passed_on() {
        let Ok(Command::Bench(options)) = read("bench data --only stream --quick") else {
            panic!("bench")
        };
        assert_eq!(options.arguments, ["--only", "stream", "--quick"]);
        assert!(read("bench").is_err() && read("bench everything").is_err());
    }

    #[test]
    fn scenarios_are_named() {
        let Ok(Command::Netlab(scenarios)) = read("netlab --only blackout") else {
            panic!("netlab")
        };
        assert_eq!(scenarios, Scenarios::Named("blackout".into()));
        assert!(matches!(read("netlab --list"), Ok(Command::NetlabList)));
        assert!(matches!(
            read("netlab"),
            Ok(Command::Netlab(Scenarios::All))
        ));
    }

    #[test]
    fn a_simulation_is_told_its_seeds() {
        let Ok(Command::Simulate(options)) = read("simulate --seeds 1_000_000 --members 3") else {
            panic!("simulate")
        };
        assert_eq!(options.arguments, ["--seeds", "1000000", "--members", "3"]);
    }

    #[test]
    fn one_decoder_or_all_are_fuzzed() {
        let Ok(Command::Fuzz(options)) = read("fuzz mqtt --seconds 5") else {
            panic!("fuzz")
        };
        assert_eq!(
            (options.target.as_deref(), options.seconds),
            (Some("mqtt"), 5)
        );
        let Ok(Command::Fuzz(options)) = read("fuzz") else {
            panic!("fuzz")
        };
        assert_eq!(options.target, None);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("sevre", "sevre"),
            ("serve --port x", "x"),
            ("test --only all", "all"),
            ("package now", "now"),
            ("simulate --seeds many", "many"),
            ("fuzz everything", "everything"),
            ("build --fast", "fast"),
            ("example sonata", "sonata"),
        ] {
            let message = read(line).expect_err(line).to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
