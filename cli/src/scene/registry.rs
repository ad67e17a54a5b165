//! A registrar of a scene: its roots, and certificates of every kind, good ones and others.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    Certificate, CertificateBuilder, Extension, IssuerExtension, Mnemonic, ProviderExtension, Reference,
    Rights, Role, SuccessorExtension,
};
use apdu_spec::date::Date;
use apdu_spec::object::{Algorithm, Header, Mode, NO_PREVIOUS, RevocationList};
use parties::certificate::OwnedCertificate;
use parties::crypto::Digest;
use parties::decision::sign_object;
use parties::registrar::make_root;
use parties::signer::Signer;

use super::actor::Actor;
use super::{Result, SceneError, Shared, coding};

/// Room for the content of any extension.
const EXTENSION_MAX: usize = 192;
/// Room for the entries of any revocation list.
const LIST_MAX: usize = apdu_spec::limits::REVOKED * 34;

/// What a certificate is for.
#[derive(Clone, Debug)]
pub enum Trade {
    /// Issues cards and binds these data registrars to them.
    Issuer(Vec<Digest>),
    /// Stores applications under these prefixes.
    Provider(Vec<Aid>),
    /// Countersigns certified data.
    Certifier,
    /// Winds up an issuer's affairs, binding these data registrars.
    SuccessorIssuer(Mnemonic, Vec<Digest>),
    /// Winds up a provider's affairs.
    SuccessorProvider(Mnemonic),
}

impl Trade {
    const fn role(&self) -> Role {
        match self {
            Self::Issuer(_) | Self::SuccessorIssuer(..) => Role::Issuer,
            Self::Provider(_) | Self::SuccessorProvider(_) => Role::Provider,
            Self::Certifier => Role::DataCertifier,
        }
    }

    /// Rights that go with it.
    fn rights(&self) -> Rights {
        match self {
            Self::Issuer(_) | Self::Provider(_) => Rights::ALL,
            Self::Certifier => Rights::NONE.with(Mode::RegistrarCertified),
            Self::SuccessorIssuer(..) => Rights::NONE.with(Mode::Registration).with(Mode::RegisteredIssuer),
            Self::SuccessorProvider(_) => Rights::NONE.with(Mode::ViaIssuer).with(Mode::ViaProvider),
        }
    }
}

/// What else a certificate says; [`Registry::terms`] are the usual ones.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Which of the holder's keys it is over.
    pub sequence: u32,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
}

/// A registrar: its first root, which everything names it by, and the newest, which signs.
#[derive(Clone, Debug)]
pub struct Registry {
    role: Role,
    name: Mnemonic,
    first: OwnedCertificate,
    newest: OwnedCertificate,
    key: Shared,
    today: Date,
}

impl Registry {
    /// A registrar with a fresh key.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no key can be made.
    pub fn new(role: Role, name: &str, today: Date) -> Result<Self> {
        let key = Shared::generate()?;
        let name = mnemonic(name)?;
        let dates = (today, today.add_days(20 * 365));
        let root = make_root(role, reference(name, 1)?, Rights::ALL, dates, &key)?;
        Ok(Self {
            role,
            name,
            first: root.clone(),
            newest: root,
            key,
            today,
        })
    }

