//! Who may register a card when: a card that anybody could take over would protect nobody's application.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, Extension, Policy, Rights, Role,
};
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::object::{
    Consent, FLAG_RESCUE, Mode, Operation, PackageDigests, ProviderId, ReceiptOperation, Release, Sdi,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::{KeyReference, PinReference};

use super::parties::*;
use super::revocation::list;
use super::world::*;

pub(crate) const fn released<'a>(certificate: &'a [u8], release: &'a [u8]) -> Command<'a> {
    Command::Register {
        certificate,
        release: Some(release),
    }
}

fn takes_over() -> Rights {
    Rights::NONE.with(Mode::Registration).with(Mode::RegisteredIssuer)
}

impl World {
    /// The pinned issuer's word that `to` may register the card, when it gets `change` wrong.
    pub(crate) fn release(&mut self, to: &Party, change: impl FnOnce(&mut Release)) -> Vec<u8> {
        let issuer = self.issuer_copy();
        self.release_by(&issuer, to, change)
    }

    fn release_by(&mut self, by: &Party, to: &Party, change: impl FnOnce(&mut Release)) -> Vec<u8> {
        let mut header = by.header(Mode::Registration);
        header.previous = sha256(&self.get(data::CARD_CERTIFICATE).unwrap());
        let mut release = Release {
            header,
            card: self.card_digest(),
            issuer: self.identity_of(to),
        };
        change(&mut release);
        by.sign(&release)
    }

    /// An RC of serial 2 that names this key-agreement key.
    fn rc_with(&mut self, issuer: &Party, point: &[u8; 65]) -> Vec<u8> {
        let rc = self.rc(issuer, |rc| rc.serial = 2);
        let view = Certificate::parse(&rc).unwrap();
        let Extension::Card(card) = view.extension else {
            panic!("an RC without what RCs say");
        };
        let extension = Extension::Card(CardExtension {
            key_agreement: point,
            ..card
        });
        issuer.sign_certificate(&CertificateBuilder {
            extension,
            ..CertificateBuilder::from(&view)
        })
    }

    fn open_requests(&mut self) -> usize {
        let list = self.get(data::OPEN_REQUESTS).unwrap();
        data::requests(&list).unwrap().count()
    }

    pub(crate) fn open_one(&mut self, mode: Mode, version: u32) {
        let provider = ProviderId {
            root: self.data.digest(),
            name: self.provider.view().holder.identity(),
        };
        let sdi = Sdi {
            operation: Operation::Store,
            aid: Aid::new(&[0xF1, 1, 2, 3, 4, 1]).unwrap(),
            version,
            package: Some(PackageDigests {
                size: 100,
                package: [1; 32],
                manifest: [2; 32],
                first_block: [3; 32],
            }),
            provider,
            expiry: date("2030-01-01"),
        };
        self.open(mode, &sdi);
    }

    /// Collects all receipts, so that there is room for more.
    fn collect(&mut self) {
        let newest = self.get(data::NEWEST_RECEIPT).unwrap();
        let number = self.newest_receipt(&newest).number;
        self.ok(&Command::CollectReceipts {
            number,
            held: sha256(&[apdu_spec::object::COLLECTION_PREFIX, &newest].concat()),
        });
    }

    fn serial(&mut self) -> (u32, Vec<u8>) {
        let rc = self.get(data::CARD_CERTIFICATE).unwrap();
        let view = Certificate::parse(&rc).unwrap();
        let Extension::Card(card) = view.extension else {
            panic!("an RC without what RCs say");
        };
        (card.serial, self.get(data::ISSUER_CERTIFICATE).unwrap())
    }
}

#[test]
fn the_first_registration_is_as_ever() {
    let mut world = World::personalised();
    let issuer = world.issuer_copy();
    let rc = world.rc(&issuer, |_| {});
    world.refused(&register(&rc), Reason::NoCertificate);
    world.verify(&copy(&world.provider));
    world.refused(&register(&rc), Reason::WrongRole);
    let successor = world.certify_successor(31, "XXHEIR00001", "XXISSU", takes_over());
    world.verify(&successor);
    let by_successor = world.rc(&successor, |_| {});
    world.refused(&register(&by_successor), Reason::NotSuccessor);
    world.verify(&issuer);
    world.fails(&released(&rc, &list(&world.issuers, 1, &[])), 0x6A80);
    world.put(data::USER_INFORMATION, &[8; 32]);
    world.refused(&register(&rc), Reason::NotThisCard);
    world.put(data::USER_INFORMATION, &[9; 32]);
    let reply = world.ok(&register(&rc));
    let receipt = world.newest_receipt(&reply);
    assert_eq!((receipt.number, receipt.flags), (0, 0));
    assert_eq!(receipt.authorizers.as_slice(), [issuer.digest()]);
    // The session is a fresh one.
    let rc = world.rc(&issuer, |rc| rc.serial = 2);
    world.refused(&register(&rc), Reason::NoCertificate);
}

#[test]
fn the_pinned_issuer_registers_again_with_any_key_of_its_own() {
    let mut world = World::registered();
    let newer = world.certify_issuer(31, "XXISSU00002");
    world.open_one(Mode::ViaIssuer, 1);
    world.open_one(Mode::ViaIssuer, 2);
    assert_eq!(world.open_requests(), 2);
    world.verify(&newer);
    let same_serial = world.rc(&newer, |_| {});
    world.refused(&register(&same_serial), Reason::SerialTooOld);
    let rc = world.rc(&newer, |rc| {
        rc.serial = 5;
        rc.policy = Policy::NONE.with(Mode::ViaIssuer);
        // What is said of the user may change: it was compared once.
        rc.user_information = &[10; 32];
    });
    let reply = world.ok(&register(&rc));
    let receipt = world.newest_receipt(&reply);
    assert_eq!(receipt.operation, ReceiptOperation::Registration);
    assert_eq!((receipt.number, receipt.request, receipt.flags), (1, 0, 0));
    assert_eq!(receipt.consent, Consent::None);
    assert_eq!(receipt.header.certificate, sha256(&rc));
    assert_eq!(receipt.authorizers.as_slice(), [newer.digest()]);
    assert_eq!(world.serial(), (5, newer.certificate.clone()));
    assert_eq!(world.open_requests(), 0);
    world.verify(&newer);
    let older = world.rc(&newer, |rc| rc.serial = 5);
    world.refused(&register(&older), Reason::SerialTooOld);
}

#[test]
fn a_wider_policy_needs_the_holder() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    let wider = [
        Policy::NONE.with(Mode::ViaIssuer).with(Mode::CertifiedData),
        Policy::NONE.with(Mode::ViaIssuer).with_mac(),
        Policy::NONE.with(Mode::ViaIssuer).with_consent_waived(),
    ];
    for (serial, policy) in (2..).zip(wider) {
        world.verify(&issuer);
        let rc = world.rc(&issuer, |rc| (rc.serial, rc.policy) = (serial, policy));
        world.refused(&register(&rc), Reason::ConsentMissing);
        world.ok(&Command::Verify {
            reference: PinReference::Consent,
            pin: Some(CONSENT),
        });
        let reply = world.ok(&register(&rc));
        assert_eq!(world.newest_receipt(&reply).consent, Consent::Pin);
    }
    // Consent counts for one attempt.
    world.verify(&issuer);
    let wide = world.rc(&issuer, |rc| (rc.serial, rc.policy) = (9, Policy::ALL));
    let old = world.rc(&issuer, |rc| (rc.serial, rc.policy) = (1, Policy::ALL));
    world.consent();
    world.refused(&register(&old), Reason::SerialTooOld);
    world.refused(&register(&wide), Reason::ConsentMissing);
}

