//! The npm package: the modules of `npm/lib` as they are, the wasm that they load, and the same once more in one file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::wasm::{self, Module};
use super::{Profile, SHRINK_LIMIT, Tools};
use crate::command::Program;
use crate::project::Project;
use crate::step::step;

const NPM: Module = Module {
    package: "handclasp-js",
    artifact: "handclasp_js",
    name: "handclasp",
    library: true,
    in_parts: true,
    in_worker: false,
    first_part: Some("mqtt"),
};

/// What moves files in a worker.
pub(super) const WORKER: Module = Module {
    package: "handclasp-worker",
    artifact: "handclasp-worker",
    name: "worker",
    library: false,
    in_parts: false,
    in_worker: true,
    first_part: None,
};

/// The module that knows of the worker, which is not in the package of one file.
const CREW: &str = "crew.js";

/// The folder of what is generated, within the package.
const WASM: &str = "wasm";

/// Where everything begins.
const ENTRY: &str = "index.js";

/// The same with all wasm in it.
const INLINE: &str = "inline";

/// What takes the place of the browser's `fetch` in the module that loads the wasm: the files that are embedded, and otherwise that.
const FETCH: &str = "\
const fetch = async (name, options) => {
    const content = __embedded[name];
    if (!content) return globalThis.fetch(name, options);
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    return new Response(bytes, { headers: { 'Content-Type': 'application/wasm' } });
};
";

/// The package.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    /// What a bundler makes of the default entry: one small script. The wasm that it loads is not among it.
    pub(crate) bundle: PathBuf,
}

impl Package {
    /// The generated module that loads the wasm.
    pub(crate) fn glue(&self) -> PathBuf {
        self.wasm().join(format!("{}.js", NPM.name))
    }

    /// The wasm that everyone loads.
    pub(crate) fn module(&self) -> PathBuf {
        self.wasm().join(format!("{}_bg.wasm", NPM.name))
    }

    /// The folder of the wasm, with its parts.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder.join(WASM)
    }
}

/// Builds the package.
pub(crate) fn build(project: &Project, tools: &Tools) -> Result<Package> {
    let bound = wasm::build(project, tools, Profile::Release, NPM)?;
    let worker = wasm::build(project, tools, Profile::Release, WORKER)?;
    let package = Package {
        folder: project.npm_package(),
        bundle: project.target.join("bound/handclasp-bundle.js"),
    };
    step("put the npm package together", |step| {
        let folder = &package.folder;
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
        super::page::copy_folder(&project.root.join("npm/lib"), folder)?;
        // What wasm-pack may have made there.
        let _ = fs::remove_dir_all(package.wasm());
        super::page::copy_folder(&bound, &package.wasm())?;
        super::page::copy_folder(&worker, folder)?;
        fs::write(folder.join("package.json"), manifest(project)?)?;
        for (file, name) in [
            ("npm/README.md", "README.md"),
            ("LICENSE-MIT", "LICENSE-MIT"),
            ("LICENSE-APACHE", "LICENSE-APACHE"),
        ] {
            if project.root.join(file).is_file() {
                fs::copy(project.root.join(file), folder.join(name))?;
            }
        }
        let entry = folder.join(ENTRY);
        match &tools.shrinkers.esbuild {
            Some(esbuild) => {
                bundle(esbuild, &entry, &package.bundle, true)?;
                let inline = folder.join(format!("{INLINE}.js"));
                embed(esbuild, &package, &bound.with_extension("inline"), &inline)?;
                let types = folder.join(format!("{INLINE}.d.ts"));
                fs::write(types, "export * from './index.js';\n")?;
            }
            None => {
                fs::copy(package.glue(), &package.bundle)?;
                step.note(format!("Without esbuild there is no {INLINE}.js."));
            }
        }
        step.note(folder.display().to_string());
        Ok(())
    })?;
    Ok(package)
}

