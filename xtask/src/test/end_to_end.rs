//! The page as its users have it: the release build, the real server, separate browsers, driven by Playwright.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{examples, judge};
use crate::bench;
use crate::build::{self, Profile, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::serve;
use crate::setup::browsers::{self, Browsers};
use crate::setup::node;
use crate::step::step;

const LIMIT: Duration = Duration::from_secs(50 * 60);

pub(super) fn run(project: &Project, slow: bool) -> Result<Counts> {
    let browsers = set_up(project)?;
    bench::set_up(project)?;
    let tools = Tools::ensure(project, Profile::Release)?;
    let page = build::page::build(project, &tools, Profile::Release)?;
    let npm_package = build::npm::build(project, &tools)?.folder;
    let single_file = project.target.join("single-file/handclasp.html");
    build::single_file::build(project, &tools, &single_file)?;
    let server = serve::server(project)?;
    let mut counts = bench::test(project)?;
    counts += step("end-to-end tests", |_| {
        let mut node = stories(project, browsers)
            .args(files(project)?)
            .env("HANDCLASP_NPM", npm_package)
            .env("HANDCLASP_DIST", page)
            .env("HANDCLASP_SINGLE_FILE", single_file)
            .env("HANDCLASP_SERVE", server);
        if slow {
            node = node.env("HANDCLASP_SLOW", "1");
        }
        Ok(judge(Runner::Node, node.limit(LIMIT).transcript()?))
    })?;
    Ok(counts)
}

/// Passes to the npm package in both browsers what nobody should, for so many seconds in each.
pub(crate) fn fuzz_options(project: &Project, seconds: u32) -> Result<()> {
    let browsers = set_up(project)?;
    let tools = Tools::ensure(project, Profile::Release)?;
    let npm_package = build::npm::build(project, &tools)?.folder;
    step("fuzz options", |_| {
        stories(project, browsers)
            .arg("fuzz-options.test.mjs")
            .env("HANDCLASP_NPM", npm_package)
            .env("HANDCLASP_FUZZ_SECONDS", seconds.to_string())
            .run()
    })
}

/// One at a time: each starts several browsers, and they are timed against each other.
pub(super) fn stories(project: &Project, browsers: Browsers) -> Program {
    Program::new("node")
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
        .folder(folder(project))
        .env("CHROMIUM", browsers.chromium)
        .env("FIREFOX", browsers.firefox)
}

/// The files with stories, but for those that the examples' part tells.
fn files(project: &Project) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in folder(project).read_dir()? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") && !examples::STORIES.contains(&name.as_str()) {
            files.push(name);
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Browsers, the second broker, and the npm packages of the tests.
pub(crate) fn set_up(project: &Project) -> Result<Browsers> {
    step("what the end-to-end tests need", |_| {
        let browsers = browsers::ensure()?;
        browsers::servers()?;
        node::packages_of(&folder(project))?;
        Ok(browsers)
    })
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("tests/e2e")
}
