//! Formatting, clippy and rustdoc: each counts as one check.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{Program, on_path};
use crate::project::Project;
use crate::report::Counts;
use crate::setup::wasm_target;
use crate::step::step;

pub(super) fn run(project: &Project) -> Result<Counts> {
    let mut counts = Counts::default();
    let mut check = |title: &str, program: Program| counts += check(title, program);
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
    // With nothing but the files that they pack, one after the other as they would be published.
    let apart = project.target.join("publish");
    forget_packed(&apart);
    let publish = cargo(project)
        .args(["publish", "--dry-run", "--allow-dirty"])
        .env("CARGO_TARGET_DIR", &apart);
    let packages = ["--package", "handclasp-core", "--package", "handclasp"];
    check("crates that could be published", publish.args(packages));
    // Takes minutes to compile, and little changes what it says: for those who have it.
    if on_path("cargo-deny").is_some() {
        let deny =
            cargo(project).args(["deny", "--offline", "check", "licenses", "bans", "sources"]);
        check("licences and sources of what we depend on", deny);
    }
    Ok(counts)
}

/// Deletes what cargo has unpacked and compiled of our own crates, which it takes for what they are packed to now, as their version is the same.
fn forget_packed(target: &Path) {
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    let entries = |folder: PathBuf| folder.read_dir().into_iter().flatten().flatten();
    let registries = cargo.map(|cargo| entries(cargo.join("registry/src")));
    let unpacked = registries.into_iter().flatten();
    let unpacked = unpacked.flat_map(|registry| entries(registry.path()));
    for entry in unpacked.chain(entries(target.join("debug/.fingerprint"))) {
        if entry.file_name().to_string_lossy().starts_with("handclasp") {
            // What stays would be told of by what is checked next.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Runs a program that says by its exit whether all is well, and why not if it is not: one check.
pub(super) fn check(title: &str, program: Program) -> Counts {
    let checked = step(title, |_| program.run());
    if let Err(error) = &checked {
        eprintln!("{error:#}");
    }
    Counts {
        passed: checked.is_ok().into(),
        failed: checked.is_err().into(),
    }
}

/// The host's cargo, in the project and into its folder.
pub(crate) fn cargo(project: &Project) -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Program::new(cargo)
        .folder(&project.root)
        .env("CARGO_TARGET_DIR", &project.target)
}
