//! What an issuer decides: which cards are its own, and what may change on them.
//!
//! SPEC.md sections 3 to 5. Pure: everything it knows comes in as arguments, nothing is kept ([`crate::office`] does).

use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, CertificateRequest, Extension, KeyOrigin, Policy,
    RequestExtension, Role,
};
use apdu_spec::date::Date;
use apdu_spec::object::{FirstAuthorization, Mode};
use apdu_spec::reason::Reason;

use crate::certificate::{OwnedCertificate, Roots, check, check_dates};
use crate::crypto::{Digest, sha256, sha256_of, verifies};
use crate::decision::{Decision, Denial, Desk, SignedRefusal, deny};
use crate::error::{Error, Result};
use crate::evidence::{ReadRequest, card_extension, check_provider, check_request};
use crate::signer::Signer;

/// What an issuer puts into a card's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardTerms {
    /// Modes allowed on the card.
    pub policy: Policy,
    /// SHA-256 of the data registrar's root that the card was given.
    pub data_root: Digest,
    /// SHA-256 of salt `||` user information.
    pub user_information: Digest,
    /// First day.
    pub effective: Date,
    /// Last day.
    pub expiration: Date,
}

impl CardTerms {
    /// Digest of all terms: tells whether the same is asked for again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256_of(&[
            &self.policy.bits().to_be_bytes(),
            &self.data_root,
            &self.user_information,
            &self.effective.to_digits(),
            &self.expiration.to_digits(),
        ])
    }
}

/// An issuer: its certificate, its registrar's root, the data registrars it knows, and its key.
#[derive(Debug)]
pub struct Issuer<S> {
    certificate: OwnedCertificate,
    root: OwnedCertificate,
    data_roots: Roots,
    signer: S,
}

impl<S: Signer> Issuer<S> {
    /// An issuer with this IRC under this root of an issuer registrar, both 7F21.
    ///
    /// `data_roots` are only needed to judge a provider's certificate where one is shown.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed certificate; [`Error::Unfit`] if it is not an IRC under that root over the
    /// signer's key.
    pub fn new(certificate: &[u8], root: &[u8], data_roots: Roots, signer: S) -> Result<Self> {
        let (certificate, root) = own_certificate(certificate, root, Role::Issuer, signer.point())?;
        Ok(Self {
            certificate,
            root,
            data_roots,
            signer,
        })
    }

    /// The IRC.
    #[must_use]
    pub fn certificate(&self) -> &OwnedCertificate {
        &self.certificate
    }

    /// The issuer registrar's root.
    #[must_use]
    pub fn root(&self) -> &OwnedCertificate {
        &self.root
    }

