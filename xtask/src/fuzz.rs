//! `cargo xtask fuzz`: decoders are given what nobody would write, guided by what it makes them do (libFuzzer).

use std::fs;

use anyhow::Result;

use crate::project::Project;
use crate::step::step;
use crate::test::cargo;

/// The decoders, by the names of the programs in `fuzz/`.
pub(crate) const TARGETS: [&str; 6] =
    ["envelope", "message", "frame", "mqtt", "address", "session"];

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
    let folder = project.root.join("fuzz");
    let built = project.target.join("fuzz");
    step("compile the fuzzers", |_| {
        cargo(project)
            .folder(&folder)
            .args(["build", "--release", "--quiet"])
            .env("CARGO_TARGET_DIR", &built)
            .run()
    })?;
    for target in TARGETS {
        if options.target.as_deref().is_some_and(|one| one != target) {
            continue;
        }
        step(&format!("fuzz {target}"), |_| {
            // What is found goes beside the build; what is worth keeping is merged into the corpus by hand, so that it stays small.
            let found = built.join("found").join(target);
            fs::create_dir_all(&found)?;
            cargo(project)
                .folder(&folder)
                .env("CARGO_TARGET_DIR", &built)
                .args(["run", "--release", "--quiet", "--bin", target, "--"])
                .arg(&found)
                .arg(folder.join("corpus").join(target))
                .arg(format!("-max_total_time={}", options.seconds))
                .arg(format!("-max_len={MAX_LEN}"))
                .arg(format!("-artifact_prefix={}/", built.display()))
                .args(["-timeout=5", "-print_final_stats=1", "-verbosity=0"])
                .run()
        })?;
    }
    Ok(())
}
