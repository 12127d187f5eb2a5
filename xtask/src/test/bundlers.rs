//! The npm package as published, in the bundlers that people use, with two tabs in what each makes of it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{end_to_end, judge};
use crate::build::{self, Profile, Tools};
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::setup::browsers::Browsers;
use crate::setup::node;
use crate::step::step;

/// Next.js compiles for a minute by itself.
const LIMIT: Duration = Duration::from_secs(15 * 60);

pub(super) fn run(project: &Project) -> Result<Counts> {
    let browsers = set_up(project)?;
    let tools = Tools::ensure(project, Profile::Release)?;
    let package = build::npm::build(project, &tools)?.folder;
    step("the npm package in bundlers", |_| {
        let node = end_to_end::stories(project, browsers)
            .folder(folder(project))
            .env("HANDCLASP_NPM", package);
        Ok(judge(Runner::Node, node.limit(LIMIT).transcript()?))
    })
}

/// What the stories need, and the bundlers.
pub(super) fn set_up(project: &Project) -> Result<Browsers> {
    let browsers = end_to_end::set_up(project)?;
    step("the bundlers", |_| {
        node::packages_of_this_machine(&folder(project))
    })?;
    Ok(browsers)
}

fn folder(project: &Project) -> PathBuf {
    project.root.join("tests/bundlers")
}
