//! A receipt: the card's signed word that it did something.

use super::signed::Body;
use super::{AID, Consent, Digest, Header, Operation, RECEIPT};
use crate::aid::Aid;
use crate::date::Date;
use crate::tlv::{Reader, Result, Tag, Writer};

const NUMBER: Tag = Tag(0x86);
const REQUEST: Tag = Tag(0x87);
const OPERATION: Tag = Tag(0x88);
const VERSION: Tag = Tag(0x89);
const PACKAGE: Tag = Tag(0x8A);
const STORING_REQUEST: Tag = Tag(0x90);
const AUTHORIZERS: Tag = Tag(0xA2);
const AUTHORIZER: Tag = Tag(0x80);
const CONTENT_COUNTER: Tag = Tag(0x8B);
const CONTENT_LIST: Tag = Tag(0x8C);
const DATE: Tag = Tag(0x8D);
const CONSENT: Tag = Tag(0x8E);
const FLAGS: Tag = Tag(0x8F);
const FILES: Tag = Tag(0x91);

/// Operation code of a registration.
const REGISTRATION: u8 = 0x00;

/// The card's key was made by its issuer, who could have signed the receipt as well.
pub const FLAG_KEY_MADE_BY_ISSUER: u8 = 0x01;
/// A successor took part for a party declared gone.
pub const FLAG_RESCUE: u8 = 0x02;
/// An authorization was a MAC, which the card could have made as well.
pub const FLAG_MAC: u8 = 0x04;

/// What a receipt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptOperation {
    /// The card was registered.
    Registration,
    /// An application was stored, replaced or deleted.
    Storing(Operation),
}

impl ReceiptOperation {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Registration => REGISTRATION,
            Self::Storing(operation) => operation.code(),
        }
    }

    /// The operation with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            REGISTRATION => Some(Self::Registration),
            _ => Operation::from_code(code).map(Self::Storing),
        }
    }
}

/// The application a receipt is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptContent {
    /// Its identifier.
    pub aid: Aid,
    /// Version stored, or deleted, or the new floor.
    pub version: u32,
    /// SHA-256 of the package stored, or of the deleted one; zeros when a floor was lowered.
    pub package: Digest,
    /// SHA-256 of the SR (F0) that was carried out.
    pub storing_request: Digest,
}

/// Digests of the certificates of all who authorized an operation: one to four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorizers {
    // Digests beyond `count` are zero, so that comparing the fields compares the list.
    digests: [Digest; Self::MAX],
    count: usize,
}

impl Authorizers {
    /// Most authorizers.
    pub const MAX: usize = 4;

    /// These authorizers; `None` unless there are one to four.
    #[must_use]
    pub fn new(digests: &[Digest]) -> Option<Self> {
        let mut own = Self {
            digests: [[0; 32]; Self::MAX],
            count: digests.len(),
        };
        own.digests.get_mut(..digests.len())?.copy_from_slice(digests);
        (own.count > 0).then_some(own)
    }

    /// The digests, in the order they were signed.
    #[must_use]
    pub fn as_slice(&self) -> &[Digest] {
        self.digests.get(..self.count).unwrap_or_default()
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let invalid = reader.invalid(AUTHORIZERS);
        let mut list = reader.nested(AUTHORIZERS)?;
        let mut own = Self {
            digests: [[0; 32]; Self::MAX],
            count: 0,
        };
        while !list.is_empty() {
            *own.digests.get_mut(own.count).ok_or(invalid)? = list.array(AUTHORIZER)?;
            own.count += 1;
        }
        if own.count > 0 { Ok(own) } else { Err(invalid) }
    }
}

