//! Sees that a file changed, by looking: a few hundred files cost a millisecond, and it works on every file system.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// How soon a change is seen.
const INTERVAL: Duration = Duration::from_millis(300);

/// The times at which files were last written.
type Times = BTreeMap<PathBuf, SystemTime>;

/// Compares files with how they were when it last looked.
#[derive(Debug)]
pub(crate) struct Watcher {
    paths: Vec<PathBuf>,
    seen: Times,
}

impl Watcher {
    /// Watches files, and folders with all below them.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>) -> Watcher {
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        let seen = look(&paths);
        Watcher { paths, seen }
    }

    /// Waits a moment, then says whether anything changed. Changes in quick succession, as an editor makes when it saves
    /// all files, count as one.
    pub(crate) fn changed(&mut self) -> bool {
        thread::sleep(INTERVAL);
        let mut now = look(&self.paths);
        if now == self.seen {
            return false;
        }
        loop {
            thread::sleep(INTERVAL);
            let later = look(&self.paths);
            if later == now {
                break;
            }
            now = later;
        }
        self.seen = now;
        true
    }
}

fn look(paths: &[PathBuf]) -> Times {
    let mut times = Times::new();
    for path in paths {
        add(path, &mut times);
    }
    times
}

/// What vanishes while we look has changed as well, so errors need no more than an absence.
fn add(path: &Path, times: &mut Times) {
    let Ok(data) = path.metadata() else { return };
    if !data.is_dir() {
        times.insert(
            path.to_owned(),
            data.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        );
    } else if let Ok(entries) = path.read_dir() {
        for entry in entries.flatten() {
            add(&entry.path(), times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn new_changed_and_removed_files_are_seen() {
        let folder = std::env::temp_dir().join(format!("handclasp-watch-{}", std::process::id()));
        fs::create_dir_all(folder.join("below")).expect("a folder");
        let mut watcher = Watcher::new([folder.clone()]);
        assert!(!watcher.changed());
        fs::write(folder.join("below/file"), "1").expect("a file");
        assert!(watcher.changed());
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options()
            .write(true)
            .open(folder.join("below/file"))
            .and_then(|file| file.set_modified(later))
            .expect("a time");
        assert!(watcher.changed());
        fs::remove_file(folder.join("below/file")).expect("removed");
        assert!(watcher.changed());
        assert!(!watcher.changed());
        fs::remove_dir_all(folder).expect("cleaned up");
    }
}