    fn desk(&self) -> Desk<'_, S> {
        Desk {
            role: Role::Issuer,
            certificate: &self.certificate,
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

    /// Answers a card's registration request (RI) with its certificate (RC) number `serial`.
    ///
    /// # Errors
    /// [`Error::Input`] for a malformed request; what the signer answers.
    pub fn register(
        &self,
        request: &[u8],
        nonce: &[u8; 16],
        terms: &CardTerms,
        serial: u32,
        today: Date,
    ) -> Result<Decision> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("registration request"))?;
        let irc = self.certificate.view()?;
        let card = match self.judge_registration(&view, &irc, nonce, terms, today) {
            Ok(card) => card,
            Err(denial) => {
                return self
                    .refuse(Mode::Registration, request, denial)
                    .map(Decision::Refused);
            }
        };
        let extension = CardExtension {
            serial,
            issuer_root: self.root.digest(),
            data_root: &terms.data_root,
            policy: terms.policy,
            key_origin: KeyOrigin::Card,
            platform_version: card.platform_version,
            key_agreement: card.key_agreement,
            user_information: &terms.user_information,
        };
        let builder = CertificateBuilder {
            authority: irc.holder,
            holder: view.holder,
            point: view.point,
            role: Role::Card,
            // What the card may do is its policy; its certificate only must not go beyond the issuer's.
            rights: irc.rights,
            effective: terms.effective,
            expiration: terms.expiration,
            extension: Extension::Card(extension),
        };
        OwnedCertificate::sign(&builder, &self.signer).map(|made| Decision::Granted(made.encoded().to_vec()))
    }

    fn judge_registration<'a>(
        &self,
        request: &CertificateRequest<'a>,
        irc: &Certificate<'_>,
        nonce: &[u8; 16],
        terms: &CardTerms,
        today: Date,
    ) -> std::result::Result<RequestExtension<'a>, Denial> {
        let Some(card) = request.card else {
            return deny(
                Reason::UnknownExtension,
                "this is a party's request, not a card's",
            );
        };
        if !verifies(request.point, request.body, request.signature) {
            return deny(
                Reason::BadSignature,
                "the request is not signed with the card's own key",
            );
        }
        if card.nonce != nonce {
            return deny(
                Reason::OtherRequest,
                "the request does not answer this issuer's nonce",
            );
        }
        check_dates(irc, today)?;
        if u32::from(terms.policy.bits()) & !irc.rights.bits() != 0 {
            return deny(
                Reason::PolicyForbids,
                "the policy allows modes that the issuer has no right to",
            );
        }
        if terms.effective > terms.expiration || terms.expiration < today {
            return deny(
                Reason::Expired,
                format!("a certificate from {} to {}", terms.effective, terms.expiration),
            );
        }
        match irc.extension {
            Extension::Issuer(own) if own.allows(&terms.data_root) => Ok(card),
            _ => deny(
                Reason::RootMismatch,
                "this issuer may not bind that data registrar",
            ),
        }
    }

    /// Agrees to a storing request (SR, F0) of the card with certificate `rc` (7F21), or refuses.
    ///
    /// `dpr` is the provider's certificate where the request came with one: a bad one is a reason to refuse, none is
    /// not, because the card checks it.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read; what the signer answers.
    pub fn first_authorization(
        &self,
        request: &[u8],
        rc: &[u8],
        dpr: Option<&[u8]>,
        today: Date,
    ) -> Result<Decision> {
        let read = ReadRequest::parse(request)?;
        let rc = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
        let dpr = dpr
            .map(|dpr| Certificate::parse(dpr).map_err(Error::tlv("provider's certificate")))
            .transpose()?;
        let irc = self.certificate.view()?;
        let mode = read.request.header.mode;
        if let Err(denial) = self.judge_request(&read, &rc, &irc, dpr.as_ref(), today)? {
            return self.refuse(mode, request, denial).map(Decision::Refused);
        }
        let body = FirstAuthorization {
            header: self.desk().header(mode, read.digest),
            card_certificate: sha256(rc.encoded),
        };
        self.desk().sign(&body).map(Decision::Granted)
    }

    fn judge_request(
        &self,
        read: &ReadRequest<'_>,
        rc: &Certificate<'_>,
        irc: &Certificate<'_>,
        dpr: Option<&Certificate<'_>>,
        today: Date,
    ) -> Result<std::result::Result<(), Denial>> {
        let data_root = self.data_roots.find(&read.request.data_root);
        let data_root = data_root.map(OwnedCertificate::view).transpose()?;
        let judged = || {
            check_dates(irc, today)?;
            check(rc, irc, today)?;
            check_request(read, rc, today)?;
            if *card_extension(rc)?.issuer_root != *self.root.digest() {
                return deny(Reason::RootMismatch, "the card is under another issuer registrar");
            }
            if !irc.rights.allows(read.request.header.mode) {
                return deny(Reason::CertificateRole, "this issuer has no right to this mode");
            }
            match (dpr, data_root) {
                (Some(dpr), Some(root)) => check_provider(&read.request, dpr, &root, today),
                _ => Ok(()),
            }
        };
        Ok(judged())
    }
}

/// Checks that `certificate` is of this role, under `root` and over `point`. Its dates are for each use.
pub(crate) fn own_certificate(
    certificate: &[u8],
    root: &[u8],
    role: Role,
    point: &[u8; 65],
) -> Result<(OwnedCertificate, OwnedCertificate)> {
    let certificate = OwnedCertificate::parse("own certificate", certificate)?;
    let mut roots = Roots::new();
    let digest = roots.add("registrar's root", root)?;
    let root = roots.find(&digest).cloned().ok_or(Error::Cryptography("hash"))?;
    let (view, root_view) = (certificate.view()?, root.view()?);
    // Judged on the first day of the certificate: whether it still is good is asked at each use.
    check(&view, &root_view, view.effective).map_err(|denial| Error::Unfit(denial.to_string()))?;
    if view.role != role {
        return Err(Error::Unfit(format!(
            "a certificate of role {}, not {role}",
            view.role
        )));
    }
    if view.point != point {
        return Err(Error::Unfit("the certificate is over another key".into()));
    }
    Ok((certificate, root))
}
