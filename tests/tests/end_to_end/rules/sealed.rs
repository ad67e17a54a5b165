//! Sealed content: one card reads it, in the application it was sealed for, and nobody else anywhere.

use std::path::Path;

use apdu_spec::certificate::{Certificate, Extension};
use apdu_spec::command::Command;
use apdu_spec::object::Operation;
use apdu_spec::package::{FileEntry, ManifestBuilder, Seal};
use apdu_spec::reason::Reason;
use parties::crypto::sha256;
use parties::package::{Package, Recipient};
use symbolon::scene::steps::{self, done};
use symbolon::scene::wares::Ware;

use super::table::{Table, aid};

/// What nobody else may learn: more than a block of it, and a few bytes in another file.
const LONG: u16 = 0x0102;
const SHORT: u16 = 0x0103;
const CLEAR: u16 = 0x0101;

fn long() -> String {
    "not for the postman. ".repeat(150)
}

fn recipient(table: &Table) -> Recipient {
    let rc = Certificate::parse(&table.certificate).unwrap();
    let Extension::Card(card) = rc.extension else {
        panic!("no RC")
    };
    Recipient {
        card: sha256(rc.point),
        key_agreement: *card.key_agreement,
        provider: table.parties.provider.identity().unwrap(),
    }
}

fn letter(recipient: &Recipient) -> Ware {
    let long = long();
    let text = format!(
        r#"
        format = 1
        aid = "{}"
        version = 1
        label = "Letter"
        [[file]]
        path = "0101"
        access = {{ read = "always" }}
        on-replace = "reset"
        content = {{ text = "for everybody" }}
        [[file]]
        path = "0102"
        access = {{ read = "always" }}
        on-replace = "reset"
        sealed = true
        content = {{ text = "{long}" }}
        [[file]]
        path = "0103"
        access = {{ read = "always" }}
        on-replace = "reset"
        sealed = true
        content = {{ text = "words of one card" }}
        "#,
        aid(1)
    );
    Ware::from(Package::build_for(recipient, &text, Path::new(""), "letter").unwrap())
}

