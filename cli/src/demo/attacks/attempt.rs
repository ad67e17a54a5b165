//! One attack and how it is tried: a clone of the card accepts the honest bytes, the card refuses the changed ones.

use apdu_spec::reason::Reason;
use apdu_spec::status::Status;

use crate::demo::report::{REFUSED, Report, Trial};
use crate::demo::stage::{InProcess, Stage, dump};
use crate::scene::steps::{Chip, drop_request, exchange, get_data, last_reason};
use crate::scene::{Result, SceneError};

/// Prepares a card honestly and gives the bytes that are to be judged.
pub(super) type Way<'a> = &'a dyn Fn(&mut dyn Chip) -> Result<Vec<u8>>;

/// What is tried and what the card must answer: a refusal for any other reason would show nothing.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What the attacker tries, in a line.
    pub(super) story: &'static str,
    pub(super) status: u16,
    pub(super) reason: Reason,
}

/// A case in one line: name, story, and the answer expected.
pub(super) const fn case(name: &'static str, story: &'static str, status: u16, reason: Reason) -> Case {
    Case {
        name,
        story,
        status,
        reason,
    }
}

/// Where attacks are tried.
pub(super) struct Arena<'a> {
    pub(super) stage: &'a mut dyn Stage,
    pub(super) report: &'a mut Report,
}

impl Arena<'_> {
    /// Begins a section of attacks.
    pub(super) fn section(&self, title: &str, story: &str) {
        self.report
            .chapter(&format!("Attacks on card {}: {title}", self.report.card_name()));
        self.report.say(story);
    }

    /// The card itself is attacked, as a twin of it was that accepts the honest bytes: both freshly powered up.
    pub(super) fn on_card(&mut self, case: Case, honest: Way<'_>, changed: Way<'_>) -> Result<()> {
        let mut twin = InProcess::copy_of(self.stage.image()?);
        let accepted = accepts(&mut twin, honest, &case)?;
        self.stage.reset()?;
        let trial = judge(self.stage, accepted, changed, case)?;
        self.report.attack(&trial);
        Ok(())
    }

    /// As [`Self::on_card`], where what is honest is so on a card in another state only.
    pub(super) fn on_card_unlike(&mut self, twin: &[u8], case: Case, command: &[u8]) -> Result<()> {
        let way: Way<'_> = &|_| Ok(command.to_vec());
        let accepted = accepts(&mut InProcess::copy_of(twin.to_vec()), way, &case)?;
        self.stage.reset()?;
        let trial = judge(self.stage, accepted, way, case)?;
        self.report.attack(&trial);
        Ok(())
    }

    /// A second clone is attacked, because the way to the changed bytes leaves more than the story needs.
    pub(super) fn on_copy(&mut self, case: Case, honest: Way<'_>, changed: Way<'_>) -> Result<()> {
        let image = self.stage.image()?;
        self.on_image(&image, case, honest, changed)
    }

    /// As [`Self::on_copy`], from a card that was prepared.
    pub(super) fn on_image(
        &mut self,
        image: &[u8],
        case: Case,
        honest: Way<'_>,
        changed: Way<'_>,
    ) -> Result<()> {
        let mut twin = InProcess::copy_of(image.to_vec());
        let accepted = accepts(&mut twin, honest, &case)?;
        let mut target = InProcess::copy_of(image.to_vec());
        let trial = judge(&mut target, accepted, changed, case)?;
        self.report.attack(&trial);
        Ok(())
    }

    /// The image of a copy of the card, prepared.
    pub(super) fn prepared(&mut self, prepare: &dyn Fn(&mut dyn Chip) -> Result<()>) -> Result<Vec<u8>> {
        let mut copy = InProcess::copy_of(self.stage.image()?);
        prepare(&mut copy)?;
        copy.image()
    }

    /// The image of a copy of the card on which no request is open.
    pub(super) fn cleared(&mut self) -> Result<Vec<u8>> {
        self.prepared(&|chip| {
            for number in open_requests(chip)? {
                drop_request(chip, number)?;
            }
            Ok(())
        })
    }
}

/// Numbers of the open requests.
fn open_requests(chip: &mut dyn Chip) -> Result<Vec<u32>> {
    let bytes = get_data(chip, apdu_spec::data::OPEN_REQUESTS, &[])?;
    let mut reader = apdu_spec::tlv::Reader::new(&bytes);
    let mut numbers = Vec::new();
    while !reader.is_empty() {
        numbers.push(apdu_spec::data::RequestEntry::read(&mut reader)?.number);
    }
    Ok(numbers)
}

fn on_the_way(case: &Case, error: SceneError) -> SceneError {
    SceneError::Coding(format!("attack \"{}\": {error}", case.name))
}

fn accepts(twin: &mut dyn Stage, honest: Way<'_>, case: &Case) -> Result<bool> {
    let bytes = honest(twin).map_err(|error| on_the_way(case, error))?;
    Ok(exchange(twin, &bytes)?.status.is_success())
}

fn judge(target: &mut dyn Stage, accepted: bool, changed: Way<'_>, case: Case) -> Result<Trial> {
    let bytes = changed(target).map_err(|error| on_the_way(&case, error))?;
    let before = dump(target)?;
    let answer = exchange(target, &bytes)?.status;
    let reason = last_reason(target)?;
    let card_changed = dump(target)? != before;
    Ok(Trial {
        name: case.name,
        story: case.story,
        variants: 1,
        answer: (answer, reason),
        checks: vec![
            ("a clone of the card accepts the honest bytes", accepted),
            (REFUSED, !answer.is_success()),
            (
                "refused with the right status word for the right reason",
                answer == Status(case.status) && reason == case.reason,
            ),
            (
                "nothing on the card has changed, down to the last object of its memory",
                !card_changed,
            ),
        ],
        card_changed,
    })
}
