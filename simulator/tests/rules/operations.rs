//! What an application's keys are used with: only what they are for, only under their rule, only in their application.

use apdu_spec::authentication::INTERNAL_LABEL;
use apdu_spec::command::{
    Command, KeyName, KeyTemplate, Purpose, SelectReply, SelectTarget, read_public_key,
};
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyEntry, KeyType, KeyUsage, OnReplace, PinEntry};
use apdu_spec::reference::{KeyReference, PinReference};
use applet::crypto::Crypto;
use applet::rustcrypto::RustCrypto;

use super::packages::Plan;
use super::scene::*;

pub const NOT_FOUND: u16 = 0x6A88;
pub const DENIED: u16 = 0x6982;
pub const NOT_NOW: u16 = 0x6985;

/// Making and reading: everybody. Using: PIN 81.
const BEHIND_PIN: [u8; 16] = [
    0x80, 0x01, 0x03, 0x90, 0x00, 0x80, 0x01, 0x04, 0xA4, 0x06, 0x83, 0x01, 0x81, 0x95, 0x01, 0x08,
];
/// Making, reading and using: everybody.
const OPEN: [u8; 5] = [0x80, 0x01, 0x07, 0x90, 0x00];
pub const PIN: &[u8] = b"135790";

pub fn key(reference: u8, kind: KeyType, usage: KeyUsage) -> KeyEntry<'static> {
    KeyEntry {
        reference,
        kind,
        usage,
        tries: usage.has_tries().then_some(3),
        rule: 2,
        replace: OnReplace::Keep,
        sealed: None,
    }
}

/// A package with keys that everybody may use (rule 2), or that need the PIN (rule 1).
pub fn plan(version: u32, keys: &[KeyEntry<'static>]) -> Plan {
    let mut plan = Plan::new(version);
    plan.rules.push(BEHIND_PIN.to_vec());
    plan.rules.push(OPEN.to_vec());
    plan.pins.push(PinEntry {
        reference: 0x81,
        minimum: 6,
        tries: 3,
        rule: 1,
        replace: OnReplace::Keep,
        transport: b"000000",
    });
    plan.keys.extend_from_slice(keys);
    plan
}

impl Scene {
    /// A card with an application that has these keys, selected, and its PIN changed.
    pub fn with_keys(keys: &[KeyEntry<'static>]) -> Self {
        let mut scene = Self::new();
        scene.carry_package(Operation::Store, aid(1), 1, &plan(1, keys).package());
        scene.select(1);
        scene.world.ok(&Command::ChangeReferenceData {
            reference: PinReference::Local(0x81),
            data: &[b"000000", PIN].concat(),
        });
        scene
    }

    pub fn select(&mut self, last: u8) {
        self.world.ok(&Command::Select {
            target: SelectTarget::Aid(aid(last).as_bytes()),
            reply: SelectReply::Nothing,
            next: false,
        });
    }

    pub fn verify_pin(&mut self) {
        self.world.ok(&Command::Verify {
            reference: PinReference::Local(0x81),
            pin: Some(PIN),
        });
    }

    pub fn make(&mut self, local: u8, template: KeyTemplate) -> Vec<u8> {
        self.world.ok(&make(local, template, true))
    }

    pub fn choose(&mut self, purpose: Purpose, local: u8) {
        self.world.ok(&choose(purpose, local));
    }
}

pub fn make(local: u8, template: KeyTemplate, make: bool) -> Command<'static> {
    Command::GenerateKeyPair {
        reference: KeyReference::Local(local),
        template,
        make,
    }
}

pub fn choose(purpose: Purpose, local: u8) -> Command<'static> {
    Command::SetEnvironment {
        purpose,
        key: KeyName::Local(local),
    }
}

const DIGEST: [u8; 32] = [7; 32];
const SIGN: Command<'_> = Command::Sign {
    digest: Some(&DIGEST),
};

fn is_good(point: &[u8], digest: &[u8; 32], signature: &[u8]) -> bool {
    let point = read_public_key(point).unwrap();
    let signature = signature.try_into().unwrap();
    RustCrypto.p256_verify(&point, digest, signature).is_ok()
}

#[test]
fn a_signing_key_signs_under_its_rule() {
    let mut behind_pin = key(0x82, KeyType::P256, KeyUsage::Sign);
    behind_pin.rule = 1;
    let mut scene = Scene::with_keys(&[behind_pin]);
    scene.choose(Purpose::Sign, 0x82);
    // The PIN is asked for before it is told that there is no key yet.
    scene.world.fails(&SIGN, DENIED);
    scene.verify_pin();
    scene.world.fails(&SIGN, NOT_FOUND);
    let point = scene.make(0x82, KeyTemplate::Signature);
    let signature = scene.world.ok(&SIGN);
    assert!(is_good(&point, &DIGEST, &signature));
    // A wrong PIN takes back what the right one gave.
    let wrong = Command::Verify {
        reference: PinReference::Local(0x81),
        pin: Some(b"999999"),
    };
    assert_eq!(scene.world.send(&wrong).1, 0x63C2);
    scene.world.fails(&SIGN, DENIED);
    // Leaving the application takes the choice of the key back, and the PIN.
    scene.verify_pin();
    scene.world.ok(&Command::Select {
        target: SelectTarget::MasterFile,
        reply: SelectReply::Nothing,
        next: false,
    });
    scene.world.fails(&SIGN, NOT_NOW);
    scene.select(1);
    scene.world.fails(&SIGN, NOT_NOW);
    scene.choose(Purpose::Sign, 0x82);
    scene.world.fails(&SIGN, DENIED);
    scene.world.reset();
    scene.world.fails(&SIGN, NOT_NOW);
}

