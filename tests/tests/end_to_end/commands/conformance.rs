//! Conformance: what the card answers to each command of the standards, case by case. `docs/iso7816.md` is these rows.
//!
//! A row is a case, the card it is tried on, what is sent before, the command, and the status word that the standard
//! or SPEC.md asks for. Each row has a card of its own, and says more than it shows: what is refused changes nothing on
//! the card, nor what is selected and verified, and the next command works. A family of commands has a file of its own;
//! a new one is a line in
//! `families!`. `SYMBOLON_BLESS=1` writes the page anew.

#[path = "conformance/left_out.rs"]
mod left_out;
#[path = "conformance/page.rs"]
mod page;
#[path = "conformance/run.rs"]
mod run;

use apdu_spec::command::Instruction;

use super::stage::stage;

/// Which card a row is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Blank,
    Personalised,
    /// Registered, with the PINs it was issued with.
    Transport,
    Registered,
}

impl On {
    /// The three states of `Tested::states`.
    const STATES: [Self; 3] = [Self::Blank, Self::Personalised, Self::Registered];

    /// The card as it is just before the row, switched off.
    fn snapshot(self) -> &'static [u8] {
        let stage = stage();
        match self {
            Self::Blank => &stage.blank,
            Self::Personalised => &stage.personalised,
            Self::Transport => &stage.transport,
            Self::Registered => &stage.registered,
        }
    }

    /// What the page calls it.
    const fn name(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Personalised => "personalised",
            Self::Transport => "transport PINs",
            Self::Registered => "registered",
        }
    }
}

/// A command with its cases.
pub(super) struct Tested {
    /// Every row's INS is one of these; empty where the rows are about no instruction.
    pub(super) instructions: &'static [Instruction],
    /// Heading on the page: the standard's name of the command.
    pub(super) name: &'static str,
    /// Standard and section.
    pub(super) standard: &'static str,
    /// Case, command, and what a blank, a personalised and a registered card answer to it.
    pub(super) states: &'static [(&'static str, &'static str, [u16; 3])],
    /// Case, card, commands before (each must succeed; `;` between them, `reset` for a reset), command, answer.
    pub(super) rows: &'static [(&'static str, On, &'static str, &'static str, u16)],
}

/// One case of one command on one card.
struct Row {
    case: &'static str,
    on: On,
    before: &'static str,
    command: &'static str,
    expected: u16,
}

impl Tested {
    fn all(&self) -> impl Iterator<Item = Row> {
        let states = self.states.iter().flat_map(|&(case, command, answers)| {
            On::STATES
                .into_iter()
                .zip(answers)
                .map(move |(on, expected)| Row {
                    case,
                    on,
                    before: "",
                    command,
                    expected,
                })
        });
        let rows = self
            .rows
            .iter()
            .map(|&(case, on, before, command, expected)| Row {
                case,
                on,
                before,
                command,
                expected,
            });
        states.chain(rows)
    }
}

/// Each family: its module and the heading of its part of the page.
macro_rules! families {
    ($($module:ident $path:literal $title:literal;)*) => {
        $(#[path = $path]
        mod $module;)*

        const FAMILIES: &[(&str, &[Tested])] = &[$(($title, $module::FAMILY)),*];
    };
}

families! {
    transport "conformance/transport.rs" "Classes and forms";
    channels "conformance/channels.rs" "Logical channels";
    select "conformance/select.rs" "Selecting";
    files "conformance/files.rs" "Files";
    bytes "conformance/bytes.rs" "Bytes of files";
    records "conformance/records.rs" "Records";
    data "conformance/data.rs" "Data objects";
    security "conformance/security.rs" "PINs, keys and certificates";
    keys "conformance/keys.rs" "Keys of applications";
    storing "conformance/storing.rs" "Application management";
}

/// Losing this makes the page describe another card than this one.
#[test]
fn the_page_is_these_rows() {
    page::compare_or_write();
}

/// Losing this leaves a command of the card without a single case, or with good cases only.
#[test]
fn every_instruction_is_done_and_refused() {
    for row in apdu_spec::command::TABLE {
        let answers: Vec<u16> = FAMILIES
            .iter()
            .flat_map(|(_, family)| family.iter())
            .filter(|tested| tested.instructions.contains(&row.instruction))
            .flat_map(Tested::all)
            .filter(|tested| run::instruction(tested.command) == Some(row.instruction))
            .map(|tested| tested.expected)
            .collect();
        let done = answers.iter().any(|&status| !super::table::refused(status));
        let elsewhere = left_out::DONE_ELSEWHERE
            .iter()
            .any(|&(instruction, _)| instruction == row.instruction);
        assert!(done || elsewhere, "{}: never done", row.name);
        assert!(
            answers.iter().any(|&status| super::table::refused(status)),
            "{}: never refused",
            row.name
        );
    }
}

/// Losing this makes a command a command of the card and one that it has not.
#[test]
fn what_is_left_out_is_no_command_of_the_card() {
    for (_, bytes, name, _) in left_out::LEFT_OUT {
        for byte in bytes.iter() {
            assert_eq!(Instruction::from_byte(*byte), None, "{name}");
        }
    }
}

/// Losing this makes the list of what is left out a guess.
#[test]
fn what_is_left_out_is_answered_so() {
    for (_, instructions, name, _) in left_out::LEFT_OUT {
        for instruction in instructions.iter() {
            let mut chip = super::table::Chip::of(On::Registered.snapshot());
            let (_, status) = chip.send(&[0x00, *instruction, 0x00, 0x00]);
            assert_eq!(format!("{status:04X}"), "6D00", "{name}");
        }
    }
}

/// Losing this forgets a command of the standards: neither done nor named as left out.
#[test]
fn every_instruction_of_the_standards_is_accounted_for() {
    let left_out = left_out::LEFT_OUT.iter().chain(left_out::NOT_YET);
    let named: Vec<u8> = left_out
        .flat_map(|(_, bytes, ..)| bytes.iter().copied())
        .collect();
    for byte in left_out::STANDARD {
        let known = Instruction::from_byte(*byte).is_some();
        assert!(known || named.contains(byte), "{byte:02X}");
    }
}
