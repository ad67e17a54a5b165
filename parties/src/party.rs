//! A party's folder: who it is, its key, its database, its certificate and whom it trusts.
//!
//! ```text
//! DIR/party.json        role, name, where the database is
//! DIR/key.pem           private key, encrypted
//! DIR/party.db          database, unless a server has it
//! DIR/request.cvr       request for a certificate (issuer, provider)
//! DIR/certificate.cvc   certificate; a registrar's own root
//! DIR/trust/*.cvc       roots of registrars it trusts
//! ```
//! What belongs here: these files. What does not: decisions ([`crate::office`]).

mod create;
mod show;

pub use create::NewParty;
pub use show::{CertificateDescription, Description, describe_certificate};

use std::fs;
use std::path::{Path, PathBuf};

use apdu_spec::certificate::{CertificateRequest, Mnemonic, Role};
use apdu_spec::limits::{CERTIFICATE_MAX, REQUEST_MAX};
use serde::{Deserialize, Serialize};

use crate::certificate::{OwnedCertificate, Roots, check};
use crate::crypto::{Digest, Point};
use crate::database::{Database, Location, Owner};
use crate::error::{Error, Position, Result};
use crate::file::{self, Existing};
use crate::issuer::Issuer;
use crate::office::{IssuerOffice, ProviderOffice, RegistrarOffice};
use crate::provider::Provider;
use crate::registrar::Registrar;
use crate::signer::{EncryptedKeyFile, Passphrase};

const PARTY: &str = "party.json";
const KEY: &str = "key.pem";
const DATABASE: &str = "party.db";
const REQUEST: &str = "request.cvr";
const CERTIFICATE: &str = "certificate.cvc";
const TRUST: &str = "trust";

/// Version of the folder's layout.
const SCHEMA: u32 = 1;
/// Longest party.json, in bytes.
const PARTY_MAX: usize = 4096;
/// Most roots a party trusts.
const TRUST_MAX: usize = 256;

