//! The chain of a card that was registered more than once: which certificates it had, and who let it go.

use apdu_spec::certificate::{Certificate, Policy};
use apdu_spec::date::Date;
use apdu_spec::object::{FLAG_RESCUE, Mode, Operation, Receipt, Signed};
use parties::certificate::Roots;
use parties::chain::{Chain, ChainReport, verify_chain};
use parties::crypto::{Digest, sha256};
use parties::decision::sign_object;
use parties::issuer::{CardTerms, Issuer};
use parties::registrar::{Grant, Scope};

use crate::card::Card;
use crate::chain::bad;
use crate::world::{Key, World, certify, day, grant, name, package, terms, today};

/// A card of this world from its first receipt on, with everything it was ever given.
struct Life {
    world: World,
    card: Card,
    receipts: Vec<Vec<u8>>,
    certificates: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Life {
    fn new() -> Self {
        let world = World::new();
        let card = Card::new(
            *world.issuer.root().digest(),
            *world.data_registrar.root().digest(),
            today(),
        );
        let mut life = Self {
            world,
            card,
            receipts: Vec::new(),
            certificates: Vec::new(),
        };
        let rc = life.certificate(&life.world.issuer, 1);
        let irc = life.world.card.irc.clone();
        life.register(&rc, &irc, &[sha256(&irc)]);
        life.store(1);
        life
    }

    /// The next certificate of the card by this issuer.
    fn certificate(&self, issuer: &Issuer<Key>, serial: u32) -> Vec<u8> {
        let request = self.card.ask_registration(&[1; 16]);
        let bare = CardTerms {
            policy: Policy::NONE,
            ..terms(*self.world.data_registrar.root().digest())
        };
        let decision = issuer.register(&request, &[1; 16], &bare, serial, today());
        decision.unwrap().granted().unwrap()
    }

    fn register(&mut self, rc: &[u8], irc: &[u8], authorizers: &[Digest]) {
        self.certificates.push((rc.to_vec(), irc.to_vec()));
        self.receipts.push(self.card.register_by(rc, irc, authorizers));
    }

    fn store(&mut self, version: u32) {
        let package = package(version);
        let identity = self.world.provider.identity().unwrap();
        let sdi = package.storing_data(Operation::Store, identity, today().add_days(9));
        self.card.mode = Mode::ProviderAlone;
        self.card.open(sdi);
        let dpr = *self.world.provider.certificate().digest();
        let receipt = self.card.carry_out(&sdi, package.digests().package, &[dpr]);
        self.receipts.push(receipt);
    }

    /// The receipt with this number says something else, under the card's own signature.
    fn rewrite(&self, number: usize, change: impl FnOnce(&mut Receipt)) -> Vec<Vec<u8>> {
        let mut receipts = self.receipts.clone();
        let mut receipt = Signed::parse(&receipts[number]).unwrap().receipt().unwrap();
        change(&mut receipt);
        receipts[number] = sign_object(&receipt, &self.card.key).unwrap();
        receipts.truncate(number + 1);
        receipts
    }

    fn check(&self, receipts: &[Vec<u8>]) -> ChainReport {
        self.check_with(receipts, &self.world.roots(), today())
    }

    fn check_with(&self, receipts: &[Vec<u8>], roots: &Roots, day: Date) -> ChainReport {
        let chain = Chain {
            receipts,
            cards: &self.certificates,
            head: None,
        };
        verify_chain(&chain, roots, day).unwrap()
    }
}

/// Another issuer of this world's registrar: an ordinary one, or the successor of one that is gone.
fn issuer(world: &World, who: &str, predecessor: Option<&str>) -> Issuer<Key> {
    let roots = vec![*world.data_registrar.root().digest()];
    let scope = match predecessor {
        None => Scope::DataRegistrars(roots),
        Some(gone) => Scope::SuccessorIssuer {
            predecessor: name(gone),
            roots,
        },
    };
    let grant = Grant {
        rights: scope.rights(),
        ..grant(scope)
    };
    let (irc, key) = certify(&world.issuer_registrar, who, &grant);
    Issuer::new(&irc, world.issuer.root().encoded(), world.roots(), key).unwrap()
}

#[test]
fn a_card_registered_again_is_one_card_with_one_chain() {
    let mut life = Life::new();
    let irc = life.world.card.irc.clone();
    let rc = life.certificate(&life.world.issuer, 2);
    life.register(&rc, &irc, &[sha256(&irc)]);
    life.store(2);
    let report = life.check(&life.receipts);
    assert!(report.report.all_good(), "{report:#?}");
    assert_eq!(report.entries.len(), 4);

    // Who has the later certificate only cannot tell who signed before, and sees nothing wrong.
    let all = std::mem::take(&mut life.certificates);
    life.certificates = all[1..].to_vec();
    let report = life.check(&life.receipts);
    assert!(report.report.nothing_bad() && !report.report.all_good());
    let unknown = |report: &ChainReport| {
        let checks = report.report.checks.iter();
        checks.filter(|check| check.detail.is_some()).count()
    };
    assert_eq!(unknown(&report), 2, "{report:#?}");
    life.certificates = all;

    for (receipts, expected) in [
        (
            life.rewrite(2, |receipt| {
                receipt.authorizers = apdu_spec::object::Authorizers::new(&[[1; 32]]).unwrap();
            }),
            vec!["receipt 2 by the card", "receipt 2 after the one before"],
        ),
        (
            life.rewrite(2, |receipt| receipt.flags = FLAG_RESCUE),
            vec!["receipt 2 by the card"],
        ),
        // Under the first certificate after the second one came, and the other way round.
        (
            life.rewrite(3, |receipt| {
                receipt.header.certificate = sha256(&life.certificates[0].0)
            }),
            vec!["receipt 3 after the one before"],
        ),
        (
            life.rewrite(1, |receipt| {
                receipt.header.certificate = sha256(&life.certificates[1].0)
            }),
            vec!["receipt 1 after the one before"],
        ),
        (
            life.rewrite(2, |receipt| {
                receipt.header.certificate = sha256(&life.certificates[0].0)
            }),
            vec!["receipt 2 after the one before"],
        ),
        // One request carried out twice.
        (
            life.rewrite(3, |receipt| receipt.request = 1),
            vec!["receipt 3 the only one of its request"],
        ),
        (
            life.rewrite(0, |receipt| {
                receipt.authorizers = apdu_spec::object::Authorizers::new(&[sha256(&irc), [1; 32]]).unwrap();
            }),
            vec!["receipt 0 after the one before"],
        ),
        (
            life.rewrite(0, |receipt| {
                let store = Signed::parse(&life.receipts[1]).unwrap().receipt().unwrap();
                *receipt = Receipt {
                    number: 0,
                    header: receipt.header,
                    files: receipt.files,
                    ..store
                };
            }),
            vec!["receipt 0 after the one before"],
        ),
    ] {
        assert_eq!(bad(&life.check(&receipts)), expected);
    }
    // A gap hides the registration, but not that the card went back.
    let back = life.rewrite(3, |receipt| {
        receipt.header.certificate = sha256(&life.certificates[0].0)
    });
    let with_gap = [back[0].clone(), back[1].clone(), back[3].clone()];
    assert!(life.check(&with_gap).report.nothing_bad());
    let older = life.rewrite(3, |receipt| receipt.content_counter = 0);
    let with_gap = [back[0].clone(), back[1].clone(), older[3].clone()];
    assert_eq!(bad(&life.check(&with_gap)), ["receipt 3 after the one before"]);
}

/// Serials only rise: an earlier certificate, or another one with the same serial, never comes after.
#[test]
fn a_card_never_goes_back_to_an_earlier_certificate() {
    let mut life = Life::new();
    let irc = life.world.card.irc.clone();
    let second = life.certificate(&life.world.issuer, 2);
    let twin = life.certificate(&life.world.issuer, 2);
    assert_ne!(second, twin);
    life.register(&second, &irc, &[sha256(&irc)]);
    life.register(&twin, &irc, &[sha256(&irc)]);
    assert_eq!(
        bad(&life.check(&life.receipts)),
        ["receipt 3 after the one before"]
    );

    let mut life = Life::new();
    let (first, irc) = life.certificates[0].clone();
    let second = life.certificate(&life.world.issuer, 2);
    life.register(&second, &irc, &[sha256(&irc)]);
    life.register(&first, &irc, &[sha256(&irc)]);
    life.store(2);
    assert_eq!(
        bad(&life.check(&life.receipts)),
        ["receipt 3 after the one before"]
    );
    // Nor does a gap hide it.
    life.receipts.remove(3);
    assert_eq!(
        bad(&life.check(&life.receipts)),
        ["receipt 4 after the one before"]
    );
}

#[test]
fn a_card_comes_from_another_issuer_by_release_or_rescue_only() {
    for (predecessor, flags) in [(None, 0), (Some("DEISSUER"), FLAG_RESCUE)] {
        let mut life = Life::new();
        let old = life.world.card.irc.clone();
        let next = issuer(&life.world, "DENEXT", predecessor);
        let irc = next.certificate().encoded().to_vec();
        let rc = life.certificate(&next, 2);
        let mut authorizers = vec![sha256(&irc)];
        if predecessor.is_none() {
            authorizers.push(sha256(&old));
        }
        life.card.flags = flags;
        life.register(&rc, &irc, &authorizers);
        let report = life.check(&life.receipts);
        assert!(report.report.all_good(), "{report:#?}");
        assert_eq!(report.entries[2].rescue, predecessor.is_some());

        let claims: [(Vec<Digest>, &[&str]); 3] = [
            (
                vec![sha256(&old), sha256(&irc)],
                &["receipt 2 by the card", "receipt 2 after the one before"],
            ),
            (vec![sha256(&irc), [1; 32]], &["receipt 2 after the one before"]),
            // A release where there was a rescue, and none where there must be one.
            (
                match predecessor {
                    None => vec![sha256(&irc)],
                    Some(_) => vec![sha256(&irc), sha256(&old)],
                },
                &["receipt 2 after the one before"],
            ),
        ];
        for (authorizers, expected) in claims {
            let receipts = life.rewrite(2, |receipt| {
                receipt.authorizers = apdu_spec::object::Authorizers::new(&authorizers).unwrap();
            });
            assert_eq!(bad(&life.check(&receipts)), expected);
        }
        let receipts = life.rewrite(2, |receipt| receipt.flags ^= FLAG_RESCUE);
        assert_eq!(bad(&life.check(&receipts)), ["receipt 2 by the card"]);
    }
    // The successor of somebody else.
    let mut life = Life::new();
    let stranger = issuer(&life.world, "DEHEIR", Some("DEELSE"));
    let irc = stranger.certificate().encoded().to_vec();
    let rc = life.certificate(&stranger, 2);
    life.card.flags = FLAG_RESCUE;
    life.register(&rc, &irc, &[sha256(&irc)]);
    assert_eq!(
        bad(&life.check(&life.receipts)),
        ["receipt 2 after the one before"]
    );
    assert_eq!(
        Certificate::parse(&irc).unwrap().holder.identity(),
        name("DEHEIR")
    );
}

/// What a bankrupt bank's cards did while they were its own stays proved, whatever was revoked since.
#[test]
fn an_issuer_that_is_revoked_by_now_does_not_spoil_what_came_before() {
    let mut life = Life::new();
    let old = life.world.card.irc.clone();
    let heir = issuer(&life.world, "DEHEIR", Some("DEISSUER"));
    let irc = heir.certificate().encoded().to_vec();
    let rc = life.certificate(&heir, 2);
    life.card.flags = FLAG_RESCUE;
    life.register(&rc, &irc, &[sha256(&irc)]);
    let roots_revoking = |digest: Digest| {
        let mut roots = life.world.roots();
        let list = life.world.issuer_registrar.revocation_list(1, &[digest], today());
        roots.add_list("list", &list.unwrap()).unwrap();
        roots
    };
    let report = life.check_with(&life.receipts, &roots_revoking(sha256(&old)), today());
    assert!(report.report.all_good(), "{report:#?}");
    let cannot = &report.report.cannot_know;
    assert!(
        cannot.iter().any(|line| line.contains("that was replaced")),
        "{cannot:?}"
    );
    // The present issuer, revoked or past its date, is another matter.
    let name = "card DECARD00001 under its issuer";
    let report = life.check_with(&life.receipts, &roots_revoking(sha256(&irc)), today());
    assert_eq!(bad(&report), [name]);
    let report = life.check_with(&life.receipts, &life.world.roots(), day("2031-01-01"));
    assert_eq!(bad(&report), [name]);
    // An earlier certificate that the issuer shown with it never gave: it is another one of the same registrar.
    let other = issuer(&life.world, "DEOTHER", None);
    life.certificates[0].1 = other.certificate().encoded().to_vec();
    let found = bad(&life.check(&life.receipts));
    let name = "card DECARD00001 under its issuer then, DEOTHER00001".to_owned();
    assert!(found.contains(&name), "{found:?}");
}

/// Receipts and certificates of two cards are no chain.
#[test]
fn two_cards_are_not_one() {
    let (mut one, other) = (Life::new(), Life::new());
    one.receipts.push(other.receipts[1].clone());
    one.certificates.extend(other.certificates);
    let found = bad(&one.check(&one.receipts));
    assert!(found.contains(&"one card".to_owned()), "{found:?}");
    assert!(
        found.contains(&"receipt 1 after the one before".to_owned()),
        "{found:?}"
    );
}
