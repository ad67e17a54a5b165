//! MACs in place of signatures: who may use them, and under which key. What a user would lose: an application that somebody stored with
//! a key that was never agreed on, was replaced, or is not allowed on this card.

use apdu_spec::certificate::Policy;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::object::{
    Algorithm, FLAG_MAC, FirstAuthorization, Header, Mode, Operation, Sdi, SecondAuthorization, Signed,
};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use crate::card::{Answer, CONSENT_PIN, Card};
use crate::package::package;
use crate::world::{Holder, World, sha256, today};

const ISSUERS: [u8; 16] = [1; 16];
const PROVIDERS: [u8; 16] = [2; 16];

struct Scene {
    world: World,
    card: Card,
    registration: Vec<u8>,
    certificate: [u8; 32],
}

impl Scene {
    fn new(policy: Policy) -> Self {
        let world = World::new();
        let (mut card, registration) = Card::issued(&world, policy);
        let certificate = sha256(&card.get(data::CARD_CERTIFICATE, &[]).unwrap());
        Self {
            world,
            card,
            registration,
            certificate,
        }
    }

    fn consent(&mut self) {
        self.card.verify(PinReference::Consent, CONSENT_PIN).unwrap();
    }

    /// A key of somebody for this card, signed by somebody.
    fn share(&mut self, holder: &Holder, version: u32, key: &[u8; 16]) -> Answer {
        self.consent();
        let key = &holder.sealed(&self.registration, &self.certificate, version, key);
        self.card.run(&Command::LoadSharedKey { key })
    }

    fn open(&mut self) -> Vec<u8> {
        self.consent();
        let aid = apdu_spec::aid::Aid::new(&[0xF0, 0x4E, 0, 0, 1, 1]).unwrap();
        let sdi = Sdi {
            operation: Operation::Store,
            aid,
            version: 1,
            package: Some(package(aid, 1, 0).digests),
            provider: self.world.identity(0),
            expiry: today().add_days(300),
        };
        let mut encoded = [0; Sdi::MAX];
        let length = sdi.write_body(&mut encoded).unwrap();
        let open = Command::OpenRequest {
            mode: Mode::ViaIssuer,
            sdi,
            sdi_encoded: &encoded[..length],
        };
        self.card.run(&open).unwrap()
    }

    /// SAR and SA as MACs, or one of them as a signature.
    fn authorize(
        &mut self,
        request: &[u8],
        issuers: Option<&[u8; 16]>,
        providers: Option<&[u8; 16]>,
    ) -> Answer {
        self.authorize_after(request, issuers, providers, |_| {})
    }

