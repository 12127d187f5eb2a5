//! Runs a wasm test binary in a headless browser.
//!
//! This is `wasm-bindgen-test-runner`, built from the workspace's lock file, so that its version cannot differ from
//! the one that compiled the tests. It is a package of its own because only the tests need it: `cargo xtask serve`
//! does not wait for its HTTP client, server and argument parser.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
