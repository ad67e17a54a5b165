//! Files that are there whole or not at all.
//!
//! What belongs here: bounded reading, atomic writing. What does not: what the files mean.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::crypto;
use crate::error::{Error, Result};

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`Error::File`]; [`Error::Input`] if it is longer.
pub fn read(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(Error::file(path, "open"))?;
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(bound)
        .read_to_end(&mut bytes)
        .map_err(Error::file(path, "read"))?;
    if bytes.len() > limit {
        return Err(Error::input(
            path.display().to_string(),
            format!("longer than {limit} bytes"),
        ));
    }
    Ok(bytes)
}

/// What to do when the file to be written is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Replace it in one step.
    Replace,
    /// Leave it and fail with [`Error::Exists`].
    Refuse,
}

/// Writes `bytes` to `path` so that, whenever power or process fail, the file is whole or as it was before.
///
/// `mode` holds the permission bits of a new file (`0o600`). What is there and is no file, a pipe or a device, is written to as it
/// is: a file in its place would be the end of it.
///
/// # Errors
/// [`Error::File`]; [`Error::Exists`] as `existing` demands.
pub fn write(path: &Path, bytes: &[u8], mode: u32, existing: Existing) -> Result<()> {
    let there = fs::metadata(path).map(|there| there.file_type());
    if existing == Existing::Replace && there.is_ok_and(|kind| !kind.is_file() && !kind.is_dir()) {
        return OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut pipe| pipe.write_all(bytes))
            .map_err(Error::file(path, "write"));
    }
    let temporary = temporary_name(path)?;
    let written = write_new(&temporary, path, bytes, mode).and_then(|()| match existing {
        Existing::Replace => fs::rename(&temporary, path).map_err(Error::file(path, "write")),
        // A link fails where a rename would replace.
        Existing::Refuse => fs::hard_link(&temporary, path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => Error::Exists(path.to_path_buf()),
            _ => Error::File {
                path: path.to_path_buf(),
                action: "write",
                source,
            },
        }),
    });
    // After a rename there is nothing to remove; after anything else what is left is of no use.
    let _ = fs::remove_file(&temporary);
    written?;
    sync_folder(path)
}

fn temporary_name(path: &Path) -> Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::input(path.display().to_string(), "not a file name"))?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", hex::encode(crypto::random::<8>()?)));
    Ok(path.with_file_name(temporary))
}

/// Writes the file `temporary`; errors call it by the name it will have.
fn write_new(temporary: &Path, path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(temporary)
        .map_err(Error::file(path, "create"))?;
    file.write_all(bytes).map_err(Error::file(path, "write"))?;
    file.sync_all().map_err(Error::file(path, "write"))
}

/// Makes the entry of `path` in its folder durable.
///
/// # Errors
/// [`Error::File`].
pub fn sync_folder(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::file(folder, "write"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn an_existing_file_survives_a_refused_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        write(&path, b"first", 0o600, Existing::Refuse).unwrap();
        let error = write(&path, b"second", 0o600, Existing::Refuse).unwrap_err();
        assert!(matches!(error, Error::Exists(_)), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        write(&path, b"third", 0o600, Existing::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a temporary file is left"
        );
    }

    /// Losing this puts a file in the place of /dev/null when somebody who may do so names it.
    #[test]
    fn a_pipe_is_written_to_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        write(&path, b"through", 0o644, Existing::Replace).unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(!fs::metadata(&path).unwrap().is_file());
    }

    #[test]
    fn a_long_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        fs::write(&path, [0; 11]).unwrap();
        assert!(
            read(&path, 10)
                .unwrap_err()
                .to_string()
                .contains("big: longer than 10 bytes")
        );
        assert_eq!(read(&path, 11).unwrap().len(), 11);
    }
}
