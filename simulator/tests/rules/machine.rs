//! A card on a machine that resets it, has no random numbers, or computes wrongly: what a reader, or somebody with a needle on the chip,
//! can bring about.

use std::cell::Cell;

use applet::crypto::{Crypto, CryptoError, PrivateKey};
use applet::rustcrypto::RustCrypto;
use applet::{Card, Platform, RandomError};
use symbolon_simulator::flash::MemoryFlash;
use zeroize::Zeroizing;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    NoRandomNumbers,
    WrongSignatures,
}

thread_local! {
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
}

/// A machine whose random numbers are no secret.
struct Machine {
    last: u8,
    crypto: Arithmetic,
}

impl Platform for Machine {
    type Flash = MemoryFlash;
    type Index = Vec<u16>;
    type Crypto = Arithmetic;

    fn random(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        if FAULT.get() == Fault::NoRandomNumbers {
            return Err(RandomError);
        }
        for byte in out {
            self.last = self.last.wrapping_mul(5).wrapping_add(1);
            *byte = self.last;
        }
        Ok(())
    }

    fn crypto(&self) -> &Arithmetic {
        &self.crypto
    }
}

/// The usual cryptography, which may err.
struct Arithmetic;

impl Crypto for Arithmetic {
    type Hash = <RustCrypto as Crypto>::Hash;

    fn sha256(&self) -> Self::Hash {
        RustCrypto.sha256()
    }

    fn p256_public(&self, key: &PrivateKey) -> Result<[u8; 65], CryptoError> {
        RustCrypto.p256_public(key)
    }

    fn p256_sign(&self, key: &PrivateKey, digest: &[u8; 32]) -> Result<[u8; 64], CryptoError> {
        let mut signature = RustCrypto.p256_sign(key, digest)?;
        if FAULT.get() == Fault::WrongSignatures {
            signature[63] ^= 1;
        }
        Ok(signature)
    }

    fn p256_verify(
        &self,
        point: &[u8; 65],
        digest: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), CryptoError> {
        RustCrypto.p256_verify(point, digest, signature)
    }

    fn p256_agree(&self, key: &PrivateKey, point: &[u8; 65]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        RustCrypto.p256_agree(key, point)
    }

    fn aes_cmac(&self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], CryptoError> {
        RustCrypto.aes_cmac(key, parts)
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        RustCrypto.hmac_sha256(key, parts)
    }

    fn aes_ccm_seal(&self, key: &[u8], nonce: &[u8; 12], data: &mut [u8]) -> Result<[u8; 16], CryptoError> {
        RustCrypto.aes_ccm_seal(key, nonce, data)
    }

    fn aes_ccm_open(
        &self,
        key: &[u8],
        nonce: &[u8; 12],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), CryptoError> {
        RustCrypto.aes_ccm_open(key, nonce, data, tag)
    }

    fn aes_ctr(&self, key: &[u8; 16], counter: &[u8; 16], data: &mut [u8]) {
        RustCrypto.aes_ctr(key, counter, data);
    }
}

struct Chip(Card<Machine>);

impl Chip {
    fn new() -> Self {
        FAULT.set(Fault::None);
        let machine = Machine {
            last: 1,
            crypto: Arithmetic,
        };
        Self(Card::start(machine, MemoryFlash::new(40), vec![0; 200]))
    }

    /// Sends a command; gives reply and status word.
    fn send(&mut self, command: &[u8]) -> (Vec<u8>, u16) {
        let mut reply = [0; applet::REPLY_MAX];
        let length = self.0.process(command, &mut reply);
        let (data, status) = reply[..length].split_at(length - 2);
        (data.to_vec(), u16::from_be_bytes([status[0], status[1]]))
    }

    fn status(&mut self, command: &[u8]) -> u16 {
        self.send(command).1
    }

    fn consented(&mut self) -> bool {
        self.status(&[0x00, 0x20, 0x00, 0x02]) == 0x9000
    }
}

#[test]
fn a_reset_forgets_what_was_verified_and_what_was_half_said() {
    let mut chip = Chip::new();
    let put = [&[0x00, 0xDA, 0x01, 0x20, 0x06][..], b"000000"].concat();
    assert_eq!(chip.status(&put), 0x9000);
    let change = [&[0x00, 0x24, 0x00, 0x02, 0x0C][..], b"000000123456"].concat();
    assert_eq!(chip.status(&change), 0x9000);
    let verify = [&[0x00, 0x20, 0x00, 0x02, 0x06][..], b"123456"].concat();
    assert_eq!(chip.status(&verify), 0x9000);
    assert!(chip.consented());
    chip.0.reset();
    assert!(!chip.consented());
    // The rest of a long reply.
    assert_eq!(chip.status(&[0x00, 0xCA, 0x01, 0x01, 0x01]) >> 8, 0x61);
    chip.0.reset();
    assert_eq!(chip.status(&[0x00, 0xC0, 0x00, 0x00, 0x01]), 0x6985);
    // The first half of a chained command, here the unblocking code.
    let half = [&[0x10, 0xDA, 0x01, 0x23, 0x04][..], b"1234"].concat();
    assert_eq!(chip.status(&half), 0x9000);
    chip.0.reset();
    let rest = [&[0x00, 0xDA, 0x01, 0x23, 0x04][..], b"5678"].concat();
    assert_eq!(chip.status(&rest), 0x6A80);
}

/// GENERATE ASYMMETRIC KEY PAIR for the registration key (B6, 01) and the one for agreeing (A6, 02).
const GENERATE: [[u8; 11]; 2] = [
    [0x00, 0x46, 0x80, 0x00, 0x05, 0xB6, 0x03, 0x83, 0x01, 0x01, 0x00],
    [0x00, 0x46, 0x80, 0x00, 0x05, 0xA6, 0x03, 0x83, 0x01, 0x02, 0x00],
];

/// A wrong signature may tell the key that made it.
#[test]
fn a_wrong_signature_does_not_leave_the_card() {
    let mut chip = Chip::new();
    for generate in GENERATE {
        assert_eq!(chip.status(&generate), 0x9000);
    }
    let request = [
        &[0x00, 0x40, 0x01, 0x00, 0x00, 0x00, 0x12, 0x80, 0x10][..],
        &[7; 16],
        &[0, 0],
    ]
    .concat();
    FAULT.set(Fault::WrongSignatures);
    let (data, status) = chip.send(&request);
    assert!(data.is_empty() && status != 0x9000, "{status:04X}");
    FAULT.set(Fault::None);
    assert_eq!(chip.status(&request), 0x9000);
}

/// Keys and challenges of zeros would be nobody's secret.
#[test]
fn without_random_numbers_there_is_no_key_and_no_challenge() {
    let mut chip = Chip::new();
    FAULT.set(Fault::NoRandomNumbers);
    for command in [&GENERATE[0][..], &[0x00, 0x84, 0x00, 0x00, 0x10]] {
        let (data, status) = chip.send(command);
        assert!(data.is_empty() && status >> 8 != 0x90, "{status:04X}");
    }
    let read = [0x00, 0x46, 0x81, 0x00, 0x05, 0xB6, 0x03, 0x83, 0x01, 0x01, 0x00];
    assert_eq!(chip.status(&read), 0x6A88);
    FAULT.set(Fault::None);
    assert_eq!(chip.status(&GENERATE[0]), 0x9000);
}
