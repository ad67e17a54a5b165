//! What the card's receipt has to be, before it is in the approval file.

use apdu_spec::certificate::{Certificate, Role};
use apdu_spec::object::Signed;
use parties::approval::Approval;
use parties::evidence::{Expected, ReadRequest, Slot, slots};
use parties::receipt::ReadReceipt;

use crate::context::Context;
use crate::failure::{Doing, Failure, Result};

/// Checks that the card of the approval signed the receipt, and for what was agreed; gives its number.
pub(super) fn check(approval: &Approval, receipt: &[u8], context: &Context) -> Result<u32> {
    let step = "verify the card's receipt";
    let malformed = |name: &str, error: apdu_spec::tlv::Error| {
        Failure::usage(step, format!("{name}: {error}"), "Get the file again.")
    };
    let certificate = |encoded| {
        Certificate::parse(encoded).map_err(|error| malformed("a certificate in the approval", error))
    };
    let read = ReadReceipt::parse(receipt).doing(step)?;
    let rc = certificate(approval.card_certificate())?;
    let request = ReadRequest::parse(approval.request()).doing(step)?;
    let signer = |slot: &Slot| {
        certificate(match slot.role {
            Role::Issuer => approval.issuer_certificate(),
            Role::DataCertifier => approval.certifier_certificate().unwrap_or_default(),
            _ => approval.provider_certificate().unwrap_or_default(),
        })
    };
    let slots = slots(request.request.header.mode);
    let signers = slots.iter().map(signer).collect::<Result<Vec<_>>>()?;
    let is_mac = |object| Signed::parse(object).is_ok_and(|signed| signed.proof.signature().is_none());
    let expected = Expected::exactly(&signers, approval.evidence().any(is_mac));
    match read.verify(&rc, Some((&request, &expected)), context.today) {
        Ok(_) => Ok(read.receipt.number),
        Err(denial) => {
            let remedy = "Do not trust this card; if it is a symbolon card, report this.";
            Err(Failure::refused(
                step,
                "this verification",
                denial.reason,
                denial.text,
                remedy,
            ))
        }
    }
}
