//! `symbolon completion`

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

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
        generate(self.shell, &mut Arguments::command(), "symbolon", &mut script);
        let script = String::from_utf8(script)
            .map_err(|_| Failure::internal("write a completion script", "it is not text"))?;
        Ok(Outcome::text("completion", script))
    }
}
