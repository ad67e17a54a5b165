//! Successors of parties that are gone: they wind up, and can do nothing else.

use apdu_spec::certificate::{Certificate, Extension, Policy, Rights, Role};
use apdu_spec::object::{Consent, FLAG_RESCUE, Mode, Operation, Sdi};
use apdu_spec::reason::Reason;
use parties::approval::{Approval, Outcome};
use parties::certificate::Roots;
use parties::crypto::sha256;
use parties::evidence::Evidence;
use parties::issuer::{CardTerms, Issuer, Takeover};
use parties::office::RegistrarOffice;
use parties::provider::Provider;
use parties::registrar::{Grant, Scope, make_request};

use crate::world::{
    Key, World, aid, certify, database, grant, name, new_key, new_registrar, refused, terms, today,
};

fn full(scope: Scope) -> Grant {
    Grant {
        rights: scope.rights(),
        ..grant(scope)
    }
}

fn succeeding_provider(world: &World, predecessor: &str) -> Provider<Key> {
    let scope = Scope::SuccessorProvider {
        predecessor: name(predecessor),
    };
    let (dpr, key) = certify(&world.data_registrar, "FRHEIR", &full(scope));
    let root = world.data_registrar.root().encoded();
    Provider::new(&dpr, root, world.roots(), key).unwrap()
}

fn delete(world: &World) -> Sdi {
    let mut sdi = world.sdi(Operation::Store);
    (sdi.operation, sdi.package) = (Operation::Delete, None);
    sdi
}

#[test]
fn a_succeeding_provider_takes_part_in_deleting_and_the_receipt_says_so() {
    for mode in [Mode::ViaIssuer, Mode::ViaProvider] {
        let mut world = World::with_policy(Policy::ALL);
        let heir = succeeding_provider(&world, "FRNOTES");
        world.card.mode = mode;
        let sdi = delete(&world);
        let request = world.card.open(sdi);
        let mut approval = Approval::new(&request, &world.card.rc, &world.card.irc).unwrap();
        approval
            .set_provider_certificate(heir.certificate().encoded())
            .unwrap();
        let mut authorizers = Vec::new();
        for turn in 0..2 {
            let decision = if (turn == 0) == (mode == Mode::ViaIssuer) {
                authorizers.push(sha256(&world.card.irc));
                world.issuer.authorize(&approval.as_evidence(), None, today())
            } else {
                authorizers.push(*heir.certificate().digest());
                heir.authorize(&approval.as_evidence(), None, None, today())
            };
            approval
                .add_evidence(&decision.unwrap().granted().unwrap())
                .unwrap();
        }
        for (flags, outcome) in [(FLAG_RESCUE, Outcome::Good), (0, Outcome::Bad)] {
            world.card.flags = flags;
            let receipt = world
                .card
                .carry_out(&sdi, world.package.digests().package, &authorizers);
            let mut approval = approval.clone();
            approval.set_receipt(&receipt).unwrap();
            let report = approval.verify(&world.roots(), today()).unwrap();
            assert_eq!(report.checks.last().unwrap().outcome, outcome, "{report:#?}");
            assert_eq!(report.all_good(), outcome == Outcome::Good);
        }
    }
}

#[test]
fn a_succeeding_provider_can_do_nothing_else() {
    let world = World::with_policy(Policy::ALL);
    let heir = succeeding_provider(&world, "FRNOTES");
    let of_another = succeeding_provider(&world, "FRELSE");
    let store = world.sdi(Operation::Store);
    let mut lower = delete(&world);
    lower.operation = Operation::LowerFloor;
    let mut own = delete(&world);
    own.provider.name = name("FRHEIR");
    for (provider, mode, consent, sdi, reason) in [
        (
            &heir,
            Mode::ViaProvider,
            Consent::Pin,
            store,
            Reason::NotSuccessor,
        ),
        (
            &heir,
            Mode::ViaProvider,
            Consent::Pin,
            lower,
            Reason::NotSuccessor,
        ),
        (&heir, Mode::ViaProvider, Consent::Pin, own, Reason::NotSuccessor),
        (
            &heir,
            Mode::ProviderAlone,
            Consent::Pin,
            delete(&world),
            Reason::NotSuccessor,
        ),
        (
            &of_another,
            Mode::ViaProvider,
            Consent::Pin,
            delete(&world),
            Reason::NotSuccessor,
        ),
        (
            &heir,
            Mode::ViaProvider,
            Consent::None,
            delete(&world),
            Reason::ConsentMissing,
        ),
    ] {
        let mut card = new_card(&world, mode, consent);
        let request = card.open(sdi);
        let evidence = Evidence {
            request: &request,
            card_certificate: &card.rc,
            issuer_certificate: &card.irc,
            provider_certificate: None,
            first: None,
        };
        let held = Some(world.package.digests());
        let decision = provider.authorize(&evidence, held, None, today()).unwrap();
        assert_eq!(refused(decision).reason, reason);
    }
    let held = Some(world.package.digests());
    let decision = heir.certify(&store, Mode::CertifiedData, held, today()).unwrap();
    assert_eq!(refused(decision).reason, Reason::WrongSigner);
}

/// A card of this world whose policy allows everything and waives consent.
fn new_card(world: &World, mode: Mode, consent: Consent) -> crate::card::Card {
    let data_root = *world.data_registrar.root().digest();
    let mut card = crate::card::Card::new(*world.issuer.root().digest(), data_root, today());
    let terms = CardTerms {
        policy: Policy::ALL.with_consent_waived(),
        ..terms(data_root)
    };
    let request = card.ask_registration(&[2; 16]);
    let rc = world.issuer.register(&request, &[2; 16], &terms, 1, today());
    card.register(&rc.unwrap().granted().unwrap(), &world.card.irc);
    (card.mode, card.consent) = (mode, consent);
    card
}

