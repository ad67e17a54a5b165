//! What a provider decides: which card of which issuer gets which of its packages.
//!
//! SPEC.md section 4. Pure: everything it knows comes in as arguments, nothing is kept ([`crate::office`] does).

pub use crate::evidence::Evidence;

use apdu_spec::certificate::{Certificate, Extension, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    CertifiedData, FirstAuthorization, Mode, NO_PREVIOUS, Operation, PackageDigests, ProviderId, Sdi,
    SecondAuthorization,
};
use apdu_spec::reason::Reason;

use crate::certificate::{Membership, OwnedCertificate, Registered, Roots};
use crate::crypto::{Digest, sha256};
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::evidence::{
    ReadEvidence, Signatory, check_card, check_object, check_operation, check_owner, check_provider,
    check_request, check_rights, judge_card, slots,
};
use crate::issuer::{authenticate, seal_key};
use crate::shared_key::CardKey;
use crate::signer::Signer;

type Judged<T = ()> = std::result::Result<T, Denial>;

/// A provider: its certificate, its registrar, the issuer registrars it trusts, and its key.
#[derive(Debug)]
pub struct Provider<S> {
    membership: Membership,
    signer: S,
}

impl<S: Signer> Provider<S> {
    /// A provider with this DPR under the data registrar with this first root, both 7F21.
    ///
    /// `roots` are the registrars it trusts: issuer registrars to judge cards, and its own with links and list.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed certificate; [`Error::Unfit`] if it is not a DPR under that root over the
    /// signer's key.
    pub fn new(certificate: &[u8], root: &[u8], roots: Roots, signer: S) -> Result<Self> {
        let membership = Membership::new(certificate, root, roots, Role::Provider, signer.point())?;
        Ok(Self { membership, signer })
    }

    /// The DPR.
    #[must_use]
    pub fn certificate(&self) -> &OwnedCertificate {
        self.membership.certificate()
    }

