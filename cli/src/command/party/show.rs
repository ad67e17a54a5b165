//! `symbolon party show`

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Mnemonic;
use clap::Args;
use parties::party::{Description, Party};
use serde::Serialize;

use crate::context::Context;
use crate::describe;
use crate::failure::{Doing, Result};
use crate::output::{self, Outcome};
use crate::page::Page;
use crate::party;

/// Show who a party is and whom it trusts
///
/// Needs no passphrase.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon party show alpenbank")]
pub struct Show {
    /// The party's folder
    pub folder: PathBuf,
}

/// A party; `None` for one that was only planned.
#[derive(Serialize)]
pub struct ShownParty {
    folder: String,
    role: String,
    name: String,
    #[serde(flatten)]
    description: Option<Description>,
    #[serde(skip)]
    done: Option<String>,
}

impl ShownParty {
    /// A party that would be made.
    pub(super) fn planned(folder: &Path, role: &str, name: Mnemonic) -> Self {
        let folder = folder.display().to_string();
        Self { folder, role: role.to_owned(), name: name.to_string(), description: None, done: None }
    }
}

/// The outcome that shows a party.
pub(super) fn shown(command: &'static str, party: &Party, done: Option<String>) -> Result<Outcome> {
    let step = format!("read the folder {}", party.folder().display());
    let description = party.show().doing(step)?;
    Ok(Outcome::new(
        command,
        &ShownParty {
            folder: description.folder.clone(),
            role: description.role.to_owned(),
            name: description.name.clone(),
            description: Some(description),
            done,
        },
    ))
}

impl Show {
    /// Does it.
    ///
    /// # Errors
    /// When the folder is no party's, or a file in it is damaged.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        shown("party show", &party::open(&self.folder)?, None)
    }
}

impl output::Show for ShownParty {
    fn show(&self, page: &mut Page) {
        match &self.done {
            Some(done) => page.done(done),
            None => page.heading(format!("{} ({})", self.name, self.role.replace('-', " "))),
        }
        page.field("folder", &self.folder);
        let Some(description) = &self.description else { return };
        page.field("database", &description.database);
        page.field("public key", &description.public_key);
        match &description.certificate {
            Some(certificate) => describe::show_certificate(certificate, page, "Certificate"),
            None => page.field("certificate", "none yet: mail request.cvr to its registrar"),
        }
        let row = |root: &parties::party::CertificateDescription| {
            vec![root.holder.clone(), root.role.to_owned(), root.expiration.clone(), describe::short(&root.digest)]
        };
        page.heading("Trusts");
        let rows = description.trusts.iter().map(row).collect();
        page.table(&["root", "role", "until", "digest"], rows, "  nobody yet");
    }
}
