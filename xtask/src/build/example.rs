//! The examples: each a program with a page of its own, in a folder that any static host can serve.

use std::fs;
use std::path::{Path, PathBuf};

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
    /// Whether it is of the workspace in `examples/`, for what the library's lock file shall not have.
    apart: bool,
}

/// All there are.
pub(crate) const EXAMPLES: [Example; 6] = [
    Example {
        name: "game",
        module: program("game", "handclasp-game"),
        apart: false,
    },
    apart("websys", "handclasp-example-websys"),
    apart("leptos", "handclasp-example-leptos"),
    apart("yew", "handclasp-example-yew"),
    apart("dioxus", "handclasp-example-dioxus"),
    apart("bevy", "handclasp-example-bevy"),
];

const fn apart(name: &'static str, package: &'static str) -> Example {
    Example {
        name,
        module: program(name, package),
        apart: true,
    }
}

const fn program(name: &'static str, package: &'static str) -> Module {
    Module {
        package,
        artifact: package,
        name,
        library: false,
        in_parts: false,
        in_worker: false,
        first_part: None,
    }
}

impl Example {
    /// The example of this name.
    pub(crate) fn named(name: &str) -> Option<Example> {
        EXAMPLES.into_iter().find(|example| example.name == name)
    }
}

/// Builds the example and gives back its folder.
pub(crate) fn build(
    project: &Project,
    tools: &Tools,
    profile: Profile,
    example: Example,
) -> Result<PathBuf> {
    let workspace = if example.apart {
        &workspace(project)
    } else {
        project
    };
    let bound = wasm::build(workspace, tools, profile, example.module)?;
    put_together(project, example, &bound)
}

/// Builds all examples for release.
pub(crate) fn build_all(project: &Project, tools: &Tools) -> Result<()> {
    let (apart, ours): (Vec<_>, Vec<_>) = EXAMPLES.into_iter().partition(|it| it.apart);
    for example in ours {
        build(project, tools, Profile::Release, example)?;
    }
    let programs: Vec<_> = apart.iter().map(|example| example.module).collect();
    let workspace = workspace(project);
    let bound = wasm::build_together(&workspace, tools, Profile::Release, &programs)?;
    for (example, bound) in apart.into_iter().zip(bound) {
        put_together(project, example, &bound)?;
    }
    Ok(())
}

/// The program, what starts it, the pages that all have in common, and over them what is in the example's own `page/`, if it has one.
fn put_together(project: &Project, example: Example, bound: &Path) -> Result<PathBuf> {
    let sources = project.root.join("examples");
    let folder = project.examples().join(example.name);
    step(
        &format!("put the example {} together", example.name),
        |step| {
            if folder.is_dir() {
                fs::remove_dir_all(&folder)?;
            }
            super::page::copy_folder(bound, &folder)?;
            fs::write(folder.join("start.js"), start(example.name))?;
            super::page::copy_folder(&sources.join("page"), &folder)?;
            let own = sources.join(example.name).join("page");
            if own.is_dir() {
                super::page::copy_folder(&own, &folder)?;
            }
            step.note(folder.display().to_string());
            Ok(())
        },
    )?;
    Ok(folder)
}

/// What starts a program. A file of its own, because the server's content security policy forbids scripts inside the page.
fn start(name: &str) -> String {
    format!(
        "import start from './{name}.js';\n\nawait start({{ module_or_path: '{name}_bg.wasm' }});\n"
    )
}

/// The workspace in `examples/`, which shares the outputs of the project.
pub(crate) fn workspace(project: &Project) -> Project {
    Project {
        root: project.root.join("examples"),
        ..project.clone()
    }
}
