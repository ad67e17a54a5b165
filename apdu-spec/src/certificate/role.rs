//! Roles, the rights they come with, and what a card allows.

use crate::fields::coded;
use crate::object::Mode;

coded! {
    /// What the holder of a certificate is: SPEC.md section 3.
    Role {
        /// Registers issuers; its certificate is a root.
        IssuerRegistrar = 0x01, "issuer registrar";
        /// Registers providers; its certificate is a root.
        DataRegistrar = 0x02, "data registrar";
        /// Issues cards; its certificate is an IRC.
        Issuer = 0x03, "issuer";
        /// Provides applications; its certificate is a DPR.
        Provider = 0x04, "provider";
        /// A card; its certificate is an RC.
        Card = 0x05, "card";
        /// Certifies data for a data registrar.
        DataCertifier = 0x06, "data certifier";
    }
}

impl Role {
    /// The role that certifies this one; `None` for a registrar, who certifies itself.
    #[must_use]
    pub const fn certified_by(self) -> Option<Self> {
        match self {
            Self::IssuerRegistrar | Self::DataRegistrar => None,
            Self::Issuer => Some(Self::IssuerRegistrar),
            Self::Provider | Self::DataCertifier => Some(Self::DataRegistrar),
            Self::Card => Some(Self::Issuer),
        }
    }

    /// Whether its certificate is a root, which carries domain parameters.
    #[must_use]
    pub const fn is_root(self) -> bool {
        matches!(self, Self::IssuerRegistrar | Self::DataRegistrar)
    }
}

/// A set of modes, bit m-1 for mode m.
macro_rules! modes {
    ($(#[$outer:meta])* $name:ident($number:ty)) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub struct $name($number);

        impl $name {
            /// No mode.
            pub const NONE: Self = Self(0);
            /// All seven modes.
            pub const ALL: Self = Self(0x7F);

            /// The set with these bits; `None` if a bit belongs to no mode.
            #[must_use]
            pub const fn from_bits(bits: $number) -> Option<Self> {
                if bits & !Self::ALL.0 == 0 { Some(Self(bits)) } else { None }
            }

            /// The bits on the wire.
            #[must_use]
            pub const fn bits(self) -> $number {
                self.0
            }

            /// The same set and this mode.
            #[must_use]
            pub const fn with(self, mode: Mode) -> Self {
                Self(self.0 | Self::bit(mode))
            }

            /// Whether this mode is in the set.
            #[must_use]
            pub const fn allows(self, mode: Mode) -> bool {
                self.0 & Self::bit(mode) != 0
            }

            /// Whether every mode in this set is in `other`.
            #[must_use]
            pub const fn is_subset_of(self, other: Self) -> bool {
                self.0 & !other.0 == 0
            }

            const fn bit(mode: Mode) -> $number {
                1 << (mode.code() - 1)
            }
        }
    };
}

modes! {
    /// The modes in which the holder of a certificate may take part: four bytes.
    Rights(u32)
}
modes! {
    /// The modes that a card's content policy allows: two bytes.
    Policy(u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_m_minus_1_is_mode_m() {
        let rights = Rights::NONE.with(Mode::ViaIssuer).with(Mode::RegistrarCertified);
        assert_eq!(rights.bits(), 0x42);
        assert!(rights.allows(Mode::ViaIssuer) && !rights.allows(Mode::Registration));
        assert!(rights.is_subset_of(Rights::ALL) && !Rights::ALL.is_subset_of(rights));
        assert_eq!(Rights::from_bits(0x80), None);
        assert_eq!(Policy::from_bits(0x8000), None);
    }
}
