//! What the person at the terminal sees: what is being done, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// The step that is running; collects the remark shown at its end.
#[derive(Debug, Default)]
pub(crate) struct Step {
    note: Option<String>,
}

impl Step {
    /// Says what came of the step, in a few words.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.note = Some(note.into());
    }
}

/// Runs `work`, and prints `title` before it and the time it took after it.
pub(crate) fn step<T>(title: &str, work: impl FnOnce(&mut Step) -> Result<T>) -> Result<T> {
    println!("▸ {title}");
    let start = Instant::now();
    let mut step = Step::default();
    let result = work(&mut step);
    let mark = if result.is_ok() { "✓" } else { "✗" };
    let note = step
        .note
        .map(|note| format!(": {note}"))
        .unwrap_or_default();
    println!("{mark} {title}{note} ({})", human(start.elapsed()));
    result
}

/// A duration as a person says it: `0.4 s`, `12.0 s`, `3 min 05 s`.
pub(crate) fn human(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        let whole = duration.as_secs();
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(449)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12.0 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn the_result_of_the_work_is_passed_on() {
        assert_eq!(step("count", |_| Ok(3)).ok(), Some(3));
        assert!(step("fail", |_| anyhow::Result::<()>::Err(anyhow::anyhow!("no"))).is_err());
    }
}
