//! docs/storage-format.md, followed by a reader that shares no code with the store.

use std::collections::BTreeMap;

use super::support::*;
use applet::store::{FORMAT_VERSION, Key, Secrecy};
use symbolon_simulator::flash::{CutFlash, MemoryFlash};

fn crc(key: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!key, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xEDB8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// An image and its geometry.
struct Reader<'a> {
    image: &'a [u8],
    page: usize,
    word: usize,
}

/// The fields of an opened page.
struct Opened {
    sequence: usize,
    seed: u32,
    first: Option<usize>,
    tail: usize,
}

struct Record {
    address: usize,
    flags: u8,
    key: Key,
    value: Vec<u8>,
    length: usize,
    tail: u32,
}

impl Reader<'_> {
    fn number(&self, address: usize, length: usize) -> u32 {
        self.image[address..address + length]
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn unit(&self) -> usize {
        self.image
            .len()
            .div_ceil(65_536)
            .next_power_of_two()
            .max(self.word)
            .max(4)
    }

    fn data_start(&self) -> usize {
        32_usize.next_multiple_of(self.unit())
    }

    fn slot(&self) -> usize {
        self.word.max(4)
    }

    fn header(&self) -> usize {
        (self.slot() + 20).next_multiple_of(self.slot())
    }

    fn opened(&self, index: usize) -> Option<Opened> {
        let at = index * self.page;
        let header = &self.image[at..at + 32];
        assert_eq!(
            header[..4],
            [0x53, 0x59, 0x4D, FORMAT_VERSION],
            "every page is prepared"
        );
        assert_eq!(self.number(at + 20, 4), crc(0, &header[..20]));
        assert_eq!(usize::from(header[14]), self.page.ilog2() as usize);
        assert_eq!(
            u32::from(header[15]),
            self.unit().ilog2() << 4 | self.word.ilog2()
        );
        if header[24..].iter().all(|byte| *byte == 0xFF) {
            return None;
        }
        let sum = crc(self.number(at + 8, 4), &[&header[4..8], &header[24..28]].concat());
        assert_eq!(self.number(at + 28, 4), sum);
        let sequence = self.number(at + 4, 4) as usize;
        assert_eq!(sequence % (self.image.len() / self.page), index);
        let first = self.number(at + 24, 2) as usize;
        Some(Opened {
            sequence,
            seed: self.number(at + 8, 4),
            first: (first != 0xFFFF).then_some(first * self.unit()),
            tail: sequence - self.number(at + 26, 2) as usize,
        })
    }

    /// The record at an offset in a page of the log, and where the next may be; `None` behind the last.
    fn record(&self, seed: u32, page: &mut usize, offset: &mut usize) -> Option<Record> {
        let pages = self.image.len() / self.page;
        loop {
            if *offset + self.header() > self.page {
                (*page, *offset) = (*page + 1, self.data_start());
            }
            let address = *page % pages * self.page + *offset;
            let keyed = seed ^ u32::try_from(address).expect("small");
            let word = |letter: u8| crc(keyed, &[letter]) & 0x7FFF_FFFF;
            let slot = self.number(address, 4);
            if slot == word(b'k') {
                *offset = self.page;
                continue;
            }
            let body = &self.image[address + self.slot()..][..20];
            if crc(keyed, &body[..16]).to_le_bytes() != body[16..] {
                return None;
            }
            let length = self.number(address + self.slot() + 8, 2) as usize;
            let size = (self.header() + length).next_multiple_of(self.unit());
            if slot == word(b'v') {
                *offset = (*offset + size).min(self.page);
                continue;
            }
            let bytes = self.bytes(page, offset, size);
            let value = bytes[self.header()..self.header() + length].to_vec();
            let [n1, n0, kind, i1, i0, p1, p0, flags] = body[..8] else {
                unreachable!()
            };
            let be = |high, low| u16::from_be_bytes([high, low]);
            let key = Key::new(be(n1, n0), kind, be(i1, i0), be(p1, p0));
            return Some(Record {
                address,
                flags,
                key,
                value,
                length,
                tail: self.number(address + self.slot() + 12, 4),
            });
        }
    }

    /// Bytes of the log from a place on, which moves behind them.
    fn bytes(&self, page: &mut usize, offset: &mut usize, length: usize) -> Vec<u8> {
        let pages = self.image.len() / self.page;
        let mut bytes = Vec::new();
        while bytes.len() < length {
            if *offset == self.page {
                (*page, *offset) = (*page + 1, self.data_start());
            }
            let piece = (length - bytes.len()).min(self.page - *offset);
            bytes.extend_from_slice(&self.image[*page % pages * self.page + *offset..][..piece]);
            *offset += piece;
        }
        bytes
    }

    fn state(&self) -> State {
        let opened: Vec<Opened> = (0..self.image.len() / self.page)
            .filter_map(|page| self.opened(page))
            .collect();
        let newest = opened
            .iter()
            .max_by_key(|page| page.sequence)
            .expect("an opened page");
        let (mut tail, seed) = (newest.tail, newest.seed);
        let (mut page, mut offset) = (newest.sequence, newest.first.unwrap_or(self.page));
        while page == newest.sequence && offset + self.header() <= self.page {
            let Some(record) = self.record(seed, &mut page, &mut offset) else {
                break;
            };
            if record.flags & 0x08 != 0 {
                tail = record.tail as usize;
            }
        }
        let mut log = opened
            .iter()
            .filter(|page| page.sequence >= tail)
            .collect::<Vec<_>>();
        log.sort_by_key(|page| page.sequence);
        let start = log
            .iter()
            .find_map(|page| Some((page.sequence, page.first?)))
            .expect("a record");
        self.replay(seed, start, newest.sequence)
    }

    fn replay(&self, seed: u32, (mut page, mut offset): (usize, usize), newest: usize) -> State {
        let mut state = State::new();
        let mut transaction: BTreeMap<Key, Option<Vec<u8>>> = BTreeMap::new();
        let mut last_slot = None;
        while page <= newest && !(page == newest && offset + self.header() > self.page) {
            let Some(record) = self.record(seed, &mut page, &mut offset) else {
                break;
            };
            match record.flags & 0x09 {
                0x00 => drop(transaction.insert(record.key, Some(record.value))),
                0x01 => drop(transaction.insert(record.key, None)),
                _ => assert_eq!(record.length, 0),
            }
            if record.flags & 0x04 == 0 {
                continue;
            }
            // The predecessor of every transaction says that it is complete.
            if let Some(address) = last_slot.replace(record.address) {
                let keyed = seed ^ u32::try_from(address).expect("small");
                assert_eq!(self.number(address, 4), crc(keyed, b"s") & 0x7FFF_FFFF);
            }
            for (key, value) in std::mem::take(&mut transaction) {
                match value {
                    Some(value) => drop(state.insert(key, value)),
                    None => drop(state.remove(&key)),
                }
            }
        }
        assert_eq!(self.number(last_slot.expect("a commit"), 4), u32::MAX);
        state
    }
}

