//! The card as a program for a Cortex-M4 without a chip's drivers, so that the linker can say what it weighs.
#![no_std]
#![no_main]

mod flash;

use core::hint::black_box;
use core::panic::PanicInfo;

use applet::rustcrypto::RustCrypto;
use applet::{Card, Platform, REPLY_MAX, RandomError};

use flash::Flash;

/// Objects that a card on such a chip has room for; two bytes each.
const OBJECTS: usize = 1_000;

struct Board(RustCrypto);

impl Platform for Board {
    type Flash = Flash;
    type Index = [u16; OBJECTS];
    type Crypto = RustCrypto;

    fn random(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(black_box(4));
        Ok(())
    }

    fn crypto(&self) -> &RustCrypto {
        &self.0
    }
}

// Numbers that the program needs nowhere, told as symbols for `make size`: the card on the stack, and of it each channel.
core::arch::global_asm!(
    ".globl symbolon_card_bytes",
    ".set symbolon_card_bytes, {card}",
    ".globl symbolon_channel_bytes",
    ".set symbolon_channel_bytes, {channel}",
    ".globl symbolon_index_bytes",
    ".set symbolon_index_bytes, {index}",
    card = const size_of::<Card<Board>>() - size_of::<Flash>(),
    channel = const applet::CHANNEL_BYTES,
    index = const size_of::<[u16; OBJECTS]>(),
);

/// The entry the linker script names. `black_box` keeps the inputs unknown, so that nothing is left out.
#[unsafe(no_mangle)]
pub extern "C" fn reset() -> ! {
    let mut card = Card::start(Board(RustCrypto), Flash::erased(), [0; OBJECTS]);
    let mut reply = [0; REPLY_MAX];
    let command = [0; REPLY_MAX];
    loop {
        let length = card.process(black_box(&command), &mut reply);
        black_box((length, &reply));
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
