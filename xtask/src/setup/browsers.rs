//! Browsers, their drivers and the independent broker that the tests run against.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use super::debian::{self, Wanted};
use crate::command::{Program, on_path};
use crate::project::Project;

const GECKODRIVER: &str = "0.37.1";

/// It is compiled from source, with all it depends on.
const GECKODRIVER_LIMIT: Duration = Duration::from_secs(20 * 60);

const CHROMIUM: Wanted = Wanted {
    programs: &["chromium", "chromium-browser", "google-chrome"],
    packages: &["chromium"],
};
const CHROMEDRIVER: Wanted = Wanted {
    programs: &["chromedriver"],
    packages: &["chromium-driver"],
};
const FIREFOX: Wanted = Wanted {
    programs: &["firefox-esr", "firefox"],
    packages: &["firefox-esr"],
};

/// What the end-to-end tests run beside the browsers: a second broker, a client that listens in, a TURN server, and certificates for them.
const SERVERS: [Wanted; 4] = [
    Wanted {
        programs: &["/usr/sbin/mosquitto"],
        packages: &["mosquitto"],
    },
    Wanted {
        programs: &["mosquitto_sub"],
        packages: &["mosquitto-clients"],
    },
    Wanted {
        programs: &["turnserver"],
        packages: &["coturn"],
    },
    Wanted {
        programs: &["openssl"],
        packages: &["openssl"],
    },
];

/// Where the browsers are.
#[derive(Clone, Debug)]
pub(crate) struct Browsers {
    pub(crate) chromium: PathBuf,
    pub(crate) firefox: PathBuf,
}

/// The browsers themselves, and Chromium's WebDriver; installed if they are not there.
pub(crate) fn ensure() -> Result<Browsers> {
    debian::ensure(&[CHROMIUM, CHROMEDRIVER, FIREFOX])?;
    Ok(Browsers {
        chromium: CHROMIUM.path()?,
        firefox: FIREFOX.path()?,
    })
}

/// Chromium's WebDriver.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    CHROMEDRIVER.path()
}

/// Firefox's WebDriver, which Debian does not package: compiled into the cache if it is not there.
pub(crate) fn geckodriver(project: &Project) -> Result<PathBuf> {
    if let Some(found) = on_path("geckodriver") {
        return Ok(found);
    }
    let folder = project.cache.join(format!("geckodriver-{GECKODRIVER}"));
    let driver = folder.join("bin/geckodriver");
    if driver.is_file() {
        return Ok(driver);
    }
    eprintln!("  compiling geckodriver {GECKODRIVER}, once");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let install = |extra: &[&str]| {
        let program = Program::new(&cargo).args([
            "install",
            "--quiet",
            "geckodriver",
            "--version",
            GECKODRIVER,
            "--root",
        ]);
        let program = program
            .arg(&folder)
            .args(extra)
            .env("CARGO_TARGET_DIR", project.target.join("geckodriver"));
        program.limit(GECKODRIVER_LIMIT).output()
    };
    // A registry that lags behind may lack a version that the lock file names.
    install(&["--locked"]).or_else(|_| install(&[])).context(
        "geckodriver could not be compiled. Run `cargo install geckodriver` to see why.",
    )?;
    Ok(driver)
}

/// The broker that is not ours.
pub(crate) fn servers() -> Result<()> {
    debian::ensure(&SERVERS)
}
