//! PINs, step by step.

use super::stage::{AIDS, stage};
use super::table::{Chip, in_order};

/// Losing this gives somebody with the transport PIN a working card, or a thief more than three tries.
#[test]
#[rustfmt::skip] // Rows of a table.
fn the_life_of_a_pin() {
    let mut chip = Chip::of(&stage().transport);
    in_order(
        &mut chip,
        &[
            ("a transport PIN tells its tries", "00200001", 0x63C3),
            ("it opens nothing", "00200001 04 30303030", 0x6984),
            ("a wrong one costs no try", "00200001 04 39393939", 0x6984),
            ("none", "00200001", 0x63C3),
            ("changed to itself", "00240001 08 30303030 30303030", 0x6A80),
            ("changed with a wrong old value", "00240001 08 31313131 31333537", 0x63C2),
            ("which can be seen before the last is spent", "00200001", 0x63C2),
            ("changed", "00240001 08 30303030 31333537", 0x9000),
            ("not verified by that", "00200001", 0x63C3),
            ("verified", "00200001 04 31333537", 0x9000),
            ("and says so", "00200001", 0x9000),
            ("wrong", "00200001 04 39393939", 0x63C2),
            ("no longer verified", "00200001", 0x63C2),
            ("the transport value is wrong now", "00200001 04 30303030", 0x63C1),
            ("right: the tries come back", "00200001 04 31333537", 0x9000),
            ("changing with a wrong old value", "00240001 08 39393939 32323232", 0x63C2),
            ("takes the verification away", "00200001", 0x63C2),
            ("changed to a longer one", "00240001 14 31333537 31313131313131313131313131313131", 0x9000),
            ("the longer one opens", "00200001 10 31313131313131313131313131313131", 0x9000),
            ("its beginning does not", "00200001 0F 313131313131313131313131313131", 0x63C2),
            ("changed to another of 16 bytes", "00240001 20 3131313131313131313131313131313131323334353637383930313233343536", 0x9000),
            ("wrong", "00200001 04 39393939", 0x63C2),
            ("wrong", "00200001 04 39393939", 0x63C1),
            ("wrong: blocked", "00200001 04 39393939", 0x6983),
            ("blocked", "00200001", 0x6983),
            ("even the right one", "00200001 10 31323334353637383930313233343536", 0x6983),
            ("even to change it", "00240001 14 31323334353637383930313233343536 31313131", 0x6983),
            ("the other PIN is not", "00200002", 0x63C3),
        ],
    );
    chip.reset();
    in_order(&mut chip, &[("blocked after a reset", "00200001", 0x6983)]);
}

/// Losing this lets a holder choose a consent PIN that is guessed in minutes.
#[test]
fn no_pin_is_shorter_than_its_minimum() {
    let mut chip = Chip::of(&stage().transport);
    in_order(
        &mut chip,
        &[
            (
                "five digits for consent",
                "00240002 0B 303030303030 3132333435",
                0x6A80,
            ),
            ("still the transport PIN", "00200002 06 303030303030", 0x6984),
            ("six", "00240002 0C 303030303030 313233343536", 0x9000),
            ("nothing new", "00240001 08 30303030 30303030", 0x6A80),
            ("four for the user", "00240001 08 30303030 31323334", 0x9000),
            (
                "four for consent, old value right",
                "00240002 0A 313233343536 31323334",
                0x6A80,
            ),
            ("the old one still opens", "00200002 06 313233343536", 0x9000),
        ],
    );
}

/// Losing this lets the finder of a card in a reader read what its holder opened.
#[test]
fn what_was_verified_is_forgotten() {
    let mut chip = Chip::of(&stage().registered);
    let verified = [
        ("user PIN", "00200001 04 31333537", 0x9000),
        ("select its file", "00A4020C 02 0103", 0x9000),
        ("write", "00D60000 02 ABCD", 0x9000),
        ("read", "00B00000 02", 0x9000),
    ];
    in_order(&mut chip, &verified);
    chip.reset();
    in_order(
        &mut chip,
        &[
            ("not verified after a reset", "00200001", 0x63C3),
            ("no EF selected after a reset", "00B00000 02", 0x6986),
            ("select its file", "00A4020C 02 0103", 0x9000),
            ("read", "00B00000 02", 0x6982),
            ("write", "00D60000 02 ABCD", 0x6982),
        ],
    );
    in_order(&mut chip, &[verified[0], verified[1], verified[3]]);
}

/// Losing this lets one application's PIN open another's files.
#[test]
fn a_local_pin_is_its_applications() {
    let mut chip = Chip::of(&stage().registered);
    let [one, other] = AIDS.map(|aid| format!("00A4040C 07 {aid}"));
    in_order(
        &mut chip,
        &[
            ("no application is selected", "00200081", 0x6A88),
            ("select one", &one, 0x9000),
            ("a transport PIN", "00200081", 0x63C3),
            ("opens nothing", "00200081 04 30303030", 0x6984),
            ("no PIN 82", "00200082", 0x6A88),
            (
                "changed with a wrong old value",
                "00240081 08 39393939 34343434",
                0x63C2,
            ),
            ("changed", "00240081 08 30303030 34343434", 0x9000),
            ("its file is closed", "00D68400 01 AA", 0x6982),
            ("verified", "00200081 04 34343434", 0x9000),
            ("its file is open", "00D68400 01 AA", 0x9000),
            ("an EF of the application is selected", "00A4020C 02 0001", 0x9000),
            ("still verified", "00200081", 0x9000),
            ("select the other application", &other, 0x9000),
            ("whose PIN is another", "00200081 04 34343434", 0x6984),
            ("select one again", &one, 0x9000),
            ("verified no more", "00200081", 0x63C3),
            ("its file is closed", "00B08400 01", 0x6982),
            ("verified", "00200081 04 34343434", 0x9000),
            ("select the MF", "00A4000C 02 3F00", 0x9000),
            ("out of reach there", "00200081 04 34343434", 0x6A88),
            ("select one again", &one, 0x9000),
            ("verified no more", "00200081", 0x63C3),
            ("wrong", "00200081 04 30303030", 0x63C2),
            ("wrong", "00200081 04 30303030", 0x63C1),
            ("wrong: blocked", "00200081 04 30303030", 0x6983),
            ("right", "00200081 04 34343434", 0x6983),
            ("select the other application", &other, 0x9000),
            ("not blocked there", "00200081", 0x63C3),
            ("nor is the user PIN", "00200001", 0x63C3),
        ],
    );
}
