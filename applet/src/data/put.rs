//! PUT DATA (ISO/IEC 7816-4, 11.5.5): personalisation, before registration only. SPEC.md section 5.

use apdu_spec::access::AccessRules;
use apdu_spec::certificate::Role;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;

use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::RuleBytes;
use crate::key;
use crate::layout::{self, CARD};
use crate::pin::{self, PIN_RECORD_MAX, Pin};
use crate::platform::Platform;
use crate::store::Secrecy;
use crate::trust;

/// Tries of the card's own PINs.
const TRIES: u8 = 3;
/// Tries of the unblocking code.
const UNBLOCKING_TRIES: u8 = 10;
/// The longest transport value of the card's own PINs.
const TRANSPORT_MAX: usize = 12;
/// The change of the card's own PINs is bound to knowing the old one, and to nothing else.
const CHANGE_ALWAYS: [u8; 5] = [0x80, 0x01, 0x02, 0x90, 0x00];

/// PUT DATA.
#[inline(never)]
pub(crate) fn put<P: Platform>(core: &mut Core<P>, tag: u16, value: &[u8]) -> Result<()> {
    if !data::is_writable(tag) {
        return Err(Error::DataNotFound);
    }
    if core.state.is_registered() {
        return Err(Reason::AlreadyRegistered.into());
    }
    match tag {
        data::ISSUER_REGISTRAR_ROOT => trust::root::put_first(core, Role::IssuerRegistrar, value),
        data::DATA_REGISTRAR_ROOT => trust::root::put_first(core, Role::DataRegistrar, value),
        data::CONSENT_PIN => put_pin(core, PinReference::Consent, 6, value),
        data::USER_PIN => put_pin(core, PinReference::User, 4, value),
        data::USER_INFORMATION if value.len() == 32 => core.put(layout::object(tag), value),
        data::UNBLOCKING_CODE => put_unblocking_code(core, value),
        data::REGISTRATION_KEY => key::put_registration(core, value),
        _ => Err(Error::IncorrectData),
    }
}

fn put_pin<P: Platform>(
    core: &mut Core<P>,
    reference: PinReference,
    minimum: u8,
    value: &[u8],
) -> Result<()> {
    if value.len() > TRANSPORT_MAX {
        return Err(Error::IncorrectData);
    }
    debug_assert!(AccessRules::new(&CHANGE_ALWAYS).is_ok());
    let rules = RuleBytes::from_slice(&CHANGE_ALWAYS).map_err(|_| Error::Fault)?;
    let pin = Pin::transport(minimum, TRIES, rules, value)?;
    write_pin(core, reference.to_byte(), &pin)
}

/// The code is never a PIN that somebody verifies or changes: it counts as it was put, and its rule allows nothing.
fn put_unblocking_code<P: Platform>(core: &mut Core<P>, value: &[u8]) -> Result<()> {
    let minimum = u8::try_from(limits::UNBLOCKING_CODE_MIN).map_err(|_| Error::Fault)?;
    if value.len() > limits::UNBLOCKING_CODE_MAX {
        return Err(Error::IncorrectData);
    }
    let mut code = Pin::transport(minimum, UNBLOCKING_TRIES, RuleBytes::new(), value)?;
    code.transport = false;
    write_pin(core, pin::UNBLOCKING_CODE, &code)
}

fn write_pin<P: Platform>(core: &mut Core<P>, reference: u8, pin: &Pin) -> Result<()> {
    let (record, length) = pin.record()?;
    let record = record.get(..length).ok_or(Error::Fault)?;
    let mut change = core.begin(2, PIN_RECORD_MAX + 1)?;
    change.put(layout::pin(CARD, reference), &[record], Secrecy::Secret)?;
    Ok(change.put_last(layout::tries(CARD, reference), &[&[pin.tries]], Secrecy::Public)?)
}
