//! VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (ISO/IEC 7816-4, 11.6.6, 11.6.7 and 11.6.10).
//!
//! A try is written down before the PIN is compared, so that no power cut gives it back; the compare takes the same time
//! whatever the bytes. A PIN and its tries are two records: the value is a secret and rarely changes.

use apdu_spec::access::AccessMode;
use apdu_spec::reference::PinReference;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::content::request::Retiring;
use crate::core::Core;
use crate::error::{Error, Result};
use crate::fs::{RuleBytes, require};
use crate::layout::{self, CARD};
use crate::platform::Platform;
use crate::session::Session;
use crate::store::{Key, Secrecy};

/// Reference of the unblocking code, which no command but RESET RETRY COUNTER compares.
pub(crate) const UNBLOCKING_CODE: u8 = 0x03;
/// The longest PIN.
pub(crate) const PIN_MAX: usize = 16;
/// Minimum, tries, transport flag, rule length, value length.
const FIXED: usize = 5;
/// The longest PIN record.
pub(crate) const PIN_RECORD_MAX: usize = FIXED + apdu_spec::limits::RULE_MAX + PIN_MAX;

/// A PIN as it is stored: minimum length (1), tries (1), transport flag (1), rule length (1), value length (1), rule for
/// changing it, value padded with zeros to 16 bytes.
pub(crate) struct Pin {
    pub(crate) minimum: u8,
    pub(crate) tries: u8,
    pub(crate) transport: bool,
    pub(crate) rules: RuleBytes,
    length: u8,
    value: Zeroizing<[u8; PIN_MAX]>,
}

/// The bytes of a PIN record.
pub(crate) type PinRecord = Zeroizing<[u8; PIN_RECORD_MAX]>;

impl Pin {
    /// A PIN with a transport value.
    pub(crate) fn transport(minimum: u8, tries: u8, rules: RuleBytes, value: &[u8]) -> Result<Self> {
        let mut pin = Self {
            minimum,
            tries,
            transport: true,
            rules,
            length: 0,
            value: Zeroizing::default(),
        };
        pin.set(value)?;
        Ok(pin)
    }

    fn set(&mut self, value: &[u8]) -> Result<()> {
        if value.len() < usize::from(self.minimum) {
            return Err(Error::IncorrectData);
        }
        self.length = u8::try_from(value.len()).map_err(|_| Error::IncorrectData)?;
        self.value.fill(0);
        self.value
            .get_mut(..value.len())
            .ok_or(Error::IncorrectData)?
            .copy_from_slice(value);
        Ok(())
    }

    /// Sets a PIN of the holder's own. A transport PIN must not stay what everybody knows.
    fn replace(&mut self, value: &[u8]) -> Result<()> {
        if self.transport && self.matches(value) {
            return Err(Error::IncorrectData);
        }
        self.transport = false;
        self.set(value)
    }

    /// The record's bytes and how many of them count.
    pub(crate) fn record(&self) -> Result<(PinRecord, usize)> {
        let mut record = PinRecord::new([0; PIN_RECORD_MAX]);
        let rule_length = u8::try_from(self.rules.len()).map_err(|_| Error::Fault)?;
        let fixed = [
            self.minimum,
            self.tries,
            u8::from(self.transport),
            rule_length,
            self.length,
        ];
        let mut length = 0;
        for part in [&fixed[..], &self.rules, self.value.as_slice()] {
            record
                .get_mut(length..length + part.len())
                .ok_or(Error::Fault)?
                .copy_from_slice(part);
            length += part.len();
        }
        Ok((record, length))
    }

    /// Takes over what a replacement says, which is known to loosen nothing.
    pub(crate) fn tighten(&mut self, minimum: u8, tries: u8, rules: RuleBytes) {
        (self.minimum, self.tries, self.rules) = (minimum, tries, rules);
    }

    pub(crate) fn read(record: &[u8]) -> Option<Self> {
        let (&[minimum, tries, transport, rule_length, length], rest) =
            record.split_first_chunk::<FIXED>()?;
        let (rules, value) = rest.split_at_checked(usize::from(rule_length))?;
        let mut pin = Self {
            minimum,
            tries,
            transport: transport != 0,
            rules: RuleBytes::from_slice(rules).ok()?,
            length,
            value: Zeroizing::default(),
        };
        pin.value.copy_from_slice(value.first_chunk::<PIN_MAX>()?);
        Some(pin)
    }

    /// Whether `candidate` is the PIN; time depends on neither.
    fn matches(&self, candidate: &[u8]) -> bool {
        let mut padded = Zeroizing::new([0; PIN_MAX]);
        let fits = candidate.len() <= PIN_MAX;
        for (to, from) in padded.iter_mut().zip(candidate) {
            *to = *from;
        }
        let length = u8::try_from(candidate.len()).unwrap_or(u8::MAX);
        bool::from(padded.as_slice().ct_eq(self.value.as_slice()) & length.ct_eq(&self.length)) && fits
    }
}

/// In which namespace the PIN of a reference lies now.
fn namespace(session: &Session, reference: PinReference) -> Result<u16> {
    match reference {
        PinReference::User | PinReference::Consent => Ok(CARD),
        PinReference::Local(_) => session.active_application(),
    }
}

/// Reads a PIN.
pub(crate) fn load<P: Platform>(core: &mut Core<P>, key: Key) -> Result<Pin> {
    let mut record = PinRecord::new([0; PIN_RECORD_MAX]);
    let bytes = core
        .load_checked(key, record.as_mut_slice())?
        .ok_or(Error::DataNotFound)?;
    Pin::read(bytes).ok_or(Error::Memory)
}

