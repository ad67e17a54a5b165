//! Keys that others have too: brought sealed in a package, used to encipher, to compute MACs, and to show who is there.

use apdu_spec::authentication::{EXTERNAL_LABEL, INTERNAL_LABEL, MUTUAL_CARD_LABEL, MUTUAL_OTHER_LABEL};
use apdu_spec::command::{
    BinaryFile, Command, Expected, KeyTemplate, Purpose, SelectReply, SelectTarget, read_public_key,
};
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyEntry, KeyType, KeyUsage, OnReplace};
use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;

use super::operations::*;
use super::packages::{Plan, file};
use super::scene::*;

const VALUE: [u8; 32] = [0x4B; 32];
const WRONG: u16 = 0x6988;

impl Scene {
    /// Seals the values of a plan's keys for this card: SPEC.md section 4.1.1.
    pub fn seal(&mut self, plan: &mut Plan, values: &[(u8, &[u8])]) {
        let mut values: Vec<_> = values
            .iter()
            .map(|(reference, value)| (*reference, value.to_vec()))
            .collect();
        plan.seal = Some(self.seal_values(&plan.aid, &mut values));
        for (reference, value) in values {
            let entry = plan
                .keys
                .iter_mut()
                .find(|key| key.reference == reference)
                .unwrap();
            entry.sealed = Some(value.leak());
        }
    }

    /// A card with an application that has these keys, of this value; selected.
    fn with_sealed(keys: &[KeyEntry<'static>], value: &[u8; 32], change: impl FnOnce(&mut Plan)) -> Self {
        let mut scene = Self::new();
        let mut plan = plan(1, keys);
        change(&mut plan);
        let values: Vec<_> = keys
            .iter()
            .map(|key| (key.reference, &value[..key.kind.secret_length()]))
            .collect();
        scene.seal(&mut plan, &values);
        scene.carry_package(Operation::Store, aid(1), 1, &plan.package());
        scene.select(1);
        scene
    }

    /// Whether these bytes are anywhere in the flash.
    fn flash_holds(&mut self, bytes: &[u8]) -> bool {
        let image = self.world.card.snapshot().unwrap();
        image.windows(bytes.len()).any(|window| window == bytes)
    }

    fn challenge(&mut self) -> Vec<u8> {
        self.world.ok(&Command::GetChallenge { length: 16 })
    }
}

fn external<'a>(key: u8, random: Option<&'a [u8; 16]>, mac: &'a [u8]) -> Command<'a> {
    let key = Some(key);
    Command::AuthenticateByKey { key, random, mac }
}

/// By the key that MANAGE SECURITY ENVIRONMENT chose.
fn chosen<'a>(random: Option<&'a [u8; 16]>, mac: &'a [u8]) -> Command<'a> {
    let key = None;
    Command::AuthenticateByKey { key, random, mac }
}

/// Reading file 1: whoever showed that he has key 84.
const BEHIND_KEY: [u8; 11] = [0x80, 0x01, 0x01, 0xA4, 0x06, 0x83, 0x01, 0x84, 0x95, 0x01, 0x80];

fn guarded(plan: &mut Plan) {
    plan.rules.push(BEHIND_KEY.to_vec());
    plan.files[0] = file(1, 3, OnReplace::Keep);
}

const READ: Command<'_> = Command::ReadBinary {
    file: BinaryFile::Current,
    offset: 0,
    length: Expected::Exactly(1),
};

fn open_file(scene: &mut Scene) {
    scene.world.ok(&Command::Select {
        target: SelectTarget::ChildEf(1),
        reply: SelectReply::Nothing,
        next: false,
    });
}

