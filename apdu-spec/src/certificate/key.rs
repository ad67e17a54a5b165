//! Public keys in certificates, all of them on P-256.

use crate::tlv::{Reader, Result, Tag, Writer};

pub(super) const PUBLIC_KEY: Tag = Tag(0x7F49);
const ALGORITHM: Tag = Tag(0x06);
const POINT: Tag = Tag(0x86);
const COFACTOR: Tag = Tag(0x87);

/// id-TA-ECDSA-SHA-256, 0.4.0.127.0.7.2.2.2.2.3 (BSI TR-03110-3, A.6.4).
const ECDSA_SHA_256: &[u8] = b"\x04\x00\x7F\x00\x07\x02\x02\x02\x02\x03";

/// Domain parameters before the public point: prime, a, b, base point, order (NIST SP 800-186, 3.2.1.3).
const PARAMETERS: [(Tag, &[u8]); 5] = [
    (
        Tag(0x81),
        b"\xFF\xFF\xFF\xFF\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
          \x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
    ),
    (
        Tag(0x82),
        b"\xFF\xFF\xFF\xFF\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\
          \x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC",
    ),
    (
        Tag(0x83),
        b"\x5A\xC6\x35\xD8\xAA\x3A\x93\xE7\xB3\xEB\xBD\x55\x76\x98\x86\xBC\
          \x65\x1D\x06\xB0\xCC\x53\xB0\xF6\x3B\xCE\x3C\x3E\x27\xD2\x60\x4B",
    ),
    (
        Tag(0x84),
        b"\x04\
          \x6B\x17\xD1\xF2\xE1\x2C\x42\x47\xF8\xBC\xE6\xE5\x63\xA4\x40\xF2\
          \x77\x03\x7D\x81\x2D\xEB\x33\xA0\xF4\xA1\x39\x45\xD8\x98\xC2\x96\
          \x4F\xE3\x42\xE2\xFE\x1A\x7F\x9B\x8E\xE7\xEB\x4A\x7C\x0F\x9E\x16\
          \x2B\xCE\x33\x57\x6B\x31\x5E\xCE\xCB\xB6\x40\x68\x37\xBF\x51\xF5",
    ),
    (
        Tag(0x85),
        b"\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\
          \xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51",
    ),
];

/// The domain parameter after the public point.
const P256_COFACTOR: u8 = 0x01;

/// An uncompressed point: 04 `||` X `||` Y. Whether it lies on the curve is for whoever computes with it.
pub type Point = [u8; 65];

/// Reads an uncompressed point.
pub(crate) fn read_point<'a>(reader: &mut Reader<'a>, tag: Tag) -> Result<&'a Point> {
    reader.convert(tag, |value| {
        let point: &Point = value.try_into().ok()?;
        (point.first() == Some(&0x04)).then_some(point)
    })
}

/// Writes an uncompressed point; refuses what [`read_point`] refuses.
pub(crate) fn write_point(writer: &mut Writer<'_>, tag: Tag, point: &Point) -> Result<()> {
    writer.demand(tag, point.first() == Some(&0x04))?;
    writer.object(tag, point)
}

/// A public key and whether the domain parameters stand with it.
///
/// BSI TR-03110-3, D.3.3: `7F49 { 06 algorithm, [81 p, 82 a, 83 b, 84 G, 85 n], 86 point, [87 cofactor] }`.
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<(&'a Point, bool)> {
    let mut fields = reader.nested(PUBLIC_KEY)?;
    fields.convert(ALGORITHM, |value| (value == ECDSA_SHA_256).then_some(()))?;
    let has_parameters = fields.peek()?.is_some_and(|object| object.tag != POINT);
    if has_parameters {
        for (tag, expected) in PARAMETERS {
            fields.convert(tag, |value| (value == expected).then_some(()))?;
        }
    }
    let point = read_point(&mut fields, POINT)?;
    if has_parameters {
        fields.constant(COFACTOR, P256_COFACTOR)?;
    }
    fields.finish()?;
    Ok((point, has_parameters))
}

/// Writes what [`read`] reads.
pub(super) fn write(writer: &mut Writer<'_>, point: &Point, with_parameters: bool) -> Result<()> {
    writer.nested(PUBLIC_KEY, |w| {
        w.object(ALGORITHM, ECDSA_SHA_256)?;
        if with_parameters {
            PARAMETERS
                .iter()
                .try_for_each(|(tag, value)| w.object(*tag, value))?;
        }
        write_point(w, POINT, point)?;
        if with_parameters {
            w.byte(COFACTOR, P256_COFACTOR)
        } else {
            Ok(())
        }
    })
}
