//! What `clap_complete` leaves out for fish: the values of what is not an option.

use std::fmt::Write;

use clap::{Arg, Command};

/// Lines that offer them, of all commands.
pub(super) fn values(commands: &Command) -> String {
    let mut lines = String::new();
    for command in commands.get_subcommands() {
        let condition = format!("__fish_symbolon_using_subcommand {}", command.get_name());
        for inner in command.get_subcommands() {
            let condition = format!(
                "{condition}; and __fish_seen_subcommand_from {}",
                inner.get_name()
            );
            write(&mut lines, &condition, inner);
        }
        write(&mut lines, &condition, command);
    }
    lines
}

fn write(lines: &mut String, condition: &str, command: &Command) {
    let values = command.get_positionals().flat_map(Arg::get_possible_values);
    for value in values.filter(|value| !value.is_hide_set()) {
        let about = value.get_help().map(ToString::to_string).unwrap_or_default();
        let about = about.replace('\\', "\\\\").replace('\'', "\\'");
        // Writing to a String does not fail.
        let _ = writeln!(
            lines,
            "complete -c symbolon -n \"{condition}\" -f -a '{}' -d '{about}'",
            value.get_name()
        );
    }
}
