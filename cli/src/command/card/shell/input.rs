//! Where lines come from: somebody who types, scripts, standard input. Scripts begun in scripts come first.

use std::io;
use std::path::Path;

use parties::file;

use super::editor::{Editor, Prompt};
use crate::failure::{Doing, Failure, Result};

/// The longest script, in bytes.
const SCRIPT_MAX: usize = 1024 * 1024;
/// The most scripts that begin one another.
const DEPTH_MAX: usize = 16;

/// A line, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// `check.sym line 3`; `None` if it was typed.
    pub(super) place: Option<String>,
}

enum Source {
    Typed(Box<Editor>),
    Lines {
        name: String,
        number: usize,
        lines: std::vec::IntoIter<String>,
    },
    Stdin {
        number: usize,
    },
}

/// Where lines come from, the last first.
#[derive(Default)]
pub(super) struct Input(Vec<Source>);

impl Input {
    pub(super) fn push_editor(&mut self, editor: Editor) {
        self.0.push(Source::Typed(Box::new(editor)));
    }

    pub(super) fn push_stdin(&mut self) {
        self.0.push(Source::Stdin { number: 0 });
    }

    pub(super) fn push_lines(&mut self, name: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.0.push(Source::Lines {
            name: name.to_owned(),
            number: 0,
            lines: lines.into_iter(),
        });
    }

    /// Continues with a script.
    ///
    /// # Errors
    /// When it cannot be read, is no text, or scripts begin one another without end.
    pub(super) fn push_file(&mut self, path: &Path) -> Result<()> {
        let step = format!("read the script {}", path.display());
        let bytes = file::read(path, SCRIPT_MAX).doing(step.clone())?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::usage(
                step.clone(),
                "it is no text",
                "Name a file with commands of the shell.",
            )
        })?;
        if self.0.len() > DEPTH_MAX {
            return Err(Failure::usage(
                step,
                "scripts begin one another without end",
                "Take the \"source\" out of the script that is begun by itself.",
            ));
        }
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        self.push_lines(&path.display().to_string(), lines);
        Ok(())
    }

    /// Whether somebody types once the scripts are done.
    pub(super) fn is_interactive(&self) -> bool {
        matches!(self.0.first(), Some(Source::Typed(_)))
    }

    /// Whether the next line is typed.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self.0.last(), Some(Source::Typed(_)))
    }

    /// Leaves the scripts that are at their end.
    pub(super) fn drop_finished(&mut self) {
        while matches!(self.0.last(), Some(Source::Lines { lines, .. }) if lines.len() == 0) {
            self.0.pop();
        }
    }

    /// Goes back to whoever types.
    pub(super) fn drop_scripts(&mut self) {
        while self.0.len() > 1 {
            self.0.pop();
        }
    }

    /// The next line; `None` at the end of everything.
    ///
    /// # Errors
    /// When standard input or the terminal cannot be read.
    pub(super) fn next(&mut self, prompt: &Prompt) -> Result<Option<Line>> {
        while let Some(source) = self.0.last_mut() {
            let found = match source {
                Source::Typed(editor) => editor.read(prompt)?.map(|text| Line { text, place: None }),
                Source::Lines { name, number, lines } => lines.next().map(|text| {
                    *number += 1;
                    Line {
                        text,
                        place: Some(format!("{name} line {number}")),
                    }
                }),
                Source::Stdin { number } => {
                    *number += 1;
                    read_stdin()?.map(|text| Line {
                        text,
                        place: Some(format!("standard input line {number}")),
                    })
                }
            };
            if found.is_some() {
                return Ok(found);
            }
            self.0.pop();
        }
        Ok(None)
    }
}

/// One line of standard input, not more: a PIN may stand in the next.
fn read_stdin() -> Result<Option<String>> {
    let mut text = String::new();
    match io::stdin().read_line(&mut text) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned())),
        Err(error) => Err(Failure::usage(
            "read commands",
            format!("standard input: {error}"),
            "Give text, one command a line.",
        )),
    }
}
