//! Without any fault the store is a map.

use proptest::prelude::*;

use super::support::*;
use applet::store::{Store, StoreError};
use symbolon_simulator::flash::{CutFlash, MemoryFlash};

/// Takes random steps and compares with the model after each; mounts again now and then.
fn behaves_like_a_map<const P: usize, const W: usize>(
    pages: usize,
    seed: u64,
    steps: usize,
    longest: usize,
) -> usize {
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut store = mount::<P, W>(CutFlash::new(formatted(pages))).expect("mounting");
    let mut full = 0;
    for number in 0..steps {
        let step = random.step(&model, 24, longest);
        match take(&mut store, &step) {
            Ok(()) => model.apply(&step),
            Err(StoreError::Full) => {
                full += 1;
                // A full card can still delete.
                if let Some(key) = model.state.keys().next().copied() {
                    let step = Step::Alone(Op::Delete(key));
                    take(&mut store, &step)
                        .unwrap_or_else(|error| panic!("{error} when deleting, step {number}"));
                    model.apply(&step);
                }
            }
            Err(error) => panic!("{error} in step {number} of seed {seed}: {step:?}"),
        }
        assert_eq!(
            dump(&mut store).expect("reading"),
            model.state,
            "step {number} of seed {seed}: {step:?}"
        );
        if random.below(8) == 0 {
            let (flash, _) = store.release();
            let before = flash.operations();
            store =
                mount(flash).unwrap_or_else(|error| panic!("{error} at mount, step {number} of seed {seed}"));
            assert_eq!(
                store.flash().operations(),
                before,
                "mounting what was not cut off writes nothing"
            );
            assert_eq!(
                dump(&mut store).expect("reading"),
                model.state,
                "mounted, step {number} of seed {seed}"
            );
        }
        let image = store.flash().inner().image();
        assert_eq!(
            model.traces(&model.state).find(image),
            None,
            "a secret is left, step {number} of seed {seed}: {step:?}"
        );
        // What secrets were is only looked for as long as it may be there.
        if model.secrets.len() > 40 {
            model.secrets.drain(..20);
        }
    }
    full
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_pages(seed: u64, longest in 1_usize..200) {
        behaves_like_a_map::<512, 4>(8, seed, 60, longest);
    }

    #[test]
    fn small_pages_and_wide_words(seed: u64, longest in 1_usize..200) {
        behaves_like_a_map::<512, 8>(9, seed, 60, longest);
    }

    #[test]
    fn values_over_pages(seed: u64, longest in 500_usize..2_100) {
        behaves_like_a_map::<512, 4>(60, seed, 60, longest);
    }

    #[test]
    fn pages_of_the_microbit(seed: u64, longest in 1_usize..600) {
        behaves_like_a_map::<1_024, 4>(10, seed, 60, longest);
    }

    #[test]
    fn pages_of_most_chips(seed: u64, longest in 1_usize..2_100) {
        behaves_like_a_map::<4_096, 4>(6, seed, 60, longest);
    }
}

/// A long run on a nearly full flash: collecting must never paint itself into a corner.
#[test]
fn a_full_card_keeps_working() {
    let full =
        behaves_like_a_map::<512, 4>(8, 1, 1_500, 120) + behaves_like_a_map::<1_024, 4>(7, 2, 1_500, 400);
    assert!(full > 50, "the flash was full only {full} times");
}

/// Flash that is read in words of four bytes gives the same.
#[test]
fn flash_read_in_words() {
    let mut store = Store::format(MemoryFlash::<512, 4, 4>::new(16), INDEX, SEED).expect("formatting");
    let mut random = Random(3);
    let mut model = Model::default();
    for _ in 0..200 {
        let step = random.step(&model, 12, 150);
        take(&mut store, &step).expect("room for everything");
        model.apply(&step);
    }
    let (flash, index) = store.release();
    let mut store = Store::mount(flash, index).expect("mounting");
    assert_eq!(dump(&mut store).expect("reading"), model.state);
}
