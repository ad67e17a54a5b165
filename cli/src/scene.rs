//! A small world in memory: two registrars, an issuer and a provider who never met, and packages; and the steps of
//! the storing protocol as raw APDUs. [`world`] has more of everybody.
//!
//! The demonstration, the tests and the benchmarks play in it. Keys are made afresh each time and live in memory only;
//! databases and files are not part of it. What belongs here: honest parties and honest steps. Attacks start from
//! these and change bytes.

pub mod actor;
pub mod evidence;
pub mod registry;
pub mod steps;
pub mod wares;
pub mod world;

use std::sync::Arc;

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{KeyOrigin, Mnemonic, Policy, Reference, Rights, Role};
use apdu_spec::date::Date;
use apdu_spec::object::Mode;
use parties::certificate::{OwnedCertificate, Roots};
use parties::crypto::{Point, Signature};
use parties::decision::Decision;
use parties::issuer::{CardTerms, Issuer};
use parties::provider::Provider;
use parties::registrar::{Grant, Registrar, Scope, make_request, make_root};
use parties::signer::{MemorySigner, Signer};

/// What goes wrong in a scene: a party's own error, or a refusal where none was expected.
#[derive(Debug)]
pub enum SceneError {
    /// A party could not do its work.
    Party(parties::Error),
    /// A party refused what it should have granted.
    Refused(String),
    /// The card answered something else than success.
    Card {
        /// Which step.
        step: &'static str,
        /// What the card answered.
        status: apdu_spec::status::Status,
        /// The reason it recorded.
        reason: apdu_spec::reason::Reason,
    },
    /// An object could not be coded.
    Coding(String),
}

impl std::fmt::Display for SceneError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Party(error) => write!(f, "{error}"),
            Self::Refused(text) => write!(f, "a party refused: {text}"),
            Self::Card { step, status, reason } => write!(f, "{step}: the card answered {status} ({reason})"),
            Self::Coding(text) => write!(f, "{text}"),
        }
    }
}

impl std::error::Error for SceneError {}

impl From<parties::Error> for SceneError {
    fn from(error: parties::Error) -> Self {
        Self::Party(error)
    }
}

impl From<apdu_spec::tlv::Error> for SceneError {
    fn from(error: apdu_spec::tlv::Error) -> Self {
        Self::Coding(error.to_string())
    }
}

/// Result of anything in a scene.
pub type Result<T> = std::result::Result<T, SceneError>;

/// Who takes part: names and dates of a scene.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Country and mnemonic of the issuer registrar.
    pub issuer_registrar: &'static str,
    /// Of the data registrar.
    pub data_registrar: &'static str,
    /// Of the issuer.
    pub issuer: &'static str,
    /// Of the provider.
    pub provider: &'static str,
    /// AID prefix of the provider.
    pub prefix: Aid,
    /// The day it is.
    pub today: Date,
}

impl Cast {
    /// The cast of the demonstration: names say what they are.
    ///
    /// # Errors
    /// None in fact.
    pub fn standard() -> Result<Self> {
        Ok(Self {
            issuer_registrar: "ZZISSREG",
            data_registrar: "ZZDATREG",
            issuer: "ZZISSUER",
            provider: "ZZPROVID",
            prefix: Aid::new(&[0xF0, 0x53, 0x59, 0x4D, 0x01]).ok_or_else(|| coding("AID prefix"))?,
            today: Date::new(26, 11, 21).ok_or_else(|| coding("date"))?,
        })
    }
}

pub(crate) fn coding(what: &str) -> SceneError {
    SceneError::Coding(format!("{what} is out of range"))
}

/// The reference of a party's first key.
fn reference(name: &str) -> Result<Reference> {
    Mnemonic::new(name.as_bytes())
        .and_then(|name| Reference::from_parts(name, 1))
        .ok_or_else(|| coding(name))
}

/// A decision that must be a grant.
pub(crate) fn granted(decision: Decision) -> Result<Vec<u8>> {
    match decision {
        Decision::Granted(object) => Ok(object),
        Decision::Refused(refusal) => Err(SceneError::Refused(refusal.text)),
    }
}

/// A key in memory that a party uses and a scene's attacker may have got hold of.
#[derive(Clone, Debug)]
pub struct Shared(Arc<MemorySigner>);

impl Shared {
    /// A fresh key.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no key can be made.
    pub fn generate() -> Result<Self> {
        Ok(Self(Arc::new(MemorySigner::generate()?)))
    }
}

impl Signer for Shared {
    fn point(&self) -> &Point {
        self.0.point()
    }

