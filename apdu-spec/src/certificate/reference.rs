//! Names in certificates: who holds one (CHR), who certified it (CAR).

use core::fmt;
use core::str::FromStr;

/// Digits of a sequence number.
const SEQUENCE: usize = 5;

/// Country and mnemonic: the part of a name that survives a change of key.
///
/// BSI TR-03110-3, A.6.1: two letters, then here one to nine of A-Z and 0-9.
// `bytes` beyond `length` are zero, so that comparing and hashing the fields compares and hashes the name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mnemonic {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl Mnemonic {
    /// Shortest name, in bytes.
    pub const MIN: usize = 3;
    /// Longest name, in bytes.
    pub const MAX: usize = 11;

    /// The name with these characters, if they form one.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let (country, mnemonic) = text.split_at_checked(2)?;
        let valid = text.len() >= Self::MIN
            && country.iter().all(u8::is_ascii_uppercase)
            && mnemonic.iter().all(|&character| is_letter_or_digit(character));
        let mut bytes = [0; Self::MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        valid.then_some(Self {
            bytes,
            length: u8::try_from(text.len()).ok()?,
        })
    }

    /// The characters.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

const fn is_letter_or_digit(character: u8) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit()
}

/// A certificate reference, CAR or CHR: country, mnemonic and a sequence number of five digits.
///
/// BSI TR-03110-3, A.6.1.
// `bytes` beyond `length` are zero, as above.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl Reference {
    /// Shortest reference, in bytes.
    pub const MIN: usize = Mnemonic::MIN + SEQUENCE;
    /// Longest reference, in bytes.
    pub const MAX: usize = Mnemonic::MAX + SEQUENCE;

    /// The reference with these characters, if they form one.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let (name, sequence) = text.split_at_checked(text.len().checked_sub(SEQUENCE)?)?;
        Mnemonic::new(name)?;
        let valid = sequence.iter().all(u8::is_ascii_digit);
        let mut bytes = [0; Self::MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        valid.then_some(Self {
            bytes,
            length: u8::try_from(text.len()).ok()?,
        })
    }

    /// The reference of the key number `sequence` (at most 99,999) of the party `name`.
    #[must_use]
    pub fn from_parts(name: Mnemonic, sequence: u32) -> Option<Self> {
        let mut text = [0; Self::MAX];
        let length = name.as_bytes().len();
        text.get_mut(..length)?.copy_from_slice(name.as_bytes());
        let digits = text.get_mut(length..length + SEQUENCE)?;
        let mut rest = sequence;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).ok()?;
            rest /= 10;
        }
        if rest > 0 {
            None
        } else {
            Self::new(text.get(..length + SEQUENCE)?)
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Country, two letters.
    #[must_use]
    pub fn country(&self) -> &str {
        self.as_str().get(..2).unwrap_or_default()
    }

    /// Mnemonic of the holder, one to nine letters and digits.
    #[must_use]
    pub fn mnemonic(&self) -> &str {
        self.as_str().get(2..self.name_length()).unwrap_or_default()
    }

    /// Number of the holder's key, 0 to 99,999.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        self.as_str()
            .get(self.name_length()..)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or_default()
    }

    /// Country and mnemonic, the same for every key of the party.
    #[must_use]
    pub fn identity(&self) -> Mnemonic {
        let mut bytes = [0; Mnemonic::MAX];
        let name = self.as_bytes().get(..self.name_length()).unwrap_or_default();
        for (own, character) in bytes.iter_mut().zip(name) {
            *own = *character;
        }
        Mnemonic {
            bytes,
            length: u8::try_from(name.len()).unwrap_or_default(),
        }
    }

    fn name_length(&self) -> usize {
        usize::from(self.length).saturating_sub(SEQUENCE)
    }
}

/// The text is not a name as SPEC.md section 3 wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidReference;

impl fmt::Display for InvalidReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name is two capital letters for the country, then 1 to 9 of A-Z and 0-9; a key's has 5 digits behind it")
    }
}

impl core::error::Error for InvalidReference {}

macro_rules! text {
    ($type:ident) => {
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = InvalidReference;

            fn from_str(text: &str) -> Result<Self, InvalidReference> {
                Self::new(text.as_bytes()).ok_or(InvalidReference)
            }
        }
    };
}

text!(Mnemonic);
text!(Reference);

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::ToString;

    #[test]
    fn a_reference_is_taken_apart_and_joined_again() {
        for (text, country, mnemonic, sequence) in [
            ("DEREGISTR100042", "DE", "REGISTR1", 42),
            ("XXA99999", "XX", "A", 99_999),
            ("FRA1B2C3D4E00000", "FR", "A1B2C3D4E", 0),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(
                (reference.country(), reference.mnemonic(), reference.sequence()),
                (country, mnemonic, sequence)
            );
            assert_eq!(reference.to_string(), text);
            assert_eq!(reference.identity().as_str(), &text[..text.len() - 5]);
            assert_eq!(
                Reference::from_parts(reference.identity(), sequence),
                Some(reference)
            );
        }
        assert_eq!(Reference::from_parts("DEA".parse().unwrap(), 100_000), None);
    }

    #[test]
    fn other_characters_and_lengths_are_refused() {
        for text in [
            "",
            "DE",
            "DE00001",
            "DEA0001",
            "deA00001",
            "D1A00001",
            "DEa00001",
            "DEA0000A",
            "DE\u{c4}00001",
            "DEABCDEFGHIJ00001",
        ] {
            assert_eq!(text.parse::<Reference>(), Err(InvalidReference), "{text}");
        }
    }
}
