//! Which party a command acts for, and its office when its key is open.

use std::path::Path;

use apdu_spec::certificate::{Mnemonic, Role};
use apdu_spec::object::Mode;
use apdu_spec::reason::Reason;
use parties::approval::Approval;
use parties::decision::{Decision, SignedRefusal};
use parties::office::{Answer, CertifierOffice, IssuerOffice, Manner, ProviderOffice};
use parties::package::Package;
use parties::party::Party;
pub use parties::plain::with_article;
use parties::signer::{EncryptedKeyFile, Passphrase, WorkFactor};

use crate::context::Context;
use crate::failure::{Doing, Failure, Result};

/// Opens a party's folder; its key stays closed.
///
/// # Errors
/// When it is no such folder, or its database cannot be opened.
pub fn open(folder: &Path) -> Result<Party> {
    Party::open(folder)
        .doing(format!("open the folder {}", folder.display()))
        .map_err(|failure| {
            if folder.join("party.json").exists() {
                failure
            } else {
                failure.with_remedy("Name a folder that \"symbolon party new\" made.")
            }
        })
}

/// Opens a party's folder, which must be one of this role.
///
/// # Errors
/// As [`open`], and when it is another role's.
pub fn open_role(folder: &Path, role: Role) -> Result<Party> {
    let party = open(folder)?;
    if party.role() == role {
        return Ok(party);
    }
    Err(Failure::usage(
        format!("open the folder {}", folder.display()),
        format!(
            "{} is the folder of the {} {}, not of the {role}",
            folder.display(),
            party.role(),
            party.name()
        ),
        format!("Name the folder of the {role}."),
    ))
}

/// Opens a party's folder, which must be a registrar's.
///
/// # Errors
/// As [`open`], and when it is another role's.
pub fn open_registrar(folder: &Path) -> Result<Party> {
    let party = open(folder)?;
    if party.role().is_root() {
        return Ok(party);
    }
    Err(Failure::usage(
        format!("open the folder {}", folder.display()),
        format!("{} is the folder of the {}", folder.display(), name(&party)),
        "Name the folder of an issuer registrar or of a data registrar.",
    ))
}

/// What people call a party.
#[must_use]
pub fn name(party: &Party) -> String {
    format!("{} {}", party.role(), party.name())
}

/// How a party's office is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// As the successor of this party, which is gone.
    pub successor_of: Option<&'a Mnemonic>,
    /// With the master key of the keys it shares with cards.
    pub master_key: bool,
}

/// A party that can agree to a storing request, at work.
#[derive(Debug)]
pub enum Office {
    /// The issuer of cards.
    Issuer(Box<IssuerOffice<EncryptedKeyFile>>),
    /// The provider of packages.
    Provider(Box<ProviderOffice<EncryptedKeyFile>>),
    /// The data certifier, whom a data registrar delegated.
    Certifier(Box<CertifierOffice<EncryptedKeyFile>>),
}

impl Office {
    /// Opens the office of an issuer, a provider or a data certifier.
    ///
    /// # Errors
    /// For another role, a wrong passphrase, or a party without certificate.
    pub fn open(party: Party, passphrase: &Passphrase, opening: Opening<'_>) -> Result<Self> {
        let step = format!("open the key of {}", name(&party));
        if party.certificate().doing(&step)?.is_none() {
            let (message, remedy) = match opening.successor_of {
                None => (
                    format!("{} has no certificate yet", party.name()),
                    "Have its registrar certify it (\"symbolon registrar certify\"), then \"symbolon party accept\".",
                ),
                Some(gone) => (
                    format!(
                        "{} has no certificate of its own beside that as the successor of {gone}",
                        party.name()
                    ),
                    "Have its registrar certify it without --succeeds too (\"symbolon registrar certify\"), then \"symbolon party accept\".",
                ),
            };
            return Err(Failure::usage(step, message, remedy));
        }
        let master = opening
            .master_key
            .then(|| party.master_key(passphrase, WorkFactor::STANDARD))
            .transpose()
            .doing(&step)?;
        match (party.role(), opening.successor_of) {
            (Role::Issuer, gone) => {
                let office = match gone {
                    Some(gone) => party.issuer_as_successor(gone, passphrase),
                    None => party.issuer(passphrase),
                };
                let office = office.doing(step)?;
                Ok(Self::Issuer(Box::new(match master {
                    Some(master) => office.with_master_key(master),
                    None => office,
                })))
            }
            (Role::Provider, gone) => {
                let office = match gone {
                    Some(gone) => party.provider_as_successor(gone, passphrase),
                    None => party.provider(passphrase),
                };
                let office = office.doing(step)?;
                Ok(Self::Provider(Box::new(match master {
                    Some(master) => office.with_master_key(master),
                    None => office,
                })))
            }
            (Role::DataCertifier, None) => {
                let office = party.certifier(passphrase).doing(step)?;
                Ok(Self::Certifier(Box::new(office)))
            }
            (role, _) => Err(Failure::usage(
                step,
                format!("{} does not sign approvals like this", with_article(role)),
                "Name the folder of the card's issuer, of the package's provider or of the data certifier.",
            )),
        }
    }

