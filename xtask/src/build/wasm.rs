//! One of our crates as a wasm module with its JavaScript: compiled, bound, made small.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{Profile, Tools};
use crate::command::Program;
use crate::hash::Fingerprint;
use crate::project::Project;
use crate::setup::wasm_target::TARGET;
use crate::step::step;

/// What rustc's wasm32 target may use; wasm-opt refuses a module with a feature it was not told of.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

const WASM_OPT_LIMIT: Duration = Duration::from_secs(10 * 60);

/// A crate to be compiled for browsers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Module {
    /// Cargo's name for the package.
    pub(super) package: &'static str,
    /// The file that cargo makes, without `.wasm`.
    pub(super) artifact: &'static str,
    /// What the JavaScript file is called, without `.js`.
    pub(super) name: &'static str,
    /// Whether it is a library for others: with TypeScript types, and loading the wasm beside it by default.
    pub(super) library: bool,
}

/// The module's folder: `<name>.js`, `<name>_bg.wasm`, `snippets/` if any, and types for a library.
pub(super) fn build(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    module: Module,
) -> Result<PathBuf> {
    let compiled = step(&format!("compile {} for wasm32", module.package), |_| {
        compile(project, tools, profile, module)
    })?;
    let folder =
        project
            .target
            .join("bound")
            .join(format!("{}-{}", module.name, profile.cargo_name()));
    let wasm_opt = tools
        .wasm_opt
        .as_deref()
        .filter(|_| profile == Profile::Release);
    let settings = format!(
        "{module:?} {wasm_opt:?} {FEATURES:?} {}",
        env!("CARGO_PKG_VERSION")
    );
    let stamp = Fingerprint::of([&fs::read(&compiled)?, settings.as_bytes()]).to_string();
    let stamp_file = folder.with_extension("stamp");
    if folder.is_dir() && fs::read_to_string(&stamp_file).is_ok_and(|earlier| earlier == stamp) {
        return Ok(folder);
    }
    let _ = fs::remove_file(&stamp_file);
    step(&format!("bind {} to JavaScript", module.name), |_| {
        bind(&compiled, &folder, profile, module)
    })?;
    if let Some(wasm_opt) = wasm_opt {
        let wasm = folder.join(format!("{}_bg.wasm", module.name));
        step(
            &format!("make {} small with wasm-opt", module.name),
            |step| {
                let before = wasm.metadata()?.len();
                optimize(wasm_opt, &wasm)?;
                step.note(format!("{} → {} bytes", before, wasm.metadata()?.len()));
                Ok(())
            },
        )?;
    }
    fs::write(stamp_file, stamp)?;
    Ok(folder)
}

impl Profile {
    /// The name of the profile in the workspace's Cargo.toml.
    fn cargo_name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Dev => "wasm-dev",
        }
    }
}

fn compile(project: &Project, tools: &Tools, profile: Profile, module: Module) -> Result<PathBuf> {
    let cargo = tools.toolchain.cargo(project, "build");
    cargo
        .args([
            "--package",
            module.package,
            "--profile",
            profile.cargo_name(),
        ])
        .run()?;
    let folder = project
        .wasm_target()
        .join(TARGET)
        .join(profile.cargo_name());
    Ok(folder.join(module.artifact).with_extension("wasm"))
}

fn bind(compiled: &Path, folder: &Path, profile: Profile, module: Module) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .out_name(module.name)
        .web(true)?;
    bindgen
        .typescript(module.library)
        .omit_default_module_path(!module.library);
    bindgen
        .keep_debug(profile == Profile::Dev)
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(true);
    bindgen
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not read {}.", compiled.display()))
}

fn optimize(wasm_opt: &Path, wasm: &Path) -> Result<()> {
    let smaller = wasm.with_extension("smaller");
    let node = Program::new("node")
        .arg(wasm_opt)
        .args(FEATURES)
        .arg("-Oz")
        .arg(wasm)
        .arg("-o")
        .arg(&smaller);
    node.limit(WASM_OPT_LIMIT).output()?;
    fs::rename(smaller, wasm)?;
    Ok(())
}
