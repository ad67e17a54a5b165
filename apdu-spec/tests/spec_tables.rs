//! SPEC.md and this crate say the same: whoever reads one of them would be misled by an edit of the other alone.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

use std::collections::BTreeSet;

use symbolon_apdu_spec::aid::{Aid, RESERVED};
use symbolon_apdu_spec::command::{Function, TABLE as COMMANDS};
use symbolon_apdu_spec::data;
use symbolon_apdu_spec::limits;
use symbolon_apdu_spec::reason::Reason;
use symbolon_apdu_spec::status::TABLE as STATUSES;

const SPEC: &str = include_str!("../SPEC.md");

/// The cells of the first table after the line that contains `marker`, without its head.
fn table(marker: &str) -> Vec<Vec<&'static str>> {
    let mut lines = SPEC.lines().skip_while(|line| !line.contains(marker));
    let marked = lines.next().unwrap_or_default();
    assert!(
        marked.contains("*(checked)*"),
        "no line with {marker:?} that says it is checked"
    );
    let rows = lines
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// What follows the checked sentence that starts with `marker`, to the end of its line.
fn sentence(marker: &str) -> &'static str {
    let line = SPEC.lines().find(|line| line.starts_with(marker)).unwrap();
    assert!(line.contains("*(checked)*"), "{marker}");
    line.split_once(": ")
        .or_else(|| line.split_once(", with their"))
        .unwrap()
        .1
}

