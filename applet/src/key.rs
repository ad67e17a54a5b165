//! GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8): the card's own keys before registration, an application's keys under
//! their rules. Private parts are made here, but for a registration key that the issuer puts, and never leave.

use apdu_spec::access::AccessMode;
use apdu_spec::certificate::KeyOrigin;
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::{Tag, Writer};

use crate::core::{Core, KEY_RECORD};
use crate::crypto::{Crypto, PrivateKey};
use crate::error::{Error, Result};
use crate::fs::{RuleBytes, require};
use crate::layout::{self, CARD};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::{Key, Secrecy};
use crate::trust;

/// Usage bit: the key signs.
const USAGE_SIGN: u8 = 0x01;
/// Usage bit: the key agrees on keys.
const USAGE_AGREE: u8 = 0x02;
/// Bytes of a key's attributes before its rule.
const FIXED: usize = 2;
/// The longest attributes record.
pub(crate) const ATTRIBUTES_MAX: usize = FIXED + apdu_spec::limits::RULE_MAX;

/// What may be done with an application's key: type (1), usage (1), rule. Kept beside the key itself, which is a secret
/// record that appears when the key is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) kind: u8,
    pub(crate) usage: u8,
    pub(crate) rules: RuleBytes,
}

impl Attributes {
    /// The fixed part; the rules follow it in the record.
    pub(crate) const fn header(&self) -> [u8; FIXED] {
        [self.kind, self.usage]
    }

    fn read(record: &[u8]) -> Result<Self> {
        let (&[kind, usage], rules) = record.split_first_chunk::<FIXED>().ok_or(Error::Memory)?;
        Ok(Self {
            kind,
            usage,
            rules: RuleBytes::from_slice(rules).map_err(|_| Error::Memory)?,
        })
    }
}

/// The attributes of an application's key.
pub(crate) fn attributes<P: Platform>(
    core: &mut Core<P>,
    df: u16,
    reference: u8,
) -> Result<Option<Attributes>> {
    let mut record = [0; ATTRIBUTES_MAX];
    core.load_checked(layout::key_attributes(df, reference), &mut record)?
        .map(Attributes::read)
        .transpose()
}

/// Checks that the command may touch the key and gives its place in the store.
fn authorize<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    reference: KeyReference,
    agreement: bool,
    make: bool,
) -> Result<Key> {
    let (namespace, usage) = match reference {
        KeyReference::Registration | KeyReference::KeyAgreement => {
            if make && core.state.is_registered() {
                return Err(Error::Refused(Reason::AlreadyRegistered));
            }
            (
                CARD,
                if reference == KeyReference::Registration {
                    USAGE_SIGN
                } else {
                    USAGE_AGREE
                },
            )
        }
        KeyReference::Local(local) => {
            let df = session.active_application()?;
            let attributes = attributes(core, df, local)?.ok_or(Error::DataNotFound)?;
            let mode = if make {
                AccessMode::GENERATE
            } else {
                AccessMode::READ
            };
            require(core, session, &attributes.rules, mode)?;
            (df, attributes.usage)
        }
    };
    let asked = if agreement { USAGE_AGREE } else { USAGE_SIGN };
    if usage & asked == 0 {
        return Err(Error::DataNotFound);
    }
    Ok(layout::key(namespace, reference.to_byte()))
}

/// Makes a key pair, or reads the public point of one.
#[inline(never)]
pub(crate) fn generate<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    reference: KeyReference,
    agreement: bool,
    make: bool,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let key = authorize(core, session, reference, agreement, make)?;
    if make {
        let record = core.make_key()?;
        let mut change = core.begin(2, KEY_RECORD)?;
        if reference == KeyReference::Registration {
            // Whoever made the key before, this one is the card's own.
            change.delete(trust::KEY_ORIGIN)?;
        }
        change.put(key, &[record.as_slice()], Secrecy::Secret)?;
        change.commit()?;
    }
    let point = core.public_point(key)?.ok_or(Error::DataNotFound)?;
    Ok(reply.nested(Tag(0x7F49), |w| w.object(Tag(0x86), &point))?)
}

/// PUT DATA 0124: takes a registration key that the issuer made. The card remembers that until it makes one itself.
pub(crate) fn put_registration<P: Platform>(core: &mut Core<P>, scalar: &[u8]) -> Result<()> {
    let private = PrivateKey(scalar.try_into().map_err(|_| Error::IncorrectData)?);
    let point = core
        .platform
        .crypto()
        .p256_public(&private)
        .map_err(|_| Error::IncorrectData)?;
    let key = layout::key(CARD, KeyReference::Registration.to_byte());
    let origin = [KeyOrigin::Issuer.code()];
    let mut change = core.begin(2, KEY_RECORD + origin.len())?;
    change.put(key, &[&private.0, &point], Secrecy::Secret)?;
    change.put(trust::KEY_ORIGIN, &[&origin], Secrecy::Public)?;
    Ok(change.commit()?)
}
