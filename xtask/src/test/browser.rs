//! Tests of the library inside headless Chromium and Firefox: the test targets in a folder `tests/browser`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::judge;
use super::lint::cargo;
use crate::project::Project;
use crate::report::{Counts, Runner};
use crate::setup::browsers::{self, Browsers};
use crate::setup::wasm_target;
use crate::step::step;

/// Compiling the tests, and running them in one browser.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// How long one test binary may take, in seconds; the runner's own 20 s are short for a busy machine.
const RUNNER_TIMEOUT: &str = "120";

/// A browser's name, its driver and how the runner is told of it.
pub(super) struct Driver {
    browser: &'static str,
    variable: &'static str,
    path: PathBuf,
}

pub(super) fn run(project: &Project) -> Result<Counts> {
    let toolchain = wasm_target::ensure(project)?;
    let runner = runner(project)?;
    let (browsers, drivers) = drivers(project)?;
    let capabilities = capabilities(project, &browsers)?;
    let targets = targets(project)?;
    let mut counts = Counts::default();
    for driver in drivers {
        counts += step(&format!("wasm tests in {}", driver.browser), |_| {
            let mut test =
                toolchain
                    .cargo(project, "test")
                    .args(["--profile", "wasm-dev", "--no-fail-fast"]);
            for (package, target) in &targets {
                test = test.args(["--package", package, "--test", target]);
            }
            let test = test
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner)
                .env(driver.variable, &driver.path);
            let test = test
                .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities)
                .env("WASM_BINDGEN_TEST_ONLY_WEB", "1");
            Ok(judge(
                Runner::Libtest,
                test.env("WASM_BINDGEN_TEST_TIMEOUT", RUNNER_TIMEOUT)
                    .limit(LIMIT)
                    .transcript()?,
            ))
        })?;
    }
    Ok(counts)
}

/// The program that runs a wasm test binary in a browser.
pub(super) fn runner(project: &Project) -> Result<PathBuf> {
    step("compile the wasm test runner", |_| {
        cargo(project)
            .args(["build", "--quiet", "--package", "wasm-bindgen-runner"])
            .run()?;
        Ok(project.target.join("debug/wasm-bindgen-runner"))
    })
}

/// The browsers and their drivers.
pub(super) fn drivers(project: &Project) -> Result<(Browsers, [Driver; 2])> {
    step("browsers and their drivers", |_| {
        let browsers = browsers::ensure()?;
        let chromium = Driver {
            browser: "Chromium",
            variable: "CHROMEDRIVER",
            path: browsers::chromedriver()?,
        };
        let firefox = Driver {
            browser: "Firefox",
            variable: "GECKODRIVER",
            path: browsers::geckodriver(project)?,
        };
        Ok((browsers, [chromium, firefox]))
    })
}

/// `webdriver.json` with the paths of this machine's browsers, in the target folder.
fn capabilities(project: &Project, browsers: &Browsers) -> Result<PathBuf> {
    let text = fs::read_to_string(project.root.join("webdriver.json"))
        .context("webdriver.json cannot be read.")?;
    let capabilities = with_browsers(
        serde_json::from_str(&text).context("webdriver.json is no JSON.")?,
        browsers,
    );
    let file = project.target.join("webdriver.json");
    fs::write(&file, capabilities.to_string())?;
    Ok(file)
}

fn with_browsers(mut capabilities: Value, browsers: &Browsers) -> Value {
    for (options, path) in [
        ("goog:chromeOptions", &browsers.chromium),
        ("moz:firefoxOptions", &browsers.firefox),
    ] {
        capabilities[options]["binary"] = json!(path);
    }
    capabilities
}

/// The packages and names of the test targets that are for browsers.
fn targets(project: &Project) -> Result<Vec<(String, String)>> {
    let metadata = cargo(project)
        .args(["metadata", "--no-deps", "--format-version=1"])
        .output()?;
    let targets = browser_targets(&serde_json::from_str(&metadata)?);
    if targets.is_empty() {
        bail!("No package has a test in tests/browser.");
    }
    Ok(targets)
}

fn browser_targets(metadata: &Value) -> Vec<(String, String)> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for package in list(&metadata["packages"]) {
        for target in list(&package["targets"]) {
            let folder = target["src_path"]
                .as_str()
                .and_then(|path| Path::new(path).parent());
            if folder.is_some_and(|folder| folder.ends_with("tests/browser"))
                && let (Some(package), Some(target)) =
                    (package["name"].as_str(), target["name"].as_str())
            {
                found.push((package.to_owned(), target.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_targets_in_the_browser_folder_are_taken() {
        let metadata = json!({ "packages": [{ "name": "handclasp", "targets": [
            { "name": "handclasp", "src_path": "/p/src/lib.rs" },
            { "name": "channel", "src_path": "/p/tests/browser/channel.rs" },
            { "name": "vectors", "src_path": "/p/tests/vectors.rs" },
        ]}]});
        assert_eq!(
            browser_targets(&metadata),
            [("handclasp".to_owned(), "channel".to_owned())]
        );
    }

    #[test]
    fn the_browsers_are_added_to_the_capabilities() {
        let browsers = Browsers {
            chromium: "/c".into(),
            firefox: "/f".into(),
        };
        let both = with_browsers(
            json!({ "goog:chromeOptions": { "args": ["-x"] } }),
            &browsers,
        );
        assert_eq!(
            both["goog:chromeOptions"],
            json!({ "args": ["-x"], "binary": "/c" })
        );
        assert_eq!(both["moz:firefoxOptions"]["binary"], "/f");
    }
}
