//! How a line becomes a command, and what `help` says.

use clap::{CommandFactory, Parser};

use super::{Do, Line};
use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::misuse;

impl Do {
    /// Understands the words of a line, of which there is at least one.
    ///
    /// # Errors
    /// When they are no command.
    pub(in super::super) fn understand(words: &[String]) -> Result<Self> {
        let name = words.first().map(String::as_str).unwrap_or_default();
        Line::try_parse_from(words).map(|line| line.command).map_err(|error| {
            let known = Line::command().find_subcommand(name).is_some();
            let program = of_program(words, known);
            let remedy = match (name, &program) {
                ("verify" | "change-pin" | "unblock", _) => {
                    format!("PINs are never part of a line: type \"{name} user\" and the PIN when asked, or name a file.")
                }
                (_, Some(command)) => format!("Type \"{command} ...\": \"symbolon\" before it runs any command of the program here."),
                _ => {
                    let page = match known {
                        true => format!("Type \"help {name}\"."),
                        false => "Type \"help\" for the commands.".to_owned(),
                    };
                    let meant: Vec<String> = [meant_here(&error, name), of_program_card(name)].into_iter().flatten().collect();
                    match meant.is_empty() {
                        true => page,
                        false => format!("Did you mean {}? {page}", meant.join(" or ")),
                    }
                }
            };
            // What was typed may be a PIN.
            let message = match (name, program) {
                ("verify" | "change-pin" | "unblock", _) => "it is not written like that".to_owned(),
                (_, Some(_)) => "it is a command of the program, not of this shell".to_owned(),
                _ if !known => "there is no such command".to_owned(),
                _ => misuse::message(&error, name),
            };
            Failure::usage(format!("understand {name:?}"), message, remedy)
        })
    }
}

/// The command of the program that the words begin with, in full. Where the shell has one of the same name, only with the
/// word behind it.
fn of_program(words: &[String], known: bool) -> Option<String> {
    let all = Arguments::command();
    let mut names = vec![all.get_name()];
    let mut command = &all;
    for word in words {
        let Some(inner) = command.find_subcommand(word) else {
            break;
        };
        names.push(inner.get_name());
        command = inner;
    }
    (names.len() > if known { 2 } else { 1 }).then(|| names.join(" "))
}

/// What was probably meant of the shell's commands. Where the program has a command of just this name, only what it begins with.
fn meant_here(error: &clap::Error, name: &str) -> Option<String> {
    match of_program_card(name) {
        Some(_) => Line::command()
            .get_subcommands()
            .map(|one| one.get_name().to_owned())
            .find(|one| name.starts_with(one)),
        None => misuse::meant(error),
    }
}

/// The program's command about cards that has this name.
fn of_program_card(name: &str) -> Option<String> {
    of_program(&["card".to_owned(), name.to_owned()], true).map(|command| format!("{command:?}"))
}

/// What `help` says.
///
/// # Errors
/// When there is no such command.
pub(in super::super) fn help(name: Option<&str>) -> Result<String> {
    let mut all = Line::command();
    all.build();
    let Some(name) = name else {
        let rows = all.get_subcommands().map(|one| {
            format!(
                "  {:<11} {}\n",
                one.get_name(),
                one.get_about().cloned().unwrap_or_default()
            )
        });
        return Ok(format!(
            "{}\nType \"help COMMAND\" for more, Tab to complete, Ctrl-R to search the history. A refusal ends a script, \
             unless\nthe next line is an \"expect\" that wanted it. What begins with a blank is not kept in the history.\n",
            rows.collect::<String>()
        ));
    };
    match all.find_subcommand_mut(name) {
        Some(command) => Ok(command.render_help().to_string()),
        None => Err(Failure::usage(
            "help",
            format!("there is no command {name:?}"),
            "Type \"help\" for the commands.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_hold_together_and_are_explained() {
        Line::command().debug_assert();
        for command in Line::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            assert!(help(Some(command.get_name())).unwrap().contains("Usage:"));
        }
        assert!(help(None).unwrap().contains("hexdump"));
        assert!(help(Some("nothing")).is_err());
    }

    /// Losing this shows a PIN to whoever looks at the screen or the log of a script.
    #[test]
    fn a_pin_on_the_line_is_refused_and_not_repeated() {
        let words = ["verify", "user", "13572468"].map(str::to_owned);
        let failure = Do::understand(&words).unwrap_err();
        assert!(!format!("{failure:?}").contains("13572468"), "{failure:?}");
    }

    /// Losing this leaves whoever forgets the first word with "there is no such command".
    #[test]
    fn a_command_of_the_program_is_told_how_to_be_run_here() {
        for (line, meant) in [
            ("party show alpenbank", "\"symbolon party show ...\""),
            ("approval", "\"symbolon approval ...\""),
            (
                "issuer register --issuer alpenbank",
                "\"symbolon issuer register ...\"",
            ),
            ("trace decode log", "\"symbolon trace decode ...\""),
            ("receipts", "mean \"symbolon card receipts\"?"),
            ("verify-pin user", "mean verify or \"symbolon card verify-pin\"?"),
            ("trace nothing", "\"help trace\""),
            ("nothing", "\"help\""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let failure = Do::understand(&words).unwrap_err();
            assert!(failure.remedy.contains(meant), "{line}: {failure:?}");
        }
    }
}
