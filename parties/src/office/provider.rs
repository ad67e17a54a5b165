//! A provider at work.

use apdu_spec::date::Date;
use apdu_spec::object::{Mode, PackageDigests, Sdi};
use apdu_spec::reason::Reason;

use super::{
    Answer, Before, Manner, before, keep_authorization, keep_refusal, known, mac_warning, receipt_warnings,
    shared_key,
};
use crate::approval::Approval;
use crate::certified::Certified;
use crate::crypto::{Digest, sha256, sha256_of};
use crate::database::{CertifiedRecord, Database, PackageRecord};
use crate::decision::{Decision, Denial, SignedRefusal};
use crate::error::{Error, Result};
use crate::evidence::{Evidence, ReadRequest};
use crate::package::Package;
use crate::provider::{Provider, encode};
use crate::receipt::ReceiptAnswer;
use crate::shared_key::MasterKey;
use crate::signer::Signer;

/// A provider with its database.
#[derive(Debug)]
pub struct ProviderOffice<S> {
    provider: Provider<S>,
    database: Database,
    master: Option<MasterKey>,
}

impl<S: Signer> ProviderOffice<S> {
    /// Joins both.
    #[must_use]
    pub fn new(provider: Provider<S>, database: Database) -> Self {
        Self {
            provider,
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

    /// What there is of the application in this version: for everybody, and sealed for the card that asks. Of two the one that is asked for.
    fn held(&self, sdi: &Sdi, card: Option<&Digest>) -> Result<Option<PackageDigests>> {
        let sealed = match card {
            Some(card) => self.database.sealed_package(&sdi.aid, sdi.version, card)?,
            None => None,
        };
        let clear = self.database.package(&sdi.aid, sdi.version)?;
        let asked = sdi.package.map(|package| package.package);
        let mut held = None;
        for record in clear.iter().chain(&sealed) {
            if held.is_none() || asked == Some(record.package) {
                held = Some(*Package::parse("stored package", &record.bytes)?.digests());
            }
        }
        Ok(held)
    }

    fn refused(&self, refusal: SignedRefusal, today: Date) -> Result<Answer> {
        keep_refusal(&self.database, &refusal, today)?;
        Ok(Answer::new(Decision::Refused(refusal), Vec::new()))
    }

    /// Answers a storing request: second in mode 2, first in mode 3, alone in mode 4; and remembers the card.
    ///
    /// The same request gets the same authorization again, however often it is asked.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] in mode 2 before the issuer signed, and in modes 6
    /// and 7; [`Error::Denied`] for a MAC without a shared key; [`Error::Database`]; what the signer answers.
    pub fn authorize(&self, evidence: &Evidence<'_>, manner: Manner, today: Date) -> Result<Answer> {
        let read = ReadRequest::parse(evidence.request)?;
        let object = object_of(&read, evidence);
        let refuse = |denial| {
            let refusal = self.provider.refuse(read.request.header.mode, object, denial)?;
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
        let (card, sdi) = (&read.request.card, &read.request.sdi);
        let held = self.held(sdi, Some(card))?;
        let judged = known::judge(&self.database, card, sdi, true)?;
        let key = shared_key::for_manner(self.master.as_ref(), &self.database, card, manner)?;
        // What the request itself has wrong is the better answer than what is known besides.
        let decision = self
            .provider
            .authorize(evidence, held.as_ref(), key.as_ref(), today)?;
        let object = match (decision, judged) {
            (Decision::Refused(refusal), _) => return self.refused(refusal, today),
            (Decision::Granted(_), Err(denial)) => return refuse(denial),
            (Decision::Granted(object), Ok(())) => object,
        };
        super::receipts::remember(
            &self.database,
            evidence.card_certificate,
            evidence.issuer_certificate,
            today,
        )?;
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

    /// Certifies data for every card that asks for exactly this, in mode 6 or 7. The same data get the same
    /// certification again.
    ///
    /// # Errors
    /// [`Error::Unfit`] for an SDI that cannot be written; [`Error::Database`]; what the signer answers.
    pub fn certify(&self, sdi: &Sdi, mode: Mode, today: Date) -> Result<Answer> {
        self.certify_asked(&encode(sdi)?, sdi, mode, today)
    }

    fn certify_asked(&self, asked: &[u8], sdi: &Sdi, mode: Mode, today: Date) -> Result<Answer> {
        let object = encode(sdi)?;
        let dpr = self.provider.certificate().digest();
        let basis = sha256_of(&[&[mode.code()], &object, dpr]);
        if let Some(same) = self
            .database
            .certified(&sdi.aid)?
            .into_iter()
            .find(|known| known.basis == basis)
        {
            return Ok(Answer {
                decision: Decision::Granted(same.object),
                repeated: true,
                warnings: Vec::new(),
            });
        }
        let held = self.held(sdi, None)?;
        let object = match self
            .provider
            .certify_asked(asked, sdi, mode, held.as_ref(), today)?
        {
            Decision::Granted(object) => object,
            Decision::Refused(refusal) => return self.refused(refusal, today),
        };
        let counts = self.database.record_certified(&CertifiedRecord {
            basis,
            aid: sdi.aid,
            version: sdi.version,
            package: sdi.package.map_or([0; 32], |package| package.package),
            object,
            day: today,
        })?;
        Ok(Answer::new(Decision::Granted(counts.object), Vec::new()))
    }

    /// As [`Self::certify`], as a file; none where the answer is a refusal.
    ///
    /// # Errors
    /// As [`Self::certify`].
    pub fn certified(&self, sdi: &Sdi, mode: Mode, today: Date) -> Result<(Option<Certified>, Answer)> {
        let answer = self.certify(sdi, mode, today)?;
        let Decision::Granted(object) = &answer.decision else {
            return Ok((None, answer));
        };
        let mut certified = Certified::new(self.provider.certificate().encoded(), object)?;
        for link in self.links()? {
            certified.add_link(link)?;
        }
        Ok((Some(certified), answer))
    }

    /// Links of this provider's registrar, if its certificate needs them.
    fn links(&self) -> Result<Vec<&[u8]>> {
        let (view, root) = (self.provider.certificate().view()?, self.provider.root());
        let registrar = self.provider.roots().registrar(root.digest());
        if view.authority == root.view()?.holder {
            return Ok(Vec::new());
        }
        let links = registrar.map(|registrar| registrar.links()).unwrap_or_default();
        Ok(links.iter().map(|link| link.encoded()).collect())
    }

    /// Signs an approval file, or puts a refusal into it. In modes 6 and 7 it certifies what the card asks for.
    ///
    /// # Errors
    /// As [`Self::authorize`] and [`Self::certify`].
    pub fn sign(&self, approval: &mut Approval, manner: Manner, today: Date) -> Result<Answer> {
        let request = approval.storing_request()?;
        let mode = request.header.mode;
        let answer = match mode {
            Mode::CertifiedData | Mode::RegistrarCertified => {
                self.certify_asked(approval.request(), &request.sdi, mode, today)?
            }
            _ => self.authorize(&approval.as_evidence(), manner, today)?,
        };
        match &answer.decision {
            Decision::Granted(object) => {
                approval.set_provider_certificate(self.provider.certificate().encoded())?;
                for link in self.links()? {
                    approval.add_link(link)?;
                }
                approval.add_evidence(object)?;
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
        let evidence = approval.as_evidence();
        let object = object_of(&read, &evidence);
        if matches!(before(&self.database, &read, &sha256(object))?, Before::Same(_)) {
            return Err(Error::Unfit(
                "this request is authorized already: only the card can drop it".into(),
            ));
        }
        let refusal = self
            .provider
            .refuse(read.request.header.mode, object, Denial::new(reason, text))?;
        keep_refusal(&self.database, &refusal, today)?;
        approval.add_refusal(&refusal.object)?;
        Ok(refusal)
    }

    /// Makes the next key for the card with certificate `rc` under the issuer's `irc` (7F21), sealed for the card.
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not good, or whose policy has no use for it; [`Error::Unfit`] without a
    /// master key; [`Error::Database`]; what the signer answers.
    pub fn share_key(&self, rc: &[u8], irc: &[u8], today: Date) -> Result<Vec<u8>> {
        shared_key::share(self.master.as_ref(), &self.database, rc, today, |key, version| {
            self.provider.share_key(rc, irc, key, version, today)
        })
    }

    /// Answers a card's challenge.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn authenticate(&self, card: &Digest, challenge: &[u8; 16]) -> Result<Vec<u8>> {
        self.provider.authenticate(card, challenge)
    }

    /// Verifies a receipt of a card that it authorized something for, and records it.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Database`].
    pub fn record_receipt(&self, receipt: &[u8], today: Date) -> Result<ReceiptAnswer> {
        super::record_receipt(&self.database, receipt, today)
    }
}

fn is_second(read: &ReadRequest<'_>) -> bool {
    read.request.header.mode == Mode::ViaIssuer
}

/// What a provider signs over, or refuses: in mode 2 the issuer's authorization, else the request.
fn object_of<'a>(read: &ReadRequest<'_>, evidence: &Evidence<'a>) -> &'a [u8] {
    match evidence.first {
        Some(first) if is_second(read) => first,
        _ => evidence.request,
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
        card: package.card(),
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
