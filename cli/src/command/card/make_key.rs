//! `symbolon card make-key`

use apdu_spec::aid::Aid;
use apdu_spec::command::KeyTemplate;
use clap::{Args, ValueEnum};
use host::card::FilePath;
use serde::Serialize;

use super::{FilePin, KeyName, PinName};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::PinArguments;

/// Have the card make a key of an application
///
/// The key never leaves the card; of a key pair the public part is shown. A key that was there before is gone. Which keys an
/// application has, and who may make them, its package says: "symbolon package show".
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card make-key F04E4F544553 81 --for signatures --pin user --card card.img")]
pub struct MakeKey {
    /// The application
    #[arg(value_name = "AID")]
    pub application: Aid,
    /// The key: 81 to 8F
    #[arg(value_name = "KEY")]
    pub key: KeyName,
    #[command(flatten)]
    card: CardArguments,
    /// What the key is for
    #[arg(long = "for", value_enum, default_value_t = KeyPurpose::Signatures)]
    purpose: KeyPurpose,
    /// Verify this PIN first: user, or 81 to 8F for one of the application
    #[arg(long, value_name = "PIN")]
    pin: Option<PinName>,
    #[command(flatten)]
    secret: PinArguments,
}

/// What a key is for, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyPurpose {
    /// Signing
    Signatures,
    /// Agreeing on secrets
    Agreement,
    /// Showing that the card is there
    Authentication,
    /// Enciphering and deciphering
    Cipher,
    /// Computing and verifying MACs
    Mac,
}

impl KeyPurpose {
    pub(super) const fn template(self) -> KeyTemplate {
        match self {
            Self::Signatures => KeyTemplate::Signature,
            Self::Agreement => KeyTemplate::Agreement,
            Self::Authentication => KeyTemplate::Authentication,
            Self::Cipher => KeyTemplate::Cipher,
            Self::Mac => KeyTemplate::Mac,
        }
    }
}

#[derive(Serialize)]
struct Made {
    application: String,
    key: String,
    made: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
}

impl MakeKey {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such key, or its rule forbids it.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let path = FilePath::application(self.application);
        let pin = FilePin::new(self.pin, &path, &self.secret, context)?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        pin.verify(&mut session, &self.secret)?;
        session.select(&path)?;
        let point = match context.dry_run {
            true => None,
            false => session.generate_local_key(self.key.0, self.purpose.template())?,
        };
        let made = Made {
            application: self.application.to_string(),
            key: format!("{:02X}", self.key.0),
            made: !context.dry_run,
            public_key: point.map(hex::encode_upper),
        };
        Ok(Outcome::new("card make-key", &made))
    }
}

impl Show for Made {
    fn show(&self, page: &mut Page) {
        let verb = if self.made { "is" } else { "would be" };
        page.done(format!("Key {} of {} {verb} made.", self.key, self.application));
        if let Some(public_key) = &self.public_key {
            page.field("public key", public_key);
        }
    }
}
