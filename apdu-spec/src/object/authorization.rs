//! The two authorizations: the first party signs over the request, the second over the first.

use super::signed::Body;
use super::{Digest, FIRST_AUTHORIZATION, Header, SECOND_AUTHORIZATION};
use crate::tlv::{Reader, Result, Tag, Writer};

const CARD_CERTIFICATE: Tag = Tag(0x86);

/// SAR: the first party agrees to a storing request, the object before, of the card with this certificate.
///
/// SPEC.md section 4: `E3 { header, 86 RC digest }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstAuthorization {
    /// Role and certificate of the first party; previous is the SR.
    pub header: Header,
    /// SHA-256 of the card's RC (7F21).
    pub card_certificate: Digest,
}

impl FirstAuthorization {
    /// Reads a complete E3 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E3 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for FirstAuthorization {
    const TAG: Tag = FIRST_AUTHORIZATION;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            card_certificate: fields.array(CARD_CERTIFICATE)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.object(CARD_CERTIFICATE, &self.card_certificate)
    }
}

/// SA: the second party agrees to what the first agreed to, the object before.
///
/// SPEC.md section 4: `E4 { header }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondAuthorization {
    /// Role and certificate of the second party; previous is the SAR.
    pub header: Header,
}

impl SecondAuthorization {
    /// Reads a complete E4 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E4 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for SecondAuthorization {
    const TAG: Tag = SECOND_AUTHORIZATION;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)
    }
}
