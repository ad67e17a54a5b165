//! Receipts: that they are the card's, and that they say what was asked for.

use apdu_spec::certificate::{Certificate, Extension, KeyOrigin};
use apdu_spec::object::{
    FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC, FLAG_RESCUE, Operation, Receipt, ReceiptContent, ReceiptOperation,
    Sdi, Signed,
};
use apdu_spec::reason::Reason;

use super::{Check, ReadRequest, card_extension};
use crate::crypto::{Digest, sha256, signed_by};
use crate::decision::deny;

/// The receipt is the card's own, and owns up to a key that the issuer made.
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
    let by_issuer = card_extension(rc)?.key_origin == KeyOrigin::Issuer;
    if by_issuer == (receipt.flags & FLAG_KEY_MADE_BY_ISSUER != 0) {
        Ok(())
    } else {
        deny(
            Reason::KeyNotOfCard,
            "receipt and card's certificate differ in who made the card's key",
        )
    }
}

/// What a receipt must say of how a request was authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Only that these certificates took part: all that a party knows who did not see the rest.
    Among(Vec<Digest>),
    /// Exactly these certificates in the order they were signed, and these flags but for the key's origin.
    Exactly(Vec<Digest>, u8),
}

impl Expected {
    /// Exactly the evidence of these signers, in order; `macs` tells whether one of the objects is a MAC.
    #[must_use]
    pub fn exactly(signers: &[Certificate<'_>], macs: bool) -> Self {
        let rescue = signers
            .iter()
            .any(|signer| matches!(signer.extension, Extension::Successor(_)));
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        Self::Exactly(
            signers.iter().map(|signer| sha256(signer.encoded)).collect(),
            flag(rescue, FLAG_RESCUE) | flag(macs, FLAG_MAC),
        )
    }
}

/// The receipt says that exactly this request was carried out, on these parties' word.
///
/// # Errors
/// The first reason why not.
pub fn check_carried_out(receipt: &Receipt, read: &ReadRequest<'_>, expected: &Expected) -> Check {
    let (request, sdi) = (&read.request, &read.request.sdi);
    let same = receipt.request == request.number
        && receipt.header.mode == request.header.mode
        && receipt.operation == ReceiptOperation::Storing(sdi.operation)
        && receipt
            .content
            .is_some_and(|content| content.storing_request == read.digest && says(&content, sdi));
    if !same {
        return deny(
            Reason::OtherRequest,
            "the receipt is of another request, application, version or package",
        );
    }
    let named = receipt.authorizers.as_slice();
    let (right, flags) = match expected {
        Expected::Among(known) => (known.iter().all(|digest| named.contains(digest)), None),
        Expected::Exactly(all, flags) => (named == all, Some(*flags)),
    };
    if !right {
        return deny(
            Reason::WrongSigner,
            "the receipt names other parties than those who authorized",
        );
    }
    match flags {
        Some(flags) if receipt.flags & !FLAG_KEY_MADE_BY_ISSUER != flags => deny(
            Reason::WrongOperation,
            "the receipt is wrong about a successor's part, or about MACs",
        ),
        _ => Ok(()),
    }
}

fn says(content: &ReceiptContent, sdi: &Sdi) -> bool {
    content.aid == sdi.aid
        && content.version == sdi.version
        && match (sdi.operation, &sdi.package) {
            (Operation::LowerFloor, _) => content.package == [0; 32],
            (_, Some(package)) => package.package == content.package,
            // The request does not name the package of what is deleted.
            (_, None) => true,
        }
}
