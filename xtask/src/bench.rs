//! `cargo xtask bench data`: the same bytes by way of handclasp, of the browser's own channel, and of other libraries. All of it is in
//! `bench/`; this sets up what it needs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::build::{self, Profile, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::serve;
use crate::setup::{debian, netlab, node};
use crate::step::step;
use crate::test::{end_to_end, judge};

/// Everything, in both browsers, in many rounds.
const LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

/// What `cargo xtask bench` is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// For `bench/data.mjs`, which reads them.
    pub(crate) arguments: Vec<OsString>,
}

/// Measures.
///
/// # Errors
/// If something that is needed cannot be had, or the arguments make no sense. A contestant that fails is no error.
pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let browsers = end_to_end::set_up(project)?;
    let folder = folder(project);
    set_up(project)?;
    // Whatever is wrong with the arguments is said before anything is built.
    let names = Program::new("node")
        .args(["data.mjs", "--list"])
        .args(&options.arguments);
    let names = names.folder(&folder).output()?;
    if options
        .arguments
        .iter()
        .any(|argument| argument == "--list")
    {
        print!("{names}");
        return Ok(());
    }
    let lab = lab()?;
    let tools = Tools::ensure(project, Profile::Release)?;
    let npm_package = build::npm::build(project, &tools)?.folder;
    let rust = build::bench::build(project, &tools)?;
    let server = serve::server(project)?;
    step("benchmark of data", |_| {
        let mut words: Vec<OsString> = lab
            .map_or(&["env"][..], |words| words)
            .iter()
            .map(Into::into)
            .collect();
        let mut variable = |name: &str, value: &Path| {
            let mut word = OsString::from(name);
            word.push("=");
            word.push(value);
            words.push(word);
        };
        variable("HANDCLASP_NPM", &npm_package);
        variable("HANDCLASP_BENCH_RUST", &rust);
        variable("HANDCLASP_SERVE", &server);
        variable("CHROMIUM", &browsers.chromium);
        variable("FIREFOX", &browsers.firefox);
        words.extend(["node", "data.mjs"].map(OsString::from));
        words.extend(options.arguments.iter().cloned());
        Program::new(&words[0])
            .args(&words[1..])
            .folder(&folder)
            .limit(LIMIT)
            .run()
    })
}

/// The npm packages that are compared, which a story of the migration pages uses too.
///
/// # Errors
/// If they cannot be had.
pub(crate) fn set_up(project: &Project) -> Result<()> {
    step("what the benchmark needs", |_| {
        node::packages_of(&folder(project))
    })
}

/// What is right whatever the machine: statistics, charts, and what is sent.
///
/// # Errors
/// If node cannot be run. Tests that fail are in the counts.
pub(crate) fn test(project: &Project) -> Result<Counts> {
    step("tests of the benchmark", |_| {
        let node = Program::new("node").args(["--test", "--test-reporter=spec"]);
        Ok(judge(
            Runner::Node,
            node.folder(folder(project)).transcript()?,
        ))
    })
}

/// The words before a command that is to be in the network lab; `None` where there can be no lab, which the benchmark says in its place.
fn lab() -> Result<Option<&'static [&'static str]>> {
    let words = debian::env_as_root().filter(|_| netlab::has_tun());
    if words.is_some() {
        step("what the network lab needs", |_| netlab::ensure())?;
    }
    Ok(words)
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("bench")
}
