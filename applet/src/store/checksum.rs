//! CRC-32 (the reflected IEEE polynomial), keyed only by its start value.
//!
//! On chips a nibble at a time, from 64 bytes of table. Where there is an operating system eight bytes at a time, from
//! 8 KiB: mounting a card there is mostly this.

/// A checksum being computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checksum(u32);

impl Checksum {
    /// Starts from a key, so that equal bytes elsewhere or on another card give another checksum.
    pub(super) const fn keyed(key: u32) -> Self {
        Self(!key)
    }

    #[inline]
    pub(super) fn update(self, bytes: &[u8]) -> Self {
        #[cfg(target_os = "none")]
        let value = by_nibble(self.0, bytes);
        #[cfg(not(target_os = "none"))]
        let value = by_eight(self.0, bytes);
        Self(value)
    }

    pub(super) const fn finish(self) -> u32 {
        !self.0
    }
}

/// What each value of the lowest `bits` bits adds once they are shifted out, and `zeros` more bits.
#[allow(
    clippy::indexing_slicing,
    reason = "run by the compiler, where an index out of range is a build error"
)]
const fn table<const LENGTH: usize>(bits: u32, zeros: u32) -> [u32; LENGTH] {
    let mut table = [0; LENGTH];
    let (mut entry, mut start) = (0, 0_u32);
    while entry < LENGTH {
        let mut value = start;
        let mut bit = 0;
        while bit < bits + zeros {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xEDB8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[entry] = value;
        entry += 1;
        start += 1;
    }
    table
}

fn look_up<const LENGTH: usize>(table: &[u32; LENGTH], entry: u8) -> u32 {
    table.get(usize::from(entry)).copied().unwrap_or_default()
}

#[cfg(any(test, target_os = "none"))]
fn by_nibble(value: u32, bytes: &[u8]) -> u32 {
    static NIBBLES: [u32; 16] = table(4, 0);
    let step = |value: u32| {
        let [low, ..] = value.to_le_bytes();
        look_up(&NIBBLES, low & 0x0F) ^ (value >> 4)
    };
    bytes
        .iter()
        .fold(value, |value, byte| step(step(value ^ u32::from(*byte))))
}

#[cfg(not(target_os = "none"))]
fn by_eight(value: u32, bytes: &[u8]) -> u32 {
    /// By how many bytes follow in the group.
    static BYTES: [[u32; 256]; 8] = [
        table(8, 0),
        table(8, 8),
        table(8, 16),
        table(8, 24),
        table(8, 32),
        table(8, 40),
        table(8, 48),
        table(8, 56),
    ];
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &BYTES;
    let (groups, rest) = bytes.as_chunks::<8>();
    let value = groups
        .iter()
        .fold(value, |value, &[b0, b1, b2, b3, b4, b5, b6, b7]| {
            let [v0, v1, v2, v3] = value.to_le_bytes();
            let first =
                look_up(t7, b0 ^ v0) ^ look_up(t6, b1 ^ v1) ^ look_up(t5, b2 ^ v2) ^ look_up(t4, b3 ^ v3);
            first ^ look_up(t3, b4) ^ look_up(t2, b5) ^ look_up(t1, b6) ^ look_up(t0, b7)
        });
    rest.iter().fold(value, |value, byte| {
        let [low, ..] = value.to_le_bytes();
        look_up(t0, low ^ byte) ^ (value >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_crc_32() {
        assert_eq!(Checksum::keyed(0).update(b"123456789").finish(), 0xCBF4_3926);
        assert_eq!(
            Checksum::keyed(0).update(b"12345").update(b"6789").finish(),
            0xCBF4_3926
        );
    }

    #[test]
    fn chips_and_computers_agree() {
        let bytes: [u8; 100] = core::array::from_fn(|index| u8::try_from(index * 37 % 251).unwrap());
        for length in 0..bytes.len() {
            assert_eq!(
                by_nibble(7, &bytes[..length]),
                by_eight(7, &bytes[..length]),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn depends_on_its_key() {
        assert_ne!(
            Checksum::keyed(1).update(b"x").finish(),
            Checksum::keyed(0).update(b"x").finish()
        );
    }
}
