//! The standard library for wasm32, compiled from Debian's source once and kept.
//!
//! Debian ships no wasm32 standard library but does ship its source, and `-Zbuild-std` can compile that. Doing so in
//! every build would cost a minute and a half each time a target folder is new; a sysroot made once costs it once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::wasm_target::TARGET;
use crate::command::Program;
use crate::hash::Fingerprint;
use crate::project::Project;

pub(super) const CARGO: &str = "/usr/bin/cargo";
pub(super) const RUSTC: &str = "/usr/bin/rustc";

/// `test` is for the test harness and brings `proc_macro`; `panic_abort` is what our release profile asks for.
const CRATES: &str = "-Zbuild-std=std,panic_abort,test";

/// With bitcode, so that link-time optimisation reaches into the standard library too.
const FLAGS: &str = "-Cembed-bitcode=yes";

/// `opt-level`: the library's generic code is compiled again by its users anyway; the rest is better small.
const MANIFEST: &str = r#"[package]
name = "sysroot"
version = "0.0.0"
edition = "2024"

[profile.release]
opt-level = "s"

[workspace]
"#;

/// The sysroot for Debian's compiler, made if it is not there; and what to call it.
pub(super) fn ensure(project: &Project) -> Result<(PathBuf, String)> {
    let version = compiler_version()?;
    let release = release(&version);
    let sysroot = folder(project, &version);
    if sysroot.is_dir() {
        return Ok((
            sysroot,
            format!("Debian's rustc {release}, its standard library from the cache"),
        ));
    }
    eprintln!("  compiling the standard library of rustc {release} for wasm32, once");
    make(&sysroot)?;
    Ok((
        sysroot,
        format!("Debian's rustc {release}, its standard library compiled now"),
    ))
}

/// The sysroot of an earlier run, if the compiler is still the same.
pub(super) fn made_before(project: &Project) -> Result<Option<PathBuf>> {
    if !Path::new(RUSTC).is_file() {
        return Ok(None);
    }
    Ok(Some(folder(project, &compiler_version()?)).filter(|folder| folder.is_dir()))
}

fn compiler_version() -> Result<String> {
    Program::new(RUSTC).arg("-vV").output()
}

/// One folder for each compiler and each way of compiling, so that an upgrade of either makes a new one.
fn folder(project: &Project, version: &str) -> PathBuf {
    let fingerprint = Fingerprint::of([version, CRATES, FLAGS, MANIFEST]);
    project
        .cache
        .join(format!("sysroot-{}-{fingerprint}", release(version)))
}

fn make(sysroot: &Path) -> Result<()> {
    // Made beside its place and renamed, so that an interrupted run leaves nothing that looks finished.
    let mut work = sysroot.as_os_str().to_owned();
    work.push(format!(".tmp-{}", std::process::id()));
    let work = PathBuf::from(work);
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("Cargo.toml"), MANIFEST)?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = Program::new(CARGO)
        .args(["build", "--quiet", "--release", CRATES, "--target", TARGET])
        .folder(&work);
    for name in [
        "RUSTUP_TOOLCHAIN",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        cargo = cargo.env_remove(name);
    }
    // `-Zbuild-std` is for nightly compilers; this lets a stable one accept it. The result is the same library.
    cargo = cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", RUSTC)
        .env("RUSTFLAGS", FLAGS);
    cargo
        .env("CARGO_TARGET_DIR", work.join("target"))
        .run()
        .context("The standard library for wasm32 could not be compiled.")?;

    let finished = work.join("finished");
    let libraries = finished.join("lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&libraries)?;
    for file in work
        .join("target")
        .join(TARGET)
        .join("release/deps")
        .read_dir()?
    {
        let file = file?.path();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libsysroot-") {
            fs::copy(&file, libraries.join(name))?;
        }
    }
    // Whoever else made it meanwhile made the same.
    if let Err(error) = fs::rename(&finished, sysroot)
        && !sysroot.is_dir()
    {
        return Err(error).context("The sysroot could not be put in its place.");
    }
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// The `release:` line of `rustc -vV`.
fn release(version: &str) -> &str {
    version
        .lines()
        .find_map(|line| line.strip_prefix("release: "))
        .unwrap_or("unknown")
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_compiler_has_its_own_sysroot() {
        let project = Project {
            root: "/r".into(),
            target: "/r/target".into(),
            cache: "/c".into(),
        };
        let one = folder(&project, "rustc 1.96.0\nrelease: 1.96.0\ncommit-hash: a\n");
        let two = folder(&project, "rustc 1.96.0\nrelease: 1.96.0\ncommit-hash: b\n");
        assert!(
            one.to_string_lossy().starts_with("/c/sysroot-1.96.0-"),
            "{}",
            one.display()
        );
        assert_ne!(one, two);
    }
}
