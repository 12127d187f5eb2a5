//! The standard library for wasm32, compiled from its source once and kept.
//!
//! `-Zbuild-std` compiles it for every new target folder, which takes a minute and a half each time; a sysroot made once
//! takes it once. Two are made: Debian ships no wasm32 standard library at all, so everything there needs a whole one; and
//! what users download is compiled with one that is made for its size.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::wasm_target::TARGET;
use crate::command::Program;
use crate::hash::Fingerprint;
use crate::project::Project;

/// A compiler whose standard library's source is on this machine.
#[derive(Clone, Debug)]
pub(super) struct Compiler {
    pub(super) cargo: PathBuf,
    pub(super) rustc: PathBuf,
}

/// A way of compiling the standard library.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    /// What cargo is to build.
    cargo: &'static [&'static str],
    /// What it and whoever uses it are to be compiled with.
    pub(super) flags: &'static str,
    /// Its users compile its generic code again, as they like it; this is for the rest.
    opt_level: &'static str,
}

/// As it comes with rustup: `test` is for the test harness and brings `proc_macro`; `panic_abort` is what our release
/// profile asks for.
pub(super) const WHOLE: Recipe = Recipe {
    cargo: &["-Zbuild-std=std,panic_abort,test"],
    flags: "",
    opt_level: "s",
};

/// As small as it gets, which is worth an eighth of the module. A panic says nothing and traps at once, so the messages and
/// places of panics are not carried along, and neither is what only `{:?}` would print: with logging compiled out, nothing
/// that we ship prints any of it.
pub(super) const SMALL: Recipe = Recipe {
    cargo: &[
        "-Zbuild-std=std,panic_abort",
        "-Zbuild-std-features=optimize_for_size",
    ],
    flags: "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none",
    opt_level: "z",
};

/// With bitcode, so that link-time optimisation reaches into the standard library too.
const BITCODE: &str = "-Cembed-bitcode=yes";

const MANIFEST: &str = r#"[package]
name = "sysroot"
version = "0.0.0"
edition = "2024"

[workspace]
"#;

/// The sysroot of this compiler and recipe, made if it is not there; and where it comes from, in a few words.
pub(super) fn ensure(
    project: &Project,
    compiler: &Compiler,
    recipe: Recipe,
) -> Result<(PathBuf, String)> {
    let version = compiler.version()?;
    let release = release(&version);
    let sysroot = folder(project, &version, recipe);
    if sysroot.is_dir() {
        let name = format!("rustc {release}, its standard library from the cache");
        return Ok((sysroot, name));
    }
    eprintln!("  compiling the standard library of rustc {release} for wasm32, once");
    make(&sysroot, compiler, recipe)?;
    let name = format!("rustc {release}, its standard library compiled now");
    Ok((sysroot, name))
}

/// The sysroot of an earlier run, if the compiler is still the same.
pub(super) fn made_before(
    project: &Project,
    compiler: &Compiler,
    recipe: Recipe,
) -> Result<Option<PathBuf>> {
    if !compiler.rustc.is_file() {
        return Ok(None);
    }
    Ok(Some(folder(project, &compiler.version()?, recipe)).filter(|folder| folder.is_dir()))
}

impl Compiler {
    fn version(&self) -> Result<String> {
        Program::new(&self.rustc).arg("-vV").output()
    }
}

/// One folder for each compiler and each way of compiling, so that an upgrade of either makes a new one.
fn folder(project: &Project, version: &str, recipe: Recipe) -> PathBuf {
    let cargo = recipe.cargo.join(" ");
    let fingerprint = Fingerprint::of([
        version,
        &cargo,
        BITCODE,
        recipe.flags,
        recipe.opt_level,
        MANIFEST,
    ]);
    project
        .cache
        .join(format!("sysroot-{}-{fingerprint}", release(version)))
}

fn make(sysroot: &Path, compiler: &Compiler, recipe: Recipe) -> Result<()> {
    // Made beside its place and renamed, so that an interrupted run leaves nothing that looks finished.
    let mut work = sysroot.as_os_str().to_owned();
    work.push(format!(".tmp-{}", std::process::id()));
    let work = PathBuf::from(work);
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("Cargo.toml"), MANIFEST)?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = Program::new(&compiler.cargo)
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .args(recipe.cargo)
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
        .env("RUSTC", &compiler.rustc)
        .env("RUSTFLAGS", format!("{BITCODE} {}", recipe.flags))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", recipe.opt_level);
    let made = cargo
        .env("CARGO_TARGET_DIR", work.join("target"))
        .run()
        .context("The standard library for wasm32 could not be compiled.");
    if let Err(error) = made {
        let _ = fs::remove_dir_all(&work);
        return Err(error);
    }

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
    fn each_compiler_and_recipe_has_its_own_sysroot() {
        let project = Project {
            root: "/r".into(),
            target: "/r/target".into(),
            cache: "/c".into(),
        };
        let one = "rustc 1.96.0\nrelease: 1.96.0\ncommit-hash: a\n";
        let two = "rustc 1.96.0\nrelease: 1.96.0\ncommit-hash: b\n";
        let small = folder(&project, one, SMALL);
        let (one, two) = (folder(&project, one, WHOLE), folder(&project, two, WHOLE));
        assert!(
            one.to_string_lossy().starts_with("/c/sysroot-1.96.0-"),
            "{}",
            one.display()
        );
        assert_ne!(one, two);
        assert_ne!(one, small);
    }
}