    /// The same, when `change` was at the second object.
    fn authorize_after(
        &mut self,
        request: &[u8],
        issuers: Option<&[u8; 16]>,
        providers: Option<&[u8; 16]>,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Answer {
        let (issuer, provider) = (&self.world.issuers[0], &self.world.providers[0]);
        self.card.verify_certificate(&provider.certificate).unwrap();
        let header = |holder: &Holder, previous, key: Option<_>| Header {
            mode: Mode::ViaIssuer,
            role: holder.role,
            certificate: holder.digest,
            previous,
            algorithm: if key.is_some() {
                Algorithm::AesCmac
            } else {
                Algorithm::EcdsaP256Sha256
            },
        };
        let first = FirstAuthorization {
            header: header(issuer, sha256(request), issuers),
            card_certificate: self.certificate,
        };
        let first = issuers.map_or_else(|| issuer.signed(&first), |key| Holder::maced(&first, key));
        let second = SecondAuthorization {
            header: header(provider, sha256(&first), providers),
        };
        let mut second =
            providers.map_or_else(|| provider.signed(&second), |key| Holder::maced(&second, key));
        change(&mut second);
        self.card.run(&Command::Authorize {
            number: 1,
            first: &first,
            second: Some(&second),
        })
    }
}

fn reason(answer: Answer) -> Reason {
    answer.expect_err("refused").1
}

#[test]
fn a_mac_counts_where_policy_and_a_shared_key_make_it_count() {
    let mut scene = Scene::new(Policy::ALL.with_mac());
    let (issuer, provider) = (scene.world.issuers[0].clone(), scene.world.providers[0].clone());
    let request = scene.open();
    let none = scene.authorize(&request, Some(&ISSUERS), Some(&PROVIDERS));
    assert_eq!(reason(none), Reason::NoSharedKey);
    scene.share(&issuer, 5, &ISSUERS).unwrap();
    let half = scene.authorize(&request, Some(&ISSUERS), Some(&PROVIDERS));
    assert_eq!(reason(half), Reason::NoSharedKey);
    scene.card.verify_certificate(&provider.certificate).unwrap();
    scene.share(&provider, 1, &PROVIDERS).unwrap();
    for (issuers, providers) in [
        (&PROVIDERS, &PROVIDERS),
        (&ISSUERS, &ISSUERS),
        (&[0; 16], &PROVIDERS),
    ] {
        let other = scene.authorize(&request, Some(issuers), Some(providers));
        assert_eq!(reason(other), Reason::BadSignature);
    }
    scene
        .authorize(&request, Some(&ISSUERS), Some(&PROVIDERS))
        .unwrap();
    let block = &package(apdu_spec::aid::Aid::new(&[0xF0, 0x4E, 0, 0, 1, 1]).unwrap(), 1, 0).blocks[0];
    let load = Command::LoadBlock {
        index: 0,
        last: true,
        number: 1,
        block,
    };
    let receipt = scene.card.run(&load).unwrap();
    let receipt = Signed::parse(&receipt).unwrap().receipt().unwrap();
    assert_eq!(
        receipt.flags, FLAG_MAC,
        "whoever reads the receipt knows what its authorizations are worth"
    );
}

/// A scene in which a request is open and both keys are shared.
fn shared() -> (Scene, Vec<u8>) {
    let mut scene = Scene::new(Policy::ALL.with_mac());
    let (issuer, provider) = (scene.world.issuers[0].clone(), scene.world.providers[0].clone());
    let request = scene.open();
    scene.share(&issuer, 1, &ISSUERS).unwrap();
    scene.card.verify_certificate(&provider.certificate).unwrap();
    scene.share(&provider, 1, &PROVIDERS).unwrap();
    (scene, request)
}

#[test]
fn all_of_a_mac_is_compared() {
    let (mut scene, request) = shared();
    for byte in 1..=16 {
        let spoiled = scene.authorize_after(&request, Some(&ISSUERS), Some(&PROVIDERS), |second| {
            let place = second.len() - byte;
            second[place] ^= 1;
        });
        assert_eq!(reason(spoiled), Reason::BadSignature, "byte {byte} from the end");
    }
    scene
        .authorize(&request, Some(&ISSUERS), Some(&PROVIDERS))
        .unwrap();
}

#[test]
fn each_party_has_a_key_of_its_own() {
    let mut scene = Scene::new(Policy::ALL.with_mac());
    let (one, other) = (scene.world.providers[0].clone(), scene.world.providers[1].clone());
    let request = scene.open();
    scene.card.verify_certificate(&other.certificate).unwrap();
    scene.share(&other, 1, &PROVIDERS).unwrap();
    let others = scene.authorize(&request, None, Some(&PROVIDERS));
    assert_eq!(reason(others), Reason::NoSharedKey);
    // Neither of the two keys takes the other's place.
    scene.card.verify_certificate(&one.certificate).unwrap();
    scene.share(&one, 1, &[3; 16]).unwrap();
    let others = scene.authorize(&request, None, Some(&PROVIDERS));
    assert_eq!(reason(others), Reason::BadSignature);
    scene.authorize(&request, None, Some(&[3; 16])).unwrap();
    scene.card.verify_certificate(&other.certificate).unwrap();
    assert_eq!(reason(scene.share(&other, 1, &[4; 16])), Reason::KeyTooOld);
}

#[test]
fn one_of_the_two_may_sign() {
    let mut scene = Scene::new(Policy::ALL.with_mac());
    let issuer = scene.world.issuers[0].clone();
    let request = scene.open();
    scene.share(&issuer, 1, &ISSUERS).unwrap();
    scene.authorize(&request, Some(&ISSUERS), None).unwrap();
}

#[test]
fn a_card_whose_policy_has_no_macs_takes_none() {
    let mut scene = Scene::new(Policy::ALL);
    let issuer = scene.world.issuers[0].clone();
    assert_eq!(reason(scene.share(&issuer, 1, &ISSUERS)), Reason::PolicyForbids);
    let request = scene.open();
    let mac = scene.authorize(&request, Some(&ISSUERS), None);
    assert_eq!(reason(mac), Reason::PolicyForbids);
}

#[test]
fn a_key_is_for_one_card_from_one_party_and_newer_than_the_last() {
    let mut scene = Scene::new(Policy::ALL.with_mac());
    let (issuer, other) = (scene.world.issuers[0].clone(), scene.world.issuers[1].clone());
    scene.share(&issuer, 2, &ISSUERS).unwrap();
    for version in [0, 1, 2] {
        assert_eq!(reason(scene.share(&issuer, version, &[9; 16])), Reason::KeyTooOld);
    }
    assert_eq!(reason(scene.share(&other, 3, &[9; 16])), Reason::WrongSigner);
    // A provider whose certificate nobody has shown, and one that shows somebody else's.
    let (provider, impostor) = (scene.world.providers[0].clone(), scene.world.providers[1].clone());
    assert_eq!(
        reason(scene.share(&provider, 1, &PROVIDERS)),
        Reason::NoCertificate
    );
    scene.card.verify_certificate(&provider.certificate).unwrap();
    assert_eq!(reason(scene.share(&impostor, 1, &PROVIDERS)), Reason::WrongSigner);
    // Without consent nothing is taken in.
    let key = &issuer.sealed(&scene.registration, &scene.certificate, 3, &[9; 16]);
    let silent = scene.card.run(&Command::LoadSharedKey { key });
    assert_eq!(reason(silent), Reason::ConsentMissing);
    // The key for a card with another certificate.
    scene.consent();
    let key = &issuer.sealed(&scene.registration, &[0; 32], 3, &[9; 16]);
    let elsewhere = scene.card.run(&Command::LoadSharedKey { key });
    assert_eq!(reason(elsewhere), Reason::NotThisCard);
    // The key for another card, with the same key for agreeing.
    scene.consent();
    let mut another = scene.registration.clone();
    let point = apdu_spec::certificate::CertificateRequest::parse(&another)
        .unwrap()
        .point;
    let place = another.windows(65).position(|window| window == point).unwrap();
    another[place + 64] ^= 1;
    let key = &issuer.sealed(&another, &scene.certificate, 3, &[9; 16]);
    let elsewhere = scene.card.run(&Command::LoadSharedKey { key });
    assert_eq!(reason(elsewhere), Reason::NotThisCard);
    // One that nobody signed.
    scene.consent();
    let mut key = issuer.sealed(&scene.registration, &scene.certificate, 3, &[9; 16]);
    *key.last_mut().unwrap() ^= 1;
    let forged = scene.card.run(&Command::LoadSharedKey { key: &key });
    assert_eq!(reason(forged), Reason::BadSignature);
    // After all that, the first key is the one that counts.
    let request = scene.open();
    assert_eq!(
        reason(scene.authorize(&request, Some(&[9; 16]), None)),
        Reason::BadSignature
    );
    scene.authorize(&request, Some(&ISSUERS), None).unwrap();
}
