//! The card as a program for a Cortex-M4 without a chip's drivers, so that the linker can say what it weighs.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

/// The entry the linker script names. `black_box` keeps the inputs unknown, so that nothing is left out.
#[unsafe(no_mangle)]
pub extern "C" fn reset() -> ! {
    loop {
        let key = black_box([4u8; 65]);
        let signature = black_box([1u8; 64]);
        let checked = VerifyingKey::from_sec1_bytes(&key)
            .and_then(|key| Signature::from_slice(&signature).and_then(|it| key.verify(black_box(b""), &it)));
        black_box(checked.is_ok());
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
