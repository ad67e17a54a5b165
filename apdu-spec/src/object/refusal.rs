//! A signed refusal: who refused what, and why.

use super::signed::Body;
use super::{Header, REFUSAL};
use crate::fields::readable;
use crate::tlv::{Reader, Result, Tag, Writer};

const REASON: Tag = Tag(0x86);
const TEXT: Tag = Tag(0x87);

/// Longest text of a refusal, in bytes of UTF-8.
pub const REFUSAL_TEXT_MAX: usize = 120;

/// A signer refuses the object before.
///
/// SPEC.md section 4: `E8 { header, 86 reason, 87 text }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Role and certificate of who refuses; previous is the object refused.
    pub header: Header,
    /// Code of a [`Reason`](crate::reason::Reason); codes unknown here are kept.
    pub reason: u8,
    /// For people: at most [`REFUSAL_TEXT_MAX`] bytes, no control characters.
    pub text: &'a str,
}

impl<'a> Refusal<'a> {
    /// Longest body, in bytes.
    pub const MAX: usize = 210;

    /// Reads a complete E8 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &'a [u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E8 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a text that is too long or has control characters;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for Refusal<'a> {
    const TAG: Tag = REFUSAL;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            reason: fields.byte(REASON)?,
            text: fields.convert(TEXT, text)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.byte(REASON, self.reason)?;
        w.demand(TEXT, text(self.text.as_bytes()).is_some())?;
        w.object(TEXT, self.text.as_bytes())
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    readable(bytes, 0..=REFUSAL_TEXT_MAX)
}
