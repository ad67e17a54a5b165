//! Damaged images: an error or exactly the right values, never an older state.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::support::*;
use applet::store::{Key, Secrecy, Store, StoreError};
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use symbolon_simulator::flash::{CutFlash, Error, MemoryFlash};

/// An image, what it holds, and what it held before.
struct Sample<const P: usize, const W: usize> {
    flash: MemoryFlash<P, W>,
    model: Model,
    /// Every value a key ever had; `None` while it had none.
    history: BTreeMap<Key, Vec<Option<Vec<u8>>>>,
}

/// Images along a workload.
fn samples<const P: usize, const W: usize>(pages: usize, seed: u64, longest: usize) -> Vec<Sample<P, W>> {
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut history: BTreeMap<Key, Vec<Option<Vec<u8>>>> = BTreeMap::new();
    let mut store = mount::<P, W>(CutFlash::new(formatted(pages))).expect("mounting");
    let mut samples = Vec::new();
    for number in 1..=120 {
        let step = random.step(&model, 16, longest);
        if take(&mut store, &step).is_ok() {
            model.apply(&step);
            for op in step.ops() {
                let (Op::Put(key, ..) | Op::Patch(key, ..) | Op::Delete(key)) = op;
                history
                    .entry(*key)
                    .or_insert_with(|| vec![None])
                    .push(model.state.get(key).cloned());
            }
        }
        if number % 10 == 0 {
            let flash = store.flash().inner().clone();
            samples.push(Sample {
                flash,
                model: model.clone(),
                history: history.clone(),
            });
        }
    }
    samples
}

const KINDS: [&str; 12] = [
    "one bit",
    "some bits",
    "one byte",
    "bits to one",
    "zeroed range",
    "erased words",
    "erased range",
    "noise",
    "page erased",
    "page zeroed",
    "pages exchanged",
    "range copied",
];

/// Damages an image in one of [`KINDS`].
fn damage(image: &mut [u8], page: usize, kind: usize, random: &mut Random) {
    let length = image.len();
    let from = random.below(length);
    let longest = [4, 16, 64, 256, 1_024][random.below(5)];
    let range = from..(from + 1 + random.below(longest)).min(length);
    let start = random.below(length / page) * page;
    match KINDS[kind] {
        "one bit" => image[from] ^= 1 << random.below(8),
        "some bits" => {
            (0..2 + random.below(6)).for_each(|_| image[random.below(length)] ^= 1 << random.below(8))
        }
        "one byte" => image[from] = random.next().to_le_bytes()[0],
        "bits to one" => image[range]
            .iter_mut()
            .for_each(|byte| *byte |= random.next().to_le_bytes()[0]),
        "zeroed range" => image[range].fill(0),
        "erased words" => image[range.start / 4 * 4..range.end.next_multiple_of(4)].fill(0xFF),
        "erased range" => image[range].fill(0xFF),
        "noise" => image[range]
            .iter_mut()
            .for_each(|byte| *byte = random.next().to_le_bytes()[0]),
        "page erased" => image[start..start + page].fill(0xFF),
        "page zeroed" => image[start..start + page].fill(0),
        "pages exchanged" => {
            let other = random.below(length / page) * page;
            let (first, second) = (
                image[start..start + page].to_vec(),
                image[other..other + page].to_vec(),
            );
            image[start..start + page].copy_from_slice(&second);
            image[other..other + page].copy_from_slice(&first);
        }
        "range copied" => {
            let to = random.below(length - range.len() + 1);
            image.copy_within(range, to);
        }
        other => unreachable!("{other}"),
    }
}

#[derive(Debug, Default)]
struct Tally {
    unchanged: usize,
    refused: usize,
    right: usize,
    old: usize,
    wrong: usize,
}

