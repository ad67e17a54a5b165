//! Who is told what.

use apdu_spec::certificate::Role;
use apdu_spec::command::Command;
use apdu_spec::data::{self, ReceiptOfSelector, ReceiptSelector, applications, floors};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use symbolon::scene::Parties;
use symbolon::scene::steps::{pins, read_receipt};

use super::stage::{Chip, base, get, others, own, shared, stored, verify};

const NO: Status = Status::SECURITY_STATUS_NOT_SATISFIED;

/// What a reader is told of six receipts, of applications and of floors; `None` where he is refused.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    receipts: [bool; 6],
    newest: bool,
    applications: Option<Vec<String>>,
    floors: Option<Vec<String>>,
}

fn told(chip: &mut Chip) -> Told {
    let mut answer = |tag, selector: &[u8]| {
        let before = chip.dump();
        let answer = chip.send(&get(tag, selector));
        assert_eq!(chip.dump(), before);
        match answer.status {
            Status::SUCCESS => Some(answer.data),
            status => {
                assert_eq!((status, answer.data), (NO, vec![]));
                assert_eq!(
                    chip.done(&get(data::LAST_REASON, &[])),
                    data::reason(Reason::None)
                );
                None
            }
        }
    };
    let receipts = [0, 1, 2, 3, 4, 5].map(|number| {
        let receipt = answer(data::RECEIPT, &ReceiptSelector(number).to_bytes());
        if let Some(receipt) = &receipt {
            assert_eq!(read_receipt(receipt).unwrap().number, number);
        }
        receipt.is_some()
    });
    let newest = answer(data::NEWEST_RECEIPT, &[]);
    assert_eq!(
        answer(data::RECEIPT, &[]),
        newest,
        "0109 without a number is 0108"
    );
    Told {
        receipts,
        newest: newest.is_some(),
        applications: answer(data::APPLICATIONS, &[]).map(|list| {
            applications(&list)
                .unwrap()
                .map(|entry| entry.aid.to_string())
                .collect()
        }),
        floors: answer(data::FLOORS, &[]).map(|list| {
            floors(&list)
                .unwrap()
                .map(|entry| entry.aid.to_string())
                .collect()
        }),
    }
}

fn names<const N: usize>(aids: [apdu_spec::aid::Aid; N]) -> Option<Vec<String>> {
    Some(aids.map(|aid| aid.to_string()).to_vec())
}

fn nothing() -> Told {
    Told {
        receipts: [true, false, false, false, false, false],
        newest: false,
        applications: None,
        floors: None,
    }
}

fn everything() -> Told {
    Told {
        receipts: [true; 6],
        newest: true,
        applications: names([own(), others(), shared()]),
        floors: names([own(), others(), shared(), shared()]),
    }
}

/// Losing this tells every terminal what its customers have on their cards and what they did with it.
#[test]
fn a_stranger_is_told_of_the_registration_alone() {
    let mut chip = Chip::of(&stored().0);
    assert_eq!(told(&mut chip), nothing());
    chip.consent();
    assert_eq!(told(&mut chip), nothing(), "consent reads nothing");
    let wrong = chip.send(&verify(PinReference::User, b"9999"));
    assert_eq!(wrong.status.tries(), Some(2));
    assert_eq!(told(&mut chip), nothing());
}

/// Losing this hides from a holder what was done with his card.
#[test]
fn holder_and_issuer_are_told_everything_until_the_session_ends() {
    let mut chip = Chip::of(&stored().0);
    chip.done(&verify(PinReference::User, pins::USER));
    assert_eq!(told(&mut chip), everything());
    chip.reset();
    assert_eq!(told(&mut chip), nothing());
    let Parties {
        issuer, issuer_key, ..
    } = &base().parties;
    chip.authenticate(Role::Issuer, issuer.certificate().encoded(), issuer_key);
    assert_eq!(told(&mut chip), everything());
    chip.reset();
    assert_eq!(told(&mut chip), nothing());
}

/// Losing this tells each shop what its customers bought from its competitor.
#[test]
fn a_provider_is_told_of_what_is_his() {
    let Parties {
        provider,
        provider_key,
        ..
    } = &base().parties;
    let mut chip = Chip::of(&stored().0);
    chip.authenticate(Role::Provider, provider.certificate().encoded(), provider_key);
    // Under the name that both have used, no receipt says whose it is.
    let his = Told {
        receipts: [true, true, false, false, false, false],
        newest: false,
        applications: names([own()]),
        floors: names([own(), shared()]),
    };
    assert_eq!(told(&mut chip), his);
    chip.reset();
    let (other, key) = (&base().other, &base().other_key);
    chip.authenticate(Role::Provider, other.certificate().encoded(), key);
    let his = Told {
        receipts: [true, false, true, false, false, false],
        newest: false,
        applications: names([others(), shared()]),
        floors: names([others(), shared()]),
    };
    assert_eq!(told(&mut chip), his);
    let listed = chip.done(&get(data::FLOORS, &[]));
    for floor in floors(&listed).unwrap() {
        assert_eq!(floor.provider, other.identity().unwrap());
    }
}

/// Losing this leaves a party whose connection broke without the receipt for what it authorized.
#[test]
fn who_can_name_the_request_gets_its_receipt() {
    let mut chip = Chip::of(&stored().0);
    for receipt in &stored().1 {
        let request = read_receipt(receipt).unwrap().content.unwrap().storing_request;
        let selector = ReceiptOfSelector(request).to_bytes();
        assert_eq!(chip.done(&get(data::RECEIPT, &selector)), *receipt);
        let mut wrong = request;
        wrong[31] ^= 1;
        let selector = ReceiptOfSelector(wrong).to_bytes();
        let missing = Status::REFERENCED_DATA_NOT_FOUND;
        chip.refuses(&get(data::RECEIPT, &selector), missing, Reason::None);
        chip.refuses(&get(data::NEWEST_RECEIPT, &selector), missing, Reason::None);
        chip.refuses(
            &get(data::RECEIPT, &selector[..33]),
            Status::INCORRECT_DATA,
            Reason::None,
        );
    }
}

/// Losing this keeps a personaliser from seeing what he made.
#[test]
fn before_registration_there_is_nothing_to_hide() {
    let mut chip = Chip::of(&base().personalised);
    assert!(chip.done(&get(data::APPLICATIONS, &[])).is_empty());
    assert!(chip.done(&get(data::FLOORS, &[])).is_empty());
    let missing = Status::REFERENCED_DATA_NOT_FOUND;
    chip.refuses(&get(data::NEWEST_RECEIPT, &[]), missing, Reason::None);
    for tag in [
        data::ISSUER_REGISTRAR_LINK,
        data::DATA_REGISTRAR_LINK,
        data::ISSUER_REVOCATION_LIST,
        data::DATA_REVOCATION_LIST,
        data::UNBLOCKING_CODE,
        data::USER_PIN,
        data::CONSENT_PIN,
        data::REGISTRATION_KEY,
    ] {
        chip.refuses(&get(tag, &[]), missing, Reason::None);
    }
    let head = Command::ProveReceipts { nonce: [1; 16] };
    chip.refuses(&head, Status::CONDITIONS_NOT_SATISFIED, Reason::NotRegistered);
}
