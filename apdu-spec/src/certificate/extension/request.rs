//! The extension of a card's request.

use super::{EXTENSIONS, REQUEST, TEMPLATE, read_template, write_template};
use crate::certificate::key::{Point, read_point, write_point};
use crate::tlv::{Error, ErrorKind, Reader, Result, Tag, Writer};

/// What a card says of itself when it asks to be registered.
///
/// SPEC.md section 3, extension 4: `80 nonce, 81 key-agreement point, 82 platform version, 83 card serial number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestExtension<'a> {
    /// The issuer's random bytes.
    pub nonce: &'a [u8; 16],
    /// The card's key-agreement key.
    pub key_agreement: &'a Point,
    /// Version of the card's software.
    pub platform_version: u16,
    /// The card's serial number.
    pub serial_number: &'a [u8; 8],
}

impl<'a> RequestExtension<'a> {
    /// Reads the only extension of a request, if there is one.
    pub(in crate::certificate) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>> {
        if reader.is_empty() {
            return Ok(None);
        }
        let mut list = reader.nested(EXTENSIONS)?;
        let position = list.position();
        let (number, critical, mut fields) = read_template(&mut list)?;
        list.finish()?;
        if number != Some(REQUEST) || !critical {
            return Err(Error {
                position,
                kind: ErrorKind::InvalidValue { tag: TEMPLATE },
            });
        }
        let extension = Self {
            nonce: fields.bytes(Tag(0x80))?,
            key_agreement: read_point(&mut fields, Tag(0x81))?,
            platform_version: fields.u16(Tag(0x82))?,
            serial_number: fields.bytes(Tag(0x83))?,
        };
        fields.finish()?;
        Ok(Some(extension))
    }

    pub(in crate::certificate) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        write_template(writer, REQUEST, |w| {
            w.object(Tag(0x80), self.nonce)?;
            write_point(w, Tag(0x81), self.key_agreement)?;
            w.u16(Tag(0x82), self.platform_version)?;
            w.object(Tag(0x83), self.serial_number)
        })
    }
}
