//! What the demonstration says, to people line by line and to scripts as one JSON document.

use serde::Serialize;

use apdu_spec::reason::Reason;
use apdu_spec::status::Status;

/// Whether something was done or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

/// A step of the protocol.
#[derive(Clone, Debug, Serialize)]
pub struct ModeReport {
    /// Number of the way to store.
    pub mode: u8,
    /// Registration, store, replace or delete.
    pub operation: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// An attack.
#[derive(Clone, Debug, Serialize)]
pub struct AttackReport {
    /// Its name.
    pub name: &'static str,
    /// Who refused it.
    pub refused_by: &'static str,
    /// What the card answered, four hexadecimal digits.
    pub status_word: String,
    /// The reason that the card gave.
    pub reason: String,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether anything on the card was different afterwards.
    pub card_changed: bool,
}

/// An application on a card.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Content {
    /// Its AID in hexadecimal.
    pub aid: String,
    /// Its version.
    pub version: u32,
}

/// What is on a card, by its own word and by what the parties' receipts say.
#[derive(Clone, Debug, Serialize)]
pub struct CardReport {
    /// The card: first bytes of the digest of its registration key.
    pub card: String,
    /// What the card says.
    pub content: Vec<Content>,
    /// What the issuer's database says.
    pub issuer_says: Vec<Content>,
    /// What the provider's database says.
    pub providers_say: Vec<Content>,
    /// Whether all three agree.
    pub agree: bool,
}

/// The report, complete when the demonstration has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of this form.
    pub schema: u32,
    /// The honest steps.
    pub modes: Vec<ModeReport>,
    /// The attacks.
    pub attacks: Vec<AttackReport>,
    /// The cards at the end.
    pub cards: Vec<CardReport>,
    /// How many things were checked.
    pub checks: u32,
    /// How many of them were not as they should be.
    pub failed: u32,
    #[serde(skip)]
    silent: bool,
}

impl Report {
    pub(super) const fn new(silent: bool) -> Self {
        Self {
            schema: 1,
            modes: Vec::new(),
            attacks: Vec::new(),
            cards: Vec::new(),
            checks: 0,
            failed: 0,
            silent,
        }
    }

    /// Whether everything was as it should be.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.failed == 0
    }

    fn line(&self, text: &str) {
        use std::io::Write;
        if !self.silent {
            // A closed pipe ends the telling, not the demonstration.
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }

    /// Begins a chapter.
    pub(super) fn chapter(&self, title: &str) {
        self.line(&format!("\n{title}"));
    }

    /// Says what happens.
    pub(super) fn say(&self, text: impl AsRef<str>) {
        self.line(&format!("  {}", text.as_ref()));
    }

    /// Checks something and says so.
    pub(super) fn check(&mut self, what: &str, holds: bool) {
        self.checks += 1;
        if holds {
            self.line(&format!("  ok: {what}"));
        } else {
            self.failed += 1;
            self.line(&format!("  FAILED: {what}"));
        }
    }

    /// Notes a step of the protocol that was done.
    pub(super) fn done(&mut self, mode: u8, operation: &'static str) {
        self.modes.push(ModeReport {
            mode,
            operation,
            outcome: Outcome::Done,
        });
    }

    /// Notes an attack and checks that it was refused and changed nothing.
    pub(super) fn attack(&mut self, name: &'static str, status: Status, reason: Reason, card_changed: bool) {
        let refused = !status.is_success();
        self.say(format!("the card answers {status}: {reason}"));
        self.check("refused by the card", refused);
        self.check(
            "nothing on the card has changed, down to the last object of its memory",
            !card_changed,
        );
        self.attacks.push(AttackReport {
            name,
            refused_by: if refused { "card" } else { "nobody" },
            status_word: format!("{:04X}", status.0),
            reason: reason.to_string(),
            outcome: if refused { Outcome::Refused } else { Outcome::Done },
            card_changed,
        });
    }

    pub(super) fn end(&self) {
        let refused = self
            .attacks
            .iter()
            .filter(|attack| attack.outcome == Outcome::Refused)
            .count();
        self.chapter("Result");
        self.say(format!(
            "{} steps done, {refused} of {} attacks refused by the card, {} checks, {} failed.",
            self.modes.len(),
            self.attacks.len(),
            self.checks,
            self.failed
        ));
    }
}
