//! Commands worth starting from: each kind that the card knows, right and nearly right.

use std::sync::OnceLock;

use crate::prepared::{FILES, names, pins};
use crate::stage::stage;

/// Commands of no application in particular, in hexadecimal.
const PLAIN: &[&str] = &[
    "00A4000C",
    "00A40004023F0000",
    "00A4010C027100",
    "00A4030C",
    "00A4080C020001",
    "00A4090C0471000001",
    "00A4040005F10102030400",
    "00A4040605F10102030400",
    "00B000000000",
    "00B000FF04",
    "00B0810000",
    "00B09E0000",
    "00D6000004AABBCCDD",
    "00D6810010000102030405060708090A0B0C0D0E0F",
    "10D6810002AABB",
    "00D6810202CCDD",
    "00E00000 0D620B80020010820101830202000",
    "00CA010100",
    "00CA0102000000",
    "00CA0105000000",
    "00CA010600",
    "00CA0108000000",
    "00CA010A000000",
    "00CA010B000000",
    "00CA010C000000",
    "00CA010F00",
    "00CB01090686040000000100",
    "00DA012204000102030",
    "0084000008",
    "0084000010",
    "00C0000000",
    "00C0000010",
    "00468100 05B60383010100",
    "00468000 05B60383018100",
    "0040010000001280100001020304050607080 90A0B0C0D0E0F0000",
    "0040070000001280100001020304050607080 90A0B0C0D0E0F0000",
    "00400500 06800400000001",
    "00EC0000 06800400000001 00",
    "00820000 04F0020000",
    "002C0001 0C303030303030303031313131",
    "0070000001",
    "00708001",
    "01B0810000",
    "02A4040C05F101020304",
    "00B1000004540200 0000",
    "00D7000008540200005302AABB",
    "00D0810002AABB",
    "000E0000020004",
    "00A0000002AABB00",
    "00B2010400",
    "00B2010C00",
    "00DC010402AABB",
    "00D2010402AABB",
    "00E2000002AABB",
    "00A2010402AABB00",
    "000C0104",
    "0044000002 0001",
    "0004000002 0001",
    "00E4000002 0008",
    "00E6000000",
    "00E8000000",
    "00FE000000",
    "002241B6 03840181",
    "002A9E9A 20000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 00",
    "00880081 08000102030405060708 00",
];

/// All of them, as bytes.
pub fn all() -> &'static [Vec<u8>] {
    static ALL: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Vec<u8>> = PLAIN.iter().map(|text| bytes(text)).collect();
        for name in names() {
            let name = name.as_bytes();
            for header in [
                &[0x00, 0xA4, 0x04, 0x0C][..],
                &[0x00, 0x04, 0x04, 0x00],
                &[0x00, 0x44, 0x04, 0x00],
            ] {
                all.push(with_data(header, name));
            }
        }
        for file in FILES {
            all.push(with_data(&[0x00, 0xA4, 0x02, 0x0C], &file.id.to_be_bytes()));
            all.push(vec![0x00, 0xB0, 0x80 | file.short_id, 0x00, 0x00]);
            all.push(with_data(&[0x00, 0xD6, 0x80 | file.short_id, 0x00], b"changed"));
        }
        for (reference, value) in pins() {
            all.push(vec![0x00, 0x20, 0x00, reference]);
            all.push(with_data(&[0x00, 0x20, 0x00, reference], value));
            all.push(with_data(&[0x00, 0x20, 0x00, reference], b"999999"));
            all.push(with_data(
                &[0x00, 0x24, 0x00, reference],
                &[value, b"24682468"].concat(),
            ));
        }
        all.extend(stage().protocol.iter().cloned());
        all
    })
}

fn with_data(header: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len()).unwrap();
    [header, &[length], data].concat()
}

/// Bytes of hexadecimal digits; half a byte at the end is left out.
pub fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|character| character.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
