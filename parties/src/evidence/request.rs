//! The card, its issuer, its request and the provider it names.

use apdu_spec::certificate::{CardExtension, Certificate, Extension, KeyOrigin, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{Consent, Mode, Operation, Sdi, StoringRequest};
use apdu_spec::reason::Reason;

use super::{Check, ReadRequest, slots};
use crate::certificate::{Registered, Roots, check};
use crate::crypto::{Digest, sha256, signed_by};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};

/// A card under an issuer whose registrar is among `roots`, bound to the data registrar with this first root.
///
/// # Errors
/// [`Error::Denied`] with the first reason why not; [`Error::Input`] for what is no certificate.
pub(crate) fn judge_card<'a>(
    roots: &Roots,
    data_root: &Digest,
    rc: &Certificate<'a>,
    irc: &[u8],
    today: Date,
) -> Result<CardExtension<'a>> {
    let irc = Certificate::parse(irc).map_err(Error::tlv("issuer's certificate"))?;
    let Some(root) = roots.authority_of(&irc, Role::IssuerRegistrar)? else {
        let text = "the card's issuer registrar is not trusted here";
        return Err(Error::Denied(Denial::new(Reason::UnknownAuthority, text)));
    };
    let registrar = roots
        .registrar(root.digest())
        .ok_or(Error::Cryptography("find the registrar"))?;
    let card = check_card(rc, &irc, registrar, today).map_err(Error::Denied)?;
    if card.data_root == data_root {
        Ok(card)
    } else {
        let text = "the card is bound to another data registrar";
        Err(Error::Denied(Denial::new(Reason::RootMismatch, text)))
    }
}

/// What an RC says of its card.
///
/// # Errors
/// [`Reason::UnknownExtension`] if it is no RC.
pub fn card_extension<'a>(rc: &Certificate<'a>) -> Check<CardExtension<'a>> {
    match rc.extension {
        Extension::Card(card) => Ok(card),
        _ => deny(
            Reason::UnknownExtension,
            format!("{} is not the certificate of a card", rc.holder),
        ),
    }
}

/// IRC under its registrar, RC under IRC, and both name the same registrars.
///
/// # Errors
/// The first reason why not.
pub fn check_card<'a>(
    rc: &Certificate<'a>,
    irc: &Certificate<'_>,
    issuer_registrar: &Registered,
    today: Date,
) -> Check<CardExtension<'a>> {
    issuer_registrar.judge(irc, today)?;
    if irc.role != Role::Issuer {
        return deny(
            Reason::CertificateRole,
            format!("{} is not the certificate of an issuer", irc.holder),
        );
    }
    check(rc, irc, today)?;
    let card = card_extension(rc)?;
    if card.issuer_root != issuer_registrar.anchor() {
        return deny(
            Reason::RootMismatch,
            "the card is under another issuer registrar than its issuer",
        );
    }
    let bound = match irc.extension {
        Extension::Issuer(issuer) => issuer.allows(card.data_root),
        Extension::Successor(successor) => successor
            .data_registrar_roots()
            .any(|root| root == card.data_root),
        _ => false,
    };
    if bound {
        Ok(card)
    } else {
        deny(
            Reason::RootMismatch,
            "the issuer may not bind the card's data registrar",
        )
    }
}

/// As [`check_card`], of a certificate that the card had once: it may have ended since, and its issuer may be gone or revoked.
///
/// # Errors
/// The first reason why not.
pub(crate) fn check_past_card(
    rc: &Certificate<'_>,
    irc: &Certificate<'_>,
    issuer_registrar: &Registered,
) -> Check {
    issuer_registrar.judge_undated(irc)?;
    check(rc, irc, rc.effective)?;
    if card_extension(rc)?.issuer_root == issuer_registrar.anchor() {
        return Ok(());
    }
    deny(
        Reason::RootMismatch,
        "the card was under another issuer registrar than its issuer",
    )
}

/// The request is the card's own, for a mode and operation that its policy allows, with consent, and not past its date.
///
/// # Errors
/// The first reason why not.
pub fn check_request(read: &ReadRequest<'_>, rc: &Certificate<'_>, today: Date) -> Check {
    let (request, card) = (&read.request, card_extension(rc)?);
    if request.header.certificate != sha256(rc.encoded) || request.card != sha256(rc.point) {
        return deny(
            Reason::NotThisCard,
            "the request is not of the card with this certificate",
        );
    }
    if !signed_by(rc.point, &read.signed) {
        return deny(Reason::BadSignature, "the request is not signed by the card");
    }
    if request.issuer_root != *card.issuer_root || request.data_root != *card.data_root {
        return deny(
            Reason::RootMismatch,
            "the request names other registrars than the card's certificate",
        );
    }
    if request.sdi.provider.root != request.data_root {
        return deny(
            Reason::RootMismatch,
            "the provider is under another data registrar than the card",
        );
    }
    check_mode(request, &card)?;
    if request.sdi.expiry < today {
        return deny(
            Reason::Expired,
            format!("the request ended on {}", request.sdi.expiry),
        );
    }
    check_consent(request, &card)
}