#[test]
fn keys_and_roots_stay_as_they_are() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    world.verify(&issuer);
    let another = copy(&world.provider);
    let another = *another.view().point;
    let other_key = world.rc_with(&issuer, &another);
    world.refused(&register(&other_key), Reason::NotThisCard);
    let other_root = world.rc(&issuer, |rc| (rc.serial, rc.data_root) = (2, &[1; 32]));
    world.refused(&register(&other_root), Reason::RootMismatch);
    let mut other_card = World::personalised();
    // Its keys are others: its random numbers went on.
    other_card.generate(KeyReference::Registration);
    let foreign = other_card.rc(&issuer, |rc| rc.serial = 2);
    world.refused(&register(&foreign), Reason::NotThisCard);
    let by_other = world.certify_issuer(31, "XXOTHR00001");
    let not_its_own = world.rc(&by_other, |rc| rc.serial = 2);
    world.refused(&register(&not_its_own), Reason::UnknownAuthority);
}

#[test]
fn another_issuer_needs_the_release_and_the_holder() {
    let mut world = World::registered();
    let (old, new) = (world.issuer_copy(), world.certify_issuer(31, "XXNEWI00001"));
    let third = world.certify_issuer(32, "XXTHRD00001");
    world.open_one(Mode::ViaIssuer, 1);
    world.verify(&new);
    let rc = world.rc(&new, |rc| rc.serial = 2);
    let attempt = |world: &mut World, release: &[u8], reason| {
        world.consent();
        world.refused(&released(&rc, release), reason);
    };
    world.consent();
    world.refused(&register(&rc), Reason::NotReleased);
    let release = world.release(&third, |_| {});
    attempt(&mut world, &release, Reason::NotReleased);
    let release = world.release(&new, |release| release.issuer.root = [1; 32]);
    attempt(&mut world, &release, Reason::NotReleased);
    let release = world.release(&new, |release| release.card = [1; 32]);
    attempt(&mut world, &release, Reason::OtherRequest);
    let release = world.release(&new, |release| release.header.previous = [1; 32]);
    attempt(&mut world, &release, Reason::OtherRequest);
    let release = world.release(&new, |release| release.header.mode = Mode::RegisteredIssuer);
    attempt(&mut world, &release, Reason::OtherRequest);
    let release = world.release(&new, |release| {
        release.header.role = Role::Provider;
    });
    attempt(&mut world, &release, Reason::WrongRole);
    // Signed by whom it suits.
    let release = world.release_by(&new, &new, |_| {});
    attempt(&mut world, &release, Reason::WrongSigner);
    let pinned = old.digest();
    let release = world.release_by(&new, &new, |release| release.header.certificate = pinned);
    attempt(&mut world, &release, Reason::BadSignature);
    let release = world.release(&new, |_| {});
    let old_rc = world.rc(&new, |rc| rc.serial = 1);
    world.consent();
    world.refused(&released(&old_rc, &release), Reason::SerialTooOld);
    world.refused(&released(&rc, &release), Reason::ConsentMissing);
    assert_eq!(world.open_requests(), 1);

    world.consent();
    let reply = world.ok(&released(&rc, &release));
    let receipt = world.newest_receipt(&reply);
    assert_eq!(receipt.authorizers.as_slice(), [new.digest(), old.digest()]);
    assert_eq!((receipt.consent, receipt.flags), (Consent::Pin, 0));
    assert_eq!(world.serial(), (2, new.certificate.clone()));
    assert_eq!(world.open_requests(), 0);
    // The one before is nobody here now.
    world.verify(&old);
    let back = world.rc(&old, |rc| rc.serial = 3);
    world.consent();
    world.refused(&register(&back), Reason::NotReleased);
    world.consent();
    world.refused(&released(&back, &release), Reason::WrongSigner);
    // A release is not needed, and not taken, where the issuer stays.
    world.verify(&new);
    let again = world.rc(&new, |rc| rc.serial = 3);
    world.fails(&released(&again, &release), 0x6A80);
    world.ok(&register(&again));
}

