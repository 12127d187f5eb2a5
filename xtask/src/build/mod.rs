//! From our crates to what a browser loads.

pub(crate) mod bench;
pub(crate) mod example;
mod index_html;
mod merged;
mod neighbours;
pub(crate) mod npm;
pub(crate) mod page;
mod short_names;
pub(crate) mod single_file;
mod split;
mod wasm;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::command::Program;
use crate::project::Project;
use crate::setup::{node, wasm_target};
use crate::step::step;

/// wasm-opt takes a quarter of a minute; one that takes this long hangs.
const SHRINK_LIMIT: Duration = Duration::from_secs(10 * 60);

/// How much the browser's program is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As small as it gets.
    Release,
    /// Quickly made, with names in its stack traces.
    Dev,
}

/// The tools that a build needs, found once.
#[derive(Debug)]
pub(crate) struct Tools {
    toolchain: wasm_target::WasmToolchain,
    /// What makes the outputs smaller, and is to be used.
    shrinkers: Shrinkers,
}

/// Scripts for Node.js that make files smaller. `None` for what is not wanted, or cannot be had here: everything works
/// without them, only larger.
#[derive(Debug, Default)]
struct Shrinkers {
    wasm_opt: Option<PathBuf>,
    esbuild: Option<PathBuf>,
}

impl Tools {
    /// Finds or installs what a build of this profile needs.
    pub(crate) fn ensure(project: &Project, profile: Profile) -> Result<Tools> {
        let toolchain = wasm_target::ensure(project)?;
        Ok(match profile {
            Profile::Dev => Tools {
                toolchain,
                shrinkers: Shrinkers::default(),
            },
            Profile::Release => Tools {
                toolchain: toolchain.for_size(project)?,
                shrinkers: Shrinkers {
                    wasm_opt: shrinker(project, "wasm-opt", node::WASM_OPT)?,
                    esbuild: shrinker(project, "esbuild", node::ESBUILD)?,
                },
            },
        })
    }
}

impl Shrinkers {
    /// A smaller style sheet or script than `file`, of the same name, in `folder`; or `file` itself.
    fn smaller(&self, file: &Path, folder: &Path) -> Result<PathBuf> {
        let (Some(esbuild), Some(name)) = (&self.esbuild, file.file_name()) else {
            return Ok(file.to_path_buf());
        };
        if !file.extension().is_some_and(|it| it == "css" || it == "js") {
            return Ok(file.to_path_buf());
        }
        let smaller = folder.join(name);
        minify(esbuild, file, &smaller).output()?;
        Ok(smaller)
    }
}

/// esbuild, which writes a smaller `smaller` that does what `file` does.
fn minify(esbuild: &Path, file: &Path, smaller: &Path) -> Program {
    let outfile = format!("--outfile={}", smaller.display());
    let node = Program::new("node").arg(esbuild).arg(file);
    node.args(["--minify", "--log-level=error", &outfile])
        .limit(SHRINK_LIMIT)
}

fn shrinker(project: &Project, name: &str, tool: node::Tool) -> Result<Option<PathBuf>> {
    step(name, |step| {
        let found = node::tool(project, tool);
        step.note(match &found {
            Ok(_) => "ready".to_owned(),
            Err(error) => format!("not available, so what is built will be larger. {error:#}"),
        });
        Ok(found.ok())
    })
}
