//! Certificates for cards: the first, later ones, and those of cards that another issuer had.

use apdu_spec::certificate::CertificateRequest;
use apdu_spec::date::Date;
use apdu_spec::object::Mode;

use super::IssuerOffice;
use crate::crypto::sha256;
use crate::database::CardRecord;
use crate::decision::{Decision, Denial};
use crate::error::{Error, Result};
use crate::issuer::{CardTerms, Takeover};
use crate::office::Answer;
use crate::signer::Signer;

/// How often a serial may be taken by another process before this one gives up.
const ATTEMPTS: u32 = 20;

impl<S: Signer> IssuerOffice<S> {
    /// Answers a card's registration request with its certificate. The same request with the same terms gets the
    /// same certificate; another request of the same card one with the next serial, if its keys, registrars and key
    /// origin are what they were.
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
        self.register_above(request, nonce, terms, 0, today)
    }

    /// As [`Self::register`], for a card that another issuer has: it was released, or this issuer is the successor of
    /// one that is gone.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub fn take_over(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        terms: &CardTerms,
        takeover: &Takeover<'_>,
        today: Date,
    ) -> Result<Answer> {
        match self.issuer.judge_takeover(request, takeover, terms, today)? {
            Ok(serial) => self.register_above(request, nonce, terms, serial, today),
            Err(denial) => self.refuse_registration(request, denial, today),
        }
    }

    fn refuse_registration(&self, request: &[u8], denial: Denial, today: Date) -> Result<Answer> {
        let refusal = self.issuer.refuse(Mode::Registration, request, denial)?;
        self.refused(refusal, today)
    }

    fn register_above(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        terms: &CardTerms,
        present: u32,
        today: Date,
    ) -> Result<Answer> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("registration request"))?;
        let card = sha256(view.point);
        for _ in 0..ATTEMPTS {
            let last = self.database.card(&card)?.pop();
            if let Some(last) = &last {
                let own = self.issuer.certificate().encoded() == last.issuer_certificate;
                if own && last.request == sha256(request) && last.grant == terms.digest() {
                    let decision = Decision::Granted(last.certificate.clone());
                    return Ok(Answer {
                        decision,
                        repeated: true,
                        warnings: Vec::new(),
                    });
                }
                if let Err(denial) = self.issuer.judge_renewal(request, &last.certificate, terms)? {
                    return self.refuse_registration(request, denial, today);
                }
            }
            let known = last.map_or(0, |last| last.serial);
            let serial = known.max(present).saturating_add(1);
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
            "too many programs register the same card at once: run it again when they are done".into(),
        ))
    }
}