/// Damages images at random and judges what the store makes of them.
fn judge<const P: usize, const W: usize>(
    samples: &[Sample<P, W>],
    count: usize,
    seed: u64,
    tallies: &mut [Tally; KINDS.len()],
) {
    let mut random = Random(seed);
    for _ in 0..count {
        let sample = &samples[random.below(samples.len())];
        let kind = random.below(KINDS.len());
        let mut flash = sample.flash.clone();
        damage(flash.image_mut(), P, kind, &mut random);
        let tally = &mut tallies[kind];
        if flash.image() == sample.flash.image() {
            tally.unchanged += 1;
            continue;
        }
        let mounted = mount(CutFlash::new(flash)).and_then(|mut store| Ok((dump(&mut store)?, store)));
        match mounted {
            Err(StoreError::Full | StoreError::Stale | StoreError::Unreserved | StoreError::Remount) => {
                panic!("not an answer to damage")
            }
            Err(_) => tally.refused += 1,
            Ok((found, store)) if found == sample.model.state => {
                tally.right += 1;
                can_be_written(store, found, KINDS[kind]);
            }
            Ok((found, _)) if is_old(sample, &found) => tally.old += 1,
            Ok(_) => tally.wrong += 1,
        }
    }
}

/// What was damaged is not in the way either.
fn can_be_written<const P: usize, const W: usize>(
    mut store: Store<CutFlash<P, W>, Index>,
    mut state: State,
    kind: &str,
) {
    let key = Key::new(9, 9, 9, 9);
    for round in 0..60_u8 {
        match store.put(key, &[&[round; 50]], Secrecy::Public) {
            Ok(()) => state.insert(key, vec![round; 50]),
            Err(StoreError::Full) => return,
            Err(error) => panic!("{error} in write {round} after {kind}"),
        };
    }
    assert_eq!(dump(&mut store).expect("reading"), state);
}

/// Whether every value is one that its key once had.
fn is_old<const P: usize, const W: usize>(sample: &Sample<P, W>, found: &State) -> bool {
    let keys = found.keys().chain(sample.model.state.keys());
    keys.into_iter().all(|key| {
        let value = found.get(key).cloned();
        sample
            .history
            .get(key)
            .is_some_and(|history| history.contains(&value))
    })
}

#[test]
fn damaged_images_are_refused_or_right() {
    let mut tallies: [Tally; KINDS.len()] = Default::default();
    judge(&samples::<512, 4>(8, 21, 100), 16_000, 31, &mut tallies);
    judge(&samples::<512, 8>(10, 22, 100), 10_000, 32, &mut tallies);
    judge(&samples::<1_024, 4>(16, 23, 300), 9_000, 33, &mut tallies);
    judge(&samples::<4_096, 4>(6, 24, 1_000), 5_000, 34, &mut tallies);
    for (kind, tally) in KINDS.iter().zip(&tallies) {
        println!("{kind:>16}: {tally:?}");
    }
    let old: usize = tallies.iter().map(|tally| tally.old).sum();
    let wrong: usize = tallies.iter().map(|tally| tally.wrong).sum();
    assert_eq!((old, wrong), (0, 0), "old and wrong values returned as good");
}

/// The newest transaction is the one nothing follows: every range that erases its end is tried.
#[test]
fn the_newest_transaction_cannot_be_erased_away() {
    let mut tried = 0;
    for sample in samples::<512, 4>(8, 25, 60) {
        let image = sample.flash.image().to_vec();
        // The log ends behind the last programmed word of the page that is followed by prepared ones.
        let page_of = |index: usize| &image[index * 512..(index + 1) * 512];
        for page in 0..8 {
            let used = page_of(page)
                .iter()
                .rposition(|byte| *byte != 0xFF)
                .map_or(0, |last| last + 1);
            let end = (page * 512 + used).next_multiple_of(4);
            for length in (4..=512).step_by(4).filter(|length| *length <= end) {
                for fill in [0xFF, 0x00] {
                    let mut damaged = image.clone();
                    damaged[end - length..end].fill(fill);
                    if damaged == image {
                        continue;
                    }
                    tried += 1;
                    let flash = CutFlash::new(MemoryFlash::<512, 4>::from_image(damaged));
                    if let Ok(found) = mount(flash).and_then(|mut store| dump(&mut store)) {
                        assert_eq!(
                            found, sample.model.state,
                            "page {page}, {length} bytes of {fill:02X} before {end}"
                        );
                    }
                }
            }
        }
    }
    println!("{tried} ranges");
    assert!(tried > 10_000);
}

/// The page's sequence number, if the log has entered it.
fn opened(page: &[u8]) -> Option<u32> {
    let number = page.get(4..8)?.try_into().ok()?;
    (page.starts_with(b"SYM") && page.get(24..32) != Some(&[0xFF; 8])).then(|| u32::from_le_bytes(number))
}

