//! Storing data information: what is to be stored, replaced or deleted.

use super::{AID, Digest, Operation, SDI};
use crate::aid::Aid;
use crate::certificate::Mnemonic;
use crate::date::Date;
use crate::tlv::{Reader, Result, Tag, Writer};

const OPERATION: Tag = Tag(0x80);
const VERSION: Tag = Tag(0x81);
const SIZE: Tag = Tag(0x82);
const PACKAGE: Tag = Tag(0x83);
const MANIFEST: Tag = Tag(0x84);
const FIRST_BLOCK: Tag = Tag(0x85);
const EXPIRY: Tag = Tag(0x87);
const PROVIDER: Tag = Tag(0xA6);
const ROOT: Tag = Tag(0x80);
const NAME: Tag = Tag(0x81);

/// A provider's identity (an issuer's in a release): it survives a change of key, and the same name under another root is somebody else.
///
/// SPEC.md section 4: `A6 { 80 root digest, 81 country and mnemonic }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProviderId {
    /// SHA-256 of the first root certificate (7F21) of the registrar it is registered with.
    pub root: Digest,
    /// Country and mnemonic of its certificate's holder reference.
    pub name: Mnemonic,
}

impl ProviderId {
    /// Reads the A6 object that comes next.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut fields = reader.nested(PROVIDER)?;
        let provider = Self {
            root: fields.array(ROOT)?,
            name: fields.convert(NAME, Mnemonic::new)?,
        };
        fields.finish()?;
        Ok(provider)
    }

    /// Writes the A6 object.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(PROVIDER, |w| {
            w.object(ROOT, &self.root)?;
            w.object(NAME, self.name.as_bytes())
        })
    }
}

/// The package of a store or replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageDigests {
    /// Length of the package, manifest and content, in bytes.
    pub size: u32,
    /// SHA-256 of the whole package.
    pub package: Digest,
    /// SHA-256 of its manifest (EB).
    pub manifest: Digest,
    /// SHA-256 of its first block (ED).
    pub first_block: Digest,
}

/// What is to happen to which application, whose it is, and until when.
///
/// SPEC.md section 4: `E1 { 80 operation, 4F AID, 81 version, to store and replace: 82 size, 83 package, 84 manifest,
/// 85 first block; A6 provider, 87 expiry }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sdi {
    /// What is to happen.
    pub operation: Operation,
    /// To which application.
    pub aid: Aid,
    /// Version to be stored, or to be deleted, or above which versions may be stored again.
    pub version: u32,
    /// The package; there exactly for [`Operation::Store`] and [`Operation::Replace`].
    pub package: Option<PackageDigests>,
    /// Who owns the application.
    pub provider: ProviderId,
    /// Last day on which the card does it, by the card's date.
    pub expiry: Date,
}

impl Sdi {
    /// Longest encoding, in bytes.
    pub const MAX: usize = 195;

    /// Reads a complete E1 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let sdi = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(sdi)
    }

    /// Reads the E1 object that comes next.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut fields = reader.nested(SDI)?;
        let operation = fields.code(OPERATION, Operation::from_code)?;
        let sdi = Self {
            operation,
            aid: fields.convert(AID, Aid::new)?,
            version: fields.u32(VERSION)?,
            package: match operation {
                Operation::Delete | Operation::LowerFloor => None,
                Operation::Store | Operation::Replace => Some(PackageDigests {
                    size: fields.u32(SIZE)?,
                    package: fields.array(PACKAGE)?,
                    manifest: fields.array(MANIFEST)?,
                    first_block: fields.array(FIRST_BLOCK)?,
                }),
            },
            provider: ProviderId::read(&mut fields)?,
            expiry: fields.field(EXPIRY, Date::from_digits)?,
        };
        fields.finish()?;
        Ok(sdi)
    }

    /// Writes the E1 object to the start of `out` and gives its length.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        self.write(&mut writer)?;
        Ok(writer.len())
    }

    /// Writes the E1 object.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) unless `package` is there exactly to store and replace;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        let stores = matches!(self.operation, Operation::Store | Operation::Replace);
        writer.demand(SDI, self.package.is_some() == stores)?;
        writer.nested(SDI, |w| {
            w.byte(OPERATION, self.operation.code())?;
            w.object(AID, self.aid.as_bytes())?;
            w.u32(VERSION, self.version)?;
            if let Some(package) = &self.package {
                w.u32(SIZE, package.size)?;
                w.object(PACKAGE, &package.package)?;
                w.object(MANIFEST, &package.manifest)?;
                w.object(FIRST_BLOCK, &package.first_block)?;
            }
            self.provider.write(w)?;
            w.object(EXPIRY, &self.expiry.to_digits())
        })
    }
}