/// The card did something. Signed by the card; the object before is the receipt before.
///
/// SPEC.md section 4: `E7 { header, 86 receipt number, 87 request number, 88 operation, unless registration: 4F AID,
/// 89 version, 8A package digest, 90 digest of the SR; A2 {80 digest, ...}, 8B content counter, 8C content list
/// digest, 8D card's date, 8E consent, 8F flags, in receipt 0: 91 digest of the files }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Role [`Card`](crate::certificate::Role::Card), certificate RC.
    pub header: Header,
    /// Number of the receipt on this card, from 0 without gaps.
    pub number: u32,
    /// Number of the request that was carried out; 0 for a registration.
    pub request: u32,
    /// What was done.
    pub operation: ReceiptOperation,
    /// To which application; `None` exactly for [`ReceiptOperation::Registration`].
    pub content: Option<ReceiptContent>,
    /// Certificates of all who authorized it.
    pub authorizers: Authorizers,
    /// How often the card's content changed, this change included.
    pub content_counter: u32,
    /// Digest of the content list after it, SPEC.md section 4.
    pub content_list: Digest,
    /// The card's date.
    pub date: Date,
    /// How the holder consented.
    pub consent: Consent,
    /// Any of [`FLAG_KEY_MADE_BY_ISSUER`], [`FLAG_RESCUE`] and [`FLAG_MAC`].
    pub flags: u8,
    /// SHA-256 over the [`FoundFile`](super::FoundFile)s that were on the card before; exactly in receipt 0.
    pub files: Option<Digest>,
}

impl Receipt {
    /// Longest body, in bytes.
    pub const MAX: usize = 386;

    /// Reads a complete E7 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E7 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for a header of another role than the card, content or
    /// files that do not suit operation or number, or an unknown flag; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for Receipt {
    const TAG: Tag = RECEIPT;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        let header = Header::read_from_card(fields)?;
        let number = fields.u32(NUMBER)?;
        let request = fields.u32(REQUEST)?;
        let operation = fields.code(OPERATION, ReceiptOperation::from_code)?;
        Ok(Self {
            header,
            number,
            request,
            operation,
            content: match operation {
                ReceiptOperation::Registration => None,
                ReceiptOperation::Storing(_) => Some(ReceiptContent {
                    aid: fields.convert(AID, Aid::new)?,
                    version: fields.u32(VERSION)?,
                    package: fields.array(PACKAGE)?,
                    storing_request: fields.array(STORING_REQUEST)?,
                }),
            },
            authorizers: Authorizers::read(fields)?,
            content_counter: fields.u32(CONTENT_COUNTER)?,
            content_list: fields.array(CONTENT_LIST)?,
            date: fields.field(DATE, Date::from_digits)?,
            consent: fields.code(CONSENT, Consent::from_code)?,
            flags: fields.code(FLAGS, known_flags)?,
            files: match number {
                0 => Some(fields.array(FILES)?),
                _ => None,
            },
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write_from_card(w)?;
        w.u32(NUMBER, self.number)?;
        w.u32(REQUEST, self.request)?;
        let registers = self.operation == ReceiptOperation::Registration;
        w.demand(OPERATION, self.content.is_none() == registers)?;
        w.byte(OPERATION, self.operation.code())?;
        if let Some(content) = &self.content {
            w.object(AID, content.aid.as_bytes())?;
            w.u32(VERSION, content.version)?;
            w.object(PACKAGE, &content.package)?;
            w.object(STORING_REQUEST, &content.storing_request)?;
        }
        let digests = self.authorizers.as_slice();
        w.nested(AUTHORIZERS, |w| {
            digests.iter().try_for_each(|digest| w.object(AUTHORIZER, digest))
        })?;
        w.u32(CONTENT_COUNTER, self.content_counter)?;
        w.object(CONTENT_LIST, &self.content_list)?;
        w.object(DATE, &self.date.to_digits())?;
        w.byte(CONSENT, self.consent.code())?;
        w.demand(FLAGS, known_flags(self.flags).is_some())?;
        w.byte(FLAGS, self.flags)?;
        w.demand(FILES, self.files.is_some() == (self.number == 0))?;
        self.files.map_or(Ok(()), |digest| w.object(FILES, &digest))
    }
}

fn known_flags(flags: u8) -> Option<u8> {
    (flags & !(FLAG_KEY_MADE_BY_ISSUER | FLAG_RESCUE | FLAG_MAC) == 0).then_some(flags)
}
