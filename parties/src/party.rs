//! A party's folder: who it is, its key, its database, its certificate and whom it trusts.
//!
//! ```text
//! DIR/party.json        role, name, where the database is
//! DIR/key.pem           private key, encrypted; key-00002.pem and so on after roll-overs
//! DIR/shared.pem        master key of the keys shared with cards, encrypted, once it is needed (issuer, provider)
//! DIR/party.db          database, unless a server has it
//! DIR/request.cvr       request for a certificate (issuer, provider)
//! DIR/certificate.cvc   certificate; a registrar's own first root
//! DIR/link-00002.cvc    a registrar's certificate over its next key, by the one before, and so on
//! DIR/successor-*.cvc   certificate as the successor of a party that is gone
//! DIR/trust/*.cvc       roots of registrars it trusts, and links after them
//! DIR/trust/*.crl       their revocation lists
//! ```
//! What belongs here: these files. What does not: decisions ([`crate::office`]).

mod create;
mod offices;
mod recipient;
mod rollover;
mod show;
mod trust;

pub use create::NewParty;
pub use show::{CertificateDescription, Description, describe_certificate};

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use apdu_spec::certificate::{CertificateRequest, Extension, Mnemonic, Role};
use apdu_spec::limits::{CERTIFICATE_MAX, REQUEST_MAX};
use serde::{Deserialize, Serialize};

use crate::certificate::OwnedCertificate;
use crate::crypto::Point;
use crate::database::{Database, Location, Owner};
use crate::error::{Error, Position, Result};
use crate::file::{self, Existing};
use crate::plain;
use crate::shared_key::MasterKey;
use crate::signer::{EncryptedKeyFile, Passphrase, WorkFactor, secret_file};

const PARTY: &str = "party.json";
const KEY: &str = "key.pem";
const DATABASE: &str = "party.db";
const MASTER: &str = "shared.pem";
const REQUEST: &str = "request.cvr";
const CERTIFICATE: &str = "certificate.cvc";
const TRUST: &str = "trust";

/// Version of the folder's layout.
const SCHEMA: u32 = 1;
/// Longest party.json, in bytes.
const PARTY_MAX: usize = 4096;

/// Roles that have a folder, as `party.json` and the command line call them.
pub const ROLES: [(&str, Role); 5] = [
    ("issuer-registrar", Role::IssuerRegistrar),
    ("data-registrar", Role::DataRegistrar),
    ("issuer", Role::Issuer),
    ("provider", Role::Provider),
    ("data-certifier", Role::DataCertifier),
];

/// The role of this name.
#[must_use]
pub fn role_named(name: &str) -> Option<Role> {
    ROLES.iter().find(|role| role.0 == name).map(|role| role.1)
}

/// The name of a role in `party.json`; `None` for roles without a folder.
#[must_use]
pub fn role_name(role: Role) -> Option<&'static str> {
    ROLES.iter().find(|known| known.1 == role).map(|known| known.0)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyFile {
    schema: u32,
    role: String,
    name: String,
    /// `party.db`, or a PostgreSQL URL.
    database: String,
}

/// A party's folder, open; its key is not.
#[derive(Debug)]
pub struct Party {
    folder: PathBuf,
    role: Role,
    name: Mnemonic,
    location: Location,
    database: Database,
}

impl Party {
    /// Opens a folder.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Input`] or [`Error::Database`], each naming the file.
    pub fn open(folder: &Path) -> Result<Self> {
        let (role, name, location) = read_party(folder)?;
        let database = Database::open(&location, Owner { role, name })?;
        Ok(Self {
            folder: folder.to_path_buf(),
            role,
            name,
            location,
            database,
        })
    }

    /// Its role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Mnemonic {
        self.name
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its database: what it knows can be listed without its key.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its request for a certificate, 7F21; a registrar has none.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn request(&self) -> Result<Vec<u8>> {
        file::read(&self.path(REQUEST), REQUEST_MAX)
    }

    /// Its certificate, 7F21, if it has one yet.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] if the file holds none.
    pub fn certificate(&self) -> Result<Option<OwnedCertificate>> {
        let path = self.path(CERTIFICATE);
        match fs::exists(&path).map_err(Error::file(&path, "read"))? {
            false => Ok(None),
            true => read_certificate(&path).map(Some),
        }
    }

    /// Its public key.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] if the file that holds it is malformed.
    pub fn point(&self) -> Result<Point> {
        if self.role.is_root() {
            return match self.links()?.pop() {
                Some(link) => Ok(*OwnedCertificate::parse("link certificate", &link)?.view()?.point),
                None => Ok(*read_certificate(&self.path(CERTIFICATE))?.view()?.point),
            };
        }
        let path = self.path(REQUEST);
        let request = self.request()?;
        let name = path.display().to_string();
        CertificateRequest::parse(&request)
            .map(|request| *request.point)
            .map_err(Error::tlv(&name))
    }

