//! `symbolon registrar delegate`

use std::path::PathBuf;

use apdu_spec::certificate::Role;
use apdu_spec::date::Date;
use clap::Args;
use parties::registrar::Scope;

use super::certify::{Terms, certify};
use crate::context::Context;
use crate::failure::Result;
use crate::output::Outcome;
use crate::party;
use crate::secret::PassphraseArguments;

/// Certify a data certifier, who countersigns packages for mode 7 in the data registrar's name
///
/// The certifier makes a folder and a request with "party new --role data-certifier". Its certificate is good for mode 7
/// and nothing else.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  symbolon registrar delegate certifier/request.cvr --registrar datareg --output certifier.cvc"
)]
pub struct Delegate {
    /// The certifier's request
    pub request: PathBuf,
    /// The data registrar's folder
    #[arg(long, value_name = "DIR")]
    pub registrar: PathBuf,
    /// File to write the certificate to
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Last day; three years from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Certify a new key of a certifier that is registered already
    #[arg(long)]
    pub renew: bool,
    #[command(flatten)]
    secret: PassphraseArguments,
}

impl Delegate {
    /// Does it.
    ///
    /// # Errors
    /// When the registrar refuses, or a file cannot be read or written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open_role(&self.registrar, Role::DataRegistrar)?;
        let terms = Terms {
            request: &self.request,
            output: &self.output,
            scope: Scope::DataCertifier,
            modes: &[],
            until: self.until,
            renew: self.renew,
        };
        let passphrase = self.secret.passphrase(&self.registrar)?;
        certify("registrar delegate", party, &passphrase, terms, context)
    }
}
