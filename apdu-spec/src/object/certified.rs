//! Data certified for every card: by its provider, and on top of that by a data registrar's certifier.

use super::signed::Body;
use super::{CERTIFIED_DATA, Header, REGISTRAR_CERTIFIED_DATA, Sdi};
use crate::tlv::{Reader, Result, Tag, Writer};

/// SDCI: a provider certifies a package for every card whose holder wants it. No object precedes.
///
/// SPEC.md section 4: `E5 { header, E1 SDI }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedData {
    /// Role [`Provider`](crate::certificate::Role::Provider), its DPR; mode 6 or 7.
    pub header: Header,
    /// What is certified.
    pub sdi: Sdi,
}

impl CertifiedData {
    /// Longest body, in bytes.
    pub const MAX: usize = 281;

    /// Reads a complete E5 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E5 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for CertifiedData {
    const TAG: Tag = CERTIFIED_DATA;

    fn header(&self) -> &Header {
        &self.header
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self> {
        Ok(Self {
            header: Header::read(fields)?,
            sdi: Sdi::read(fields)?,
        })
    }

    fn write_fields(&self, w: &mut Writer<'_>) -> Result<()> {
        self.header.write(w)?;
        self.sdi.write(w)
    }
}

/// SDCI': a data registrar's certifier agrees to an SDCI, the object before.
///
/// SPEC.md section 4: `E6 { header }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistrarCertifiedData {
    /// Role [`DataCertifier`](crate::certificate::Role::DataCertifier), mode 7.
    pub header: Header,
}

impl RegistrarCertifiedData {
    /// Reads a complete E6 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    pub fn read_body(input: &[u8]) -> Result<Self> {
        Self::read_complete(input)
    }

    /// Writes the E6 object, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse; [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn write_body(&self, out: &mut [u8]) -> Result<usize> {
        self.write_complete(out)
    }
}

impl<'a> Body<'a> for RegistrarCertifiedData {
    const TAG: Tag = REGISTRAR_CERTIFIED_DATA;

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
