//! A script: what is done to a card, one step after the other. The form in which the corpus keeps it is simple enough
//! that whatever bytes come are some script.

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A command.
    Command(Vec<u8>),
    /// The reader resets the card.
    Reset,
    /// The power fails in this program or erase of the next command, leaving what the second number chooses.
    Cut(u8, u8),
}

/// More are not looked at: a long script finds no more than a short one, but takes longer.
pub const STEPS_MAX: usize = 48;

/// Reads steps: 0 length (2) command, 1, or 2 operation outcome. Other tags stand for these three.
pub fn read(mut bytes: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    while let [tag, rest @ ..] = bytes {
        if steps.len() == STEPS_MAX {
            break;
        }
        bytes = match (tag % 8, rest) {
            (6, rest) => {
                steps.push(Step::Reset);
                rest
            }
            (7, [operation, outcome, rest @ ..]) => {
                steps.push(Step::Cut(*operation, *outcome));
                rest
            }
            (_, [high, low, rest @ ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]) % 2_400);
                let (command, rest) = rest.split_at(length.min(rest.len()));
                steps.push(Step::Command(command.to_vec()));
                rest
            }
            _ => break,
        };
    }
    steps
}

/// Writes what [`read`] reads.
pub fn write(steps: &[Step]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in steps {
        match step {
            Step::Command(command) => {
                bytes.push(0);
                let length = u16::try_from(command.len()).unwrap_or(0) % 2_400;
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(&command[..usize::from(length)]);
            }
            Step::Reset => bytes.push(6),
            Step::Cut(operation, outcome) => bytes.extend_from_slice(&[7, *operation, *outcome]),
        }
    }
    bytes
}
