//! `cargo xtask fuzz`: decoders are given what nobody would write, guided by what it makes them do (libFuzzer); and the npm package,
//! in browsers, what nobody should pass to it.

use std::fs;

use anyhow::Result;

use crate::project::Project;
use crate::step::step;
use crate::test::cargo;
use crate::test::end_to_end::fuzz_options;

/// What can be fuzzed: the programs in `fuzz/`, and last [`OPTIONS`].
pub(crate) const TARGETS: [&str; 10] = [
    "envelope",
    "message",
    "frame",
    "fragments",
    "mqtt",
    "address",
    "session",
    "card",
    "transfer",
    OPTIONS,
];

/// What the npm package is passed. It is JavaScript, which no program of ours reads natively.
const OPTIONS: &str = "options";

/// Longest input in bytes. What is longer finds nothing new in formats whose parts are all shorter.
const MAX_LEN: u32 = 4096;

/// What `cargo xtask fuzz` is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// One decoder, or all.
    pub(crate) target: Option<String>,
    /// How long each.
    pub(crate) seconds: u32,
}

pub(crate) fn run(project: &Project, options: &Options) -> Result<()> {
    let wanted = |target: &str| options.target.as_deref().is_none_or(|one| one == target);
    let decoders: Vec<_> = TARGETS
        .into_iter()
        .filter(|target| *target != OPTIONS && wanted(target))
        .collect();
    if !decoders.is_empty() {
        run_decoders(project, &decoders, options.seconds)?;
    }
    if wanted(OPTIONS) {
        fuzz_options(project, options.seconds)?;
    }
    Ok(())
}

fn run_decoders(project: &Project, decoders: &[&str], seconds: u32) -> Result<()> {
    let folder = project.root.join("fuzz");
    let built = project.target.join("fuzz");
    step("compile the fuzzers", |_| {
        cargo(project)
            .folder(&folder)
            .args(["build", "--release", "--quiet"])
            .env("CARGO_TARGET_DIR", &built)
            .run()
    })?;
    for decoder in decoders {
        step(&format!("fuzz {decoder}"), |_| {
            // What is found goes beside the build; what is worth keeping is merged into the corpus by hand, so that it stays small.
            let found = built.join("found").join(decoder);
            fs::create_dir_all(&found)?;
            cargo(project)
                .folder(&folder)
                .env("CARGO_TARGET_DIR", &built)
                .args(["run", "--release", "--quiet", "--bin", decoder, "--"])
                .arg(&found)
                .arg(folder.join("corpus").join(decoder))
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-max_len={MAX_LEN}"))
                .arg(format!("-artifact_prefix={}/", built.display()))
                .args(["-timeout=5", "-print_final_stats=1", "-verbosity=0"])
                .run()
        })?;
    }
    Ok(())
}