    /// Signs an approval, or puts a refusal into it. A data certifier looks at the package.
    ///
    /// # Errors
    /// When the party cannot decide at all.
    pub fn sign(
        &self,
        approval: &mut Approval,
        manner: Manner,
        package: Option<&Package>,
        context: &Context,
    ) -> parties::Result<Answer> {
        match (self, package) {
            (Self::Issuer(office), _) => office.sign(approval, manner, context.today),
            (Self::Provider(office), _) => office.sign(approval, manner, context.today),
            (Self::Certifier(office), Some(package)) => office.sign(approval, package, context.today),
            (Self::Certifier(_), None) => Err(parties::Error::Unfit(
                "a data certifier signs only for a package it has seen".into(),
            )),
        }
    }

    /// What the party would answer by signature, without keeping anything.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn judge(
        &self,
        approval: &Approval,
        package: Option<&Package>,
        context: &Context,
    ) -> parties::Result<Decision> {
        let evidence = approval.as_evidence();
        let request = approval.storing_request()?;
        let mode = request.header.mode;
        match self {
            Self::Issuer(office) => office.issuer().authorize(&evidence, None, context.today),
            Self::Provider(office) => {
                let record = office.database().package(&request.sdi.aid, request.sdi.version)?;
                let held = record
                    .and_then(|record| Package::parse("stored package", &record.bytes).ok())
                    .map(|package| *package.digests());
                let (provider, today) = (office.provider(), context.today);
                match mode {
                    Mode::CertifiedData | Mode::RegistrarCertified => {
                        provider.certify(&request.sdi, mode, held.as_ref(), today)
                    }
                    _ => provider.authorize(&evidence, held.as_ref(), None, today),
                }
            }
            Self::Certifier(office) => {
                let (Some(data), Some(dpr), Some(package)) =
                    (approval.first(), approval.provider_certificate(), package)
                else {
                    return Err(parties::Error::Unfit(
                        "the provider has not certified the data yet, or the package is not named".into(),
                    ));
                };
                office
                    .certifier()
                    .countersign(data, dpr, package.digests(), context.today)
            }
        }
    }

    /// Refuses an approval because a person says so.
    ///
    /// # Errors
    /// When it was authorized before, or the party cannot sign.
    pub fn refuse(
        &self,
        approval: &mut Approval,
        reason: Reason,
        text: &str,
        context: &Context,
    ) -> parties::Result<SignedRefusal> {
        match self {
            Self::Issuer(office) => office.refuse(approval, reason, text, context.today),
            Self::Provider(office) => office.refuse(approval, reason, text, context.today),
            Self::Certifier(_) => Err(parties::Error::Unfit(
                "a data certifier refuses a file of certified data (\"registrar certify-data --refuse\")"
                    .into(),
            )),
        }
    }

    /// Answers a card's challenge, in words that the card understands.
    ///
    /// # Errors
    /// When the party does not do that with this card.
    pub fn authenticate(&self, card: &[u8; 32], challenge: &[u8; 16]) -> parties::Result<Vec<u8>> {
        match self {
            Self::Issuer(office) => office.authenticate(card, challenge),
            Self::Provider(office) => office.authenticate(card, challenge),
            Self::Certifier(_) => Err(parties::Error::Unfit(
                "a data certifier does not authenticate to cards".into(),
            )),
        }
    }
}
