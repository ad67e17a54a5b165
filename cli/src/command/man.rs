//! `symbolon man`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::help::{TOPICS, Topic};
use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show};
use crate::page::Page;

const STEP: &str = "write manual pages";

/// Write manual pages
///
/// One page for each command goes to FOLDER/man1, one for each topic of "help topics" to FOLDER/man7. "man -M FOLDER symbolon" shows
/// them wherever they are; "man symbolon" does if FOLDER is ~/.local/share/man and ~/.local/bin is in PATH, or MANPATH names FOLDER.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon man ~/.local/share/man")]
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
            let (commands, topics) = (folder.join("man1"), folder.join("man7"));
            for made in [&commands, &topics] {
                std::fs::create_dir_all(made).map_err(|error| failed(&error))?;
            }
            let command = without_help(Arguments::shown());
            clap_mangen::generate_to(command, commands).map_err(|error| failed(&error))?;
            for topic in TOPICS {
                let page = topics.join(format!("symbolon-{}.7", topic.name));
                std::fs::write(page, topic_page(topic)).map_err(|error| failed(&error))?;
            }
        }
        let pages = count(&without_help(Arguments::shown())) + TOPICS.len();
        Ok(Outcome::new(
            "man",
            &Pages {
                folder: folder.display().to_string(),
                pages,
            },
        ))
    }
}

/// The same without the pages about "help" that clap would make for each group.
fn without_help(command: clap::Command) -> clap::Command {
    command
        .disable_help_subcommand(true)
        .mut_subcommands(without_help)
}

fn count(command: &clap::Command) -> usize {
    1 + command.get_subcommands().map(count).sum::<usize>()
}

/// A topic as a page of section 7, its lines as they are.
fn topic_page(topic: &Topic) -> String {
    let escape = |line: &str| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) {
            format!("\\&{line}")
        } else {
            line
        }
    };
    let lines: Vec<String> = topic.text.lines().skip(1).map(escape).collect();
    format!(
        ".TH SYMBOLON\\-{} 7\n.SH NAME\nsymbolon\\-{} \\- {}\n.SH DESCRIPTION\n.nf\n{}\n.fi\n",
        topic.name.to_uppercase(),
        escape(topic.name),
        escape(topic.title()),
        lines.join("\n").trim_start_matches('\n'),
    )
}

impl Show for Pages {
    fn show(&self, page: &mut Page) {
        page.done(format!("Wrote {} manual pages to {}.", self.pages, self.folder));
    }
}
