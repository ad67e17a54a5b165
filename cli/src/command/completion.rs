//! `symbolon completion`

mod fish;

use clap::{Args, Command, CommandFactory};
use clap_complete::{Shell, generate};

use super::help::TOPICS;
use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::output::Outcome;

/// Write a script that makes a shell complete commands
///
/// Goes to standard output. Where shells look for such scripts: bash in ~/.local/share/bash-completion/completions/symbolon, zsh in a
/// file _symbolon in a folder of its $fpath, fish in ~/.config/fish/completions/symbolon.fish.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon completion bash")]
pub struct Completion {
    /// The shell
    pub shell: Shell,
}

impl Completion {
    /// Does it.
    ///
    /// # Errors
    /// None in fact.
    pub fn run(self) -> Result<Outcome> {
        let mut script = Vec::new();
        let mut commands = with_words_of_help(Arguments::command());
        generate(self.shell, &mut commands, "symbolon", &mut script);
        let mut script = String::from_utf8(script)
            .map_err(|_| Failure::internal("write a completion script", "it is not text"))?;
        if self.shell == Shell::Fish {
            script.push_str(&fish::values(&commands));
        }
        Ok(Outcome::text("completion", script))
    }
}

/// What `help` explains, as commands below it: its words as they are parsed say nothing of what they may be, so that shells would
/// offer files.
fn with_words_of_help(commands: Command) -> Command {
    // Were it among its own, fish would take it for one of them that was chosen already.
    let others = commands
        .get_subcommands()
        .filter(|command| command.get_name() != "help");
    let explained: Vec<Command> = others.map(named).collect();
    let topics = TOPICS
        .iter()
        .map(|topic| Command::new(topic.name).about(topic.title()))
        .chain([Command::new("topics").about("What else is explained")]);
    commands.mut_subcommand("help", |help| {
        named(&help).subcommands(explained).subcommands(topics)
    })
}

/// A command and those below it, without what they take.
fn named(command: &Command) -> Command {
    Command::new(command.get_name().to_owned())
        .about(command.get_about().cloned().unwrap_or_default())
        .subcommands(command.get_subcommands().map(named))
}
