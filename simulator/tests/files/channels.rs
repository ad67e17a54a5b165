//! Logical channels: each its own file and its own security status, one shared buffer.

use apdu_spec::object::Operation;
use apdu_spec::package::OnReplace;

use super::stage::{Chip, PIN, SELECT, carry, stage};

/// Losing this leaves hosts without channels, or with one that nobody opened.
#[test]
fn channels_are_opened_and_closed_as_the_standard_says() {
    let mut chip = Chip::new();
    chip.play(&[
        ("01B00000 00", 0x6881),
        ("01700000 01", 0x6881),
        ("00700000", 0x6700),
        ("00700000 01 00 00", 0x6700),
        ("00700001 01", 0x6700),
        ("00700004 01", 0x6A86),
        ("00704000", 0x6A86),
        ("00708000 01", 0x6700),
        ("00708004", 0x6A86),
        ("00708000", 0x6985),
        ("00708001", 0x6985),
    ]);
    assert_eq!(chip.done("00700000 01"), [1]);
    assert_eq!(chip.done("00700003"), []);
    assert_eq!(chip.done("01700000 00"), [2]);
    chip.play(&[
        ("00700000 01", 0x6A81),
        ("00700002", 0x6985),
        ("04B00000 00", 0x6882),
        ("43B00000 00", 0x6881),
        // From another channel, and from the channel itself.
        ("03708002", 0x9000),
        ("02A4000C", 0x6881),
        ("03708000", 0x9000),
        ("03A4000C", 0x6881),
        ("01A4000C", 0x9000),
    ]);
    chip.reset();
    chip.play(&[("01A4000C", 0x6881), ("00A4000C", 0x9000)]);
}

/// Losing this shows one user of the card what another unlocked.
#[test]
fn what_is_selected_and_verified_on_a_channel_counts_nowhere_else() {
    let mut chip = Chip::new();
    chip.done("00700001");
    chip.play(&[
        (SELECT, 0x9000),
        (PIN, 0x9000),
        ("00A40200 02 0001", 0x9000),
        ("00D60000 01 AA", 0x9000),
        // Channel 1 is at the MF.
        ("01B00000 01", 0x6986),
        (PIN.replacen("00", "01", 1).as_str(), 0x6A88),
        ("01A4040C 07 F04E0000010101", 0x9000),
        ("01200081", 0x63C3),
        ("00200081", 0x9000),
        // A channel that is opened from there begins in that DF, with nothing verified.
        ("01700002", 0x9000),
        ("02A4020C 02 0002", 0x9000),
        ("02200081", 0x63C3),
        // The user PIN and a consent, too.
        ("01200001 04 32343638", 0x9000),
        ("01200001", 0x9000),
        ("00200001", 0x63C3),
        ("01200002 06 313335373932", 0x9000),
        ("00200002", 0x63C3),
        ("0004 0400 07 F04E0000010101", 0x6982),
        ("0104 0400 07 F04E0000010101", 0x9000),
    ]);
    // Who closes a channel and opens it again finds nothing of it.
    chip.play(&[("01708000", 0x9000), ("00700001", 0x9000), ("01200001", 0x63C3)]);
}

/// Losing this lets an application's user stay inside it when it is switched off, replaced or gone, and read what is there by then.
#[test]
fn what_happens_on_one_channel_is_seen_on_the_others() {
    let (world, image, _) = stage();
    for operation in [Operation::Replace, Operation::Delete] {
        let mut chip = Chip::of(image);
        chip.play(&[
            ("00700001", 0x9000),
            ("01A4040C 07 F04E0000010101", 0x9000),
            ("01200081 04 34333231", 0x9000),
            ("01A4020C 02 0001", 0x9000),
            ("01B00000 01", 0x9000),
        ]);
        let version = if operation == Operation::Delete { 1 } else { 2 };
        carry(world, &mut chip.0, operation, version, OnReplace::Reset);
        chip.play(&[
            ("01B00000 01", 0x6986),
            ("01B08100 01", 0x6A82),
            ("01200081", 0x6A88),
        ]);
    }
    let mut chip = Chip::of(image);
    chip.play(&[
        ("00700001", 0x9000),
        ("01A4040C 07 F04E0000010101", 0x9000),
        ("01A4020C 02 0001", 0x9000),
        ("00200002 06 313335373932", 0x9000),
        ("0004 0400 07 F04E0000010101", 0x9000),
        ("01B00000 01", 0x6986),
        ("01A4040C 07 F04E0000010101", 0x6283),
        ("01B08100 01", 0x6985),
        ("00200002 06 313335373932", 0x9000),
        ("0044 0400 07 F04E0000010101", 0x9000),
        ("01B08100 01", 0x9000),
    ]);
}

/// Losing this leaves an old PIN's proof standing after the PIN was changed.
#[test]
fn a_new_pin_is_verified_anew_on_every_channel() {
    let mut chip = Chip::new();
    chip.play(&[
        ("00700001", 0x9000),
        ("01200001 04 32343638", 0x9000),
        // A wrong old value changes nothing, for nobody else either; nor does a wrong code.
        ("00240001 08 33333333 31313131", 0x63C2),
        ("01200001", 0x9000),
        ("002C0001 0E 30303030303030303030 31313131", 0x63C9),
        ("01200001", 0x9000),
        ("00240001 08 32343638 31313131", 0x9000),
        ("01200001", 0x63C3),
        ("01200002 06 313335373932", 0x9000),
        ("01200002", 0x9000),
        ("002C0002 10 38363432303937353331 313335373933", 0x9000),
        ("01200002", 0x63C3),
    ]);
}

/// Losing this mixes what two hosts send and read.
#[test]
fn chains_and_waiting_replies_belong_to_one_channel() {
    let mut chip = Chip::new();
    chip.play(&[
        ("00700001", 0x9000),
        (SELECT, 0x9000),
        ("00A4020C 02 0001", 0x9000),
        ("01A4040C 07 F04E0000010101", 0x9000),
        ("01A4020C 02 0001", 0x9000),
        // The rest of another channel's chain is not the end of this one.
        ("10D60000 02 AABB", 0x9000),
        ("01D60000 02 CCDD", 0x6883),
        ("00D60000 02 CCDD", 0x9000),
        ("11D60000 02 1122", 0x9000),
        ("01D60000 02 3344", 0x9000),
        // Nor is a reply another channel's.
        ("00CA0104 10", 0x6100),
        ("01C00000 00", 0x6985),
        ("00C00000 00", 0x6985),
        ("01CA0104 10", 0x6100),
        ("01C00000 00", 0x6125),
    ]);
    assert_eq!(chip.done("00B00000 04"), [0x11, 0x22, 0x33, 0x44]);
}
