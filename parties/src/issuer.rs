//! What an issuer decides: which cards are its own, and what may change on them.
//!
//! SPEC.md sections 3 to 5. Pure: everything it knows comes in as arguments, nothing is kept ([`crate::office`] does).

mod registration;

pub use registration::{CardTerms, Takeover};

use apdu_spec::certificate::{CardExtension, Certificate, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    Authentication, FirstAuthorization, Mode, NO_PREVIOUS, ProviderId, Release, SecondAuthorization,
    SharedKey,
};
use apdu_spec::reason::Reason;

use crate::certificate::{Membership, OwnedCertificate, Registered, Roots};
use crate::crypto::{Digest, sha256};
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::evidence::{
    Evidence, ReadEvidence, Signatory, card_extension, check_card, check_object, check_provider,
    check_request, check_rights, slots,
};
use crate::shared_key::{CardKey, seal};
use crate::signer::Signer;

type Judged<T = ()> = std::result::Result<T, Denial>;

/// An issuer: its certificate, its registrar, the data registrars it knows, and its key.
#[derive(Debug)]
pub struct Issuer<S> {
    membership: Membership,
    signer: S,
}

impl<S: Signer> Issuer<S> {
    /// An issuer with this IRC under the issuer registrar with this first root, both 7F21.
    ///
    /// `roots` are the registrars it trusts: data registrars to judge providers, and its own with links and list.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed certificate; [`Error::Unfit`] if it is not an IRC under that root over the
    /// signer's key.
    pub fn new(certificate: &[u8], root: &[u8], roots: Roots, signer: S) -> Result<Self> {
        let membership = Membership::new(certificate, root, roots, Role::Issuer, signer.point())?;
        Ok(Self { membership, signer })
    }

    /// The IRC.
    #[must_use]
    pub fn certificate(&self) -> &OwnedCertificate {
        self.membership.certificate()
    }

    /// The issuer registrar's first root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        self.membership.root()
    }

    /// The registrars it trusts, its own among them.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        self.membership.roots()
    }

    /// Who this issuer is, as a release names it.
    ///
    /// # Errors
    /// None in fact.
    pub fn identity(&self) -> Result<ProviderId> {
        self.membership.identity()
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: Role::Issuer,
            certificate: self.membership.certificate(),
            signer: &self.signer,
        }
    }

    /// Signs a refusal of `object`.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn refuse(&self, mode: Mode, object: &[u8], denial: Denial) -> Result<SignedRefusal> {
        self.desk().refuse(mode, object, denial)
    }

    /// Agrees to a storing request of one of its cards, or refuses: first in mode 2, second in mode 3. With `key`, the
    /// one it shares with the card, it does so by MAC.
    ///
    /// In mode 2 a provider's certificate is a reason to refuse where it is bad; none is not, because the card checks it.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] in mode 3 before the provider signed; what the
    /// signer answers.
    pub fn authorize(&self, evidence: &Evidence<'_>, key: Option<&CardKey>, today: Date) -> Result<Decision> {
        let read = ReadEvidence::parse(evidence)?;
        let mode = read.read.request.header.mode;
        let object = match (mode, evidence.first) {
            (Mode::ViaProvider, Some(first)) => first,
            (Mode::ViaProvider, None) => {
                return Err(Error::Unfit("the provider has not signed yet".into()));
            }
            _ => evidence.request,
        };
        if let Err(denial) = self.judge_request(&read, key.is_some(), today)? {
            return self.refuse(mode, object, denial).map(Decision::Refused);
        }
        let card_certificate = sha256(read.rc.encoded);
        let (desk, previous) = (self.desk(), sha256(object));
        if mode == Mode::ViaProvider {
            desk.authorize(mode, previous, key, |header| SecondAuthorization { header })
        } else {
            desk.authorize(mode, previous, key, |header| FirstAuthorization {
                header,
                card_certificate,
            })
        }
        .map(Decision::Granted)
    }

    fn judge_request(&self, evidence: &ReadEvidence<'_>, mac: bool, today: Date) -> Result<Judged> {
        let request = &evidence.read.request;
        let data_registrar = self.membership.trusted(&request.data_root, Role::DataRegistrar)?;
        let judge_card = self.judge_card(&evidence.rc, today)?;
        let judged = || {
            let card = judge_card?;
            let irc = &evidence.irc;
            if sha256(irc.encoded) != *self.certificate().digest() {
                return deny(
                    Reason::WrongSigner,
                    format!(
                        "the card is registered under {}, which is not this issuer's present certificate",
                        irc.holder
                    ),
                );
            }
            check_request(&evidence.read, &evidence.rc, today)?;
            check_rights(irc, request.header.mode)?;
            if mac && !card.policy.allows_mac() {
                return deny(Reason::PolicyForbids, "the card's policy does not allow MACs");
            }
            match request.header.mode {
                Mode::ViaIssuer => match (&evidence.dpr, data_registrar) {
                    (Some(dpr), Ok(registrar)) => check_provider(request, dpr, registrar, today),
                    _ => Ok(()),
                },
                Mode::ViaProvider => {
                    check_first_of_provider(evidence, data_registrar?, card.policy.allows_mac(), today)
                }
                mode => deny(
                    Reason::PolicyForbids,
                    format!("an issuer has no say in mode {}, {mode}", mode.code()),
                ),
            }
        };
        Ok(judged())
    }

    /// The card is this issuer's, and its certificate good today.
    fn judge_card<'a>(&self, rc: &Certificate<'a>, today: Date) -> Result<Judged<CardExtension<'a>>> {
        let irc = self.membership.certificate().view()?;
        Ok(check_card(rc, &irc, self.membership.registrar()?, today))
    }

    /// Lets the card with certificate `rc` (7F21) go to another issuer, or refuses.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; what the signer answers.
    pub fn release(&self, rc: &[u8], to: &ProviderId, today: Date) -> Result<Decision> {
        let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        let judged = match self.judge_card(&view, today)? {
            Ok(_) if *to == self.identity()? => {
                deny(Reason::SameParty, "the card is with this issuer already")
            }
            other => other.map(drop),
        };
        if let Err(denial) = judged {
            return self.refuse(Mode::Registration, rc, denial).map(Decision::Refused);
        }
        let body = Release {
            header: self.desk().header(Mode::Registration, sha256(rc)),
            card: sha256(view.point),
            issuer: *to,
        };
        self.desk().sign(&body).map(Decision::Granted)
    }

    /// Seals a key for the card with certificate `rc` (7F21).
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not its own, or whose policy has no use for it; [`Error::Input`]; what the
    /// signer answers.
    pub fn share_key(&self, rc: &[u8], key: &CardKey, version: u32, today: Date) -> Result<Vec<u8>> {
        let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        self.judge_card(&view, today)?.map_err(Error::Denied)?;
        seal_key(&self.desk(), &view, key, version)
    }

    /// Answers a card's challenge.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn authenticate(&self, card: &Digest, challenge: &[u8; 16]) -> Result<Vec<u8>> {
        authenticate(&self.desk(), card, challenge)
    }
}

