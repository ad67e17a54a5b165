//! Every page is erased equally often, whatever is written.

use super::support::*;
use applet::store::{Key, Secrecy, Store};
use symbolon_simulator::flash::MemoryFlash;

/// Fills a card to a share of its free room with values that stay, then replaces one small value again and again.
fn wears_evenly(percent: usize) {
    const WRITES: u64 = 30_000;
    let mut store = Store::format(MemoryFlash::<4_096, 4>::new(16), INDEX, SEED).expect("formatting");
    let room = store.stats().free_bytes;
    let mut number = 0;
    while store.stats().live_bytes + 1_024 < room * percent / 100 {
        store
            .put(Key::new(1, 0, number, 0), &[&[0xAA; 1_000]], Secrecy::Public)
            .expect("room");
        number += 1;
    }
    let before = store.flash().counts();
    for round in 0..WRITES {
        store
            .put(Key::MIN, &[&round.to_be_bytes(), &[0; 8]], Secrecy::Public)
            .expect("room");
    }
    let after = store.flash().counts();
    let (least, most) = store.erase_counts().expect("reading");
    let bytes = (after.programmed_bytes - before.programmed_bytes) / WRITES;
    println!(
        "{percent:>3} % full: erased {least} to {most} times, {bytes} bytes programmed for each write of 16"
    );
    assert!(most - least <= 1, "{least} to {most}");
    // 45 bytes of record and seal; the rest is moving what stays.
    let share = after.erases - before.erases;
    assert!(share * 4_096 < WRITES * 45 * 30, "{share} erases");
    // Counts survive formatting.
    let (flash, index) = store.release();
    let mut store = Store::format(flash, index, SEED).expect("formatting");
    assert_eq!(store.erase_counts().expect("reading"), (least + 1, most + 1));
}

#[test]
fn empty_card() {
    wears_evenly(0);
}

#[test]
fn half_full_card() {
    wears_evenly(50);
}

#[test]
fn full_card() {
    wears_evenly(100);
}
