//! PINs: asking for the tries left, VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER. The last try is never spent by accident.

use std::fmt;

use apdu_spec::command::Command;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use zeroize::Zeroizing;

use super::Session;
use crate::error::{Error, Result};

/// A PIN as it was typed; wiped when dropped and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// The shortest PIN, in bytes.
    pub const MIN: usize = 4;
    /// The longest PIN, in bytes.
    pub const MAX: usize = 16;

    /// Takes a PIN over; what was given is wiped too.
    ///
    /// # Errors
    /// When it does not have 4 to 16 bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> std::result::Result<Self, InvalidPin> {
        let bytes = Zeroizing::new(bytes.into());
        if (Self::MIN..=Self::MAX).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(InvalidPin)
        }
    }

    /// The bytes as typed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(hidden)")
    }
}

/// A PIN has 4 to 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPin;

impl fmt::Display for InvalidPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a PIN has 4 to 16 characters")
    }
}

impl std::error::Error for InvalidPin {}

/// What people call a PIN.
pub(crate) fn words(reference: PinReference) -> String {
    match reference {
        PinReference::User => "user PIN".into(),
        PinReference::Consent => "consent PIN".into(),
        PinReference::Local(byte) => format!("PIN {byte:02X}"),
    }
}

/// Whether one wrong PIN may block it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastTry {
    /// Stop when one try is left.
    #[default]
    Keep,
    /// The caller was told and wants it.
    Spend,
}

/// What the card tells about a PIN without being given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    /// It is verified now.
    Verified,
    /// It waits to be verified; that many tries are left.
    TriesLeft(u8),
    /// It is a transport PIN, which must be replaced before it opens anything; that many tries are left to do so. Of an
    /// application's PINs the card tells this only when one is verified (6984).
    Transport(u8),
    /// No try is left.
    Blocked,
}

impl Session<'_> {
    /// How it stands with a PIN; spends no try. A PIN of an application needs it selected.
    ///
    /// # Errors
    /// 6A88 when there is no such PIN.
    pub fn pin_state(&mut self, reference: PinReference) -> Result<PinState> {
        match self.tries(reference)? {
            PinState::TriesLeft(tries) if self.is_transport(reference)? => Ok(PinState::Transport(tries)),
            state => Ok(state),
        }
    }

    /// As [`Self::pin_state`], but says nothing of transport PINs.
    fn tries(&mut self, reference: PinReference) -> Result<PinState> {
        self.step(format!("ask for the {}", words(reference)));
        let command = Command::Verify { reference, pin: None };
        let (status, _) = self.ask(&command)?;
        match (status, status.tries()) {
            (Status::SUCCESS, _) => Ok(PinState::Verified),
            (Status::AUTHENTICATION_BLOCKED, _) | (_, Some(0)) => Ok(PinState::Blocked),
            (_, Some(tries)) => Ok(PinState::TriesLeft(tries)),
            (status, None) => Err(self.refusal(command.name(), status)),
        }
    }

    fn is_transport(&mut self, reference: PinReference) -> Result<bool> {
        Ok(match reference {
            PinReference::User => self.status()?.transport_pins.user,
            PinReference::Consent => self.status()?.transport_pins.consent,
            PinReference::Local(_) => false,
        })
    }

    /// Verifies a PIN. A transport PIN costs no try: the card refuses it unseen.
    ///
    /// # Errors
    /// [`Error::LastTry`] before the last try is spent; 63Cx, 6983 or 6984 otherwise.
    pub fn verify_pin(&mut self, reference: PinReference, pin: &Pin, last_try: LastTry) -> Result<()> {
        let step = format!("verify the {}", words(reference));
        let command = Command::Verify {
            reference,
            pin: Some(pin.as_bytes()),
        };
        self.guard(&step, &command, reference, last_try)?;
        self.run(&command).map(drop)
    }

    /// Replaces a PIN, or a transport PIN by the first real one. The new one is not verified afterwards.
    ///
    /// # Errors
    /// As [`Self::verify_pin`] about the old PIN; 6A80 for a new PIN that the card does not take.
    pub fn change_pin(
        &mut self,
        reference: PinReference,
        old: &Pin,
        new: &Pin,
        last_try: LastTry,
    ) -> Result<()> {
        let step = format!("change the {}", words(reference));
        let mut both = Zeroizing::new(Vec::with_capacity(2 * Pin::MAX));
        both.extend_from_slice(old.as_bytes());
        both.extend_from_slice(new.as_bytes());
        let command = Command::ChangeReferenceData {
            reference,
            data: &both,
        };
        self.guard(&step, &command, reference, last_try)?;
        self.run(&command).map(drop)
    }

    /// Gives a PIN of the card all its tries back and a new value, by the unblocking code, and makes sure that it is not
    /// blocked. For the consent PIN the card drops all open requests. The card does not tell before how many tries the code
    /// has left; a wrong one tells.
    ///
    /// # Errors
    /// 63Cx for a wrong code, 6983 when it has no try left, 6A88 when the card has none.
    pub fn unblock_pin(&mut self, reference: PinReference, code: &Pin, new: &Pin) -> Result<()> {
        let step = self.step(format!("unblock the {}", words(reference)));
        let mut both = Zeroizing::new(Vec::with_capacity(2 * Pin::MAX));
        both.extend_from_slice(code.as_bytes());
        both.extend_from_slice(new.as_bytes());
        self.run(&Command::ResetRetryCounter {
            reference,
            data: &both,
        })?;
        match self.tries(reference)? {
            PinState::Blocked => Err(Error::NotAsWritten { step, position: 0 }),
            _ => Ok(()),
        }
    }

    /// Looks how many tries are left before one is spent.
    fn guard(
        &mut self,
        step: &str,
        command: &Command<'_>,
        reference: PinReference,
        last_try: LastTry,
    ) -> Result<()> {
        let state = self.tries(reference)?;
        let step = self.step(step.to_owned());
        match state {
            PinState::Blocked => Err(self.refusal(command.name(), Status::AUTHENTICATION_BLOCKED)),
            PinState::TriesLeft(1) if last_try == LastTry::Keep => Err(Error::LastTry { step, reference }),
            // Whether a verified PIN has all its tries is not told, but verifying it made them full.
            _ => Ok(()),
        }
    }
}
