//! Tests on this machine: unit, property and integration tests, and the examples in the documentation.

use std::time::Duration;

use anyhow::Result;

use super::judge;
use super::lint::cargo;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::step::step;

/// Compiling everything from nothing on two slow cores, and the tests themselves.
const LIMIT: Duration = Duration::from_secs(30 * 60);

pub(super) fn run(project: &Project) -> Result<Counts> {
    let has_nextest = cargo(project)
        .args(["nextest", "--version"])
        .output()
        .is_ok();
    let mut counts = step("native tests", |_| {
        if has_nextest {
            let nextest = cargo(project).args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            Ok(judge(Runner::Nextest, nextest.limit(LIMIT).transcript()?))
        } else {
            let test = cargo(project).args([
                "test",
                "--workspace",
                "--no-fail-fast",
                "--lib",
                "--bins",
                "--tests",
            ]);
            Ok(judge(Runner::Libtest, test.limit(LIMIT).transcript()?))
        }
    })?;
    counts += step("examples in the documentation", |_| {
        let doc = cargo(project).args(["test", "--workspace", "--doc", "--no-fail-fast"]);
        let (status, transcript) = doc.limit(LIMIT).transcript()?;
        let mut counts = Runner::Libtest.count(&transcript);
        if counts.failed == 0 && !status.success() {
            counts.failed = 1;
        }
        Ok(counts)
    })?;
    Ok(counts)
}
