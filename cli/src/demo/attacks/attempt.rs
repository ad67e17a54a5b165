//! One attack and how it is tried: on a copy of the card with the honest bytes, on the card with the changed ones.

use apdu_spec::reason::Reason;

use crate::demo::report::Report;
use crate::demo::stage::{Stage, copy, dump};
use crate::scene::steps::{self, exchange};
use crate::scene::{Result, SceneError};

/// One attack: what is sent before, and the bytes with and without the change.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// What the attacker tries, in a sentence or two.
    pub(super) story: &'static str,
    /// The copy that accepts the honest bytes, where it is not the card as it is now.
    pub(super) copy_image: Option<Vec<u8>>,
    /// Sent to the copy first.
    pub(super) before_honest: Vec<Vec<u8>>,
    pub(super) honest: Vec<u8>,
    /// Sent to the card first.
    pub(super) before_changed: Vec<Vec<u8>>,
    pub(super) changed: Vec<u8>,
    /// Why the card must refuse it; a refusal for any other reason would show nothing.
    pub(super) reason: Reason,
}

impl Attack {
    /// An attack whose honest and changed bytes come after the same beginning.
    pub(super) fn new(
        name: &'static str,
        story: &'static str,
        before: &[Vec<u8>],
        honest: Vec<u8>,
        changed: Vec<u8>,
        reason: Reason,
    ) -> Self {
        Self {
            name,
            story,
            copy_image: None,
            before_honest: before.to_vec(),
            honest,
            before_changed: before.to_vec(),
            changed,
            reason,
        }
    }

    pub(super) fn attempt(&self, number: usize, stage: &mut dyn Stage, report: &mut Report) -> Result<()> {
        report.chapter(&format!("Attack {number}: {}", self.name));
        report.say(self.story);
        let mut twin = match &self.copy_image {
            Some(image) => {
                let randomness = simulator::randomness::Randomness::System;
                simulator::card::SimulatedCard::from_snapshot(image.clone(), randomness)
            }
            None => copy(stage)?,
        };
        let mut twin = |command: &[u8]| twin.process(command).to_vec();
        for command in &self.before_honest {
            expect_success(exchange(&mut twin, command)?)?;
        }
        let accepted = exchange(&mut twin, &self.honest)?.status.is_success();
        report.check("a clone of the card accepts the honest bytes", accepted);
        for command in &self.before_changed {
            expect_success(exchange(stage, command)?)?;
        }
        let before = dump(stage)?;
        let answer = exchange(stage, &self.changed)?;
        let reason = steps::last_reason(stage)?;
        report.attack(self.name, answer.status, reason, dump(stage)? != before);
        report.check("refused for the right reason", reason == self.reason);
        Ok(())
    }
}

fn expect_success(answer: steps::Answer) -> Result<()> {
    if answer.status.is_success() {
        return Ok(());
    }
    let reason = Reason::None;
    Err(SceneError::Card {
        step: "before the attack",
        status: answer.status,
        reason,
    })
}
