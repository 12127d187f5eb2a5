//! A compiler for wasm32-unknown-unknown: whichever this machine has, or can get.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian;
use super::sysroot::{self, Compiler};
use crate::command::{Program, on_path};
use crate::project::Project;
use crate::step::step;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What `rustup target add` may take; where its server cannot be reached it may not even fail by itself.
const RUSTUP_LIMIT: Duration = Duration::from_secs(180);

/// Debian's Rust for building browsers: recent, and it comes with the source of its standard library.
const DEBIAN_RUST: [debian::Wanted; 3] = [
    debian::Wanted {
        programs: &["/usr/bin/rustc"],
        packages: &["rustc-web"],
    },
    debian::Wanted {
        programs: &["/usr/bin/cargo"],
        packages: &["cargo-web"],
    },
    debian::Wanted {
        programs: &["wasm-ld-22"],
        packages: &["lld-22"],
    },
];

/// Its standard library's source, and the package that brings it.
const DEBIAN_STD: (&str, &str) = (
    "/usr/lib/rustlib/src/rust/library/std/Cargo.toml",
    "rust-web-src",
);

/// What would override our settings, or send Debian's cargo to rustup's compiler.
const OVERRIDES: [&str; 5] = [
    "RUSTUP_TOOLCHAIN",
    "RUSTC",
    "RUSTDOC",
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
];

/// What rustc is told for wasm32 alone: build scripts and procedural macros keep the compiler's own standard library.
const TARGET_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// A cargo that can compile for wasm32, and the environment that it needs for that.
#[derive(Clone, Debug)]
pub(crate) struct WasmToolchain {
    cargo: PathBuf,
    env: Vec<(&'static str, OsString)>,
    /// Variables that it must not be given.
    unset: &'static [&'static str],
    /// Whether it is the toolchain that also compiles for the host, with its clippy.
    pub(crate) is_default: bool,
    /// What it is, in a few words.
    name: String,
}

impl WasmToolchain {
    /// Cargo, set up to compile for wasm32 into the project's folder for that.
    pub(crate) fn cargo(&self, project: &Project, subcommand: &str) -> Program {
        let mut cargo = Program::new(&self.cargo).folder(&project.root);
        for name in self.unset {
            cargo = cargo.env_remove(name);
        }
        for (name, value) in &self.env {
            cargo = cargo.env(name, value);
        }
        cargo
            .env("CARGO_TARGET_DIR", project.wasm_target())
            .args([subcommand, "--target", TARGET])
    }

    /// The same environment as lines for a shell.
    pub(crate) fn shell(&self, project: &Project) -> String {
        let mut lines = String::new();
        for name in self.unset {
            lines += &format!("unset {name}\n");
        }
        let cargo = ("CARGO", self.cargo.clone().into_os_string());
        let target = ("CARGO_TARGET_DIR", project.wasm_target().into_os_string());
        for (name, value) in self.env.iter().chain([&cargo, &target]) {
            lines += &format!("export {name}={}\n", quoted(&value.to_string_lossy()));
        }
        lines
    }

    /// The same compiler with a standard library made for its size, as a step of its own.
    ///
    /// Where that cannot be had, the compiler as it is: everything works with it too, only larger.
    pub(crate) fn for_size(&self, project: &Project) -> Result<WasmToolchain> {
        step("standard library made for its size", |step| {
            match self.with_small_library(project) {
                Ok(toolchain) => {
                    step.note(&toolchain.name);
                    Ok(toolchain)
                }
                Err(error) => {
                    step.note(format!(
                        "not available, so what is built will be larger. {error:#}"
                    ));
                    Ok(self.clone())
                }
            }
        })
    }

    fn with_small_library(&self, project: &Project) -> Result<WasmToolchain> {
        let compiler = if self.is_default {
            default_with_source(project, self.cargo.clone())?
        } else {
            debian_compiler()
        };
        let (sysroot, name) = sysroot::ensure(project, &compiler, sysroot::SMALL)?;
        let mut env = self.env.clone();
        env.retain(|(name, _)| *name != TARGET_FLAGS);
        env.push(uses(&sysroot, sysroot::SMALL.flags)?);
        // Some of the flags are for nightly compilers; this lets a stable one accept them.
        env.push(("RUSTC_BOOTSTRAP", "1".into()));
        Ok(WasmToolchain {
            env,
            // `RUSTFLAGS` would take the place of ours.
            unset: if self.is_default {
                &OVERRIDES[3..]
            } else {
                self.unset
            },
            name,
            ..self.clone()
        })
    }
}

