//! `symbolon party accept`

use std::path::{Path, PathBuf};

use apdu_spec::certificate::Extension;
use clap::Args;
use parties::certificate::OwnedCertificate;
use parties::file;

use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::kind::Kind;
use crate::output::Outcome;
use crate::party;

/// Take the certificate that a registrar gave
///
/// Checks that the certificate is over this party's name, role and key and under this root, keeps it, and trusts the root
/// from now on: make sure that the root really is the registrar's (compare its digest by telephone). A renewed
/// certificate takes the place of the old one.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  symbolon party accept alpenbank --certificate alpenbank.cvc --root cardreg/certificate.cvc"
)]
pub struct Accept {
    /// The party's folder
    pub folder: PathBuf,
    /// The certificate
    #[arg(long, value_name = "FILE")]
    pub certificate: PathBuf,
    /// The registrar's root
    #[arg(long, value_name = "FILE")]
    pub root: PathBuf,
}

impl Accept {
    /// Does it.
    ///
    /// # Errors
    /// When a file is no certificate, or not this party's.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open(&self.folder)?;
        let step = format!("take the certificate for {}", party::name(&party));
        // Read here, where it is known which of the two files is wrong.
        let read = |path: &Path| {
            file::read(path, super::FILE_MAX)
                .and_then(|bytes| OwnedCertificate::parse(&path.display().to_string(), &bytes))
                .doing(&step)
                .map_err(|failure| Kind::Certificate.explain(path, failure))
        };
        let (certificate, root) = (read(&self.certificate)?, read(&self.root)?);
        if !context.dry_run {
            party.accept(certificate.encoded(), root.encoded()).doing(step)?;
        }
        // A party may have several; what follows shows its ordinary one.
        let view = certificate.view().doing("read the certificate")?;
        let (name, holder) = (party::name(&party), view.holder);
        let done = match view.extension {
            Extension::Successor(successor) => {
                let gone = successor.predecessor;
                format!("{name} has its certificate {holder} as the successor of {gone}.")
            }
            _ => format!("{name} has its certificate {holder}."),
        };
        super::show::shown("party accept", &party, Some(done))
    }
}
