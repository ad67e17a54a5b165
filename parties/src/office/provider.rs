//! A provider at work.

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{PackageDigests, StoringRequest};
use apdu_spec::reason::Reason;

use super::{Answer, Before, before, keep_authorization, keep_refusal, receipt_warnings};
use crate::approval::Approval;
use crate::crypto::sha256;
use crate::database::{CardRecord, Database, PackageRecord};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::{ReadRequest, card_extension};
use crate::package::Package;
use crate::provider::{Evidence, Provider};
use crate::receipt::ReceiptAnswer;
use crate::signer::Signer;

/// A provider with its database.
#[derive(Debug)]
pub struct ProviderOffice<S> {
    provider: Provider<S>,
    database: Database,
}

impl<S: Signer> ProviderOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(provider: Provider<S>, database: Database) -> Self {
        Self { provider, database }
    }

    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &Provider<S> {
        &self.provider
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Takes a package into the database: from now on it may be authorized.
    ///
    /// # Errors
    /// As [`add_package`].
    pub fn add_package(&self, package: &Package, today: Date) -> Result<()> {
        add_package(&self.database, package, today)
    }

    fn held(&self, request: &StoringRequest) -> Result<Option<PackageDigests>> {
        let Some(record) = self.database.package(&request.sdi.aid, request.sdi.version)? else {
            return Ok(None);
        };
        Package::parse("stored package", &record.bytes).map(|package| Some(*package.digests()))
    }

    fn refused(&self, refusal: SignedRefusal, today: Date) -> Result<Answer> {
        keep_refusal(&self.database, &refusal, today)?;
        Ok(Answer::new(Decision::Refused(refusal), Vec::new()))
    }

    /// Answers an issuer's first authorization with the second, and remembers the card.
    ///
    /// The same request gets the same authorization again, however often it is asked.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`]; what the signer answers.
    pub fn authorize(&self, evidence: &Evidence<'_>, today: Date) -> Result<Answer> {
        let read = ReadRequest::parse(evidence.request)?;
        let basis = sha256(evidence.first);
        let refuse = |denial| {
            let refusal = self
                .provider
                .refuse(read.request.header.mode, evidence.first, denial)?;
            self.refused(refusal, today)
        };
        match before(&self.database, &read, &basis)? {
            Before::Nothing => {}
            Before::Same(object) => {
                let decision = Decision::Granted(object);
                return Ok(Answer {
                    decision,
                    repeated: true,
                    warnings: Vec::new(),
                });
            }
            Before::Other(denial) => return refuse(denial),
        }
        let held = self.held(&read.request)?;
        let object = match self
            .provider
            .second_authorization(evidence, held.as_ref(), today)?
        {
            Decision::Granted(object) => object,
            Decision::Refused(refusal) => return self.refused(refusal, today),
        };
        self.remember(evidence, today)?;
        let warnings = receipt_warnings(&self.database, &read)?;
        match keep_authorization(&self.database, &read, basis, object, today)? {
            Ok((object, repeated)) => Ok(Answer {
                decision: Decision::Granted(object),
                repeated,
                warnings,
            }),
            Err(denial) => refuse(denial),
        }
    }

    /// Keeps a verified card's certificates, by which its receipts will be verified.
    fn remember(&self, evidence: &Evidence<'_>, today: Date) -> Result<()> {
        let rc = Certificate::parse(evidence.card_certificate).map_err(Error::tlv("card's certificate"))?;
        let card = card_extension(&rc).map_err(|denial| Error::Unfit(denial.to_string()))?;
        let record = CardRecord {
            card: sha256(rc.point),
            serial: card.serial,
            request: [0; 32],
            grant: [0; 32],
            certificate: evidence.card_certificate.to_vec(),
            issuer_certificate: evidence.issuer_certificate.to_vec(),
            day: today,
        };
        self.database.record_cards(&[record]).map(|_| ())
    }

    /// Signs an approval file, or puts a refusal into it.
    ///
    /// # Errors
    /// [`Error::Unfit`] before the issuer signed; as [`Self::authorize`].
    pub fn sign(&self, approval: &mut Approval, today: Date) -> Result<Answer> {
        let answer = self.authorize(&evidence(approval)?, today)?;
        match &answer.decision {
            Decision::Granted(object) => {
                approval.set_provider_certificate(self.provider.certificate().encoded())?;
                approval.set_second(object)?;
            }
            Decision::Refused(refusal) => approval.add_refusal(&refusal.object)?,
        }
        Ok(answer)
    }

    /// Refuses an approval file's request because a person says so.
    ///
    /// # Errors
    /// [`Error::Unfit`] if it was authorized before; [`Error::Database`]; what the signer answers.
    pub fn refuse(
        &self,
        approval: &mut Approval,
        reason: Reason,
        text: &str,
        today: Date,
    ) -> Result<SignedRefusal> {
        let read = ReadRequest::parse(approval.request())?;
        let refused = approval.first().unwrap_or(approval.request());
        if matches!(before(&self.database, &read, &sha256(refused))?, Before::Same(_)) {
            return Err(Error::Unfit(
                "this request is authorized already: only the card can drop it".into(),
            ));
        }
        let refusal = self
            .provider
            .refuse(read.request.header.mode, refused, Denial::new(reason, text))?;
        keep_refusal(&self.database, &refusal, today)?;
        approval.add_refusal(&refusal.object)?;
        Ok(refusal)
    }

    /// Verifies a receipt of a card that it authorized something for, and records it.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`].
    pub fn record_receipt(&self, receipt: &[u8], today: Date) -> Result<ReceiptAnswer> {
        super::record_receipt(&self.database, receipt, today)
    }
}

/// Takes a package into a provider's database; needs no key.
///
/// # Errors
/// [`Error::Unfit`] if this AID and version have other bytes already; [`Error::Database`].
pub fn add_package(database: &Database, package: &Package, today: Date) -> Result<()> {
    let record = PackageRecord {
        aid: package.aid(),
        version: package.version(),
        package: package.digests().package,
        bytes: package.bytes().to_vec(),
        day: today,
    };
    if database.add_package(&record)? {
        return Ok(());
    }
    Err(Error::Unfit(format!(
        "{} version {} is here already with other content: raise the version",
        package.aid(),
        package.version()
    )))
}

fn evidence(approval: &Approval) -> Result<Evidence<'_>> {
    Ok(Evidence {
        request: approval.request(),
        first: approval
            .first()
            .ok_or_else(|| Error::Unfit("the issuer has not signed yet".into()))?,
        card_certificate: approval.card_certificate(),
        issuer_certificate: approval.issuer_certificate(),
    })
}
