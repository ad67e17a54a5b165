//! What the store refuses, and what it promises to have room for.

use super::support::*;
use applet::store::{FORMAT_VERSION, Key, Secrecy, Store, StoreError, VALUE_MAX};
use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use symbolon_simulator::flash::{CutFlash, MemoryFlash};

const KEY: Key = Key::new(1, 2, 3, 4);

fn fresh(pages: usize) -> Store<CutFlash<512, 4>, Index> {
    mount(CutFlash::new(formatted(pages))).expect("mounting")
}

#[test]
fn lengths() {
    let mut store = fresh(64);
    for length in [0, 1, VALUE_MAX] {
        store
            .put(KEY, &[&vec![7; length]], Secrecy::Public)
            .expect("room");
        assert_eq!(store.len(KEY), Ok(Some(length)));
    }
    let value = [7; VALUE_MAX + 1];
    assert_eq!(
        store.put(KEY, &[&value], Secrecy::Public),
        Err(StoreError::TooLong)
    );
    assert_eq!(store.patch(KEY, VALUE_MAX, &[1]), Err(StoreError::TooLong));
    assert_eq!(store.patch(KEY, VALUE_MAX - 1, &[1]), Ok(()));
    let mut end = [0; 4];
    assert_eq!(store.read(KEY, VALUE_MAX - 2, &mut end), Ok(2));
    assert_eq!(end, [7, 1, 0, 0]);
    assert_eq!(store.read(KEY, VALUE_MAX + 5, &mut end), Ok(0));
    assert_eq!(store.read_checked(KEY, &mut end), Err(StoreError::TooLong));
}

#[test]
fn absent_values() {
    let mut store = fresh(8);
    assert_eq!(store.len(KEY), Ok(None));
    assert_eq!(store.read(KEY, 0, &mut [0]), Ok(0));
    assert_eq!(store.read_checked(KEY, &mut [0]), Ok(None));
    assert_eq!(store.locate(KEY), Ok(None));
    assert_eq!(store.check(KEY), Err(StoreError::Absent));
    assert_eq!(store.patch(KEY, 0, &[1]), Err(StoreError::Absent));
    let before = store.flash().operations();
    assert_eq!(store.delete(KEY), Ok(()));
    assert_eq!(
        store.flash().operations(),
        before,
        "deleting nothing writes nothing"
    );
    store.put(KEY, &[b"ab"], Secrecy::Public).expect("room");
    assert_eq!(store.patch(KEY, 3, b"d"), Err(StoreError::TooLong));
    assert_eq!(store.patch(KEY, 2, b"c"), Ok(()));
    assert_eq!(store.len(KEY), Ok(Some(3)));
}

#[test]
fn an_extent_does_not_outlive_a_change() {
    let mut store = fresh(8);
    store.put(KEY, &[b"value"], Secrecy::Public).expect("room");
    let extent = store.locate(KEY).expect("reading").expect("a value");
    assert_eq!(extent.length(), 5);
    let mut buffer = [0; 3];
    assert_eq!(store.read_extent(&extent, 1, &mut buffer), Ok(3));
    assert_eq!(&buffer, b"alu");
    store.put(Key::MIN, &[b"other"], Secrecy::Public).expect("room");
    assert_eq!(store.read_extent(&extent, 1, &mut buffer), Err(StoreError::Stale));
    let extent = store.locate(KEY).expect("reading").expect("a value");
    let mut transaction = store.begin(100).expect("room");
    transaction
        .put(Key::MIN, &[b"another"], Secrecy::Public)
        .expect("reserved");
    transaction.commit().expect("committing");
    assert_eq!(store.read_extent(&extent, 1, &mut buffer), Err(StoreError::Stale));
}

#[test]
fn a_transaction_gets_what_it_reserved_and_no_more() {
    const OVERHEAD: usize = Store::<CutFlash<512, 4>, Index>::RECORD_OVERHEAD;
    let mut store = fresh(16);
    let mut transaction = store.begin(2 * OVERHEAD + 10).expect("room");
    transaction
        .put(KEY, &[&[1; 10]], Secrecy::Public)
        .expect("reserved");
    assert_eq!(
        transaction.put(KEY, &[&[1; 1]], Secrecy::Public),
        Err(StoreError::Unreserved)
    );
    transaction.put(Key::MIN, &[], Secrecy::Public).expect("reserved");
    assert_eq!(transaction.len(KEY), Ok(None), "reads give the state before");
    transaction.commit().expect("committing");
    assert_eq!(store.len(KEY), Ok(Some(10)));
}

#[test]
fn full_is_said_before_anything_is_written() {
    let mut store = fresh(16);
    let before = store.flash().operations();
    let free = store.stats().free_bytes;
    assert_eq!(store.begin(free + 1).err(), Some(StoreError::Full));
    assert_eq!(store.begin(usize::MAX).err(), Some(StoreError::Full));
    assert_eq!(store.flash().operations(), before);
    drop(store.begin(free).expect("what is said to be free"));
}

/// A full card still counts PIN tries, replaces and deletes.
#[test]
fn a_full_card_can_replace_and_delete() {
    let mut store = fresh(12);
    let mut objects = 0;
    let key = |number: usize| Key::new(1, 1, u16::try_from(number).expect("small"), 0);
    while store.put(key(objects), &[&[0x5A; 50]], Secrecy::Secret).is_ok() {
        objects += 1;
    }
    assert!(objects > 10, "{objects}");
    for round in 0..200 {
        let number = round % objects;
        let value = [u8::try_from(round % 251).expect("small"); 50];
        store
            .put(key(number), &[&value], Secrecy::Secret)
            .expect("replacing by nothing larger");
        store.patch(key(number), 10, &[1, 2, 3]).expect("patching");
    }
    // One page, less what its mark takes.
    let mut transaction = store.begin_in_margin(480 - 24).expect("the margin");
    transaction.delete(key(0)).expect("reserved");
    transaction.commit().expect("committing");
    for number in 1..objects {
        store.delete(key(number)).expect("deleting");
    }
    assert_eq!(store.stats().objects, 0);
    assert_eq!(store.stats().live_bytes, 0);
}

