//! `symbolon party show`

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Mnemonic;
use clap::Args;
use parties::party::{CertificateDescription, Description, Party};
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

/// A party; without description one that was only planned.
#[derive(Serialize)]
pub struct ShownParty {
    #[serde(skip)]
    folder: String,
    #[serde(skip)]
    role: String,
    #[serde(skip)]
    name: String,
    #[serde(flatten)]
    planned: Option<Planned>,
    #[serde(flatten)]
    description: Option<Description>,
    #[serde(skip)]
    done: Option<String>,
}

/// What is known of a party before it is made.
#[derive(Serialize)]
struct Planned {
    folder: String,
    role: String,
    name: String,
}

impl ShownParty {
    /// A party that would be made.
    pub(super) fn planned(folder: &Path, role: &str, name: Mnemonic) -> Self {
        let planned = Planned {
            folder: folder.display().to_string(),
            role: role.to_owned(),
            name: name.to_string(),
        };
        Self {
            folder: planned.folder.clone(),
            role: planned.role.clone(),
            name: planned.name.clone(),
            planned: Some(planned),
            description: None,
            done: None,
        }
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
            planned: None,
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
        match (&self.done, &self.description) {
            (Some(done), _) => page.done(done),
            (None, Some(_)) => page.heading(format!("{} ({})", self.name, self.role.replace('-', " "))),
            (None, None) => page.text(format!("{} would be made for {}.", self.folder, self.name)),
        }
        let Some(description) = &self.description else {
            return;
        };
        match &description.certificate {
            Some(certificate) if self.done.is_some() => {
                page.field("certificate", describe::line(certificate))
            }
            Some(_) => {}
            None => page.field(
                "certificate",
                format!("none yet: mail {}/request.cvr to its registrar", self.folder),
            ),
        }
        for certificate in &description.successions {
            page.field("besides", describe::line(certificate));
        }
        if self.done.is_some() {
            let digest = description
                .certificate
                .as_ref()
                .map(|certificate| certificate.digest.as_str());
            page.optional("digest", digest);
            let trusts = description
                .trusts
                .iter()
                .map(|root| root.holder.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            page.optional("trusts", Some(trusts).filter(|trusts| !trusts.is_empty()));
            return;
        }
        page.field("folder", &self.folder);
        page.field("database", &description.database);
        page.field("public key", &description.public_key);
        if let Some(certificate) = &description.certificate {
            describe::show_certificate(certificate, page, "Certificate");
        }
        let row = |root: &CertificateDescription| {
            vec![
                root.holder.clone(),
                root.role.to_owned(),
                root.expiration.clone(),
                root.digest.clone(),
            ]
        };
        page.heading("Trusts");
        let rows = description.trusts.iter().map(row).collect();
        page.table(&["root", "role", "until", "digest"], rows, "  nobody yet");
    }
}
