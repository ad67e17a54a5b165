//! Access rules: one EF for each kind of condition, asked before and after the user PIN.

use super::stage::stage;
use super::table::{Chip, bytes, in_order};

const DENIED: u16 = 0x6982;
const DONE: u16 = 0x9000;

/// File id, what its rule says, then READ and UPDATE without PIN, READ and UPDATE with the user PIN.
const RULES: [(&str, &str, [u16; 4]); 10] = [
    ("0101", "everybody reads and writes", [DONE, DONE, DONE, DONE]),
    ("0102", "no rule at all", [DENIED; 4]),
    ("0103", "user PIN", [DENIED, DENIED, DONE, DONE]),
    (
        "0104",
        "everybody reads, no rule for update",
        [DONE, DENIED, DONE, DENIED],
    ),
    ("0105", "consent PIN, which opens no file", [DENIED; 4]),
    ("0106", "a role, which this version cannot establish", [DENIED; 4]),
    ("0107", "user PIN and never", [DENIED; 4]),
    ("0108", "user PIN or never", [DENIED, DENIED, DONE, DONE]),
    ("0109", "not never", [DONE; 4]),
    (
        "010A",
        "secure messaging, which this version has not",
        [DENIED; 4],
    ),
];

/// Losing this makes a file without a rule a public one, or a rule a decoration.
#[test]
fn a_registered_card_enforces_every_rule() {
    for (id, rule, expected) in RULES {
        for (consent, offset) in [(false, 0), (true, 0), (false, 2), (true, 2)] {
            let mut chip = Chip::of(&stage().registered);
            if offset == 2 {
                chip.done("00200001 04 31333537");
            }
            if consent {
                chip.done("00200002 06 323436383130");
            }
            let select = format!("00A4020C 02 {id}");
            in_order(
                &mut chip,
                &[
                    (rule, &select, DONE),
                    (rule, "00B00000 04", expected[offset]),
                    (rule, "00D60000 02 ABCD", expected[offset + 1]),
                ],
            );
            let written = chip.send(&bytes("00B00000 02")).0;
            let readable = expected[offset] == DONE;
            let changed = readable && expected[offset + 1] == DONE;
            assert_eq!(written == [0xAB, 0xCD], changed, "{rule}");
        }
    }
}

/// Losing this keeps a personaliser from filling the files it made.
#[test]
fn before_registration_no_rule_is_enforced() {
    for (id, rule, _) in RULES {
        let mut chip = Chip::of(&stage().personalised);
        let select = format!("00A4020C 02 {id}");
        let steps = [
            (rule, select.as_str(), DONE),
            (rule, "00D60000 02 ABCD", DONE),
            (rule, "00B00000 02", DONE),
        ];
        in_order(&mut chip, &steps);
    }
}

/// Losing this lets somebody write what the card says about itself.
#[test]
fn the_cards_own_files_are_read_only() {
    for snapshot in stage().states() {
        for id in ["2F00", "2F01", "2F02"] {
            let mut chip = Chip::of(snapshot);
            let select = format!("00A4020C 02 {id}");
            let steps = [
                ("select", select.as_str(), DONE),
                ("read", "00B00000 00", DONE),
                ("write", "00D60000 01 00", DENIED),
            ];
            in_order(&mut chip, &steps);
        }
    }
}