    /// Takes the certificate that a registrar gave for this party's request, and trusts the registrar's root. One that
    /// makes it a successor is kept beside its own.
    ///
    /// `root` is the registrar's first root; links after it must be trusted before ([`Self::trust_link`]).
    ///
    /// # Errors
    /// [`Error::Unfit`] if it is not a certificate of this party, its role and its key under that registrar;
    /// [`Error::Input`], [`Error::File`].
    pub fn accept(&self, certificate: &[u8], root: &[u8]) -> Result<()> {
        let unfit = |cause: String| Err(Error::Unfit(format!("not this party's certificate: {cause}")));
        let (own, mut roots) = (
            OwnedCertificate::parse("certificate", certificate)?,
            self.trusted()?,
        );
        let anchor = roots.add("root certificate", root)?;
        let registrar = roots.registrar(&anchor).ok_or(Error::Cryptography("hash"))?;
        let view = own.view()?;
        if let Err(denial) = registrar.judge_undated(&view) {
            return unfit(denial.to_string());
        }
        if view.role != self.role {
            return unfit(format!("it is one of {}", plain::with_article(view.role)));
        }
        if view.holder.identity() != self.name {
            return unfit(format!("it is one of {}", view.holder));
        }
        if *view.point != self.point()? {
            return unfit("it is over another key".into());
        }
        // The root first: without it the certificate would be of no use.
        self.trust(root)?;
        let name = match view.extension {
            Extension::Successor(successor) => successor_file(&successor.predecessor),
            _ => CERTIFICATE.to_owned(),
        };
        file::write(&self.path(&name), certificate, 0o644, Existing::Replace)
    }

    /// Opens its key, after a roll-over the newest.
    ///
    /// # Errors
    /// As [`EncryptedKeyFile::open`].
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<EncryptedKeyFile> {
        EncryptedKeyFile::open(&self.path(&self.key_file()?), passphrase)
    }

    /// Opens the master key of the keys it shares with cards; makes it the first time.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role than issuer and provider; as [`Self::unlock`].
    pub fn master_key(&self, passphrase: &Passphrase, work: WorkFactor) -> Result<MasterKey> {
        self.demand(
            matches!(self.role, Role::Issuer | Role::Provider),
            "an issuer or a provider",
        )?;
        let path = self.path(MASTER);
        if !fs::exists(&path).map_err(Error::file(&path, "read"))? {
            // The key's own passphrase, or nobody would know which one opens this file.
            self.unlock(passphrase)?;
            match secret_file::create(&path, passphrase, work) {
                Ok(()) | Err(Error::Exists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        secret_file::open(&path, passphrase)
    }

    fn demand(&self, fits: bool, what: &str) -> Result<()> {
        if fits {
            Ok(())
        } else {
            Err(Error::Unfit(format!(
                "{} is {}, not {what}",
                self.name,
                plain::with_article(self.role)
            )))
        }
    }
}

fn successor_file(predecessor: &Mnemonic) -> String {
    format!("successor-{predecessor}.cvc")
}

fn is_successor_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("successor-") && name.ends_with(".cvc")
}

fn read_certificate(path: &Path) -> Result<OwnedCertificate> {
    OwnedCertificate::parse(&path.display().to_string(), &file::read(path, CERTIFICATE_MAX)?)
}

fn read_party(folder: &Path) -> Result<(Role, Mnemonic, Location)> {
    let path = folder.join(PARTY);
    let name = path.display().to_string();
    let bytes = file::read(&path, PARTY_MAX)?;
    let party: PartyFile = serde_json::from_slice(&bytes).map_err(|error| {
        let position = Position::Line(error.line().max(1), error.column().max(1));
        Error::at(&name, position, plain::json(&error))
    })?;
    let field = |field: &str, cause: &str| Error::at(&name, Position::Field(field.into(), None), cause);
    if party.schema > SCHEMA {
        return Err(field("schema", "a newer program wrote this folder: use that one"));
    }
    if party.schema < SCHEMA {
        return Err(field("schema", "no version of this program wrote such a folder"));
    }
    let role =
        role_named(&party.role).ok_or_else(|| field("role", "not the role of a party that has a folder"))?;
    let mnemonic = party
        .name
        .parse()
        .map_err(|error: apdu_spec::certificate::InvalidReference| field("name", &error.to_string()))?;
    Ok((role, mnemonic, location(folder, &party.database)))
}

fn location(folder: &Path, database: &str) -> Location {
    if database.starts_with("postgres://") || database.starts_with("postgresql://") {
        Location::Server(database.to_owned())
    } else {
        Location::File(folder.join(database))
    }
}
