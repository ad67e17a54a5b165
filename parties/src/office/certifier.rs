//! A data certifier at work.

use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Sdi};
use apdu_spec::reason::Reason;

use super::{Answer, keep_refusal};
use crate::approval::Approval;
use crate::certified::Certified;
use crate::certifier::Certifier;
use crate::crypto::{Digest, sha256};
use crate::database::{CertifiedRecord, Database};
use crate::decision::{Decision, Denial, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::package::Package;
use crate::signer::Signer;

/// A data certifier with its database.
#[derive(Debug)]
pub struct CertifierOffice<S> {
    certifier: Certifier<S>,
    database: Database,
}

impl<S: Signer> CertifierOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(certifier: Certifier<S>, database: Database) -> Self {
        Self { certifier, database }
    }

    /// The certifier.
    #[must_use]
    pub fn certifier(&self) -> &Certifier<S> {
        &self.certifier
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Countersigns a file of certified data about this package, or puts a refusal into it. The same data get the same
    /// countersignature again; an older version than one countersigned before, or the same with other content, gets none.
    ///
    /// # Errors
    /// [`Error::Unfit`] in mode 6; [`Error::Input`] for what cannot be read; [`Error::Database`]; what the signer answers.
    pub fn countersign(&self, certified: &mut Certified, package: &Package, today: Date) -> Result<Answer> {
        if certified.mode()? != Mode::RegistrarCertified {
            return Err(Error::Unfit("only mode 7 has a data certifier".into()));
        }
        let answer = self.decide(
            certified.data(),
            certified.provider_certificate(),
            &certified.sdi()?,
            package,
            today,
        )?;
        match &answer.decision {
            Decision::Granted(object) => {
                certified.set_countersignature(self.certifier.certificate().encoded(), object)?;
            }
            Decision::Refused(refusal) => certified.add_refusal(&refusal.object)?,
        }
        Ok(answer)
    }

    /// As [`Self::countersign`], in an approval file.
    ///
    /// # Errors
    /// [`Error::Unfit`] in another mode than 7, or before the provider certified; as [`Self::countersign`].
    pub fn sign(&self, approval: &mut Approval, package: &Package, today: Date) -> Result<Answer> {
        let request = approval.storing_request()?;
        if request.header.mode != Mode::RegistrarCertified {
            return Err(Error::Unfit("only mode 7 has a data certifier".into()));
        }
        let (Some(data), Some(dpr)) = (approval.first(), approval.provider_certificate()) else {
            return Err(Error::Unfit("the provider has not certified the data yet".into()));
        };
        let answer = self.decide(data, dpr, &request.sdi, package, today)?;
        match &answer.decision {
            Decision::Granted(object) => {
                approval.set_certifier_certificate(self.certifier.certificate().encoded())?;
                approval.add_evidence(object)?;
            }
            Decision::Refused(refusal) => approval.add_refusal(&refusal.object)?,
        }
        Ok(answer)
    }

    fn decide(&self, data: &[u8], dpr: &[u8], sdi: &Sdi, package: &Package, today: Date) -> Result<Answer> {
        let basis = sha256(data);
        let known = self.database.certified(&sdi.aid)?;
        if let Some(same) = known.iter().find(|known| known.basis == basis) {
            return Ok(Answer {
                decision: Decision::Granted(same.object.clone()),
                repeated: true,
                warnings: Vec::new(),
            });
        }
        let digests = package.digests();
        let decision = self.certifier.countersign(data, dpr, digests, today)?;
        let judged = judge_shown(sdi, package).and_then(|()| judge_known(&known, sdi, &digests.package));
        let object = match (decision, judged) {
            (Decision::Granted(object), Ok(())) => object,
            (Decision::Granted(_), Err(denial)) => {
                return self.refused(self.certifier.refuse(data, denial)?, today);
            }
            (Decision::Refused(refusal), _) => return self.refused(refusal, today),
        };
        let counts = self.database.record_certified(&CertifiedRecord {
            basis,
            aid: sdi.aid,
            version: sdi.version,
            package: digests.package,
            object,
            day: today,
        })?;
        Ok(Answer::new(Decision::Granted(counts.object), Vec::new()))
    }

    fn refused(&self, refusal: SignedRefusal, today: Date) -> Result<Answer> {
        keep_refusal(&self.database, &refusal, today)?;
        Ok(Answer::new(Decision::Refused(refusal), Vec::new()))
    }

    /// Refuses certified data because a person says so.
    ///
    /// # Errors
    /// [`Error::Unfit`] if they were countersigned before; [`Error::Database`]; what the signer answers.
    pub fn refuse(
        &self,
        certified: &mut Certified,
        reason: Reason,
        text: &str,
        today: Date,
    ) -> Result<SignedRefusal> {
        let basis = sha256(certified.data());
        let known = self.database.certified(&certified.sdi()?.aid)?;
        if known.iter().any(|known| known.basis == basis) {
            return Err(Error::Unfit(
                "these data are countersigned already: only revoking takes that back".into(),
            ));
        }
        let refusal = self
            .certifier
            .refuse(certified.data(), Denial::new(reason, text))?;
        keep_refusal(&self.database, &refusal, today)?;
        certified.add_refusal(&refusal.object)?;
        Ok(refusal)
    }
}

/// The package that was looked at is of the application and version that the data name: their digest alone would leave
/// that to the card.
fn judge_shown(sdi: &Sdi, package: &Package) -> std::result::Result<(), Denial> {
    if (package.aid(), package.version()) == (sdi.aid, sdi.version) {
        return Ok(());
    }
    deny(
        Reason::PackageDigest,
        format!(
            "the data are of {} version {}, the package shown is {} version {}",
            sdi.aid,
            sdi.version,
            package.aid(),
            package.version()
        ),
    )
}

/// Versions of an application only rise, and one version is one package.
fn judge_known(known: &[CertifiedRecord], sdi: &Sdi, package: &Digest) -> std::result::Result<(), Denial> {
    for record in known {
        if record.version > sdi.version {
            return deny(
                Reason::VersionTooOld,
                format!("version {} of {} is certified already", record.version, sdi.aid),
            );
        }
        if record.version == sdi.version && record.package != *package {
            return deny(
                Reason::PackageDigest,
                format!(
                    "version {} of {} was certified with other content",
                    sdi.version, sdi.aid
                ),
            );
        }
    }
    Ok(())
}
