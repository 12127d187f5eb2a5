//! Packages of Debian and its relatives.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::{Program, on_path};

/// A slow mirror and a large browser.
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// A program and the packages that bring it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// What to look for on the PATH: any of these will do.
    pub(crate) programs: &'static [&'static str],
    /// What to install when it is not there.
    pub(crate) packages: &'static [&'static str],
}

/// How this machine lets us install packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Installer {
    /// We are root.
    Direct,
    /// `sudo` works without asking for a password.
    Sudo,
    /// A person has to do it.
    Nobody,
}

/// Installs what is missing of `wanted`.
///
/// # Errors
/// A sentence with the command to run, when packages cannot be installed here.
pub(crate) fn ensure(wanted: &[Wanted]) -> Result<()> {
    install(&missing(wanted, |program| on_path(program).is_some()))?;
    wanted.iter().try_for_each(|wanted| wanted.path().map(drop))
}

impl Wanted {
    /// Where the program is.
    ///
    /// # Errors
    /// A sentence, if it is not on the PATH.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let found = self.programs.iter().find_map(|program| on_path(program));
        found.with_context(|| {
            let packages = self.packages.join(" ");
            format!(
                "`{}` is missing. Run `sudo apt-get install {packages}` or put it on the PATH.",
                self.programs[0]
            )
        })
    }
}

/// Installs `packages`, if any.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let Some(prefix) = prefix(on_path("apt-get").is_some(), installer()) else {
        bail!(
            "Missing: {0}. On Debian or Ubuntu run `sudo apt-get install {0}`, then try again.",
            packages.join(" ")
        );
    };
    let apt = |arguments: &[&str]| {
        let words: Vec<&str> = prefix.iter().chain(APT).chain(arguments).copied().collect();
        Program::new(words[0])
            .args(&words[1..])
            .limit(INSTALL_LIMIT)
            .output()
    };
    eprintln!("  installing {}", packages.join(" "));
    let arguments: Vec<&str> = ["install", "--yes", "--no-install-recommends"]
        .iter()
        .chain(packages)
        .copied()
        .collect();
    // The lists of a fresh machine are empty, and an old list names packages that the mirror has dropped.
    let result = apt(&["update"]).and_then(|_| apt(&arguments));
    result.with_context(|| {
        format!(
            "`apt-get install {0}` failed. Run `sudo apt-get install {0}`, then try again.",
            packages.join(" ")
        )
    })?;
    Ok(())
}

/// Never asks, and waits for another apt to finish rather than failing.
const APT: &[&str] = &[
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "--quiet",
    "-o",
    "DPkg::Lock::Timeout=300",
    "-o",
    "Dpkg::Use-Pty=0",
];

fn missing(wanted: &[Wanted], present: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let absent = wanted
        .iter()
        .filter(|wanted| !wanted.programs.iter().any(|program| present(program)));
    absent
        .flat_map(|wanted| wanted.packages.iter().copied())
        .collect()
}

/// The words before apt's command line; `None` if a person has to type it.
fn prefix(has_apt: bool, installer: Installer) -> Option<&'static [&'static str]> {
    match (has_apt, installer) {
        (true, Installer::Direct) => Some(&[]),
        (true, Installer::Sudo) => Some(&["sudo", "--non-interactive"]),
        (false, _) | (true, Installer::Nobody) => None,
    }
}

/// The words before a command that needs root, and the variables before it; `None` if a person has to type it.
pub(crate) fn env_as_root() -> Option<&'static [&'static str]> {
    match installer() {
        Installer::Direct => Some(&["env"]),
        Installer::Sudo => Some(&["sudo", "--non-interactive", "env"]),
        Installer::Nobody => None,
    }
}

fn installer() -> Installer {
    if nix::unistd::Uid::effective().is_root() {
        Installer::Direct
    } else if Program::new("sudo")
        .args(["--non-interactive", "true"])
        .output()
        .is_ok()
    {
        Installer::Sudo
    } else {
        Installer::Nobody
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: [Wanted; 2] = [
        Wanted {
            programs: &["chromium"],
            packages: &["chromium"],
        },
        Wanted {
            programs: &["chromedriver"],
            packages: &["chromium-driver"],
        },
    ];

    #[test]
    fn only_what_is_absent_is_installed() {
        assert_eq!(
            missing(&WANTED, |program| program == "chromium"),
            ["chromium-driver"]
        );
        assert!(missing(&WANTED, |_| true).is_empty());
        assert_eq!(missing(&WANTED, |_| false), ["chromium", "chromium-driver"]);
    }

    #[test]
    fn nobody_is_asked_for_a_password() {
        assert_eq!(prefix(true, Installer::Direct), Some(&[] as &[&str]));
        assert_eq!(
            prefix(true, Installer::Sudo),
            Some(&["sudo", "--non-interactive"] as &[&str])
        );
        assert_eq!(prefix(true, Installer::Nobody), None);
        assert_eq!(prefix(false, Installer::Direct), None);
    }
}
