//! Keys shared with cards: which version of which card, and never the key itself.

use apdu_spec::certificate::Certificate;
use apdu_spec::date::Date;
use apdu_spec::reason::Reason;

use super::Manner;
use crate::crypto::{Digest, sha256};
use crate::database::{Database, SharedKeyRecord};
use crate::decision::Denial;
use crate::error::{Error, Result};
use crate::shared_key::{CardKey, MasterKey};

/// How often a version may be taken by another process before this one gives up.
const ATTEMPTS: u32 = 20;

fn master(key: Option<&MasterKey>) -> Result<&MasterKey> {
    key.ok_or_else(|| Error::Unfit("the party's key for shared keys is not open".into()))
}

/// The key to authorize with, where the manner wants one.
pub(super) fn for_manner(
    key: Option<&MasterKey>,
    database: &Database,
    card: &Digest,
    manner: Manner,
) -> Result<Option<CardKey>> {
    if manner == Manner::Signature {
        return Ok(None);
    }
    let Some(record) = database.shared_key(card)? else {
        let text = "no key was made for this card yet";
        return Err(Error::Denied(Denial::new(Reason::NoSharedKey, text)));
    };
    master(key)?.card_key(card, record.version).map(Some)
}

/// Makes the next version of the key for the card with certificate `rc`, has it signed, and records what leaves.
pub(super) fn share(
    key: Option<&MasterKey>,
    database: &Database,
    rc: &[u8],
    today: Date,
    sign: impl Fn(&CardKey, u32) -> Result<Vec<u8>>,
) -> Result<Vec<u8>> {
    let master = master(key)?;
    let view = Certificate::parse(rc).map_err(Error::tlv("card's certificate"))?;
    let card = sha256(view.point);
    for _ in 0..ATTEMPTS {
        let last = database.shared_key(&card)?.map_or(0, |record| record.version);
        let version = last
            .checked_add(1)
            .ok_or_else(|| Error::Unfit("every version of this card's key is used up".into()))?;
        let record = SharedKeyRecord {
            card,
            version,
            certificate: sha256(rc),
            object: sign(&master.card_key(&card, version)?, version)?,
            day: today,
        };
        if database.record_shared_key(&record)? {
            return Ok(record.object);
        }
    }
    Err(Error::Unfit(
        "too many programs make a key for the same card at once: run it again when they are done".into(),
    ))
}
