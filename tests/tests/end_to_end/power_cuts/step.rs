//! One command of a card's life: what was before it, what it did uncut, and how it is cut.

use apdu_spec::apdu::ResponseApdu;
use apdu_spec::status::Status;
use simulator::card::SimulatedCard;
use simulator::dump::dump;
use simulator::flash::{CutFlash, MemoryFlash, Operations, Outcome};
use simulator::platform::CardFlash;
use simulator::randomness::Randomness;
use symbolon::scene::steps::Answer;

use super::state::{Between, Found, judge};

/// Small pages, and few of them ([`super::story::PAGES`]): room is made and pages are erased all the time.
pub(crate) type Flash = MemoryFlash<1_024, 4>;
/// The same with power that can be cut.
pub(crate) type PoweredFlash = CutFlash<1_024, 4>;

/// What the same command says to a card that has already done it.
#[derive(Debug)]
pub(crate) enum Again {
    /// The same answer, and nothing changes.
    Same,
    /// This status word.
    Refused(Status),
    /// This status word; the receipt that the cut kept from its reader is on the card.
    Receipt(Status),
    /// Another command takes its place: a changed PIN is verified with its new value.
    Now(Vec<u8>),
}

/// A command, uncut.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Seeds the card's random numbers from power-on: what is done twice is done with the same ones.
    pub(crate) seed: u64,
    /// The card before, switched off.
    pub(crate) image: Flash,
    /// What brings the session to where the command is sent. Changes nothing that the card keeps.
    pub(crate) session: Vec<Vec<u8>>,
    pub(crate) command: Vec<u8>,
    pub(crate) answer: Answer,
    /// Operations of power-on and session, and of the command.
    pub(crate) ahead: u64,
    pub(crate) operations: Operations,
    /// What the card keeps before and after.
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) between: Between,
    pub(crate) again: Again,
    /// What completes it where repeating it would be another attempt (a wrong PIN): the command, and what the card
    /// keeps then.
    pub(crate) instead: Option<(Vec<u8>, String)>,
    /// One transaction changes what is on the card: recovery from each of its cuts is cut everywhere too.
    pub(crate) is_commit: bool,
}

/// Sends a command.
pub(crate) fn send<F: CardFlash>(card: &mut SimulatedCard<F>, command: &[u8]) -> Answer {
    let response = ResponseApdu::parse(card.process(command)).unwrap();
    Answer {
        data: response.data.to_vec(),
        status: response.status,
    }
}

/// Switches a card on and sends what comes before a command.
pub(crate) fn begin<F: CardFlash>(flash: F, seed: u64, session: &[Vec<u8>]) -> SimulatedCard<F> {
    let mut card = SimulatedCard::start(flash, Randomness::seeded(seed));
    for command in session {
        let status = send(&mut card, command).status;
        assert!(status.is_success(), "{status} to {command:02x?}");
    }
    card
}

/// Programs and erases of a card's flash so far.
pub(crate) fn operations(card: &mut SimulatedCard<PoweredFlash>) -> Operations {
    card.with_flash(CutFlash::operations).unwrap()
}

/// A card that was switched on after a cut, and what that took.
pub(crate) struct Recovered {
    pub(crate) card: SimulatedCard<PoweredFlash>,
    pub(crate) keeps: String,
    pub(crate) operations: u64,
}

impl Step {
    /// Sends the command to a card whose power fails in operation `number` of it; gives the flash that is left.
    pub(crate) fn cut(&self, number: u64, outcome: Outcome) -> Flash {
        let flash = CutFlash::new(self.image.clone()).cut_at(self.ahead + number, outcome);
        let mut card = begin(flash, self.seed, &self.session);
        let answer = send(&mut card, &self.command);
        assert!(
            answer.data.is_empty() && answer.status == Status::MEMORY_FAILURE,
            "answered {} without power",
            answer.status
        );
        let flash = card.into_flash().unwrap();
        assert!(flash.is_lost(), "not reached");
        flash.into_inner()
    }

    /// Switches a card on that lost power.
    pub(crate) fn recover(&self, image: Flash) -> Recovered {
        let mut card = SimulatedCard::start(CutFlash::new(image), Randomness::seeded(self.seed));
        let operations = operations(&mut card).total();
        let keeps = card.dump().unwrap();
        Recovered {
            card,
            keeps,
            operations,
        }
    }

    /// Cuts recovery too, in operation `number` of it; gives what the card keeps at the power-on after that.
    pub(crate) fn cut_again(&self, image: Flash, number: u64, outcome: Outcome) -> String {
        let flash = CutFlash::new(image).cut_at(number, outcome);
        let card = SimulatedCard::start(flash, Randomness::seeded(self.seed));
        let flash = card.into_flash().unwrap();
        assert!(flash.is_lost(), "recovery was not reached");
        self.recover(flash.into_inner()).keeps
    }

    /// Which of the states it may be in a recovered card is in.
    pub(crate) fn judge(&self, keeps: &str) -> Found {
        judge(&self.before, &self.after, self.between, keeps)
    }

    /// Sends the command again, or what stands for it, to a card in a state that a cut left, and compares the end.
    pub(crate) fn complete(&self, found: Found, image: Flash) {
        let mut card = begin(image, self.seed, &self.session);
        if let Some((command, end)) = &self.instead {
            assert!(send(&mut card, command).status.is_success());
            assert_eq!(card.dump().unwrap(), *end);
            return;
        }
        let command = match (&self.again, found) {
            (Again::Now(command), Found::After) => command,
            _ => &self.command,
        };
        let left = card.dump().unwrap();
        let answer = send(&mut card, command);
        if found == Found::Between && self.between.is_last_try(&left) {
            // The price of writing down a try before the PIN is compared.
            assert_eq!(answer.status, Status::AUTHENTICATION_BLOCKED);
            assert_eq!(card.dump().unwrap(), left);
            return;
        }
        match (&self.again, found) {
            (Again::Same, _) | (_, Found::Before | Found::Between) => assert_eq!(answer, self.answer),
            (Again::Now(_), Found::After) => assert!(answer.status.is_success()),
            (Again::Refused(status), Found::After) => assert_eq!(answer.status, *status),
            (Again::Receipt(status), Found::After) => {
                assert_eq!(answer.status, *status);
                let receipt = send(&mut card, &super::story::receipt_again(&self.answer.data));
                assert_eq!(receipt, self.answer);
            }
        }
        assert_eq!(card.dump().unwrap(), self.after, "not completed from {found:?}");
    }
}

/// What the card in a flash keeps.
pub(crate) fn keeps(flash: &Flash) -> String {
    dump(flash.clone()).unwrap()
}
