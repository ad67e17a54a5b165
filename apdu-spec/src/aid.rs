//! Application identifiers.
//!
//! ISO/IEC 7816-4:2020, 12.2.3, and 7816-5: 5 to 16 bytes. What belongs here: the identifier, and which of them no
//! provider may use. What does not: which prefixes a provider has (`certificate`).

use core::fmt;
use core::str::FromStr;

/// An application identifier of 5 to 16 bytes.
// `bytes` beyond `length` are zero, so that comparing and hashing the fields compares and hashes the identifier.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Aid {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl Aid {
    /// Shortest identifier, in bytes.
    pub const MIN: usize = 5;
    /// Longest identifier, in bytes.
    pub const MAX: usize = 16;

    /// The card itself: F0 (proprietary, unregistered) and "SYMBOLON" in ASCII.
    pub const PLATFORM: Self = Self {
        bytes: *b"\xF0SYMBOLON\0\0\0\0\0\0\0",
        length: 9,
    };

    /// The identifier with these bytes; `None` unless there are 5 to 16.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < Self::MIN {
            return None;
        }
        let mut own = [0; Self::MAX];
        own.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self {
            bytes: own,
            length: u8::try_from(bytes.len()).ok()?,
        })
    }

    /// The identifier's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// Whether `other` starts with this identifier; each is a prefix of itself.
    #[must_use]
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.as_bytes().starts_with(self.as_bytes())
    }

    /// Whether selecting one could find the other: either is a prefix of the other.
    #[must_use]
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.is_prefix_of(other) || other.is_prefix_of(self)
    }

    /// Whether no provider may use it: it conflicts with one of [`RESERVED`].
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        RESERVED.iter().any(|reserved| self.conflicts_with(reserved))
    }
}

/// Identifiers that belong to cards and their managers: symbolon's own, GlobalPlatform's (A000000151) and that of
/// Open Platform card managers (A0000000030000).
pub const RESERVED: [Aid; 3] = [
    Aid::PLATFORM,
    Aid {
        bytes: *b"\xA0\x00\x00\x01\x51\0\0\0\0\0\0\0\0\0\0\0",
        length: 5,
    },
    Aid {
        bytes: *b"\xA0\x00\x00\x00\x03\x00\x00\0\0\0\0\0\0\0\0\0",
        length: 7,
    },
];

/// Ascending by bytes, a prefix before what it is a prefix of: the order of lists on the card.
impl Ord for Aid {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Aid {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aid({self})")
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// The text is not 10 to 32 hexadecimal digits, two a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAid;

impl fmt::Display for InvalidAid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an application identifier: 5 to 16 bytes in hexadecimal")
    }
}

impl core::error::Error for InvalidAid {}

impl FromStr for Aid {
    type Err = InvalidAid;

    /// Reads hexadecimal digits of either case, without separators.
    fn from_str(text: &str) -> Result<Self, InvalidAid> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; Self::MAX];
        if !rest.is_empty() {
            return Err(InvalidAid);
        }
        let own = bytes.get_mut(..pairs.len()).ok_or(InvalidAid)?;
        for (byte, &[high, low]) in own.iter_mut().zip(pairs) {
            *byte = digit(high)? << 4 | digit(low)?;
        }
        Self::new(own).ok_or(InvalidAid)
    }
}

fn digit(character: u8) -> Result<u8, InvalidAid> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        b'A'..=b'F' => Ok(character - b'A' + 10),
        _ => Err(InvalidAid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn lengths_outside_5_to_16_are_refused() {
        for length in 0..20 {
            assert_eq!(
                Aid::new(&[0xA1; 20][..length]).is_some(),
                (5..=16).contains(&length),
                "{length}"
            );
        }
    }

    #[test]
    fn text_and_bytes_agree() {
        let aid = Aid::new(&[0xA0, 0x00, 0x00, 0x0F, 0x5e, 0x01]).unwrap();
        assert_eq!(aid.to_string(), "A000000F5E01");
        assert_eq!("a000000f5E01".parse(), Ok(aid));
        for text in [
            "",
            "A000000F",
            "A000000F5",
            "A000000F5G",
            "A0 00 00 0F 5E",
            &"AA".repeat(17),
        ] {
            assert_eq!(text.parse::<Aid>(), Err(InvalidAid), "{text}");
        }
    }

    #[test]
    fn nobody_can_shadow_the_card() {
        for text in [
            "F053594D424F4C4F4E",
            "F053594D42",
            "F053594D424F4C4F4E01",
            "A0000001510000",
            "A000000003",
        ] {
            assert!(text.parse::<Aid>().unwrap().is_reserved(), "{text}");
        }
        for text in ["F053594D43", "A0000000041010", "A0000000031010"] {
            assert!(!text.parse::<Aid>().unwrap().is_reserved(), "{text}");
        }
    }
}
