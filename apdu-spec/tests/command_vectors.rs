//! `vectors/commands.json` and `vectors/access.json`: examples for whoever writes another card or host. A user would
//! lose the promise that what was valid in one release still is in the next.
//!
//! `SYMBOLON_BLESS=1 cargo test --test command_vectors` writes the files anew from the samples here; do so for new
//! samples, and look at the difference.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

#[path = "samples/commands.rs"]
mod samples;

use std::path::{Path, PathBuf};

use samples::ROOM;
use serde_json::{Value, json};
use symbolon_apdu_spec::access::{AccessMode, AccessRules, Condition, parse};
use symbolon_apdu_spec::apdu::CommandApdu;
use symbolon_apdu_spec::command::Command;
use symbolon_apdu_spec::limits::RULE_MAX;
use symbolon_apdu_spec::status::Status;

/// What is wrong, the APDU, and what a card answers.
const BAD_COMMANDS: [(&str, &str, u16); 42] = [
    ("no header", "00A404", 0x6700),
    ("Lc longer than the data", "00A4040C05F053594D", 0x6700),
    ("Lc shorter than the data", "00A4040C02F053594D42", 0x6700),
    ("extended Lc of zero and data", "00D60000000000AA", 0x6700),
    ("channel 4", "40A4040C02F053", 0x6881),
    ("secure messaging on channel 1", "0DA4040C02F053", 0x6882),
    ("MANAGE CHANNEL, reset", "00704000", 0x6A86),
    ("MANAGE CHANNEL, open channel 4", "00700004", 0x6A86),
    ("MANAGE CHANNEL, open without Le", "00700000", 0x6700),
    ("MANAGE CHANNEL, open channel 1 with Le", "0070000100", 0x6700),
    ("secure messaging", "0CA4040C02F053", 0x6882),
    ("proprietary class", "80CA010100", 0x6E00),
    ("unknown INS", "00060000", 0x6D00),
    ("SELECT with unknown P1", "00A40A0C02F053", 0x6A86),
    ("SELECT the previous file with an id", "00A4000F023F00", 0x6A86),
    ("SELECT the next by file id", "00A4000E023F00", 0x6A86),
    ("SELECT with an odd path", "00A4080C037F1001", 0x6700),
    (
        "SELECT with an AID of 17 bytes",
        "00A4040C11F0000000000000000000000000000000AA",
        0x6700,
    ),
    ("SELECT with Le and no reply", "00A4000C023F0000", 0x6700),
    ("READ BINARY without Le", "00B00000", 0x6700),
    ("READ BINARY with short id 1F", "00B09F0000", 0x6A86),
    ("UPDATE BINARY without data", "00D60000", 0x6700),
    (
        "CREATE FILE with a long length",
        "00E000000A62810782013883027F10",
        0x6A80,
    ),
    ("GET CHALLENGE of 257 bytes", "00840000000101", 0x6700),
    ("VERIFY of an unknown PIN", "002000030431323334", 0x6A88),
    ("VERIFY of three digits", "0020000103313233", 0x6700),
    (
        "GENERATE ASYMMETRIC KEY PAIR with the wrong template",
        "0046800005A60383010100",
        0x6A80,
    ),
    ("PSO with unknown P2", "002A00AE037F4E00", 0x6A86),
    ("DEACTIVATE FILE by no way there is", "00040500023F00", 0x6A86),
    (
        "ACTIVATE FILE with an AID of 4 bytes",
        "0044040004F0112233",
        0x6A80,
    ),
    (
        "RESET RETRY COUNTER of a DF's PIN",
        "002C00810C313233343536373831323334",
        0x6A88,
    ),
    (
        "RESET RETRY COUNTER with 11 bytes",
        "002C00010B3132333435363738313233",
        0x6700,
    ),
    (
        "EXTERNAL AUTHENTICATE with a body alone",
        "0082000002EC00",
        0x6A80,
    ),
    ("APPLICATION MANAGEMENT REQUEST 0B", "00400B00", 0x6A81),
    (
        "authorize with three objects",
        "004004000C800400000001F000F000F000",
        0x6A80,
    ),
    ("lower a floor without Le", "0040060006800400000001", 0x6700),
    ("collect without a digest", "0040080006860400000001", 0x6A80),
    ("a revocation list and Le", "0040090002F00000", 0x6700),
    ("APPLICATION MANAGEMENT REQUEST 05 with P2", "00400501", 0x6A86),
    ("drop without a number", "004005000380010100", 0x6700),
    ("drop with a short number", "0040050003800101", 0x6A80),
    ("last block without Le", "00EA800008800400000001ED00", 0x6700),
];

/// What is wrong, the value of AB, and where.
const BAD_RULES: [(&str, &str, usize); 20] = [
    ("mode without condition", "800101", 3),
    ("condition without mode", "9000", 0),
    ("no mode bit", "8001009000", 0),
    ("undefined mode bit", "8001809000", 0),
    ("mode of two bytes", "800201019000", 0),
    ("always with a value", "800101900100", 3),
    ("unknown condition", "8001019100", 3),
    ("PIN 00", "800101A406830100950108", 5),
    ("PIN 80", "800101A406830180950108", 5),
    ("PIN 90", "800101A406830190950108", 5),
    ("PIN with the wrong usage", "800101A406830101950180", 8),
    ("PIN with something left over", "800101A4088301019501089000", 11),
    ("role 07", "800101A4079501805F4C0107", 8),
    ("any of one", "800101A0029000", 3),
    ("all of none", "800101AF00", 3),
    ("not over two", "800101A70490009700", 3),
    ("not over a PIN", "800101A708A406830101950108", 3),
    ("four deep", "800101A708A706A704A7029000", 9),
    ("long length", "800101908100", 3),
    (
        "nine pairs",
        "800101900080010290008001049000800108900080011090008001209000800140900080010390008001059000",
        40,
    ),
];

