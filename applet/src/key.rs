//! GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8, 5.2; here it makes secret keys too): the card's own keys before registration, an application's keys under
//! their rules. Private parts are made here, but for a registration key that the issuer puts, and never leave.

use apdu_spec::access::AccessMode;
use apdu_spec::certificate::KeyOrigin;
use apdu_spec::command::KeyTemplate;
use apdu_spec::package::{KeyType, KeyUsage};
use apdu_spec::reason::Reason;
use apdu_spec::reference::KeyReference;
use apdu_spec::tlv::{Tag, Writer};
use zeroize::Zeroizing;

use crate::core::{Core, KEY_RECORD};
use crate::crypto::{Crypto, PrivateKey};
use crate::error::{Error, Result};
use crate::fs::{RuleBytes, require};
use crate::layout::{self, CARD};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::{Key, Secrecy};
use crate::trust;

/// Bytes of a key's attributes before its rule.
const FIXED: usize = 3;
/// The longest attributes record.
pub(crate) const ATTRIBUTES_MAX: usize = FIXED + apdu_spec::limits::RULE_MAX;

/// What may be done with an application's key: type (1), usage (1), tries it has when all are left (1, 00: not counted), rule. Kept
/// beside the key itself, which is a secret record that appears when the key is made or loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) kind: KeyType,
    pub(crate) usage: KeyUsage,
    pub(crate) tries: u8,
    pub(crate) rules: RuleBytes,
}

impl Attributes {
    /// The fixed part; the rules follow it in the record.
    pub(crate) const fn header(&self) -> [u8; FIXED] {
        [self.kind.code(), self.usage.code(), self.tries]
    }

    fn read(record: &[u8]) -> Result<Self> {
        let (&[kind, usage, tries], rules) = record.split_first_chunk::<FIXED>().ok_or(Error::Memory)?;
        Ok(Self {
            kind: KeyType::from_code(kind).ok_or(Error::Memory)?,
            usage: KeyUsage::from_code(usage).ok_or(Error::Memory)?,
            tries,
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

/// Checks that the command may touch the key; gives its place in the store, and the attributes of an application's.
fn authorize<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    reference: KeyReference,
    template: KeyTemplate,
    make: bool,
) -> Result<(Key, Option<Attributes>)> {
    let KeyReference::Local(local) = reference else {
        if make && core.state.is_registered() {
            return Err(Error::Refused(Reason::AlreadyRegistered));
        }
        return Ok((layout::key(CARD, reference.to_byte()), None));
    };
    let df = session.active_application()?;
    let attributes = attributes(core, df, local)?.ok_or(Error::DataNotFound)?;
    let mode = if make {
        AccessMode::GENERATE
    } else {
        AccessMode::READ
    };
    require(core, session, &attributes.rules, mode)?;
    // Of a secret key there is no public part to read.
    if KeyTemplate::of(attributes.usage) != template || !make && attributes.kind != KeyType::P256 {
        return Err(Error::DataNotFound);
    }
    Ok((layout::key(df, local), Some(attributes)))
}

/// Makes a key or key pair, or reads the public point of one.
#[inline(never)]
pub(crate) fn generate<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    reference: KeyReference,
    template: KeyTemplate,
    make: bool,
    reply: &mut Writer<'_>,
) -> Result<()> {
    let (key, attributes) = authorize(core, session, reference, template, make)?;
    let kind = attributes
        .as_ref()
        .map_or(KeyType::P256, |attributes| attributes.kind);
    if make {
        let mut record = Zeroizing::new([0; KEY_RECORD]);
        let record = core.make_key(kind, &mut record)?;
        let mut change = core.begin(3, KEY_RECORD + 1)?;
        if reference == KeyReference::Registration {
            // Whoever made the key before, this one is the card's own.
            change.delete(trust::KEY_ORIGIN)?;
        }
        change.put(key, &[record], Secrecy::Secret)?;
        if let Some(tries) = attributes
            .map(|attributes| attributes.tries)
            .filter(|tries| *tries > 0)
        {
            let place = layout::key_tries(key.namespace(), reference.to_byte());
            change.put(place, &[&[tries]], Secrecy::Public)?;
        }
        change.commit()?;
        // Who showed that he has the old key has not shown that he has this one.
        session.set_authenticated(reference.to_byte(), false);
    }
    if kind != KeyType::P256 {
        return Ok(());
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
    Ok(change.put_last(trust::KEY_ORIGIN, &[&origin], Secrecy::Public)?)
}
