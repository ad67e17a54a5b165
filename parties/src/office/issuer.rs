//! An issuer at work.

mod cards;

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, ProviderId};
use apdu_spec::reason::Reason;

use super::{
    Answer, Before, Manner, before, keep_authorization, keep_refusal, known, mac_warning, receipt_warnings,
    shared_key,
};
use crate::approval::Approval;
use crate::crypto::{Digest, sha256};
use crate::database::{CardRecord, Database, ReleaseRecord};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::{Evidence, ReadRequest};
use crate::issuer::Issuer;
use crate::receipt::ReceiptAnswer;
use crate::shared_key::MasterKey;
use crate::signer::Signer;

/// An issuer with its database.
#[derive(Debug)]
pub struct IssuerOffice<S> {
    issuer: Issuer<S>,
    database: Database,
    master: Option<MasterKey>,
}

impl<S: Signer> IssuerOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(issuer: Issuer<S>, database: Database) -> Self {
        Self {
            issuer,
            database,
            master: None,
        }
    }

    /// The same office, able to share keys with cards.
    #[must_use]
    pub fn with_master_key(self, master: MasterKey) -> Self {
        Self {
            master: Some(master),
            ..self
        }
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

    fn refused(&self, refusal: SignedRefusal, today: Date) -> Result<Answer> {
        keep_refusal(&self.database, &refusal, today)?;
        Ok(Answer::new(Decision::Refused(refusal), Vec::new()))
    }

    /// The card is in the database, and `rc` the newest certificate it was given.
    fn judge_card(&self, card: &Digest, rc: &[u8]) -> Result<std::result::Result<(), Denial>> {
        Ok(match self.database.card(card)?.pop() {
            None => Err(Denial::new(
                Reason::NotThisCard,
                "this issuer has no card with this key",
            )),
            Some(newest) if newest.certificate != rc => Err(Denial::new(
                Reason::SerialTooOld,
                format!(
                    "the card's certificate is not number {}, its newest",
                    newest.serial
                ),
            )),
            Some(_) => Ok(()),
        })
    }

    /// Answers a storing request of one of its cards: first in mode 2, second in mode 3.
    ///
    /// The same request gets the same authorization again, however often it is asked.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] in mode 3 before the provider signed;
    /// [`Error::Denied`] for a MAC without a shared key; [`Error::Database`]; what the signer answers.
    pub fn authorize(&self, evidence: &Evidence<'_>, manner: Manner, today: Date) -> Result<Answer> {
        let read = ReadRequest::parse(evidence.request)?;
        let object = object_of(&read, evidence);
        let refuse = |denial| {
            let refusal = self.issuer.refuse(read.request.header.mode, object, denial)?;
            self.refused(refusal, today)
        };
        let basis = sha256(object);
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
        let card = &read.request.card;
        let judged = self
            .judge_card(card, evidence.card_certificate)?
            .and(known::judge(&self.database, card, &read.request.sdi, false)?);
        // What the request itself has wrong is the better answer than what is known besides.
        let key = shared_key::for_manner(self.master.as_ref(), &self.database, card, manner)?;
        let object = match (self.issuer.authorize(evidence, key.as_ref(), today)?, judged) {
            (Decision::Refused(refusal), _) => return self.refused(refusal, today),
            (Decision::Granted(_), Err(denial)) => return refuse(denial),
            (Decision::Granted(object), Ok(())) => object,
        };
        let mut warnings = receipt_warnings(&self.database, &read)?;
        warnings.extend(mac_warning(evidence.first.filter(|_| is_second(&read))));
        match keep_authorization(&self.database, &read, basis, object, today)? {
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
    pub fn sign(&self, approval: &mut Approval, manner: Manner, today: Date) -> Result<Answer> {
        let answer = self.authorize(&approval.as_evidence(), manner, today)?;
        match &answer.decision {
            Decision::Granted(object) => approval.add_evidence(object)?,
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
        let evidence = approval.as_evidence();
        let object = object_of(&read, &evidence);
        if matches!(before(&self.database, &read, &sha256(object))?, Before::Same(_)) {
            return Err(Error::Unfit(
                "this request is authorized already: only the card can drop it".into(),
            ));
        }
        let denial = Denial::new(reason, text);
        let refusal = self.issuer.refuse(read.request.header.mode, object, denial)?;
        keep_refusal(&self.database, &refusal, today)?;
        approval.add_refusal(&refusal.object)?;
        Ok(refusal)
    }

    /// Lets one of its cards, the one with certificate `rc` (7F21), go to another issuer. A card is released once for
    /// each certificate it had.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`]; what the signer answers.
    pub fn release(&self, rc: &[u8], to: &ProviderId, today: Date) -> Result<Answer> {
        let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        let card = sha256(view.point);
        if let Err(denial) = self.judge_card(&card, rc)? {
            let refusal = self.issuer.refuse(Mode::Registration, rc, denial)?;
            return self.refused(refusal, today);
        }
        let object = match self.issuer.release(rc, to, today)? {
            Decision::Granted(object) => object,
            Decision::Refused(refusal) => return self.refused(refusal, today),
        };
        let record = ReleaseRecord {
            certificate: sha256(rc),
            card,
            issuer: *to,
            object,
            day: today,
        };
        let counts = self.database.record_release(&record)?;
        if counts.issuer != *to {
            let text = format!("the card was released to {} before", counts.issuer.name);
            let denial = Denial::new(Reason::NotReleased, text);
            let refusal = self.issuer.refuse(Mode::Registration, rc, denial)?;
            return self.refused(refusal, today);
        }
        Ok(Answer {
            repeated: counts.object != record.object,
            decision: Decision::Granted(counts.object),
            warnings: Vec::new(),
        })
    }

    /// Makes the next key for one of its cards, the one with certificate `rc` (7F21), sealed for the card.
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not its own, or whose policy has no use for it; [`Error::Unfit`] without a
    /// master key; [`Error::Database`]; what the signer answers.
    pub fn share_key(&self, rc: &[u8], today: Date) -> Result<Vec<u8>> {
        let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        self.judge_card(&sha256(view.point), rc)?.map_err(Error::Denied)?;
        shared_key::share(self.master.as_ref(), &self.database, rc, today, |key, version| {
            self.issuer.share_key(rc, key, version, today)
        })
    }

    /// Answers the challenge of one of its cards.
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not its own; [`Error::Database`]; what the signer answers.
    pub fn authenticate(&self, card: &Digest, challenge: &[u8; 16]) -> Result<Vec<u8>> {
        if self.database.card(card)?.is_empty() {
            let text = "this issuer has no card with this key";
            return Err(Error::Denied(Denial::new(Reason::NotThisCard, text)));
        }
        self.issuer.authenticate(card, challenge)
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

fn is_second(read: &ReadRequest<'_>) -> bool {
    read.request.header.mode == Mode::ViaProvider
}

/// What an issuer signs over, or refuses: in mode 3 the provider's authorization, else the request.
fn object_of<'a>(read: &ReadRequest<'_>, evidence: &Evidence<'a>) -> &'a [u8] {
    match evidence.first {
        Some(first) if is_second(read) => first,
        _ => evidence.request,
    }
}
