//! `cargo xtask serve`: the page and the broker on one port, with one command. `cargo xtask example`: the same with an example for the page.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::build::example::Example;
use crate::build::{self, Profile, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::step::step;
use crate::watch::Watcher;

/// The profile of the workspace's Cargo.toml for the native server; `release` is tuned for the browser's program.
const PROFILE: &str = "serve";

/// What makes the page anew when it changes.
const SOURCES: [&str; 8] = [
    "index.html",
    "www",
    "page",
    "src",
    "core/src",
    "core/Cargo.toml",
    "Cargo.toml",
    "Cargo.lock",
];

/// How `serve` was asked to work.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) profile: Profile,
    pub(crate) watch: bool,
    /// For the server.
    pub(crate) arguments: Vec<OsString>,
}

/// Builds an example and serves it in place of the page; this ends only in an error.
pub(crate) fn example(project: &Project, example: Example, options: &Options) -> Result<()> {
    let tools = Tools::ensure(project, options.profile)?;
    let folder = build::example::build(project, &tools, options.profile, example)?;
    let server = Program::new(server(project)?).arg("--dist").arg(folder);
    Err(server
        .args(&options.arguments)
        .folder(&project.root)
        .become_it())
}

/// Builds and serves; without `watch` this ends only in an error, as the process becomes the server.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let tools = Tools::ensure(project, options.profile)?;
    let page = build::page::build(project, &tools, options.profile)?;
    let binary = server(project)?;
    let server = || {
        Program::new(&binary)
            .arg("--dist")
            .arg(&page)
            .args(&options.arguments)
            .folder(&project.root)
    };
    if !options.watch {
        return Err(server().become_it());
    }
    let mut watcher = Watcher::new(SOURCES.iter().map(|path| project.root.join(path)));
    let mut running = server().start()?;
    loop {
        if let Some(status) = running.ended()? {
            bail!("The server ended ({status}).");
        }
        if !watcher.changed() {
            continue;
        }
        // The server reads files as they are asked for, so it stays up. A page that does not compile is no reason to
        // stop: the next change may be the repair.
        match build::page::build(project, &tools, options.profile) {
            Ok(_) => println!("The page is new; reload it in the browser."),
            Err(error) => eprintln!("{error:#}"),
        }
    }
}

/// Builds the server and gives back its path.
pub(crate) fn server(project: &Project) -> Result<PathBuf> {
    step("compile the server", |_| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = Program::new(cargo).args([
            "build",
            "--package",
            "handclasp-serve",
            "--profile",
            PROFILE,
        ]);
        build
            .env("CARGO_TARGET_DIR", &project.target)
            .folder(&project.root)
            .run()?;
        Ok(project.target.join(PROFILE).join("handclasp-serve"))
    })
}
