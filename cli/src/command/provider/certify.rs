//! `symbolon provider certify`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::date::Date;
use apdu_spec::object::{Mode, Operation, Sdi};
use clap::Args;
use parties::certified::CertifiedStatus;
use parties::decision::Decision;
use parties::file::Existing;
use serde::Serialize;

use crate::certified;
use crate::context::Context;
use crate::failure::{Doing, Result, refusal};
use crate::kind;
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party;
use crate::secret::PassphraseArguments;

/// How long certified data are good unless told otherwise.
const DAYS: u32 = 365;

/// Certify a package for every card whose holder wants it
///
/// The provider signs once what any card may then store (mode 6) or replace, without being asked again. For mode 7 the
/// data certifier of its registrar has to countersign ("registrar certify-data") before a card takes it. The provider must
/// have the package ("provider add-package"); the same package with the same terms gets the same signature again.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon provider certify notes.pkg --provider notiz --output notes-certified.json
  symbolon provider certify notes.pkg --provider notiz --mode 7 --until 2027-12-31 --output notes-certified.json")]
pub struct Certify {
    /// The package
    pub package: PathBuf,
    /// The provider's folder
    #[arg(long, value_name = "DIR")]
    pub provider: PathBuf,
    /// 6: the provider alone; 7: a data certifier countersigns
    #[arg(long, value_name = "MODE", default_value = "6", value_parser = clap::value_parser!(u8).range(6..=7))]
    pub mode: u8,
    /// For cards that hold an older version, which it replaces
    #[arg(long)]
    pub replace: bool,
    /// Last day on which a card does it, by the card's date; a year from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// File of certified data to write
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Certified {
    /// As people call it; the status has its name.
    #[serde(skip)]
    provider: String,
    repeated: bool,
    written_to: String,
    #[serde(flatten)]
    status: CertifiedStatus,
}

impl Certify {
    /// Does it.
    ///
    /// # Errors
    /// When the provider does not have this package, or another file is there.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.provider, Role::Provider)?;
        let name = party::name(&party);
        let step = format!("certify {} as {name}", self.package.display());
        let package = kind::package(&self.package)?;
        let office = party
            .provider(&self.secret.passphrase(&self.provider)?)
            .doing(format!("open the key of {name}"))?;
        let sdi = Sdi {
            operation: if self.replace {
                Operation::Replace
            } else {
                Operation::Store
            },
            aid: package.aid(),
            version: package.version(),
            package: Some(*package.digests()),
            provider: office.provider().identity().doing(&step)?,
            expiry: self.until.unwrap_or_else(|| context.today.add_days(DAYS)),
        };
        let mode = if self.mode == Mode::RegistrarCertified.code() {
            Mode::RegistrarCertified
        } else {
            Mode::CertifiedData
        };
        let (certified, repeated, decision) = if context.dry_run {
            let held = Some(package.digests());
            let decision = office
                .provider()
                .certify(&sdi, mode, held, context.today)
                .doing(&step)?;
            let certified = match &decision {
                Decision::Granted(object) => {
                    let dpr = office.provider().certificate().encoded();
                    Some(parties::certified::Certified::new(dpr, object).doing(&step)?)
                }
                Decision::Refused(_) => None,
            };
            (certified, false, decision)
        } else {
            let (certified, answer) = office.certified(&sdi, mode, context.today).doing(&step)?;
            (certified, answer.repeated, answer.decision)
        };
        let certified = match (certified, decision) {
            (Some(certified), _) => certified,
            (None, Decision::Refused(no)) => return Err(refusal(step, name, &no)),
            (None, Decision::Granted(_)) => {
                return Err(crate::failure::Failure::internal(
                    step,
                    "the provider's answer is lost",
                ));
            }
        };
        if !context.dry_run {
            // The same again is no change, and what a data certifier added since stays.
            let present = self
                .output
                .exists()
                .then(|| parties::certified::Certified::read(&self.output));
            match present.transpose().doing("read the certified data")? {
                Some(present) if present.data() == certified.data() => {}
                _ => certified
                    .write(&self.output, Existing::Refuse)
                    .doing("write the certified data")?,
            }
        }
        Ok(Outcome::new(
            "provider certify",
            &Certified {
                provider: name,
                repeated,
                written_to: self.output.display().to_string(),
                status: certified.status().doing(step)?,
            },
        ))
    }
}

impl Show for Certified {
    fn show(&self, page: &mut Page) {
        page.done(format!("The {} certified it for every card.", self.provider));
        page.field("file", &self.written_to);
        certified::show(&self.status, page);
    }
}
