//! The list of certificates that a registrar no longer stands for.

use super::signed::Body;
use super::{Digest, Header, REVOCATION_LIST};
use crate::date::Date;
use crate::limits::REVOKED;
use crate::tlv::{Reader, Result, Tag, Writer};

const NUMBER: Tag = Tag(0x86);
const DATE: Tag = Tag(0x87);
const LIST: Tag = Tag(0xA3);
const ENTRY: Tag = Tag(0x80);

/// Everything a registrar revokes at a time: a list replaces the one before. No object precedes.
///
/// SPEC.md section 4: `EE { header, 86 number, 87 date, A3 {80 digest, ...} }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevocationList<'a> {
    /// Role of the registrar, its root or link certificate, mode 5.
    pub header: Header,
    /// Above that of the list before.
    pub number: u32,
    /// When it was made: for people, no card's date moves with it.
    pub date: Date,
    entries: &'a [u8],
}

impl<'a> RevocationList<'a> {
    /// Longest body, in bytes.
    pub const MAX: usize = 104 + REVOKED * 34;

    /// A list of these digests of certificates (7F21), written into `buffer`, 34 bytes each.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) unless they ascend and are at most [`REVOKED`];
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn new(
        header: Header,
        number: u32,
        date: Date,
        revoked: &[Digest],
        buffer: &'a mut [u8],
    ) -> Result<Self> {
        let mut writer = Writer::new(buffer);
        writer.demand(
            LIST,
            revoked.len() <= REVOKED && revoked.is_sorted_by(|a, b| a < b),
        )?;
        revoked
            .iter()
            .try_for_each(|digest| writer.object(ENTRY, digest))?;
        Ok(Self {
            header,
            number,
            date,
            entries: writer.finish(),
        })
    }

    /// Digests of the revoked certificates, ascending.
    pub fn revoked(&self) -> impl Iterator<Item = &'a Digest> + use<'a> {
        let mut reader = Reader::new(self.entries);
        core::iter::from_fn(move || reader.value(ENTRY).ok()?.try_into().ok())
    }

    /// Whether the certificate with this digest is revoked.
    #[must_use]
    pub fn names(&self, certificate: &Digest) -> bool {
        self.revoked().any(|revoked| revoked == certificate)
    }

    /// Reads a complete EE object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &'a [u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the EE object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for RevocationList<'a> {
    const TAG: Tag = REVOCATION_LIST;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            number: fields.u32(NUMBER)?,
            date: fields.field(DATE, Date::from_digits)?,
            entries: read_entries(fields.nested(LIST)?)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        w.u32(NUMBER, self.number)?;
        w.object(DATE, &self.date.to_digits())?;
        w.nested(LIST, |w| w.raw(self.entries))
    }
}

fn read_entries(mut list: Reader<'_>) -> Result<&[u8]> {
    let entries = list.remaining();
    let (mut count, mut last) = (0, None);
    while !list.is_empty() {
        let at = list.invalid(ENTRY);
        let digest = list.bytes::<32>(ENTRY)?;
        count += 1;
        if last >= Some(digest) || count > REVOKED {
            return Err(at);
        }
        last = Some(digest);
    }
    Ok(entries)
}
