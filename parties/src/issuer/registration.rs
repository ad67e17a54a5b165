//! Registering a card: for the first time, again, and after another issuer.

use apdu_spec::certificate::{
    CardExtension, Certificate, CertificateBuilder, CertificateRequest, Extension, KeyOrigin, Policy,
    RequestExtension, Role,
};
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Release, Signed};
use apdu_spec::reason::Reason;

use super::{Issuer, Judged};
use crate::certificate::{OwnedCertificate, Registered};
use crate::crypto::{Digest, sha256, sha256_of, signed_by, verifies};
use crate::decision::{Decision, deny};
use crate::error::{Error, Result};
use crate::evidence::{card_extension, check_card};
use crate::signer::Signer;

/// What an issuer puts into a card's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardTerms {
    /// Modes allowed on the card, and how.
    pub policy: Policy,
    /// Where the card's registration key was made.
    pub key_origin: KeyOrigin,
    /// SHA-256 of the first root of the data registrar that the card was given.
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
        let origin: &[u8] = match self.key_origin {
            // As it was when there was no other, so that terms kept since then still compare.
            KeyOrigin::Card => &[],
            KeyOrigin::Issuer => &[KeyOrigin::Issuer.code()],
        };
        sha256_of(&[
            &self.policy.bits().to_be_bytes(),
            &self.data_root,
            &self.user_information,
            &self.effective.to_digits(),
            &self.expiration.to_digits(),
            origin,
        ])
    }
}

/// What shows that a card of another issuer may be taken over. All are complete objects.
#[derive(Clone, Copy, Debug)]
pub struct Takeover<'a> {
    /// The card's present RC, 7F21.
    pub certificate: &'a [u8],
    /// The IRC it is under, 7F21.
    pub issuer_certificate: &'a [u8],
    /// The present issuer's release, F0; none where this issuer is the successor of one that is gone.
    pub release: Option<&'a [u8]>,
}

impl<S: Signer> Issuer<S> {
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
        let irc = self.certificate().view()?;
        let valid = self.membership.valid(today)?.map(drop);
        let judged = valid.and_then(|()| judge_registration(&view, &irc, nonce, terms, today));
        let card = match judged {
            Ok(card) => card,
            Err(denial) => {
                return self
                    .refuse(Mode::Registration, request, denial)
                    .map(Decision::Refused);
            }
        };
        let extension = CardExtension {
            serial,
            issuer_root: self.membership.anchor(),
            data_root: &terms.data_root,
            policy: terms.policy,
            key_origin: terms.key_origin,
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

    /// Whether a card that has an RC of this issuer already is the one that now asks for a later one with these terms.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read.
    pub fn judge_renewal(&self, request: &[u8], present: &[u8], terms: &CardTerms) -> Result<Judged> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("registration request"))?;
        let rc = Certificate::parse(present).map_err(Error::tlv("card's certificate"))?;
        Ok(judge_same_card(&view, &rc, self.membership.anchor(), terms).map(drop))
    }

    /// Whether this issuer may register a card that another one has, and the serial of the card's present RC.
    ///
    /// # Errors
    /// [`Error::Input`] for what cannot be read.
    pub fn judge_takeover(
        &self,
        request: &[u8],
        takeover: &Takeover<'_>,
        terms: &CardTerms,
        today: Date,
    ) -> Result<Judged<u32>> {
        let view = CertificateRequest::parse(request).map_err(Error::tlv("registration request"))?;
        let rc = Certificate::parse(takeover.certificate).map_err(Error::tlv("card's certificate"))?;
        let old =
            Certificate::parse(takeover.issuer_certificate).map_err(Error::tlv("issuer's certificate"))?;
        let release = takeover
            .release
            .map(|release| Signed::parse(release).map_err(Error::tlv("release")))
            .transpose()?;
        let own = self.certificate().view()?;
        let identity = self.identity()?;
        let registrar = self.membership.registrar()?;
        let judged = || {
            let serial = judge_same_card(&view, &rc, self.membership.anchor(), terms)?;
            match (own.extension, release) {
                (Extension::Successor(successor), _) => {
                    let predecessor = old.holder.identity();
                    judge_gone(&rc, &old, registrar)?;
                    if predecessor != successor.predecessor {
                        return deny(
                            Reason::NotSuccessor,
                            format!("{} does not succeed {predecessor}", own.holder),
                        );
                    }
                }
                (_, None) => return deny(Reason::NotReleased, "the present issuer's release is missing"),
                (_, Some(release)) => {
                    check_card(&rc, &old, registrar, today)?;
                    let Ok(says) = release.read::<Release>() else {
                        return deny(Reason::NotReleased, "this is no release");
                    };
                    let header = &says.header;
                    let right = header.role == Role::Issuer
                        && header.mode == Mode::Registration
                        && header.certificate == sha256(old.encoded)
                        && header.previous == sha256(rc.encoded)
                        && says.card == sha256(rc.point);
                    if !right {
                        return deny(Reason::NotReleased, "the release is of another card or issuer");
                    }
                    if says.issuer != identity {
                        return deny(
                            Reason::NotReleased,
                            format!("the card was released to {}", says.issuer.name),
                        );
                    }
                    if !signed_by(old.point, &release) {
                        return deny(Reason::BadSignature, "the release is not signed by the issuer");
                    }
                }
            }
            Ok(serial)
        };
        Ok(judged())
    }
}

