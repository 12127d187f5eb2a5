//! The examples: each a program with a page of its own, in a folder that any static host can serve.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::wasm::{self, Module};
use super::{Profile, Tools};
use crate::project::Project;
use crate::step::step;

/// The folder of an example, and its program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Example {
    /// Its folder in `examples/`, and its name on the command line.
    pub(crate) name: &'static str,
    module: Module,
}

/// All there are.
pub(crate) const EXAMPLES: [Example; 1] = [Example {
    name: "game",
    module: Module {
        package: "handclasp-game",
        artifact: "handclasp-game",
        name: "game",
        library: false,
        in_parts: false,
    },
}];

impl Example {
    /// The example of this name.
    pub(crate) fn named(name: &str) -> Option<Example> {
        EXAMPLES.into_iter().find(|example| example.name == name)
    }
}

/// Builds the example and gives back its folder: what is in its `page/`, with the program beside it.
pub(crate) fn build(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    example: Example,
) -> Result<PathBuf> {
    let bound = wasm::build(project, tools, profile, example.module)?;
    let folder = project.examples().join(example.name);
    step(
        &format!("put the example {} together", example.name),
        |step| {
            if folder.is_dir() {
                fs::remove_dir_all(&folder)?;
            }
            super::page::copy_folder(&bound, &folder)?;
            let page = project
                .root
                .join("examples")
                .join(example.name)
                .join("page");
            super::page::copy_folder(&page, &folder)?;
            step.note(folder.display().to_string());
            Ok(())
        },
    )?;
    Ok(folder)
}
