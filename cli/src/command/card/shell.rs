//! `symbolon card shell`
//!
//! Commands of a shell on a card, typed or from a script. What belongs here: which card, where lines come from, and what
//! ends it. A line's words are [`line`]'s, its meaning `grammar`'s, what it does is in `state` and the modules beside it.

mod act;
mod aside;
mod change;
mod channels;
mod edit;
mod editor;
mod grammar;
mod input;
mod keys;
mod line;
mod look;
mod manage;
mod pins;
mod place;
mod raw;
mod records;
mod stat;
mod state;
mod traffic;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::rc::Rc;

use clap::{Args, CommandFactory};
use serde::Serialize;

use crate::arguments::Arguments;
use crate::card::CardArguments;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::output::{Outcome, Show, write_err};
use crate::page::Page;
use input::Input;
use state::{Next, Played, State};
use traffic::{Recorder, Traffic};

/// Work on a card in a shell, or run a script of its commands
///
/// Without a script and on a terminal, lines are typed, with history and completion; "help" lists the commands. A script is a
/// file, or standard input; it ends at the first refusal (exit code 1) or mistake (2), unless the next line is an "expect"
/// that wanted the refusal. The shell keeps the card to itself while it is open: what is verified and selected stays, and no
/// other program comes between. "symbolon ..." in the shell lets it go for one command. PINs are never part of a line, and
/// the last try of a PIN is spent with --last-try only.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  symbolon card shell --card card.img
  symbolon card shell --card card.img -c \"cd Notes\" -c ls
  symbolon card shell check.sym --card card.img --json")]
pub struct Shell {
    /// Run the commands in this file; "-" is standard input
    #[arg(value_name = "SCRIPT")]
    script: Option<PathBuf>,
    /// Run this command; several are run one after the other, before the script
    #[arg(long, short, value_name = "LINE")]
    command: Vec<String>,
    /// Keep the history of what was typed in this file [default: symbolon/history in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "FILE", conflicts_with = "no_history")]
    history: Option<PathBuf>,
    /// Keep no history
    #[arg(long)]
    no_history: bool,
    #[command(flatten)]
    card: CardArguments,
}

/// What a script did.
#[derive(Serialize)]
struct Commands {
    commands: Vec<Played>,
}

impl Show for Commands {
    fn show(&self, _: &mut Page) {}
}

impl Shell {
    /// Does it.
    ///
    /// # Errors
    /// When the card cannot be reached, or a script's command was refused or not understood.
    pub fn run(self, context: &Context) -> Result<Outcome> {
        let traffic = Rc::new(Traffic::new(context.trace));
        let mut state = State::new(*context, Rc::clone(&traffic));
        let mut input = self.input(context, &state)?;
        state.interactive = input.is_interactive();
        loop {
            match self.at_card(&mut state, &mut input, &traffic) {
                Ok(Next::End) => break,
                Ok(Next::Aside(words)) => {
                    let card = self.card.words_for(&aside::line(&words), &Arguments::command());
                    let done = aside::run(&words, &card, context);
                    state.settle(done, &mut input)?;
                }
                Ok(_) => {}
                // Somebody who types may put the card back.
                Err(failure) if state.interactive && state.arrived => {
                    context.output.fail(&failure);
                    write_err("The card is gone. Put it back and press Enter, or type exit.\n");
                    input.drop_scripts();
                    let line = input.next(&state.prompt())?;
                    if line.is_none_or(|line| matches!(line.text.trim(), "exit" | "quit")) {
                        break;
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(Outcome::new(
            "card shell",
            &Commands {
                commands: state.played,
            },
        ))
    }

    fn input(&self, context: &Context, state: &State) -> Result<Input> {
        let mut input = Input::default();
        let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        match &self.script {
            Some(path) if path.as_os_str() == "-" => input.push_stdin(),
            Some(path) => input.push_file(path)?,
            None if !self.command.is_empty() => {}
            None if on_terminal && !context.output.json => {
                let history = match (&self.history, self.no_history) {
                    (_, true) => None,
                    (Some(path), _) => Some(path.clone()),
                    (None, _) => editor::usual_history(),
                };
                input.push_editor(editor::Editor::new(
                    history.as_deref(),
                    state.catalogue(),
                    context.output,
                ));
            }
            None if io::stdin().is_terminal() => {
                return Err(Failure::usage(
                    "read commands",
                    "with --json, or without a terminal to write to, nobody types",
                    "Name a script, or give commands with -c.",
                ));
            }
            None => input.push_stdin(),
        }
        input.push_lines("-c", self.command.clone());
        Ok(input)
    }

    /// One time at the card, until it is let go.
    fn at_card(&self, state: &mut State, input: &mut Input, traffic: &Rc<Traffic>) -> Result<Next> {
        let mut card = self.card.open_watched(Recorder(Rc::clone(traffic)))?;
        loop {
            let next = {
                let mut session = card.begin()?;
                state.arrive(&mut session)?;
                let next = state.converse(&mut session, input);
                state.leave(&mut session);
                next?
            };
            match next {
                Next::Reset => card.reset()?,
                other => return Ok(other),
            }
        }
    }
}
