//! What was checked, for people and for JSON: right, wrong, or not to be known.

use serde::Serialize;

use crate::decision::Denial;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Checked, and right.
    Good,
    /// Checked, and wrong.
    Bad,
    /// Cannot be known from these objects and roots.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
    /// Why, unless it is good.
    pub detail: Option<String>,
}

/// Everything that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each check, in the order of the protocol.
    pub checks: Vec<Check>,
    /// What no reader of these objects can tell.
    pub cannot_know: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong, as far as can be known.
    #[must_use]
    pub fn nothing_bad(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != Outcome::Bad)
    }

    /// Whether everything was checked and is right.
    #[must_use]
    pub fn all_good(&self) -> bool {
        self.checks.iter().all(|check| check.outcome == Outcome::Good)
    }

    pub(crate) fn new(cannot_know: &[&str]) -> Self {
        Self {
            checks: Vec::new(),
            cannot_know: cannot_know.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, outcome: Outcome, detail: Option<String>) {
        self.checks.push(Check {
            name: name.into(),
            outcome,
            detail,
        });
    }

    pub(crate) fn judged(&mut self, name: impl Into<String>, judged: Result<(), Denial>) {
        match judged {
            Ok(()) => self.add(name, Outcome::Good, None),
            Err(denial) => self.add(name, Outcome::Bad, Some(denial.to_string())),
        }
    }

    /// Nobody who is trusted certified it: that is wrong where the reader trusts some registrar of that role, and cannot be
    /// known where he named none.
    pub(crate) fn untrusted(&mut self, name: impl Into<String>, trusts_another: bool) {
        let outcome = match trusts_another {
            true => Outcome::Bad,
            false => Outcome::Unknown,
        };
        let why = "its registrar's root is not among those trusted";
        self.add(name, outcome, Some(why.to_owned()));
    }

    pub(crate) fn unknown(&mut self, name: impl Into<String>, why: &str) {
        self.add(name, Outcome::Unknown, Some(why.to_owned()));
    }
}