#[test]
fn what_was_hashed_is_signed_once() {
    let mut scene = Scene::with_keys(&[key(0x82, KeyType::P256, KeyUsage::Sign)]);
    let point = scene.make(0x82, KeyTemplate::Signature);
    scene.choose(Purpose::Sign, 0x82);
    let sign = Command::Sign { digest: None };
    scene.world.fails(&sign, NOT_NOW);
    let (data, answer) = (&[0x5A; 300][..], true);
    let digest = scene.world.ok(&Command::Hash { data, answer });
    assert_eq!(digest, RustCrypto.digest(&[data]));
    let digest = digest.try_into().unwrap();
    let signature = scene.world.ok(&sign);
    assert!(is_good(&point, &digest, &signature));
    scene.world.fails(&sign, NOT_NOW);
    // A digest that the command brings is signed, and the kept one is gone all the same.
    scene.world.ok(&Command::Hash { data, answer: false });
    let signature = scene.world.ok(&SIGN);
    assert!(is_good(&point, &DIGEST, &signature));
    scene.world.fails(&sign, NOT_NOW);
}

#[test]
fn the_cards_own_keys_cannot_be_chosen() {
    let mut scene = Scene::with_keys(&[key(0x82, KeyType::P256, KeyUsage::Sign)]);
    for side in [0x41, 0x81] {
        for template in [0xA4, 0xA6, 0xB4, 0xB6, 0xB8] {
            for (tag, reference) in [(0x83, 1), (0x83, 2), (0x84, 1), (0x84, 2)] {
                let apdu = [0x00, 0x22, side, template, 0x03, tag, 0x01, reference];
                let (reply, status) = scene.world.apdu(&apdu);
                assert!(
                    reply.is_empty() && matches!(status, 0x6A80 | 0x6A86 | 0x6A88),
                    "{apdu:02X?} {status:04X}"
                );
            }
        }
    }
    // Nor named directly.
    for (instruction, reference) in [(0x88, 1), (0x88, 2), (0x82, 1), (0x82, 2)] {
        let apdu = [&[0x00, instruction, 0x00, reference, 0x10][..], &[0; 16], &[0x00]].concat();
        assert_eq!(scene.world.apdu(&apdu).1, NOT_FOUND);
    }
    scene.world.fails(&SIGN, NOT_NOW);
}

#[test]
fn a_key_is_used_for_what_it_is_for() {
    use {KeyTemplate as T, Purpose as P};
    let keys = [
        (0x81, KeyType::P256, KeyUsage::Sign, T::Signature, &[P::Sign][..]),
        (0x82, KeyType::P256, KeyUsage::Agree, T::Agreement, &[P::Agree]),
        (
            0x83,
            KeyType::P256,
            KeyUsage::AuthenticateCard,
            T::Authentication,
            &[P::AuthenticateCard],
        ),
        (
            0x84,
            KeyType::Aes128,
            KeyUsage::Cipher,
            T::Cipher,
            &[P::Encipher, P::Decipher],
        ),
        (
            0x85,
            KeyType::Aes256,
            KeyUsage::Mac,
            T::Mac,
            &[P::ComputeMac, P::VerifyMac],
        ),
        (
            0x86,
            KeyType::Hmac,
            KeyUsage::ComputeMac,
            T::Mac,
            &[P::ComputeMac],
        ),
        (
            0x87,
            KeyType::Aes256,
            KeyUsage::Decipher,
            T::Cipher,
            &[P::Decipher],
        ),
        (
            0x88,
            KeyType::Hmac,
            KeyUsage::AuthenticateOther,
            T::Authentication,
            &[P::AuthenticateOther],
        ),
    ];
    let entries = keys.map(|(reference, kind, usage, ..)| key(reference, kind, usage));
    let mut scene = Scene::with_keys(&entries);
    for (reference, kind, _, template, purposes) in keys {
        for wrong in KeyTemplate::ALL.into_iter().filter(|other| *other != template) {
            scene.world.fails(&make(reference, wrong, true), NOT_FOUND);
            scene.world.fails(&make(reference, wrong, false), NOT_FOUND);
        }
        let reply = scene.make(reference, template);
        assert_eq!(reply.is_empty(), kind != KeyType::P256);
        // Of a secret key nothing can be read.
        if kind != KeyType::P256 {
            scene.world.fails(&make(reference, template, false), NOT_FOUND);
        }
        for purpose in Purpose::ALL
            .into_iter()
            .filter(|purpose| *purpose != P::VerifySignature)
        {
            if purposes.contains(&purpose) {
                scene.choose(purpose, reference);
            } else {
                scene.world.fails(&choose(purpose, reference), NOT_FOUND);
            }
        }
        let internal = Command::InternalAuthenticate {
            key: Some(reference),
            challenge: &[1; 8],
        };
        let by_choice = Command::InternalAuthenticate {
            key: None,
            challenge: &[1; 8],
        };
        if purposes.contains(&P::AuthenticateCard) {
            let point = read_public_key(&reply).unwrap();
            let digest = RustCrypto.digest(&[INTERNAL_LABEL, &[1; 8]]);
            for command in [&internal, &by_choice] {
                let signature = scene.world.ok(command);
                let signature = signature.as_slice().try_into().unwrap();
                assert!(RustCrypto.p256_verify(&point, &digest, signature).is_ok());
            }
        } else {
            scene.world.fails(&internal, NOT_FOUND);
        }
    }
    // A key that is not there.
    scene.world.fails(&choose(P::Sign, 0x8F), NOT_FOUND);
    scene.world.fails(&make(0x8F, T::Signature, true), NOT_FOUND);
}

