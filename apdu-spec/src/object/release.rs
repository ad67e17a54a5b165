//! An issuer lets a card go to another issuer.

use super::signed::Body;
use super::{Digest, Header, ProviderId, RELEASE};
use crate::tlv::{Reader, Result, Tag, Writer};

const CARD: Tag = Tag(0x86);

/// The pinned issuer agrees that another registers its card. The object before is the card's present RC.
///
/// SPEC.md section 4: `EF { header, 86 card, A6 new issuer }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Role [`Issuer`](crate::certificate::Role::Issuer), the IRC that the card keeps, mode 1.
    pub header: Header,
    /// SHA-256 of the 65-byte point of the card's registration key.
    pub card: Digest,
    /// Root digest and name of the issuer it goes to.
    pub issuer: ProviderId,
}

impl Release {
    /// Longest body, in bytes.
    pub const MAX: usize = 168;

    /// Reads a complete EF object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the EF object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for Release {
    const TAG: Tag = RELEASE;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            card: fields.array(CARD)?,
            issuer: ProviderId::read(fields)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.object(CARD, &self.card)?;
        self.issuer.write(w)
    }
}