    fn sign(&self, message: &[u8]) -> parties::Result<Signature> {
        self.0.sign(message)
    }
}

/// Two registrars, an issuer and a provider.
#[derive(Debug)]
pub struct Parties {
    /// Certifies issuers.
    pub issuer_registrar: Registrar<Shared>,
    /// Certifies providers.
    pub data_registrar: Registrar<Shared>,
    /// Issues the card.
    pub issuer: Issuer<Shared>,
    /// Provides the application.
    pub provider: Provider<Shared>,
    /// The issuer's key.
    pub issuer_key: Shared,
    /// The provider's key.
    pub provider_key: Shared,
    /// The day it is.
    pub today: Date,
}

impl Parties {
    /// Makes everybody's keys and has the parties certified.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no keys can be made.
    pub fn new(cast: &Cast) -> Result<Self> {
        let issuer_registrar = registrar(Role::IssuerRegistrar, cast.issuer_registrar, cast.today)?;
        let data_registrar = registrar(Role::DataRegistrar, cast.data_registrar, cast.today)?;
        let data_root = data_registrar.root().clone();
        let scope = Scope::DataRegistrars(vec![*data_root.digest()]);
        let (certificate, issuer_key) = certified(&issuer_registrar, cast.issuer, scope, cast.today)?;
        let root = issuer_registrar.root().encoded();
        let issuer = Issuer::new(&certificate, root, trusting(&data_root)?, issuer_key.clone())?;
        let scope = Scope::Prefixes(vec![cast.prefix]);
        let (certificate, provider_key) = certified(&data_registrar, cast.provider, scope, cast.today)?;
        let trusted = trusting(issuer_registrar.root())?;
        let provider = Provider::new(&certificate, data_root.encoded(), trusted, provider_key.clone())?;
        let today = cast.today;
        Ok(Self {
            issuer_registrar,
            data_registrar,
            issuer,
            provider,
            issuer_key,
            provider_key,
            today,
        })
    }

    /// The issuer and the provider once more, with the same keys: for offices that own them.
    ///
    /// # Errors
    /// None in fact.
    pub fn copies(&self) -> Result<(Issuer<Shared>, Provider<Shared>)> {
        let (issuer, provider) = (
            self.issuer.certificate().encoded(),
            self.provider.certificate().encoded(),
        );
        let (issuer_root, data_root) = (self.issuer_registrar.root(), self.data_registrar.root());
        Ok((
            Issuer::new(
                issuer,
                issuer_root.encoded(),
                trusting(data_root)?,
                self.issuer_key.clone(),
            )?,
            Provider::new(
                provider,
                data_root.encoded(),
                trusting(issuer_root)?,
                self.provider_key.clone(),
            )?,
        ))
    }

    /// What the issuer puts into a card's certificate in this scene.
    #[must_use]
    pub fn terms(&self, user_information: [u8; 32]) -> CardTerms {
        CardTerms {
            policy: Policy::NONE.with(Mode::Registration).with(Mode::ViaIssuer),
            key_origin: KeyOrigin::Card,
            data_root: *self.data_registrar.root().digest(),
            user_information,
            effective: self.today,
            expiration: self.today.add_days(5 * 365),
        }
    }
}

/// A set of one trusted root.
fn trusting(root: &OwnedCertificate) -> Result<Roots> {
    let mut roots = Roots::new();
    roots.add("root", root.encoded())?;
    Ok(roots)
}

/// A registrar with a fresh key.
///
/// # Errors
/// [`SceneError::Party`] when no key can be made.
pub fn registrar(role: Role, name: &str, today: Date) -> Result<Registrar<Shared>> {
    let signer = Shared::generate()?;
    let dates = (today, today.add_days(20 * 365));
    let root = make_root(role, reference(name)?, Rights::ALL, dates, &signer)?;
    Ok(Registrar::new(root.encoded(), signer)?)
}

/// A fresh key and the certificate that a registrar gives it.
///
/// # Errors
/// [`SceneError::Refused`] if the registrar refuses.
pub fn certified(
    registrar: &Registrar<Shared>,
    name: &str,
    scope: Scope,
    today: Date,
) -> Result<(Vec<u8>, Shared)> {
    let signer = Shared::generate()?;
    let request = make_request(reference(name)?, &signer)?;
    let grant = Grant {
        rights: Rights::ALL,
        effective: today,
        expiration: today.add_days(3 * 365),
        scope,
    };
    Ok((granted(registrar.certify(&request, &grant, 1, today)?)?, signer))
}
