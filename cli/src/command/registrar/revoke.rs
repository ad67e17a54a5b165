//! `symbolon registrar revoke`

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Certificate;
use apdu_spec::object::{RevocationList, Signed};
use clap::Args;
use parties::crypto::sha256;
use parties::file::{self, Existing};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::kind::{self, Kind};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

const FILE_MAX: usize = 4096;

/// Revoke certificates
///
/// The registrar signs a list of everything it ever revoked, under the next number, and writes it to a file: it goes to
/// every party ("party trust") and every card ("card load-revocations"), which refuse what is on it from then on. Revoking
/// is for ever; 48 certificates fit a list.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon registrar revoke notiz.cvc --registrar datareg --output revoked.f0
  symbolon registrar revoke --digest 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF --registrar datareg -o revoked.f0")]
pub struct Revoke {
    /// Certificates to revoke
    #[arg(value_name = "CERTIFICATE", required_unless_present = "digest")]
    pub certificates: Vec<PathBuf>,
    /// Digest of a certificate to revoke, as "party show" tells it
    #[arg(long, value_name = "HEX", value_parser = digest)]
    pub digest: Vec<[u8; 32]>,
    /// The registrar's folder
    #[arg(long, value_name = "DIR")]
    pub registrar: PathBuf,
    /// File to write the list to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    secret: PassphraseArguments,
}

fn digest(text: &str) -> Result<[u8; 32], &'static str> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or("not a digest: write 64 hexadecimal digits")
}

/// A revocation list.
#[derive(Serialize)]
pub(super) struct ShownList {
    registrar: String,
    /// Number and date; none of a dry run.
    number: Option<u32>,
    date: Option<String>,
    revoked: Vec<String>,
    written_to: String,
}

impl Revoke {
    /// Does it.
    ///
    /// # Errors
    /// When a certificate is not this registrar's, or a file cannot be read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_registrar(&self.registrar)?;
        let name = party::name(&party);
        let step = format!("revoke as {name}");
        kind::spare(&step, &self.output, Some(Kind::Object))?;
        let mut revoked = self.digest.clone();
        for path in &self.certificates {
            let encoded = file::read(path, FILE_MAX)
                .doing(&step)
                .map_err(|failure| Kind::Certificate.explain_other(path, failure))?;
            Certificate::parse(&encoded).map_err(|error| {
                let failure = Failure::usage(&step, format!("{}: {error}", path.display()), "");
                Kind::Certificate
                    .explain(path, failure)
                    .with_remedy("Give a certificate that this registrar made, or its --digest.")
            })?;
            revoked.push(sha256(&encoded));
        }
        let passphrase = self.secret.passphrase(&self.registrar)?;
        let office = party
            .registrar(&passphrase)
            .doing(format!("open the key of {name}"))?;
        if context.dry_run {
            let planned = ShownList {
                registrar: name,
                number: None,
                date: None,
                revoked: revoked.iter().map(hex::encode).collect(),
                written_to: self.output.display().to_string(),
            };
            return Ok(Outcome::new("registrar revoke", &planned));
        }
        let list = office.revoke(&revoked, context.today).doing(&step)?;
        let shown = ShownList::write(name, &list, &self.output, &step)?;
        Ok(Outcome::new("registrar revoke", &shown))
    }
}

impl ShownList {
    /// Writes a list to a file, and tells what is on it.
    pub(super) fn write(registrar: String, list: &[u8], output: &Path, step: &str) -> Result<Self> {
        let own = Self::read(registrar, list, output, step)?;
        file::write(output, list, 0o644, Existing::Replace).doing("write the revocation list")?;
        Ok(own)
    }

    /// What is on a list.
    pub(super) fn read(registrar: String, list: &[u8], output: &Path, step: &str) -> Result<Self> {
        let malformed = |error| Failure::internal(step, format!("the revocation list: {error}"));
        let signed = Signed::parse(list).map_err(malformed)?;
        let view: RevocationList<'_> = signed.read().map_err(malformed)?;
        Ok(Self {
            registrar,
            number: Some(view.number),
            date: Some(view.date.to_string()),
            revoked: view.revoked().map(hex::encode).collect(),
            written_to: output.display().to_string(),
        })
    }
}

impl Show for ShownList {
    fn show(&self, page: &mut Page) {
        match (self.number, &self.date) {
            (Some(number), Some(date)) => {
                page.done(format!("List {number} of {date} is in {}.", self.written_to))
            }
            _ => page.text("They would be revoked."),
        }
        self.revoked
            .iter()
            .for_each(|digest| page.field("revoked", digest));
        page.text("Give it to every party (\"symbolon party trust\") and card (\"symbolon card load-revocations\").");
    }
}
