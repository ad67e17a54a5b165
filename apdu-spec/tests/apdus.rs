//! APDUs in all four cases, short and extended: a user would lose commands at the borders of the length fields.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use proptest::prelude::*;
use symbolon_apdu_spec::apdu::{ApduError, CommandApdu, ResponseApdu};
use symbolon_apdu_spec::status::Status;

fn apdu(data: &[u8], expected: Option<usize>, extended: bool) -> CommandApdu<'_> {
    CommandApdu {
        class: 0x00,
        instruction: 0xB0,
        p1: 0x12,
        p2: 0x34,
        data,
        expected,
        extended,
    }
}

/// Header, body in hexadecimal without the data, and where in it the data goes.
#[test]
fn the_four_cases_at_their_borders() {
    let bytes = [0x77; 65_535];
    for (length, expected, extended, before, after) in [
        (0, None, false, "", ""),
        (0, Some(1), false, "", "01"),
        (0, Some(255), false, "", "FF"),
        (0, Some(256), false, "", "00"),
        (1, None, false, "01", ""),
        (255, None, false, "FF", ""),
        (1, Some(1), false, "01", "01"),
        (255, Some(256), false, "FF", "00"),
        (0, Some(1), true, "", "000001"),
        (0, Some(256), true, "", "000100"),
        (0, Some(257), true, "", "000101"),
        (0, Some(65_535), true, "", "00FFFF"),
        (0, Some(65_536), true, "", "000000"),
        (1, None, true, "000001", ""),
        (256, None, true, "000100", ""),
        (65_535, None, true, "00FFFF", ""),
        (1, Some(256), true, "000001", "0100"),
        (256, Some(65_535), true, "000100", "FFFF"),
        (65_535, Some(65_536), true, "00FFFF", "0000"),
    ] {
        let apdu = apdu(&bytes[..length], expected, extended);
        let wire = [
            &[0x00, 0xB0, 0x12, 0x34][..],
            &hex::decode(before).unwrap(),
            apdu.data,
            &hex::decode(after).unwrap(),
        ]
        .concat();
        let mut out = vec![0; wire.len()];
        assert_eq!(apdu.write(&mut out), Ok(wire.len()), "{apdu:?}");
        assert_eq!(out, wire, "{apdu:?}");
        assert_eq!(CommandApdu::parse(&wire), Ok(apdu));
        assert_eq!(apdu.write(&mut out[1..]), Err(ApduError::Overflow), "{apdu:?}");
    }
}

#[test]
fn lengths_that_fit_no_case_are_refused() {
    for (body, error) in [
        ("", ApduError::NoHeader),
        ("00B000", ApduError::NoHeader),
        ("00B00000 0000", ApduError::WrongLength),
        ("00B00000 02AA", ApduError::WrongLength),
        ("00B00000 01AA0000", ApduError::WrongLength),
        ("00B00000 01AA000000", ApduError::WrongLength),
        ("00B00000 00000000", ApduError::WrongLength),
        ("00B00000 0000000000", ApduError::WrongLength),
        ("00B00000 000002AA", ApduError::WrongLength),
        ("00B00000 000001AA00", ApduError::WrongLength),
        ("00B00000 000001AA000000", ApduError::WrongLength),
    ] {
        let bytes = hex::decode(body.replace(' ', "")).unwrap();
        assert_eq!(CommandApdu::parse(&bytes), Err(error), "{body}");
    }
}

#[test]
fn what_the_length_fields_cannot_tell_is_not_written() {
    let (bytes, mut out) = ([0; 65_536], vec![0; 70_000]);
    for (length, expected, extended) in [
        (256, None, false),
        (0, Some(257), false),
        (0, Some(0), false),
        (0, Some(0), true),
        (65_536, None, true),
        (0, Some(65_537), true),
    ] {
        let apdu = apdu(&bytes[..length], expected, extended);
        assert_eq!(apdu.write(&mut out), Err(ApduError::OutOfRange), "{apdu:?}");
    }
}

#[test]
fn replies() {
    assert_eq!(ResponseApdu::parse(&[0x90]), Err(ApduError::NoHeader));
    let reply = ResponseApdu::parse(&[0xAA, 0x6A, 0x82]).unwrap();
    assert_eq!(
        reply,
        ResponseApdu {
            data: &[0xAA],
            status: Status::FILE_NOT_FOUND
        }
    );
    assert_eq!(reply.write(&mut [0; 2]), Err(ApduError::Overflow));
    let mut out = [0; 3];
    assert_eq!(reply.write(&mut out), Ok(3));
    assert_eq!(out, [0xAA, 0x6A, 0x82]);
}

proptest! {
    #[test]
    fn what_is_read_is_written_as_it_was(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut out = vec![0; bytes.len()];
        if let Ok(apdu) = CommandApdu::parse(&bytes) {
            prop_assert_eq!(apdu.write(&mut out), Ok(bytes.len()));
            prop_assert_eq!(&out, &bytes);
        }
        if let Ok(reply) = ResponseApdu::parse(&bytes) {
            prop_assert_eq!(reply.write(&mut out), Ok(bytes.len()));
            prop_assert_eq!(&out, &bytes);
        }
    }

    #[test]
    fn bodies_near_the_truth(
        lc in 0_u16..300, slack in -3_i32..4, extended: bool, head in any::<[u8; 4]>(),
    ) {
        let [high, low] = lc.to_be_bytes();
        let length = usize::try_from((i32::from(lc) + slack).max(0)).unwrap();
        let field = if extended { vec![0, high, low] } else { vec![low] };
        let bytes = [&head[..], &field, &vec![0; length]].concat();
        let mut out = vec![0; bytes.len()];
        if let Ok(apdu) = CommandApdu::parse(&bytes) {
            prop_assert_eq!(apdu.write(&mut out), Ok(bytes.len()));
            prop_assert_eq!(&out, &bytes);
        }
    }

    #[test]
    fn what_is_written_is_read(
        data in proptest::collection::vec(any::<u8>(), 0..400), ne in 0_usize..65_540, extended: bool,
    ) {
        let expected = (ne > 0).then_some(ne);
        let apdu = apdu(&data, expected, extended);
        let mut out = vec![0; 500];
        let fits = if extended { ne <= 65_536 } else { ne <= 256 && data.len() <= 255 };
        let length = apdu.write(&mut out);
        prop_assert_eq!(length.is_ok(), fits);
        if let Ok(length) = length {
            let read = CommandApdu::parse(&out[..length]).unwrap();
            let says_nothing = data.is_empty() && expected.is_none();
            prop_assert_eq!(read, CommandApdu { extended: extended && !says_nothing, ..apdu });
        }
    }
}
