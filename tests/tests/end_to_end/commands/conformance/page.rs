//! The page: `docs/iso7816.md`.

use std::fmt::Write as _;

use apdu_spec::command::Instruction;

use super::left_out::{DONE_ELSEWHERE, FORMS, LEFT_OUT, NOT_YET};
use super::{FAMILIES, On, Tested};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/iso7816.md");

const HEAD: &str = "# The card and ISO/IEC 7816

What a card answers to each command of the standards, case by case. This page is written by the tests that check it:
each line is a command sent to a simulated card of its own, and its status word compared. What is refused changes
nothing, neither on the card nor in what is selected and verified, and the next command works; that is checked for each
line as well. A wrong PIN alone takes something: a try.

Cards: *blank* as made; *personalised* with roots, PINs, keys and files; *registered* by an issuer, with two
applications; *transport PINs* registered, with the PINs it was issued with. Commands are in hexadecimal; what a line
sends *before* them succeeds. Where one answer stands for several cards it is the same on each. The wire is described in
[SPEC.md](../apdu-spec/SPEC.md).

The rows stand in `tests/tests/end_to_end/commands/conformance`. After a change,
`SYMBOLON_BLESS=1 cargo test -p symbolon-tests --test end_to_end the_page_is_these_rows` writes this page anew.
";

pub(super) fn compare_or_write() {
    let page = page();
    if std::env::var_os("SYMBOLON_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differs = written
        .lines()
        .zip(page.lines())
        .find(|(one, other)| one != other);
    assert!(
        written == page,
        "docs/iso7816.md is not what the rows say (SYMBOLON_BLESS=1 writes it anew): {differs:?}"
    );
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let count = |family: &[Tested]| family.iter().map(|tested| tested.all().count()).sum::<usize>();
    page.push_str("\n| commands | cases |\n|---|---|\n");
    for (title, family) in FAMILIES {
        let _ = writeln!(page, "| {title} | {} |", count(family));
    }
    for (title, family) in FAMILIES {
        let _ = writeln!(page, "\n## {title}");
        for tested in *family {
            write_command(&mut page, tested);
        }
    }
    write_left_out(&mut page);
    page
}

fn write_command(page: &mut String, tested: &Tested) {
    let bytes: Vec<String> = tested
        .instructions
        .iter()
        .map(|it| format!("{:02X}", it.to_byte()))
        .collect();
    let heading = [tested.name, &bytes.join("/")].join(" ");
    let _ = write!(page, "\n### {}\n\nISO/IEC {}.", heading.trim(), tested.standard);
    for (instruction, place) in DONE_ELSEWHERE
        .iter()
        .filter(|(it, _)| tested.instructions.contains(it))
    {
        let _ = write!(page, " {} is done in {place}.", instruction.name());
    }
    page.push_str("\n\n| case | card | before | command | answer |\n|---|---|---|---|---|\n");
    for (case, command, answers) in tested.states {
        let same = answers.iter().all(|answer| answer == &answers[0]);
        let (cards, answers) = if same {
            ("any".to_owned(), format!("{:04X}", answers[0]))
        } else {
            let names: Vec<_> = On::STATES.iter().map(|on| on.name()).collect();
            let answers: Vec<_> = answers.iter().map(|answer| format!("{answer:04X}")).collect();
            (names.join(", "), answers.join(", "))
        };
        let _ = writeln!(page, "| {case} | {cards} | | {command} | {answers} |");
    }
    for (case, on, before, command, answer) in tested.rows {
        let before = if before.is_empty() {
            String::new()
        } else {
            format!("{before} ")
        };
        let _ = writeln!(
            page,
            "| {case} | {} | {before}| {command} | {answer:04X} |",
            on.name()
        );
    }
}

fn write_left_out(page: &mut String) {
    page.push_str("\n## Commands of the standards that the card has not\n\n");
    page.push_str("Each is answered 6D00.\n\n");
    page.push_str("| standard | INS | command | why |\n|---|---|---|---|\n");
    let unknown = |bytes: &[u8]| bytes.iter().all(|byte| Instruction::from_byte(*byte).is_none());
    let not_yet = NOT_YET.iter().filter(|(_, bytes, ..)| unknown(bytes));
    for (standard, bytes, name, why) in LEFT_OUT.iter().chain(not_yet) {
        let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let _ = writeln!(page, "| {standard} | {} | {name} | {why} |", bytes.join(", "));
    }
    page.push_str("\n## Forms of its commands that the card has not\n\n");
    page.push_str("| standard | command | form | why |\n|---|---|---|---|\n");
    for (standard, command, form, why) in FORMS {
        let _ = writeln!(page, "| {standard} | {command} | {form} | {why} |");
    }
}
