//! The issuer and the provider with their databases, as the story needs them.

use std::path::Path;

use apdu_spec::certificate::{Mnemonic, Role};
use parties::database::{Database, Location, Owner};
use parties::office::{IssuerOffice, ProviderOffice};
use parties::receipt::ReceiptAnswer;

use super::report::{Content, Report};
use crate::scene::{Parties, Result, SceneError, Shared};

/// Two strangers, each with a key and a database of its own.
pub(super) struct Offices {
    pub(super) issuer: IssuerOffice<Shared>,
    pub(super) provider: ProviderOffice<Shared>,
}

fn database(folder: &Path, file: &str, role: Role, name: &str) -> Result<Database> {
    let name = Mnemonic::new(name.as_bytes()).ok_or_else(|| SceneError::Coding("a party's name".into()))?;
    Ok(Database::create(
        &Location::File(folder.join(file)),
        Owner { role, name },
    )?)
}

impl Offices {
    /// Opens both offices for business.
    pub(super) fn open(folder: &Path, parties: &Parties, issuer: &str, provider: &str) -> Result<Self> {
        let (issuer_copy, provider_copy) = parties.copies()?;
        Ok(Self {
            issuer: IssuerOffice::new(issuer_copy, database(folder, "issuer.db", Role::Issuer, issuer)?),
            provider: ProviderOffice::new(
                provider_copy,
                database(folder, "provider.db", Role::Provider, provider)?,
            ),
        })
    }

    /// Hands a receipt to both; each verifies it by itself before it records it.
    pub(super) fn record(&self, receipt: &[u8], parties: &Parties, report: &mut Report) -> Result<()> {
        let today = parties.today;
        for (who, answer) in [
            ("the issuer", self.issuer.record_receipt(receipt, today)?),
            ("the provider", self.provider.record_receipt(receipt, today)?),
        ] {
            let accepted = matches!(answer, ReceiptAnswer::Recorded { .. });
            report.check(
                &format!("{who} verifies the card's receipt and records it"),
                accepted,
            );
        }
        Ok(())
    }

    /// What each says is on its cards.
    pub(super) fn lists(&self) -> Result<(Vec<Content>, Vec<Content>)> {
        let list = |database: &Database, own| -> Result<Vec<Content>> {
            let mut list: Vec<Content> = database
                .content(own)?
                .into_iter()
                .map(|record| Content {
                    aid: record.aid.to_string(),
                    version: record.version,
                })
                .collect();
            list.sort();
            Ok(list)
        };
        Ok((
            list(self.issuer.database(), false)?,
            list(self.provider.database(), true)?,
        ))
    }
}
