//! Node.js, npm, and the npm packages that our commands run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::debian::{self, Wanted};
use crate::command::Program;
use crate::project::Project;

/// A program in an npm package, of the version that our outputs were measured with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
    /// The script inside the package that node runs.
    script: &'static str,
}

/// Makes wasm modules smaller; Debian's is years older.
pub(crate) const WASM_OPT: Tool = Tool {
    package: "binaryen",
    version: "132.0.0",
    script: "bin/wasm-opt",
};

/// Makes JavaScript smaller.
pub(crate) const ESBUILD: Tool = Tool {
    package: "esbuild",
    version: "0.28.2",
    script: "bin/esbuild",
};

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

/// The path of a tool, a script for Node.js; installed into the cache if it is not there.
pub(crate) fn tool(project: &Project, tool: Tool) -> Result<PathBuf> {
    ensure()?;
    let Tool {
        package,
        version,
        script,
    } = tool;
    let folder = project.cache.join(format!("{package}-{version}"));
    let script = folder.join("node_modules").join(package).join(script);
    if !script.is_file() {
        fs::create_dir_all(&folder)?;
        npm(
            &folder,
            &["install", "--no-save", &format!("{package}@{version}")],
        )
        .with_context(|| {
            format!("{package} could not be installed. Run `npm install {package}` to see why.")
        })?;
    }
    Ok(script)
}

/// The packages that the end-to-end tests in `folder` ask for, exactly as its lock file names them.
pub(crate) fn packages_of(folder: &Path) -> Result<()> {
    packages(folder, &["ci"])
}

/// The same where packages have parts for other machines, which `npm ci` wants named in the lock file and not every registry has.
pub(crate) fn packages_of_this_machine(folder: &Path) -> Result<()> {
    packages(folder, &["install", "--no-save"])
}

fn packages(folder: &Path, install: &[&str]) -> Result<()> {
    ensure()?;
    let installed = fs::read(folder.join("node_modules/.package-lock.json")).ok();
    let stamp = folder.join("node_modules/.handclasp-lock");
    let lock = fs::read(folder.join("package-lock.json"))?;
    if installed.is_some() && fs::read(&stamp).is_ok_and(|stamp| stamp == lock) {
        return Ok(());
    }
    npm(folder, install)?;
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
