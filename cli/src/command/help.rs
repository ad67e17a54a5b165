//! `symbolon help`: about a command, or about a topic that concerns several.

use clap::Args;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::output::Outcome;

/// Explain a command or a topic
///
/// Without words it lists the commands; "topics" lists what else is explained.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon help
  symbolon help card tree
  symbolon help topics
  symbolon help exit-codes")]
pub struct Help {
    /// A command, a topic, or "topics"
    #[arg(value_name = "WORD")]
    words: Vec<String>,
}

/// Something that concerns several commands.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// What is typed.
    pub name: &'static str,
    /// The title in the first line, then what there is to know.
    pub text: &'static str,
}

macro_rules! topics {
    ($($name:literal,)*) => {
        /// Every topic, in the order to read them.
        pub const TOPICS: &[Topic] = &[
            $(Topic { name: $name, text: include_str!(concat!("../topics/", $name, ".txt")) },)*
        ];
    };
}

topics! {
    "parties",
    "modes",
    "pins",
    "files",
    "readers",
    "exit-codes",
    "scripting",
    "json",
}

impl Topic {
    /// Its first line.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default()
    }
}

impl Help {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such command or topic.
    pub fn run(self) -> Result<Outcome> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let text = match words.as_slice() {
            ["topics"] => topics(),
            [one] => match TOPICS.iter().find(|topic| topic.name == *one) {
                Some(topic) => topic.text.to_owned(),
                None => command(&words)?,
            },
            _ => command(&words)?,
        };
        Ok(Outcome::text("help", text))
    }
}

fn topics() -> String {
    let line = |topic: &Topic| format!("  {:<12}{}\n", topic.name, topic.title());
    let lines: String = TOPICS.iter().map(line).collect();
    format!("Topics; \"symbolon help NAME\" shows one:\n\n{lines}")
}

/// The long help of a command.
fn command(words: &[&str]) -> Result<String> {
    let mut command = Arguments::shown();
    command.build();
    let mut found = &mut command;
    for word in words {
        let name = found.get_name().to_owned();
        found = found.find_subcommand_mut(word).ok_or_else(|| {
            Failure::usage(
                "explain it",
                format!("{name} has no command \"{word}\", and there is no such topic"),
                "\"symbolon help\" lists the commands, \"symbolon help topics\" the topics.",
            )
        })?;
    }
    Ok(found.render_long_help().to_string())
}
