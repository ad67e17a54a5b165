//! Test vectors by others: Project Wycheproof, through commands. The keys come to the card sealed in packages, eight at a time.
//!
//! Each test prints how many vectors were run and passed, and how many were skipped and why. What a user would lose: a mistake in
//! arithmetic that random tests do not meet.

use std::collections::BTreeMap;
use std::io::Write;

use apdu_spec::command::{Command, KeyName, Purpose};
use apdu_spec::object::Operation;
use apdu_spec::package::{KeyType, KeyUsage, OnReplace};
use applet::crypto::Crypto;
use applet::rustcrypto::RustCrypto;
use wycheproof::TestResult;

use super::operations::*;
use super::scene::*;

/// What became of the vectors of one set.
#[derive(Default)]
struct Tally {
    run: usize,
    skipped: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn skip(&mut self, why: &'static str) {
        *self.skipped.entry(why).or_default() += 1;
    }

    /// Prints it; a failed vector has panicked before. So many at least must have been run.
    fn show(&self, set: &str, least: usize) {
        // Not by println!, which a test that passes does not show.
        let (run, skipped) = (self.run, &self.skipped);
        let _ = writeln!(
            std::io::stderr(),
            "{set}: {run} run and passed; skipped: {skipped:?}"
        );
        assert!(self.run >= least, "{set}: {} of {least}", self.run);
    }
}

/// What is done with a vector's key, which is under this reference.
type Check = Box<dyn FnOnce(&mut Scene, u8)>;

/// One vector with a key of its own.
struct Case {
    id: usize,
    kind: KeyType,
    key: Vec<u8>,
    check: Check,
}

/// Runs all cases, eight keys to a package.
fn run(usage: KeyUsage, cases: Vec<Case>) -> usize {
    let mut scene = Scene::new();
    let count = cases.len();
    let mut cases = cases.into_iter();
    for version in 1.. {
        let batch: Vec<Case> = cases.by_ref().take(8).collect();
        if batch.is_empty() {
            break;
        }
        let keys = batch.iter().zip(0x81..).map(|(case, reference)| {
            let mut key = key(reference, case.kind, usage);
            key.replace = OnReplace::Reset;
            key
        });
        let keys: Vec<_> = keys.collect();
        let mut plan = plan(version, &keys);
        let values: Vec<_> = batch
            .iter()
            .zip(0x81..)
            .map(|(case, reference)| (reference, &case.key[..]))
            .collect();
        scene.seal(&mut plan, &values);
        let operation = if version == 1 {
            Operation::Store
        } else {
            Operation::Replace
        };
        scene.carry_package(operation, aid(1), version, &plan.package());
        scene.collect();
        scene.select(1);
        for (case, reference) in batch.into_iter().zip(0x81..) {
            println!("vector {}", case.id);
            (case.check)(&mut scene, reference);
        }
    }
    count
}

#[test]
fn ecdsa_on_p256_with_sha_256() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut tally = Tally::default();
    let mut scene = Scene::with_keys(&[]);
    for group in &set.test_groups {
        let point: [u8; 65] = group.key.key.as_slice().try_into().unwrap();
        scene.world.ok(&Command::SetEnvironment {
            purpose: Purpose::VerifySignature,
            key: KeyName::Point(&point),
        });
        for test in &group.tests {
            let Ok(signature) = <&[u8; 64]>::try_from(test.sig.as_slice()) else {
                assert_ne!(test.result, TestResult::Valid);
                tally.skip("the command takes signatures of 64 bytes only");
                continue;
            };
            let digest = RustCrypto.digest(&[&test.msg]);
            // What can be hashed by the card is.
            let hashed = !test.msg.is_empty();
            if hashed {
                scene.world.ok(&Command::Hash {
                    data: &test.msg,
                    answer: false,
                });
            }
            let given = (!hashed).then_some(&digest);
            let (_, status) = scene.world.send(&Command::VerifySignature {
                digest: given,
                signature,
            });
            let right = match test.result {
                TestResult::Valid => status == 0x9000,
                TestResult::Invalid => status == 0x6988,
                TestResult::Acceptable => true,
            };
            assert!(right, "vector {}: {status:04X}", test.tc_id);
            tally.run += 1;
        }
    }
    tally.show("ECDSA P-256 SHA-256 (P1363)", 200);
}

