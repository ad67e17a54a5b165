//! Rules that no command may bend, attacked with raw APDUs by whoever holds the keys for it. Each attack is one change to
//! something that the card accepts without it, and the reason for the refusal is the rule's own.

#[path = "rules/sealed.rs"]
mod sealed;
#[path = "rules/table.rs"]
mod table;

use apdu_spec::access::AccessRules;
use apdu_spec::certificate::{Policy, Rights, Role};
use apdu_spec::command::{Command, SelectTarget};
use apdu_spec::file::{FileControl, FileKind};
use apdu_spec::object::{FirstAuthorization, Mode, Operation};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use parties::crypto::sha256;
use parties::decision::sign_object;
use parties::registrar::{Grant, Scope, make_request};
use symbolon::scene::steps::{self, Signatures, done, exchange};
use symbolon::scene::wares::{files, notes};
use symbolon::scene::{Cast, Parties, Shared, certified};

use self::table::{Table, aid, granted, read, select, update};

/// An authorization that the card accepts, and what becomes of it when `change` was at it.
fn changed(change: impl Fn(&Table, &[u8], &mut Signatures), reason: Reason) {
    let mut table = Table::registered();
    let ware = notes(aid(1), 1, 300).unwrap();
    let request = table.open(&ware, Operation::Store);
    let mut signatures = table.sign(&request, |_| (), |_| ());
    table.copy().authorize(&signatures).unwrap();
    change(&table, &request, &mut signatures);
    table.refuses(reason, |table| table.authorize(&signatures));
}

/// Turns a bit of an object's signature.
fn spoil(object: &mut [u8]) {
    *object.last_mut().unwrap() ^= 1;
}

#[test]
fn a_second_authorization_is_signed_by_the_provider() {
    changed(
        |_, _, signatures| spoil(&mut signatures.second),
        Reason::BadSignature,
    );
}

#[test]
fn a_first_authorization_is_signed_by_the_issuer() {
    let change = |table: &Table, _: &[u8], signatures: &mut Signatures| {
        spoil(&mut signatures.first);
        signatures.second = table.second(&signatures.first, |_| ());
    };
    changed(change, Reason::BadSignature);
}

#[test]
fn who_signs_first_signs_as_the_issuer() {
    let change = |table: &Table, request: &[u8], signatures: &mut Signatures| {
        *signatures = table.sign(request, |first| first.header.role = Role::Provider, |_| ());
    };
    changed(change, Reason::WrongRole);
}

#[test]
fn who_signs_second_signs_as_the_provider() {
    let change = |table: &Table, request: &[u8], signatures: &mut Signatures| {
        *signatures = table.sign(request, |_| (), |second| second.header.role = Role::Issuer);
    };
    changed(change, Reason::WrongRole);
}

#[test]
fn an_authorization_names_the_card() {
    let change = |table: &Table, request: &[u8], signatures: &mut Signatures| {
        *signatures = table.sign(
            request,
            |first| first.card_certificate = sha256(b"another card"),
            |_| (),
        );
    };
    changed(change, Reason::OtherRequest);
}

#[test]
fn an_authorization_is_for_one_request() {
    let mut table = Table::registered();
    let agreed = table.open(&notes(aid(1), 1, 300).unwrap(), Operation::Store);
    let other = table.open(&notes(aid(2), 1, 300).unwrap(), Operation::Store);
    let mut signatures = table.sign(&agreed, |_| (), |_| ());
    table.copy().authorize(&signatures).unwrap();
    signatures.number = steps::read_request(&other).unwrap().number;
    table.refuses(Reason::OtherRequest, |table| table.authorize(&signatures));
}

#[test]
fn a_provider_stays_within_his_prefixes() {
    let mut table = Table::registered();
    let elsewhere = apdu_spec::aid::Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x02, 0x01]).unwrap();
    let request = table.open(&notes(elsewhere, 1, 300).unwrap(), Operation::Store);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.refuses(Reason::AidNotAllowed, |table| table.authorize(&signatures));
}

#[test]
fn an_authorization_works_once() {
    let mut table = Table::registered();
    let ware = notes(aid(1), 1, 300).unwrap();
    let signatures = table.store(&ware);
    let last = steps::load_command(&ware, ware.blocks().len() - 1, signatures.number).unwrap();
    table.refuses(Reason::NoSuchRequest, |table| {
        done(&mut table.chip(), "load again", &last).map(drop)
    });
    let request = table.open(&ware, Operation::Delete);
    let removal = table.sign(&request, |_| (), |_| ());
    table.authorize(&removal).unwrap();
    steps::consent(&mut table.chip()).unwrap();
    let remove = Command::RemoveApplication {
        number: removal.number,
    };
    done(&mut table.chip(), "remove", &remove).unwrap();
    table.refuses(Reason::NoSuchRequest, |table| table.authorize(&signatures));
    table.refuses(Reason::NoSuchRequest, |table| {
        done(&mut table.chip(), "load again", &last).map(drop)
    });
}

