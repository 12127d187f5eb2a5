//! Node.js, npm, and the npm packages that our commands run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::debian::{self, Wanted};
use crate::command::Program;
use crate::project::Project;

/// The npm package that carries wasm-opt; Debian's is years older.
const BINARYEN: &str = "132.0.0";

const INSTALL_LIMIT: Duration = Duration::from_secs(5 * 60);

const NODE: Wanted = Wanted {
    programs: &["node"],
    packages: &["nodejs"],
};
const NPM: Wanted = Wanted {
    programs: &["npm"],
    packages: &["npm"],
};

/// Node.js and npm.
pub(crate) fn ensure() -> Result<()> {
    debian::ensure(&[NODE, NPM])
}

/// The path of wasm-opt, a script for Node.js; installed into the cache if it is not there.
pub(crate) fn wasm_opt(project: &Project) -> Result<PathBuf> {
    ensure()?;
    let folder = project.cache.join(format!("binaryen-{BINARYEN}"));
    let script = folder.join("node_modules/binaryen/bin/wasm-opt");
    if !script.is_file() {
        fs::create_dir_all(&folder)?;
        npm(
            &folder,
            &["install", "--no-save", &format!("binaryen@{BINARYEN}")],
        )
        .context("wasm-opt could not be installed. Run `npm install binaryen` to see why.")?;
    }
    Ok(script)
}

/// The packages that the end-to-end tests in `folder` ask for, exactly as its lock file names them.
pub(crate) fn packages_of(folder: &Path) -> Result<()> {
    ensure()?;
    let installed = fs::read(folder.join("node_modules/.package-lock.json")).ok();
    let stamp = folder.join("node_modules/.handclasp-lock");
    let lock = fs::read(folder.join("package-lock.json"))?;
    if installed.is_some() && fs::read(&stamp).is_ok_and(|stamp| stamp == lock) {
        return Ok(());
    }
    npm(folder, &["ci"])?;
    fs::create_dir_all(folder.join("node_modules"))?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Packages' install scripts stay off: the browsers that some would download are Debian's here.
fn npm(folder: &Path, arguments: &[&str]) -> Result<()> {
    let npm = Program::new("npm").folder(folder).args(arguments).args([
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    npm.limit(INSTALL_LIMIT).output()?;
    Ok(())
}
