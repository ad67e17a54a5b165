//! Which party a command acts for, and its office when its key is open.

use std::path::Path;

use apdu_spec::certificate::Role;
use apdu_spec::reason::Reason;
use parties::approval::Approval;
use parties::decision::SignedRefusal;
use parties::office::{Answer, IssuerOffice, ProviderOffice};
use parties::party::Party;
use parties::signer::{EncryptedKeyFile, Passphrase};

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

/// What people call a party.
#[must_use]
pub fn name(party: &Party) -> String {
    format!("{} {}", party.role(), party.name())
}

/// A party that can agree to a storing request, at work.
#[derive(Debug)]
pub enum Office {
    /// Signs first.
    Issuer(IssuerOffice<EncryptedKeyFile>),
    /// Signs second.
    Provider(ProviderOffice<EncryptedKeyFile>),
}

impl Office {
    /// Opens the office of an issuer or a provider.
    ///
    /// # Errors
    /// For another role, a wrong passphrase, or a party without certificate.
    pub fn open(party: Party, passphrase: &Passphrase) -> Result<Self> {
        let step = format!("open the key of {}", name(&party));
        match party.role() {
            Role::Issuer => party.issuer(passphrase).doing(step).map(Self::Issuer),
            Role::Provider => party.provider(passphrase).doing(step).map(Self::Provider),
            role => Err(Failure::usage(
                step,
                format!("a {role} does not sign approvals"),
                "Name the folder of the card's issuer or of the package's provider.",
            )),
        }
    }

    /// Signs an approval, or puts a refusal into it.
    ///
    /// # Errors
    /// When the party cannot decide at all.
    pub fn sign(&self, approval: &mut Approval, context: &Context) -> parties::Result<Answer> {
        match self {
            Self::Issuer(office) => office.sign(approval, context.today),
            Self::Provider(office) => office.sign(approval, context.today),
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
        }
    }
}
