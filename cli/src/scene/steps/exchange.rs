//! APDUs there and back: what every step is made of.

use apdu_spec::apdu::ResponseApdu;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::reason::Reason;
use apdu_spec::status::Status;

use crate::scene::{Result, SceneError};

/// Whatever takes a command APDU and answers a response APDU.
pub trait Chip {
    /// One APDU there, one back.
    fn transmit(&mut self, command: &[u8]) -> Vec<u8>;
}

impl<F: FnMut(&[u8]) -> Vec<u8>> Chip for F {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self(command)
    }
}

/// What a card answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Reply data.
    pub data: Vec<u8>,
    /// Status word.
    pub status: Status,
}

/// A command as an extended APDU that leaves room for any reply.
///
/// # Errors
/// [`SceneError::Coding`] for a command that cannot be coded.
pub fn encode(command: &Command<'_>) -> Result<Vec<u8>> {
    let mut data = [0; limits::COMMAND_DATA_MAX];
    let mut apdu = command
        .encode(&mut data)
        .map_err(|error| SceneError::Coding(error.to_string()))?;
    if apdu.expected == Some(256) {
        apdu.expected = Some(65_536);
        apdu.extended = true;
    }
    let mut bytes = vec![0; limits::COMMAND_DATA_MAX + 16];
    let length = apdu
        .write(&mut bytes)
        .map_err(|error| SceneError::Coding(error.to_string()))?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Sends bytes and takes the answer apart.
///
/// # Errors
/// [`SceneError::Coding`] for an answer without status word.
pub fn exchange(chip: &mut dyn Chip, command: &[u8]) -> Result<Answer> {
    let bytes = chip.transmit(command);
    let response = ResponseApdu::parse(&bytes).map_err(|error| SceneError::Coding(error.to_string()))?;
    Ok(Answer {
        data: response.data.to_vec(),
        status: response.status,
    })
}

/// Sends a command that must succeed.
///
/// # Errors
/// [`SceneError::Card`] with the reason that the card recorded.
pub fn done(chip: &mut dyn Chip, step: &'static str, command: &Command<'_>) -> Result<Vec<u8>> {
    let answer = exchange(chip, &encode(command)?)?;
    if answer.status.is_success() {
        return Ok(answer.data);
    }
    Err(SceneError::Card {
        step,
        status: answer.status,
        reason: last_reason(chip)?,
    })
}

/// The reason that the card recorded for its last refusal.
///
/// # Errors
/// [`SceneError::Coding`] if the card does not say.
pub fn last_reason(chip: &mut dyn Chip) -> Result<Reason> {
    let command = Command::GetData {
        tag: data::LAST_REASON,
        selector: &[],
    };
    let answer = exchange(chip, &encode(&command)?)?;
    if !answer.status.is_success() {
        return Ok(Reason::None);
    }
    Ok(Reason::from_code(data::read_reason(&answer.data)?).unwrap_or(Reason::None))
}