#[test]
fn a_block_that_was_not_announced_is_not_kept() {
    let mut table = Table::registered();
    let ware = notes(aid(1), 1, 3_000).unwrap();
    let request = table.open(&ware, Operation::Store);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    let number = signatures.number;
    for index in 0..ware.blocks().len() {
        let mut block = ware.blocks()[index].clone();
        *block.last_mut().unwrap() ^= 0x80;
        let last = index + 1 == ware.blocks().len();
        let index16 = u16::try_from(index).unwrap();
        let flipped = Command::LoadBlock {
            index: index16,
            last,
            number,
            block: &block,
        };
        table.refuses(Reason::BlockDigest, |table| {
            done(&mut table.chip(), "load", &flipped).map(drop)
        });
        let honest = steps::load_command(&ware, index, number).unwrap();
        done(&mut table.chip(), "load", &honest).unwrap();
    }
}

#[test]
fn what_the_policy_does_not_allow_is_refused() {
    let mut table = Table::registered_with(Policy::NONE.with(Mode::Registration));
    let asked = table.asked(&notes(aid(1), 1, 300).unwrap(), Operation::Store);
    steps::consent(&mut table.chip()).unwrap();
    table.refuses(Reason::PolicyForbids, |table| {
        steps::open(&mut table.chip(), &asked).map(drop)
    });
}

#[test]
fn one_consent_allows_one_operation() {
    let mut table = Table::registered();
    table.open(&notes(aid(1), 1, 300).unwrap(), Operation::Store);
    let second = table.asked(&notes(aid(2), 1, 300).unwrap(), Operation::Store);
    table.refuses(Reason::ConsentMissing, |table| {
        steps::open(&mut table.chip(), &second).map(drop)
    });
    steps::consent(&mut table.chip()).unwrap();
    steps::open(&mut table.chip(), &second).unwrap();
}

#[test]
fn a_version_below_the_floor_does_not_return() {
    let mut table = Table::registered();
    let (old, new) = (notes(aid(1), 1, 300).unwrap(), notes(aid(1), 2, 300).unwrap());
    table.store(&new);
    let request = table.open(&new, Operation::Delete);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    steps::consent(&mut table.chip()).unwrap();
    done(
        &mut table.chip(),
        "remove",
        &Command::RemoveApplication {
            number: signatures.number,
        },
    )
    .unwrap();
    let asked = table.asked(&old, Operation::Store);
    steps::consent(&mut table.chip()).unwrap();
    table.refuses(Reason::VersionTooOld, |table| {
        steps::open(&mut table.chip(), &asked).map(drop)
    });
    table.open(&new, Operation::Store);
}

#[test]
fn a_file_is_closed_to_what_no_rule_of_it_allows() {
    let mut table = Table::blank();
    let rules = [AccessRules::NONE, AccessRules::ALWAYS_READ];
    for (id, rules) in [0x0101, 0x0102].into_iter().zip(rules) {
        let fcp = FileControl {
            size: Some(8),
            kind: FileKind::Transparent,
            id,
            aid: None,
            short_id: None,
            life_cycle: None,
            rules,
            version: None,
        };
        done(
            &mut table.chip(),
            "create",
            &Command::CreateFile {
                fcp,
                rules_from: None,
            },
        )
        .unwrap();
        done(&mut table.chip(), "write", &update(b"personal")).unwrap();
    }
    table.register(table.terms().policy);
    let closed = Status::SECURITY_STATUS_NOT_SATISFIED;
    for (id, readable) in [(0x0101, false), (0x0102, true)] {
        done(&mut table.chip(), "select", &select(SelectTarget::ChildEf(id))).unwrap();
        assert_eq!(
            table.status(&read()),
            if readable { Status::SUCCESS } else { closed },
            "{id:04X}"
        );
        assert_eq!(table.status(&update(b"x")), closed, "{id:04X}");
    }
}

#[test]
fn a_certificate_past_its_date_is_refused() {
    let mut table = Table::registered();
    let cast = Cast::standard().unwrap();
    let scope = || Scope::Prefixes(vec![cast.prefix]);
    let key = Shared::generate().unwrap();
    let holder = table.parties.provider.certificate().view().unwrap().holder;
    let request = make_request(holder, &key).unwrap();
    let (effective, expiration) = (cast.today, cast.today.add_days(5));
    let grant = Grant {
        rights: Rights::ALL,
        effective,
        expiration,
        scope: scope(),
    };
    let short = granted(
        table
            .parties
            .data_registrar
            .certify(&request, &grant, 2, cast.today)
            .unwrap(),
    );
    steps::verify_certificate(&mut table.chip(), &short).unwrap();
    // A certificate of a later day moves the card's date past it.
    let later = certified(
        &table.parties.data_registrar,
        "ZZLATER",
        scope(),
        expiration.add_days(1),
    )
    .unwrap();
    steps::verify_certificate(&mut table.chip(), &later.0).unwrap();
    table.refuses(Reason::Expired, |table| {
        steps::verify_certificate(&mut table.chip(), &short)
    });
}

