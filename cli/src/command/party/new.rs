//! `symbolon party new`

use std::path::PathBuf;

use apdu_spec::certificate::{Mnemonic, Rights, Role};
use apdu_spec::date::Date;
use clap::Args;
use clap::builder::PossibleValuesParser;
use parties::party::{NewParty, Party, ROLES, role_named};
use parties::signer::WorkFactor;

use super::show::ShownParty;
use crate::context::Context;
use crate::failure::{Doing, Failure, Result};
use crate::output::Outcome;
use crate::secret::PassphraseArguments;

/// How long a registrar's root is good unless told otherwise.
const DAYS: u32 = 20 * 365;

/// Make a registrar, an issuer, a provider or a data certifier
///
/// The party is a folder: its key, encrypted under a passphrase of at least 8 characters; its database; and a registrar's
/// self-signed root, or anybody else's request for a certificate (request.cvr). Asked again with the same
/// role, name and passphrase it shows what is there.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon party new cardreg --role issuer-registrar --name CHCARDREG
  symbolon party new alpenbank --role issuer --name CHALPENBK")]
pub struct New {
    /// Folder to make
    pub folder: PathBuf,
    /// What the party is
    #[arg(long, value_parser = PossibleValuesParser::new(ROLES.map(|role| role.0)))]
    pub role: String,
    /// Its name: two letters for the country, then one to nine of A-Z and 0-9
    #[arg(long)]
    pub name: Mnemonic,
    /// Last day of a registrar's root; 20 years from now unless given
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Keep the database at this PostgreSQL server instead of in the folder
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    #[command(flatten)]
    secret: PassphraseArguments,
}

impl New {
    /// Does it.
    ///
    /// # Errors
    /// When the folder holds something else or cannot be made.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let step = format!("make the {} {}", self.role.replace('-', " "), self.name);
        let role: Role = role_named(&self.role)
            .ok_or_else(|| Failure::usage(&step, "unknown role", "Choose another role."))?;
        if let Some(server) = &self.server
            && !server.starts_with("postgres://")
            && !server.starts_with("postgresql://")
        {
            // What was typed may hold a password.
            let problem = "the server's address does not begin with postgres://";
            let remedy = "Give --server postgres://USER@HOST/DATABASE; the password belongs in the file that PGPASSFILE names.";
            return Err(Failure::usage(&step, problem, remedy));
        }
        if let Some(until) = self
            .until
            .filter(|until| role.is_root() && *until < context.today)
        {
            return Err(Failure::usage(
                &step,
                format!("its root would end on {until}, and today is {}", context.today),
                "Name a later day: --until, for example 2040-12-31.",
            ));
        }
        if context.dry_run {
            return match self.folder.exists() {
                true => super::show::shown("party new", &crate::party::open(&self.folder)?, None),
                false => Ok(Outcome::new(
                    "party new",
                    &ShownParty::planned(&self.folder, &self.role, self.name),
                )),
            };
        }
        if crate::party::open(&self.folder).is_ok() {
            return Err(parties::Error::Exists(self.folder)).doing(step);
        }
        let passphrase = self.secret.new_passphrase(&self.folder)?;
        let party = Party::create(&NewParty {
            folder: &self.folder,
            role,
            name: self.name,
            passphrase: &passphrase,
            work: WorkFactor::STANDARD,
            server: self.server.as_deref(),
            rights: Rights::ALL,
            validity: (
                context.today,
                self.until.unwrap_or_else(|| context.today.add_days(DAYS)),
            ),
        })
        .doing(step)?;
        let done = format!(
            "{} is the folder of the {} {}.",
            self.folder.display(),
            party.role(),
            party.name()
        );
        super::show::shown("party new", &party, Some(done))
    }
}