fn reads_like_the_store<const P: usize, const W: usize>(pages: usize, seed: u64, longest: usize) {
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut store = mount::<P, W>(CutFlash::new(formatted(pages))).expect("mounting");
    for number in 0..150 {
        let step = random.step(&model, 20, longest);
        if take(&mut store, &step).is_ok() {
            model.apply(&step);
        }
        let image = store.flash().inner().image();
        let reader = Reader {
            image,
            page: P,
            word: W,
        };
        assert_eq!(reader.state(), model.state, "step {number}: {step:?}");
    }
}

#[test]
fn the_documented_format_is_the_stores() {
    reads_like_the_store::<512, 4>(8, 51, 80);
    reads_like_the_store::<512, 8>(10, 52, 80);
    reads_like_the_store::<256, 4>(60, 53, 900);
    reads_like_the_store::<4_096, 4>(128, 54, 2_000);
}

/// FNV-1a, 64 bits. Not the CRC of the pages: over a page that ends in its own CRC that tells nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

/// If this fails the flash format has changed: raise its version, and keep reading the old one or say so.
#[test]
fn the_format_has_not_changed() {
    let mut store = mount::<512, 4>(CutFlash::new(formatted(16))).expect("mounting");
    let (key, other) = (Key::new(1, 2, 3, 4), Key::new(5, 6, 7, 8));
    store.put(key, &[&[0x11; 700]], Secrecy::Public).expect("room");
    let mut transaction = store.begin(200).expect("room");
    transaction
        .put(other, &[b"secret"], Secrecy::Secret)
        .expect("reserved");
    transaction.delete(key).expect("reserved");
    transaction.commit().expect("committing");
    let mut transaction = store.begin(100).expect("room");
    transaction
        .put(key, &[b"dropped"], Secrecy::Secret)
        .expect("reserved");
    drop(transaction);
    store.patch(other, 6, b"!").expect("room");
    assert_eq!(
        (FORMAT_VERSION, fingerprint(store.flash().inner().image())),
        (3, 0x48D6_201A_DC06_4681)
    );
}

/// What no checksum can tell: the card as it was.
#[test]
fn an_older_image_is_not_detected() {
    let mut store = mount::<512, 4>(CutFlash::new(formatted(8))).expect("mounting");
    let older: MemoryFlash<512, 4> = store.flash().inner().clone();
    store.put(Key::MIN, &[b"new"], Secrecy::Public).expect("room");
    assert_eq!(
        mount(CutFlash::new(older)).and_then(|mut store| dump(&mut store)),
        Ok(State::new())
    );
}
