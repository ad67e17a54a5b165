//! What was typed before, without secrets, in a file of its owner's.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use reedline::{
    FileBackedHistory, History, HistoryItem, HistoryItemId, HistorySessionId, Result, SearchQuery,
};

use super::super::line::may_be_kept;

/// The most lines that are kept.
const LINES_MAX: usize = 2_000;

/// A history that takes no line with a secret in it.
pub(super) struct Careful(FileBackedHistory);

/// Takes up the history in `path`, or one that nobody keeps.
pub(super) fn open(path: Option<&Path>) -> io::Result<Careful> {
    let kept = match path {
        Some(path) => {
            private(path)?;
            FileBackedHistory::with_file(LINES_MAX, path.to_owned())
        }
        None => FileBackedHistory::new(LINES_MAX),
    };
    kept.map(Careful).map_err(io::Error::other)
}

/// Makes the file, and its folder, so that only its owner can read it.
fn private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

impl History for Careful {
    fn save(&mut self, item: HistoryItem) -> Result<HistoryItem> {
        if may_be_kept(&item.command_line) {
            self.0.save(item)
        } else {
            Ok(HistoryItem { id: None, ..item })
        }
    }

    fn load(&self, id: HistoryItemId) -> Result<HistoryItem> {
        self.0.load(id)
    }

    fn count(&self, query: SearchQuery) -> Result<i64> {
        self.0.count(query)
    }

    fn search(&self, query: SearchQuery) -> Result<Vec<HistoryItem>> {
        self.0.search(query)
    }

    fn update(&mut self, id: HistoryItemId, updater: &dyn Fn(HistoryItem) -> HistoryItem) -> Result<()> {
        self.0.update(id, updater)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn delete(&mut self, id: HistoryItemId) -> Result<()> {
        self.0.delete(id)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn session(&self) -> Option<HistorySessionId> {
        self.0.session()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Losing this leaves PINs, or what somebody did, on a disk for others to read.
    #[test]
    fn the_file_is_private_and_has_no_secret_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/history");
        let mut history = open(Some(&path)).unwrap();
        for line in [
            "ls",
            "verify user 13572468",
            "apdu 002000010831333537323436380",
            "cat 2F00",
        ] {
            history.save(HistoryItem::from_command_line(line)).unwrap();
        }
        history.sync().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ls\ncat 2F00\n");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
}
