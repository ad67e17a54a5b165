//! Everybody who takes part where more than one card is shown: two registrars of each kind, two issuers, two providers, a
//! data certifier.

use apdu_spec::aid::Aid;
use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, CertificateRequest, Extension, KeyOrigin, Policy, Role,
};
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, Sdi, SharedKey};
use parties::certificate::OwnedCertificate;
use parties::crypto::{Digest, sha256};
use parties::shared_key::{CardKey, MasterKey, seal};

use super::actor::Actor;
use super::registry::{Registry, Trade};
use super::wares::Ware;
use super::{Cast, Result, SceneError, coding, steps};

/// Who takes part.
#[derive(Debug)]
pub struct World {
    /// Certify issuers.
    pub issuer_registrars: [Registry; 2],
    /// Certify providers and data certifiers.
    pub data_registrars: [Registry; 2],
    /// Issues cards under the first registrars.
    pub issuer: Actor,
    /// The second issuer, as the first issuer registrar knows it.
    pub second_issuer: Actor,
    /// The same issuer, with the same key, as the second issuer registrar knows it.
    pub second_issuer_elsewhere: Actor,
    /// The first provider, under the first data registrar.
    pub provider: Actor,
    /// The same provider, with the same key, under the second data registrar.
    pub provider_elsewhere: Actor,
    /// The second provider, under the first data registrar.
    pub second_provider: Actor,
    /// The first data registrar's certifier.
    pub certifier: Actor,
    /// From which issuers and providers derive the keys they share with cards.
    pub master_key: MasterKey,
    /// AID prefixes of both providers.
    pub prefixes: [Aid; 2],
    /// The day it is.
    pub today: Date,
}

impl World {
    /// Makes everybody's keys and has everybody certified.
    ///
    /// # Errors
    /// [`SceneError::Party`] when no keys can be made.
    pub fn new(cast: &Cast, second_prefix: Aid) -> Result<Self> {
        let today = cast.today;
        let registry = |role, name: &str| Registry::new(role, name, today);
        let issuer_registrars = [
            registry(Role::IssuerRegistrar, cast.issuer_registrar)?,
            registry(Role::IssuerRegistrar, "ZZISSRE2")?,
        ];
        let data_registrars = [
            registry(Role::DataRegistrar, cast.data_registrar)?,
            registry(Role::DataRegistrar, "ZZDATRE2")?,
        ];
        let [issuers, issuers_too] = &issuer_registrars;
        let [data, data_too] = &data_registrars;
        let (terms, issuing) = (issuers.terms(), |data: &Registry| {
            Trade::Issuer(vec![data.anchor()])
        });
        let providing = |prefix| Trade::Provider(vec![prefix]);
        let second_issuer = issuers.certify("ZZISSUE2", &issuing(data), &terms)?;
        let provider = data.certify(cast.provider, &providing(cast.prefix), &terms)?;
        Ok(Self {
            issuer: issuers.certify(cast.issuer, &issuing(data), &terms)?,
            second_issuer_elsewhere: issuers_too.certify_key(
                "ZZISSUE2",
                &issuing(data_too),
                &terms,
                second_issuer.key().clone(),
            )?,
            second_issuer,
            provider_elsewhere: data_too.certify_key(
                cast.provider,
                &providing(cast.prefix),
                &terms,
                provider.key().clone(),
            )?,
            provider,
            second_provider: data.certify("ZZPROVI2", &providing(second_prefix), &terms)?,
            certifier: data.certify("ZZCERTIF", &Trade::Certifier, &terms)?,
            issuer_registrars,
            data_registrars,
            master_key: MasterKey::generate()?,
            prefixes: [cast.prefix, second_prefix],
            today,
        })
    }

    /// An AID under a provider's prefix: the prefix, then these bytes.
    ///
    /// # Errors
    /// [`SceneError::Coding`] if it would be too long.
    pub fn aid(prefix: &Aid, rest: &[u8]) -> Result<Aid> {
        Aid::new(&[prefix.as_bytes(), rest].concat()).ok_or_else(|| coding("AID"))
    }

    /// Storing data for a provider's package, good for a month.
    ///
    /// # Errors
    /// None in fact.
    pub fn sdi(&self, ware: &Ware, operation: Operation, provider: &Actor) -> Result<Sdi> {
        Ok(ware.sdi(operation, provider.identity()?, self.today.add_days(30)))
    }
}

/// What an issuer puts into a card's certificate.
#[derive(Clone, Copy, Debug)]
pub struct Enrolment<'a> {
    /// Who signs it.
    pub issuer: &'a Actor,
    /// First roots of the card's registrars.
    pub anchors: (Digest, Digest),
    /// What the card allows.
    pub policy: Policy,
    /// Which of the card's certificates it is.
    pub serial: u32,
    /// Who made the card's key.
    pub origin: KeyOrigin,
    /// First and last day.
    pub dates: (Date, Date),
}

/// RC for the card that asks with `request` (RI).
///
/// # Errors
/// [`SceneError::Coding`] for what is no such request.
pub fn card_certificate(request: &[u8], enrolment: &Enrolment<'_>) -> Result<Vec<u8>> {
    let view = CertificateRequest::parse(request)?;
    let card = view
        .card
        .ok_or_else(|| SceneError::Coding("not a card's request".into()))?;
    let (issuer_root, data_root) = &enrolment.anchors;
    let user_information = steps::user_information();
    let extension = CardExtension {
        serial: enrolment.serial,
        issuer_root,
        data_root,
        policy: enrolment.policy,
        key_origin: enrolment.origin,
        platform_version: card.platform_version,
        key_agreement: card.key_agreement,
        user_information: &user_information,
    };
    let (effective, expiration) = enrolment.dates;
    let irc = Certificate::parse(enrolment.issuer.certificate())?;
    let builder = CertificateBuilder {
        authority: irc.holder,
        holder: view.holder,
        point: view.point,
        role: Role::Card,
        rights: irc.rights,
        effective,
        expiration,
        extension: Extension::Card(extension),
    };
    let made = OwnedCertificate::sign(&builder, enrolment.issuer.key())?;
    Ok(made.encoded().to_vec())
}

/// The digest by which a card is named: of the point in its certificate.
///
/// # Errors
/// [`SceneError::Coding`] for what is no certificate.
pub fn card_digest(certificate: &[u8]) -> Result<Digest> {
    Ok(sha256(&steps::card_point(certificate)?))
}

/// The object that gives a card the key it shares with a party.
///
/// # Errors
/// [`SceneError::Party`].
pub fn shared_key(party: &Actor, certificate: &[u8], version: u32, key: &CardKey) -> Result<Vec<u8>> {
    let Extension::Card(card) = Certificate::parse(certificate)?.extension else {
        return Err(SceneError::Coding("not a card's certificate".into()));
    };
    let digest = card_digest(certificate)?;
    let sealed = seal(key, &digest, version, card.key_agreement)?;
    party.sign(&SharedKey {
        header: party.header(Mode::Registration, sha256(certificate)),
        card: digest,
        version,
        ephemeral: &sealed.ephemeral,
        sealed: &sealed.sealed,
    })
}
