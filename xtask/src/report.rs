//! How many tests passed, read from what the test runners print.

use std::ops::AddAssign;

/// Tests that passed and tests that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Who printed a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// `cargo test`, and wasm-bindgen's runner, which prints the same.
    Libtest,
    /// `cargo nextest run`.
    Nextest,
    /// `node --test`.
    Node,
    /// The simulator, whose every seed counts.
    Simulation,
}

impl Runner {
    /// Adds up the closing lines of a transcript; the colours of a terminal are skipped.
    pub(crate) fn count(self, transcript: &str) -> Counts {
        let mut counts = Counts::default();
        for line in transcript.lines().map(without_colours) {
            let line = line.trim();
            let closing = match self {
                Runner::Libtest => line.strip_prefix("test result:"),
                Runner::Nextest => line.strip_prefix("Summary"),
                Runner::Simulation => line.strip_prefix("simulation:"),
                Runner::Node => line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")),
            };
            let Some(closing) = closing else { continue };
            let words: Vec<&str> = closing
                .split([' ', ';', ','])
                .filter(|word| !word.is_empty())
                .collect();
            for pair in words.windows(2) {
                match (self, pair) {
                    (Runner::Node, ["pass", count]) => counts.passed += number(count),
                    (Runner::Node, ["fail" | "cancelled", count]) => counts.failed += number(count),
                    (_, [count, "passed"]) => counts.passed += number(count),
                    (_, [count, "failed" | "timed"]) => counts.failed += number(count),
                    _ => {}
                }
            }
        }
        counts
    }
}

fn number(word: &str) -> u64 {
    word.parse().unwrap_or(0)
}

/// The line without its escape sequences (ECMA-48 §5.4, `m` only).
fn without_colours(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain += piece.split_once('m').map_or(piece, |(_, text)| text);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_closes_once_for_each_binary() {
        let transcript = "test a ... ok\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 filtered out; finished in 0.1s\n";
        assert_eq!(
            Runner::Libtest.count(transcript),
            Counts {
                passed: 4,
                failed: 2
            }
        );
    }

    #[test]
    fn nextest_closes_with_a_summary() {
        let transcript = "        PASS [   0.002s] x\n\u{1b}[32m     Summary\u{1b}[0m [   0.9s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 4 skipped\n";
        assert_eq!(
            Runner::Nextest.count(transcript),
            Counts {
                passed: 9,
                failed: 3
            }
        );
    }

    #[test]
    fn node_closes_with_a_list() {
        let spec = "ℹ tests 5\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n";
        assert_eq!(
            Runner::Node.count(spec),
            Counts {
                passed: 3,
                failed: 2
            }
        );
        let tap = "# tests 5\n# pass 5\n# fail 0\n# cancelled 0\n";
        assert_eq!(
            Runner::Node.count(tap),
            Counts {
                passed: 5,
                failed: 0
            }
        );
    }

    #[test]
    fn a_simulation_closes_with_its_seeds() {
        let transcript = "20000 seeds, 5 steps, in 9.1 s\nsimulation: 19999 passed, 1 failed\n";
        assert_eq!(
            Runner::Simulation.count(transcript),
            Counts {
                passed: 19_999,
                failed: 1
            }
        );
    }

    #[test]
    fn what_tests_print_themselves_is_not_counted() {
        assert_eq!(
            Runner::Libtest.count("3 passed; 1 failed\n"),
            Counts::default()
        );
    }
}
