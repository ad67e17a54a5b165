//! Which registrars' roots a verification trusts.

use std::path::PathBuf;

use clap::Args;
use parties::certificate::Roots;
use parties::file;

use crate::failure::{Doing, Result};
use crate::party;

const FILE_MAX: usize = 4096;

/// Which registrars' roots are trusted.
#[derive(Args, Clone, Debug, Default)]
pub struct RootArguments {
    /// Trust the roots that this party trusts
    #[arg(long, value_name = "DIR")]
    trusted_by: Option<PathBuf>,
    /// Trust this root
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
}

impl RootArguments {
    /// Whether somebody said which roots are trusted.
    #[must_use]
    pub fn named(&self) -> bool {
        self.trusted_by.is_some() || !self.root.is_empty()
    }

    /// The roots.
    ///
    /// # Errors
    /// When a file is no root, or the folder is no party's.
    pub fn roots(&self) -> Result<Roots> {
        read(self.trusted_by.as_ref(), &self.root)
    }
}

/// The roots that the party in `folder` trusts, and those in `files`.
///
/// # Errors
/// When a file is no root, or the folder is no party's.
pub fn read(folder: Option<&PathBuf>, files: &[PathBuf]) -> Result<Roots> {
    let mut roots = match folder {
        Some(folder) => party::open(folder)?.trusted().doing("read the trusted roots")?,
        None => Roots::new(),
    };
    for path in files {
        let root = file::read(path, FILE_MAX).doing("read the root")?;
        roots
            .add(&path.display().to_string(), &root)
            .doing("read the root")?;
    }
    Ok(roots)
}
