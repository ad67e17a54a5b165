//! Other commands of ours, run from the shell.

use clap::{CommandFactory, Parser};

use crate::arguments::Arguments;
use crate::context::Context;
use crate::failure::{Class, Failure, Result};

/// The whole command line.
pub(super) fn line(words: &[String]) -> Vec<String> {
    std::iter::once("symbolon".to_owned())
        .chain(words.iter().cloned())
        .collect()
}

/// Whether the command may want a card: then the shell must not hold it.
pub(super) fn is_about_a_card(words: &[String]) -> bool {
    let all = Arguments::command();
    let mut command = &all;
    for word in words {
        match command.find_subcommand(word) {
            Some(inner) => command = inner,
            None => break,
        }
    }
    command
        .get_arguments()
        .any(|argument| argument.get_long() == Some("card"))
}

/// Runs the command, with `card` behind its words.
pub(super) fn run(words: &[String], card: &[String], context: &Context) -> Result<()> {
    let mut line = line(words);
    line.extend_from_slice(card);
    let parsed = match Arguments::try_parse_from(&line) {
        Ok(parsed) => parsed,
        Err(error) if !error.use_stderr() => {
            // Help is what was asked for.
            context.output.note(error.render().to_string().trim_end());
            return Ok(());
        }
        Err(error) => {
            let text = error.render().to_string();
            let message = text.trim_start_matches("error: ").split("\n\nUsage:").next();
            return Err(Failure::usage(
                "understand the command",
                message.unwrap_or(&text).trim_end(),
                "Type \"symbolon help\", or the command with --help for an example.",
            ));
        }
    };
    let own = Context::new(&parsed.global);
    let json = context.output.json;
    let inner = Context {
        output: if json { context.output } else { own.output },
        dry_run: own.dry_run || context.dry_run,
        trace: own.trace || context.trace,
        ..own
    };
    let outcome = parsed.command.run(&inner)?;
    // In JSON the shell gives one document, of its own commands.
    if !json {
        inner.output.report(&outcome);
    }
    match outcome.exit_code() {
        0 => Ok(()),
        _ => Err(Failure {
            class: Class::Refused,
            ..Failure::usage(
                "run the command",
                "it did not succeed",
                "Read what it said above.",
            )
        }),
    }
}
