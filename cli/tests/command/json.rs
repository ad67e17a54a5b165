//! The JSON form: schema 1, whose fields scripts rely on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::World;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Fields may be added to this list; one that goes away is a new schema.
const FIELDS: &[(&str, &str)] = &[
    (
        "card info --card card.img",
        "card serial_number life_cycle wire_format platform_version damaged date content_policy content_counter receipts \
         receipts_uncollected key_origin requests_used free_bytes user_pin consent_pin issuer_registrar data_registrar \
         issuer registration links revocation_lists hidden applications floors open_requests",
    ),
    ("card tree --card card.img", "card root complete"),
    ("card map --card card.img", "flash announced cannot_know"),
    (
        "card backup --card card.img",
        "written_to serial_number applications files files_with_content receipts complete unread backup",
    ),
    (
        "card compare --card card.img --with card.img --only identity",
        "first second compared same differences",
    ),
    (
        "card receipts --card card.img",
        "receipts gaps report waited waiting written_to recorded_at unchecked not_recorded",
    ),
    (
        "card prove-receipts --card card.img",
        "receipts card_verified newest date nonce head written_to report",
    ),
    (
        "card unblock user --card card.img --dry-run",
        "pin unblocked requests_dropped state tries_left",
    ),
    (
        "registrar rollover --registrar datareg -o link.cvc",
        "registrar link written_to",
    ),
    ("card load-link link.cvc --card card.img", "link"),
    (
        "registrar revoke notiz.cvc --registrar datareg -o list.f0",
        "registrar number date revoked written_to",
    ),
    (
        "registrar revocations export --registrar datareg -o list.f0",
        "registrar number date revoked written_to",
    ),
    (
        "card load-revocations list.f0 --card card.img --dry-run",
        "registrar number date revoked",
    ),
    (
        "provider certify notes.pkg --provider notiz -o certified.json",
        "provider repeated written_to mode operation aid version package_digest expiry steps next refusals",
    ),
    (
        "issuer renew --issuer alpenbank --card card.img --dry-run",
        "card certificate registered_before receipt receipts_waiting warnings",
    ),
    (
        "issuer release --issuer alpenbank --card card.img --to CHNEUBANK -o release.f0",
        "card to repeated written_to",
    ),
    (
        "issuer share-key --issuer alpenbank --card card.img --dry-run",
        "party card version approval",
    ),
    (
        "card drop-request 1 --card card.img --dry-run",
        "number dropped mode operation aid comparison_code",
    ),
    ("card read 2F00 --card card.img", "path size content"),
    (
        "card verify-pin user --card card.img",
        "pin verified state tries_left",
    ),
    (
        "party show alpenbank",
        "folder role name database public_key certificate trusts",
    ),
    ("issuer cards --issuer alpenbank", "issuer cards"),
    ("provider packages --provider notiz", "provider packages"),
    ("provider holders --provider notiz", "provider holders"),
    (
        "package show notes.pkg",
        "file aid version label quota size blocks package_digest manifest_digest first_block_digest sealed_for files pins keys",
    ),
    ("package verify notes.pkg", "file aid version package_digest"),
    (
        "approval show store.json",
        "mode operation aid version package_digest provider card number expiry comparison_code steps next refusals \
         card_certificate issuer_certificate provider_certificate",
    ),
    (
        "approval status store.json",
        "mode operation aid version comparison_code steps next missing_certificates refusals",
    ),
    (
        "approval verify store.json --party notiz",
        "good complete comparison_code checks cannot_know",
    ),
    (
        "approval verify store.json --party notiz --kept-by alpenbank",
        "good complete comparison_code checks cannot_know chain",
    ),
    (
        "approval apply store.json --card card.img --package notes.pkg",
        "before receipt receipts_waiting comparison_code next",
    ),
    (
        "approval record store.json --party alpenbank",
        "party continuity warnings",
    ),
    ("man pages", "folder pages"),
    ("sim new other.img", "file size serial_number"),
];

#[test]
fn results_have_the_fields_of_schema_1() {
    let world = World::agreed();
    for (line, fields) in FIELDS {
        let ran = world.run(&format!("{line} --json")).done();
        assert_eq!(ran.err, "", "{line}");
        let document = ran.document();
        let mut frame = BTreeSet::from(["schema", "command", "result"]);
        if line.ends_with(" --dry-run") {
            frame.insert("dry_run");
        }
        assert_eq!(keys(&document), frame, "{line}");
        let command = document["command"].as_str().unwrap();
        assert!(line.starts_with(command), "{line} calls itself {command}");
        let result = keys(&document["result"]);
        for field in fields.split_whitespace() {
            assert!(result.contains(field), "{line}: {field} is not among {result:?}");
        }
    }
}

