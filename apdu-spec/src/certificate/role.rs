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

/// What a card's content policy allows: two bytes. Bit m-1 is mode m; two bits more say how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Policy(u16);

impl Policy {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// All seven modes, and nothing else.
    pub const ALL: Self = Self(0x7F);

    /// Authorizations may be MACs under a key that the card shares with the party.
    const MAC: u16 = 0x0100;
    /// An authenticated issuer or provider opens and drops requests without the holder's consent.
    const WAIVES_CONSENT: u16 = 0x0200;

    /// The policy with these bits; `None` if a bit means nothing.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Option<Self> {
        if bits & !(Self::ALL.0 | Self::MAC | Self::WAIVES_CONSENT) == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The bits on the wire.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The same policy and this mode.
    #[must_use]
    pub const fn with(self, mode: Mode) -> Self {
        Self(self.0 | Self::bit(mode))
    }

    /// The same policy, with MACs as authorizations.
    #[must_use]
    pub const fn with_mac(self) -> Self {
        Self(self.0 | Self::MAC)
    }

    /// The same policy, in which an authenticated party needs no consent to open and drop requests.
    #[must_use]
    pub const fn with_consent_waived(self) -> Self {
        Self(self.0 | Self::WAIVES_CONSENT)
    }

    /// Whether this mode is allowed.
    #[must_use]
    pub const fn allows(self, mode: Mode) -> bool {
        self.0 & Self::bit(mode) != 0
    }

    /// Whether an authorization may be a MAC.
    #[must_use]
    pub const fn allows_mac(self) -> bool {
        self.0 & Self::MAC != 0
    }

    /// Whether an authenticated party opens and drops requests without the holder's consent.
    #[must_use]
    pub const fn waives_consent(self) -> bool {
        self.0 & Self::WAIVES_CONSENT != 0
    }

    /// Whether `other` allows all that this policy allows.
    #[must_use]
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    const fn bit(mode: Mode) -> u16 {
        1 << (mode.code() - 1)
    }
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
        let policy = Policy::NONE.with(Mode::ProviderAlone).with_mac();
        assert_eq!(policy.bits(), 0x0108);
        assert!(policy.allows_mac() && !policy.waives_consent());
        assert!(!policy.is_subset_of(Policy::ALL) && policy.is_subset_of(policy.with_consent_waived()));
    }
}