    /// The first root, 7F21.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        self.first.encoded()
    }

    /// The root or link certificate that signs now, 7F21.
    #[must_use]
    pub fn newest(&self) -> &[u8] {
        self.newest.encoded()
    }

    /// SHA-256 of the first root: the registrar's name for ever.
    #[must_use]
    pub fn anchor(&self) -> Digest {
        *self.first.digest()
    }

    /// The key that signs now.
    #[must_use]
    pub const fn key(&self) -> &Shared {
        &self.key
    }

    /// First key, from today for three years.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            sequence: 1,
            effective: self.today,
            expiration: self.today.add_days(3 * 365),
        }
    }

    /// Certifies a fresh key.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no key can be made.
    pub fn certify(&self, name: &str, trade: &Trade, terms: &Terms) -> Result<Actor> {
        self.certify_key(name, trade, terms, Shared::generate()?)
    }

    /// Certifies a key, and asks nothing.
    ///
    /// # Errors
    /// [`SceneError::Coding`] for what cannot be written.
    pub fn certify_key(&self, name: &str, trade: &Trade, terms: &Terms, key: Shared) -> Result<Actor> {
        let mut buffer = [0; EXTENSION_MAX];
        let extension = match trade {
            Trade::Issuer(roots) => Extension::Issuer(IssuerExtension::encode(roots, &mut buffer)?),
            Trade::Provider(prefixes) => {
                Extension::Provider(ProviderExtension::encode(prefixes, &mut buffer)?)
            }
            Trade::Certifier => Extension::None,
            Trade::SuccessorIssuer(predecessor, roots) => Extension::Successor(
                SuccessorExtension::of_issuer(*predecessor, IssuerExtension::encode(roots, &mut buffer)?),
            ),
            Trade::SuccessorProvider(predecessor) => {
                Extension::Successor(SuccessorExtension::of_provider(*predecessor))
            }
        };
        let builder = CertificateBuilder {
            authority: Certificate::parse(self.newest())?.holder,
            holder: reference(mnemonic(name)?, terms.sequence)?,
            point: key.point(),
            role: trade.role(),
            rights: trade.rights(),
            effective: terms.effective,
            expiration: terms.expiration,
            extension,
        };
        let certificate = OwnedCertificate::sign(&builder, &self.key)?;
        Actor::new(certificate.encoded(), self.anchor(), key)
    }

    /// The registrar with its next root: [`Self::newest`] of it is the link certificate.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no key can be made.
    pub fn rolled_over(&self) -> Result<Self> {
        let sequence = Certificate::parse(self.newest())?.holder.sequence();
        self.linked(self.role, self.name, sequence + 1)
    }

    /// A link certificate of any role, name and sequence, signed by the newest root, and whoever holds its key.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no key can be made.
    pub fn linked(&self, role: Role, name: Mnemonic, sequence: u32) -> Result<Self> {
        let key = Shared::generate()?;
        let authority = Certificate::parse(self.newest())?;
        let builder = CertificateBuilder {
            authority: authority.holder,
            holder: reference(name, sequence)?,
            point: key.point(),
            role,
            rights: Rights::ALL,
            effective: self.today,
            expiration: self.today.add_days(20 * 365),
            extension: Extension::None,
        };
        Ok(Self {
            role,
            name,
            newest: OwnedCertificate::sign(&builder, &self.key)?,
            key,
            ..self.clone()
        })
    }

    /// The registrar's name.
    #[must_use]
    pub const fn name(&self) -> Mnemonic {
        self.name
    }

    /// A revocation list.
    ///
    /// # Errors
    /// [`SceneError::Coding`] for a list that cannot be written.
    pub fn revocation_list(&self, number: u32, revoked: &[Digest]) -> Result<Vec<u8>> {
        let mut revoked = revoked.to_vec();
        revoked.sort_unstable();
        let header = Header {
            mode: Mode::RegisteredIssuer,
            role: self.role,
            certificate: *self.newest.digest(),
            previous: NO_PREVIOUS,
            algorithm: Algorithm::EcdsaP256Sha256,
        };
        let mut buffer = [0; LIST_MAX];
        let list = RevocationList::new(header, number, self.today, &revoked, &mut buffer)?;
        Ok(sign_object(&list, &self.key)?)
    }
}

/// A party's name.
///
/// # Errors
/// [`SceneError::Coding`] for what is no name.
pub fn mnemonic(name: &str) -> Result<Mnemonic> {
    Mnemonic::new(name.as_bytes()).ok_or_else(|| coding(name))
}

fn reference(name: Mnemonic, sequence: u32) -> Result<Reference> {
    Reference::from_parts(name, sequence)
        .ok_or_else(|| SceneError::Coding("reference is out of range".into()))
}
