//! Receipts and receipt heads that are not what they seem: rejected, and not kept.

use apdu_spec::certificate::{Policy, Role};
use apdu_spec::object::{
    FLAG_KEY_MADE_BY_ISSUER, Mode, Operation, Receipt, ReceiptContent, ReceiptOperation, Signed,
};
use apdu_spec::reason::Reason;
use parties::Error;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::evidence::slots;
use parties::office::{check_head, record_receipt};
use parties::receipt::{ReadHead, ReceiptAnswer};

use super::{Asked, TURNS, wanted};
use crate::offices::Offices;
use crate::witness::Witness;
use crate::world::{Key, World, aid, package, reason, today};

type Change = fn(&mut Receipt);

fn content(receipt: &mut Receipt, change: fn(&mut ReceiptContent)) {
    change(receipt.content.as_mut().unwrap());
}

const CHANGES: [(Reason, Change); 12] = [
    (Reason::NotThisCard, |receipt| {
        receipt.header.certificate = [1; 32]
    }),
    (Reason::KeyNotOfCard, |receipt| {
        receipt.flags = FLAG_KEY_MADE_BY_ISSUER
    }),
    (Reason::OtherRequest, |receipt| {
        receipt.header.mode = Mode::CertifiedData
    }),
    (Reason::OtherRequest, |receipt| {
        receipt.operation = ReceiptOperation::Storing(Operation::Replace);
    }),
    (Reason::OtherRequest, |receipt| {
        content(receipt, |content| content.storing_request = [1; 32]);
    }),
    (Reason::OtherRequest, |receipt| {
        content(receipt, |content| content.aid = aid("F04E4F544556"));
    }),
    (Reason::OtherRequest, |receipt| {
        content(receipt, |content| content.version = 2)
    }),
    (Reason::OtherRequest, |receipt| {
        content(receipt, |content| {
            content.package = *b"another package than was stored."
        });
    }),
    (Reason::WrongSigner, |receipt| {
        receipt.authorizers = apdu_spec::object::Authorizers::new(&[[1; 32]]).unwrap();
    }),
    // As if it had been written before the one that is known.
    (Reason::OtherRequest, |receipt| {
        (receipt.number, receipt.files) = (0, Some([1; 32]));
    }),
    (Reason::OtherRequest, |receipt| receipt.header.previous = [1; 32]),
    (Reason::OtherRequest, |receipt| {
        (receipt.number, receipt.header.previous) = (1, [0; 32]);
    }),
];

fn rejected(witness: &Witness, expected: Reason, ask: impl FnOnce() -> parties::Result<ReceiptAnswer>) {
    match witness.keeps_nothing(ask).unwrap() {
        ReceiptAnswer::Rejected(denial) => assert_eq!(denial.reason, expected, "{denial}"),
        recorded => panic!("{expected:?}: {recorded:?}"),
    }
}

#[test]
fn receipts_that_differ_in_one_thing_are_rejected_in_every_mode() {
    for (turn, mode) in TURNS {
        let mut world = World::with_policy(Policy::ALL);
        let offices = Offices::new(&world);
        let database = match turn {
            Role::Issuer => offices.issuer.database(),
            _ => offices.provider.database(),
        };
        let witness = offices.witness(turn);
        let request = wanted(&mut world, mode);
        let asked = Asked::new(&world, &request, turn);
        assert_eq!(reason(asked.ask(&offices, turn).unwrap()), None);
        // The card's receipt 0 is its registration.
        let (rc, irc) = (world.card.rc.clone(), world.card.irc.clone());
        let mut card = renewed(&mut world);
        let registration = card.register(&rc, &irc);
        record_receipt(database, &registration, today()).unwrap();
        let authorizers: Vec<_> = slots(mode)
            .iter()
            .map(|slot| match slot.role {
                Role::Issuer => sha256(&irc),
                _ => *world.provider.certificate().digest(),
            })
            .collect();
        card.mode = mode;
        card.requests_so_far(&asked.request, request.number);
        let good = card.carry_out(&request.sdi, package(1).digests().package, &authorizers);
        let body = Signed::parse(&good).unwrap().receipt().unwrap();
        for (expected, change) in CHANGES {
            let mut body = body;
            change(&mut body);
            let wrong = sign_object(&body, &card.key).unwrap();
            rejected(&witness, expected, || record_receipt(database, &wrong, today()));
        }
        for key in [&world.issuer_key, &world.provider_key] {
            let forged = sign_object(&body, key).unwrap();
            rejected(&witness, Reason::BadSignature, || {
                record_receipt(database, &forged, today())
            });
        }
        // Another card's, and other objects of this one.
        let mut stranger = World::new();
        let foreign = stranger.card.carry_out(&request.sdi, [1; 32], &authorizers);
        rejected(&witness, Reason::NotThisCard, || {
            record_receipt(database, &foreign, today())
        });
        for object in [&card.head(&[1; 16]), &asked.request, &rc] {
            witness.cannot_read("receipt", || record_receipt(database, object, today()));
        }
        let answer = record_receipt(database, &good, today()).unwrap();
        assert!(
            matches!(&answer, ReceiptAnswer::Recorded { warnings, .. } if warnings.is_empty()),
            "{answer:?}"
        );
        // Known once is known: nothing is kept twice.
        witness
            .keeps_nothing(|| record_receipt(database, &good, today()))
            .unwrap();
        heads(&witness, database, &card, &world.issuer_key);
    }
}

/// The world's card with the same keys, as if it had written no receipt yet.
fn renewed(world: &mut World) -> crate::card::Card {
    let roots = (
        *world.issuer.root().digest(),
        *world.data_registrar.root().digest(),
    );
    let mut card = crate::card::Card::new(roots.0, roots.1, today());
    std::mem::swap(&mut card.key, &mut world.card.key);
    std::mem::swap(&mut card.agreement, &mut world.card.agreement);
    card
}

fn heads(witness: &Witness, database: &parties::database::Database, card: &crate::card::Card, other: &Key) {
    let nonce = [5; 16];
    let good = card.head(&nonce);
    let body = ReadHead::parse(&good).unwrap().head;
    let mut cases = vec![(Reason::BadSignature, sign_object(&body, other).unwrap())];
    for (expected, change) in [
        (
            Reason::NotThisCard,
            (|head| head.header.certificate = [1; 32]) as fn(&mut apdu_spec::object::ReceiptHead),
        ),
        (Reason::OtherRequest, |head| head.nonce = [6; 16]),
        (Reason::OtherRequest, |head| head.header.previous = [1; 32]),
        (Reason::OtherRequest, |head| head.receipts = 1),
        (Reason::OtherRequest, |head| head.receipts = 0),
    ] {
        let mut body = body;
        change(&mut body);
        cases.push((expected, sign_object(&body, &card.key).unwrap()));
    }
    for (expected, head) in cases {
        let answer = witness.keeps_nothing(|| check_head(database, &head, &nonce));
        assert!(
            matches!(&answer, Err(Error::Denied(denial)) if denial.reason == expected),
            "{expected:?}: {answer:?}"
        );
    }
    let report = witness
        .keeps_nothing(|| check_head(database, &good, &nonce))
        .unwrap();
    assert!(report.newest_known && report.missing.is_empty());
}