/// Mode 3: the provider agreed before.
fn check_first_of_provider(
    evidence: &ReadEvidence<'_>,
    data_registrar: &Registered,
    mac_allowed: bool,
    today: Date,
) -> Judged {
    let (Some(first), Some(dpr)) = (&evidence.first, &evidence.dpr) else {
        return deny(
            Reason::NoCertificate,
            "the provider's first authorization or certificate is not in the file",
        );
    };
    let (read, mode) = (&evidence.read, Mode::ViaProvider);
    check_provider(&read.request, dpr, data_registrar, today)?;
    if evidence.irc.point == dpr.point {
        return deny(Reason::SameParty, "issuer and provider have the same key");
    }
    for slot in slots(mode).iter().take(1) {
        let signatory = Signatory {
            certificate: dpr,
            mode,
            previous: slot.previous(&read.digest, None),
            mac_allowed,
        };
        check_object(slot, first, &signatory, Some(&sha256(evidence.rc.encoded)), None)?;
    }
    Ok(())
}

/// What an RC says of a card that takes MACs.
fn check_has_macs<'a>(rc: &Certificate<'a>) -> Judged<CardExtension<'a>> {
    let card = card_extension(rc)?;
    match card.policy.allows_mac() {
        true => Ok(card),
        false => deny(Reason::PolicyForbids, "the card's policy does not allow MACs"),
    }
}

/// Whether the card with certificate `rc` (7F21) takes MACs, so that a key shared with it is of use: what a caller finds out before he
/// asks anybody for a PIN.
///
/// # Errors
/// [`Error::Denied`] if it does not; [`Error::Input`] for what is no certificate.
pub fn takes_macs(rc: &[u8]) -> Result<()> {
    let rc = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
    check_has_macs(&rc).map(drop).map_err(Error::Denied)
}

/// Signs a key that was sealed for a card.
pub(crate) fn seal_key<S: Signer>(
    desk: &Desk<'_, S>,
    rc: &Certificate<'_>,
    key: &CardKey,
    version: u32,
) -> Result<Vec<u8>> {
    let card = check_has_macs(rc).map_err(Error::Denied)?;
    let digest = sha256(rc.point);
    let sealed = seal(key, &digest, version, card.key_agreement)?;
    desk.sign(&SharedKey {
        header: desk.header(Mode::Registration, sha256(rc.encoded)),
        card: digest,
        version,
        ephemeral: &sealed.ephemeral,
        sealed: &sealed.sealed,
    })
}

/// Signs a card's challenge.
pub(crate) fn authenticate<S: Signer>(
    desk: &Desk<'_, S>,
    card: &Digest,
    challenge: &[u8; 16],
) -> Result<Vec<u8>> {
    desk.sign(&Authentication {
        header: desk.header(Mode::Registration, NO_PREVIOUS),
        card: *card,
        challenge: *challenge,
    })
}
