//! `symbolon man`

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

const STEP: &str = "write manual pages";

/// Write manual pages
///
/// One page for each command goes to a folder; "man -l FOLDER/symbolon.1" shows it.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon man man1")]
pub struct Man {
    /// Folder for the pages; made if it is not there
    pub folder: PathBuf,
}

#[derive(Serialize)]
struct Pages {
    folder: String,
    pages: usize,
}

impl Man {
    /// Does it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let folder = &self.folder;
        let failed = |error: &std::io::Error| Failure::file(STEP, folder, error);
        if !context.dry_run {
            std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
            let command = Arguments::command().disable_help_subcommand(true);
            clap_mangen::generate_to(command, folder).map_err(|error| failed(&error))?;
        }
        let mut command = Arguments::command();
        command.build();
        let pages = count(&command);
        Ok(Outcome::new(
            "man",
            &Pages {
                folder: folder.display().to_string(),
                pages,
            },
        ))
    }
}

fn count(command: &clap::Command) -> usize {
    1 + command
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
        .map(count)
        .sum::<usize>()
}

impl Show for Pages {
    fn show(&self, page: &mut Page) {
        page.done(format!("Wrote {} manual pages to {}.", self.pages, self.folder));
    }
}