#[test]
fn only_the_key_opens_what_waits_for_it() {
    for kind in [KeyType::Aes128, KeyType::Aes256, KeyType::Hmac] {
        let keys = [key(0x84, kind, KeyUsage::AuthenticateBoth)];
        let mut scene = Scene::with_sealed(&keys, &VALUE, guarded);
        let f = |parts: &[&[u8]]| match kind {
            KeyType::Hmac => RustCrypto.hmac_sha256(&VALUE, parts).to_vec(),
            _ => RustCrypto
                .aes_cmac(&VALUE[..kind.secret_length()], parts)
                .unwrap()
                .to_vec(),
        };
        open_file(&mut scene);
        scene.world.fails(&READ, DENIED);
        let wrong = vec![0; f(&[]).len()];
        // Without a challenge nothing is compared, and no try is spent.
        scene.world.fails(&external(0x84, None, &wrong), NOT_NOW);
        // The card's own answer, and one for MUTUAL AUTHENTICATE, are no answers.
        let random = [9; 16];
        for label in [INTERNAL_LABEL, MUTUAL_OTHER_LABEL] {
            let challenge = scene.challenge();
            let answer = f(&[label, &challenge]);
            let status = scene.world.send(&external(0x84, None, &answer)).1;
            assert!(matches!(status, 0x63C1 | 0x63C2), "{status:04X}");
            scene.world.fails(&READ, DENIED);
        }
        let challenge = scene.challenge();
        scene
            .world
            .ok(&external(0x84, None, &f(&[EXTERNAL_LABEL, &challenge])));
        scene.world.ok(&READ);
        // The challenge is used up, and asking again takes back what was established.
        scene
            .world
            .fails(&external(0x84, None, &f(&[EXTERNAL_LABEL, &challenge])), NOT_NOW);
        scene.world.fails(&READ, DENIED);
        // All tries are there again: three wrong answers block, and then the right one comes too late.
        for left in [0x63C2, 0x63C1, 0x6983] {
            scene.challenge();
            assert_eq!(scene.world.send(&external(0x84, None, &wrong)).1, left);
        }
        let challenge = scene.challenge();
        scene
            .world
            .fails(&external(0x84, None, &f(&[EXTERNAL_LABEL, &challenge])), 0x6983);
        scene.world.fails(&READ, DENIED);
        // A replacement that keeps the key keeps it blocked, whatever value it brings.
        let mut second = plan(2, &keys);
        guarded(&mut second);
        scene.seal(&mut second, &[(0x84, &[7; 32][..kind.secret_length()])]);
        scene.carry_package(Operation::Replace, aid(1), 2, &second.package());
        scene.select(1);
        let challenge = scene.challenge();
        let answer = f(&[MUTUAL_OTHER_LABEL, &challenge, &random]);
        scene.world.fails(&external(0x84, Some(&random), &answer), 0x6983);
        // One that does not keep it brings a new key, and the old one is worth nothing.
        let mut third = plan(3, &keys);
        guarded(&mut third);
        third.keys[0].replace = OnReplace::Reset;
        let new = [7; 32];
        scene.seal(&mut third, &[(0x84, &new[..kind.secret_length()])]);
        scene.carry_package(Operation::Replace, aid(1), 3, &third.package());
        scene.select(1);
        let challenge = scene.challenge();
        assert_eq!(
            scene
                .world
                .send(&external(0x84, None, &f(&[EXTERNAL_LABEL, &challenge])))
                .1,
            0x63C2
        );
    }
}

