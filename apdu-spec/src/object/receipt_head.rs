//! The newest receipt's digest, signed over somebody's nonce: proof that no later receipt is held back.

use super::signed::Body;
use super::{Header, RECEIPT_HEAD};
use crate::date::Date;
use crate::tlv::{Reader, Result, Tag, Writer};

const RECEIPTS: Tag = Tag(0x86);
const NONCE: Tag = Tag(0x8A);
const DATE: Tag = Tag(0x8D);

/// The card says which receipt is its newest, the object before.
///
/// SPEC.md section 4: `E9 { header, 86 receipts written, 8A nonce, 8D card's date }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptHead {
    /// Role [`Card`](crate::certificate::Role::Card), certificate RC.
    pub header: Header,
    /// How many receipts the card has written; the newest has this number less one.
    pub receipts: u32,
    /// Random bytes of whoever asks.
    pub nonce: [u8; 16],
    /// The card's date.
    pub date: Date,
}

impl ReceiptHead {
    /// Longest body, in bytes.
    pub const MAX: usize = 116;

    /// Reads a complete E9 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E9 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for ReceiptHead {
    const TAG: Tag = RECEIPT_HEAD;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read_from_card(fields)?,
            receipts: fields.u32(RECEIPTS)?,
            nonce: fields.array(NONCE)?,
            date: fields.field(DATE, Date::from_digits)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write_from_card(w)?;
        w.u32(RECEIPTS, self.receipts)?;
        w.object(NONCE, &self.nonce)?;
        w.object(DATE, &self.date.to_digits())
    }
}
