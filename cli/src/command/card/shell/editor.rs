//! Lines that somebody types: prompt, history, completion.
//!
//! The history is a file that only its owner can read, and a line with a secret never comes into it.

mod catalogue;
mod history;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use reedline::{
    ColumnarMenu, Emacs, KeyCode, KeyModifiers, MenuBuilder, PromptEditMode, PromptHistorySearch, Reedline,
    ReedlineEvent, ReedlineMenu, Signal, default_emacs_keybindings,
};

pub(super) use catalogue::SharedCatalogue;

use crate::failure::{Failure, Result};
use crate::output::{Output, write_err};
use crate::page::printable;
use crate::secret::borrowed::Borrowed;

const MENU: &str = "completion";

/// What stands before the line that is typed.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    left: String,
}

impl Prompt {
    pub(super) fn new(path: String, verified: Vec<String>, dry_run: bool, colours: bool) -> Self {
        let paint = |code: &str, text: String| match colours {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text,
        };
        let mut left = paint("1;34", printable(&path));
        if !verified.is_empty() {
            left.push_str(&paint("32", format!(" [{}]", verified.join(" "))));
        }
        if dry_run {
            left.push_str(" (dry run)");
        }
        Self { left }
    }
}

impl reedline::Prompt for Prompt {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.left)
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("> ")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("  ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!(" (search: {}) ", search.term))
    }
}

/// Somebody at a terminal.
pub(super) struct Editor(Reedline);

impl Editor {
    /// Without a `history` that can be kept, one of this time alone.
    pub(super) fn new(history: Option<&Path>, catalogue: SharedCatalogue, output: Output) -> Self {
        let mut keys = default_emacs_keybindings();
        let complete = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
        keys.add_binding(
            KeyModifiers::NONE,
            KeyCode::Tab,
            ReedlineEvent::UntilFound(complete),
        );
        let menu = ColumnarMenu::default().with_name(MENU);
        let mut line = Reedline::create()
            .with_completer(Box::new(catalogue::Completion(catalogue)))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_edit_mode(Box::new(Emacs::new(keys)))
            .with_ansi_colors(output.colours());
        match history::open(history) {
            Ok(kept) => line = line.with_history(Box::new(kept)),
            Err(error) => output.note(&format!("The history is not kept: {error}.")),
        }
        Self(line)
    }

    /// The next line; `None` when whoever types is done.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(super) fn read(&mut self, prompt: &Prompt) -> Result<Option<String>> {
        loop {
            // Without a terminal there is nothing to give back.
            let terminal = Borrowed::new(|_| {});
            let read = self.0.read_line(prompt);
            drop(terminal);
            match read {
                Ok(Signal::Success(line)) => {
                    // Written now: whoever closes the window loses nothing. A full disk is no reason to stop.
                    let _ = self.0.sync_history();
                    return Ok(Some(line));
                }
                Ok(Signal::CtrlD) => return Ok(None),
                Ok(Signal::CtrlC) => write_err("Ctrl-D or \"exit\" leaves the shell.\n"),
                Ok(_) => {}
                Err(error) => {
                    return Err(Failure::usage(
                        "read commands",
                        format!("the terminal: {error}"),
                        "Name a script, or give commands with -c.",
                    ));
                }
            }
        }
    }
}

/// Where the history is kept unless somebody says otherwise.
pub(super) fn usual_history() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    folder("XDG_STATE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("symbolon/history"))
}
