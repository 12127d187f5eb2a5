//! Runs other programs: with a time limit, without a prompt, and never leaving their children behind.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Long enough for the largest compilation on two slow cores; a program that takes longer hangs.
const DEFAULT_LIMIT: Duration = Duration::from_secs(30 * 60);

/// The process groups that are running now, ended when we are told to end.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A program to run, its arguments and its limit.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    limit: Duration,
}

impl Program {
    /// The program `name`, searched for on the PATH if it is no path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Program {
        let mut command = Command::new(name);
        command.stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if describes_xtask(&name) {
                command.env_remove(name);
            }
        }
        Program {
            command,
            limit: DEFAULT_LIMIT,
        }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Program {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Program {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Program {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn folder(mut self, folder: impl AsRef<Path>) -> Program {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Program {
        self.limit = limit;
        self
    }

    /// Runs the program, its output shown as it comes.
    pub(crate) fn run(mut self) -> Result<()> {
        let shown = self.shown();
        let status = self.wait(|_| Ok(()))?;
        expect_success(&shown, status)
    }

    /// Runs the program and gives back what it printed, nothing shown.
    pub(crate) fn output(mut self) -> Result<String> {
        let shown = self.shown();
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut text = String::new();
        let mut errors = String::new();
        let status = self.wait(|child| {
            let mut stdout = child.stdout.take().context("no stdout")?;
            let mut stderr = child.stderr.take().context("no stderr")?;
            thread::scope(|scope| {
                scope.spawn(|| stderr.read_to_string(&mut errors));
                stdout.read_to_string(&mut text)
            })?;
            Ok(())
        })?;
        expect_success(&shown, status).map_err(|error| match errors.trim() {
            "" => error,
            errors => error.context(errors.to_owned()),
        })?;
        Ok(text)
    }

    /// Runs the program, its output shown as it comes and given back too, whether or not it succeeds.
    pub(crate) fn transcript(mut self) -> Result<(ExitStatus, String)> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let transcript = Mutex::new(String::new());
        let status = self.wait(|child| {
            let stdout = child.stdout.take().context("no stdout")?;
            let stderr = child.stderr.take().context("no stderr")?;
            thread::scope(|scope| {
                scope.spawn(|| copy_lines(stderr, io::stderr(), &transcript));
                copy_lines(stdout, io::stdout(), &transcript);
            });
            Ok(())
        })?;
        Ok((status, transcript.into_inner().unwrap_or_default()))
    }

    /// Becomes the program: it gets our signals, and its exit code is ours. Returns only if it cannot be started.
    pub(crate) fn become_it(mut self) -> anyhow::Error {
        let shown = self.shown();
        anyhow::Error::from(self.command.exec()).context(format!("`{shown}` cannot be started"))
    }

    /// Starts the program and leaves it running until the guard is dropped.
    pub(crate) fn start(mut self) -> Result<Running> {
        let shown = self.shown();
        let child = self
            .command
            .process_group(0)
            .spawn()
            .with_context(|| format!("`{shown}` cannot be started"))?;
        Ok(Running::new(child))
    }

    /// The command line, for messages.
    fn shown(&self) -> String {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        words
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Starts the program, lets `read` consume its output, and waits for its end, or for the limit.
    fn wait(&mut self, read: impl FnOnce(&mut Child) -> Result<()>) -> Result<ExitStatus> {
        let shown = self.shown();
        let child = self
            .command
            .process_group(0)
            .spawn()
            .with_context(|| format!("`{shown}` cannot be started"))?;
        let mut running = Running::new(child);
        let group = running.group;
        let deadline = Instant::now() + self.limit;
        let (ended, end) = std::sync::mpsc::channel::<()>();
        let watchdog = thread::spawn(move || {
            let late = end
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .is_err();
            if late {
                let _ = killpg(group, Signal::SIGKILL);
            }
            late
        });
        let read = read(&mut running.child);
        let status = running.child.wait();
        let _ = ended.send(());
        if watchdog.join().unwrap_or(false) {
            bail!(
                "`{shown}` did not end within {} and was stopped.",
                crate::step::human(self.limit)
            );
        }
        read?;
        Ok(status?)
    }
}

/// A program that runs beside us; its whole process group ends when this is dropped.
#[must_use = "the program is stopped when this is dropped"]
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    group: Pid,
}

impl Running {
    fn new(child: Child) -> Running {
        let group = Pid::from_raw(child.id().cast_signed());
        running().push(group);
        Running { child, group }
    }

    /// The exit status, if the program has ended.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        running().retain(|group| *group != self.group);
        // Whoever is left of the group: a test runner's browsers, for one. Once all are gone this finds nobody.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// Ends everything that runs when we are interrupted, since it is not in the terminal's process group.
pub(crate) fn end_children_with_us() -> Result<()> {
    ctrlc::set_handler(|| {
        for group in running().iter() {
            let _ = killpg(*group, Signal::SIGTERM);
        }
        std::process::exit(130);
    })
    .context("The handler for Ctrl-C cannot be set.")
}

/// Whether a program of this name can be found on the PATH.
pub(crate) fn on_path(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Cargo tells each program it runs about that program; a child of ours would take that for its own description.
fn describes_xtask(name: &OsString) -> bool {
    const NAMES: [&str; 6] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "LD_LIBRARY_PATH",
    ];
    name.to_str()
        .is_some_and(|name| name.starts_with("CARGO_PKG_") || NAMES.contains(&name))
}

fn running() -> std::sync::MutexGuard<'static, Vec<Pid>> {
    RUNNING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn copy_lines(from: impl Read, mut to: impl Write, transcript: &Mutex<String>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from
        .read_until(b'\n', &mut line)
        .is_ok_and(|count| count > 0)
    {
        let _ = to.write_all(&line);
        let _ = to.flush();
        if let Ok(mut transcript) = transcript.lock() {
            transcript.push_str(&String::from_utf8_lossy(&line));
        }
        line.clear();
    }
}

fn expect_success(shown: &str, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    match status.code() {
        Some(code) => bail!("`{shown}` failed with exit code {code}."),
        None => bail!("`{shown}` was ended by a signal."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_what_the_program_printed() {
        let text = Program::new("sh")
            .args(["-c", "echo one; echo two >&2"])
            .output()
            .expect("sh runs");
        assert_eq!(text, "one\n");
    }

    #[test]
    fn a_failure_says_which_command_and_why() {
        let error = Program::new("sh")
            .args(["-c", "echo because >&2; exit 3"])
            .output()
            .expect_err("it fails");
        let message = format!("{error:#}");
        assert!(
            message.contains("because") && message.contains("exit code 3"),
            "{message}"
        );
    }

    #[test]
    fn the_limit_ends_the_program_and_its_children() {
        let start = Instant::now();
        let error = Program::new("sh")
            .args(["-c", "sleep 600 & wait"])
            .limit(Duration::from_millis(200))
            .transcript()
            .expect_err("it is stopped");
        assert!(error.to_string().contains("did not end within"), "{error}");
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "the child kept the pipe open"
        );
    }

    #[test]
    fn a_transcript_holds_both_outputs_and_the_status() {
        let (status, text) = Program::new("sh")
            .args(["-c", "echo a; echo b >&2; exit 1"])
            .transcript()
            .expect("sh runs");
        assert!(!status.success());
        assert!(text.contains("a\n") && text.contains("b\n"), "{text}");
    }
}