#[test]
fn ecdh_on_p256() {
    use wycheproof::ecdh::{TestName, TestSet};
    let set = TestSet::load(TestName::EcdhSecp256r1Ecpoint).unwrap();
    let (mut tally, mut cases) = (Tally::default(), Vec::new());
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let Ok(point) = <[u8; 65]>::try_from(test.public_key.as_slice()) else {
            tally.skip("the command takes uncompressed points only");
            continue;
        };
        let digits: Vec<u8> = test
            .private_key
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect();
        let mut key = vec![0; 32_usize.saturating_sub(digits.len())];
        key.extend(digits);
        let check = move |scene: &mut Scene, reference: u8| {
            scene.choose(Purpose::Agree, reference);
            let (reply, status) = scene.world.send(&Command::Agree { point: &point });
            match test.result {
                TestResult::Invalid => assert_eq!((reply.len(), status), (0, 0x6A80)),
                _ => assert_eq!((&reply[..], status), (test.shared_secret.as_slice(), 0x9000)),
            }
        };
        let check = Box::new(check);
        cases.push(Case {
            id: test.tc_id,
            kind: KeyType::P256,
            key,
            check,
        });
    }
    tally.run = run(KeyUsage::Agree, cases);
    tally.show("ECDH P-256", 200);
}

fn macs(name: wycheproof::mac::TestName, kind: fn(usize) -> Option<KeyType>, length: usize) -> Tally {
    let set = wycheproof::mac::TestSet::load(name).unwrap();
    let (mut tally, mut cases) = (Tally::default(), Vec::new());
    for group in set.test_groups {
        for test in group.tests {
            let Some(kind) = kind(test.key.len()) else {
                tally.skip("no key of this length");
                continue;
            };
            if test.tag.len() != length {
                tally.skip("MACs are never cut");
                continue;
            }
            let check = move |scene: &mut Scene, reference: u8| {
                scene.choose(Purpose::ComputeMac, reference);
                scene.choose(Purpose::VerifyMac, reference);
                let right = test.result == TestResult::Valid;
                let (data, mac) = (&test.msg[..], &test.tag[..]);
                let status = scene.world.send(&Command::VerifyMac { data, mac }).1;
                assert_eq!(status, if right { 0x9000 } else { 0x6988 });
                if !data.is_empty() {
                    assert_eq!(scene.world.ok(&Command::ComputeMac { data }) == mac, right);
                }
            };
            let (id, key) = (test.tc_id, test.key.to_vec());
            let check = Box::new(check);
            cases.push(Case { id, kind, key, check });
        }
    }
    tally.run = run(KeyUsage::Mac, cases);
    tally
}

#[test]
fn aes_cmac() {
    let kind = |length| match length {
        16 => Some(KeyType::Aes128),
        32 => Some(KeyType::Aes256),
        _ => None,
    };
    macs(wycheproof::mac::TestName::AesCmac, kind, 16).show("AES-CMAC", 150);
}

#[test]
fn hmac_with_sha_256() {
    let kind = |length| (length == 32).then_some(KeyType::Hmac);
    macs(wycheproof::mac::TestName::HmacSha256, kind, 32).show("HMAC SHA-256", 40);
}

#[test]
fn aes_ccm() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesCcm).unwrap();
    let (mut tally, mut cases) = (Tally::default(), Vec::new());
    for group in set.test_groups {
        for test in group.tests {
            let kind = match test.key.len() {
                16 => KeyType::Aes128,
                32 => KeyType::Aes256,
                _ => {
                    tally.skip("no key of this length");
                    continue;
                }
            };
            if test.nonce.len() != 12 || test.tag.len() != 16 {
                tally.skip("nonce of 12 bytes and tag of 16 only");
                continue;
            }
            if !test.aad.is_empty() {
                tally.skip("no associated data");
                continue;
            }
            let data = [&[0x80], &test.nonce[..], &test.ct, &test.tag].concat();
            let check = move |scene: &mut Scene, reference: u8| {
                scene.choose(Purpose::Decipher, reference);
                let (reply, status) = scene.world.send(&Command::Decipher { data: &data });
                match test.result {
                    TestResult::Valid => assert_eq!((&reply[..], status), (&test.pt[..], 0x9000)),
                    _ => assert_eq!((reply.len(), status), (0, 0x6988)),
                }
            };
            let (id, key) = (test.tc_id, test.key.to_vec());
            let check = Box::new(check);
            cases.push(Case { id, kind, key, check });
        }
    }
    tally.run = run(KeyUsage::Cipher, cases);
    tally.show("AES-CCM", 20);
}
