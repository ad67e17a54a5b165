//! PINs: verified, changed, unblocked.

use apdu_spec::reference::PinReference;
use host::card::Session;

use super::super::unblock;
use super::grammar::Named;
use super::state::State;
use crate::failure::{Failure, Result};
use crate::page::Page;
use crate::secret::{CodeArguments, NEW_PIN_VARIABLE, NewPinArguments, PinArguments};

impl State {
    pub(super) fn verify(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        secret: &PinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let value = secret.pin(&which.name(), which.variable())?;
        self.enter(session, which.reference())?;
        session
            .verify_pin(which.reference(), &value, secret.last_try())
            .map_err(|error| last_try(error.into(), "verify"))?;
        if !self.verified.contains(&which.reference()) {
            self.verified.push(which.reference());
        }
        page.done(match which.reference() {
            PinReference::Consent => {
                "The consent PIN is right. It allows the next operation, and no other.".to_owned()
            }
            PinReference::User | PinReference::Local(_) => {
                format!("{} is right.", subject(which.reference(), which.name()))
            }
        });
        Ok(())
    }

    pub(super) fn change_pin(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        secret: &PinArguments,
        new: &NewPinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let name = which.name();
        let old = secret.pin(&format!("present {name}"), which.variable())?;
        let new = new.pin(secret.pin_stdin, &format!("new {name}"), NEW_PIN_VARIABLE)?;
        self.enter(session, which.reference())?;
        session
            .change_pin(which.reference(), &old, &new, secret.last_try())
            .map_err(|error| last_try(error.into(), "change-pin"))?;
        page.done(format!(
            "{} is changed. It is not verified.",
            subject(which.reference(), name)
        ));
        Ok(())
    }

    pub(super) fn unblock(
        &mut self,
        session: &mut Session<'_>,
        pin: &Named,
        code: &CodeArguments,
        new: &NewPinArguments,
        page: &mut Page,
    ) -> Result<()> {
        let which = pin.of(self.here.aid().copied());
        let name = which.name();
        let code_value = code.code()?;
        let new = new.pin(code.on_stdin(), &format!("new {name}"), NEW_PIN_VARIABLE)?;
        session
            .unblock_pin(which.reference(), &code_value, &new)
            .map_err(unblock::explain)?;
        page.done(format!(
            "{} is unblocked and has its new value.",
            subject(which.reference(), name)
        ));
        Ok(())
    }

    /// Selects the application whose PIN it is.
    fn enter(&self, session: &mut Session<'_>, reference: PinReference) -> Result<()> {
        match (reference, self.here.aid()) {
            (PinReference::Local(_), None) => Err(Failure::usage(
                format!("find PIN {:02X}", reference.to_byte()),
                "this is a PIN of an application, and we are in none",
                "Go there first: \"cd\" with the application's AID or label.",
            )),
            (PinReference::Local(_), Some(_)) => Ok(session.select(&self.here).map(drop)?),
            _ => Ok(()),
        }
    }
}

/// The PIN as a sentence begins with it: "PIN 81" has its own name.
fn subject(reference: PinReference, name: String) -> String {
    match reference {
        PinReference::Local(_) => name,
        PinReference::User | PinReference::Consent => format!("The {name}"),
    }
}

/// The last try is spent with --last-try only, which the failure says.
fn last_try(failure: Failure, command: &str) -> Failure {
    if failure.status.is_none() && failure.remedy.contains("--last-try") {
        return failure.with_remedy(format!(
            "Make sure the PIN is right, then type \"{command} ... --last-try\": a wrong PIN then blocks it."
        ));
    }
    if failure.status == Some(apdu_spec::status::Status::REFERENCE_DATA_NOT_USABLE) {
        return failure.with_remedy("Replace the transport PIN by one of your own first: \"change-pin\".");
    }
    if failure.status == Some(apdu_spec::status::Status::AUTHENTICATION_BLOCKED) {
        return failure.with_remedy(
            "It is blocked: \"unblock\" gives it back by the unblocking code of the issuer's letter.",
        );
    }
    failure
}
