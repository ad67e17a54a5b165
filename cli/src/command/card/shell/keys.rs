//! Keys of the current application: made, and used to sign.

use std::path::Path;

use apdu_spec::command::KeyTemplate;
use apdu_spec::reason::Reason;
use host::card::Session;
use parties::crypto::{sha256, verifies};
use parties::file::{self, Existing};

use super::super::KeyName;
use super::super::make_key::KeyPurpose;
use super::place;
use super::state::State;
use crate::failure::{Doing, Failure, Result};
use crate::page::Page;

/// The longest file that is signed, in bytes.
const INPUT_MAX: usize = 1 << 30;

impl State {
    pub(super) fn make_key(
        &mut self,
        session: &mut Session<'_>,
        key: KeyName,
        purpose: KeyPurpose,
        page: &mut Page,
    ) -> Result<()> {
        self.enter_application(session, key)?;
        let point = session.generate_local_key(key.0, purpose.template())?;
        let shown = place::show(&self.here, &self.applications);
        page.done(format!("Key {:02X} of {shown} is made.", key.0));
        if let Some(point) = point {
            page.field("public key", hex::encode_upper(point));
            self.last.data = point.to_vec();
        }
        Ok(())
    }

    /// As `symbolon card sign`: where the key's public part may be read, the signature is verified before it is given out.
    pub(super) fn sign(
        &mut self,
        session: &mut Session<'_>,
        key: KeyName,
        input: &Path,
        output: Option<&Path>,
        page: &mut Page,
    ) -> Result<()> {
        let message = file::read(input, INPUT_MAX).doing("read what is to be signed")?;
        self.enter_application(session, key)?;
        let signature = session.sign(key.0, &sha256(&message))?;
        let verified = match session.local_public_key(key.0, KeyTemplate::Signature) {
            Ok(point) if verifies(&point, &message, &signature) => true,
            Ok(_) => {
                return Err(Failure::refused(
                    "sign",
                    "this verification",
                    Reason::BadSignature,
                    "the signature is not one by the card's key over this file",
                    "Do not rely on this card.",
                ));
            }
            Err(_) => false,
        };
        if let Some(path) = output {
            file::write(path, &signature, 0o644, Existing::Replace).doing("write the signature")?;
        }
        page.done(match verified {
            true => "The card signed it, and the signature is good.",
            false => "The card signed it; its public key may not be read here, so that the signature was not checked.",
        });
        page.field("signature", hex::encode_upper(signature));
        self.last.data = signature.to_vec();
        Ok(())
    }

    /// Selects the application whose key it is.
    fn enter_application(&self, session: &mut Session<'_>, key: KeyName) -> Result<()> {
        if self.here.aid().is_none() {
            return Err(Failure::usage(
                format!("find key {:02X}", key.0),
                "this is a key of an application, and we are in none",
                "Go there first: \"cd\" with the application's AID or label.",
            ));
        }
        Ok(session.select(&self.here).map(drop)?)
    }
}