#[test]
fn a_replacement_gives_no_try_back() {
    let mut table = Table::registered();
    table.store(&notes(aid(1), 1, 300).unwrap());
    let (aid, local) = (aid(1), PinReference::Local(0x81));
    let application = select(SelectTarget::Aid(aid.as_bytes()));
    done(&mut table.chip(), "select", &application).unwrap();
    let change = Command::ChangeReferenceData {
        reference: local,
        data: b"00008642",
    };
    done(&mut table.chip(), "change", &change).unwrap();
    let guess = Command::Verify {
        reference: local,
        pin: Some(b"1111"),
    };
    assert_eq!(table.status(&guess), Status::tries_left(2));
    let ware = notes(aid, 2, 300).unwrap();
    let request = table.open(&ware, Operation::Replace);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    steps::consent(&mut table.chip()).unwrap();
    steps::load(&mut table.chip(), &ware, 0, signatures.number).unwrap();
    done(&mut table.chip(), "select", &application).unwrap();
    assert_eq!(
        table.status(&Command::Verify {
            reference: local,
            pin: None
        }),
        Status::tries_left(2)
    );
}

#[test]
fn what_is_dropped_with_a_replacement_needs_consent() {
    let mut table = Table::registered();
    table.store(&notes(aid(1), 1, 300).unwrap());
    let ware = notes(aid(1), 2, 300).unwrap();
    let request = table.open(&ware, Operation::Replace);
    let signatures = table.sign(&request, |_| (), |_| ());
    table.authorize(&signatures).unwrap();
    let number = signatures.number;
    for index in 0..ware.blocks().len() - 1 {
        done(
            &mut table.chip(),
            "load",
            &steps::load_command(&ware, index, number).unwrap(),
        )
        .unwrap();
    }
    let last = steps::load_command(&ware, ware.blocks().len() - 1, number).unwrap();
    let answer = exchange(&mut table.chip(), &steps::encode(&last).unwrap()).unwrap();
    assert_eq!(answer.status, Status::SECURITY_STATUS_NOT_SATISFIED);
    table.refuses(Reason::ConsentMissing, |table| {
        done(&mut table.chip(), "load", &last).map(drop)
    });
    assert_eq!(
        steps::read_file(&mut table.chip(), aid(1).as_bytes(), files::TITLE).unwrap()[..16],
        *b"Notes, version 1"
    );
    steps::consent(&mut table.chip()).unwrap();
    done(&mut table.chip(), "load", &last).unwrap();
}

/// Registration takes only a certificate over the card's own key.
#[test]
fn a_card_takes_no_certificate_of_another_card() {
    let mut table = Table::blank();
    let mut other = Table::personalised(Parties::new(&Cast::standard().unwrap()).unwrap(), 77);
    std::mem::swap(&mut other.parties, &mut table.parties);
    let foreign = other.request_certificate(other.terms());
    std::mem::swap(&mut other.parties, &mut table.parties);
    let own = table.request_certificate(table.terms());
    let issuer = table.parties.issuer.certificate().encoded().to_vec();
    steps::verify_certificate(&mut table.chip(), &issuer).unwrap();
    let register = Command::Register {
        certificate: &foreign,
        release: None,
    };
    table.refuses(Reason::NotThisCard, |table| {
        done(&mut table.chip(), "register", &register).map(drop)
    });
    done(
        &mut table.chip(),
        "register",
        &Command::Register {
            certificate: &own,
            release: None,
        },
    )
    .unwrap();
}

/// The same words under another tag are another object.
#[test]
fn a_first_authorization_is_no_second_one() {
    let mut table = Table::registered();
    let request = table.open(&notes(aid(1), 1, 300).unwrap(), Operation::Store);
    let mut signatures = table.sign(&request, |_| (), |_| ());
    let first = FirstAuthorization {
        header: table.second_header(&signatures.first),
        card_certificate: sha256(&table.certificate),
    };
    signatures.second = sign_object(&first, &table.parties.provider_key).unwrap();
    let before = table.card.dump().unwrap();
    assert!(table.authorize(&signatures).is_err());
    assert_eq!(table.card.dump().unwrap(), before);
}
