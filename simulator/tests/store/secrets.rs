//! Secrets are gone from flash when the call that replaced or deleted them returns.

use super::support::*;
use applet::store::{Key, Secrecy, Store};
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};

const SECRET: &[u8; 200] = &[0xC5; 200];
const KEY: Key = Key::new(1, 1, 1, 1);

type Card = Store<MemoryFlash<512, 4>, Index>;
type CutCard = Store<CutFlash<512, 4>, Index>;

fn card_with_secret() -> Card {
    let mut store = Store::format(MemoryFlash::new(12), INDEX, SEED).expect("formatting");
    store.put(KEY, &[SECRET], Secrecy::Secret).expect("room");
    assert_eq!(occurrences(&store), 1, "the test looks in the right place");
    store
}

/// How many runs of the secret's bytes there are; none is shorter than three of them.
fn occurrences(store: &Card) -> usize {
    runs(store.flash().image())
}

fn runs(image: &[u8]) -> usize {
    image
        .chunk_by(|first, second| first == second)
        .filter(|run| run[0] == SECRET[0] && run.len() > 2)
        .count()
}

#[test]
fn replaced() {
    let mut store = card_with_secret();
    store.put(KEY, &[b"new"], Secrecy::Public).expect("room");
    assert_eq!(occurrences(&store), 0);
}

#[test]
fn deleted() {
    let mut store = card_with_secret();
    store.delete(KEY).expect("deleting");
    assert_eq!(occurrences(&store), 0);
}

#[test]
fn patched() {
    let mut store = card_with_secret();
    store.patch(KEY, 0, &[0; 200]).expect("room");
    assert_eq!(occurrences(&store), 0);
}

#[test]
fn replaced_twice_in_one_transaction() {
    for with_mark in [true, false] {
        let mut store = Store::format(MemoryFlash::new(12), INDEX, SEED).expect("formatting");
        let mut transaction = store.begin(600).expect("room");
        transaction
            .put(KEY, &[SECRET], Secrecy::Secret)
            .expect("reserved");
        if with_mark {
            transaction
                .put(KEY, &[b"new"], Secrecy::Secret)
                .expect("reserved");
            transaction.commit().expect("committing");
        } else {
            transaction
                .put_last(KEY, &[b"new"], Secrecy::Secret)
                .expect("reserved");
        }
        assert_eq!(occurrences(&store), 0);
        assert_eq!(store.len(KEY), Ok(Some(3)));
    }
}

#[test]
fn dropped_with_its_transaction() {
    for length in [3, 100, 200] {
        let mut store = Store::format(MemoryFlash::new(12), INDEX, SEED).expect("formatting");
        let mut transaction = store.begin(700).expect("room");
        transaction
            .put(Key::MIN, &[&[0; 250]], Secrecy::Public)
            .expect("reserved");
        transaction
            .put(KEY, &[&SECRET[..length]], Secrecy::Secret)
            .expect("reserved");
        drop(transaction);
        assert_eq!(occurrences(&store), 0, "{length}");
    }
}

/// Values move when room is made; what they leave behind is zeroed or erased, also where it reached into another page.
#[test]
fn moved() {
    let mut store = card_with_secret();
    let mut most = 0;
    for round in 0..2_000_u32 {
        store
            .put(Key::MIN, &[&round.to_be_bytes(), &[0; 50]], Secrecy::Public)
            .expect("room");
        most = most.max(occurrences(&store));
    }
    let (_, erases) = store.erase_counts().expect("reading");
    assert!(erases > 10, "{erases}");
    // Once for the part in each of the pages it lies in.
    assert!(most <= 2, "{most}");
    store.check(KEY).expect("the secret itself is still there");
    store.delete(KEY).expect("deleting");
    assert_eq!(occurrences(&store), 0);
}

/// The same when the power fails while a secret that lies in two pages moves: no copy outlives its deletion.
#[test]
fn moved_under_power_cuts() {
    let mut card = Store::format(MemoryFlash::new(12), INDEX, SEED).expect("formatting");
    card.put(Key::MIN, &[&[0; 300]], Secrecy::Public).expect("room");
    card.put(KEY, &[SECRET], Secrecy::Secret).expect("room");
    assert_eq!(occurrences(&card), 2, "it lies in two pages");
    let mut image = card.release().0;
    let churn = |card: &mut CutCard| card.put(Key::MIN, &[&[0; 50]], Secrecy::Public);
    let (mut moves, mut cuts) = (0, 0);
    while moves < 20 {
        let mut card = mount(CutFlash::new(image.clone())).expect("mounting");
        churn(&mut card).expect("room");
        let (flash, _) = card.release();
        let operations = flash.operations();
        if operations.erases > 0 {
            moves += 1;
            for operation in 0..operations.total() {
                for outcome in [Outcome::Undone, Outcome::Done, Outcome::Partly(operation)] {
                    let mut card =
                        mount(CutFlash::new(image.clone()).cut_at(operation, outcome)).expect("mounting");
                    churn(&mut card).expect_err("a cut");
                    let cut = card.release().0.into_inner();
                    let mut card = mount(CutFlash::new(cut)).expect("mounting");
                    card.check(KEY).expect("the secret itself is still there");
                    card.delete(KEY).expect("deleting");
                    assert_eq!(
                        runs(card.flash().inner().image()),
                        0,
                        "{outcome:?} in {operation} of move {moves}"
                    );
                    cuts += 1;
                }
            }
        }
        image = flash.into_inner();
    }
    println!("{cuts} cuts in {moves} moves");
}