/// One module of `entry` and all that it imports.
fn bundle(esbuild: &Path, entry: &Path, file: &Path, small: bool) -> Result<()> {
    let outfile = format!("--outfile={}", file.display());
    let mut node = Program::new("node").arg(esbuild).arg(entry);
    if small {
        node = node.arg("--minify");
    }
    node.args(["--bundle", "--format=esm", "--log-level=error", &outfile])
        .limit(SHRINK_LIMIT)
        .output()?;
    Ok(())
}

/// Writes to `file` the package's modules, with the wasm in them, by way of `folder`.
fn embed(esbuild: &Path, package: &Package, folder: &Path, file: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    super::page::copy_folder(&package.folder, folder)?;
    let glue = folder.join(WASM).join(format!("{}.js", NPM.name));
    let read = |name: &str| Ok(fs::read(package.wasm().join(name))?);
    fs::write(&glue, embedded(&fs::read_to_string(&glue)?, &read)?)?;
    fs::write(folder.join(CREW), "export const hire = () => {};\n")?;
    bundle(esbuild, &folder.join(ENTRY), file, false)?;
    Ok(fs::remove_dir_all(folder)?)
}

/// The script with the files in it that it would load from beside it.
fn embedded(script: &str, read: &dyn Fn(&str) -> Result<Vec<u8>>) -> Result<String> {
    let (mut files, mut changed, mut rest) = (String::new(), String::new(), script);
    while let Some((before, after)) = rest.split_once("new URL(\"") {
        let (name, after) = after.split_once('"').context("an address without an end")?;
        let after = after
            .strip_prefix(",")
            .and_then(|after| after.trim_start().strip_prefix("import.meta.url)"))
            .with_context(|| format!("{name} is not looked for beside the script"))?;
        changed += &format!("{before}\"{name}\"");
        files += &format!("    \"{name}\": \"{}\",\n", BASE64.encode(read(name)?));
        rest = after;
    }
    Ok(format!(
        "const __embedded = {{\n{files}}};\n{FETCH}{changed}{rest}"
    ))
}

/// `npm/package.json` with the workspace's version, so that the two cannot differ.
fn manifest(project: &Project) -> Result<String> {
    let file = project.root.join("npm/package.json");
    let template =
        fs::read_to_string(&file).with_context(|| format!("{} cannot be read.", file.display()))?;
    let template = serde_json::from_str(&template)
        .with_context(|| format!("{} is no JSON.", file.display()))?;
    Ok(format!(
        "{:#}\n",
        complete(template, env!("CARGO_PKG_VERSION"))
    ))
}

/// Puts our version into a package.json, whatever it says.
fn complete(mut template: Value, version: &str) -> Value {
    if let Value::Object(manifest) = &mut template {
        manifest.insert("version".to_owned(), version.into());
    }
    template
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_template_is_kept_but_for_the_version() {
        let manifest = complete(
            json!({ "version": "0.0.0", "types": "index.d.ts" }),
            "1.2.3",
        );
        assert_eq!(
            manifest,
            json!({ "version": "1.2.3", "types": "index.d.ts" })
        );
    }

    #[test]
    fn what_lies_beside_the_script_comes_into_it() {
        let read = |name: &str| Ok(name.as_bytes().to_vec());
        let script =
            "a(new URL(\"b.wasm\", import.meta.url));c=d(new URL(\"e.wasm\",import.meta.url))";
        let script = embedded(script, &read).expect("both are there");
        for there in [
            "\"b.wasm\": \"Yi53YXNt\",",
            "\"e.wasm\": \"ZS53YXNt\",",
            "a(\"b.wasm\");c=d(\"e.wasm\")",
        ] {
            assert!(script.contains(there), "{there} is missing in {script}");
        }
        assert!(embedded("new URL(\"https://example.org\")", &read).is_err());
        let none = |_: &str| anyhow::bail!("no such file");
        assert!(embedded("new URL(\"x\",import.meta.url)", &none).is_err());
    }
}