#[test]
fn an_issuer_that_does_not_count_any_more_releases_nothing() {
    let mut world = World::registered();
    let new = world.certify_issuer(31, "XXNEWI00001");
    let release = world.release(&new, |_| {});
    let revoked = list(&world.issuers, 1, &[world.issuer.digest()]);
    world.ok(&Command::LoadRevocationList { list: &revoked });
    world.verify(&new);
    let rc = world.rc(&new, |rc| rc.serial = 2);
    world.consent();
    world.refused(&released(&rc, &release), Reason::Revoked);
}

#[test]
fn a_successor_takes_over_with_the_holder_and_does_nothing_else() {
    let mut world = World::registered();
    let successor = world.certify_successor(31, "XXHEIR00001", "XXISSU", takes_over());
    let of_another = world.certify_successor(31, "XXHEIR00001", "XXISSV", takes_over());
    let greedy = world.certify_successor(31, "XXHEIR00001", "XXISSU", takes_over().with(Mode::ViaIssuer));
    for party in [&of_another, &greedy] {
        world.verify(party);
        let rc = world.rc(party, |rc| rc.serial = 2);
        world.consent();
        world.refused(&register(&rc), Reason::NotSuccessor);
    }
    world.open_one(Mode::ViaIssuer, 1);
    world.verify(&successor);
    let rc = world.rc(&successor, |rc| rc.serial = 2);
    world.refused(&register(&rc), Reason::ConsentMissing);
    let release = world.release(&successor, |_| {});
    world.consent();
    world.fails(&released(&rc, &release), 0x6A80);
    world.consent();
    let reply = world.ok(&register(&rc));
    let receipt = world.newest_receipt(&reply);
    assert_eq!((receipt.flags, receipt.consent), (FLAG_RESCUE, Consent::Pin));
    assert_eq!(receipt.authorizers.as_slice(), [successor.digest()]);
    assert_eq!(world.serial(), (2, successor.certificate.clone()));
    assert_eq!(world.open_requests(), 0);

    // With that certificate it registers nothing more, and lets the card go to nobody.
    world.verify(&successor);
    let again = world.rc(&successor, |rc| rc.serial = 3);
    world.consent();
    world.refused(&register(&again), Reason::NotSuccessor);
    let third = world.certify_issuer(32, "XXTHRD00001");
    let release = world.release_by(&successor, &third, |_| {});
    world.verify(&third);
    let rc = world.rc(&third, |rc| rc.serial = 3);
    world.consent();
    world.refused(&released(&rc, &release), Reason::NotSuccessor);
    // The old issuer is not the issuer any more.
    let old = world.issuer_copy();
    world.verify(&old);
    let rc = world.rc(&old, |rc| rc.serial = 3);
    world.consent();
    world.refused(&register(&rc), Reason::NotReleased);
    // With its ordinary certificate the successor is an issuer like any other.
    let ordinary = world.certify_issuer(33, "XXHEIR00002");
    world.verify(&ordinary);
    let rc = world.rc(&ordinary, |rc| rc.serial = 3);
    let reply = world.ok(&register(&rc));
    assert_eq!(world.newest_receipt(&reply).flags, 0);
}

#[test]
fn receipts_must_be_collected_before_there_is_no_room() {
    let mut world = World::registered();
    let issuer = world.issuer_copy();
    let kept = u32::try_from(limits::RECEIPTS_KEPT).unwrap();
    for serial in 2..=kept {
        world.verify(&issuer);
        let rc = world.rc(&issuer, |rc| rc.serial = serial);
        world.ok(&register(&rc));
    }
    world.verify(&issuer);
    let rc = world.rc(&issuer, |rc| rc.serial = kept + 1);
    world.refused(&register(&rc), Reason::ReceiptsUncollected);
    world.collect();
    world.ok(&register(&rc));
}
