//! The network lab: real browsers on networks that fail, in Linux namespaces. Needs root.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::judge;
use crate::build::{self, Profile, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::serve;
use crate::setup::{debian, netlab as setup};
use crate::step::step;

/// All scenarios, each with blackouts of up to a minute.
const LIMIT: Duration = Duration::from_secs(3 * 60 * 60);

/// The files with scenarios of handclasp, the quickest first; the others test the lab itself.
const SCENARIOS: [&str; 5] = [
    "connect.test.mjs",
    "outage.test.mjs",
    "broker.test.mjs",
    "credentials.test.mjs",
    "by-hand.test.mjs",
];

/// What of the lab is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scenarios {
    /// Every scenario, and the tests of the lab itself.
    All,
    /// Those whose name has this in it.
    Named(String),
    /// A few minutes' worth.
    Short,
}

/// Runs the scenarios, and prints their rows as one table at the end.
pub(crate) fn run(project: &Project, scenarios: &Scenarios) -> Result<Counts> {
    let prefix = as_root()?;
    let browsers = super::end_to_end::set_up(project)?;
    step("what the network lab needs", |_| setup::ensure())?;
    let tools = Tools::ensure(project, Profile::Release)?;
    let npm_package = build::npm::build(project, &tools)?.folder;
    let server = serve::server(project)?;
    let rows = project.target.join("netlab-rows.jsonl");
    let _ = std::fs::remove_file(&rows);
    let counts = step("network lab", |_| {
        let mut words: Vec<String> = prefix.iter().map(|word| (*word).to_owned()).collect();
        let mut variable = |name: &str, value: &dyn AsRef<std::path::Path>| {
            words.push(format!("{name}={}", value.as_ref().display()));
        };
        variable("HANDCLASP_NPM", &npm_package);
        variable("HANDCLASP_SERVE", &server);
        variable("HANDCLASP_NETLAB_ROWS", &rows);
        variable("CHROMIUM", &browsers.chromium);
        variable("FIREFOX", &browsers.firefox);
        match scenarios {
            Scenarios::All => {}
            Scenarios::Named(text) => variable("HANDCLASP_NETLAB_ONLY", text),
            Scenarios::Short => variable("HANDCLASP_NETLAB_SHORT", &"1"),
        }
        // One at a time: each starts several browsers, and they are timed.
        let arguments = ["--test", "--test-concurrency=1", "--test-reporter=spec"];
        let node = Program::new(&words[0])
            .args(&words[1..])
            .arg("node")
            .args(arguments);
        let node = match scenarios {
            Scenarios::All => node,
            Scenarios::Named(_) | Scenarios::Short => node.args(SCENARIOS),
        };
        let ended = node.folder(folder(project)).limit(LIMIT).transcript()?;
        Ok(judge(Runner::Node, ended))
    })?;
    if rows.is_file() {
        Program::new("node")
            .arg("rows.mjs")
            .arg(&rows)
            .folder(folder(project))
            .run()?;
    }
    Ok(counts)
}

/// Prints the names of the scenarios.
pub(crate) fn list(project: &Project) -> Result<()> {
    super::end_to_end::set_up(project)?;
    for file in SCENARIOS {
        let node = Program::new("node").arg(file).folder(folder(project));
        let text = node.env("HANDCLASP_NETLAB_LIST", "1").output()?;
        // What follows is the test runner's word that no test ran.
        for name in text.lines().take_while(|line| !line.starts_with("TAP")) {
            println!("{name}");
        }
    }
    Ok(())
}

/// The words before a command that needs root, and variables after it.
fn as_root() -> Result<&'static [&'static str]> {
    if !cfg!(target_os = "linux") {
        bail!("The network lab needs Linux, for its network namespaces.");
    }
    if !setup::has_tun() {
        bail!(
            "The network lab needs /dev/net/tun: let this container have it, or run `modprobe tun`."
        );
    }
    debian::env_as_root().context(
        "The network lab makes network namespaces and needs root: run it as root, or where sudo asks for no password.",
    )
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("tests/netlab")
}
