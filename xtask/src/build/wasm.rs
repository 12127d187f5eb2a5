//! One of our crates as a wasm module with its JavaScript: compiled, bound, made small.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::neighbours;
use super::short_names::ShortNames;
use super::split::{self, Parts};
use super::{Profile, SHRINK_LIMIT, Tools};
use crate::command::Program;
use crate::hash::Fingerprint;
use crate::project::Project;
use crate::setup::wasm_target::TARGET;
use crate::step::step;

/// What rustc's wasm32 target may use; wasm-opt refuses a module with a feature it was not told of.
pub(super) const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What begins the program of a worker.
const BEGIN: &str = "
onmessage = ({ data }) => {
    onmessage = null;
    wasm_bindgen({ module_or_path: data });
};
";

/// A crate to be compiled for browsers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Module {
    /// Cargo's name for the package.
    pub(super) package: &'static str,
    /// The file that cargo makes, without `.wasm`.
    pub(super) artifact: &'static str,
    /// What the JavaScript file is called, without `.js`.
    pub(super) name: &'static str,
    /// Whether it is a library for others, which loads the wasm beside it by default.
    pub(super) library: bool,
    /// Whether a release has what not everyone needs in files of its own.
    pub(super) in_parts: bool,
    /// Whether it is the program of a worker, and begins with the first message to that: the address of the wasm.
    pub(super) in_worker: bool,
    /// The part that most load. What others have in common with it is in one file then, and what they have in common without it in another.
    pub(super) first_part: Option<&'static str>,
}

impl Module {
    /// What wasm-opt is to do. In the library it inlines what is hardly longer than its call and little else, not even all that has one
    /// caller: that would have fewer bytes, but more of them would be left after compression, a thirtieth. For the page it is the other
    /// way around.
    fn optimizations(self) -> &'static [&'static str] {
        if self.library {
            &[
                "--always-inline-max-function-size=4",
                "--one-caller-inline-max-function-size=15",
                "-Oz",
                // Once more finds some hundred bytes.
                "-Oz",
            ]
        } else {
            &["-Oz"]
        }
    }
}

/// The module's folder: `<name>.js`, `<name>_bg.wasm`, `<name>_<part>.wasm` for what is loaded later, and `snippets/` if any.
pub(super) fn build(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    module: Module,
) -> Result<PathBuf> {
    let compiled = step(&format!("compile {} for wasm32", module.package), |_| {
        compile(project, tools, profile, module)
    })?;
    finish(project, tools, profile, module, &compiled)
}

/// The folders of programs of one workspace, compiled together: so they share whatever they depend on, which they would not one after the
/// other, as each has other features of it.
pub(super) fn build_together(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    programs: &[Module],
) -> Result<Vec<PathBuf>> {
    step("compile programs for wasm32", |_| {
        let cargo = tools.toolchain.cargo(project, "build");
        let packages = programs.iter().flat_map(|it| ["--package", it.package]);
        cargo
            .args(["--bins", "--profile", profile.cargo_name()])
            .args(packages)
            .run()
    })?;
    let finish = |it: &Module| {
        let compiled = artifact(project, profile, *it);
        finish(project, tools, profile, *it, &compiled)
    };
    programs.iter().map(finish).collect()
}

