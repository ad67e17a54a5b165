//! GET RESPONSE: replies in pieces (ISO/IEC 7816-4, 5.3.4).

use super::stage::stage;
use super::table::{Chip, bytes};

/// GET DATA of RC, short and with as much as there is.
const SHORT: &str = "00CA0105 00";
const LENGTH_OF: &str = "00CA0105 000000";

/// The status word while so many bytes wait.
fn waiting(left: usize) -> u16 {
    0x6100
        + if left < 256 {
            u16::try_from(left).unwrap()
        } else {
            0
        }
}

fn next(length: usize) -> String {
    format!("00C00000 {length:02X}")
}

/// Losing this cuts certificates and receipts off at 256 bytes.
#[test]
fn what_does_not_fit_waits() {
    let mut chip = Chip::of(&stage().registered);
    let whole = chip.done(LENGTH_OF);
    assert_eq!(whole, stage().certificate);
    let rest = whole.len() - 256;
    assert!((2..256).contains(&rest));
    // All of the rest, asked for exactly and as it comes.
    for ask in [next(rest), next(0), "00C00000 000000".to_owned()] {
        assert_eq!(chip.send(&bytes(SHORT)), (whole[..256].to_vec(), waiting(rest)));
        assert_eq!(chip.send(&bytes(&ask)), (whole[256..].to_vec(), 0x9000), "{ask}");
        assert_eq!(chip.send(&bytes(&next(0))).1, 0x6985, "only once");
    }
    // In pieces, with one that asks for too much between.
    assert_eq!(
        chip.send(&bytes("00CA0105 40")),
        (whole[..64].to_vec(), waiting(whole.len() - 64))
    );
    let mut got = whole[..64].to_vec();
    while got.len() + 64 < whole.len() {
        let (piece, status) = chip.send(&bytes(&next(64)));
        got.extend_from_slice(&piece);
        assert_eq!((piece.len(), status), (64, waiting(whole.len() - got.len())));
    }
    let left = whole.len() - got.len();
    let too_much = chip.send(&bytes(&next(left + 1)));
    assert_eq!(too_much, (Vec::new(), 0x6C00 + u16::try_from(left).unwrap()));
    got.extend_from_slice(&chip.done(&next(left)));
    assert_eq!(got, whole);
}

/// Losing this hands one command's reply to the next one's reader.
#[test]
fn another_command_ends_the_waiting() {
    let mut chip = Chip::of(&stage().registered);
    for other in [
        "00CA0101 00",
        "00A4000C",
        "00FF0000",
        "00CA0101",
        "10DA0122 01 00",
        "00840000 08",
    ] {
        chip.send(&bytes(SHORT));
        chip.send(&bytes(other));
        let status = chip.send(&bytes(&next(0))).1;
        assert!(matches!(status, 0x6985 | 0x6883), "{other}: {status:04X}");
        chip.done("00CA0101 00");
    }
    chip.send(&bytes(SHORT));
    chip.reset();
    assert_eq!(chip.send(&bytes(&next(0))), (Vec::new(), 0x6985), "a reset");
}

/// Losing this lets a wrong GET RESPONSE throw the reply away.
#[test]
fn a_wrong_get_response_keeps_the_reply() {
    let mut chip = Chip::of(&stage().registered);
    let whole = chip.done(LENGTH_OF);
    chip.send(&bytes(SHORT));
    for (command, status) in [
        ("00C00001 00", 0x6A86),
        ("00C00100 00", 0x6A86),
        ("00C00000", 0x6700),
        ("00C00000 01 00 00", 0x6700),
    ] {
        assert_eq!(chip.send(&bytes(command)), (Vec::new(), status), "{command}");
    }
    assert_eq!(chip.done(&next(0)), whole[256..]);
}

/// Losing this makes SELECT with a small Le lose the file's description.
#[test]
fn every_reply_obeys_le() {
    let mut chip = Chip::of(&stage().registered);
    chip.done("00200001 04 31333537");
    for command in ["00CA0101", "00CA0102", "00CA0104", "00CA0108", "00CA010A"] {
        let whole = chip.done(&format!("{command} 000000"));
        for length in [1, 2, 7, 59] {
            let (data, status) = chip.send(&bytes(&format!("{command} {length:02X}")));
            let told = waiting(whole.len() - length);
            assert_eq!(
                (data.as_slice(), status),
                (&whole[..length], told),
                "{command} {length}"
            );
            let mut got = data;
            loop {
                let (piece, status) = chip.send(&bytes(&next(0)));
                got.extend_from_slice(&piece);
                if status == 0x9000 {
                    break;
                }
                assert_eq!(status >> 8, 0x61, "{command}: {status:04X}");
            }
            assert_eq!(got, whole);
        }
    }
}