/// Whether a PIN of the card still has its transport value; a card that has none yet says no.
pub(crate) fn is_transport<P: Platform>(core: &mut Core<P>, reference: PinReference) -> Result<bool> {
    match load(core, layout::pin(CARD, reference.to_byte())) {
        Ok(pin) => Ok(pin.transport),
        Err(Error::DataNotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn read_tries<P: Platform>(core: &mut Core<P>, key: Key) -> Result<u8> {
    let mut record = [0; 1];
    let bytes = core.load_checked(key, &mut record)?.ok_or(Error::DataNotFound)?;
    bytes.first().copied().ok_or(Error::Memory)
}

/// Compares a candidate with a PIN, code or key, having written down the try.
pub(crate) fn spend_try<P: Platform>(
    core: &mut Core<P>,
    tries: Key,
    matches: &mut dyn FnMut(&mut Core<P>) -> Result<bool>,
) -> Result<()> {
    let left = read_tries(core, tries)?;
    let Some(after) = left.checked_sub(1) else {
        return Err(Error::Blocked);
    };
    core.put(tries, &[after])?;
    // Compared twice: one skipped instruction must not be enough.
    if !matches(core)? || !matches(core)? {
        return Err(if after == 0 {
            Error::Blocked
        } else {
            Error::WrongPin(after)
        });
    }
    Ok(())
}

/// VERIFY; without data it tells the tries left, of a transport PIN too, or that the PIN is verified.
pub(crate) fn verify<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    reference: PinReference,
    candidate: Option<&[u8]>,
) -> Result<()> {
    let namespace = namespace(session, reference)?;
    let pin = load(core, layout::pin(namespace, reference.to_byte()))?;
    let Some(candidate) = candidate else {
        return status(core, session, namespace, reference);
    };
    session.set_verified(reference, false);
    if pin.transport {
        return Err(Error::TransportPin);
    }
    let tries = layout::tries(namespace, reference.to_byte());
    spend_try(core, tries, &mut |_| Ok(pin.matches(candidate)))?;
    core.put(tries, &[pin.tries])?;
    session.set_verified(reference, true);
    Ok(())
}

fn status<P: Platform>(
    core: &mut Core<P>,
    session: &Session,
    namespace: u16,
    reference: PinReference,
) -> Result<()> {
    let left = read_tries(core, layout::tries(namespace, reference.to_byte()))?;
    match left {
        0 => Err(Error::Blocked),
        _ if session.is_verified(reference) => Ok(()),
        left => Err(Error::WrongPin(left)),
    }
}

/// CHANGE REFERENCE DATA: `data` is the old PIN and the new one, one behind the other; the card knows where the old one ends.
pub(crate) fn change<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    reference: PinReference,
    data: &[u8],
) -> Result<()> {
    let namespace = namespace(session, reference)?;
    let key = layout::pin(namespace, reference.to_byte());
    let mut pin = load(core, key)?;
    if !pin.transport {
        require(core, session, &pin.rules, AccessMode::CHANGE)?;
    }
    session.set_verified(reference, false);
    // Data too short for old and new is a wrong try like any other; an own status word would tell the PIN's length.
    let old = data
        .get(..data.len().min(usize::from(pin.length)))
        .unwrap_or_default();
    let tries = layout::tries(namespace, reference.to_byte());
    spend_try(core, tries, &mut |_| Ok(pin.matches(old)))?;
    core.put(tries, &[pin.tries])?;
    let new = data.get(old.len()..).unwrap_or_default();
    // Only who knew the old PIN comes here.
    pin.replace(new)?;
    let (record, length) = pin.record()?;
    Ok(core
        .store
        .put(key, &[record.get(..length).ok_or(Error::Fault)?], Secrecy::Secret)?)
}

/// RESET RETRY COUNTER (ISO/IEC 7816-4, 11.6.10): `data` is the unblocking code and the new PIN, one behind the other; the card knows
/// where the code ends.
pub(crate) fn reset<P: Platform>(
    core: &mut Core<P>,
    session: &mut Session,
    reference: PinReference,
    data: &[u8],
) -> Result<()> {
    let key = layout::pin(namespace(session, reference)?, reference.to_byte());
    let code = load(core, layout::pin(CARD, UNBLOCKING_CODE))?;
    let mut pin = load(core, key)?;
    session.set_verified(reference, false);
    let (given, new) = data
        .split_at_checked(usize::from(code.length))
        .unwrap_or((data, &[]));
    let code_tries = layout::tries(CARD, UNBLOCKING_CODE);
    spend_try(core, code_tries, &mut |_| Ok(code.matches(given)))?;
    // Only who knew the code comes here: what the PIN must be like is told to nobody else.
    if let Err(error) = pin.replace(new) {
        core.put(code_tries, &[code.tries])?;
        return Err(error);
    }
    let (record, length) = pin.record()?;
    let record = record.get(..length).ok_or(Error::Fault)?;
    // Whoever got hold of the card meanwhile may have asked for something in the holder's name.
    let requests = match reference {
        PinReference::Consent => Retiring::all(core)?,
        PinReference::User | PinReference::Local(_) => Retiring::default(),
    };
    let mut change = core.begin_removal(requests.records + 3, PIN_RECORD_MAX + 2)?;
    change.put(key, &[record], Secrecy::Secret)?;
    change.put(
        layout::tries(CARD, reference.to_byte()),
        &[&[pin.tries]],
        Secrecy::Public,
    )?;
    change.put(code_tries, &[&[code.tries]], Secrecy::Public)?;
    requests.delete::<P>(&mut change)?;
    Ok(change.commit()?)
}
