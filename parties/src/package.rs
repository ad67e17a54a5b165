//! Application packages: written as TOML, built into bytes, read back.
//!
//! SPEC.md section 4.1 is the bytes, docs/package-format.md the TOML. What belongs here: building, checking, showing, and
//! the digests that a storing request names. What does not: whether a provider may use the AID.

mod build;
mod parts;
mod rule;
mod seal;
mod show;
mod source;

pub use seal::Recipient;
pub use show::{Description, FileDescription, KeyDescription, PinDescription, RecordsDescription};

use std::fmt;
use std::path::Path;

use apdu_spec::aid::Aid;
use apdu_spec::date::Date;
use apdu_spec::limits::PACKAGE_MAX;
use apdu_spec::object::{Operation, PackageDigests, ProviderId, Sdi};
use apdu_spec::package::{BLOCK_MAX, Block, Manifest, Package as View};
use apdu_spec::tlv;

use crate::crypto::{Digest, sha256};
use crate::error::{Error, Position, Result};
use crate::file;

/// A package that keeps every rule, with its digests.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    bytes: Vec<u8>,
    aid: Aid,
    version: u32,
    label: String,
    card: Option<Digest>,
    digests: PackageDigests,
    blocks: Vec<Vec<u8>>,
}

/// Without content, which may hold transport values.
impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Package({} version {}, {} bytes)",
            self.aid,
            self.version,
            self.bytes.len()
        )
    }
}

impl Package {
    /// Builds a package from TOML; `base` is where its content files are, `name` what errors call the TOML.
    ///
    /// The same TOML and content files give the same bytes.
    ///
    /// # Errors
    /// [`Error::Input`] with file, line, column and cause.
    pub fn build(text: &str, base: &Path, name: &str) -> Result<Self> {
        Self::parse(name, &build::build(text, base, name, None)?)
    }

    /// Builds a package for one card, to which the content of the files marked so is sealed. Every time with another
    /// key, so that the bytes differ.
    ///
    /// # Errors
    /// As [`Self::build`]; [`Error::Unfit`] for a key-agreement key that is no point of the curve;
    /// [`Error::Cryptography`].
    pub fn build_for(recipient: &Recipient, text: &str, base: &Path, name: &str) -> Result<Self> {
        Self::parse(name, &build::build(text, base, name, Some(recipient))?)
    }

    /// Builds a package from a TOML file; its content files are beside it.
    ///
    /// # Errors
    /// [`Error::File`]; as [`Self::build`].
    pub fn build_file(path: &Path) -> Result<Self> {
        Self::from_file(path, None)
    }

    /// Builds a package for one card from a TOML file.
    ///
    /// # Errors
    /// [`Error::File`]; as [`Self::build_for`].
    pub fn build_file_for(recipient: &Recipient, path: &Path) -> Result<Self> {
        Self::from_file(path, Some(recipient))
    }

    fn from_file(path: &Path, recipient: Option<&Recipient>) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = file::read(path, source::SOURCE_MAX)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Error::at(&name, Position::Byte(error.valid_up_to()), "not text"))?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&name, &build::build(text, base, &name, recipient)?)
    }

    /// Reads a package as it lies on disk and checks all of it; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Input`] with the byte and cause.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self> {
        let malformed = |error: tlv::Error| Error::at(name, Position::Byte(error.position), error);
        if bytes.len() > PACKAGE_MAX {
            return Err(Error::input(name, format!("longer than {PACKAGE_MAX} bytes")));
        }
        let view = View::parse(bytes).map_err(malformed)?;
        let manifest = view.manifest;
        if manifest.aid().is_reserved() {
            return Err(Error::input(
                name,
                format!("the AID {} is reserved", manifest.aid()),
            ));
        }
        let blocks = make_blocks(&view).map_err(malformed)?;
        let digests = PackageDigests {
            size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            package: sha256(bytes),
            manifest: sha256(manifest.encoded()),
            first_block: blocks.first().map(|block| sha256(block)).unwrap_or_default(),
        };
        Ok(Self {
            bytes: bytes.to_vec(),
            aid: manifest.aid(),
            version: manifest.version(),
            label: manifest.label().to_owned(),
            card: manifest.seal().map(|seal| *seal.card),
            digests,
            blocks,
        })
    }

    /// Reads and checks a package file.
    ///
    /// # Errors
    /// [`Error::File`]; as [`Self::parse`].
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&path.display().to_string(), &file::read(path, PACKAGE_MAX)?)
    }

    /// Manifest and content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its manifest.
    ///
    /// # Errors
    /// None in fact: it was good when this was made.
    pub fn manifest(&self) -> Result<Manifest<'_>> {
        View::parse(&self.bytes)
            .map(|view| view.manifest)
            .map_err(Error::tlv("package"))
    }

    /// Its application identifier.
    #[must_use]
    pub fn aid(&self) -> Aid {
        self.aid
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Its name for people.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Size and digests, as SDI names them.
    #[must_use]
    pub fn digests(&self) -> &PackageDigests {
        &self.digests
    }

    /// The only card that can open it, if something in it is sealed.
    #[must_use]
    pub fn card(&self) -> Option<Digest> {
        self.card
    }

    /// The blocks (ED) in which it travels, each announcing the digest of the next.
    #[must_use]
    pub fn blocks(&self) -> &[Vec<u8>] {
        &self.blocks
    }

    /// SDI: what is to happen with this package, for whom, until when.
    #[must_use]
    pub fn storing_data(&self, operation: Operation, provider: ProviderId, expiry: Date) -> Sdi {
        Sdi {
            operation,
            aid: self.aid,
            version: self.version,
            package: (operation != Operation::Delete).then_some(self.digests),
            provider,
            expiry,
        }
    }

    /// The package for people and for JSON.
    ///
    /// # Errors
    /// None in fact.
    pub fn describe(&self) -> Result<Description> {
        show::describe(self)
    }
}

/// From the last block to the first, because each holds the digest of the next.
fn make_blocks(view: &View<'_>) -> tlv::Result<Vec<Vec<u8>>> {
    let data: Vec<&[u8]> = view.block_data().collect();
    let (mut blocks, mut next) = (Vec::with_capacity(data.len()), None);
    for (index, data) in (0..).zip(&data).collect::<Vec<_>>().into_iter().rev() {
        let mut encoded = vec![0; BLOCK_MAX];
        let length = Block {
            index,
            next: next.as_ref(),
            data,
        }
        .write(&mut encoded)?;
        encoded.truncate(length);
        next = Some(sha256(&encoded));
        blocks.push(encoded);
    }
    blocks.reverse();
    Ok(blocks)
}