#[test]
fn more_objects_than_the_index_holds() {
    let mut store = Store::format(MemoryFlash::<4_096, 4>::new(16), [0; 5], SEED).expect("formatting");
    for number in 0..5 {
        store
            .put(Key::new(0, 0, number, 0), &[b"x"], Secrecy::Public)
            .expect("room");
    }
    assert_eq!(
        store.put(KEY, &[b"x"], Secrecy::Public),
        Err(StoreError::IndexFull)
    );
    let mut transaction = store.begin(200).expect("room");
    transaction
        .put(Key::new(0, 0, 3, 0), &[b"y"], Secrecy::Public)
        .expect("replacing");
    assert_eq!(
        transaction.put(KEY, &[b"x"], Secrecy::Public),
        Err(StoreError::IndexFull)
    );
    transaction.commit().expect("committing");
    assert_eq!(store.stats().objects, 5);
    let (flash, _) = store.release();
    assert_eq!(Store::mount(flash, [0; 4]).err(), Some(StoreError::IndexFull));
}

#[test]
fn what_cannot_be_mounted() {
    let blank = |bytes| Store::mount(MemoryFlash::<512, 4>::from_image(bytes), INDEX).err();
    assert_eq!(blank(vec![0xFF; 8 * 512]), Some(StoreError::Blank));
    assert_eq!(blank(vec![0; 8 * 512]), Some(StoreError::Blank));
    assert_eq!(blank(vec![0xFF; 3 * 512]), Some(StoreError::Geometry));
    assert_eq!(blank(vec![0xFF; 8 * 512 + 4]), Some(StoreError::Geometry));
    let image = formatted::<512, 4>(8).image().to_vec();
    assert_eq!(blank(image.clone()), None);
    assert_eq!(blank(image[..7 * 512].to_vec()), Some(StoreError::Geometry));
    let pages = Store::mount(MemoryFlash::<1_024, 4>::from_image(image.clone()), INDEX).err();
    assert_eq!(pages, Some(StoreError::Geometry));
    for version in [FORMAT_VERSION - 1, FORMAT_VERSION + 1] {
        let mut other = image.clone();
        // Free pages are blank but for their header, so that one page tells.
        other.chunks_mut(512).for_each(|page| page[3] = version);
        assert_eq!(blank(other), Some(StoreError::Version(version)));
    }
}

#[test]
fn a_failed_write_stops_the_store() {
    let flash = CutFlash::new(formatted::<512, 4>(8)).cut_at(1, symbolon_simulator::flash::Outcome::Undone);
    let mut store = mount(flash).expect("mounting");
    assert!(matches!(
        store.put(KEY, &[b"x"], Secrecy::Public),
        Err(StoreError::Flash(_))
    ));
    assert_eq!(store.len(KEY), Err(StoreError::Remount));
    assert_eq!(store.put(KEY, &[b"x"], Secrecy::Public), Err(StoreError::Remount));
}

/// A package of many records, larger than half of the flash's pages, is one transaction.
#[test]
fn a_transaction_of_many_records() {
    let mut store =
        Store::format(MemoryFlash::<4_096, 4>::new(64), vec![0; 1_000], SEED).expect("formatting");
    for round in 0..6_u8 {
        let mut transaction = store.begin(400 * (240 + 27)).expect("room");
        for number in 0..400 {
            transaction
                .put(Key::new(5, 1, number, 0), &[&[round; 240]], Secrecy::Public)
                .expect("reserved");
        }
        if round % 3 == 2 {
            drop(transaction);
        } else {
            transaction.commit().expect("committing");
        }
    }
    let (flash, index) = store.release();
    let mut store = Store::mount(flash, index).expect("mounting");
    for number in 0..400 {
        let mut value = [0; 240];
        assert_eq!(
            store.read_checked(Key::new(5, 1, number, 0), &mut value),
            Ok(Some(240))
        );
        assert_eq!(value, [4; 240]);
    }
}

/// Counts reads.
struct Counting(MemoryFlash, usize);

impl ErrorType for Counting {
    type Error = symbolon_simulator::flash::Error;
}

impl ReadNorFlash for Counting {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.1 += 1;
        self.0.read(offset, bytes)
    }

    fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl NorFlash for Counting {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 4_096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Self::Error> {
        self.0.erase(from, to)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.write(offset, bytes)
    }
}

impl MultiwriteNorFlash for Counting {}

/// Looking up one of 1,000 is a few reads of eight bytes more than one of 10.
#[test]
fn a_thousand_objects() {
    let flash = Counting(MemoryFlash::new(64), 0);
    let mut store = Store::format(flash, vec![0; 1_000], SEED).expect("formatting");
    let mut reads = Vec::new();
    for number in 0..1_000 {
        store
            .put(
                Key::new(number, 1, 2, 3),
                &[&number.to_be_bytes()],
                Secrecy::Public,
            )
            .expect("room");
        if number == 9 || number == 999 {
            let before = store.flash().1;
            for sought in 0..=number {
                assert_eq!(store.len(Key::new(sought, 1, 2, 3)), Ok(Some(2)));
            }
            reads.push((store.flash().1 - before) / usize::from(number + 1));
        }
    }
    println!("reads to find one of 10 and of 1,000: {reads:?}");
    assert!(reads[1] <= 11 && reads[1] <= 3 * reads[0]);
}
