//! Record headers: a slot programmed later, then the body, then the value.

use super::VALUE_MAX;
use super::checksum::Checksum;
use super::key::Key;

/// Bytes of a header's body.
pub(super) const BODY: usize = 20;
/// The longest header: a slot of 8, the body, 4 to the next word.
pub(super) const HEADER_MAX: usize = 32;

/// What a record is, as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const PUT: Self = Self(0);
    /// The key has no value from here on.
    pub(super) const DELETE: Self = Self(0x01);
    /// The value is zeroed in flash when it is superseded.
    pub(super) const SECRET: Self = Self(0x02);
    /// The last record of its transaction.
    pub(super) const COMMIT: Self = Self(0x04);
    /// Has no key; the checksum field holds the sequence number of the oldest page of the log.
    pub(super) const MARK: Self = Self(0x08);

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A record header's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) key: Key,
    pub(super) flags: Flags,
    /// Bytes of the value.
    pub(super) length: u16,
    /// Place in its transaction, from 0.
    pub(super) index: u16,
    /// Checksum of the value; the oldest page for a mark.
    pub(super) sum: u32,
}

impl Record {
    /// The body as it lies at `address`.
    pub(super) fn to_bytes(self, seed: [u8; 4], address: u32) -> [u8; BODY] {
        let [k0, k1, k2, k3, k4, k5, k6] = self.key.to_bytes();
        let [l0, l1] = self.length.to_le_bytes();
        let [i0, i1] = self.index.to_le_bytes();
        let [s0, s1, s2, s3] = self.sum.to_le_bytes();
        let fields = [
            k0,
            k1,
            k2,
            k3,
            k4,
            k5,
            k6,
            self.flags.0,
            l0,
            l1,
            i0,
            i1,
            s0,
            s1,
            s2,
            s3,
        ];
        let sum = keyed(seed, address).update(&fields).finish().to_le_bytes();
        let mut bytes = [0; BODY];
        for (to, from) in bytes.iter_mut().zip(fields.into_iter().chain(sum)) {
            *to = from;
        }
        bytes
    }

    /// The body found at `address`, if its checksum holds there.
    pub(super) fn from_bytes(bytes: &[u8; BODY], seed: [u8; 4], address: u32) -> Option<Self> {
        let (fields, sum) = bytes.split_last_chunk::<4>()?;
        if keyed(seed, address).update(fields).finish().to_le_bytes() != *sum {
            return None;
        }
        let (words, _) = fields.as_chunks::<4>();
        let &[[k0, k1, k2, k3], [k4, k5, k6, flags], [l0, l1, i0, i1], sum] = words else {
            return None;
        };
        let length = u16::from_le_bytes([l0, l1]);
        (usize::from(length) <= VALUE_MAX).then_some(Self {
            key: Key::from_header([k0, k1, k2, k3, k4, k5, k6, flags]),
            flags: Flags(flags),
            length,
            index: u16::from_le_bytes([i0, i1]),
            sum: u32::from_le_bytes(sum),
        })
    }

    /// Bytes of the value, as an amount of flash.
    pub(super) const fn length(&self) -> u32 {
        let [low, high] = self.length.to_le_bytes();
        u32::from_le_bytes([low, high, 0, 0])
    }
}

/// What the slot before a record header can be programmed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// The transaction after the one this record commits is complete.
    Seal,
    /// The record belongs to a transaction that was rolled back.
    Void,
    /// No record: the rest of the page is not used.
    Skip,
}

impl Word {
    /// The value at `address`. Nobody who does not know the seed can put it into a value; never the erased value.
    pub(super) fn value(self, seed: [u8; 4], address: u32) -> u32 {
        let letter = match self {
            Self::Seal => b's',
            Self::Void => b'v',
            Self::Skip => b'k',
        };
        keyed(seed, address).update(&[letter]).finish() & 0x7FFF_FFFF
    }
}

/// A slot as found in flash: the word once, or twice where flash is written in words of 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) u32, pub(super) u32);

impl Slot {
    /// Not programmed, not even in part.
    pub(super) const fn is_blank(self) -> bool {
        self.0 == u32::MAX && self.1 == u32::MAX
    }

    pub(super) const fn is(self, value: u32) -> bool {
        self.0 == value && self.1 == value
    }

    /// Whether programming `value` makes it `value`: it is erased, whole, or a program that was cut off.
    pub(super) const fn may_become(self, value: u32) -> bool {
        self.0 & value == value && self.1 & value == value
    }
}

/// What is found where a record header may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    /// Erased.
    Blank,
    /// A whole [`Word::Skip`].
    Skip,
    /// A record whose header's checksum holds.
    Record(Record, Slot),
    /// Anything else.
    Unclear(Slot),
}

impl Item {
    /// Interprets the header bytes at `address`; `slot` is the slot's length.
    pub(super) fn parse(bytes: &[u8], slot: usize, seed: [u8; 4], address: u32) -> Self {
        let (first, rest) = bytes.split_at_checked(slot).unwrap_or_default();
        let (words, _) = first.as_chunks::<4>();
        let word = |index: usize| words.get(index).map(|word| u32::from_le_bytes(*word));
        let low = word(0).unwrap_or_default();
        let slot = Slot(low, word(1).unwrap_or(low));
        let Some((body, _)) = rest.split_first_chunk::<BODY>() else {
            return Self::Unclear(slot);
        };
        if slot.is_blank() && body.iter().all(|byte| *byte == 0xFF) {
            return Self::Blank;
        }
        if let Some(record) = Record::from_bytes(body, seed, address) {
            return Self::Record(record, slot);
        }
        let skip = slot.is(Word::Skip.value(seed, address)) && body.iter().all(|byte| *byte == 0);
        if skip { Self::Skip } else { Self::Unclear(slot) }
    }
}

/// Binds a checksum to a place and a card.
fn keyed(seed: [u8; 4], address: u32) -> Checksum {
    Checksum::keyed(u32::from_le_bytes(seed) ^ address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; 4] = [1, 2, 3, 4];
    const RECORD: Record = Record {
        key: Key::new(1, 2, 3, 4),
        flags: Flags::SECRET,
        length: 5,
        index: 6,
        sum: 0x0708_090A,
    };

    #[test]
    fn lies_in_flash_as_documented() {
        let bytes = RECORD.to_bytes(SEED, 0x40);
        assert_eq!(bytes[..16], [0, 1, 2, 0, 3, 0, 4, 2, 5, 0, 6, 0, 0x0A, 9, 8, 7]);
        let back = Record::from_bytes(&bytes, SEED, 0x40).unwrap();
        assert_eq!(
            (back.key, back.length, back.index, back.sum),
            (RECORD.key, 5, 6, 0x0708_090A)
        );
    }

    #[test]
    fn holds_nowhere_else_and_not_with_any_bit_changed() {
        let bytes = RECORD.to_bytes(SEED, 0x40);
        assert!(Record::from_bytes(&bytes, SEED, 0x44).is_none());
        assert!(Record::from_bytes(&bytes, [1, 2, 3, 5], 0x40).is_none());
        for bit in 0..BODY * 8 {
            let mut bytes = bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Record::from_bytes(&bytes, SEED, 0x40).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn erased_and_zeroed_flash_is_no_record() {
        assert!(matches!(Item::parse(&[0xFF; 24], 4, SEED, 0), Item::Blank));
        assert!(matches!(Item::parse(&[0; 24], 4, SEED, 0), Item::Unclear(_)));
    }
}