/// An issuer that is gone may be revoked or past its date: all that counts is that the card was its own.
fn judge_gone(rc: &Certificate<'_>, old: &Certificate<'_>, registrar: &Registered) -> Judged {
    registrar.judge_undated(old)?;
    crate::certificate::check(rc, old, rc.effective)
}

/// The card of `rc` keeps its keys and its registrars. Gives the serial of `rc`.
fn judge_same_card(
    request: &CertificateRequest<'_>,
    rc: &Certificate<'_>,
    anchor: &Digest,
    terms: &CardTerms,
) -> Judged<u32> {
    let card = card_extension(rc)?;
    let agreement = request.card.map(|card| card.key_agreement);
    if request.point != rc.point || agreement != Some(card.key_agreement) {
        return deny(
            Reason::NotThisCard,
            "the card's keys are not those of its certificate",
        );
    }
    if card.issuer_root != anchor || *card.data_root != terms.data_root {
        return deny(Reason::RootMismatch, "a registered card keeps its registrars");
    }
    if card.key_origin != terms.key_origin {
        return deny(
            Reason::KeyNotOfCard,
            "where a card's key was made does not change",
        );
    }
    Ok(card.serial)
}

fn judge_registration<'a>(
    request: &CertificateRequest<'a>,
    irc: &Certificate<'_>,
    nonce: &[u8; 16],
    terms: &CardTerms,
    today: Date,
) -> Judged<RequestExtension<'a>> {
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
    let modes = u32::from(terms.policy.bits() & Policy::ALL.bits());
    if modes & !irc.rights.bits() != 0 {
        return deny(
            Reason::PolicyForbids,
            "the policy allows modes that the issuer has no right to",
        );
    }
    if terms.key_origin == KeyOrigin::Issuer && terms.policy.allows(Mode::ProviderAlone) {
        return deny(
            Reason::KeyNotOfCard,
            "mode 4 needs a registration key that the card made",
        );
    }
    if terms.effective > terms.expiration || terms.expiration < today {
        return deny(
            Reason::Expired,
            format!("a certificate from {} to {}", terms.effective, terms.expiration),
        );
    }
    let bound = match irc.extension {
        Extension::Issuer(own) => own.allows(&terms.data_root),
        Extension::Successor(own) => own.data_registrar_roots().any(|root| *root == terms.data_root),
        _ => false,
    };
    if bound {
        Ok(card)
    } else {
        deny(
            Reason::RootMismatch,
            "this issuer may not bind that data registrar",
        )
    }
}
