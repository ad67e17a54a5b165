//! CRC-32 (the reflected IEEE polynomial), a nibble at a time: 64 bytes of table. Keyed only by its start value.

const TABLE: [u32; 16] = table();

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut nibble = 0_u32;
    while nibble < 16 {
        let mut value = nibble;
        let mut bit = 0;
        while bit < 4 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xEDB8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        // Evaluated by the compiler, where an index out of range is a build error.
        #[allow(clippy::indexing_slicing, reason = "constant evaluation")]
        {
            table[nibble as usize] = value;
        }
        nibble += 1;
    }
    table
}

/// A checksum being computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checksum(u32);

impl Checksum {
    /// Starts from a key, so that equal bytes elsewhere or on another card give another checksum.
    pub(super) const fn keyed(key: u32) -> Self {
        Self(!key)
    }

    pub(super) fn update(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            self.0 = step(step(self.0));
        }
        self
    }

    pub(super) const fn finish(self) -> u32 {
        !self.0
    }
}

fn step(value: u32) -> u32 {
    let [low, ..] = value.to_le_bytes();
    let entry = TABLE.get(usize::from(low & 0x0F)).copied().unwrap_or_default();
    entry ^ (value >> 4)
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    #[test]
    fn is_crc_32() {
        assert_eq!(Checksum::keyed(0).update(b"123456789").finish(), 0xCBF4_3926);
        assert_eq!(
            Checksum::keyed(0).update(b"12345").update(b"6789").finish(),
            0xCBF4_3926
        );
    }

    #[test]
    fn depends_on_its_key() {
        assert_ne!(
            Checksum::keyed(1).update(b"x").finish(),
            Checksum::keyed(0).update(b"x").finish()
        );
    }
}