/// A log that a page is missing from has not ended before it, even where the seal that says so was erased as well.
#[test]
fn a_page_within_the_log_cannot_be_erased_with_the_seal_before_it() {
    let mut tried = 0;
    for sample in samples::<512, 4>(8, 26, 60) {
        let image = sample.flash.image().to_vec();
        let sequences: Vec<_> = image.chunks(512).map(opened).collect();
        let newest = sequences.iter().flatten().max().copied();
        for (page, sequence) in sequences.iter().enumerate() {
            if sequence.is_none() || *sequence == newest {
                continue;
            }
            let mut gap = image.clone();
            gap[page * 512..(page + 1) * 512].fill(0xFF);
            for word in (0..image.len())
                .step_by(4)
                .filter(|word| gap[*word..*word + 4] != [0xFF; 4])
            {
                let mut damaged = gap.clone();
                damaged[word..word + 4].fill(0xFF);
                tried += 1;
                let flash = CutFlash::new(MemoryFlash::<512, 4>::from_image(damaged));
                if let Ok(found) = mount(flash).and_then(|mut store| dump(&mut store)) {
                    assert_eq!(found, sample.model.state, "page {page} and the word at {word}");
                }
            }
        }
    }
    println!("{tried} images");
    assert!(tried > 10_000);
}

/// Mounting finds it, so that no reader has to.
#[test]
fn any_bit_of_a_current_value() {
    let key = Key::new(1, 1, 1, 1);
    let mut store = mount::<512, 4>(CutFlash::new(formatted(8))).expect("mounting");
    store.put(key, &[&[0x5A; 90]], Secrecy::Public).expect("room");
    store.put(Key::MIN, &[b"newer"], Secrecy::Public).expect("room");
    let image = store.flash().inner().image().to_vec();
    let value = image
        .windows(90)
        .position(|window| window == [0x5A; 90])
        .expect("the value");
    for bit in value * 8..(value + 90) * 8 {
        let mut damaged = image.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let flash = CutFlash::new(MemoryFlash::<512, 4>::from_image(damaged));
        assert_eq!(mount(flash).err(), Some(StoreError::Damaged), "bit {bit}");
    }
}

/// A value that changes after the mount is found by what a security decision goes through, and is not made good by
/// patching or moving it.
#[test]
fn damage_after_the_mount() {
    let key = Key::new(1, 1, 1, 1);
    let flash = Fading {
        flash: MemoryFlash::new(8),
        byte: Cell::new(None),
    };
    let mut store = Store::format(flash, INDEX, SEED).expect("formatting");
    store.put(key, &[&[0x5A; 90]], Secrecy::Public).expect("room");
    store.check(key).expect("not damaged yet");
    let image = store.flash().flash.image();
    let value = image
        .windows(90)
        .position(|window| window == [0x5A; 90])
        .expect("the value");
    store.flash().byte.set(Some(value + 50));
    assert_eq!(store.check(key), Err(StoreError::Damaged));
    assert_eq!(store.read_checked(key, &mut [0; 90]), Err(StoreError::Damaged));
    assert_eq!(store.patch(key, 20, b"new"), Err(StoreError::Damaged));
    let erases = store.flash().flash.counts().erases;
    while store.flash().flash.counts().erases == erases {
        match store.put(Key::MIN, &[&[0; 50]], Secrecy::Public) {
            Ok(()) => assert_eq!(
                store.flash().flash.counts().erases,
                erases,
                "moved without being looked at"
            ),
            Err(error) => {
                assert_eq!(error, StoreError::Damaged);
                break;
            }
        }
    }
    assert_eq!(store.check(key), Err(StoreError::Damaged));
}

/// Flash with a byte that loses its charge.
struct Fading {
    flash: MemoryFlash<512, 4>,
    byte: Cell<Option<usize>>,
}

impl ErrorType for Fading {
    type Error = Error;
}

impl ReadNorFlash for Fading {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.flash.read(offset, bytes)?;
        let faded = self
            .byte
            .get()
            .and_then(|byte| byte.checked_sub(usize::try_from(offset).ok()?));
        if let Some(byte) = faded.and_then(|index| bytes.get_mut(index)) {
            *byte = 0xFF;
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.flash.capacity()
    }
}

impl NorFlash for Fading {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 512;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Error> {
        self.flash.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.flash.write(offset, bytes)
    }
}

impl MultiwriteNorFlash for Fading {}
