//! A key that a party shares with one card, sealed for it and signed by the party.

use super::signed::Body;
use super::{Digest, Header, SHARED_KEY};
use crate::certificate::Point;
use crate::tlv::{Reader, Result, Tag, Writer};

const CARD: Tag = Tag(0x86);
const VERSION: Tag = Tag(0x87);
const EPHEMERAL: Tag = Tag(0x88);
const SEALED: Tag = Tag(0x89);

/// What stands in the key derivation that seals: SPEC.md section 4.2.
pub const SHARED_KEY_LABEL: &[u8] = b"symbolon shared key 1";

/// An issuer or a provider gives a card the AES-128 key for its MACs. The object before is, for once, a certificate: the card's RC.
///
/// SPEC.md section 4: `EA { header, 86 card, 87 key version, 88 ephemeral point, 89 sealed key }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedKey<'a> {
    /// Role and certificate of the party, mode 1; always signed, never MACed.
    pub header: Header,
    /// SHA-256 of the 65-byte point of the card's registration key.
    pub card: Digest,
    /// Above that of the party's key before.
    pub version: u32,
    /// The party's point for this object alone: 04 `||` X `||` Y.
    pub ephemeral: &'a Point,
    /// The key, exclusive-or what is derived from the agreement with the card's key-agreement key.
    pub sealed: &'a [u8; 16],
}

impl<'a> SharedKey<'a> {
    /// Longest body, in bytes.
    pub const MAX: usize = 210;

    /// Reads a complete EA object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &'a [u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the EA object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for SharedKey<'a> {
    const TAG: Tag = SHARED_KEY;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            card: fields.array(CARD)?,
            version: fields.u32(VERSION)?,
            ephemeral: crate::certificate::read_point(fields, EPHEMERAL)?,
            sealed: fields.bytes(SEALED)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.object(CARD, &self.card)?;
        w.u32(VERSION, self.version)?;
        crate::certificate::write_point(w, EPHEMERAL, self.ephemeral)?;
        w.object(SEALED, self.sealed)
    }
}
