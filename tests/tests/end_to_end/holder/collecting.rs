//! Receipts that wait for those they concern.

use apdu_spec::certificate::Certificate;
use apdu_spec::command::Command;
use apdu_spec::data::{self, ReceiptSelector};
use apdu_spec::object::{Operation, ReceiptHead, Signed};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use parties::crypto::{sha256, signed_by};
use symbolon::scene::steps::{pins, read_receipt};

use super::stage::{Chip, aid, base, collect, get, last_block, notes, others, sdi, stored, verify};

const WAITING: u8 = 16;

fn receipt(chip: &mut Chip, number: u32) -> Vec<u8> {
    chip.done(&verify(PinReference::User, pins::USER));
    chip.done(&get(data::RECEIPT, &ReceiptSelector(number).to_bytes()))
}

/// Losing this lets a terminal keep the last receipts to itself.
#[test]
fn the_newest_receipt_is_proved_over_a_nonce() {
    let mut chip = Chip::of(&stored().0);
    let before = chip.dump();
    let newest = stored().1.last().unwrap();
    for nonce in [[1; 16], [2; 16]] {
        let answer = chip.done(&Command::ProveReceipts { nonce });
        let signed = Signed::parse(&answer).unwrap();
        let head: ReceiptHead = signed.read().unwrap();
        assert_eq!(head.nonce, nonce);
        assert_eq!(head.receipts, 6);
        assert_eq!(head.header.previous, sha256(newest));
        assert_eq!(head.header.certificate, sha256(&base().certificate));
        assert_eq!(head.date, chip.card_status().date);
        let certificate = Certificate::parse(&base().certificate).unwrap();
        assert!(signed_by(certificate.point, &signed));
    }
    assert_eq!(chip.dump(), before);
}

/// Losing this throws receipts away that nobody has read, or keeps a card from working for want of room for them.
#[test]
fn collecting_takes_the_digest_and_never_goes_back() {
    let mut chip = Chip::of(&stored().0);
    let receipts = &stored().1;
    assert_eq!(chip.card_status().receipts_uncollected, 6);
    let wrong = Status::INCORRECT_OBJECT;
    for command in [
        collect(3, &receipts[0]),
        collect(1, b"something else"),
        collect(6, &receipts[4]),
        collect(u32::MAX, &receipts[4]),
        Command::CollectReceipts {
            number: 5,
            held: [0; 32],
        },
        // The plain digest of a receipt is told by whatever follows it.
        Command::CollectReceipts {
            number: 5,
            held: sha256(&receipts[4]),
        },
    ] {
        chip.refuses(&command, wrong, Reason::OtherRequest);
    }
    assert_eq!(chip.card_status().receipts_uncollected, 6);
    chip.done(&collect(3, &receipts[2]));
    assert_eq!(chip.card_status().receipts_uncollected, 2);
    let collected = chip.dump();
    for number in [3_u32, 2, 1] {
        let index = usize::try_from(number).unwrap() - 1;
        chip.done(&collect(number, &receipts[index]));
        assert_eq!(chip.dump(), collected, "{number}");
    }
    assert_eq!(
        receipt(&mut chip, 1),
        receipts[0],
        "what was collected is still read"
    );
    chip.reset();
    chip.done(&collect(5, &receipts[4]));
    assert_eq!(chip.card_status().receipts_uncollected, 0);
    let mut blank = Chip::of(&base().personalised);
    blank.refuses(&collect(0, &[]), wrong, Reason::OtherRequest);
}

/// Losing this overwrites a receipt before anybody has it: the card did something that nobody can prove.
#[test]
fn nothing_is_done_while_sixteen_receipts_wait() {
    let provider = &base().parties.provider;
    let mut chip = Chip::of(&base().registered);
    let aids: Vec<_> = (0..WAITING).map(|last| aid([1, last])).collect();
    for aid in &aids[..14] {
        chip.carry_out(provider, &notes(*aid, 1), Operation::Store);
    }
    // Fifteen with the registration's. Two requests get their authorization while there is room for one more.
    let (one, two) = (notes(aids[14], 1), notes(aids[15], 1));
    let numbers = [&one, &two].map(|ware| {
        let number = chip.authorize(provider, ware, Operation::Store);
        chip.load_all_but_the_last(ware, number);
        number
    });
    chip.done(&last_block(&one, numbers[0]));
    assert_eq!(chip.card_status().receipts_uncollected, WAITING);
    let waiting = (Status::CONDITIONS_NOT_SATISFIED, Reason::ReceiptsUncollected);
    let kept = chip.send(&last_block(&two, numbers[1]));
    assert_eq!(kept.status, waiting.0);
    chip.refuses(&last_block(&two, numbers[1]), waiting.0, waiting.1);
    let sdi = sdi(provider, &notes(aids[0], 2), Operation::Replace);
    let mut encoded = vec![0; 512];
    let length = sdi.write_body(&mut encoded).unwrap();
    chip.consent();
    chip.refuses(
        &Command::OpenRequest {
            mode: apdu_spec::object::Mode::ViaIssuer,
            sdi,
            sdi_encoded: &encoded[..length],
        },
        waiting.0,
        waiting.1,
    );
    let oldest = receipt(&mut chip, 0);
    chip.done(&collect(0, &oldest));
    chip.reset();
    let answer = chip.done(&last_block(&two, numbers[1]));
    assert_eq!(read_receipt(&answer).unwrap().number, 16);
    assert_eq!(chip.card_status().receipts_uncollected, WAITING);
    // The ring has gone round: receipt 0 is where 16 is now.
    chip.done(&verify(PinReference::User, pins::USER));
    chip.refuses(
        &get(data::RECEIPT, &ReceiptSelector(0).to_bytes()),
        Status::REFERENCED_DATA_NOT_FOUND,
        Reason::None,
    );
    chip.refuses(
        &collect(0, &oldest),
        Status::INCORRECT_OBJECT,
        Reason::OtherRequest,
    );
    chip.refuses(
        &collect(0, &answer),
        Status::INCORRECT_OBJECT,
        Reason::OtherRequest,
    );
    for number in 1..17 {
        assert_eq!(read_receipt(&receipt(&mut chip, number)).unwrap().number, number);
    }
    // Removing waits too.
    chip.collect_all();
    chip.carry_out(&base().other, &notes(others(), 1), Operation::Store);
    assert_eq!(chip.card_status().receipts_uncollected, 1);
}
