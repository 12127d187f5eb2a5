//! The npm package: the same folder that `wasm-pack build npm --target web` makes.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::wasm::{self, Module};
use super::{Profile, Tools};
use crate::project::Project;
use crate::step::step;

const NPM: Module = Module {
    package: "handclasp-js",
    artifact: "handclasp_js",
    name: "handclasp",
    library: true,
    in_parts: true,
};

/// Builds the package and gives back its folder.
pub(crate) fn build(project: &Project, tools: &Tools) -> Result<PathBuf> {
    let bound = wasm::build(project, tools, Profile::Release, NPM)?;
    let package = project.npm_package();
    step("put the npm package together", |step| {
        if package.is_dir() {
            fs::remove_dir_all(&package)?;
        }
        super::page::copy_folder(&bound, &package)?;
        fs::write(package.join("package.json"), manifest(project)?)?;
        for (file, name) in [
            ("npm/README.md", "README.md"),
            ("LICENSE-MIT", "LICENSE-MIT"),
            ("LICENSE-APACHE", "LICENSE-APACHE"),
        ] {
            if project.root.join(file).is_file() {
                fs::copy(project.root.join(file), package.join(name))?;
            }
        }
        step.note(package.display().to_string());
        Ok(())
    })?;
    Ok(package)
}

/// `npm/package.json` with the workspace's version, so that the two cannot differ.
fn manifest(project: &Project) -> Result<String> {
    let file = project.root.join("npm/package.json");
    let template = fs::read_to_string(&file).unwrap_or_else(|_| "{}".to_owned());
    let template = serde_json::from_str(&template)
        .with_context(|| format!("{} is no JSON.", file.display()))?;
    Ok(format!(
        "{:#}\n",
        complete(template, env!("CARGO_PKG_VERSION"))
    ))
}

/// Adds to a package.json what it does not say; the version is always ours.
fn complete(template: Value, version: &str) -> Value {
    let mut manifest = json!({
        "name": "handclasp",
        "type": "module",
        "license": "MIT OR Apache-2.0",
        "main": "handclasp.js",
        "types": "handclasp.d.ts",
        "sideEffects": ["./snippets/*"],
    });
    if let (Some(manifest), Value::Object(template)) = (manifest.as_object_mut(), template) {
        manifest.extend(template);
        manifest.insert("version".to_owned(), version.into());
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_wins_but_for_the_version() {
        let manifest = complete(
            json!({ "version": "0.0.0", "types": "index.d.ts", "keywords": ["webrtc"] }),
            "1.2.3",
        );
        assert_eq!(manifest["version"], "1.2.3");
        assert_eq!(manifest["types"], "index.d.ts");
        assert_eq!(manifest["keywords"][0], "webrtc");
        assert_eq!(manifest["main"], "handclasp.js");
    }
}
