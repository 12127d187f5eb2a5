//! The benchmark's contestant in Rust.

use std::path::PathBuf;

use anyhow::Result;

use super::wasm::{self, Module};
use super::{Profile, Tools};
use crate::project::Project;

const BENCH: Module = Module {
    package: "handclasp-bench",
    artifact: "handclasp_bench",
    name: "handclasp_bench",
    library: true,
    in_parts: false,
    in_worker: false,
    first_part: None,
};

/// Builds it and gives back its folder.
pub(crate) fn build(project: &Project, tools: &Tools) -> Result<PathBuf> {
    wasm::build(project, tools, Profile::Release, BENCH)
}
