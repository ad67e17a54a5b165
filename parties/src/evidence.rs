//! What a storing request stands on, checked step by step: card, issuer, request, first signature.
//!
//! SPEC.md section 4, mode 2. What belongs here: checks that issuer, provider and whoever reads an approval file have
//! in common; each is pure and says what is wrong. What does not: signing, and what a party knows besides.

use apdu_spec::certificate::{CardExtension, Certificate, Extension, Role};
use apdu_spec::date::Date;
use apdu_spec::object::{
    COMPARISON_PREFIX, Consent, Header, Mode, Receipt, ReceiptOperation, Signed, StoringRequest,
    comparison_code,
};
use apdu_spec::reason::Reason;

use crate::certificate::{check, check_dates};
use crate::crypto::{Digest, sha256, sha256_of, signed_by};
use crate::decision::{Denial, deny};
use crate::error::{Error, Result};

type Check<T = ()> = std::result::Result<T, Denial>;

/// The comparison code of a storing request (F0), `XXXX-XXXX`.
#[must_use]
pub fn comparison(request: &[u8]) -> String {
    let code = comparison_code(&sha256_of(&[COMPARISON_PREFIX, request]));
    code.iter().copied().map(char::from).collect()
}

/// A storing request as it was received: readable, nothing more.
#[derive(Clone, Copy, Debug)]
pub struct ReadRequest<'a> {
    /// The signed object.
    pub signed: Signed<'a>,
    /// What it says.
    pub request: StoringRequest,
    /// SHA-256 of it.
    pub digest: Digest,
}

impl<'a> ReadRequest<'a> {
    /// Reads an SR, F0.
    ///
    /// # Errors
    /// [`Error::Input`].
    pub fn parse(encoded: &'a [u8]) -> Result<Self> {
        let malformed = Error::tlv("storing request");
        let signed = Signed::parse(encoded).map_err(malformed)?;
        let request = signed.storing_request().map_err(malformed)?;
        Ok(Self {
            signed,
            request,
            digest: sha256(encoded),
        })
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

/// IRC under a trusted root, RC under IRC, and both name the same registrars.
///
/// # Errors
/// The first reason why not.
pub fn check_card<'a>(
    rc: &Certificate<'a>,
    irc: &Certificate<'_>,
    issuer_root: &Certificate<'_>,
    today: Date,
) -> Check<CardExtension<'a>> {
    check_dates(issuer_root, today)?;
    check(irc, issuer_root, today)?;
    check(rc, irc, today)?;
    let card = card_extension(rc)?;
    if *card.issuer_root != sha256(issuer_root.encoded) {
        return deny(
            Reason::RootMismatch,
            "the card is under another issuer registrar than its issuer",
        );
    }
    match irc.extension {
        Extension::Issuer(issuer) if issuer.allows(card.data_root) => Ok(card),
        _ => deny(
            Reason::RootMismatch,
            "the issuer may not bind the card's data registrar",
        ),
    }
}

/// The request is the card's own, for a mode that its policy allows, with consent, and not past its date.
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
    if request.header.mode != Mode::ViaIssuer {
        return deny(
            Reason::PolicyForbids,
            format!("mode {} is not served here", request.header.mode.code()),
        );
    }
    if !card.policy.allows(request.header.mode) {
        return deny(
            Reason::PolicyForbids,
            "the card's policy does not allow storing via the issuer",
        );
    }
    if request.sdi.expiry < today {
        return deny(
            Reason::Expired,
            format!("the request ended on {}", request.sdi.expiry),
        );
    }
    if request.consent != Consent::Pin {
        return deny(
            Reason::ConsentMissing,
            "the holder has not consented to the request",
        );
    }
    Ok(())
}

/// A header says that the holder of `certificate`, in `role`, signed after the object with digest `previous`.
fn check_header(
    header: &Header,
    mode: Mode,
    role: Role,
    certificate: &Certificate<'_>,
    previous: &Digest,
) -> Check {
    if header.role != role || certificate.role != role {
        return deny(
            Reason::WrongRole,
            format!("signed as {}, not as {role}", header.role),
        );
    }
    if header.mode != mode {
        return deny(
            Reason::WrongRole,
            format!("signed for mode {}, not {}", header.mode.code(), mode.code()),
        );
    }
    if header.certificate != sha256(certificate.encoded) {
        return deny(
            Reason::WrongSigner,
            format!("signed under another certificate than {}", certificate.holder),
        );
    }
    if header.previous != *previous {
        return deny(Reason::OtherRequest, "signed over another object");
    }
    if !certificate.rights.allows(mode) {
        return deny(
            Reason::CertificateRole,
            format!("{} has no right to mode {}", certificate.holder, mode.code()),
        );
    }
    Ok(())
}

