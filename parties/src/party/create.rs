//! Making a party's folder: all of it or nothing.
//!
//! Everything is made in a folder beside the one wanted (`.NAME.creating`), which takes its name at the end. One that
//! was left by a killed process is cleared by the next; a lock tells it from one that is being made.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use apdu_spec::certificate::{Mnemonic, Reference, Rights, Role};
use apdu_spec::date::Date;

use super::{
    CERTIFICATE, DATABASE, KEY, PARTY, Party, PartyFile, REQUEST, SCHEMA, TRUST, location, read_party,
    role_name,
};
use crate::database::{Database, Owner};
use crate::error::{Error, Result};
use crate::file::{self, Existing};
use crate::registrar::{make_request, make_root};
use crate::signer::{EncryptedKeyFile, Passphrase, WorkFactor};

const LOCK: &str = "lock";
/// Sequence number in a party's first request, and in a registrar's root.
const FIRST_SEQUENCE: u32 = 1;

/// What a new party is to be.
#[derive(Clone, Debug)]
pub struct NewParty<'a> {
    /// Folder to be made.
    pub folder: &'a Path,
    /// One of [`super::ROLES`].
    pub role: Role,
    /// Country and mnemonic.
    pub name: Mnemonic,
    /// Opens its key.
    pub passphrase: &'a Passphrase,
    /// What guessing the passphrase costs.
    pub work: WorkFactor,
    /// PostgreSQL URL; a SQLite file in the folder if absent.
    pub server: Option<&'a str>,
    /// Rights of a registrar's root; others have none yet.
    pub rights: Rights,
    /// First and last day of a registrar's root.
    pub validity: (Date, Date),
}

impl Party {
    /// Makes a party: a registrar with its root, an issuer or provider with a request for a certificate.
    ///
    /// Asked again after it was done, with the same role, name and passphrase, it opens what is there.
    ///
    /// # Errors
    /// [`Error::Exists`] if the folder holds something else; [`Error::Unfit`] for a role without a folder, or while
    /// another process is making it; [`Error::File`], [`Error::Input`], [`Error::Database`].
    pub fn create(new: &NewParty<'_>) -> Result<Self> {
        let role =
            role_name(new.role).ok_or_else(|| Error::Unfit(format!("a {} has no folder", new.role)))?;
        if new.folder.join(PARTY).exists() {
            return reopen(new);
        }
        let staging = Staging::begin(new.folder)?;
        let folder = staging.path.as_path();
        make_folder(&folder.join(TRUST))?;
        let key = EncryptedKeyFile::create(&folder.join(KEY), new.passphrase, new.work)?;
        let holder = Reference::from_parts(new.name, FIRST_SEQUENCE)
            .ok_or_else(|| Error::Unfit(format!("{} is no name", new.name)))?;
        if new.role.is_root() {
            let root = make_root(new.role, holder, new.rights, new.validity, &key)?;
            file::write(&folder.join(CERTIFICATE), root.encoded(), 0o644, Existing::Refuse)?;
        } else {
            let request = make_request(holder, &key)?;
            file::write(&folder.join(REQUEST), &request, 0o644, Existing::Refuse)?;
        }
        let database = new.server.unwrap_or(DATABASE).to_owned();
        Database::create(
            &location(folder, &database),
            Owner {
                role: new.role,
                name: new.name,
            },
        )?
        .close()?;
        let party = PartyFile {
            schema: SCHEMA,
            role: role.to_owned(),
            name: new.name.to_string(),
            database,
        };
        let mut text = serde_json::to_string_pretty(&party).map_err(|error| Error::input(PARTY, error))?;
        text.push('\n');
        file::write(&folder.join(PARTY), text.as_bytes(), 0o644, Existing::Refuse)?;
        staging.finish(new.folder)?;
        Self::open(new.folder)
    }
}

/// The folder is there: fine if it is what was asked for.
fn reopen(new: &NewParty<'_>) -> Result<Party> {
    let (role, name, _) = read_party(new.folder)?;
    if (role, name) != (new.role, new.name) {
        return Err(Error::Exists(new.folder.to_path_buf()));
    }
    let party = Party::open(new.folder)?;
    match party.unlock(new.passphrase) {
        Ok(_) => Ok(party),
        Err(Error::Passphrase(_)) => Err(Error::Exists(new.folder.to_path_buf())),
        Err(error) => Err(error),
    }
}

fn make_folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Error::file(path, "create"))
}

/// A folder in the making.
struct Staging {
    path: PathBuf,
    // Held while the folder is being made, released by the end of the process whatever its cause.
    _lock: File,
}

impl Staging {
    fn begin(folder: &Path) -> Result<Self> {
        let Some(name) = folder.file_name() else {
            return Err(Error::input(
                folder.display().to_string(),
                "not the name of a new folder",
            ));
        };
        let path = folder.with_file_name(format!(".{}.creating", name.to_string_lossy()));
        make_folder(&path)?;
        let lock_path = path.join(LOCK);
        let lock = File::create(&lock_path).map_err(Error::file(&lock_path, "create"))?;
        lock.try_lock().map_err(|_| {
            Error::Unfit(format!(
                "another process makes {} at this moment",
                folder.display()
            ))
        })?;
        for entry in fs::read_dir(&path).map_err(Error::file(&path, "read"))? {
            let left = entry.map_err(Error::file(&path, "read"))?.path();
            if left != lock_path {
                let removed = if left.is_dir() {
                    fs::remove_dir_all(&left)
                } else {
                    fs::remove_file(&left)
                };
                removed.map_err(Error::file(&left, "clear"))?;
            }
        }
        Ok(Self { path, _lock: lock })
    }

    fn finish(self, folder: &Path) -> Result<()> {
        file::sync_folder(&self.path.join(PARTY))?;
        // Succeeds only where there is nothing, or an empty folder.
        fs::rename(&self.path, folder).map_err(|source| match source.kind() {
            std::io::ErrorKind::DirectoryNotEmpty | std::io::ErrorKind::NotADirectory => {
                Error::Exists(folder.to_path_buf())
            }
            _ => Error::File {
                path: folder.to_path_buf(),
                action: "create",
                source,
            },
        })?;
        file::sync_folder(folder)?;
        // Not before: whoever finds no lock in a folder beside ours takes it for abandoned.
        let lock = folder.join(LOCK);
        fs::remove_file(&lock).map_err(Error::file(&lock, "remove"))
    }
}
