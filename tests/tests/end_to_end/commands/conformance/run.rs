//! Tries rows.

use apdu_spec::command::Instruction;

use super::super::table::{Chip, bytes, refused};
use super::{Row, Tested};

/// What shows where a session stands: the current EF and DF, the PINs.
const PROBES: [&str; 6] = [
    "00B00000 01",
    "00200001",
    CONSENT,
    "00200081",
    "00B08100 01",
    "00A4030C",
];
/// How consent stands; with a PIN behind it, VERIFY of it.
const CONSENT: &str = "00200002";
/// Any state, nothing to prepare: GET DATA of the card's status.
const GOOD: &str = "00CA0101 00";

/// INS of a command in hexadecimal.
pub(super) fn instruction(command: &str) -> Option<Instruction> {
    bytes(command)
        .get(1)
        .and_then(|&byte| Instruction::from_byte(byte))
}

/// Tries every row of every command, and says all that are wrong.
pub(super) fn run(family: &[Tested]) {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for tested in family {
        for row in tested.all() {
            tried += 1;
            let known = instruction(row.command).is_some_and(|it| tested.instructions.contains(&it));
            if !known && !tested.instructions.is_empty() {
                wrong.push(format!("{}: {}: INS of another command", tested.name, row.case));
            }
            if let Err(what) = attempt(&row) {
                let Row {
                    case,
                    on,
                    before,
                    command,
                    ..
                } = row;
                wrong.push(format!(
                    "{}: {case} ({on:?}; {before}): {command}: {what}",
                    tested.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {tried}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn attempt(row: &Row) -> Result<(), String> {
    let mut chip = prepared(row)?;
    let before = chip.dump();
    let (data, status) = chip.send(&bytes(row.command));
    if status != row.expected {
        return Err(format!("{status:04X}, not {:04X}", row.expected));
    }
    if !refused(status) {
        return next_works(&mut chip);
    }
    if !data.is_empty() {
        return Err(format!("refused, but {} bytes came with it", data.len()));
    }
    // A wrong PIN alone takes something, a try, and what was verified.
    if status >> 4 == 0x63C || status == 0x6983 {
        return next_works(&mut chip);
    }
    if chip.dump() != before {
        return Err("refused, but the card changed".to_owned());
    }
    next_works(&mut chip)?;
    let mut twin = prepared(row)?;
    // Where the row is to break a chain, this breaks the twin's.
    twin.send(&bytes(GOOD));
    for probe in PROBES {
        // Consent is for the next operation, whatever becomes of it.
        if probe == CONSENT && row.before.contains(CONSENT) {
            continue;
        }
        if chip.send(&bytes(probe)) != twin.send(&bytes(probe)) {
            return Err(format!("refused, but {probe} answers something else than before"));
        }
    }
    Ok(())
}

fn prepared(row: &Row) -> Result<Chip, String> {
    let mut chip = Chip::of(row.on.snapshot());
    for command in row
        .before
        .split(';')
        .map(str::trim)
        .filter(|command| !command.is_empty())
    {
        if command == "reset" {
            chip.reset();
            continue;
        }
        let (_, status) = chip.send(&bytes(command));
        if refused(status) {
            return Err(format!("{command} before it: {status:04X}"));
        }
    }
    Ok(chip)
}

fn next_works(chip: &mut Chip) -> Result<(), String> {
    match chip.send(&bytes(GOOD)).1 {
        0x9000 => Ok(()),
        status => Err(format!("the next command fails with {status:04X}")),
    }
}