/// The issuer agreed to this very request of this very card.
///
/// # Errors
/// The first reason why not.
pub fn check_first(
    read: &ReadRequest<'_>,
    sar: &Signed<'_>,
    rc: &Certificate<'_>,
    irc: &Certificate<'_>,
) -> Check {
    let Ok(first) = sar.first_authorization() else {
        return deny(Reason::OtherRequest, "not a first authorization");
    };
    check_header(
        &first.header,
        read.request.header.mode,
        Role::Issuer,
        irc,
        &read.digest,
    )?;
    if first.card_certificate != sha256(rc.encoded) {
        return deny(
            Reason::NotThisCard,
            "the issuer's authorization is for another card's certificate",
        );
    }
    if !signed_by(irc.point, sar) {
        return deny(
            Reason::BadSignature,
            "the issuer's authorization is not signed by the issuer",
        );
    }
    Ok(())
}

/// The provider agreed to what the issuer agreed to.
///
/// # Errors
/// The first reason why not.
pub fn check_second(
    read: &ReadRequest<'_>,
    sar: &Signed<'_>,
    sa: &Signed<'_>,
    dpr: &Certificate<'_>,
) -> Check {
    let Ok(second) = sa.second_authorization() else {
        return deny(Reason::OtherRequest, "not a second authorization");
    };
    check_header(
        &second.header,
        read.request.header.mode,
        Role::Provider,
        dpr,
        &sha256(sar.encoded),
    )?;
    if !signed_by(dpr.point, sa) {
        return deny(
            Reason::BadSignature,
            "the provider's authorization is not signed by the provider",
        );
    }
    Ok(())
}

/// DPR under the data registrar's root, its holder the provider of the request, the AID one of its own.
///
/// # Errors
/// The first reason why not.
pub fn check_provider(
    request: &StoringRequest,
    dpr: &Certificate<'_>,
    data_root: &Certificate<'_>,
    today: Date,
) -> Check {
    check_dates(data_root, today)?;
    check(dpr, data_root, today)?;
    let provider = request.sdi.provider;
    if provider.name != dpr.holder.identity() || provider.root != sha256(data_root.encoded) {
        return deny(
            Reason::WrongSigner,
            format!("the request is for the provider {}", provider.name),
        );
    }
    let aid = request.sdi.aid;
    match dpr.extension {
        Extension::Provider(own) if own.allows(&aid) && !aid.is_reserved() => Ok(()),
        _ => deny(
            Reason::AidNotAllowed,
            format!("{} may not use the AID {aid}", dpr.holder),
        ),
    }
}

/// The receipt is the card's own.
///
/// # Errors
/// The first reason why not.
pub fn check_receipt(signed: &Signed<'_>, receipt: &Receipt, rc: &Certificate<'_>) -> Check {
    if receipt.header.certificate != sha256(rc.encoded) {
        return deny(
            Reason::NotThisCard,
            "the receipt is not of the card with this certificate",
        );
    }
    if !signed_by(rc.point, signed) {
        return deny(Reason::BadSignature, "the receipt is not signed by the card");
    }
    Ok(())
}

/// The receipt says that exactly this request was carried out, on these parties' word.
///
/// # Errors
/// The first reason why not.
pub fn check_carried_out(receipt: &Receipt, request: &StoringRequest, authorizers: &[Digest]) -> Check {
    let sdi = &request.sdi;
    let same = receipt.request == request.number
        && receipt.header.mode == request.header.mode
        && receipt.operation == ReceiptOperation::Storing(sdi.operation)
        && receipt.content.is_some_and(|content| {
            content.aid == sdi.aid
                && content.version == sdi.version
                && sdi
                    .package
                    .is_none_or(|package| package.package == content.package)
        });
    if !same {
        return deny(
            Reason::OtherRequest,
            "the receipt is of another request, application, version or package",
        );
    }
    if !authorizers
        .iter()
        .all(|digest| receipt.authorizers.as_slice().contains(digest))
    {
        return deny(
            Reason::WrongSigner,
            "the receipt names other parties than those who authorized",
        );
    }
    Ok(())
}
