//! The `symbolon` command: what a person or a script types becomes calls of `host`, `parties` and `simulator`.
//!
//! Arguments ([`arguments`]) get their meaning ([`context`], [`card`], [`secret`]), a command ([`command`]) does its work and
//! gives an [`output::Outcome`] or a [`failure::Failure`], and [`run`] writes it and gives the exit code: nothing else
//! prints, nothing else ends the program.

pub mod arguments;
pub mod backup;
pub mod card;
pub mod certified;
pub mod command;
pub mod consent;
pub mod context;
pub mod core_file;
pub mod demo;
pub mod describe;
pub mod failure;
pub mod inventory;
pub mod kind;
pub mod misuse;
pub mod output;
pub mod page;
pub mod party;
pub mod picture;
pub mod progress;
pub mod roots;
pub mod scene;
pub mod secret;
pub mod share_key;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Runs the command in `arguments`, whose first is the program's name, writes what came of it and gives the exit code:
/// 0 done, 1 refused by card or party, 2 wrong usage or input, 3 no card or reader, or busy, 4 internal error.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    if let Err(refused) = core_file::forbid() {
        let failure = Failure::internal("start", format!("cannot forbid core files: {refused}"));
        Output::new(false, false, false).fail(&failure);
        return ExitCode::from(failure.class.exit_code());
    }
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match Arguments::understand(&arguments) {
        Ok(parsed) => {
            let context = Context::new(&parsed.global);
            match parsed.command.run(&context) {
                Ok(outcome) => {
                    context.output.report(&outcome);
                    match output::lost() {
                        Some(failure) => {
                            // Where the document should be nothing arrives.
                            Output::new(false, false, false).fail(&failure);
                            ExitCode::from(failure.class.exit_code())
                        }
                        None => ExitCode::from(outcome.exit_code()),
                    }
                }
                Err(failure) => {
                    context.output.fail(&failure);
                    ExitCode::from(failure.class.exit_code())
                }
            }
        }
        Err(error) => explain(&error, &arguments),
    }
}

/// Help and version are results; anything else is a wrong usage.
fn explain(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return match error.print().and_then(|()| std::io::stdout().flush()) {
            // A reader that went away has read enough.
            Err(lost) if lost.kind() != std::io::ErrorKind::BrokenPipe => {
                let failure = Failure::file("write the help", Path::new("standard output"), &lost);
                Output::new(false, false, false).fail(&failure);
                ExitCode::from(failure.class.exit_code())
            }
            _ => ExitCode::SUCCESS,
        };
    }
    let failure = misuse::failure(error, arguments);
    let json = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json");
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
        // Whoever types a part of a command wants to see how it goes on.
        let _ = error.print();
    }
    Output::new(json, false, false).fail(&failure);
    ExitCode::from(failure.class.exit_code())
}
