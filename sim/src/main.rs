//! Runs seeds and says which break a rule.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use handclasp_sim::{Outcome, Rule, Run, Violation};

/// How often a long run says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// After so many seeds that broke a rule it is clear that something is wrong.
const ENOUGH: usize = 10;

const HELP: &str = "\
simulate: rooms on a network that fails, in fake time

  --seeds N     how many seeds [20000]
  --from N      the first of them [0]
  --seed N      this one alone
  --trace       what happens, line by line (with --seed)
  --members N   rooms of so many, 2 to 6; otherwise the seed decides
";

struct Options {
    first: u64,
    count: u64,
    trace: bool,
    members: Option<usize>,
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)) {
        Ok(Some(options)) => run(&options),
        Ok(None) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}\n\n{HELP}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        first: 0,
        count: 20_000,
        trace: false,
        members: None,
    };
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments
                .next()
                .ok_or(format!("{argument} needs a number"))?;
            let plain = value.replace('_', "");
            plain
                .parse::<u64>()
                .map_err(|_| format!("`{value}` is no number"))
        };
        match argument.as_str() {
            "--seeds" => options.count = number()?,
            "--from" => options.first = number()?,
            "--seed" => (options.first, options.count) = (number()?, 1),
            "--members" => options.members = usize::try_from(number()?).ok(),
            "--trace" => options.trace = true,
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("`{argument}` is not known")),
        }
    }
    Ok(Some(options))
}

/// What all seeds so far came to.
#[derive(Default)]
struct Tally {
    steps: u64,
    connections: usize,
    slowest: Duration,
    slowest_seed: u64,
    failures: Vec<(u64, Violation)>,
}

fn run(options: &Options) -> ExitCode {
    // A rule that is broken is told below; a panic of ours too.
    if options.count > 1 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let start = Instant::now();
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let tally = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= options.count {
                        break;
                    }
                    let seed = options.first.wrapping_add(index);
                    let result = one(seed, options);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.add(seed, result);
                    if tally.failures.len() >= ENOUGH {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut told = Instant::now();
        while !stop.load(Ordering::Relaxed) && next.load(Ordering::Relaxed) < options.count {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                let done = next.load(Ordering::Relaxed).min(options.count);
                println!(
                    "{done} of {} seeds, {:.0} s",
                    options.count,
                    start.elapsed().as_secs_f64()
                );
            }
        }
    });
    let run = next.load(Ordering::Relaxed).min(options.count);
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.report(run, start.elapsed(), options)
}

impl Tally {
    fn add(&mut self, seed: u64, result: Result<Outcome, Violation>) {
        match result {
            Ok(outcome) => {
                self.steps += outcome.steps;
                self.connections += outcome.connections;
                if outcome.converged_after > self.slowest {
                    (self.slowest, self.slowest_seed) = (outcome.converged_after, seed);
                }
            }
            Err(violation) => self.failures.push((seed, violation)),
        }
    }

    fn report(&self, run: u64, took: Duration, options: &Options) -> ExitCode {
        for (seed, violation) in &self.failures {
            println!("seed {seed}: {violation}");
            let members = options
                .members
                .map(|members| format!(" --members {members}"));
            let members = members.unwrap_or_default();
            println!("  again: cargo xtask simulate --seed {seed}{members} --trace");
        }
        println!(
            "{run} seeds, {} steps, {} connections, slowest convergence {:.0} s (seed {}), in {:.1} s",
            self.steps,
            self.connections,
            self.slowest.as_secs_f64(),
            self.slowest_seed,
            took.as_secs_f64()
        );
        let failed = self.failures.len() as u64;
        println!("simulation: {} passed, {failed} failed", run - failed);
        if self.failures.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

fn one(seed: u64, options: &Options) -> Result<Outcome, Violation> {
    let mut run = Run::new(seed, options.members);
    if options.trace {
        run = run.traced();
    }
    let result = catch_unwind(AssertUnwindSafe(|| run.to_end()));
    if options.trace {
        print!("{}", run.take_log());
    }
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Violation {
            rule: Rule::NoPanic,
            at: handclasp_core::Time::ZERO,
            detail: text.unwrap_or("a panic").to_owned(),
        })
    })
}
