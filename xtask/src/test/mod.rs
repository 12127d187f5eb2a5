//! `cargo xtask test`: every check there is, each counted, and one line at the end.

mod browser;
mod bundlers;
pub(crate) mod end_to_end;
mod examples;
mod lint;
mod native;
pub(crate) mod netlab;

use std::process::ExitStatus;

use anyhow::{Result, bail};

use crate::build::{self, Profile, Tools};
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::simulate;
use crate::size;
use crate::step::step;

pub(crate) use lint::cargo;

/// A part of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Formatting, clippy and rustdoc.
    Lint,
    /// Tests on this machine, without a browser.
    Native,
    /// Tests of the library inside browsers.
    Wasm,
    /// Tests of the page with the real server and separate browsers.
    EndToEnd,
    /// The npm package in the bundlers that people use.
    Bundlers,
    /// The examples: their code, and stories of people who use them.
    Examples,
    /// What our users download, against the budgets.
    Size,
    /// A few minutes in the network lab, where there is root; not among [`Part::ALL`].
    Netlab,
}

impl Part {
    /// All, the quickest answers first.
    pub(crate) const ALL: [Part; 7] = [
        Part::Lint,
        Part::Native,
        Part::Wasm,
        Part::EndToEnd,
        Part::Bundlers,
        Part::Examples,
        Part::Size,
    ];

    /// All that can be asked for.
    const NAMED: [Part; 8] = [
        Part::Lint,
        Part::Native,
        Part::Wasm,
        Part::EndToEnd,
        Part::Bundlers,
        Part::Examples,
        Part::Size,
        Part::Netlab,
    ];

    /// The part with this name on the command line.
    pub(crate) fn named(name: &str) -> Option<Part> {
        Part::NAMED.into_iter().find(|part| part.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Part::Lint => "lint",
            Part::Native => "native",
            Part::Wasm => "wasm",
            Part::EndToEnd => "e2e",
            Part::Bundlers => "bundlers",
            Part::Examples => "examples",
            Part::Size => "size",
            Part::Netlab => "netlab",
        }
    }
}

/// Runs these parts; a part that fails does not keep the others from running. `slow` is for what takes minutes because people do.
///
/// # Errors
/// If anything failed.
pub(crate) fn run(project: &Project, parts: &[Part], slow: bool) -> Result<()> {
    let mut total = Counts::default();
    let mut failed = Vec::new();
    for part in Part::NAMED.into_iter().filter(|part| parts.contains(part)) {
        println!("\n━━ {}", part.name());
        let counts = run_part(project, part, slow).unwrap_or_else(|error| {
            eprintln!("{error:#}");
            Counts {
                passed: 0,
                failed: 1,
            }
        });
        if counts.failed > 0 {
            failed.push(part.name());
        }
        total += counts;
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("Failed: {}", failed.join(", "))
    }
}

/// Runs scenarios of the network lab.
///
/// # Errors
/// If there can be no lab here, or anything failed.
pub(crate) fn run_netlab(project: &Project, scenarios: &netlab::Scenarios) -> Result<()> {
    let counts = netlab::run(project, scenarios)?;
    println!("\n{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed > 0 {
        bail!("Failed: netlab");
    }
    Ok(())
}

/// Installs all that the parts need, and compiles nothing of ours.
pub(crate) fn set_up(project: &Project) -> Result<()> {
    Tools::ensure(project, Profile::Release)?;
    browser::runner(project)?;
    browser::drivers(project)?;
    bundlers::set_up(project)?;
    Ok(())
}

fn run_part(project: &Project, part: Part, slow: bool) -> Result<Counts> {
    match part {
        Part::Lint => lint::run(project),
        Part::Native => {
            let mut counts = native::run(project)?;
            counts += simulate::test(project)?;
            Ok(counts)
        }
        Part::Wasm => browser::run(project),
        Part::EndToEnd => end_to_end::run(project, slow),
        Part::Bundlers => bundlers::run(project),
        Part::Examples => examples::run(project, slow),
        Part::Size => {
            let tools = Tools::ensure(project, Profile::Release)?;
            let package = build::npm::build(project, &tools)?;
            let page = build::page::build(project, &tools, Profile::Release)?;
            step("measure", |_| size::report(&package, &page))
        }
        Part::Netlab => netlab::run(project, &netlab::Scenarios::Short),
    }
}

/// What a runner's end means: one that fails without naming a test, or that ran none, counts as a failed test.
pub(crate) fn judge(runner: Runner, (status, transcript): (ExitStatus, String)) -> Counts {
    let mut counts = runner.count(&transcript);
    if counts.failed == 0 && !status.success() {
        counts.failed = 1;
    }
    if counts == Counts::default() {
        println!("No test ran.");
        counts.failed = 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn every_part_can_be_named() {
        for part in Part::NAMED {
            assert_eq!(Part::named(part.name()), Some(part));
        }
        assert_eq!(Part::named("all"), None);
    }

    #[test]
    fn silence_is_a_failure() {
        let fine = "test result: ok. 2 passed; 0 failed;\n".to_owned();
        assert_eq!(
            judge(Runner::Libtest, (ExitStatus::from_raw(0), fine.clone())),
            Counts {
                passed: 2,
                failed: 0
            }
        );
        assert_eq!(
            judge(Runner::Libtest, (ExitStatus::from_raw(256), fine)),
            Counts {
                passed: 2,
                failed: 1
            }
        );
        assert_eq!(
            judge(Runner::Libtest, (ExitStatus::from_raw(0), String::new())),
            Counts {
                passed: 0,
                failed: 1
            }
        );
    }
}
