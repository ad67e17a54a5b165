//! What a registrar is told to put into a certificate.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{Mnemonic, Rights, Role};
use apdu_spec::date::Date;
use apdu_spec::object::Mode;

use crate::crypto::{Digest, sha256_of};

/// What a party may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// An issuer may bind these data registrars, named by their roots' digests, to its cards: one to four.
    DataRegistrars(Vec<Digest>),
    /// A provider may use AIDs with these prefixes: one to eight.
    Prefixes(Vec<Aid>),
    /// A data certifier countersigns certified data.
    DataCertifier,
    /// An issuer may register the cards of another one that is gone, and nothing else.
    SuccessorIssuer {
        /// Who is gone.
        predecessor: Mnemonic,
        /// The data registrars that those cards may be bound to: one to four first roots' digests.
        roots: Vec<Digest>,
    },
    /// A provider may take part in deleting what another one left, and nothing else.
    SuccessorProvider {
        /// Who is gone.
        predecessor: Mnemonic,
    },
}

impl Scope {
    /// The most rights that can come with it.
    #[must_use]
    pub const fn rights(&self) -> Rights {
        match self {
            Self::DataRegistrars(_) | Self::Prefixes(_) => Rights::ALL,
            Self::DataCertifier => Rights::NONE.with(Mode::RegistrarCertified),
            Self::SuccessorIssuer { .. } => {
                Rights::NONE.with(Mode::Registration).with(Mode::RegisteredIssuer)
            }
            Self::SuccessorProvider { .. } => Rights::NONE.with(Mode::ViaIssuer).with(Mode::ViaProvider),
        }
    }

    /// Who is succeeded.
    #[must_use]
    pub const fn predecessor(&self) -> Option<Mnemonic> {
        match self {
            Self::SuccessorIssuer { predecessor, .. } | Self::SuccessorProvider { predecessor } => {
                Some(*predecessor)
            }
            Self::DataRegistrars(_) | Self::Prefixes(_) | Self::DataCertifier => None,
        }
    }

    /// The role that it is for.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::DataRegistrars(_) | Self::SuccessorIssuer { .. } => Role::Issuer,
            Self::Prefixes(_) | Self::SuccessorProvider { .. } => Role::Provider,
            Self::DataCertifier => Role::DataCertifier,
        }
    }
}

/// What a registrar is told to put into a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Modes in which the party may take part.
    pub rights: Rights,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
    /// What it may do.
    pub scope: Scope,
}

impl Grant {
    /// Digest of everything granted: tells whether the same is asked for again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut pieces = vec![
            self.rights.bits().to_be_bytes().to_vec(),
            self.effective.to_digits().to_vec(),
            self.expiration.to_digits().to_vec(),
        ];
        match &self.scope {
            Scope::DataRegistrars(roots) => pieces.extend(roots.iter().map(|root| root.to_vec())),
            Scope::Prefixes(prefixes) => {
                let sized =
                    |aid: &Aid| [&[u8::try_from(aid.as_bytes().len()).unwrap_or(0)], aid.as_bytes()].concat();
                pieces.extend(prefixes.iter().map(sized));
            }
            Scope::DataCertifier => pieces.push(b"data certifier".to_vec()),
            Scope::SuccessorIssuer { predecessor, roots } => {
                pieces.push([b"successor of ", predecessor.as_bytes()].concat());
                pieces.extend(roots.iter().map(|root| root.to_vec()));
            }
            Scope::SuccessorProvider { predecessor } => {
                pieces.push([b"successor of ", predecessor.as_bytes()].concat());
            }
        }
        sha256_of(&pieces.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }
}
