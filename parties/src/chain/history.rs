//! One receipt after the other: numbers, digests, counters, and the certificates that a card has had.

use apdu_spec::certificate::{Certificate, Extension};
use apdu_spec::object::{FLAG_MAC, FLAG_RESCUE, NO_PREVIOUS, Receipt, ReceiptOperation};
use apdu_spec::reason::Reason;

use crate::crypto::{Digest, sha256};
use crate::decision::{Denial, deny};
use crate::evidence::{card_extension, check_receipt};
use crate::receipt::ReadReceipt;

type Judged = Result<(), Denial>;

/// A card's certificate and its issuer's.
pub(super) type Card<'a> = (Certificate<'a>, Certificate<'a>);

/// A receipt with what is known of the card that signed it.
#[derive(Clone, Copy)]
pub(super) struct Link<'a, 'b> {
    pub(super) read: ReadReceipt<'a>,
    pub(super) digest: Digest,
    /// The certificates that the receipt names, if they are here.
    pub(super) card: Option<&'b Card<'a>>,
}

impl Link<'_, '_> {
    fn receipt(&self) -> &Receipt {
        &self.read.receipt
    }

    fn is_registration(&self) -> bool {
        self.receipt().operation == ReceiptOperation::Registration
    }
}

/// The card of these certificates signed the receipt; that of a registration names who registered it.
pub(super) fn by_card(link: &Link<'_, '_>, (rc, irc): &Card<'_>) -> Judged {
    let receipt = link.receipt();
    check_receipt(&link.read.signed, receipt, rc)?;
    if !link.is_registration() {
        return Ok(());
    }
    if receipt.authorizers.as_slice().first() != Some(&sha256(irc.encoded)) {
        return deny(
            Reason::WrongSigner,
            format!("the registration names another issuer than {}", irc.holder),
        );
    }
    let rescue = matches!(irc.extension, Extension::Successor(_));
    if rescue == (receipt.flags & FLAG_RESCUE != 0) && receipt.flags & FLAG_MAC == 0 {
        return Ok(());
    }
    deny(
        Reason::WrongOperation,
        "the registration is wrong about a successor's part, or about MACs",
    )
}

/// The receipt is the one that comes after `before`, or the first.
pub(super) fn follows(link: &Link<'_, '_>, before: Option<&Link<'_, '_>>) -> Judged {
    let Some(before) = before else {
        return is_first(link);
    };
    let (receipt, earlier) = (link.receipt(), before.receipt());
    if receipt.number == earlier.number || receipt.header.previous != before.digest {
        return deny(Reason::OtherRequest, "the card signed two histories");
    }
    rises(link, before)?;
    let same = receipt.header.certificate == earlier.header.certificate;
    match (link.is_registration(), same) {
        (false, true) => Ok(()),
        (false, false) => deny(
            Reason::NotThisCard,
            "the card's certificate changed without a registration",
        ),
        (true, true) => deny(
            Reason::SerialTooOld,
            "a registration under the certificate that the card had already",
        ),
        (true, false) => match (link.card, before.card) {
            (Some(card), Some(earlier)) => registered_again(receipt, card, earlier),
            _ => Ok(()),
        },
    }
}

/// What only rises, whatever happened between an earlier receipt and this one.
pub(super) fn rises(link: &Link<'_, '_>, before: &Link<'_, '_>) -> Judged {
    let (receipt, earlier) = (link.receipt(), before.receipt());
    if receipt.content_counter < earlier.content_counter || receipt.date < earlier.date {
        return deny(
            Reason::OtherRequest,
            "the card's content counter or its date went back",
        );
    }
    if let (Some((now, _)), Some((then, _))) = (link.card, before.card)
        && card_extension(now)?.serial < card_extension(then)?.serial
    {
        return deny(
            Reason::SerialTooOld,
            "the card went back to an earlier certificate",
        );
    }
    Ok(())
}

fn is_first(link: &Link<'_, '_>) -> Judged {
    let receipt = link.receipt();
    if receipt.header.previous != NO_PREVIOUS {
        return deny(Reason::OtherRequest, "the first receipt follows another one");
    }
    if !link.is_registration()
        || receipt.authorizers.as_slice().len() != 1
        || receipt.flags & FLAG_RESCUE != 0
    {
        return deny(
            Reason::WrongOperation,
            "the first receipt is not of a first registration",
        );
    }
    Ok(())
}

/// The later certificate replaced the earlier one: its serial is above, and where the issuer is another one, the old one
/// let the card go, or the new one is the successor of one that is gone.
fn registered_again(receipt: &Receipt, (rc, irc): &Card<'_>, (old_rc, old_irc): &Card<'_>) -> Judged {
    if card_extension(rc)?.serial <= card_extension(old_rc)?.serial {
        return deny(
            Reason::SerialTooOld,
            "the card went back to an earlier certificate",
        );
    }
    let (now, then) = (irc.holder.identity(), old_irc.holder.identity());
    let mut expected = vec![sha256(irc.encoded)];
    match irc.extension {
        Extension::Successor(successor) if successor.predecessor != then => {
            return deny(Reason::NotSuccessor, format!("{now} does not succeed {then}"));
        }
        Extension::Successor(_) => {}
        _ if now != then => expected.push(sha256(old_irc.encoded)),
        _ => {}
    }
    if receipt.authorizers.as_slice() == expected {
        return Ok(());
    }
    deny(
        Reason::NotReleased,
        format!("the card came from {then} to {now} by others than these"),
    )
}