fn succeeding_issuer(world: &World, roots: Roots, predecessor: &str) -> Issuer<Key> {
    let scope = Scope::SuccessorIssuer {
        predecessor: name(predecessor),
        roots: vec![*world.data_registrar.root().digest()],
    };
    let (irc, key) = certify(&world.issuer_registrar, "DEHEIR", &full(scope));
    let root = world.issuer_registrar.root().encoded();
    Issuer::new(&irc, root, roots, key).unwrap()
}

#[test]
fn a_succeeding_issuer_registers_its_predecessors_cards_even_if_that_one_was_revoked() {
    let mut world = World::new();
    let mut roots = world.roots();
    let list = world
        .issuer_registrar
        .revocation_list(1, &[sha256(&world.card.irc)], today())
        .unwrap();
    roots.add_list("list", &list).unwrap();
    let heir = succeeding_issuer(&world, roots, "DEISSUER");
    let data_root = *world.data_registrar.root().digest();
    let bare = CardTerms {
        policy: Policy::NONE,
        ..terms(data_root)
    };
    let request = world.card.ask_registration(&[3; 16]);
    let takeover = Takeover {
        certificate: &world.card.rc,
        issuer_certificate: &world.card.irc,
        release: None,
    };
    let serial = heir
        .judge_takeover(&request, &takeover, &bare, today())
        .unwrap()
        .unwrap();
    assert_eq!(serial, 1);
    // What it cannot use itself it cannot give to a card.
    let wide = heir
        .register(&request, &[3; 16], &terms(data_root), 2, today())
        .unwrap();
    assert_eq!(refused(wide).reason, Reason::PolicyForbids);
    let rc = heir
        .register(&request, &[3; 16], &bare, 2, today())
        .unwrap()
        .granted()
        .unwrap();
    let view = Certificate::parse(&rc).unwrap();
    assert!(matches!(view.extension, Extension::Card(card) if card.serial == 2));
    let irc = heir.certificate().encoded().to_vec();
    world.card.register(&rc, &irc);
    // It authorizes nothing: not even under a card's certificate that would allow it.
    let request = world.card.open(world.sdi(Operation::Store));
    let decision = heir
        .authorize(&world.evidence(&request, None), None, today())
        .unwrap();
    assert!(matches!(
        refused(decision).reason,
        Reason::PolicyForbids | Reason::CertificateRole | Reason::NotSuccessor
    ));
}

#[test]
fn a_succeeding_issuer_takes_nobody_elses_cards() {
    let world = World::new();
    let data_root = *world.data_registrar.root().digest();
    let takeover = Takeover {
        certificate: &world.card.rc,
        issuer_certificate: &world.card.irc,
        release: None,
    };
    let request = world.card.ask_registration(&[3; 16]);
    let heir = succeeding_issuer(&world, world.roots(), "DEELSE");
    let found = heir
        .judge_takeover(&request, &takeover, &terms(data_root), today())
        .unwrap();
    assert_eq!(found.unwrap_err().reason, Reason::NotSuccessor);
    // The same names under another registrar.
    let other = World::new();
    let stranger = succeeding_issuer(&other, other.roots(), "DEISSUER");
    let found = stranger
        .judge_takeover(&request, &takeover, &terms(data_root), today())
        .unwrap();
    assert_eq!(found.unwrap_err().reason, Reason::RootMismatch);
}

#[test]
fn a_registrar_makes_successors_of_those_it_knew_and_with_no_more_rights() {
    let folder = tempfile::tempdir().unwrap();
    let (registrar, _) = new_registrar(Role::DataRegistrar, "FRDREG");
    let office = RegistrarOffice::new(registrar, database(folder.path(), Role::DataRegistrar, "FRDREG"));
    let request = |who: &str| make_request(format!("{who}00001").parse().unwrap(), &new_key()).unwrap();
    let ask = |request: &[u8], grant: &Grant| office.certify(request, grant, false, today()).unwrap();
    let (notes, heir) = (request("FRNOTES"), request("FRHEIR"));
    let succeeds = |predecessor| {
        full(Scope::SuccessorProvider {
            predecessor: name(predecessor),
        })
    };
    assert_eq!(
        refused(ask(&heir, &succeeds("FRNOTES"))).reason,
        Reason::NotSuccessor
    );
    let prefixes = grant(Scope::Prefixes(vec![aid("F04E4F5445")]));
    ask(&notes, &prefixes).granted().unwrap();
    let own = grant(Scope::Prefixes(vec![aid("F048454952")]));
    ask(&heir, &own).granted().unwrap();
    let successor = ask(&heir, &succeeds("FRNOTES")).granted().unwrap();
    assert!(matches!(
        Certificate::parse(&successor).unwrap().extension,
        Extension::Successor(extension) if extension.predecessor == name("FRNOTES")
    ));
    // Asked again, both are what they were.
    assert_eq!(ask(&heir, &succeeds("FRNOTES")).granted().unwrap(), successor);
    assert!(ask(&heir, &own).granted().is_some());
    assert_eq!(
        refused(ask(&notes, &succeeds("FRNOTES"))).reason,
        Reason::SameParty
    );
    let greedy = Grant {
        rights: Rights::ALL,
        ..succeeds("FRNOTES")
    };
    assert_eq!(
        refused(ask(&request("FRTHIRD"), &greedy)).reason,
        Reason::CertificateRole
    );
    // One name is one party in one role.
    let certifier = full(Scope::DataCertifier);
    assert_eq!(refused(ask(&notes, &certifier)).reason, Reason::AlreadyRegistered);
}