/// The same bytes under another manifest: what somebody does who has the package and a name of his own.
fn taken_over(ware: &Ware, change: impl Fn(&mut ManifestBuilder<'_>)) -> Ware {
    let manifest = ware.package().manifest().unwrap();
    let (rules, files): (Vec<_>, Vec<FileEntry>) = (manifest.rules().collect(), manifest.files().collect());
    let mut builder = ManifestBuilder {
        aid: manifest.aid(),
        version: manifest.version(),
        label: manifest.label(),
        quota: manifest.quota(),
        rules: &rules,
        files: &files,
        pins: &[],
        keys: &[],
        seal: manifest.seal(),
    };
    change(&mut builder);
    let mut package = vec![0; 1900];
    let length = builder.write(&mut package).unwrap();
    package.truncate(length);
    package.extend_from_slice(&ware.package().bytes()[manifest.encoded().len()..]);
    Ware::from(Package::parse("taken over", &package).unwrap())
}

fn read(table: &mut Table, application: u8, file: u16) -> Vec<u8> {
    steps::read_file(&mut table.chip(), aid(application).as_bytes(), file).unwrap()
}

/// Everybody agreed, and yet the card keeps nothing of it.
fn refuses_manifest(table: &mut Table, ware: &Ware, reason: Reason) {
    let request = table.open(ware, Operation::Store);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    let block = steps::load_command(ware, 0, signatures.number).unwrap();
    table.refuses(reason, |table| done(&mut table.chip(), "load", &block).map(drop));
}

#[test]
fn sealed_content_is_read_on_its_card() {
    let mut table = Table::registered();
    let ware = letter(&recipient(&table));
    let travelling = ware.package().bytes();
    for clear in ["postman", "words of one card"] {
        let found = travelling
            .windows(clear.len())
            .any(|window| window == clear.as_bytes());
        assert!(!found, "{clear} travels in clear");
    }
    table.store(&ware);
    assert_eq!(read(&mut table, 1, CLEAR), b"for everybody");
    assert_eq!(read(&mut table, 1, LONG), long().as_bytes());
    assert_eq!(read(&mut table, 1, SHORT), b"words of one card");
    assert_ne!(
        letter(&recipient(&table)).package().bytes(),
        travelling,
        "a key is used once"
    );
}

#[test]
fn content_sealed_for_another_card_is_refused() {
    let mut table = Table::registered();
    let ware = letter(&Recipient {
        card: sha256(b"another card"),
        ..recipient(&table)
    });
    refuses_manifest(&mut table, &ware, Reason::NotThisCard);
}

/// Whoever chooses the point chooses what the card computes with its key: a point of a weaker curve would tell the key.
#[test]
fn a_seal_with_a_point_off_the_curve_is_refused() {
    let mut table = Table::registered();
    let good = letter(&recipient(&table));
    let ware = taken_over(&good, |builder| {
        let seal = builder.seal.unwrap();
        let mut point = *seal.ephemeral;
        point[64] ^= 1;
        builder.seal = Some(Seal {
            ephemeral: Box::leak(Box::new(point)),
            ..seal
        });
    });
    refuses_manifest(&mut table, &ware, Reason::BadManifest);
}

/// A provider who gets hold of somebody's package would otherwise have the card open it for him.
#[test]
fn a_seal_taken_over_into_another_application_opens_nothing() {
    let mut table = Table::registered();
    let good = letter(&recipient(&table));
    let ware = taken_over(&good, |builder| builder.aid = aid(2));
    table.store(&ware);
    assert_eq!(read(&mut table, 2, CLEAR), b"for everybody");
    assert_ne!(read(&mut table, 2, SHORT), b"words of one card");
    assert_ne!(read(&mut table, 2, LONG)[..20], long().as_bytes()[..20]);
    let namesake = Recipient {
        provider: apdu_spec::object::ProviderId {
            root: sha256(b"another registrar"),
            ..recipient(&table).provider
        },
        ..recipient(&table)
    };
    table.store(&letter(&namesake));
    assert_ne!(
        read(&mut table, 1, SHORT),
        b"words of one card",
        "a namesake's seal"
    );
}

/// How often the card's flash has these bytes.
fn on_flash(table: &mut Table, bytes: &[u8]) -> usize {
    let flash = table.card.snapshot().unwrap();
    flash
        .windows(bytes.len())
        .filter(|window| *window == bytes)
        .count()
}

/// Who takes the flash off the board finds what is sealed only as long as it is there to be read.
#[test]
fn what_was_opened_is_gone_with_its_request_and_with_its_application() {
    let mut table = Table::registered();
    let ware = letter(&recipient(&table));
    let secret = b"words of one card";
    let request = table.open(&ware, Operation::Store);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    let number = signatures.number;
    let blocks = ware.blocks().len();
    for index in 0..blocks - 1 {
        let load = steps::load_command(&ware, index, number).unwrap();
        done(&mut table.chip(), "load", &load).unwrap();
    }
    assert!(
        on_flash(&mut table, b"not for the postman") > 0,
        "opened when it is kept"
    );
    steps::consent(&mut table.chip()).unwrap();
    done(&mut table.chip(), "drop", &Command::DropRequest { number }).unwrap();
    assert_eq!(on_flash(&mut table, b"not for the postman"), 0, "dropped");

    table.store(&ware);
    assert_eq!(on_flash(&mut table, secret), 1);
    let request = table.open(&ware, Operation::Delete);
    let removal = table.sign(&request, |_| (), |_| ());
    table.authorize(&removal).unwrap();
    steps::consent(&mut table.chip()).unwrap();
    let number = removal.number;
    done(
        &mut table.chip(),
        "remove",
        &Command::RemoveApplication { number },
    )
    .unwrap();
    assert_eq!(on_flash(&mut table, secret), 0, "deleted");
    assert_eq!(on_flash(&mut table, b"not for the postman"), 0, "deleted");
}
