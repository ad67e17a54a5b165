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
    /// Registration, store, replace, delete or lower floor.
    pub operation: &'static str,
    /// Which card.
    pub card: &'static str,
    /// What came of it.
    pub outcome: Outcome,
}

/// An attack.
#[derive(Clone, Debug, Serialize)]
pub struct AttackReport {
    /// Its name.
    pub name: &'static str,
    /// Which card it was tried on.
    pub card: &'static str,
    /// In how many forms it was tried; status word and reason are those of the last.
    pub variants: u32,
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
    /// What the demonstration calls it.
    pub name: &'static str,
    /// How many receipts it has written, all of them collected and verified as one chain up to the head that it proves.
    pub receipts: u32,
    /// What the card says.
    pub content: Vec<Content>,
    /// What the issuer's database says.
    pub issuer_says: Vec<Content>,
    /// What the provider's database says.
    pub providers_say: Vec<Content>,
    /// Whether all three agree.
    pub agree: bool,
}

/// What is checked of every attack: the card says no.
pub(super) const REFUSED: &str = "refused by the card";

/// An attack that was tried.
pub(super) struct Trial {
    pub(super) name: &'static str,
    /// What the attacker tried, in a line.
    pub(super) story: &'static str,
    pub(super) variants: u32,
    /// What the card answered, last.
    pub(super) answer: (Status, Reason),
    /// What was checked, and whether it held.
    pub(super) checks: Vec<(&'static str, bool)>,
    pub(super) card_changed: bool,
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
    /// Which card is in the reader.
    #[serde(skip)]
    card: &'static str,
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
            card: "A",
        }
    }

    /// Another card is in the reader.
    pub(super) const fn card(&mut self, name: &'static str) {
        self.card = name;
    }

    /// Which card is in the reader.
    pub(super) const fn card_name(&self) -> &'static str {
        self.card
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
            card: self.card,
            outcome: Outcome::Done,
        });
    }

    /// Notes an attack, one line of it, and counts what was checked; what does not hold has a line of its own.
    pub(super) fn attack(&mut self, trial: &Trial) {
        let Trial { name, story, .. } = trial;
        let refused = trial
            .checks
            .iter()
            .all(|(what, holds)| *what != REFUSED || *holds);
        let variants = if trial.variants == 1 {
            String::new()
        } else {
            format!(", {} forms of it", trial.variants)
        };
        let number = self.attacks.len() + 1;
        let (status, reason) = trial.answer;
        let because = match reason {
            Reason::None => String::new(),
            reason => format!(" {}", reason.name()),
        };
        self.say(format!(
            "{number:>3} {name}{variants}: {story} -> {:04X}{because}",
            status.0
        ));
        for (what, holds) in &trial.checks {
            self.checks += 1;
            if !holds {
                self.failed += 1;
                self.line(&format!("  FAILED: {what}"));
            }
        }
        self.attacks.push(AttackReport {
            name,
            card: self.card,
            variants: trial.variants,
            refused_by: if refused { "card" } else { "nobody" },
            status_word: format!("{:04X}", status.0),
            reason: reason.to_string(),
            outcome: if refused { Outcome::Refused } else { Outcome::Done },
            card_changed: trial.card_changed,
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
