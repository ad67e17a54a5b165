//! A socket's place in the file system: only its user's from the first moment, gone with its owner.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

/// A path that is removed when dropped.
#[derive(Debug)]
pub(super) struct OwnedPath(PathBuf);

impl OwnedPath {
    pub(super) fn as_path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OwnedPath {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Listens at `path`, in place of a socket that nobody listens at.
pub(super) fn bind(path: &Path) -> io::Result<(UnixListener, OwnedPath)> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => return Err(io::ErrorKind::AlreadyExists.into()),
        Ok(_) if UnixStream::connect(path).is_ok() => return Err(io::ErrorKind::AddrInUse.into()),
        _ => {}
    }
    // A new socket can be opened by others until its permissions are set, so it is made where they cannot enter.
    let mut folder = path.as_os_str().to_owned();
    folder.push(format!(".{}", std::process::id()));
    let folder = PathBuf::from(folder);
    DirBuilder::new().mode(0o700).create(&folder)?;
    let inside = folder.join("s");
    let bound = listen(&inside, path);
    let _ = fs::remove_file(&inside);
    let _ = fs::remove_dir(&folder);
    Ok((bound?, OwnedPath(path.to_owned())))
}

fn listen(inside: &Path, path: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(inside)?;
    fs::set_permissions(inside, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    fs::rename(inside, path)?;
    Ok(listener)
}
