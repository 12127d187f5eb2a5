//! Formatting, clippy and rustdoc: each counts as one check.

use anyhow::Result;

use crate::command::Program;
use crate::project::Project;
use crate::report::Counts;
use crate::setup::wasm_target;
use crate::step::step;

pub(super) fn run(project: &Project) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut check = |title: &str, program: Program| match step(title, |_| program.run()) {
        Ok(()) => counts.passed += 1,
        Err(error) => {
            eprintln!("{error:#}");
            counts.failed += 1;
        }
    };
    check(
        "formatting",
        cargo(project).args(["fmt", "--all", "--check"]),
    );
    let clippy = cargo(project).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    check("clippy", clippy);
    // The tests in browsers exist for wasm32 only. A compiler that is not the host's has no clippy of its own here.
    let wasm = wasm_target::ensure(project)?;
    if wasm.is_default {
        let clippy = wasm.cargo(project, "clippy");
        check(
            "clippy for wasm32",
            clippy.args([
                "--package",
                "handclasp",
                "--tests",
                "--profile",
                "wasm-dev",
                "--",
                "-D",
                "warnings",
            ]),
        );
    }
    let rustdoc = cargo(project)
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    check("rustdoc", rustdoc);
    Ok(counts)
}

/// The host's cargo, in the project and into its folder.
pub(crate) fn cargo(project: &Project) -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Program::new(cargo)
        .folder(&project.root)
        .env("CARGO_TARGET_DIR", &project.target)
}