/// Losing this verifies what somebody else signed, or nothing at all.
#[test]
fn a_signature_is_verified_with_the_key_of_a_certificate() {
    let mut scene = Scene::with_keys(&[]);
    let message = b"signed by a provider";
    let signature = scene.provider.signature(message);
    let provider = super::parties::copy(&scene.provider);
    let other = super::parties::copy(&scene.other);
    let holder = |party: &super::parties::Party| party.view().holder.as_bytes().to_vec();
    let (name, stranger) = (holder(&provider), holder(&other));
    let by = |name: &'static [u8]| Command::SetEnvironment {
        purpose: Purpose::VerifySignature,
        key: KeyName::Holder(name),
    };
    let (name, stranger): (&'static [u8], &'static [u8]) = (name.leak(), stranger.leak());
    let digest = RustCrypto.digest(&[message]);
    let verify = Command::VerifySignature {
        digest: Some(&digest),
        signature: &signature,
    };
    scene.world.reset();
    scene.select(1);
    // No certificate yet; then one, but of another name.
    scene.world.fails(&by(name), NOT_NOW);
    scene.world.verify(&provider);
    scene.world.fails(&by(stranger), NOT_FOUND);
    scene.world.fails(&verify, NOT_NOW);
    scene.world.ok(&by(name));
    scene.world.ok(&verify);
    scene.world.ok(&Command::Hash {
        data: message,
        answer: false,
    });
    let of_kept = Command::VerifySignature {
        digest: None,
        signature: &signature,
    };
    scene.world.ok(&of_kept);
    // The kept digest is used up, and another's key verifies nothing of it.
    scene.world.fails(&of_kept, NOT_NOW);
    scene.world.verify(&other);
    scene.world.ok(&by(stranger));
    scene.world.fails(&verify, 0x6988);
}

#[test]
fn a_key_of_another_application_is_out_of_reach() {
    let mut scene = Scene::with_keys(&[key(0x82, KeyType::P256, KeyUsage::Sign)]);
    scene.make(0x82, KeyTemplate::Signature);
    let mut other = plan(1, &[]);
    other.aid = aid(2);
    scene.carry_package(Operation::Store, aid(2), 1, &other.package());
    scene.select(1);
    scene.choose(Purpose::Sign, 0x82);
    scene.select(2);
    scene.world.fails(&choose(Purpose::Sign, 0x82), NOT_FOUND);
    scene.world.fails(&SIGN, NOT_NOW);
    scene
        .world
        .fails(&make(0x82, KeyTemplate::Signature, true), NOT_FOUND);
}

#[test]
fn each_channel_chooses_for_itself() {
    let mut behind_pin = key(0x82, KeyType::P256, KeyUsage::Sign);
    behind_pin.rule = 1;
    let mut scene = Scene::with_keys(&[behind_pin]);
    scene.make(0x82, KeyTemplate::Signature);
    scene.verify_pin();
    scene.choose(Purpose::Sign, 0x82);
    scene.world.ok(&SIGN);
    assert_eq!(
        scene.world.apdu(&[0x00, 0x70, 0x00, 0x00, 0x01]),
        (vec![0x01], 0x9000)
    );
    let on_channel = |command: &Command<'_>| {
        let mut apdu = super::world::encode(command);
        apdu[0] = 0x01;
        apdu
    };
    let application = aid(1);
    let select = Command::Select {
        target: SelectTarget::Aid(application.as_bytes()),
        reply: SelectReply::Nothing,
        next: false,
    };
    assert_eq!(scene.world.apdu(&on_channel(&select)).1, 0x9000);
    assert_eq!(scene.world.apdu(&on_channel(&SIGN)).1, NOT_NOW);
    assert_eq!(
        scene.world.apdu(&on_channel(&choose(Purpose::Sign, 0x82))).1,
        0x9000
    );
    assert_eq!(scene.world.apdu(&on_channel(&SIGN)).1, DENIED);
    scene.world.ok(&SIGN);
}