/// Losing this makes a script that reads standard output wait for a document that never comes, or read two.
#[test]
fn errors_are_one_document_on_standard_output() {
    let world = World::registered();
    let error = |line: &str| {
        let ran = world.run(line);
        assert_eq!(ran.err, "", "{ran:?}");
        let document = ran.document();
        assert_eq!(keys(&document), BTreeSet::from(["schema", "error"]));
        let error = document["error"].clone();
        assert_eq!(error["exit_code"], ran.code, "{ran:?}");
        for field in ["step", "message", "remedy"] {
            assert!(!error[field].as_str().unwrap().is_empty(), "{ran:?}");
        }
        error
    };
    let refused = error("card read 5F01 --card card.img --json");
    assert_eq!(
        (&refused["class"], &refused["party"]),
        (&"refused".into(), &"card".into())
    );
    assert_eq!(refused["status_word"], "6982");
    assert_eq!(error("card read 5F01 --card none.img --json")["class"], "no card");
    assert_eq!(
        error("--json approval show notes.pkg")["status_word"],
        Value::Null
    );
    assert_eq!(error("--json card nonsense")["class"], "usage");
    assert!(
        error("card --json")["message"]
            .as_str()
            .unwrap()
            .contains("a command is missing behind \"symbolon card\"")
    );
    let again =
        error("issuer personalize --issuer alpenbank --card card.img --user Ada --letter letter --json");
    assert_eq!(again["reason"], "AlreadyRegistered");
}

/// Every file that is there to stay: a database's own files come and go.
fn names(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let passing = path.to_string_lossy().ends_with("-wal") || path.to_string_lossy().ends_with("-shm");
        if path.is_dir() {
            found.extend(names(&path));
        }
        if !passing {
            found.insert(path);
        }
    }
    found
}

#[test]
fn a_dry_run_says_so_and_changes_nothing() {
    let world = World::agreed();
    for line in [
        "provider certify notes.pkg --provider notiz --mode 7 -o seven.json",
        "party new certifier --role data-certifier --name DECERTIF",
        "registrar delegate certifier/request.cvr --registrar datareg -o certifier.cvc",
        "party accept certifier --certificate certifier.cvc --root datareg/certificate.cvc",
        "registrar revocations export --registrar datareg --again -o empty.f0",
        "sim new blank.img",
    ] {
        world.run(line).done();
    }
    let look = || {
        let files =
            ["card.img", "store.json", "seven.json"].map(|file| std::fs::read(world.file(file)).unwrap());
        (
            files,
            names(world.path()),
            world.json("card info --card card.img"),
            world.json("issuer cards --issuer alpenbank"),
        )
    };
    let before = look();
    for line in [
        "sim new other.img",
        "party new other --role issuer --name CHOTHER",
        "party trust notiz datareg/certificate.cvc",
        "registrar certify notiz/request.cvr --registrar datareg --prefix F04E4F5445 -o other.cvc",
        "issuer register --issuer alpenbank --card card.img",
        "provider add-package notes.pkg --provider notiz",
        "package build PACKAGES/notes.toml -o other.pkg",
        "card verify-pin user --card card.img",
        "card change-pin user --card card.img",
        "approval request --card card.img --package notes.pkg --provider-name DENOTIZ -o other.json",
        "approval sign store.json --party alpenbank",
        "approval sign store.json --party notiz",
        "approval refuse store.json --party notiz --text no",
        "approval sign store.json --party alpenbank --mac",
        "approval request --card card.img --mode 3 --package notes.pkg --provider-name DENOTIZ -o other.json",
        "registrar delegate certifier/request.cvr --registrar datareg -o other.cvc",
        "registrar certify-data seven.json --certifier certifier --package notes.pkg",
        "registrar certify-data seven.json --certifier certifier --refuse no",
        "registrar revoke notiz.cvc --registrar datareg -o other.f0",
        "registrar revocations export --registrar datareg -o other.f0",
        "registrar rollover --registrar datareg -o other.cvc",
        "provider certify notes.pkg --provider notiz -o other.json",
        "provider share-key --provider notiz --card card.img",
        "issuer share-key --issuer alpenbank --approval store.json",
        "issuer renew --issuer alpenbank --card card.img --modes 1",
        "issuer release --issuer alpenbank --card card.img --to CHNEUBANK -o other.f0",
        "issuer personalize --issuer alpenbank --card blank.img --user Eve --letter other-letter --key-made-by-issuer",
        "party trust alpenbank empty.f0",
        "card drop-request 1 --card card.img",
        "card receipts --card card.img --output other-receipts --record-at alpenbank --collect",
        "card unblock user --card card.img",
        "card load-link datareg/certificate.cvc --card card.img",
        "card load-revocations empty.f0 --card card.img",
        "approval apply store.json --card card.img --package notes.pkg",
        "man other",
    ] {
        let ran = world.run(&format!("{line} --dry-run")).done();
        assert!(
            ran.out.starts_with("dry run: nothing was changed; "),
            "{line}: {ran:?}"
        );
        let document = world.run(&format!("{line} --dry-run --json")).done().document();
        assert_eq!(document["dry_run"], true, "{line}");
    }
    assert!(look() == before);
    let left = std::fs::read_dir(world.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let others: Vec<_> = left
        .filter(|name| name.to_string_lossy().starts_with("other"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}
