//! One command, its power cut everywhere, and each recovery cut again.

use apdu_spec::command::Command;
use apdu_spec::limits;
use symbolon_simulator::flash::{CutFlash, MemoryFlash, Outcome};
use symbolon_simulator::platform::CardFlash;
use symbolon_simulator::{Randomness, SimulatedCard};

pub(super) type Flash = MemoryFlash;

/// A command of the life, uncut.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) image: Vec<u8>,
    pub(super) session: Vec<Vec<u8>>,
    pub(super) command: Vec<u8>,
    pub(super) before: String,
    pub(super) after: String,
    /// Operations of power-on and session, and of the command.
    pub(super) ahead: u64,
    pub(super) operations: u64,
    /// More than one transaction: something lies between before and after.
    pub(super) between: bool,
}

pub(super) fn encode(command: &Command<'_>) -> Vec<u8> {
    let mut buffer = [0; limits::COMMAND_DATA_MAX];
    let apdu = command.encode(&mut buffer).unwrap();
    let apdu = apdu_spec::apdu::CommandApdu {
        expected: apdu.expected.map(|_| 65_536),
        extended: true,
        ..apdu
    };
    let mut bytes = [0; limits::COMMAND_DATA_MAX + 16];
    let length = apdu.write(&mut bytes).unwrap();
    bytes[..length].to_vec()
}

pub(super) fn send<F: CardFlash>(card: &mut SimulatedCard<F>, command: &[u8]) -> (Vec<u8>, u16) {
    let reply = card.process(command).to_vec();
    let (data, status) = reply.split_at(reply.len() - 2);
    (data.to_vec(), u16::from_be_bytes([status[0], status[1]]))
}

pub(super) fn begin<F: CardFlash>(flash: F, session: &[Vec<u8>]) -> SimulatedCard<F> {
    let mut card = SimulatedCard::start(flash, Randomness::seeded(11));
    for command in session {
        let (_, status) = send(&mut card, command);
        assert_eq!(status, 0x9000, "{command:02X?}");
    }
    card
}

pub(super) fn powered(image: &[u8]) -> CutFlash {
    CutFlash::new(Flash::from_image(image.to_vec()))
}

pub(super) fn dump(image: &[u8]) -> String {
    symbolon_simulator::dump::dump(Flash::from_image(image.to_vec())).unwrap()
}

impl Step {
    /// The flash of a card whose power fails in this operation of the command.
    fn cut(&self, operation: u64, outcome: Outcome) -> Vec<u8> {
        let flash = powered(&self.image).cut_at(self.ahead + operation, outcome);
        let mut card = begin(flash, &self.session);
        let (_, status) = send(&mut card, &self.command);
        assert_eq!(status, 0x6581, "{}: answered without power", self.name);
        let flash = card.into_flash().unwrap();
        assert!(flash.is_lost(), "{}: not reached", self.name);
        flash.inner().image().to_vec()
    }

    /// Switches the card on again; gives its flash, what it keeps, and how many operations that took.
    fn recover(image: &[u8]) -> (Vec<u8>, String, u64) {
        let card = SimulatedCard::start(powered(image), Randomness::seeded(11));
        let flash = card.into_flash().unwrap();
        let operations = flash.operations().total();
        let image = flash.inner().image().to_vec();
        let kept = dump(&image);
        (image, kept, operations)
    }

    /// Cuts everywhere; gives cuts and second cuts.
    pub(super) fn cut_everywhere(&self) -> (u64, u64) {
        let (mut cuts, mut second) = (0, 0);
        for operation in 0..self.operations {
            for outcome in [Outcome::Undone, Outcome::Done, Outcome::Partly(operation)] {
                let at = || format!("{}, operation {operation}, {outcome:?}", self.name);
                let lost = self.cut(operation, outcome);
                let (image, kept, recovery) = Self::recover(&lost);
                let old_or_new = kept == self.before || kept == self.after;
                assert!(old_or_new || self.between, "{}: neither old nor new", at());
                for number in 0..recovery {
                    let outcome = [Outcome::Undone, Outcome::Done, Outcome::Partly(number)]
                        [usize::try_from(number + operation).unwrap() % 3];
                    let card =
                        SimulatedCard::start(powered(&lost).cut_at(number, outcome), Randomness::seeded(11));
                    let flash = card.into_flash().unwrap();
                    assert!(flash.is_lost(), "{}: recovery was not reached", at());
                    let (_, again, _) = Self::recover(flash.inner().image());
                    assert_eq!(again, kept, "{}: recovery changed its mind", at());
                    second += 1;
                }
                if kept != self.after {
                    let mut card = begin(Flash::from_image(image), &self.session);
                    let (_, status) = send(&mut card, &self.command);
                    assert_eq!(status, 0x9000, "{}: does not go on", at());
                    assert_eq!(
                        card.dump().unwrap(),
                        self.after,
                        "{}: goes on to something else",
                        at()
                    );
                }
                cuts += 1;
            }
        }
        (cuts, second)
    }
}
