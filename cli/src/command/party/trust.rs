//! `symbolon party trust`

use std::path::PathBuf;

use apdu_spec::certificate::Certificate;
use apdu_spec::object::Signed;
use clap::Args;
use parties::file;

use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::output::Outcome;
use crate::party;

/// Trust a registrar's root from now on, take its newer root, or its revocation list
///
/// A file is what it is: a root, a link certificate ("registrar rollover") or a revocation list ("registrar revoke"); the
/// last two only of a registrar that is trusted already.
///
/// An issuer trusts the data registrars that it may bind its cards to; a provider trusts the issuer registrars whose
/// issuers' cards it serves. Make sure that the root really is the registrar's: compare its digest by telephone.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  symbolon party trust alpenbank datareg/certificate.cvc\n  symbolon party trust alpenbank link.cvc revoked.f0"
)]
pub struct Trust {
    /// The party's folder
    pub folder: PathBuf,
    /// Roots to trust, links to newer ones, revocation lists
    #[arg(required = true, value_name = "ROOT")]
    pub roots: Vec<PathBuf>,
}

impl Trust {
    /// Does it.
    ///
    /// # Errors
    /// When a file is no root of a registrar.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let party = party::open(&self.folder)?;
        let mut trusted = party.trusted().doing("read the trusted roots")?;
        let mut files = Vec::new();
        for path in &self.roots {
            let name = path.display().to_string();
            let step = format!("trust {name}");
            let wrong = |failure| crate::kind::Kind::Certificate.explain(path, failure);
            let object = file::read(path, super::FILE_MAX).doing(&step).map_err(wrong)?;
            let kind = Kind::of(&object);
            // All are looked at before the first is kept.
            match kind {
                Kind::Root => trusted.add(&name, &object),
                Kind::Link => trusted.add_link(&name, &object),
                Kind::List => trusted.add_list(&name, &object),
            }
            .doing(&step)
            .map_err(|failure| match failure.reason {
                Some(_) => failure,
                None => wrong(failure),
            })?;
            files.push((step, kind, object));
        }
        if !context.dry_run {
            for (step, kind, object) in &files {
                match kind {
                    Kind::Root => party.trust(object),
                    Kind::Link => party.trust_link(object),
                    Kind::List => party.trust_list(object),
                }
                .doing(step)?;
            }
        }
        let what = match files.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        let done = format!("{} has taken {what}.", party::name(&party));
        super::show::shown("party trust", &party, Some(done))
    }
}

/// What a file holds.
#[derive(Clone, Copy)]
enum Kind {
    Root,
    Link,
    List,
}

impl Kind {
    /// What has no form of the others is taken for a root, and refused as such.
    fn of(object: &[u8]) -> Self {
        if Signed::parse(object).is_ok() {
            return Self::List;
        }
        match Certificate::parse(object) {
            Ok(certificate) if certificate.authority != certificate.holder => Self::Link,
            _ => Self::Root,
        }
    }
}