fn check_mode(request: &StoringRequest, card: &CardExtension<'_>) -> Check {
    let mode = request.header.mode;
    if slots(mode).is_empty() {
        return deny(
            Reason::PolicyForbids,
            format!("mode {}, {mode}, stores nothing", mode.code()),
        );
    }
    if !card.policy.allows(mode) {
        return deny(
            Reason::PolicyForbids,
            format!("the card's policy does not allow mode {}, {mode}", mode.code()),
        );
    }
    if mode == Mode::ProviderAlone && card.key_origin != KeyOrigin::Card {
        return deny(
            Reason::KeyNotOfCard,
            "the card's key was made by its issuer, who would have a say in mode 4",
        );
    }
    check_operation(mode, request.sdi.operation)
}

/// Certified data store and replace; lowering a floor takes both parties.
pub(crate) fn check_operation(mode: Mode, operation: Operation) -> Check {
    let possible = match mode {
        Mode::Registration | Mode::RegisteredIssuer => false,
        Mode::ViaIssuer | Mode::ViaProvider => true,
        Mode::ProviderAlone => operation != Operation::LowerFloor,
        Mode::CertifiedData | Mode::RegistrarCertified => {
            matches!(operation, Operation::Store | Operation::Replace)
        }
    };
    if possible {
        Ok(())
    } else {
        deny(
            Reason::WrongOperation,
            format!("mode {} cannot {operation}", mode.code()),
        )
    }
}

/// Whether the holder consented, or the policy waives it because a party was authenticated; not in modes 6 and 7.
fn check_consent(request: &StoringRequest, card: &CardExtension<'_>) -> Check {
    let certified = matches!(
        request.header.mode,
        Mode::CertifiedData | Mode::RegistrarCertified
    );
    let waived = card.policy.waives_consent() && !certified;
    if request.consent == Consent::Pin || waived {
        return Ok(());
    }
    deny(
        Reason::ConsentMissing,
        "the holder has not consented to the request",
    )
}

/// DPR under the data registrar, its holder the provider of the request, the AID one of its own; or the successor of
/// the provider of the request, who is gone, and the request is to delete.
///
/// # Errors
/// The first reason why not.
pub fn check_provider(
    request: &StoringRequest,
    dpr: &Certificate<'_>,
    data_registrar: &Registered,
    today: Date,
) -> Check {
    match dpr.extension {
        Extension::Successor(successor) => {
            data_registrar.judge(dpr, today)?;
            let provider = request.sdi.provider;
            let own = successor.predecessor == provider.name && provider.root == *data_registrar.anchor();
            check_successor(request, dpr, own)
        }
        _ => check_owner(&request.sdi, dpr, data_registrar, today),
    }
}

/// DPR under the data registrar, its holder the provider that the SDI names, the AID one of its own.
pub(crate) fn check_owner(
    sdi: &Sdi,
    dpr: &Certificate<'_>,
    data_registrar: &Registered,
    today: Date,
) -> Check {
    data_registrar.judge(dpr, today)?;
    let (provider, aid) = (sdi.provider, sdi.aid);
    if provider.root != *data_registrar.anchor() || provider.name != dpr.holder.identity() {
        return deny(
            Reason::WrongSigner,
            format!("the request is for the provider {}", provider.name),
        );
    }
    match dpr.extension {
        Extension::Provider(own) if own.allows(&aid) && !aid.is_reserved() => Ok(()),
        _ => deny(
            Reason::AidNotAllowed,
            format!("{} may not use the AID {aid}", dpr.holder),
        ),
    }
}

fn check_successor(request: &StoringRequest, dpr: &Certificate<'_>, of_this_provider: bool) -> Check {
    let beyond = |text: &str| deny(Reason::NotSuccessor, format!("{} {text}", dpr.holder));
    if !of_this_provider {
        return beyond("succeeds another provider");
    }
    if request.sdi.operation != Operation::Delete {
        return beyond("may only delete what its predecessor left");
    }
    if !matches!(request.header.mode, Mode::ViaIssuer | Mode::ViaProvider) {
        return beyond("may do nothing without the issuer");
    }
    if request.consent == Consent::Pin {
        Ok(())
    } else {
        deny(Reason::ConsentMissing, "a successor needs the holder's consent")
    }
}
