//! An issuer at work.

use apdu_spec::certificate::CertificateRequest;
use apdu_spec::date::Date;
use apdu_spec::reason::Reason;

use super::{Answer, Before, before, keep_authorization, keep_refusal, receipt_warnings};
use crate::approval::Approval;
use crate::crypto::sha256;
use crate::database::{CardRecord, Database};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::ReadRequest;
use crate::issuer::{CardTerms, Issuer};
use crate::receipt::ReceiptAnswer;
use crate::signer::Signer;

/// How often a serial may be taken by another process before this one gives up.
const ATTEMPTS: u32 = 20;

/// An issuer with its database.
#[derive(Debug)]
pub struct IssuerOffice<S> {
    issuer: Issuer<S>,
    database: Database,
}

impl<S: Signer> IssuerOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(issuer: Issuer<S>, database: Database) -> Self {
        Self { issuer, database }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer<S> {
        &self.issuer
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Answers a card's registration request with its certificate. The same request with the same terms gets the
    /// same certificate; another request of the same card one with the next serial.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed request; [`Error::Database`]; what the signer answers.
    pub fn register(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        terms: &CardTerms,
        today: Date,
    ) -> Result<Answer> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("registration request"))?;
        let card = sha256(view.point);
        for _ in 0..ATTEMPTS {
            let last = self.database.card(&card)?.pop();
            if let Some(last) = &last
                && last.request == sha256(request)
                && last.grant == terms.digest()
            {
                let decision = Decision::Granted(last.certificate.clone());
                return Ok(Answer {
                    decision,
                    repeated: true,
                    warnings: Vec::new(),
                });
            }
            let serial = last.map_or(1, |last| last.serial.saturating_add(1));
            let certificate = match self.issuer.register(request, nonce, terms, serial, today)? {
                Decision::Granted(certificate) => certificate,
                Decision::Refused(refusal) => return self.refused(refusal, today),
            };
            let record = CardRecord {
                card,
                serial,
                request: sha256(request),
                grant: terms.digest(),
                certificate,
                issuer_certificate: self.issuer.certificate().encoded().to_vec(),
                day: today,
            };
            if self
                .database
                .record_cards(std::slice::from_ref(&record))?
                .contains(&true)
            {
                return Ok(Answer::new(Decision::Granted(record.certificate), Vec::new()));
            }
        }
        Err(Error::Unfit(
            "too many processes register the same card at once".into(),
        ))
    }

    fn refused(&self, refusal: SignedRefusal, today: Date) -> Result<Answer> {
        keep_refusal(&self.database, &refusal, today)?;
        Ok(Answer::new(Decision::Refused(refusal), Vec::new()))
    }

    /// Answers a storing request (SR) of the card with certificate `rc`; `dpr` is the provider's, where known.
    ///
    /// The same request gets the same authorization again, however often it is asked.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`]; what the signer answers.
    pub fn authorize(&self, request: &[u8], rc: &[u8], dpr: Option<&[u8]>, today: Date) -> Result<Answer> {
        let read = ReadRequest::parse(request)?;
        let refuse = |denial| {
            let refusal = self.issuer.refuse(read.request.header.mode, request, denial)?;
            self.refused(refusal, today)
        };
        match before(&self.database, &read, &read.digest)? {
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
        // Only the newest certificate of a card counts.
        if let Some(newest) = self.database.card(&read.request.card)?.pop()
            && newest.certificate != rc
        {
            let text = format!(
                "the card's certificate is not number {}, its newest",
                newest.serial
            );
            return refuse(Denial::new(Reason::SerialTooOld, text));
        }
        let object = match self.issuer.first_authorization(request, rc, dpr, today)? {
            Decision::Granted(object) => object,
            Decision::Refused(refusal) => return self.refused(refusal, today),
        };
        let warnings = receipt_warnings(&self.database, &read)?;
        match keep_authorization(&self.database, &read, read.digest, object, today)? {
            Ok((object, repeated)) => Ok(Answer {
                decision: Decision::Granted(object),
                repeated,
                warnings,
            }),
            Err(denial) => refuse(denial),
        }
    }

    /// Signs an approval file, or puts a refusal into it.
    ///
    /// # Errors
    /// As [`Self::authorize`].
    pub fn sign(&self, approval: &mut Approval, today: Date) -> Result<Answer> {
        let answer = self.authorize(
            approval.request(),
            approval.card_certificate(),
            approval.provider_certificate(),
            today,
        )?;
        match &answer.decision {
            Decision::Granted(object) => approval.set_first(object)?,
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
        if matches!(before(&self.database, &read, &read.digest)?, Before::Same(_)) {
            return Err(Error::Unfit(
                "this request is authorized already: only the card can drop it".into(),
            ));
        }
        let denial = Denial::new(reason, text);
        let refusal = self
            .issuer
            .refuse(read.request.header.mode, approval.request(), denial)?;
        keep_refusal(&self.database, &refusal, today)?;
        approval.add_refusal(&refusal.object)?;
        Ok(refusal)
    }

    /// Verifies a receipt of one of its cards and records it.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`].
    pub fn record_receipt(&self, receipt: &[u8], today: Date) -> Result<ReceiptAnswer> {
        super::record_receipt(&self.database, receipt, today)
    }

    /// The newest certificate of a card.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn card(&self, card: &[u8; 32]) -> Result<Option<CardRecord>> {
        Ok(self.database.card(card)?.pop())
    }
}
