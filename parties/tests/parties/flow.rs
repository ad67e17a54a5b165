//! From four empty folders to an application on a card, replaced and deleted, and both parties say the same.

use apdu_spec::certificate::{Rights, Role};
use apdu_spec::object::Operation;
use parties::approval::{Approval, Outcome};
use parties::certificate::Roots;
use parties::crypto::sha256;
use parties::database::Continuity;
use parties::decision::Decision;
use parties::file::Existing;
use parties::office::{IssuerOffice, Manner, ProviderOffice};
use parties::party::{NewParty, Party};
use parties::receipt::ReceiptAnswer;
use parties::registrar::{Grant, Scope};
use parties::signer::{EncryptedKeyFile, Passphrase, WorkFactor};
use std::path::Path;

use crate::card::Card;
use crate::world::{aid, day, name, package, terms, today};

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse")
}

fn new_party(folder: &Path, role: Role, who: &str) -> Party {
    Party::create(&NewParty {
        folder,
        role,
        name: name(who),
        passphrase: &passphrase(),
        work: WorkFactor::MINIMAL,
        server: None,
        rights: Rights::ALL,
        validity: (day("2026-01-01"), day("2036-01-01")),
    })
    .unwrap()
}

fn certify(registrar: Party, party: &Party, scope: Scope) -> Vec<u8> {
    let root = registrar.certificate().unwrap().unwrap();
    let grant = Grant {
        rights: Rights::ALL,
        effective: today(),
        expiration: day("2030-01-01"),
        scope,
    };
    let office = registrar.registrar(&passphrase()).unwrap();
    let decision = office
        .certify(&party.request().unwrap(), &grant, false, today())
        .unwrap();
    party
        .accept(&decision.granted().unwrap(), root.encoded())
        .unwrap();
    root.encoded().to_vec()
}

type Issuer = IssuerOffice<EncryptedKeyFile>;
type Provider = ProviderOffice<EncryptedKeyFile>;

/// Request, sign, sign, apply, record: by way of a file on disk, as people do it.
fn change(
    operation: Operation,
    version: u32,
    card: &mut Card,
    issuer: &Issuer,
    provider: &Provider,
    file: &Path,
) {
    let package = package(version);
    let identity = provider.provider().identity().unwrap();
    let sdi = package.storing_data(operation, identity, today().add_days(10));
    let approval = Approval::new(&card.open(sdi), &card.rc, &card.irc).unwrap();
    approval.write(file, Existing::Replace).unwrap();
    for (expected, step) in [("issuer", 0), ("provider", 1)] {
        let mut approval = Approval::read(file).unwrap();
        assert_eq!(approval.status().unwrap().next, Some(expected));
        let answer = match step {
            0 => issuer.sign(&mut approval, Manner::Signature, today()).unwrap(),
            _ => provider.sign(&mut approval, Manner::Signature, today()).unwrap(),
        };
        assert!(matches!(answer.decision, Decision::Granted(_)), "{answer:?}");
        approval.write(file, Existing::Replace).unwrap();
    }
    let mut approval = Approval::read(file).unwrap();
    let authorizers = [sha256(&card.irc), *provider.provider().certificate().digest()];
    let receipt = card.carry_out(&sdi, package.digests().package, &authorizers);
    approval.set_receipt(&receipt).unwrap();
    let mut roots = Roots::new();
    roots.add("root", issuer.issuer().root().encoded()).unwrap();
    roots.add("root", provider.provider().root().encoded()).unwrap();
    let report = approval.verify(&roots, today()).unwrap();
    assert!(report.all_good() && report.checks.len() == 7, "{report:#?}");
    assert_eq!(approval.status().unwrap().next, None);
    // With nobody trusted nothing is wrong, but much is unknown.
    let blind = approval.verify(&Roots::new(), today()).unwrap();
    assert!(blind.nothing_bad() && !blind.all_good());
    assert!(blind.checks.iter().any(|check| check.outcome == Outcome::Unknown));
    for answer in [
        issuer.record_receipt(&receipt, today()),
        provider.record_receipt(&receipt, today()),
    ] {
        assert!(matches!(answer.unwrap(), ReceiptAnswer::Recorded { .. }));
    }
}

#[test]
fn four_parties_and_a_card_agree_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let issuer_registrar = new_party(&at("ir"), Role::IssuerRegistrar, "DEIREG");
    let data_registrar = new_party(&at("dr"), Role::DataRegistrar, "FRDREG");
    let issuer = new_party(&at("issuer"), Role::Issuer, "DEISSUER");
    let provider = new_party(&at("provider"), Role::Provider, "FRNOTES");

    let data_root = *data_registrar.certificate().unwrap().unwrap().digest();
    let issuer_root = certify(issuer_registrar, &issuer, Scope::DataRegistrars(vec![data_root]));
    let data_root_certificate = certify(
        data_registrar,
        &provider,
        Scope::Prefixes(vec![aid("F04E4F5445")]),
    );
    issuer.trust(&data_root_certificate).unwrap();
    provider.trust(&issuer_root).unwrap();
    let shown = provider.show().unwrap();
    assert_eq!(
        (shown.trusts.len(), shown.certificate.unwrap().prefixes),
        (2, vec!["F04E4F5445".to_owned()])
    );

    let issuer = issuer.issuer(&passphrase()).unwrap();
    let provider = provider.provider(&passphrase()).unwrap();
    let mut card = Card::new(sha256(&issuer_root), data_root, today());
    let request = card.ask_registration(&[5; 16]);
    let answer = issuer
        .register(&request, &[5; 16], &terms(data_root), today())
        .unwrap();
    let Decision::Granted(rc) = answer.decision else {
        panic!("{answer:?}")
    };
    let again = issuer
        .register(&request, &[5; 16], &terms(data_root), today())
        .unwrap();
    assert_eq!(
        (again.decision, again.repeated),
        (Decision::Granted(rc.clone()), true)
    );
    let receipt = card.register(&rc, issuer.issuer().certificate().encoded());
    let recorded = issuer.record_receipt(&receipt, today()).unwrap();
    assert_eq!(
        recorded,
        ReceiptAnswer::Recorded {
            continuity: Continuity::Follows,
            warnings: Vec::new()
        }
    );

    for version in [1, 2] {
        provider.add_package(&package(version), today()).unwrap();
    }
    let file = at("approval.json");
    let versions = || {
        let lists = [
            issuer.database().content(false).unwrap(),
            provider.database().content(true).unwrap(),
        ];
        assert_eq!(lists[0], lists[1]);
        lists[0]
            .iter()
            .map(|content| (content.card, content.version))
            .collect::<Vec<_>>()
    };
    change(Operation::Store, 1, &mut card, &issuer, &provider, &file);
    assert_eq!(versions(), [(card.id(), 1)]);
    change(Operation::Replace, 2, &mut card, &issuer, &provider, &file);
    assert_eq!(versions(), [(card.id(), 2)]);
    change(Operation::Delete, 2, &mut card, &issuer, &provider, &file);
    assert_eq!(versions(), []);
    assert_eq!(issuer.database().receipts(&card.id()).unwrap().len(), 4);
}
