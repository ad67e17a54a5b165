//! Wrong usage, in words: what of the command line was not understood, and what to write instead.
//!
//! The parser knows what it found and what it expected; here that becomes a [`Failure`] like any other. What does not belong here:
//! what a command finds wrong about what it was given.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::arguments::Arguments;
use crate::failure::Failure;

/// The failure for a command line that was not understood.
#[must_use]
pub fn failure(error: &clap::Error, arguments: &[OsString]) -> Failure {
    let all = Arguments::command();
    let (name, command) = command_of(&all, arguments);
    let help = format!("{name} --help");
    let takes_pin = matches!(command.get_name(), "verify-pin" | "change-pin" | "unblock");
    let (message, remedy) = match error.kind() {
        // What was typed may be the PIN.
        ErrorKind::UnknownArgument if takes_pin && !is_option(error) => (
            format!("one word too many for \"{name}\""),
            format!(
                "PINs are never part of a line: type them when asked, or name a file. \"{help}\" shows how."
            ),
        ),
        // Most programs take a file like this.
        ErrorKind::UnknownArgument if !is_option(error) && serves(command) => (
            message(error, &name),
            format!("A card is named by an option: --card FILE or --slot FILE. \"{help}\" shows an example."),
        ),
        ErrorKind::UnknownArgument if !is_option(error) && takes_card(command) => (
            message(error, &name),
            format!(
                "A card is named by an option: --card FILE, --reader NAME or --tcp HOST:PORT. \"{help}\" shows an example."
            ),
        ),
        kind => (message(error, &name), remedy(kind, error, &help)),
    };
    Failure::usage("understand the command line", message, remedy)
}

/// What was not understood of the command `name`, in one sentence without full stop.
#[must_use]
pub fn message(error: &clap::Error, name: &str) -> String {
    let argument = joined(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = joined(error, ContextKind::InvalidSubcommand);
            format!("\"{name}\" has no command {typed:?}")
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            format!("a command is missing behind \"{name}\"")
        }
        ErrorKind::UnknownArgument if is_option(error) => format!("\"{name}\" has no option {argument}"),
        ErrorKind::UnknownArgument => format!("{argument:?} is one word too many for \"{name}\""),
        ErrorKind::MissingRequiredArgument => missing(error),
        ErrorKind::ArgumentConflict => match joined(error, ContextKind::PriorArg) {
            other if other.is_empty() || other == argument => {
                format!("{argument} cannot be used more than once")
            }
            other => format!("{argument} cannot be used with {other}"),
        },
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let typed = joined(error, ContextKind::InvalidValue);
            let known = joined(error, ContextKind::ValidValue);
            match (error.source(), typed.is_empty(), known.is_empty()) {
                (Some(cause), ..) => format!(
                    "{typed:?} does not fit {argument}: {}",
                    in_words(&cause.to_string())
                ),
                (None, true, true) => format!("{argument} needs a value"),
                (None, true, false) => format!("{argument} needs a value, one of: {known}"),
                (None, false, true) => format!("{typed:?} does not fit {argument}"),
                (None, false, false) => {
                    format!("{typed:?} does not fit {argument}, which is one of: {known}")
                }
            }
        }
        ErrorKind::InvalidUtf8 => "an argument is no text (UTF-8)".to_owned(),
        _ => {
            let text = error.render().to_string();
            let first = text.trim_start_matches("error: ").split("\n\n").next();
            first.unwrap_or_default().trim_end().to_owned()
        }
    }
}

/// A cause of the parser's without the notation of its language: "9 is not in 1..=7", "invalid digit found in string".
fn in_words(cause: &str) -> String {
    if cause.starts_with("invalid digit") || cause.starts_with("cannot parse integer") {
        return "not a whole number".to_owned();
    }
    if cause.starts_with("number too large") {
        return "the number is too large".to_owned();
    }
    match cause
        .split_once(" is not in ")
        .and_then(|(_, range)| range.split_once("..="))
    {
        Some((first, last)) => format!("not from {first} to {last}"),
        None => cause.to_owned(),
    }
}

/// Which arguments are missing; one of several that serve is written `<A|B>` by the parser.
fn missing(error: &clap::Error) -> String {
    let names = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => names.as_slice(),
        _ => &[],
    };
    let (mut shown, mut choices) = (Vec::new(), Vec::new());
    for name in names {
        match name.strip_prefix('<').and_then(|inner| inner.strip_suffix('>')) {
            Some(choice) if choice.contains('|') => choices.push(format!(
                "one of {}",
                choice.split('|').collect::<Vec<_>>().join(", ")
            )),
            _ => shown.push(name.clone()),
        }
    }
    // Last, so that nobody takes what follows for one of them.
    shown.append(&mut choices);
    let verb = if shown.len() == 1 { "is" } else { "are" };
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} {verb} missing", rest.join(", ")),
        _ => format!("{} {verb} missing", shown.join("")),
    }
}

/// What was probably meant.
#[must_use]
pub fn meant(error: &clap::Error) -> Option<String> {
    [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ]
    .into_iter()
    .map(|kind| joined(error, kind))
    .find(|text| !text.is_empty())
}

fn remedy(kind: ErrorKind, error: &clap::Error, help: &str) -> String {
    let page = match kind {
        ErrorKind::InvalidSubcommand
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            format!("\"{help}\" lists the commands, \"symbolon help topics\" what concerns several.")
        }
        ErrorKind::UnknownArgument => format!("\"{help}\" lists what there is, with an example."),
        ErrorKind::ArgumentConflict => format!("Give one of them, once; \"{help}\" explains what each does."),
        _ => format!("\"{help}\" explains it, with an example."),
    };
    match meant(error) {
        Some(meant) => format!("Did you mean {meant}? {page}"),
        None => page,
    }
}

/// Whether what was not known is an option.
fn is_option(error: &clap::Error) -> bool {
    joined(error, ContextKind::InvalidArg).starts_with('-')
}

/// Whether the command is about a card.
fn takes_card(command: &Command) -> bool {
    command
        .get_arguments()
        .any(|argument| argument.get_long() == Some("card"))
}

/// Whether the command is the one that gives cards to others, and so takes them from files alone.
fn serves(command: &Command) -> bool {
    command
        .get_arguments()
        .any(|argument| argument.get_long() == Some("slot"))
}

/// What the parser tells of this kind, several things separated by commas.
fn joined(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(some)) => some.join(", "),
        _ => String::new(),
    }
}

/// The innermost command that was named, and its full name.
fn command_of<'a>(all: &'a Command, arguments: &[OsString]) -> (String, &'a Command) {
    let (mut name, mut command) = (all.get_name().to_owned(), all);
    let words = arguments.iter().skip(1).filter_map(|word| word.to_str());
    // The options that may stand before a command have no values.
    for word in words.filter(|word| !word.starts_with('-')) {
        let Some(inner) = command.find_subcommand(word) else {
            break;
        };
        name = format!("{name} {}", inner.get_name());
        command = inner;
    }
    (name, command)
}