const GOOD_RULES: [&str; 9] = [
    "",
    "read: always",
    "read, update: pin 01; delete: never",
    "change: pin 81",
    "use: pin 81 and (role issuer or role provider)",
    "read: secure-messaging or (pin 01 and (pin 02 or role data-certifier))",
    "read: not secure-messaging",
    "read: not (never or not always)",
    "read: always; update: always; use: always; deactivate: never; activate: never; terminate: never; delete: never",
];

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn status(bytes: &[u8]) -> Status {
    match CommandApdu::parse(bytes) {
        Ok(apdu) => Command::decode(&apdu).err().unwrap_or(Status::SUCCESS),
        Err(error) => error.into(),
    }
}

fn commands() -> Value {
    let mut good = Vec::new();
    samples::each(|name, command| {
        let (mut out, mut wire) = (vec![0; ROOM], vec![0; ROOM + 9]);
        let length = command.encode(&mut out).unwrap().write(&mut wire).unwrap();
        good.push(
            json!({ "name": name, "command": command.name(), "apdu": hex::encode_upper(&wire[..length]) }),
        );
    });
    let bad: Vec<_> = BAD_COMMANDS
        .iter()
        .chain(&samples::records::BAD)
        .chain(&samples::file_commands::BAD)
        .map(|(name, apdu, status)| json!({ "name": name, "apdu": apdu.replace(' ', ""), "status": format!("{status:04X}") }))
        .collect();
    json!({ "format": "symbolon wire format 0.2, SPEC.md section 1", "good": good, "bad": bad })
}

/// What a card allows with nothing established, and with PIN 01 and the issuer: mode bits in hexadecimal.
fn allowed(rules: AccessRules<'_>, established: &[Condition]) -> String {
    let bits = (0..8).map(|shift| 1 << shift);
    let allowed =
        bits.filter(|&bit| rules.allows(AccessMode(bit), &mut |asked| established.contains(&asked)));
    format!("{:02X}", allowed.sum::<u8>())
}

const SOMEBODY: [Condition; 2] = [Condition::Pin(0x01), Condition::Role(0x03)];

fn access() -> Value {
    let good: Vec<_> = GOOD_RULES
        .iter()
        .map(|text| {
            let mut out = [0; RULE_MAX];
            let rules = parse(text, &mut out).unwrap();
            json!({
                "text": rules.to_string(),
                "value": hex::encode_upper(rules.as_bytes()),
                "allowed to all": allowed(rules, &[]),
                "allowed with pin 01 and role issuer": allowed(rules, &SOMEBODY),
            })
        })
        .collect();
    let bad: Vec<_> = BAD_RULES
        .iter()
        .map(|(name, value, position)| json!({ "name": name, "value": value.replace(' ', ""), "position": position }))
        .collect();
    json!({ "format": "symbolon wire format 0.2, SPEC.md section 8: values of AB", "good": good, "bad": bad })
}

/// The file of this name: compared with `samples`, or written from them when blessed.
fn vectors(name: &str, samples: &Value) -> Value {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    if std::env::var_os("SYMBOLON_BLESS").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(samples).unwrap() + "\n").unwrap();
    }
    let stored: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(&stored, samples, "{name} and the samples differ");
    stored
}

#[test]
fn commands_are_read_as_ever() {
    let vectors = vectors("commands.json", &commands());
    for vector in vectors["good"].as_array().unwrap() {
        let bytes = unhex(vector["apdu"].as_str().unwrap());
        let apdu = CommandApdu::parse(&bytes).unwrap();
        let command = Command::decode(&apdu).unwrap_or_else(|status| panic!("{vector}: {status}"));
        assert_eq!(command.name(), vector["command"]);
        assert_eq!(command.encode(&mut [0; ROOM]), Ok(apdu), "{vector}");
    }
    for vector in vectors["bad"].as_array().unwrap() {
        let bytes = unhex(vector["apdu"].as_str().unwrap());
        assert_eq!(format!("{:04X}", status(&bytes).0), vector["status"], "{vector}");
    }
}

#[test]
fn access_rules_are_read_as_ever() {
    let vectors = vectors("access.json", &access());
    for vector in vectors["good"].as_array().unwrap() {
        let value = unhex(vector["value"].as_str().unwrap());
        let rules = AccessRules::new(&value).unwrap_or_else(|error| panic!("{vector}: {error}"));
        assert_eq!(rules.to_string(), vector["text"]);
        assert_eq!(allowed(rules, &[]), vector["allowed to all"], "{vector}");
        assert_eq!(
            allowed(rules, &SOMEBODY),
            vector["allowed with pin 01 and role issuer"],
            "{vector}"
        );
    }
    for vector in vectors["bad"].as_array().unwrap() {
        let value = unhex(vector["value"].as_str().unwrap());
        let error = AccessRules::new(&value)
            .map(|rules| rules.to_string())
            .unwrap_err();
        assert_eq!(error.position, vector["position"], "{vector}: {error}");
    }
}
