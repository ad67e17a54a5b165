//! INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE with keys of an application (ISO/IEC 7816-4, 11.6.2, 11.6.4 and 11.6.5; protocols of
//! ISO/IEC 9798-3 and 9798-4). Authentication by certificate is in `trust`.
//!
//! What is signed or MACed begins with a word of its own for each command, so that no answer serves for another.

use apdu_spec::authentication::{EXTERNAL_LABEL, INTERNAL_LABEL, MUTUAL_CARD_LABEL, MUTUAL_OTHER_LABEL};
use apdu_spec::command::Purpose;
use apdu_spec::package::{KeyType, KeyUsage};
use apdu_spec::tlv::Writer;

use super::{mac, usable};
use crate::core::Core;
use crate::error::{Error, Result};
use crate::layout;
use crate::pin::spend_try;
use crate::platform::Platform;
use crate::session::Session;

/// INTERNAL AUTHENTICATE: shows whoever asks that the card has the key.
#[inline(never)]
pub(crate) fn internal<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    key: Option<u8>,
    challenge: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let reference = session.environment.key_or(key, Purpose::AuthenticateCard)?;
    let key = usable(core, session, reference, KeyUsage::INTERNAL)?;
    let parts = [INTERNAL_LABEL, challenge];
    if key.attributes.kind == KeyType::P256 {
        let digest = core.hash(&parts);
        return Ok(reply.raw(&core.sign_digest(key.place(), &digest)?)?);
    }
    Ok(reply.raw(&mac::of(core, &key, &parts)?)?)
}

/// EXTERNAL AUTHENTICATE, or MUTUAL AUTHENTICATE with the other side's challenge. A try is written down before the key is used; the
/// card's challenge is used up whatever comes of it.
#[inline(never)]
pub(crate) fn external<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    key: Option<u8>,
    random: Option<&[u8; 16]>,
    given: &[u8],
    reply: &mut Writer<'_>,
) -> Result<()> {
    let challenge = session.challenge.take();
    let reference = session.environment.key_or(key, Purpose::AuthenticateOther)?;
    session.set_authenticated(reference, false);
    let (needed, label, other) = match random {
        None => (KeyUsage::EXTERNAL, EXTERNAL_LABEL, &[][..]),
        Some(random) => (
            KeyUsage::EXTERNAL | KeyUsage::INTERNAL,
            MUTUAL_OTHER_LABEL,
            random.as_slice(),
        ),
    };
    let key = usable(core, session, reference, needed)?;
    let challenge = challenge.ok_or(Error::WrongState)?;
    // A key that was not made yet costs no try: there is nothing to guess.
    core.store.len(key.place())?.ok_or(Error::DataNotFound)?;
    let tries = layout::key_tries(key.df, reference);
    let parts = [label, challenge.as_slice(), other];
    spend_try(core, tries, &mut |core| mac::is_right(core, &key, &parts, given))?;
    core.put(tries, &[key.attributes.tries])?;
    if random.is_some() {
        let parts = [MUTUAL_CARD_LABEL, other, challenge.as_slice()];
        reply.raw(&mac::of(core, &key, &parts)?)?;
    }
    session.set_authenticated(reference, true);
    Ok(())
}
