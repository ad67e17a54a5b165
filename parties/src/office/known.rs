//! What a party knows of a card from receipts, and what follows for a request.
//!
//! The card decides; but no party signs what it knows the card must refuse.

use apdu_spec::object::{Operation, Sdi};
use apdu_spec::reason::Reason;

use crate::crypto::Digest;
use crate::database::{Database, KnownVersion};
use crate::decision::{Denial, deny};
use crate::error::Result;

/// Whether a request can be right, by the receipts known. `own` tells whether the floor is the asking party's: an AID
/// may have had another owner before, whose floor is none of the present one's.
pub(super) fn judge(
    database: &Database,
    card: &Digest,
    sdi: &Sdi,
    own: bool,
) -> Result<std::result::Result<(), Denial>> {
    Ok(match database.known_version(card, &sdi.aid)? {
        Some(known) => compare(&known, sdi, own),
        None => Ok(()),
    })
}

fn compare(known: &KnownVersion, sdi: &Sdi, own: bool) -> std::result::Result<(), Denial> {
    let (aid, version) = (sdi.aid, known.version);
    match sdi.operation {
        Operation::Store if known.present => deny(
            Reason::AidTaken,
            format!("version {version} of {aid} is on the card"),
        ),
        Operation::Replace if known.present && sdi.version <= version => deny(
            Reason::VersionTooOld,
            format!("version {version} of {aid} is on the card"),
        ),
        Operation::Store if own && sdi.version <= version => {
            let same = sdi
                .package
                .is_some_and(|package| package.package == known.package);
            if sdi.version == version && same {
                return Ok(());
            }
            deny(
                Reason::VersionTooOld,
                format!("version {version} of {aid} was on the card before"),
            )
        }
        Operation::Delete if known.present && sdi.version != version => deny(
            Reason::NoSuchApplication,
            format!("version {version} of {aid} is on the card, not {}", sdi.version),
        ),
        Operation::LowerFloor if known.present => deny(
            Reason::AidTaken,
            format!("a floor is lowered only where the application is gone, and {aid} is on the card"),
        ),
        Operation::LowerFloor if own && sdi.version >= version => deny(
            Reason::VersionNotLower,
            format!("the floor of {aid} is {version} already"),
        ),
        Operation::Store | Operation::Replace | Operation::Delete | Operation::LowerFloor => Ok(()),
    }
}
