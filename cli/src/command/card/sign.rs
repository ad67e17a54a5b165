//! `symbolon card sign`

use std::path::PathBuf;

use apdu_spec::aid::Aid;
use apdu_spec::command::KeyTemplate;
use apdu_spec::reason::Reason;
use clap::Args;
use host::card::FilePath;
use parties::crypto::{sha256, verifies};
use parties::file::{self, Existing};
use serde::Serialize;

use super::{FilePin, KeyName, PinName};
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::secret::PinArguments;

/// The longest file that is signed, in bytes.
const INPUT_MAX: usize = 1 << 30;

/// Have the card sign a file with a key of an application
///
/// The file is hashed here (SHA-256) and the card signs the digest: ECDSA on P-256, r and s of 32 bytes each. Where the key's public
/// part may be read, the signature is verified with it before it is given out.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card sign F04E4F544553 81 contract.pdf --pin user --card card.img --output contract.sig")]
pub struct Sign {
    /// The application
    #[arg(value_name = "AID")]
    pub application: Aid,
    /// The key: 81 to 8F
    #[arg(value_name = "KEY")]
    pub key: KeyName,
    /// What is signed
    #[arg(value_name = "FILE")]
    pub input: PathBuf,
    #[command(flatten)]
    card: CardArguments,
    /// Write the signature to this file: 64 bytes
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Verify this PIN first: user, or 81 to 8F for one of the application
    #[arg(long, value_name = "PIN")]
    pin: Option<PinName>,
    #[command(flatten)]
    secret: PinArguments,
}

#[derive(Serialize)]
struct Signed {
    application: String,
    key: String,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    written_to: Option<String>,
}

impl Sign {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such key, its rule forbids it, or the signature is not one by the key.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        if let Some(path) = &self.output {
            kind::spare("write the signature", path, None)?;
        }
        let message = file::read(&self.input, INPUT_MAX).doing("read what is to be signed")?;
        let digest = sha256(&message);
        let path = FilePath::application(self.application);
        let pin = FilePin::new(self.pin, &path, &self.secret, context)?;
        let mut card = self.card.open(context)?;
        let mut session = card.begin()?;
        pin.verify(&mut session, &self.secret)?;
        session.select(&path)?;
        let mut signed = Signed {
            application: self.application.to_string(),
            key: format!("{:02X}", self.key.0),
            digest: hex::encode_upper(digest),
            signature: None,
            public_key: None,
            written_to: None,
        };
        if context.dry_run {
            return Ok(Outcome::new("card sign", &signed));
        }
        let signature = session.sign(self.key.0, &digest)?;
        // Whether the public part may be read is the package's business; a signature that cannot be checked is still one.
        if let Ok(point) = session.local_public_key(self.key.0, KeyTemplate::Signature) {
            if !verifies(&point, &message, &signature) {
                return Err(Failure::refused(
                    "sign",
                    "PSO COMPUTE DIGITAL SIGNATURE",
                    Reason::BadSignature,
                    "the signature is not one by the card's key over this file",
                    "Do not rely on this card.",
                ));
            }
            signed.public_key = Some(hex::encode_upper(point));
        }
        if let Some(path) = &self.output {
            file::write(path, &signature, 0o644, Existing::Replace).doing("write the signature")?;
        }
        signed.signature = Some(hex::encode_upper(signature));
        signed.written_to = self.output.map(|path| path.display().to_string());
        Ok(Outcome::new("card sign", &signed))
    }
}

impl Show for Signed {
    fn show(&self, page: &mut Page) {
        let Some(signature) = &self.signature else {
            page.done(format!(
                "Key {} of {} would sign {}.",
                self.key, self.application, self.digest
            ));
            return;
        };
        page.done(match self.public_key {
            Some(_) => format!("Key {} signed, and the signature is good.", self.key),
            None => format!("Key {} signed; its public part may not be read.", self.key),
        });
        page.field("SHA-256", &self.digest);
        page.field("signature", signature);
        if let Some(public_key) = &self.public_key {
            page.field("public key", public_key);
        }
        if let Some(path) = &self.written_to {
            page.field("written to", path);
        }
    }
}
