//! Every project command: `cargo xtask help` lists them.
//!
//! Each does its own set-up, says what it is doing and how long that took, and never waits for an answer.

mod bench;
mod build;
mod command;
mod command_line;
mod fuzz;
mod hash;
mod project;
mod report;
mod serve;
mod setup;
mod simulate;
mod size;
mod step;
mod test;
mod watch;

use std::process::ExitCode;

use anyhow::Result;

use build::{Profile, Tools};
use command_line::{Command, HELP};
use project::Project;
use setup::wasm_target;

fn main() -> ExitCode {
    match command_line::parse(std::env::args_os().skip(1))
        .map_err(Into::into)
        .and_then(run)
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    command::end_children_with_us()?;
    let project = Project::find()?;
    match command {
        Command::Help => print!("{HELP}"),
        Command::Serve(options) => serve::run(&project, &options)?,
        Command::Example(example, options) => serve::example(&project, example, &options)?,
        Command::Test { parts, slow } => test::run(&project, &parts, slow)?,
        Command::Netlab(scenarios) => test::run_netlab(&project, &scenarios)?,
        Command::NetlabList => test::netlab::list(&project)?,
        Command::Simulate(options) => simulate::run(&project, &options)?,
        Command::Fuzz(options) => fuzz::run(&project, &options)?,
        Command::Bench(options) => bench::run(&project, &options)?,
        Command::SetUp { tests: false } => drop(Tools::ensure(&project, Profile::Release)?),
        Command::SetUp { tests: true } => test::set_up(&project)?,
        Command::Build(profile) => drop(build::page::build(
            &project,
            &Tools::ensure(&project, profile)?,
            profile,
        )?),
        Command::SingleFile(file) => {
            build::single_file::build(&project, &Tools::ensure(&project, Profile::Release)?, &file)?
        }
        Command::Package => drop(build::npm::build(
            &project,
            &Tools::ensure(&project, Profile::Release)?,
        )?),
        Command::WasmEnv => print!("{}", wasm_target::find_or_make(&project)?.shell(&project)),
    }
    Ok(())
}