/// Finds or makes a compiler for wasm32, as a step of its own.
pub(crate) fn ensure(project: &Project) -> Result<WasmToolchain> {
    step("wasm32 target", |step| {
        let toolchain = find_or_make(project)?;
        step.note(&toolchain.name);
        Ok(toolchain)
    })
}

/// The same without a step, for output that a shell reads.
///
/// The environment variable `HANDCLASP_WASM=debian` skips rustup, so that the way of machines without it can be tested.
pub(crate) fn find_or_make(project: &Project) -> Result<WasmToolchain> {
    let only_debian = env::var_os("HANDCLASP_WASM").is_some_and(|choice| choice == "debian");
    if !only_debian {
        if default_has_target(project) {
            return Ok(default("installed"));
        }
        if on_path("rustup").is_some()
            && sysroot::made_before(project, &debian_compiler(), sysroot::WHOLE)?.is_none()
            && added_by_rustup(project)
        {
            return Ok(default("added by rustup"));
        }
    }
    if on_path("apt-get").is_none() && !Path::new("/usr/bin/rustc").is_file() {
        bail!(
            "Rust cannot compile for wasm32 here. Run `rustup target add {TARGET}`, then try again."
        );
    }
    debian::ensure(&DEBIAN_RUST)?;
    if !Path::new(DEBIAN_STD.0).is_file() {
        debian::install(&[DEBIAN_STD.1])?;
    }
    let compiler = debian_compiler();
    let (sysroot, name) = sysroot::ensure(project, &compiler, sysroot::WHOLE)?;
    Ok(WasmToolchain {
        env: vec![
            // Or Debian's cargo would call the first `rustc` on the PATH, which may be rustup's.
            ("RUSTC", compiler.rustc.into()),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                "wasm-ld-22".into(),
            ),
            uses(&sysroot, sysroot::WHOLE.flags)?,
        ],
        cargo: compiler.cargo,
        unset: &OVERRIDES,
        is_default: false,
        name: format!("Debian's {name}"),
    })
}

fn debian_compiler() -> Compiler {
    Compiler {
        cargo: "/usr/bin/cargo".into(),
        rustc: "/usr/bin/rustc".into(),
    }
}

/// What makes cargo use this sysroot for wasm32.
fn uses(sysroot: &Path, flags: &str) -> Result<(&'static str, OsString)> {
    if sysroot.to_string_lossy().contains(char::is_whitespace) {
        bail!(
            "{} has a space, which RUSTFLAGS cannot carry. Set HANDCLASP_CACHE to a folder without one.",
            sysroot.display()
        );
    }
    let flags = format!("--sysroot {} {flags}", sysroot.display());
    Ok((TARGET_FLAGS, flags.trim_end().into()))
}

fn default(name: &str) -> WasmToolchain {
    let cargo = env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    WasmToolchain {
        cargo,
        env: Vec::new(),
        unset: &OVERRIDES[4..],
        is_default: true,
        name: name.to_owned(),
    }
}

/// The compiler on the PATH, once the source of its standard library is there too.
fn default_with_source(project: &Project, cargo: PathBuf) -> Result<Compiler> {
    let rustc = Program::new("rustc").folder(&project.root);
    let sysroot = rustc.args(["--print", "sysroot"]).output()?;
    let sysroot = Path::new(sysroot.trim());
    let source = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml");
    if !source.is_file() {
        let rustup = Program::new("rustup").folder(&project.root);
        let rustup = rustup.args(["component", "add", "rust-src"]);
        rustup
            .limit(RUSTUP_LIMIT)
            .output()
            .context("Run `rustup component add rust-src` to see why.")?;
    }
    Ok(Compiler {
        cargo,
        rustc: sysroot.join("bin/rustc"),
    })
}

/// Whether the compiler on the PATH has the standard library for wasm32.
fn default_has_target(project: &Project) -> bool {
    let rustc = Program::new("rustc").folder(&project.root);
    let Ok(folder) = rustc
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
    else {
        return false;
    };
    let Ok(files) = Path::new(folder.trim()).read_dir() else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn added_by_rustup(project: &Project) -> bool {
    let rustup = Program::new("rustup")
        .folder(&project.root)
        .args(["target", "add", TARGET]);
    rustup.limit(RUSTUP_LIMIT).output().is_ok() && default_has_target(project)
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        let value = "it's $HOME and \"more\"";
        let script = format!("printf %s {}", quoted(value));
        assert_eq!(
            Program::new("sh")
                .args(["-c", &script])
                .output()
                .expect("sh runs"),
            value
        );
    }
}
