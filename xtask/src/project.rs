//! Where things are: the workspace, its outputs, and the cache that outlives them.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folders that every command works in.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The top of the workspace.
    pub(crate) root: PathBuf,
    /// Cargo's output for this machine (`CARGO_TARGET_DIR`, or `target` at the top).
    pub(crate) target: PathBuf,
    /// What took long to make and depends on tools rather than on our sources: the wasm standard library, browser
    /// drivers, wasm-opt. In the user's cache folder, so that it survives `cargo clean` and serves every clone.
    pub(crate) cache: PathBuf,
}

impl Project {
    /// Finds the folders from the environment that cargo runs us in.
    pub(crate) fn find() -> Result<Project> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest)
            .parent()
            .context("xtask has no folder above it")?
            .to_path_buf();
        if !root.join("Cargo.lock").is_file() {
            bail!(
                "{} is not the handclasp workspace. Run `cargo xtask` inside it.",
                root.display()
            );
        }
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => env::current_dir()?.join(folder),
            None => root.join("target"),
        };
        Ok(Project {
            root,
            target,
            cache: cache_folder()?,
        })
    }

    /// Cargo's output for wasm32: its own folder, since it may be written by another compiler than the host's.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// The finished page, ready for any static host; the folder that trunk writes to as well.
    pub(crate) fn page(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The finished examples, a folder for each.
    pub(crate) fn examples(&self) -> PathBuf {
        self.target.join("examples")
    }

    /// The finished npm package.
    pub(crate) fn npm_package(&self) -> PathBuf {
        self.root.join("npm/dist")
    }
}

fn cache_folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("HANDCLASP_CACHE") {
        return Ok(env::current_dir()?.join(folder));
    }
    if let Some(folder) =
        env::var_os("XDG_CACHE_HOME").filter(|folder| Path::new(folder).is_absolute())
    {
        return Ok(Path::new(&folder).join("handclasp"));
    }
    let home = env::home_dir()
        .context("There is no home folder. Set HANDCLASP_CACHE to a folder for downloads.")?;
    Ok(home.join(".cache/handclasp"))
}
