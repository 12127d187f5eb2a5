//! The examples as their users have them: built for release, and used by people in both browsers.

use std::time::Duration;

use anyhow::Result;

use super::lint::{cargo, check};
use super::{end_to_end, judge};
use crate::build::example;
use crate::build::{Profile, Tools};
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::serve;
use crate::step::step;

const LIMIT: Duration = Duration::from_secs(15 * 60);

/// The files of `tests/e2e` that are about examples.
pub(super) const STORIES: [&str; 3] = ["bevy.test.mjs", "examples.test.mjs", "game.test.mjs"];

/// `slow` is clippy too: four frameworks and a game engine once more for this machine take it five minutes, and the build shows most of what it would.
pub(super) fn run(project: &Project, slow: bool) -> Result<Counts> {
    let browsers = end_to_end::set_up(project)?;
    let workspace = example::workspace(project);
    let mut counts = Counts::default();
    let formatting = ["fmt", "--all", "--check"].as_slice();
    let clippy = ["clippy", "--workspace", "--", "-D", "warnings"].as_slice();
    let checks = [
        ("formatting of the examples", formatting),
        ("clippy of the examples", clippy),
    ];
    for (title, arguments) in checks.into_iter().take(1 + usize::from(slow)) {
        counts += check(title, cargo(&workspace).args(arguments));
    }
    let tools = Tools::ensure(project, Profile::Release)?;
    example::build_all(project, &tools)?;
    let server = serve::server(project)?;
    counts += step("stories of the examples", |_| {
        let node = end_to_end::stories(project, browsers)
            .args(STORIES)
            .env("HANDCLASP_EXAMPLES", project.examples())
            .env("HANDCLASP_SERVE", server);
        Ok(judge(Runner::Node, node.limit(LIMIT).transcript()?))
    })?;
    Ok(counts)
}