#[test]
fn commands() {
    let coded: Vec<_> = COMMANDS
        .iter()
        .map(|row| {
            let instruction = format!("{:02X}", row.instruction.to_byte());
            [
                row.name,
                &instruction,
                row.parameters,
                row.data,
                row.reply,
                row.standard,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    assert_eq!(table("## 1. Commands"), coded);
    for row in COMMANDS {
        assert_eq!(row.instruction.name(), row.name);
    }
}

#[test]
fn commands_that_may_be_chained() {
    let (named, _) = sentence("Chaining").split_once(';').unwrap();
    let written: BTreeSet<_> = named.split(", ").collect();
    let chained = |row: &&symbolon_apdu_spec::command::CommandRow| row.instruction.may_be_chained();
    assert_eq!(
        written,
        COMMANDS.iter().filter(chained).map(|row| row.name).collect()
    );
    assert!(
        COMMANDS
            .iter()
            .all(|row| row.chained == row.instruction.may_be_chained())
    );
}

#[test]
fn reserved_aids() {
    let written: Vec<_> = sentence("Reserved AIDs")
        .split([' ', ',', '.'])
        .filter(|word| word.len() >= 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(|word| word.parse::<Aid>().unwrap())
        .collect();
    assert_eq!(written, RESERVED);
}

#[test]
fn status_words() {
    let coded: Vec<_> = STATUSES
        .iter()
        .map(|row| {
            let digits = format!("{:04X}", row.pattern);
            let free = usize::try_from((!row.mask).count_ones() / 4).unwrap();
            let pattern = format!("{}{}", &digits[..4 - free], "x".repeat(free));
            vec![pattern, row.name.to_owned(), row.meaning.to_owned()]
        })
        .collect();
    assert_eq!(table("## 2. Status words"), coded);
    for row in STATUSES {
        let mut constant = String::new();
        for (index, letter) in row.name.char_indices() {
            constant.extend((index > 0 && letter.is_uppercase()).then_some('_'));
            constant.extend(letter.to_uppercase());
        }
        assert_eq!(row.constant, constant);
    }
}

#[test]
fn reasons() {
    let coded: Vec<_> = Reason::ALL
        .iter()
        .map(|reason| {
            vec![
                format!("{:02X}", reason.code()),
                reason.name().to_owned(),
                reason.meaning().to_owned(),
            ]
        })
        .collect();
    assert_eq!(table("### 2.1 Reasons"), coded);
    for code in 0..=0xFF {
        assert_eq!(Reason::from_code(code).map_or(code, Reason::code), code);
        assert_eq!(
            Reason::from_code(code).is_some(),
            Reason::ALL.iter().any(|reason| reason.code() == code)
        );
    }
}

#[test]
fn data_objects() {
    let written = table("Data objects");
    let tags: Vec<_> = data::TAGS.iter().map(|(tag, _)| format!("{tag:04X}")).collect();
    assert_eq!(written.iter().map(|row| row[0]).collect::<Vec<_>>(), tags);
    for (row, (tag, content)) in written.iter().zip(data::TAGS) {
        assert!(
            row[1].starts_with(content),
            "{tag:04X}: {content:?} is not how {:?} starts",
            row[1]
        );
        assert_eq!(row[2] == "yes", data::is_writable(tag), "{tag:04X}");
    }
}

#[test]
fn functions() {
    let written: Vec<_> = table("APPLICATION MANAGEMENT REQUEST functions");
    let coded: Vec<_> = Function::ALL
        .iter()
        .map(|function| (format!("{:02X}", function.to_byte()), function.name()))
        .collect();
    assert_eq!(
        written
            .iter()
            .map(|row| (row[0].to_owned(), row[1]))
            .collect::<Vec<_>>(),
        coded
    );
}

#[test]
fn limits_of_section_7() {
    let bytes = " bytes";
    let coded: Vec<(&str, usize, &str)> = vec![
        ("command data, reply data", limits::COMMAND_DATA_MAX, bytes),
        ("certificate", limits::CERTIFICATE_MAX, bytes),
        ("certificate request", limits::REQUEST_MAX, bytes),
        ("authorization", limits::AUTHORIZATION_MAX, bytes),
        ("manifest", limits::MANIFEST_MAX, bytes),
        ("block data", limits::BLOCK_DATA_MAX, bytes),
        ("package", limits::PACKAGE_MAX, bytes),
        ("chunk", limits::CHUNK, bytes),
        ("content in a block", limits::BLOCK_CONTENT, bytes),
        ("chunks in a block", limits::BLOCK_CHUNKS, ""),
        ("record", limits::RECORD_MAX, bytes),
        ("records of a file", limits::RECORDS, ""),
        ("access rules per file", limits::RULES_PER_FILE, ""),
        ("access rule", limits::RULE_MAX, bytes),
        ("conditions nested in an access rule", limits::RULE_DEPTH, ""),
        ("files in a manifest", limits::MANIFEST_FILES, ""),
        ("access rules in a manifest", limits::MANIFEST_RULES, ""),
        ("PINs in a manifest", limits::MANIFEST_PINS, ""),
        ("keys in a manifest", limits::MANIFEST_KEYS, ""),
        ("shortest PIN", limits::PIN_MIN, bytes),
        ("longest PIN", limits::PIN_MAX, bytes),
        ("shortest unblocking code", limits::UNBLOCKING_CODE_MIN, bytes),
        ("longest unblocking code", limits::UNBLOCKING_CODE_MAX, bytes),
        ("open requests", limits::OPEN_REQUESTS, ""),
        ("open requests of a provider", limits::PROVIDER_REQUESTS, ""),
        ("version floors of a provider", limits::PROVIDER_FLOORS, ""),
        ("version floors of a card", limits::FLOORS, ""),
        ("certificates on a revocation list", limits::REVOKED, ""),
        ("DF depth", limits::DF_DEPTH, ""),
        (
            "shortest challenge of INTERNAL AUTHENTICATE",
            limits::CHALLENGE_MIN,
            bytes,
        ),
        (
            "longest challenge of INTERNAL AUTHENTICATE",
            limits::CHALLENGE_MAX,
            bytes,
        ),
        ("logical channels", limits::CHANNELS, ""),
        ("receipts kept, receipts not collected", limits::RECEIPTS_KEPT, ""),
    ];
    let written: BTreeSet<_> = table("## 7. Limits")
        .iter()
        .map(|row| format!("{} | {}", row[0], row[1]))
        .collect();
    let coded = coded
        .iter()
        .map(|(name, value, unit)| format!("{name} | {}{unit}", with_commas(*value)))
        .collect();
    assert_eq!(written, coded);
    assert_eq!(limits::COMMAND_DATA_MAX, limits::REPLY_DATA_MAX);
    assert_eq!(limits::BLOCK_CONTENT % limits::CHUNK, 0);
    // The table must name every constant; this counts those of the source, of which two share a row.
    let constants = include_str!("../src/limits.rs").matches("pub const ").count();
    assert_eq!(written.len() + 1, constants);
}

/// Every name in quotation marks in section 9 is the name of something in the vectors.
#[test]
fn section_9_names_vectors() {
    let files = [
        include_str!("../vectors/sessions.json"),
        include_str!("../vectors/objects.json"),
        include_str!("../vectors/certificates.json"),
        include_str!("../vectors/packages.json"),
    ];
    let (_, section) = SPEC.split_once("## 9. A client").unwrap();
    assert!(section.contains("*(checked)*"));
    let quoted: Vec<_> = section.split('"').skip(1).step_by(2).collect();
    assert!(quoted.len() > 40);
    for name in quoted {
        let entry = format!("\"name\": \"{name}\"");
        assert!(
            files.iter().any(|file| file.contains(&entry)),
            "no vector is called {name:?}"
        );
    }
}

/// A wire format that says another number than the code would be refused, or worse, taken.
#[test]
fn wire_format() {
    let [major, minor] = data::WIRE_FORMAT.to_be_bytes();
    assert!(SPEC.contains(&format!("Wire format **{major}.{minor}**.")));
    assert!(SPEC.contains(&format!("80 wire format (2: {:04X})", data::WIRE_FORMAT)));
}

fn with_commas(number: usize) -> String {
    match (number / 1000, number % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    }
}
