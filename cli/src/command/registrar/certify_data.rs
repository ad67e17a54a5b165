//! `symbolon registrar certify-data`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::reason::Reason;
use clap::Args;
use parties::certified::{Certified, CertifiedStatus};
use parties::decision::Decision;
use parties::file::Existing;
use parties::office::CertifierOffice;
use parties::package::Package;
use parties::signer::EncryptedKeyFile;
use serde::Serialize;

use crate::certified;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

/// Countersign a provider's package for mode 7, as the data registrar's data certifier
///
/// The certifier looks at the package itself, checks the provider's signature and certificate, keeps its decision, and only
/// then writes its countersignature into the file. With --refuse it signs a refusal instead, which stays in the file.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon registrar certify-data notes-certified.json --certifier certifier --package notes.pkg
  symbolon registrar certify-data notes-certified.json --certifier certifier --refuse \"It asks for a PIN in clear\"")]
pub struct CertifyData {
    /// The file of certified data, from "provider certify --mode 7"
    pub certified: PathBuf,
    /// The data certifier's folder
    #[arg(long, value_name = "DIR")]
    pub certifier: PathBuf,
    /// The package
    #[arg(long, value_name = "FILE", required_unless_present = "refuse")]
    pub package: Option<PathBuf>,
    /// Refuse, and say why in at most 120 bytes
    #[arg(long, value_name = "TEXT", conflicts_with = "package")]
    pub refuse: Option<String>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Countersigned {
    certifier: String,
    /// The refusal's words, where it was refused.
    refused: Option<String>,
    repeated: bool,
    #[serde(flatten)]
    status: CertifiedStatus,
}

impl CertifyData {
    /// Does it.
    ///
    /// # Errors
    /// When the certifier has a reason to refuse, or cannot decide.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut certified = kind::certified(&self.certified)?;
        let party = party::open_role(&self.certifier, Role::DataCertifier)?;
        let name = party::name(&party);
        let step = format!("countersign {} as {name}", self.certified.display());
        let package = self
            .package
            .as_ref()
            .map(|path| kind::package(path))
            .transpose()?;
        let office = party
            .certifier(&self.secret.passphrase(&self.certifier)?)
            .doing(format!("open the key of {name}"))?;
        let (mut repeated, mut refused) = (false, None);
        match (&package, &self.refuse) {
            (Some(package), _) => {
                let (decision, before) = decide(&office, &mut certified, package, context)
                    .doing(&step)
                    .map_err(|failure| failure.by(&name))?;
                repeated = before;
                if !context.dry_run {
                    self.write(&certified)?;
                }
                if let Decision::Refused(no) = decision {
                    return Err(refusal(step, name, &no));
                }
            }
            (None, Some(text)) => {
                refused = Some(text.clone());
                if !context.dry_run {
                    let given = office.refuse(&mut certified, Reason::None, text, context.today);
                    refused = Some(given.doing(&step).map_err(|failure| failure.by(&name))?.text);
                    self.write(&certified)?;
                }
            }
            (None, None) => {
                return Err(Failure::usage(
                    step,
                    "the package is not named",
                    "Give --package FILE.",
                ));
            }
        }
        Ok(Outcome::new(
            "registrar certify-data",
            &Countersigned {
                certifier: name,
                refused,
                repeated,
                status: certified.status().doing(step)?,
            },
        ))
    }

    fn write(&self, certified: &Certified) -> Result<()> {
        certified
            .write(&self.certified, Existing::Replace)
            .doing("write the certified data")
    }
}

fn decide(
    office: &CertifierOffice<EncryptedKeyFile>,
    certified: &mut Certified,
    package: &Package,
    context: &Context,
) -> parties::Result<(Decision, bool)> {
    if context.dry_run {
        let (data, dpr) = (certified.data(), certified.provider_certificate());
        let decision = office
            .certifier()
            .countersign(data, dpr, package.digests(), context.today)?;
        return Ok((decision, false));
    }
    let answer = office.countersign(certified, package, context.today)?;
    Ok((answer.decision, answer.repeated))
}

impl Show for Countersigned {
    fn show(&self, page: &mut Page) {
        page.done(match &self.refused {
            None => format!("The {} countersigned.", self.certifier),
            Some(text) => format!("The {} refused: {text}", self.certifier),
        });
        certified::show(&self.status, page);
    }
}
