//! A party's answer to a card's challenge.

use super::signed::Body;
use super::{AUTHENTICATION, Digest, Header};
use crate::tlv::{Reader, Result, Tag, Writer};

const CARD: Tag = Tag(0x86);
const CHALLENGE: Tag = Tag(0x8A);

/// An issuer or a provider shows a card that it is there. No object precedes.
///
/// SPEC.md section 4: `EC { header, 86 card, 8A challenge }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// Role and certificate of the party, mode 1.
    pub header: Header,
    /// SHA-256 of the 65-byte point of the card's registration key.
    pub card: Digest,
    /// What GET CHALLENGE answered.
    pub challenge: [u8; 16],
}

impl Authentication {
    /// Longest body, in bytes.
    pub const MAX: usize = 137;

    /// Reads a complete EC object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the EC object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for Authentication {
    const TAG: Tag = AUTHENTICATION;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            card: fields.array(CARD)?,
            challenge: fields.array(CHALLENGE)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.object(CARD, &self.card)?;
        w.object(CHALLENGE, &self.challenge)
    }
}
