//! The storing request, which the card makes and signs.

use super::signed::Body;
use super::{Consent, Digest, Header, STORING_REQUEST, Sdi};
use crate::date::Date;
use crate::tlv::{Reader, Result, Tag, Writer};

const CARD: Tag = Tag(0x86);
const ISSUER_ROOT: Tag = Tag(0x87);
const DATA_ROOT: Tag = Tag(0x88);
const NUMBER: Tag = Tag(0x89);
const NONCE: Tag = Tag(0x8A);
const CONSENT: Tag = Tag(0x8B);
const DATE: Tag = Tag(0x8C);
const CONTENT_COUNTER: Tag = Tag(0x8D);

/// SR: a card asks for an operation. Signed by the card; the object before is its newest receipt.
///
/// SPEC.md section 4: `E2 { header, E1 SDI, 86 card, 87 issuer registrar's root digest, 88 data registrar's root digest,
/// 89 request number, 8A nonce, 8B consent, 8C card's date, 8D content counter }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoringRequest {
    /// Role [`Card`](crate::certificate::Role::Card), certificate RC.
    pub header: Header,
    /// What is asked for.
    pub sdi: Sdi,
    /// SHA-256 of the 65-byte point of the card's registration key.
    pub card: Digest,
    /// SHA-256 of the issuer registrar's root (7F21) on the card.
    pub issuer_root: Digest,
    /// SHA-256 of the data registrar's root (7F21) on the card.
    pub data_root: Digest,
    /// Number of the request on this card; it only rises.
    pub number: u32,
    /// Random bytes of the card.
    pub nonce: [u8; 16],
    /// How the holder consented to opening the request.
    pub consent: Consent,
    /// The card's date.
    pub date: Date,
    /// How often the card's content changed.
    pub content_counter: u32,
}

impl StoringRequest {
    /// Longest body, in bytes.
    pub const MAX: usize = 424;

    /// Reads a complete E2 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E2 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a header of another role than the card, or what
    /// [`Sdi::write`] refuses; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for StoringRequest {
    const TAG: Tag = STORING_REQUEST;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read_from_card(fields)?,
            sdi: Sdi::read(fields)?,
            card: fields.array(CARD)?,
            issuer_root: fields.array(ISSUER_ROOT)?,
            data_root: fields.array(DATA_ROOT)?,
            number: fields.u32(NUMBER)?,
            nonce: fields.array(NONCE)?,
            consent: fields.code(CONSENT, Consent::from_code)?,
            date: fields.field(DATE, Date::from_digits)?,
            content_counter: fields.u32(CONTENT_COUNTER)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write_from_card(w)?;
        self.sdi.write(w)?;
        w.object(CARD, &self.card)?;
        w.object(ISSUER_ROOT, &self.issuer_root)?;
        w.object(DATA_ROOT, &self.data_root)?;
        w.u32(NUMBER, self.number)?;
        w.object(NONCE, &self.nonce)?;
        w.byte(CONSENT, self.consent.code())?;
        w.object(DATE, &self.date.to_digits())?;
        w.u32(CONTENT_COUNTER, self.content_counter)
    }
}
