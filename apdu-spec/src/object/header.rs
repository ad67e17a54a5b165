//! The header that every body starts with.

use super::{Algorithm, Digest, Mode};
use crate::certificate::Role;
use crate::tlv::{Reader, Result, Tag, Writer};

const HEADER: Tag = Tag(0xA0);
const FORMAT: Tag = Tag(0x80);
const MODE: Tag = Tag(0x81);
const ROLE: Tag = Tag(0x82);
const CERTIFICATE: Tag = Tag(0x83);
const PREVIOUS: Tag = Tag(0x84);
const ALGORITHM: Tag = Tag(0x85);

/// The only format of this version.
const FORMAT_1: u8 = 0x01;

/// Who signs, in which mode, after which object.
///
/// SPEC.md section 4:
/// `A0 { 80 format (01), 81 mode, 82 role, 83 certificate digest, 84 previous object's digest, 85 algorithm }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Mode of the whole exchange.
    pub mode: Mode,
    /// The signer's role.
    pub role: Role,
    /// SHA-256 of the signer's certificate (7F21).
    pub certificate: Digest,
    /// SHA-256 of the previous object with its signature (F0), or [`NO_PREVIOUS`](super::NO_PREVIOUS).
    pub previous: Digest,
    /// How the object is signed.
    pub algorithm: Algorithm,
}

impl Header {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut fields = reader.nested(HEADER)?;
        fields.constant(FORMAT, FORMAT_1)?;
        let header = Self {
            mode: fields.code(MODE, Mode::from_code)?,
            role: fields.code(ROLE, Role::from_code)?,
            certificate: fields.array(CERTIFICATE)?,
            previous: fields.array(PREVIOUS)?,
            algorithm: fields.code(ALGORITHM, Algorithm::from_code)?,
        };
        fields.finish()?;
        Ok(header)
    }

    /// As [`Self::read`], for a body that only a card signs.
    pub(super) fn read_from_card(reader: &mut Reader<'_>) -> Result<Self> {
        let invalid = reader.invalid(HEADER);
        let header = Self::read(reader)?;
        if header.role == Role::Card {
            Ok(header)
        } else {
            Err(invalid)
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(HEADER, |w| {
            w.byte(FORMAT, FORMAT_1)?;
            w.byte(MODE, self.mode.code())?;
            w.byte(ROLE, self.role.code())?;
            w.object(CERTIFICATE, &self.certificate)?;
            w.object(PREVIOUS, &self.previous)?;
            w.byte(ALGORITHM, self.algorithm.code())
        })
    }

    /// As [`Self::write`], for a body that only a card signs.
    pub(super) fn write_from_card(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.demand(HEADER, self.role == Role::Card)?;
        self.write(writer)
    }
}
