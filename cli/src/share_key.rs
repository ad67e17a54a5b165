//! Keys that an issuer or a provider shares with a card, for MACs: onto the card, or into an approval file.

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Role;
use apdu_spec::object::{SharedKey, Signed};
use apdu_spec::reference::PinReference;
use clap::Args;
use parties::file::Existing;
use serde::Serialize;

use crate::card::{self, CardArguments};
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::Show;
use crate::page::Page;
use crate::party::{self, Office, Opening};
use crate::secret::{CONSENT_PIN_VARIABLE, PassphraseArguments, PinArguments};

const STEP: &str = "share a key with the card";

/// Where the key goes, and who agrees.
#[derive(Args, Clone, Debug)]
pub struct ShareArguments {
    #[command(flatten)]
    card: CardArguments,
    /// Put the sealed key into this approval file instead: "approval apply" gives it to the card
    #[arg(long, value_name = "FILE", conflicts_with_all = ["card", "reader", "tcp"])]
    approval: Option<PathBuf>,
    #[command(flatten)]
    secret: PassphraseArguments,
    #[command(flatten)]
    pin: PinArguments,
}

/// A key that is shared now.
#[derive(Serialize)]
pub struct Shared {
    party: String,
    /// The card, hexadecimal.
    card: String,
    /// Version of the key; none of a dry run.
    version: Option<u32>,
    approval: Option<String>,
}

impl ShareArguments {
    /// Has the party in `folder` make the next version of its key for the card.
    ///
    /// # Errors
    /// When the card's policy has no MACs, the party does not know the card, or the holder does not consent.
    pub fn share(&self, folder: &Path, role: Role, context: &Context) -> Result<Shared> {
        let party = party::open_role(folder, role)?;
        let name = party::name(&party);
        if let Some(path) = &self.approval {
            let mut approval = kind::approval(path)?;
            let card = hex::encode(approval.storing_request().doing(STEP)?.card);
            let version = if context.dry_run {
                None
            } else {
                of_use(approval.card_certificate(), &name)?;
                let office = self.open(party, folder)?;
                let (rc, irc) = (approval.card_certificate(), approval.issuer_certificate());
                let object = seal(&office, &name, rc, irc, context)?;
                approval.add_shared_key(&object).doing(STEP)?;
                let written = approval.write(path, Existing::Replace);
                written.doing("write the approval file")?;
                Some(version(&object)?)
            };
            return Ok(Shared {
                party: name,
                card,
                version,
                approval: Some(path.display().to_string()),
            });
        }
        let mut card = self.card.open(context)?;
        let (rc, irc, point) = {
            let mut session = card.begin()?;
            let (rc, irc) = card::certificates(&mut session, STEP)?;
            let point = session.public_key(apdu_spec::reference::KeyReference::Registration)?;
            (rc, irc, point)
        };
        let mut number = None;
        if !context.dry_run {
            of_use(&rc, &name)?;
            let office = self.open(party, folder)?;
            let pin = self.pin.pin("consent PIN", CONSENT_PIN_VARIABLE)?;
            let object = seal(&office, &name, &rc, &irc, context)?;
            let mut session = card.begin()?;
            if let Office::Provider(office) = &office {
                session.verify_certificate(office.provider().certificate().encoded())?;
            }
            session.verify_pin(PinReference::Consent, &pin, self.pin.last_try())?;
            session.load_shared_key(&object)?;
            number = Some(version(&object)?);
        }
        Ok(Shared {
            party: name,
            card: hex::encode(parties::crypto::sha256(&point)),
            version: number,
            approval: None,
        })
    }

    fn open(&self, party: parties::party::Party, folder: &Path) -> Result<Office> {
        let opening = Opening {
            master_key: true,
            ..Opening::default()
        };
        Office::open(party, &self.secret.passphrase(folder)?, opening)
    }
}

/// Found out before anybody is asked for a passphrase or PIN.
fn of_use(rc: &[u8], party: &str) -> Result<()> {
    let useful = parties::issuer::takes_macs(rc);
    useful.doing(STEP).map_err(|failure| failure.by(party))
}

fn seal(office: &Office, party: &str, rc: &[u8], irc: &[u8], context: &Context) -> Result<Vec<u8>> {
    let sealed = match office {
        Office::Issuer(office) => office.share_key(rc, context.today),
        Office::Provider(office) => office.share_key(rc, irc, context.today),
        Office::Certifier(_) => Err(parties::Error::Unfit(
            "a data certifier shares no key with cards".into(),
        )),
    };
    // The card was not asked yet: whatever is wrong, this party says it.
    sealed.doing(STEP).map_err(|failure| failure.by(party))
}

fn version(object: &[u8]) -> Result<u32> {
    Signed::parse(object)
        .and_then(|signed| signed.read::<SharedKey<'_>>())
        .map(|key| key.version)
        .map_err(|error| Failure::internal(STEP, format!("the sealed key: {error}")))
}

impl Show for Shared {
    fn show(&self, page: &mut Page) {
        page.done(match (self.version, &self.approval) {
            (None, _) => format!("The {} would share a key with the card.", self.party),
            (Some(version), None) => {
                format!("The {} shares key version {version} with the card.", self.party)
            }
            (Some(version), Some(file)) => {
                format!("Key version {version} of the {} is sealed in {file}.", self.party)
            }
        });
        page.field("card", &self.card);
    }
}