/// Roles that have a folder, as `party.json` and the command line call them.
pub const ROLES: [(&str, Role); 4] = [
    ("issuer-registrar", Role::IssuerRegistrar),
    ("data-registrar", Role::DataRegistrar),
    ("issuer", Role::Issuer),
    ("provider", Role::Provider),
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
            let root = read_certificate(&self.path(CERTIFICATE))?;
            return Ok(*root.view()?.point);
        }
        let path = self.path(REQUEST);
        let request = self.request()?;
        let name = path.display().to_string();
        CertificateRequest::parse(&request)
            .map(|request| *request.point)
            .map_err(Error::tlv(&name))
    }

    /// The roots it trusts.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Input`] naming the file that holds no root.
    pub fn trusted(&self) -> Result<Roots> {
        let folder = self.path(TRUST);
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder, "read"))? {
            let path = entry.map_err(Error::file(&folder, "read"))?.path();
            if path.extension().is_some_and(|extension| extension == "cvc") {
                paths.push(path);
            }
        }
        if paths.len() > TRUST_MAX {
            return Err(Error::input(
                folder.display().to_string(),
                format!("more than {TRUST_MAX} roots"),
            ));
        }
        paths.sort();
        let mut roots = Roots::new();
        for path in paths {
            roots.add(&path.display().to_string(), &file::read(&path, CERTIFICATE_MAX)?)?;
        }
        Ok(roots)
    }

    /// Trusts a registrar's root from now on. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error::Input`] if it is none; [`Error::File`].
    pub fn trust(&self, root: &[u8]) -> Result<Digest> {
        let digest = Roots::new().add("root certificate", root)?;
        let holder = OwnedCertificate::parse("root certificate", root)?.view()?.holder;
        let short = hex::encode(digest.get(..8).unwrap_or_default());
        let path = self.path(TRUST).join(format!("{holder}-{short}.cvc"));
        file::write(&path, root, 0o644, Existing::Replace)?;
        Ok(digest)
    }

    /// Takes the certificate that a registrar gave for this party's request, and trusts the registrar's root.
    ///
    /// # Errors
    /// [`Error::Unfit`] if it is not a certificate of this party, its role and its key under that root;
    /// [`Error::Input`], [`Error::File`].
    pub fn accept(&self, certificate: &[u8], root: &[u8]) -> Result<()> {
        let unfit = |cause: String| Err(Error::Unfit(format!("not this party's certificate: {cause}")));
        let (own, mut roots) = (OwnedCertificate::parse("certificate", certificate)?, Roots::new());
        let digest = roots.add("root certificate", root)?;
        let authority = roots.find(&digest).ok_or(Error::Cryptography("hash"))?;
        let view = own.view()?;
        if let Err(denial) = check(&view, &authority.view()?, view.effective) {
            return unfit(denial.to_string());
        }
        if view.role != self.role {
            return unfit(format!("it is one of a {}", view.role));
        }
        if view.holder.identity() != self.name {
            return unfit(format!("it is one of {}", view.holder));
        }
        if *view.point != self.point()? {
            return unfit("it is over another key".into());
        }
        // The root first: without it the certificate would be of no use.
        self.trust(root)?;
        file::write(&self.path(CERTIFICATE), certificate, 0o644, Existing::Replace)
    }

    /// Opens its key.
    ///
    /// # Errors
    /// As [`EncryptedKeyFile::open`].
    pub fn unlock(&self, passphrase: &Passphrase) -> Result<EncryptedKeyFile> {
        EncryptedKeyFile::open(&self.path(KEY), passphrase)
    }

    fn demand(&self, fits: bool, what: &str) -> Result<()> {
        if fits {
            Ok(())
        } else {
            Err(Error::Unfit(format!(
                "{} is a {}, not {what}",
                self.name, self.role
            )))
        }
    }

    /// Its certificate and the root it is under.
    fn certified(&self) -> Result<(OwnedCertificate, OwnedCertificate, Roots)> {
        let missing = || {
            Error::Unfit(format!(
                "{} has no certificate yet: its registrar must give one",
                self.name
            ))
        };
        let (certificate, roots) = (self.certificate()?.ok_or_else(missing)?, self.trusted()?);
        let role = self.role.certified_by().ok_or_else(missing)?;
        let root = roots.authority_of(&certificate.view()?, role)?.cloned();
        let root = root.ok_or_else(|| {
            Error::Unfit(format!(
                "the root of {}'s registrar is not in {}",
                self.name,
                self.path(TRUST).display()
            ))
        })?;
        Ok((certificate, root, roots))
    }

    /// Opens the office of a registrar.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role; as [`Self::unlock`].
    pub fn registrar(self, passphrase: &Passphrase) -> Result<RegistrarOffice<EncryptedKeyFile>> {
        self.demand(self.role.is_root(), "a registrar")?;
        let root = read_certificate(&self.path(CERTIFICATE))?;
        let registrar = Registrar::new(root.encoded(), self.unlock(passphrase)?)?;
        Ok(RegistrarOffice::new(registrar, self.database))
    }

    /// Opens the office of an issuer.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role, or without a certificate; as [`Self::unlock`].
    pub fn issuer(self, passphrase: &Passphrase) -> Result<IssuerOffice<EncryptedKeyFile>> {
        self.demand(self.role == Role::Issuer, "an issuer")?;
        let (certificate, root, roots) = self.certified()?;
        let issuer = Issuer::new(
            certificate.encoded(),
            root.encoded(),
            roots,
            self.unlock(passphrase)?,
        )?;
        Ok(IssuerOffice::new(issuer, self.database))
    }

    /// Opens the office of a provider.
    ///
    /// # Errors
    /// [`Error::Unfit`] for another role, or without a certificate; as [`Self::unlock`].
    pub fn provider(self, passphrase: &Passphrase) -> Result<ProviderOffice<EncryptedKeyFile>> {
        self.demand(self.role == Role::Provider, "a provider")?;
        let (certificate, root, roots) = self.certified()?;
        let provider = Provider::new(
            certificate.encoded(),
            root.encoded(),
            roots,
            self.unlock(passphrase)?,
        )?;
        Ok(ProviderOffice::new(provider, self.database))
    }
}

fn read_certificate(path: &Path) -> Result<OwnedCertificate> {
    OwnedCertificate::parse(&path.display().to_string(), &file::read(path, CERTIFICATE_MAX)?)
}

fn read_party(folder: &Path) -> Result<(Role, Mnemonic, Location)> {
    let path = folder.join(PARTY);
    let name = path.display().to_string();
    let bytes = file::read(&path, PARTY_MAX)?;
    let party: PartyFile = serde_json::from_slice(&bytes).map_err(|error| {
        let full = error.to_string();
        let cause = full
            .rsplit_once(" at line ")
            .map_or(full.as_str(), |(cause, _)| cause);
        Error::at(&name, Position::Line(error.line(), error.column()), cause)
    })?;
    let field = |field: &str, cause: &str| Error::at(&name, Position::Field(field.into(), None), cause);
    if party.schema > SCHEMA {
        return Err(field("schema", "newer than this program"));
    }
    if party.schema < SCHEMA {
        return Err(field("schema", "unknown"));
    }
    let role = role_named(&party.role).ok_or_else(|| field("role", "no role that has a folder"))?;
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
