//! From our crates to what a browser loads.

mod index_html;
pub(crate) mod npm;
pub(crate) mod page;
mod wasm;

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::setup::{node, wasm_target};
use crate::step::step;

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
    /// `None` if it cannot be had here: everything works without it, only larger.
    wasm_opt: Option<PathBuf>,
}

impl Tools {
    /// Finds or installs what a build of this profile needs.
    pub(crate) fn ensure(project: &Project, profile: Profile) -> Result<Tools> {
        let toolchain = wasm_target::ensure(project)?;
        let wasm_opt = match profile {
            Profile::Dev => None,
            Profile::Release => step("wasm-opt", |step| {
                let found = node::wasm_opt(project);
                step.note(match &found {
                    Ok(_) => "ready".to_owned(),
                    Err(error) => format!("not available, so the page will be larger. {error:#}"),
                });
                Ok(found.ok())
            })?,
        };
        Ok(Tools {
            toolchain,
            wasm_opt,
        })
    }
}