    /// The data registrar's first root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        self.membership.root()
    }

    /// The registrars it trusts, its own among them.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        self.membership.roots()
    }

    /// Who this provider is, as SDI names it.
    ///
    /// # Errors
    /// None in fact.
    pub fn identity(&self) -> Result<ProviderId> {
        self.membership.identity()
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: Role::Provider,
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

    /// Agrees to a storing request, or refuses: second in mode 2, first in mode 3, alone in mode 4. `held` is what this
    /// provider has under the request's AID and version; for a delete, what it had when it was stored. With `key`, the
    /// one it shares with the card, it does so by MAC.
    ///
    /// A refusal is over the SAR in mode 2, else over the SR.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; [`Error::Unfit`] in mode 2 before the issuer signed, and in modes 6
    /// and 7, for which there is [`Self::certify`]; what the signer answers.
    pub fn authorize(
        &self,
        evidence: &Evidence<'_>,
        held: Option<&PackageDigests>,
        key: Option<&CardKey>,
        today: Date,
    ) -> Result<Decision> {
        let read = ReadEvidence::parse(evidence)?;
        let mode = read.read.request.header.mode;
        let object = match (mode, evidence.first) {
            (Mode::ViaIssuer, Some(first)) => first,
            (Mode::ViaIssuer, None) => return Err(Error::Unfit("the issuer has not signed yet".into())),
            (Mode::CertifiedData | Mode::RegistrarCertified, _) => {
                return Err(Error::Unfit(
                    "this mode wants certified data, not an authorization".into(),
                ));
            }
            _ => evidence.request,
        };
        if let Err(denial) = self.judge(&read, held, key.is_some(), today)? {
            return self.refuse(mode, object, denial).map(Decision::Refused);
        }
        let card_certificate = sha256(read.rc.encoded);
        let (desk, previous) = (self.desk(), sha256(object));
        if mode == Mode::ViaProvider {
            desk.authorize(mode, previous, key, |header| FirstAuthorization {
                header,
                card_certificate,
            })
        } else {
            desk.authorize(mode, previous, key, |header| SecondAuthorization { header })
        }
        .map(Decision::Granted)
    }

    fn judge(
        &self,
        evidence: &ReadEvidence<'_>,
        held: Option<&PackageDigests>,
        mac: bool,
        today: Date,
    ) -> Result<Judged> {
        let (request, mode) = (&evidence.read.request, evidence.read.request.header.mode);
        let (dpr, data_registrar) = (self.certificate().view()?, self.membership.registrar()?);
        let issuer_registrar = self
            .membership
            .trusted(&request.issuer_root, Role::IssuerRegistrar)?;
        let judged = || {
            let card = check_card(&evidence.rc, &evidence.irc, issuer_registrar?, today)?;
            check_request(&evidence.read, &evidence.rc, today)?;
            if request.data_root != *self.membership.anchor() {
                return deny(
                    Reason::RootMismatch,
                    "the card is bound to another data registrar",
                );
            }
            check_provider(request, &dpr, data_registrar, today)?;
            check_rights(&dpr, mode)?;
            if evidence.irc.point == dpr.point {
                return deny(Reason::SameParty, "issuer and provider have the same key");
            }
            if mac && !card.policy.allows_mac() {
                return deny(Reason::PolicyForbids, "the card's policy does not allow MACs");
            }
            if mode == Mode::ViaIssuer {
                check_first_of_issuer(evidence, card.policy.allows_mac())?;
            }
            match dpr.extension {
                // It never had what its predecessor left.
                Extension::Successor(_) => Ok(()),
                _ => check_held(&request.sdi, held),
            }
        };
        Ok(judged())
    }

    /// Certifies that this is what it stores on whatever card asks for it, in mode 6 or 7, or refuses.
    ///
    /// A refusal is over the SDI (E1).
    ///
    /// # Errors
    /// [`Error::Unfit`] for an SDI that cannot be written; what the signer answers.
    pub fn certify(
        &self,
        sdi: &Sdi,
        mode: Mode,
        held: Option<&PackageDigests>,
        today: Date,
    ) -> Result<Decision> {
        self.certify_asked(&encode(sdi)?, sdi, mode, held, today)
    }

    /// As [`Self::certify`]; a refusal is over `asked`, whatever it was that asked for it.
    pub(crate) fn certify_asked(
        &self,
        asked: &[u8],
        sdi: &Sdi,
        mode: Mode,
        held: Option<&PackageDigests>,
        today: Date,
    ) -> Result<Decision> {
        if let Err(denial) = self.judge_data(sdi, mode, held, self.membership.registrar()?, today)? {
            return self.refuse(mode, asked, denial).map(Decision::Refused);
        }
        let body = CertifiedData {
            header: self.desk().header(mode, NO_PREVIOUS),
            sdi: *sdi,
        };
        self.desk().sign(&body).map(Decision::Granted)
    }

    fn judge_data(
        &self,
        sdi: &Sdi,
        mode: Mode,
        held: Option<&PackageDigests>,
        data_registrar: &Registered,
        today: Date,
    ) -> Result<Judged> {
        let dpr = self.certificate().view()?;
        let judged = || {
            if !matches!(mode, Mode::CertifiedData | Mode::RegistrarCertified) {
                return deny(
                    Reason::PolicyForbids,
                    format!("mode {}, {mode}, takes no certified data", mode.code()),
                );
            }
            check_operation(mode, sdi.operation)?;
            check_owner(sdi, &dpr, data_registrar, today)?;
            check_rights(&dpr, mode)?;
            if sdi.expiry < today {
                return deny(Reason::Expired, format!("the data ended on {}", sdi.expiry));
            }
            check_held(sdi, held)
        };
        Ok(judged())
    }

    /// Seals a key for the card with certificate `rc` under the issuer's `irc`, both 7F21.
    ///
    /// # Errors
    /// [`Error::Denied`] for a card that is not good, or whose policy has no use for it; [`Error::Input`]; what the
    /// signer answers.
    pub fn share_key(
        &self,
        rc: &[u8],
        irc: &[u8],
        key: &CardKey,
        version: u32,
        today: Date,
    ) -> Result<Vec<u8>> {
        let rc = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        judge_card(self.membership.roots(), self.membership.anchor(), &rc, irc, today)?;
        seal_key(&self.desk(), &rc, key, version)
    }

    /// Answers a card's challenge.
    ///
    /// # Errors
    /// What the signer answers.
    pub fn authenticate(&self, card: &Digest, challenge: &[u8; 16]) -> Result<Vec<u8>> {
        authenticate(&self.desk(), card, challenge)
    }
}

/// An SDI as it stands alone, E1.
///
/// # Errors
/// [`Error::Unfit`] for one that cannot be written.
pub fn encode(sdi: &Sdi) -> Result<Vec<u8>> {
    let mut buffer = vec![0; Sdi::MAX];
    let length = sdi
        .write_body(&mut buffer)
        .map_err(|error| Error::Unfit(format!("cannot write the storing data: {error}")))?;
    buffer.truncate(length);
    Ok(buffer)
}

/// Mode 2: the issuer agreed before.
fn check_first_of_issuer(evidence: &ReadEvidence<'_>, mac_allowed: bool) -> Judged {
    let (read, mode) = (&evidence.read, Mode::ViaIssuer);
    for (slot, first) in slots(mode).iter().zip(&evidence.first) {
        let signatory = Signatory {
            certificate: &evidence.irc,
            mode,
            previous: slot.previous(&read.digest, None),
            mac_allowed,
        };
        check_object(slot, first, &signatory, Some(&sha256(evidence.rc.encoded)), None)?;
    }
    Ok(())
}

/// What is to be stored or deleted is what the provider really has. For a floor that is lowered it needs nothing.
fn check_held(sdi: &Sdi, held: Option<&PackageDigests>) -> Judged {
    if sdi.operation == Operation::LowerFloor {
        return Ok(());
    }
    let Some(held) = held else {
        return deny(
            Reason::NoSuchApplication,
            format!("this provider has no package {} version {}", sdi.aid, sdi.version),
        );
    };
    match (&sdi.package, sdi.operation) {
        (None, Operation::Delete) => Ok(()),
        (Some(asked), Operation::Store | Operation::Replace) if asked == held => Ok(()),
        _ => deny(
            Reason::PackageDigest,
            format!(
                "this is another package than the provider's {} version {}",
                sdi.aid, sdi.version
            ),
        ),
    }
}
