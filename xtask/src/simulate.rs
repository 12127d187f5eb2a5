//! `cargo xtask simulate`: rooms on a network that fails, in fake time.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command::Program;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::step::step;
use crate::test::{cargo, judge};

/// How many seeds every test run takes.
const SEEDS: &str = "20000";

/// A million seeds on two slow cores.
const LIMIT: Duration = Duration::from_secs(4 * 60 * 60);

/// What `cargo xtask simulate` is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// For the simulator itself.
    pub(crate) arguments: Vec<OsString>,
}

pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let simulator = simulator(project)?;
    let (status, _) = Program::new(simulator)
        .args(&options.arguments)
        .limit(LIMIT)
        .transcript()?;
    if !status.success() {
        bail!("A rule was broken.");
    }
    Ok(())
}

/// The seeds of every test run.
pub(crate) fn test(project: &Project) -> Result<Counts> {
    let simulator = simulator(project)?;
    step(&format!("simulation of {SEEDS} seeds"), |_| {
        let program = Program::new(simulator).args(["--seeds", SEEDS]);
        Ok(judge(Runner::Simulation, program.transcript()?))
    })
}

fn simulator(project: &Project) -> Result<PathBuf> {
    step("compile the simulator", |_| {
        cargo(project)
            .args([
                "build",
                "--quiet",
                "--profile",
                "sim",
                "--package",
                "handclasp-sim",
            ])
            .run()?;
        Ok(project.target.join("sim/handclasp-sim"))
    })
}
