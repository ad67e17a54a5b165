//! A card that its reader resets without taking its power away.

use applet::rustcrypto::RustCrypto;
use applet::{Card, Platform, RandomError};
use symbolon_simulator::flash::MemoryFlash;

/// A machine whose random numbers are no secret.
struct Machine(u8);

impl Platform for Machine {
    type Flash = MemoryFlash;
    type Index = Vec<u16>;
    type Crypto = RustCrypto;

    fn random(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        for byte in out {
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }

    fn crypto(&self) -> &RustCrypto {
        &RustCrypto
    }
}

struct Chip(Card<Machine>);

impl Chip {
    /// Sends a command; gives the status word.
    fn send(&mut self, command: &[u8]) -> u16 {
        let mut reply = [0; applet::REPLY_MAX];
        let length = self.0.process(command, &mut reply);
        u16::from_be_bytes([reply[length - 2], reply[length - 1]])
    }

    fn consented(&mut self) -> bool {
        self.send(&[0x00, 0x20, 0x00, 0x02]) == 0x9000
    }
}

#[test]
fn a_reset_forgets_what_was_verified_and_what_was_half_said() {
    let flash = MemoryFlash::new(40);
    let mut chip = Chip(Card::start(Machine(1), flash, vec![0; 200]));
    let put = [&[0x00, 0xDA, 0x01, 0x20, 0x06][..], b"000000"].concat();
    assert_eq!(chip.send(&put), 0x9000);
    let change = [&[0x00, 0x24, 0x00, 0x02, 0x0C][..], b"000000123456"].concat();
    assert_eq!(chip.send(&change), 0x9000);
    let verify = [&[0x00, 0x20, 0x00, 0x02, 0x06][..], b"123456"].concat();
    assert_eq!(chip.send(&verify), 0x9000);
    assert!(chip.consented());
    chip.0.reset();
    assert!(!chip.consented());
    // The rest of a long reply.
    assert_eq!(chip.send(&[0x00, 0xCA, 0x01, 0x01, 0x01]) >> 8, 0x61);
    chip.0.reset();
    assert_eq!(chip.send(&[0x00, 0xC0, 0x00, 0x00, 0x01]), 0x6985);
    // The first half of a chained command, here the unblocking code.
    let half = [&[0x10, 0xDA, 0x01, 0x23, 0x04][..], b"1234"].concat();
    assert_eq!(chip.send(&half), 0x9000);
    chip.0.reset();
    let rest = [&[0x00, 0xDA, 0x01, 0x23, 0x04][..], b"5678"].concat();
    assert_eq!(chip.send(&rest), 0x6A80);
}
