//! `symbolon approval sign`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::object::PackageDigests;
use clap::Args;
use parties::approval::{Approval, Status};
use parties::decision::Decision;
use parties::file::Existing;
use parties::package::Package;
use parties::provider::Evidence;
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Doing, Failure, Result, refusal};
use crate::output::{Outcome, Show};
use crate::page::Page;
use crate::party::{self, Office};
use crate::secret::PassphraseArguments;

/// Sign as the card's issuer or as the package's provider
///
/// The party checks the request against what it knows, keeps its decision in its database, and only then writes its
/// signature into the file. If it has a reason to refuse, the file gets a signed refusal instead and the exit code is 1. The
/// same request gets the same signature again, however often it is asked. In mode 2 the issuer signs first.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon approval sign store-notes.json --party alpenbank
  symbolon approval sign store-notes.json --party notiz --code 7GX2-M4QD")]
pub struct Sign {
    /// The approval file
    pub approval: PathBuf,
    /// The folder of the issuer or provider that signs
    #[arg(long, value_name = "DIR")]
    pub party: PathBuf,
    /// The comparison code that the holder sees: sign nothing else
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

#[derive(Serialize)]
struct Signed {
    party: String,
    repeated: bool,
    warnings: Vec<String>,
    #[serde(flatten)]
    status: Status,
}

impl Sign {
    /// Does it.
    ///
    /// # Errors
    /// When the party refuses or cannot decide.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let mut approval = super::read(&self.approval)?;
        super::check_code(&approval, self.code.as_deref())?;
        let party = party::open(&self.party)?;
        let name = party::name(&party);
        let step = format!("sign {} as {name}", self.approval.display());
        if party.role() == Role::Provider && approval.first().is_none() {
            return Err(Failure::usage(
                step,
                "the issuer has not signed yet",
                "Ask the card's issuer to sign first.",
            ));
        }
        let office = Office::open(party, &self.secret.passphrase(&self.party)?)?;
        let (decision, repeated, warnings) = if context.dry_run {
            (
                judge(&office, &approval, context).map_err(|failure| failure.by(&name))?,
                false,
                vec![],
            )
        } else {
            let answer = office
                .sign(&mut approval, context)
                .doing(&step)
                .map_err(|failure| failure.by(&name))?;
            approval
                .write(&self.approval, Existing::Replace)
                .doing("write the approval file")?;
            (answer.decision, answer.repeated, answer.warnings)
        };
        if let Decision::Refused(no) = &decision {
            return Err(refusal(step, name, no));
        }
        let status = super::status_of(&approval)?;
        Ok(Outcome::new(
            "approval sign",
            &Signed {
                party: name,
                repeated,
                warnings,
                status,
            },
        ))
    }
}

/// What the party would answer, without keeping anything.
fn judge(office: &Office, approval: &Approval, context: &Context) -> Result<Decision> {
    let step = "judge the request";
    match office {
        Office::Issuer(office) => {
            let (request, rc) = (approval.request(), approval.card_certificate());
            office
                .issuer()
                .first_authorization(request, rc, approval.provider_certificate(), context.today)
                .doing(step)
        }
        Office::Provider(office) => {
            let evidence = Evidence {
                request: approval.request(),
                first: approval.first().unwrap_or_default(),
                card_certificate: approval.card_certificate(),
                issuer_certificate: approval.issuer_certificate(),
            };
            let sdi = approval.storing_request().doing(step)?.sdi;
            let record = office.database().package(&sdi.aid, sdi.version).doing(step)?;
            let held: Option<PackageDigests> = record
                .and_then(|record| Package::parse("stored package", &record.bytes).ok())
                .map(|p| *p.digests());
            office
                .provider()
                .second_authorization(&evidence, held.as_ref(), context.today)
                .doing(step)
        }
    }
}

impl Show for Signed {
    fn show(&self, page: &mut Page) {
        let before = if self.repeated {
            " (it had signed before)"
        } else {
            ""
        };
        page.done(format!("The {} signed{before}.", self.party));
        super::show_request(&self.status, page);
        self.warnings
            .iter()
            .for_each(|warning| page.field("note", warning));
        page.text(super::next_words(&self.status));
    }
}
