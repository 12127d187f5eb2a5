//! Set-up: what the other commands need and a bare machine does not have.

pub(crate) mod browsers;
pub(crate) mod debian;
pub(crate) mod netlab;
pub(crate) mod node;
mod sysroot;
pub(crate) mod wasm_target;
