//! Where the rules of a new file are written down.

/// A record of an EF.ARR, an EF with records of variable length that each hold access rules as AB does. ISO/IEC 7816-4:2020, 9.3,
/// "access rule references": the value of 8B, in its form of three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleReference {
    /// File id of the EF.ARR.
    pub file: u16,
    /// Number of the record, 01 to FE.
    pub record: u8,
}

impl RuleReference {
    /// Reads the value of 8B.
    #[must_use]
    pub fn from_bytes(value: &[u8]) -> Option<Self> {
        match *value {
            [high, low, record] => Some(Self {
                file: u16::from_be_bytes([high, low]),
                record,
            })
            .filter(Self::is_possible),
            _ => None,
        }
    }

    /// The value of 8B.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 3] {
        let [high, low] = self.file.to_be_bytes();
        [high, low, self.record]
    }

    /// Whether there can be a record with this number.
    #[must_use]
    pub const fn is_possible(&self) -> bool {
        matches!(self.record, 0x01..=0xFE)
    }
}
