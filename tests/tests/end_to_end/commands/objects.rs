//! What GET DATA, GET CHALLENGE and GENERATE ASYMMETRIC KEY PAIR answer, decoded by apdu-spec.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::command::read_public_key;
use apdu_spec::data::{self, CardInformation, CardStatus};
use apdu_spec::file::LifeCycle;
use apdu_spec::object::Signed;

use super::stage::{AIDS, BULK, stage};
use super::table::{Chip, bytes, hex, in_order};

fn object(chip: &mut Chip, tag: u16) -> Vec<u8> {
    chip.done(&format!("00CA{tag:04X} 000000"))
}

/// Losing this makes host and card speak of different things.
#[test]
fn every_object_of_a_registered_card() {
    let stage = stage();
    let mut chip = Chip::of(&stage.registered);
    let status = CardStatus::read(&object(&mut chip, data::CARD_STATUS)).unwrap();
    assert_eq!(
        (status.life_cycle, status.damaged),
        (LifeCycle::Operational, false)
    );
    assert_eq!(
        (
            status.content_counter,
            status.receipts_written,
            status.requests_used
        ),
        (2, 3, 2)
    );
    assert_eq!(status.wire_format, data::WIRE_FORMAT);
    assert!(status.free_bytes > u32::from(BULK));
    assert_eq!(
        object(&mut chip, data::ISSUER_REGISTRAR_ROOT),
        stage.parties.issuer_registrar.root().encoded()
    );
    assert_eq!(
        object(&mut chip, data::DATA_REGISTRAR_ROOT),
        stage.parties.data_registrar.root().encoded()
    );
    assert_eq!(
        object(&mut chip, data::ISSUER_CERTIFICATE),
        stage.parties.issuer.certificate().encoded()
    );
    let certificate = object(&mut chip, data::CARD_CERTIFICATE);
    assert_eq!(certificate, stage.certificate);
    let certificate = Certificate::parse(&certificate).unwrap();
    assert_eq!(certificate.role, Role::Card);
    assert_eq!(object(&mut chip, data::OPEN_REQUESTS), b"");

    chip.done("00200001 04 31333537");
    let newest = object(&mut chip, data::NEWEST_RECEIPT);
    assert_eq!(Signed::parse(&newest).unwrap().receipt().unwrap().number, 2);
    assert_eq!(object(&mut chip, data::RECEIPT), newest);
    for number in 0..3 {
        let receipt = chip.done(&format!("00CB0109 000006 8604{number:08X} 0000"));
        assert_eq!(Signed::parse(&receipt).unwrap().receipt().unwrap().number, number);
        assert_eq!(receipt == newest, number == 2);
    }
    let listed = object(&mut chip, data::APPLICATIONS);
    let entries: Vec<_> = data::applications(&listed).unwrap().collect();
    assert_eq!(
        entries
            .iter()
            .map(|entry| hex(entry.aid.as_bytes()))
            .collect::<Vec<_>>(),
        AIDS
    );
    assert!(
        entries
            .iter()
            .all(|entry| (entry.label, entry.version) == ("Notes", 1))
    );
    assert_ne!(entries[0].salt, entries[1].salt);
    assert_eq!(object(&mut chip, data::LAST_REASON), [0x80, 0x01, 0x00]);

    let point = read_public_key(&chip.done("00468100 05 B603830101 00")).unwrap();
    assert_eq!(&point, certificate.point);
    assert_ne!(
        read_public_key(&chip.done("00468100 05 A603830102 00")).unwrap(),
        point
    );

    chip.done("00A4020C 02 2F01");
    assert_eq!(
        CardInformation::read(&chip.done("00B00000 00"))
            .unwrap()
            .platform_version,
        status.platform_version
    );
    chip.done("00A4020C 02 2F02");
    assert_eq!(
        data::read_serial_number(&chip.done("00B00000 00")),
        Ok(status.serial_number)
    );
    chip.done("00A4020C 02 2F00");
    let directory = chip.done("00B00000 00");
    let names: Vec<_> = data::directory(&directory)
        .unwrap()
        .map(|entry| hex(entry.aid.as_bytes()))
        .collect();
    assert_eq!(names, AIDS);
}

/// Losing this lets a reason of one command be taken for another's.
#[test]
fn the_last_reason_is_that_of_the_last_refusal() {
    let mut chip = Chip::of(&stage().registered);
    for (name, command, status, reason) in [
        (
            "already registered",
            "00E00000 0D 62 0B 80020010 820101 83020200",
            0x6985,
            0x02,
        ),
        ("no such request", "00EA0000 09 800400000009 ED0100", 0x6A88, 0x03),
        ("a refusal without reason", "00B00000 00", 0x6986, 0x00),
        ("no consent", "00040400 07 F053594D010101", 0x6982, 0x11),
        ("a malformed command", "00400500 03 800100", 0x6A80, 0x00),
    ] {
        assert_eq!(chip.send(&bytes(command)), (Vec::new(), status), "{name}");
        assert_eq!(
            object(&mut chip, data::LAST_REASON),
            [0x80, 0x01, reason],
            "{name}"
        );
        assert_eq!(
            object(&mut chip, data::LAST_REASON),
            [0x80, 0x01, reason],
            "{name}, asked again"
        );
    }
}

/// Losing this gives a predictable or a short challenge.
#[test]
fn challenges_have_the_length_that_was_asked_for() {
    let mut chip = Chip::of(&stage().registered);
    let rows = [
        ("00840000 01", 1),
        ("00840000 08", 8),
        ("00840000 FF", 255),
        ("00840000 00", 256),
        ("00840000 000100", 256),
    ];
    for (command, length) in rows {
        let (one, other) = (chip.done(command), chip.done(command));
        assert_eq!((one.len(), other.len()), (length, length), "{command}");
        assert!(length < 8 || one != other, "{command}");
    }
}

/// Losing this lets a registered card's keys be made anew, and its certificate with them be worthless.
#[test]
fn keys_are_made_before_registration_only() {
    let mut chip = Chip::of(&stage().blank);
    let first = chip.done("00468000 05 B603830101 00");
    assert_eq!(chip.done("00468100 05 B603830101 00"), first);
    let second = chip.done("00468000 05 B603830101 00");
    assert_ne!(second, first, "made anew");
    assert_eq!(chip.done("00468100 05 B603830101 00"), second);
    let mut chip = Chip::of(&stage().registered);
    let before = chip.done("00468100 05 B603830101 00");
    let rows = [
        ("registration key", "00468000 05 B603830101 00", 0x6985),
        ("key-agreement key", "00468000 05 A603830102 00", 0x6985),
        (
            "a key that the application has not",
            "00468000 05 B603830181 00",
            0x6A88,
        ),
    ];
    in_order(&mut chip, &rows);
    assert_eq!(chip.done("00468100 05 B603830101 00"), before);
}