#[test]
fn both_sides_show_that_they_have_the_key() {
    let keys = [
        key(0x84, KeyType::Aes256, KeyUsage::AuthenticateBoth),
        key(0x85, KeyType::Aes256, KeyUsage::AuthenticateOther),
        key(0x86, KeyType::Aes256, KeyUsage::AuthenticateCard),
    ];
    let mut scene = Scene::with_sealed(&keys, &VALUE, guarded);
    let f = |parts: &[&[u8]]| RustCrypto.aes_cmac(&VALUE, parts).unwrap();
    let random = [9; 16];
    // A key for one way only is not for both.
    for one_way in [0x85, 0x86] {
        let challenge = scene.challenge();
        let answer = f(&[MUTUAL_OTHER_LABEL, &challenge, &random]);
        scene
            .world
            .fails(&external(one_way, Some(&random), &answer), NOT_FOUND);
    }
    let challenge = scene.challenge();
    let answer = f(&[MUTUAL_OTHER_LABEL, &challenge, &random]);
    let card = scene.world.ok(&external(0x84, Some(&random), &answer));
    assert_eq!(card, f(&[MUTUAL_CARD_LABEL, &random, &challenge]));
    open_file(&mut scene);
    scene.world.ok(&READ);
    // The key may be chosen before it is used, for both commands; without a choice there is none, and the challenge is gone.
    scene.world.reset();
    scene.select(1);
    open_file(&mut scene);
    let challenge = scene.challenge();
    let answer = f(&[MUTUAL_OTHER_LABEL, &challenge, &random]);
    scene.world.fails(&chosen(Some(&random), &answer), NOT_NOW);
    scene
        .world
        .fails(&external(0x84, Some(&random), &answer), NOT_NOW);
    scene
        .world
        .fails(&choose(Purpose::AuthenticateOther, 0x86), NOT_FOUND);
    scene.choose(Purpose::AuthenticateOther, 0x84);
    for random in [Some(&random), None] {
        let challenge = scene.challenge();
        let answer = match random {
            Some(random) => f(&[MUTUAL_OTHER_LABEL, &challenge, random]),
            None => f(&[EXTERNAL_LABEL, &challenge]),
        };
        assert_eq!(
            scene.world.ok(&chosen(random, &answer)).is_empty(),
            random.is_none()
        );
        scene.world.ok(&READ);
        scene.world.fails(&chosen(random, &answer), NOT_NOW);
        scene.world.fails(&READ, DENIED);
    }
    // Another key's authentication is not this one's.
    scene.world.reset();
    scene.select(1);
    let challenge = scene.challenge();
    scene
        .world
        .ok(&external(0x85, None, &f(&[EXTERNAL_LABEL, &challenge])));
    open_file(&mut scene);
    scene.world.fails(&READ, DENIED);
    let internal = Command::InternalAuthenticate {
        key: Some(0x86),
        challenge: &random,
    };
    assert_eq!(scene.world.ok(&internal), f(&[INTERNAL_LABEL, &random]));
    let other_way = Command::InternalAuthenticate {
        key: Some(0x85),
        challenge: &random,
    };
    scene.world.fails(&other_way, NOT_FOUND);
}

#[test]
fn what_was_enciphered_is_deciphered_whole_or_not_at_all() {
    for kind in [KeyType::Aes128, KeyType::Aes256] {
        let mut scene = Scene::with_sealed(&[key(0x84, kind, KeyUsage::Cipher)], &VALUE, |_| {});
        scene.choose(Purpose::Encipher, 0x84);
        scene.choose(Purpose::Decipher, 0x84);
        for length in [1, 15, 16, 17, 200] {
            let data = vec![0xD5; length];
            let sealed = scene.world.ok(&Command::Encipher { data: &data });
            assert_eq!(sealed.len(), 1 + 12 + length + 16);
            assert_ne!(
                sealed,
                scene.world.ok(&Command::Encipher { data: &data }),
                "a nonce came twice"
            );
            // What another maker of AES-CCM opens.
            let (mut plain, nonce) = (
                sealed[13..13 + length].to_vec(),
                sealed[1..13].try_into().unwrap(),
            );
            let tag = sealed[13 + length..].try_into().unwrap();
            let value = &VALUE[..kind.secret_length()];
            RustCrypto.aes_ccm_open(value, nonce, &mut plain, tag).unwrap();
            assert_eq!(plain, data);
            assert_eq!(scene.world.ok(&Command::Decipher { data: &sealed }), data);
            for place in [1, 12, 13, 13 + length - 1, 13 + length, sealed.len() - 1] {
                let mut spoiled = sealed.clone();
                spoiled[place] ^= 1;
                let (reply, status) = scene.world.send(&Command::Decipher { data: &spoiled });
                assert_eq!((reply.len(), status), (0, WRONG), "{place}");
            }
            let cut = &sealed[..sealed.len() - 1];
            assert_eq!(scene.world.send(&Command::Decipher { data: cut }).1, WRONG);
        }
        for malformed in [&[0x80; 28][..], &[0x01; 40], &[0x80]] {
            scene.world.fails(&Command::Decipher { data: malformed }, 0x6A80);
        }
    }
}

