//! Receipts: all of them, a proof of the newest, and that they were collected.

use apdu_spec::certificate::{KeyOrigin, Policy, Role};
use apdu_spec::date::Date;
use apdu_spec::file::LifeCycle;
use apdu_spec::object::{Algorithm, Header, Mode, ReceiptHead, Signed};

use super::loading::receipt_about;
use super::*;

pub(super) fn ok(bytes: &[u8]) -> String {
    format!("{} 9000", hex(bytes))
}

fn numbered(number: u32, answer: String) -> (String, String) {
    (format!("00CB0109 000006 8604{number:08X} 0000"), answer)
}

/// A receipt left out would be lost when the rest is collected.
#[test]
fn all_receipts_that_are_kept_come_in_order() {
    let steps = vec![
        ("00CA0108 000000".to_owned(), ok(&receipt_about(3, 5))),
        numbered(2, ok(&receipt_about(2, 4))),
        numbered(1, "6A88".to_owned()),
    ];
    let receipts = with_card(steps, |session| session.receipts()).unwrap();
    assert_eq!(receipts, [receipt_about(2, 4), receipt_about(3, 5)]);
    let none = vec![("00CA0108 000000", "6A88")];
    assert!(with_card(none, |session| session.receipts()).unwrap().is_empty());
}

/// A head over another nonce is an old one.
#[test]
fn a_proof_is_over_the_nonce_that_was_given() {
    let head = |nonce: [u8; 16]| {
        let head = ReceiptHead {
            header: Header {
                mode: Mode::Registration,
                role: Role::Card,
                certificate: [1; 32],
                previous: [2; 32],
                algorithm: Algorithm::EcdsaP256Sha256,
            },
            receipts: 4,
            nonce,
            date: Date::MIN,
        };
        let (mut body, mut out) = ([0; ReceiptHead::MAX], [0; 300]);
        let length = head.write_body(&mut body).unwrap();
        let length = Signed::assemble(&body[..length], &[9; 64], &mut out).unwrap();
        out[..length].to_vec()
    };
    let prove = |answer: Vec<u8>| {
        let ask = format!("00400700 000012 8010 {} 0000", hex(&[3; 16]));
        with_card(vec![(ask, ok(&answer))], |session| {
            session.prove_receipts([3; 16])
        })
    };
    assert_eq!(prove(head([3; 16])).unwrap(), head([3; 16]));
    assert_eq!(prove(head([4; 16])).unwrap_err().class(), Class::Internal);
}

/// GET DATA 0101 of a card with these receipts not collected and these transport PINs.
pub(super) fn status(uncollected: u8, transport_pins: TransportPins) -> Vec<u8> {
    let status = data::CardStatus {
        wire_format: data::WIRE_FORMAT,
        platform_version: 2,
        life_cycle: LifeCycle::Operational,
        date: Date::MIN,
        content_counter: 0,
        receipts_written: 5,
        requests_used: 0,
        content_policy: Policy::NONE,
        free_bytes: 0,
        serial_number: [0; 8],
        damaged: false,
        receipts_uncollected: uncollected,
        key_origin: KeyOrigin::Card,
        transport_pins,
    };
    let mut out = [0; data::CardStatus::ENCODED];
    let length = status.write(&mut out).unwrap();
    out[..length].to_vec()
}

/// A card that forgets nothing would be full one day although everybody collected.
#[test]
fn a_card_that_still_counts_collected_receipts_is_noticed() {
    let collect = |left: u8| {
        let ask = format!("00400800 28 8604 00000003 8420 {}", hex(&[8; 32]));
        let steps = vec![
            (ask, "9000".to_owned()),
            (
                "00CA0101 000000".to_owned(),
                ok(&status(left, TransportPins::default())),
            ),
        ];
        with_card(steps, |session| session.collect_receipts(3, &[8; 32]))
    };
    assert_eq!(collect(1).unwrap(), 1);
    assert_eq!(collect(0).unwrap(), 0);
    assert!(matches!(collect(2), Err(Error::NotAsWritten { .. })));
}
