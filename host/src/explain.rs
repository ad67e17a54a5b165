//! What APDUs mean, for people: commands, status words, data objects, certificates, whole logs of other programs.
//!
//! [`Explainer`] takes commands and replies one after the other, puts chains and 61xx together and gives [`Exchange`]s;
//! [`log::read`] finds them in a log. Secrets are masked whatever the log shows: a PIN that another program wrote into it does
//! not come out again. Everything here takes any bytes and never fails: what is not understood is shown in hexadecimal.

mod ber;
mod command;
mod exchange;
pub mod log;
mod names;
mod object;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;

pub use command::is_secret;
pub use exchange::{Exchange, Explainer};
pub use object::{data_object, object};
pub use words::{status_words, status_words_after};

/// Something with a name, a value, and what is inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub label: String,
    /// Its value in words or hexadecimal; may be empty where something is inside. No control characters are in it.
    pub value: String,
    /// What is inside.
    pub inner: Vec<Item>,
}

impl Item {
    pub(crate) fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: printable(&value.into()),
            inner: Vec::new(),
        }
    }

    pub(crate) fn with(self, inner: Vec<Self>) -> Self {
        Self { inner, ..self }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        match (self.value.is_empty(), self.label.is_empty()) {
            (true, _) => writeln!(f, "{indent}{}", self.label)?,
            (false, true) => writeln!(f, "{indent}{}", self.value)?,
            (false, false) => writeln!(f, "{indent}{}: {}", self.label, self.value)?,
        }
        self.inner.iter().try_for_each(|item| item.write(f, depth + 1))
    }
}

/// One line each, indented by what it is in.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, f.width().unwrap_or(0))
    }
}

/// Control characters come from others and must not steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            if character.is_control() {
                character.escape_default().collect()
            } else {
                vec![character]
            }
        })
        .collect()
}

/// Bytes in hexadecimal.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
