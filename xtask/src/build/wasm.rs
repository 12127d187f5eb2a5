//! One of our crates as a wasm module with its JavaScript: compiled, bound, made small.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::short_names::ShortNames;
use super::{Profile, SHRINK_LIMIT, Tools};
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
    let shrinkers = &tools.shrinkers;
    let settings = format!(
        "{module:?} {shrinkers:?} {FEATURES:?} {}",
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
    if let Some(wasm_opt) = &shrinkers.wasm_opt {
        let wasm = folder.join(format!("{}_bg.wasm", module.name));
        shrink("wasm-opt", &wasm, |smaller| {
            let node = Program::new("node").arg(wasm_opt).args(FEATURES);
            node.arg("-Oz").arg(&wasm).arg("-o").arg(smaller)
        })?;
    }
    if let Some(esbuild) = &shrinkers.esbuild {
        let script = folder.join(format!("{}.js", module.name));
        shrink("esbuild", &script, |smaller| {
            super::minify(esbuild, &script, smaller).arg("--format=esm")
        })?;
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
    let mut output = bindgen
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}.", compiled.display()))?;
    // While developing, the long names tell in a stack trace what was called.
    let names = (profile == Profile::Release).then(|| ShortNames::give(&mut output));
    output.emit(folder)?;
    if let Some(names) = names {
        let script = folder.join(format!("{}.js", module.name));
        fs::write(&script, names.replace_in(&fs::read_to_string(&script)?))?;
    }
    Ok(())
}

/// Puts what `program` writes to the path that it is given in the place of `file`.
fn shrink(tool: &str, file: &Path, program: impl FnOnce(&Path) -> Program) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    step(&format!("make {name} small with {tool}"), |step| {
        let before = file.metadata()?.len();
        // With its extension, by which esbuild knows what it writes.
        let smaller = file.with_file_name(format!("smaller-{name}"));
        program(&smaller).limit(SHRINK_LIMIT).output()?;
        fs::rename(smaller, file)?;
        step.note(format!("{before} → {} bytes", file.metadata()?.len()));
        Ok(())
    })
}
