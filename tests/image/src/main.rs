//! The card as a program for a Cortex-M4 without a chip's drivers, so that the linker can say what it weighs.
#![no_std]
#![no_main]

mod flash;

use core::hint::black_box;
use core::panic::PanicInfo;

use embedded_storage::nor_flash::{NorFlash, ReadNorFlash};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use flash::Flash;

/// The entry the linker script names. `black_box` keeps the inputs unknown, so that nothing is left out.
#[unsafe(no_mangle)]
pub extern "C" fn reset() -> ! {
    let mut flash = Flash::erased();
    let mut key = [0; 65];
    loop {
        let _ = flash
            .erase(0, black_box(4096))
            .and_then(|()| flash.write(black_box(0), black_box(&[4; 68])));
        let _ = flash.read(black_box(0), &mut key);
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
