//! A compiler for wasm32-unknown-unknown: whichever this machine has, or can get.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};

use super::{debian, sysroot};
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

/// A cargo that can compile for wasm32, and the environment that it needs for that.
#[derive(Debug)]
pub(crate) struct WasmToolchain {
    cargo: PathBuf,
    env: Vec<(&'static str, OsString)>,
    /// Whether it is the toolchain that also compiles for the host, with its clippy.
    pub(crate) is_default: bool,
    /// What it is, in a few words.
    name: String,
}

impl WasmToolchain {
    /// Cargo, set up to compile for wasm32 into the project's folder for that.
    pub(crate) fn cargo(&self, project: &Project, subcommand: &str) -> Program {
        let mut cargo = Program::new(&self.cargo).folder(&project.root);
        for name in self.unset() {
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
        for name in self.unset() {
            lines += &format!("unset {name}\n");
        }
        let cargo = ("CARGO", self.cargo.clone().into_os_string());
        let target = ("CARGO_TARGET_DIR", project.wasm_target().into_os_string());
        for (name, value) in self.env.iter().chain([&cargo, &target]) {
            lines += &format!("export {name}={}\n", quoted(&value.to_string_lossy()));
        }
        lines
    }

    /// What would override our settings, or send Debian's cargo to rustup's compiler.
    fn unset(&self) -> &'static [&'static str] {
        const OTHERS: [&str; 5] = [
            "RUSTUP_TOOLCHAIN",
            "RUSTC",
            "RUSTDOC",
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
        ];
        if self.is_default {
            &OTHERS[4..]
        } else {
            &OTHERS
        }
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
            && sysroot::made_before(project)?.is_none()
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
    let (sysroot, name) = sysroot::ensure(project)?;
    // Only what is compiled for wasm32 gets this sysroot: build scripts and procedural macros keep the compiler's own.
    let flags = format!("--sysroot {}", sysroot.display());
    if sysroot.to_string_lossy().contains(char::is_whitespace) {
        bail!(
            "{} has a space, which RUSTFLAGS cannot carry. Set HANDCLASP_CACHE to a folder without one.",
            sysroot.display()
        );
    }
    Ok(WasmToolchain {
        cargo: sysroot::CARGO.into(),
        env: vec![
            // Or Debian's cargo would call the first `rustc` on the PATH, which may be rustup's.
            ("RUSTC", sysroot::RUSTC.into()),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
                "wasm-ld-22".into(),
            ),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
                flags.into(),
            ),
        ],
        is_default: false,
        name,
    })
}

fn default(name: &str) -> WasmToolchain {
    let cargo = env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    WasmToolchain {
        cargo,
        env: Vec::new(),
        is_default: true,
        name: name.to_owned(),
    }
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
