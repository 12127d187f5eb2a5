//! The words of files.

use core::time::Duration;

pub(crate) const FILES: &str = "Files";
pub(crate) const TITLE: &str = "Send files (F)";
pub(crate) const EMPTY: &str = "No files yet.";
pub(crate) const EMPTY_LEAD: &str = "Drop files or folders on a person, or on the call for everyone. They go directly, and nobody else can read them.";
pub(crate) const CHOOSE_FILES: &str = "Send files…";
pub(crate) const CHOOSE_FOLDER: &str = "Send a folder…";
pub(crate) const WHOM: &str = "Who gets it";
pub(crate) const EVERYONE: &str = "Everyone";
pub(crate) const NOBODY: &str = "Nobody is here to send it to";
pub(crate) const DROP_FOR_EVERYONE: &str = "Drop to send to everyone";
pub(crate) const ACCEPT: &str = "Accept";
pub(crate) const DECLINE: &str = "Decline";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const RESUME: &str = "Continue";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const REMOVE: &str = "Remove";
pub(crate) const REMOVE_LEAD: &str = "Off this list, and what this browser keeps of it";
pub(crate) const SAVE: &str = "Save";
pub(crate) const SAVE_ALL: &str = "Save all";
pub(crate) const PREPARING: &str = "Looking at what is there already…";
pub(crate) const PAUSED: &str = "Paused";
pub(crate) const INTERRUPTED: &str = "Connection interrupted. It goes on by itself.";
pub(crate) const NO_SPACE: &str =
    "No space left here. Free some, then continue: what has come is kept.";
pub(crate) const DECLINED: &str = "Declined";
pub(crate) const CANCELLED: &str = "Cancelled";

// Hanging up
pub(crate) const HANG_UP_TITLE: &str = "Hang up now?";
pub(crate) const HANG_UP_LEAD: &str = "Files are still on their way, or have not been saved yet. What has come stays in this browser for a week: the same file sent again goes on where it was.";
pub(crate) const STAY: &str = "Stay";
pub(crate) const HANG_UP: &str = "Hang up";

pub(crate) fn drop_for(name: &str) -> String {
    format!("Drop to send to {name}")
}

pub(crate) fn offers(name: &str) -> String {
    format!("{name} wants to send you files")
}

pub(crate) fn asks(name: &str) -> String {
    format!("{name} wants to send you this.")
}

pub(crate) fn asked(name: &str) -> String {
    format!("Waiting for {name} to accept…")
}

pub(crate) fn paused_by(name: &str) -> String {
    format!("Paused by {name}")
}

pub(crate) fn no_space_there(name: &str) -> String {
    format!("{name} has no space left. It goes on when there is some.")
}

pub(crate) fn arrived(name: &str) -> String {
    format!("{name} has it, checked to the last byte.")
}

pub(crate) fn received(name: &str) -> String {
    format!("From {name}, checked to the last byte.")
}

pub(crate) fn declined(name: &str) -> String {
    format!("{name} declined")
}

pub(crate) fn cancelled_by(name: &str) -> String {
    format!("Cancelled by {name}")
}

pub(crate) fn has_arrived(title: &str) -> String {
    format!("{title} has arrived")
}

pub(crate) fn is_here(title: &str) -> String {
    format!("{title} is here")
}

pub(crate) fn progress_of(title: &str) -> String {
    format!("Progress of {title}")
}

pub(crate) fn save_named(name: &str) -> String {
    format!("Save {name}")
}

pub(crate) fn files(count: usize) -> String {
    format!("{count} files")
}

pub(crate) fn folder(name: &str, count: usize) -> String {
    match count {
        1 => format!("{name} (1 file)"),
        count => format!("{name} ({count} files)"),
    }
}

pub(crate) fn and_more(count: usize) -> String {
    format!("and {count} more")
}

pub(crate) fn waiting(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 file offer waits for you".to_owned(),
        count => format!("{count} file offers wait for you"),
    }
}

/// How large something is, in units of a thousand, as systems show it.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut unit, mut scale) = (0, 1);
    // Up to 999.5, which would be rounded to a thousand.
    while bytes.saturating_mul(2) >= 1_999 * scale && unit < UNITS.len() - 1 {
        scale *= 1_000;
        unit += 1;
    }
    let rounded = |number: u64| number.saturating_add(scale / 2) / scale;
    match (rounded(bytes.saturating_mul(10)), UNITS[unit]) {
        (_, unit @ "B") => format!("{bytes} {unit}"),
        (tenths @ 0..100, unit) => format!("{}.{} {unit}", tenths / 10, tenths % 10),
        (_, unit) => format!("{} {unit}", rounded(bytes)),
    }
}

/// The same of one file, or of several.
pub(crate) fn size_of(bytes: u64, count: usize) -> String {
    match count {
        1 => size(bytes),
        count => format!("{count} files, {}", size(bytes)),
    }
}

/// How fast it is, in bytes a second, and how long it will take.
pub(crate) fn rate(rate: u64, left: Option<Duration>) -> String {
    let speed = format!("{}/s", size(rate));
    match left {
        Some(left) => format!("{speed} · {}", time_left(left)),
        None => speed,
    }
}

fn time_left(left: Duration) -> String {
    match left.as_secs() {
        0..=4 => "a few seconds left".to_owned(),
        seconds @ 5..=59 => format!("{} seconds left", seconds.div_ceil(5) * 5),
        seconds @ 60..=3_599 => match seconds.div_ceil(60) {
            1 => "a minute left".to_owned(),
            minutes => format!("{minutes} minutes left"),
        },
        seconds => match seconds.div_ceil(3_600) {
            1 => "an hour left".to_owned(),
            hours => format!("{hours} hours left"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short_and_never_a_thousand_of_a_unit() {
        for (bytes, told) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_949, "1.9 kB"),
            (12_345, "12 kB"),
            (999_499, "999 kB"),
            (999_999, "1.0 MB"),
            (1_500_000_000, "1.5 GB"),
            (2_000_000_000_000_000, "2000 TB"),
        ] {
            assert_eq!(size(bytes), told, "{bytes}");
        }
    }

    #[test]
    fn time_left_is_told_in_the_unit_that_one_thinks_in() {
        for (seconds, told) in [
            (0, "a few seconds left"),
            (7, "10 seconds left"),
            (59, "60 seconds left"),
            (60, "a minute left"),
            (61, "2 minutes left"),
            (3_600, "an hour left"),
            (10_000, "3 hours left"),
        ] {
            assert_eq!(time_left(Duration::from_secs(seconds)), told);
        }
    }
}