#[test]
fn a_mac_is_compared_whole() {
    for kind in [KeyType::Aes128, KeyType::Aes256, KeyType::Hmac] {
        let mut scene = Scene::with_sealed(&[key(0x84, kind, KeyUsage::Mac)], &VALUE, |_| {});
        scene.choose(Purpose::ComputeMac, 0x84);
        scene.choose(Purpose::VerifyMac, 0x84);
        let data = &[0x11; 100][..];
        let mac = scene.world.ok(&Command::ComputeMac { data });
        scene.world.ok(&Command::VerifyMac { data, mac: &mac });
        for place in 0..mac.len() {
            let mut wrong = mac.clone();
            wrong[place] ^= 0x80;
            let (_, status) = scene.world.send(&Command::VerifyMac { data, mac: &wrong });
            assert_eq!(status, WRONG, "{place}");
        }
        // A MAC of the other length begins or goes on as the right one does.
        let mut other = mac.clone();
        other.resize(if mac.len() == 16 { 32 } else { 16 }, 0);
        assert_eq!(
            scene.world.send(&Command::VerifyMac { data, mac: &other }).1,
            WRONG
        );
    }
}

#[test]
fn a_seal_is_for_one_card_and_a_scalar_is_one() {
    let mut scene = Scene::new();
    let keys = [key(0x84, KeyType::P256, KeyUsage::Sign)];
    let mut plan = plan(1, &keys);
    // Not below the order of the curve: there is no such private key, and the card takes none of the package.
    scene.seal(&mut plan, &[(0x84, &[0xFF; 32])]);
    let package = plan.package();
    let asked = scene.open_package(Operation::Store, aid(1), 1, &package);
    scene.authorize(&asked);
    scene.world.consent();
    assert_eq!(scene.world.send(&block(&asked, &package, 0)).1, 0x6A80);
    let mut scene = Scene::with_sealed(&keys, &VALUE, |_| {});
    let point = scene.world.ok(&make(0x84, KeyTemplate::Signature, false));
    assert_eq!(
        read_public_key(&point).unwrap(),
        RustCrypto.p256_public(&PrivateKey(VALUE)).unwrap()
    );
}

#[test]
fn a_kept_key_stays_what_it_is() {
    let keys = [key(0x84, KeyType::Aes128, KeyUsage::Mac)];
    let mut scene = Scene::with_sealed(&keys, &VALUE, |_| {});
    assert!(scene.flash_holds(&VALUE[..16]));
    let data = &b"message"[..];
    let mac = RustCrypto.aes_cmac(&VALUE[..16], &[data]).unwrap();
    let mut second = plan(2, &keys);
    scene.seal(&mut second, &[(0x84, &[7; 16])]);
    scene.carry_package(Operation::Replace, aid(1), 2, &second.package());
    scene.select(1);
    // The choice was the old application's.
    scene
        .world
        .fails(&Command::VerifyMac { data, mac: &mac }, NOT_NOW);
    scene.choose(Purpose::VerifyMac, 0x84);
    scene.world.ok(&Command::VerifyMac { data, mac: &mac });
    // Removed, it is gone: neither a command nor the flash has it any more.
    let mut third = plan(3, &[]);
    third.pins.clear();
    third.files[0].replace = OnReplace::Reset;
    scene.carry_package(Operation::Replace, aid(1), 3, &third.package());
    scene.select(1);
    scene.world.fails(&choose(Purpose::VerifyMac, 0x84), NOT_FOUND);
    assert!(!scene.flash_holds(&VALUE[..16]), "the key is still in the flash");
}

#[test]
fn what_is_switched_off_uses_no_key() {
    let keys = [
        key(0x84, KeyType::Aes128, KeyUsage::Mac),
        key(0x85, KeyType::Aes128, KeyUsage::AuthenticateBoth),
    ];
    let mut scene = Scene::with_sealed(&keys, &VALUE, |_| {});
    scene.world.consent();
    scene.world.ok(&Command::DeactivateFile { aid: aid(1) });
    let (_, status) = scene.world.send(&Command::Select {
        target: SelectTarget::Aid(aid(1).as_bytes()),
        reply: SelectReply::Nothing,
        next: false,
    });
    assert_eq!(status, 0x6283);
    scene.challenge();
    for command in [
        choose(Purpose::ComputeMac, 0x84),
        make(0x84, KeyTemplate::Mac, true),
        external(0x85, None, &[0; 16]),
        Command::InternalAuthenticate {
            key: Some(0x85),
            challenge: &[0; 8],
        },
        Command::Hash {
            data: b"data",
            answer: true,
        },
    ] {
        scene.world.fails(&command, NOT_NOW);
    }
}
