//! `symbolon issuer release`

use std::path::PathBuf;

use apdu_spec::certificate::{Mnemonic, Role};
use apdu_spec::data;
use apdu_spec::object::ProviderId;
use apdu_spec::reason::Reason;
use clap::Args;
use parties::certificate::Roots;
use parties::crypto::sha256;
use parties::decision::Decision;
use parties::file::{self, Existing};
use serde::Serialize;

use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::kind::{self, Kind};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

const STEP: &str = "release the card";
const FILE_MAX: usize = 4096;

/// Agree that another issuer takes over a card
///
/// The present issuer signs that the card may go to that issuer and to no other. The release is of no use without the
/// holder's consent, and none for the card's certificate after the next ("issuer renew --release").
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon issuer release --issuer alpenbank --card card.img --to CHNEUBANK --output release.f0")]
pub struct Release {
    /// The folder of the card's present issuer
    #[arg(long, value_name = "DIR")]
    pub issuer: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    /// Name of the issuer that may take it over
    #[arg(long, value_name = "NAME")]
    pub to: Mnemonic,
    /// First root of that issuer's registrar, unless it is the present issuer's
    #[arg(long, value_name = "FILE")]
    pub to_root: Option<PathBuf>,
    /// File to write the release to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Released {
    card: String,
    to: String,
    repeated: bool,
    written_to: String,
}

impl Release {
    /// Does it.
    ///
    /// # Errors
    /// When the card is not this issuer's, or was released to another one before.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.issuer, Role::Issuer)?;
        let issuer = party::name(&party);
        kind::spare("write the release", &self.output, Some(Kind::Object))?;
        let office = party
            .issuer(&self.secret.passphrase(&self.issuer)?)
            .doing(format!("open the key of {issuer}"))?;
        let root = match &self.to_root {
            Some(path) => {
                let encoded = file::read(path, FILE_MAX).doing("read the root")?;
                let added = Roots::new().add(&path.display().to_string(), &encoded);
                added.doing("read the root")?
            }
            None => office.issuer().identity().doing(STEP)?.root,
        };
        let to = ProviderId { root, name: self.to };
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        let point = session.public_key(apdu_spec::reference::KeyReference::Registration)?;
        let rc = session.certificate(data::CARD_CERTIFICATE)?.ok_or_else(|| {
            Failure::refused(
                STEP,
                "card",
                Reason::NotRegistered,
                "the card has no issuer yet",
                "Nothing to do: any issuer may register it.",
            )
        })?;
        let (decision, repeated) = if context.dry_run {
            let decision = office.issuer().release(&rc, &to, context.today).doing(STEP)?;
            (decision, false)
        } else {
            let answer = office.release(&rc, &to, context.today).doing(STEP)?;
            (answer.decision, answer.repeated)
        };
        let release = match decision {
            Decision::Granted(release) => release,
            Decision::Refused(no) => return Err(refusal(STEP, issuer, &no)),
        };
        if !context.dry_run {
            file::write(&self.output, &release, 0o644, Existing::Replace).doing("write the release")?;
        }
        Ok(Outcome::new(
            "issuer release",
            &Released {
                card: hex::encode(sha256(&point)),
                to: self.to.to_string(),
                repeated,
                written_to: self.output.display().to_string(),
            },
        ))
    }
}

impl Show for Released {
    fn show(&self, page: &mut Page) {
        page.done(format!("The card may go to {}.", self.to));
        page.field("card", &self.card);
        page.field("release", &self.written_to);
        page.text("Next: the holder has it take over (\"symbolon issuer renew --release\").");
    }
}
