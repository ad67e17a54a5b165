//! What may be typed: the tree of commands, and the options that all of them have.

use clap::{Args, Parser};

use crate::command::Command;

const ABOUT: &str =
    "Issue, load, use and test a smart card whose content changes only when everyone concerned agrees";

const AFTER: &str = "\
Exit codes: 0 done, 1 refused by the card or a party, 2 wrong usage or input, 3 no card or reader, or it is busy,
4 internal error. With --json exactly one document goes to standard output, whatever happens:
{\"schema\":1,\"command\":...,\"result\":...} or {\"schema\":1,\"error\":{...}}.

\"symbolon help topics\" explains parties, modes, PINs, files, readers, exit codes, scripting and JSON.

PINs and passphrases are typed on a terminal or read from files. For continuous integration they can stand in
SYMBOLON_PIN, SYMBOLON_CONSENT_PIN, SYMBOLON_NEW_PIN, SYMBOLON_UNBLOCKING_CODE and SYMBOLON_PASSPHRASE. SYMBOLON_CARD and
SYMBOLON_READER stand for --card and --reader.

Example:
  symbolon sim new card.img
  symbolon card info --card card.img";

/// What was typed.
#[derive(Parser, Debug)]
#[command(name = "symbolon", version, about = ABOUT, after_help = AFTER, max_term_width = 110)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// What every command understands.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct GlobalArguments {
    /// Write one JSON document to standard output instead of text
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// Write nothing unless something fails
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Show every APDU on standard error, with secrets masked
    #[arg(long, global = true, help_heading = "Output")]
    pub trace: bool,
    /// Look at everything, change nothing
    #[arg(long, global = true, help_heading = "Output")]
    pub dry_run: bool,
}
