//! References of PINs and keys: SPEC.md section 5.
//!
//! ISO/IEC 7816-4:2020, table 104 (qualifier of reference data): a set bit 8 makes a reference one of the current
//! DF. What does not belong here: PINs and keys themselves.

/// The first reference of the current DF.
pub const LOCAL_FIRST: u8 = 0x81;
/// The last reference of the current DF.
pub const LOCAL_LAST: u8 = 0x8F;

/// Which PIN a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PinReference {
    /// 01, the card's user PIN.
    User,
    /// 02, the card's consent PIN.
    Consent,
    /// 81 to 8F, a PIN of the current DF.
    Local(u8),
}

impl PinReference {
    /// The PIN that `byte` names, if it names one.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::User),
            0x02 => Some(Self::Consent),
            LOCAL_FIRST..=LOCAL_LAST => Some(Self::Local(byte)),
            _ => None,
        }
    }

    /// The byte that names this PIN.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::User => 0x01,
            Self::Consent => 0x02,
            Self::Local(byte) => byte,
        }
    }
}

/// Which key a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyReference {
    /// 01, the card's registration key: signs requests and receipts, nothing else.
    Registration,
    /// 02, the card's key-agreement key.
    KeyAgreement,
    /// 81 to 8F, a key of the current DF.
    Local(u8),
}

impl KeyReference {
    /// The key that `byte` names, if it names one.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Registration),
            0x02 => Some(Self::KeyAgreement),
            LOCAL_FIRST..=LOCAL_LAST => Some(Self::Local(byte)),
            _ => None,
        }
    }

    /// The byte that names this key.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        match self {
            Self::Registration => 0x01,
            Self::KeyAgreement => 0x02,
            Self::Local(byte) => byte,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_names_the_reference_that_gives_it() {
        for byte in 0..=0xFF {
            let named = matches!(byte, 0x01 | 0x02 | 0x81..=0x8F);
            assert_eq!(
                PinReference::from_byte(byte).map(PinReference::to_byte),
                named.then_some(byte)
            );
            assert_eq!(
                KeyReference::from_byte(byte).map(KeyReference::to_byte),
                named.then_some(byte)
            );
        }
    }
}
