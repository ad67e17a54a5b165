//! What may be typed: the tree of commands, and the options that all of them have.

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::command::{Command, approval, card, issuer, package, party, provider, registrar, sim, trace};

const ABOUT: &str =
    "Issue, load, use and test a smart card whose content changes only when everyone concerned agrees";

// Each paragraph is one line: the parser breaks it where the terminal ends.
const AFTER: &str = "\
Exit codes: 0 done, 1 refused by the card or a party, 2 wrong usage or input, 3 no card or reader, or it is busy, \
4 internal error, 130 Ctrl-C at a prompt. With --json exactly one document goes to standard output, whatever happens: \
{\"schema\":1,\"command\":...,\"result\":...} or {\"schema\":1,\"error\":{...}}.

\"symbolon help topics\" explains parties, modes, PINs, files, readers, exit codes, scripting and JSON.

PINs and passphrases are typed on a terminal or read from files. For continuous integration they can stand in \
SYMBOLON_PIN, SYMBOLON_CONSENT_PIN, SYMBOLON_NEW_PIN, SYMBOLON_UNBLOCKING_CODE and SYMBOLON_PASSPHRASE. SYMBOLON_CARD \
and SYMBOLON_READER stand for --card and --reader.

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

/// Adds the commands of a group.
type Group = fn(clap::Command) -> clap::Command;

/// The groups by their names.
const GROUPS: [(&str, Group); 9] = [
    ("sim", sim::Sim::augment_subcommands),
    ("card", card::CardCommand::augment_subcommands),
    ("party", party::PartyCommand::augment_subcommands),
    ("registrar", registrar::RegistrarCommand::augment_subcommands),
    ("issuer", issuer::IssuerCommand::augment_subcommands),
    ("provider", provider::ProviderCommand::augment_subcommands),
    ("package", package::PackageCommand::augment_subcommands),
    ("approval", approval::ApprovalCommand::augment_subcommands),
    ("trace", trace::TraceCommand::augment_subcommands),
];

impl Arguments {
    /// Understands a command line, whose first word is the program's name.
    ///
    /// To make and drop the tree of all commands takes longer than anything else at the start: a third of the
    /// instructions of a short run. So the group that is named is tried alone; whatever is not understood then, help
    /// among it, is a matter of the whole tree.
    ///
    /// # Errors
    /// What is wrong, or help.
    pub fn understand(words: &[OsString]) -> Result<Self, clap::Error> {
        match Self::in_one_group(words) {
            Some(understood) => Ok(understood),
            None => {
                let mut found = Self::shown().try_get_matches_from(words)?;
                Self::from_arg_matches_mut(&mut found)
            }
        }
    }

    /// All commands as help and manual pages show them: an example that is longer than a line goes on behind a \\, so that
    /// it can be copied whatever the width.
    #[must_use]
    pub fn shown() -> clap::Command {
        with_broken_examples(Self::command())
    }

    fn in_one_group(words: &[OsString]) -> Option<Self> {
        // The options that may stand before a command have no values.
        let plain = |word: &&str| !word.starts_with('-');
        let first = words
            .iter()
            .skip(1)
            .filter_map(|word| word.to_str())
            .find(plain)?;
        let (name, add) = GROUPS.iter().find(|(name, _)| *name == first)?;
        let group = add(clap::Command::new(*name)).subcommand_required(true);
        let all = GlobalArguments::augment_args(clap::Command::new("symbolon"))
            .subcommand_required(true)
            .subcommand(group);
        let mut found = all.try_get_matches_from(words).ok()?;
        Self::from_arg_matches_mut(&mut found).ok()
    }
}

/// The longest line of an example: terminals have 80 columns or more.
const EXAMPLE_WIDTH: usize = 78;

fn with_broken_examples(command: clap::Command) -> clap::Command {
    let command = match command.get_after_help().map(ToString::to_string) {
        Some(text) => command.after_help(broken(&text)),
        None => command,
    };
    command.mut_subcommands(with_broken_examples)
}

fn broken(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.starts_with("  symbolon ") {
            true => broken_example(line),
            false => line.to_owned(),
        })
        .collect();
    lines.join("\n")
}

/// Breaks an example between words; what stands in quotes is one word, and an option stays with its value.
fn broken_example(line: &str) -> String {
    let mut quoted = false;
    let words = line.trim_start().split(|character| {
        quoted ^= character == '"';
        character == ' ' && !quoted
    });
    let mut units: Vec<String> = Vec::new();
    for word in words {
        match units.last_mut() {
            Some(option) if option.starts_with('-') && !option.contains(' ') && !word.starts_with('-') => {
                *option = format!("{option} {word}");
            }
            _ => units.push(word.to_owned()),
        }
    }
    let (mut text, mut column) = (" ".to_owned(), 1);
    for unit in units {
        // Room for the \ as well.
        if column + 1 + unit.len() + 2 > EXAMPLE_WIDTH {
            text.push_str(" \\\n     ");
            column = 5;
        }
        text.push(' ');
        text.push_str(&unit);
        column += 1 + unit.len();
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Losing this leaves examples that a terminal or clap cuts anywhere, and that cannot be copied.
    #[test]
    fn long_examples_go_on_as_a_shell_reads_them() {
        let line = "  symbolon approval refuse store-notes.json --party alpenbank --text \"This card is for payments only\"";
        let shown = broken(line);
        assert!(shown.lines().count() == 2, "{shown}");
        for part in shown.lines() {
            assert!(part.len() <= EXAMPLE_WIDTH, "{part}");
        }
        assert_eq!(shown.replace(" \\\n     ", ""), line);
        assert_eq!(broken("Example:\n  symbolon help"), "Example:\n  symbolon help");
    }

    /// Losing this makes every command of a group that was forgotten start late.
    #[test]
    fn every_group_is_known_and_means_the_same_alone() {
        let all = Arguments::command();
        let groups = all
            .get_subcommands()
            .filter(|each| each.get_subcommands().next().is_some());
        let names: Vec<&str> = groups.map(clap::Command::get_name).collect();
        assert_eq!(names, GROUPS.map(|(name, _)| name));
        for (line, alone) in [
            ("symbolon sim serve --card a --tcp b:1 --json", true),
            ("symbolon --json --quiet card info --card a --pin user", true),
            (
                "symbolon card read 5F01 --reader x --pin user --dry-run --trace",
                true,
            ),
            ("symbolon issuer renew --issuer a --card b --modes 1,2", true),
            ("symbolon trace decode -", true),
            ("symbolon demo", false),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let whole = Arguments::try_parse_from(&words).unwrap();
            assert_eq!(Arguments::in_one_group(&words).is_some(), alone, "{line}");
            let understood = Arguments::understand(&words).unwrap();
            assert_eq!(format!("{understood:?}"), format!("{whole:?}"), "{line}");
        }
        for line in [
            "symbolon",
            "symbolon card",
            "symbolon card info --help",
            "symbolon card nonsense",
            "symbolon --version",
            "symbolon card --version",
            "symbolon nonsense",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let kinds = [Arguments::understand(&words), Arguments::try_parse_from(&words)]
                .map(|understood| understood.unwrap_err().kind());
            assert_eq!(kinds[0], kinds[1], "{line}");
        }
    }
}
