//! Tells valgrind which bytes are secret, by calling them uninitialised, and then has the card's cryptography work with them. valgrind reports
//! every branch and every address that depends on one. `tests/setup/constant-time` runs it and says what may be reported.
//!
//! `taint secrets` for that, and `taint leak` to see that it does; `taint pin PLACE CHANGE` and `taint mac PLACE CHANGE` do one comparison each, whose instructions are counted; a
//! change of 00 leaves the PIN or MAC right.

use std::hint::black_box;

use applet::crypto::{Crypto, PrivateKey};
use applet::rustcrypto::RustCrypto;
use applet::{Card, Platform, RandomError};
use simulator::flash::MemoryFlash;

/// A request to valgrind; without it, nothing happens (valgrind.h, VALGRIND_DO_CLIENT_REQUEST for amd64).
#[cfg(target_arch = "x86_64")]
fn request(code: usize, address: usize, length: usize) {
    let arguments = [code, address, length, 0, 0, 0];
    // SAFETY: rotations by 128 bits in all and an exchange of a register with itself change nothing outside valgrind; in it, RDX is the answer.
    unsafe {
        std::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") 0_usize => _, options(nostack),
        );
    }
}

/// memcheck's requests: 'M' 'C', then the number.
const UNDEFINED: usize = 0x4D43_0001;
const DEFINED: usize = 0x4D43_0002;

fn hide(bytes: &mut [u8]) {
    request(UNDEFINED, bytes.as_ptr() as usize, bytes.len());
}

fn show(bytes: &mut [u8]) {
    request(DEFINED, bytes.as_ptr() as usize, bytes.len());
}

fn secret<const N: usize>(byte: u8) -> [u8; N] {
    let mut bytes = black_box([byte; N]);
    hide(&mut bytes);
    bytes
}

struct Machine(u8);

impl Platform for Machine {
    type Flash = MemoryFlash;
    type Index = Vec<u16>;
    type Crypto = RustCrypto;

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill_with(|| {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            self.0
        });
        Ok(())
    }

    fn crypto(&self) -> &RustCrypto {
        &RustCrypto
    }
}

const PIN: &[u8] = b"13579024";

struct Chip(Card<Machine>);

impl Chip {
    fn new() -> Self {
        let mut chip = Self(Card::start(Machine(1), MemoryFlash::new(40), vec![0; 200]));
        chip.done(&[&[0x00, 0xDA, 0x01, 0x21, 4][..], b"0000"].concat());
        chip.done(&[&[0x00, 0x24, 0x00, 0x01, 12][..], b"0000", PIN].concat());
        chip
    }

    fn send(&mut self, command: &[u8]) -> u16 {
        let mut reply = [0; applet::REPLY_MAX];
        let length = self.0.process(command, &mut reply);
        let mut status = [reply[length - 2], reply[length - 1]];
        // The answer is no secret.
        show(&mut status);
        u16::from_be_bytes(status)
    }

    fn done(&mut self, command: &[u8]) {
        assert_eq!(self.send(command), 0x9000);
    }

    fn verify(&mut self, pin: &[u8], is_hidden: bool) -> u16 {
        let mut command = [&[0x00, 0x20, 0x00, 0x01, 8][..], pin].concat();
        if is_hidden {
            hide(&mut command[5..]);
        }
        self.send(&command)
    }
}

/// Everything that works with a secret.
fn secrets() {
    let message = [0x5A; 100];
    let key = secret::<16>(3);
    let mut mac = RustCrypto.aes_cmac(&key, &[&message]).unwrap();
    show(&mut mac);
    let key = secret::<32>(4);
    let mut mac = RustCrypto.aes_cmac(&key, &[&message]).unwrap();
    show(&mut mac);
    let mut mac = RustCrypto.hmac_sha256(&key, &[&message]);
    show(&mut mac);
    let (nonce, mut data) = ([7; 12], secret::<100>(8));
    let mut tag = RustCrypto.aes_ccm_seal(&key, &nonce, &mut data).unwrap();
    (show(&mut tag), show(&mut data));
    black_box(RustCrypto.aes_ccm_open(&key, &nonce, &mut data, &tag)).ok();
    let (key, mut data) = (secret::<16>(5), secret::<100>(6));
    RustCrypto.aes_ctr(&key, &[9; 16], &mut data);
    show(&mut data);
    black_box(RustCrypto.aes_cmac_verify(&key, &message, &[1; 16]));
    let private = PrivateKey(secret::<32>(0x11));
    let mut point = RustCrypto.p256_public(&private).unwrap();
    show(&mut point);
    let mut shared = RustCrypto.p256_agree(&private, &point).unwrap();
    show(shared.as_mut_slice());
    let mut signature = RustCrypto.p256_sign(&private, &[0x22; 32]).unwrap();
    show(&mut signature);
    RustCrypto.p256_verify(&point, &[0x22; 32], &signature).unwrap();
    let mut chip = Chip::new();
    assert_eq!(chip.verify(b"13579025", true), 0x63C2);
    assert_eq!(chip.verify(PIN, true), 0x9000);
}

/// What must be reported, or nothing would be.
fn leak() {
    if secret::<1>(1) == [2] {
        println!("two");
    }
}

/// The bytes, of which the one at `place` is changed by `change`: two decimal digits each, so that reading them takes the same instructions.
fn changed(bytes: &[u8], place: &str, change: &str) -> Vec<u8> {
    let number = |text: &str| {
        text.bytes()
            .fold(0_u8, |sum, digit| sum.wrapping_mul(10).wrapping_add(digit & 0x0F))
    };
    let mut bytes = bytes.to_vec();
    bytes[usize::from(number(place))] ^= number(change);
    bytes
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["secrets"] => secrets(),
        ["leak"] => leak(),
        ["pin", place, change] => {
            Chip::new().verify(&changed(PIN, place, change), false);
        }
        ["mac", place, change] => {
            let right = RustCrypto.aes_cmac(&[3; 16], &[b"message"]).unwrap();
            let given: [u8; 16] = changed(&right, place, change).try_into().unwrap();
            black_box(RustCrypto.aes_cmac_verify(&[3; 16], b"message", black_box(&given)));
        }
        _ => panic!("taint secrets; taint leak; taint pin PLACE CHANGE; taint mac PLACE CHANGE"),
    }
}