/// From what cargo made to what a browser loads.
fn finish(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    module: Module,
    compiled: &Path,
) -> Result<PathBuf> {
    let folder = project.target.join("bound").join(format!(
        "{}-{}{}",
        module.name,
        profile.cargo_name(),
        if module.in_parts { "" } else { "-whole" }
    ));
    let shrinkers = &tools.shrinkers;
    let settings = format!(
        "{module:?} {shrinkers:?} {FEATURES:?} {:?} {}",
        module.optimizations(),
        env!("CARGO_PKG_VERSION")
    );
    let stamp = Fingerprint::of([&fs::read(compiled)?, settings.as_bytes()]).to_string();
    let stamp_file = folder.with_extension("stamp");
    if folder.is_dir() && fs::read_to_string(&stamp_file).is_ok_and(|earlier| earlier == stamp) {
        return Ok(folder);
    }
    let _ = fs::remove_file(&stamp_file);
    let parts = match profile {
        Profile::Release if module.in_parts => {
            Some(step(&format!("split {}", module.name), |_| {
                let parts = folder.with_extension("parts");
                let mut split = split::split(compiled, &parts, module.name)?;
                if let (Some(first), Some(wasm_opt)) = (module.first_part, &shrinkers.wasm_opt) {
                    split.gather(&parts, first, &wasm_opt.with_file_name("wasm-merge"))?;
                }
                Ok(split)
            })?)
        }
        Profile::Release | Profile::Dev => None,
    };
    let modules = step(&format!("bind {} to JavaScript", module.name), |_| {
        bind(compiled, parts.as_ref(), &folder, profile, module)
    })?;
    if let Some(wasm_opt) = &shrinkers.wasm_opt {
        for wasm in &modules {
            shrink("wasm-opt", wasm, |smaller| {
                let node = Program::new("node").arg(wasm_opt).args(FEATURES);
                node.args(module.optimizations())
                    // Notes from the compiler to other tools; this was the last of them.
                    .args(["--strip-target-features", "--strip-producers"])
                    .arg(wasm)
                    .arg("-o")
                    .arg(smaller)
            })?;
        }
    }
    if profile == Profile::Release {
        for wasm in &modules {
            neighbours::rearrange(wasm)?;
        }
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
    let mut cargo = tools.toolchain.cargo(project, "rustc").args([
        "--package",
        module.package,
        "--profile",
        profile.cargo_name(),
    ]);
    cargo = cargo.arg(if module.library { "--lib" } else { "--bins" });
    if profile == Profile::Release && module.in_parts {
        cargo = cargo.args(["--features", "split", "--", split::LINK_ARGUMENT]);
    }
    cargo.run()?;
    Ok(artifact(project, profile, module))
}

/// What cargo makes of a module.
fn artifact(project: &Project, profile: Profile, module: Module) -> PathBuf {
    let folder = project
        .wasm_target()
        .join(TARGET)
        .join(profile.cargo_name());
    folder.join(module.artifact).with_extension("wasm")
}

/// Makes the JavaScript; gives back the wasm files, that of the first part first.
fn bind(
    compiled: &Path,
    parts: Option<&Parts>,
    folder: &Path,
    profile: Profile,
    module: Module,
) -> Result<Vec<PathBuf>> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(parts.map_or(compiled, |parts| &parts.main))
        .out_name(module.name);
    // Classic scripts are what all browsers and bundlers take for a worker.
    if module.in_worker {
        bindgen.no_modules(true)?;
    } else {
        bindgen.web(true)?;
    }
    bindgen
        .typescript(false)
        .omit_default_module_path(!module.library);
    bindgen
        .keep_debug(profile == Profile::Dev)
        // The other parts import from the first whatever they have in common.
        .keep_lld_exports(parts.is_some())
        .remove_name_section(profile == Profile::Release)
        .remove_producers_section(true);
    let mut output = bindgen
        .generate_output()
        .with_context(|| format!("wasm-bindgen could not read {}.", compiled.display()))?;
    // While developing, the long names tell in a stack trace what was called.
    let names = (profile == Profile::Release).then(|| ShortNames::give(&mut output));
    output.emit(folder)?;
    let file = folder.join(format!("{}.js", module.name));
    let mut script = fs::read_to_string(&file)?;
    if let Some(names) = names {
        script = names.replace_in(&script);
    }
    let mut modules = vec![folder.join(format!("{}_bg.wasm", module.name))];
    if module.in_worker {
        script += BEGIN;
    }
    if let Some(parts) = parts {
        script = parts.load_in(&script)?;
        modules.extend(parts.place(folder)?);
    }
    fs::write(file, script)?;
    Ok(modules)
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
