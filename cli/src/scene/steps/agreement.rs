//! Steps of the storing protocol in any mode, and of what is around it: shared keys, authentication, lists, receipts.

use apdu_spec::aid::Aid;
use apdu_spec::command::Command;
use apdu_spec::data;
use apdu_spec::limits;
use apdu_spec::object::{Authentication, COLLECTION_PREFIX, Mode, NO_PREVIOUS, Operation, Sdi};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use parties::crypto::{Digest, sha256_of};

use super::{Chip, consent, done, encode, exchange, load, load_command, pins};
use crate::scene::actor::Actor;
use crate::scene::evidence::Evidence;
use crate::scene::wares::Ware;
use crate::scene::{Result, SceneError};

/// The command that opens a request, as bytes.
///
/// # Errors
/// [`SceneError::Coding`] for storing data that cannot be written.
pub fn open_command(mode: Mode, sdi: &Sdi) -> Result<Vec<u8>> {
    let mut buffer = [0; limits::AUTHORIZATION_MAX];
    let length = sdi.write_body(&mut buffer)?;
    encode(&Command::OpenRequest {
        mode,
        sdi: *sdi,
        sdi_encoded: buffer.get(..length).unwrap_or_default(),
    })
}

/// Sends bytes that must be accepted.
///
/// # Errors
/// [`SceneError::Card`] with the reason that the card recorded.
pub fn send(chip: &mut dyn Chip, step: &'static str, command: &[u8]) -> Result<Vec<u8>> {
    let answer = exchange(chip, command)?;
    if answer.status.is_success() {
        return Ok(answer.data);
    }
    Err(SceneError::Card {
        step,
        status: answer.status,
        reason: super::last_reason(chip)?,
    })
}

/// Opens a request in any mode and gives SR; consent, if it is needed, comes before.
///
/// # Errors
/// [`SceneError::Card`].
pub fn open_in(chip: &mut dyn Chip, mode: Mode, sdi: &Sdi) -> Result<Vec<u8>> {
    send(chip, "open a request", &open_command(mode, sdi)?)
}

/// Carries out what is authorized, with the holder's consent where it is asked for again, and gives the receipt.
///
/// # Errors
/// [`SceneError::Card`].
pub fn carry_out(chip: &mut dyn Chip, operation: Operation, ware: &Ware, number: u32) -> Result<Vec<u8>> {
    match operation {
        Operation::Store | Operation::Replace => match load(chip, ware, 0, number) {
            Err(SceneError::Card {
                reason: Reason::ConsentMissing,
                ..
            }) => {
                consent(chip)?;
                let last = ware.blocks().len().saturating_sub(1);
                done(chip, "load a block", &load_command(ware, last, number)?)
            }
            other => other,
        },
        Operation::Delete => {
            consent(chip)?;
            done(chip, "remove", &Command::RemoveApplication { number })
        }
        Operation::LowerFloor => {
            consent(chip)?;
            done(chip, "lower the floor", &Command::LowerFloor { number })
        }
    }
}

/// Opens a request with consent, has it authorized by `agree`, carries it out and gives the receipt.
///
/// # Errors
/// [`SceneError::Card`], or what `agree` answers.
pub fn storing(
    chip: &mut dyn Chip,
    mode: Mode,
    sdi: &Sdi,
    ware: &Ware,
    agree: impl FnOnce(&[u8]) -> Result<Evidence>,
) -> Result<Vec<u8>> {
    consent(chip)?;
    let request = open_in(chip, mode, sdi)?;
    let evidence = agree(&request)?;
    evidence.give(chip)?;
    carry_out(chip, sdi.operation, ware, evidence.number)
}

/// Drops a request, with consent.
///
/// # Errors
/// [`SceneError::Card`].
pub fn drop_request(chip: &mut dyn Chip, number: u32) -> Result<()> {
    consent(chip)?;
    done(chip, "drop a request", &Command::DropRequest { number }).map(drop)
}

/// Asks for a challenge.
///
/// # Errors
/// [`SceneError::Card`].
pub fn challenge(chip: &mut dyn Chip) -> Result<[u8; 16]> {
    let bytes = done(chip, "get a challenge", &Command::GetChallenge { length: 16 })?;
    bytes
        .try_into()
        .map_err(|_| SceneError::Coding("a challenge of another length".into()))
}

/// A party's answer to a challenge.
///
/// # Errors
/// [`SceneError::Party`].
pub fn authentication(party: &Actor, card: Digest, challenge: [u8; 16]) -> Result<Vec<u8>> {
    party.sign(&Authentication {
        header: party.header(Mode::Registration, NO_PREVIOUS),
        card,
        challenge,
    })
}

/// A party shows that it is there; a provider's certificate is verified before.
///
/// # Errors
/// [`SceneError::Card`].
pub fn authenticate(chip: &mut dyn Chip, party: &Actor, card: Digest) -> Result<()> {
    let answer = authentication(party, card, challenge(chip)?)?;
    let command = Command::ExternalAuthenticate {
        authentication: &answer,
    };
    done(chip, "authenticate", &command).map(drop)
}

/// Gives the card the key it shares with a party, with consent.
///
/// # Errors
/// [`SceneError::Card`].
pub fn share_key(chip: &mut dyn Chip, key: &[u8]) -> Result<()> {
    consent(chip)?;
    done(chip, "share a key", &Command::LoadSharedKey { key }).map(drop)
}

/// Gives the card a registrar's revocation list.
///
/// # Errors
/// [`SceneError::Card`].
pub fn load_list(chip: &mut dyn Chip, list: &[u8]) -> Result<()> {
    done(
        chip,
        "load a revocation list",
        &Command::LoadRevocationList { list },
    )
    .map(drop)
}

/// The card's proof of which receipt is its newest.
///
/// # Errors
/// [`SceneError::Card`].
pub fn receipt_head(chip: &mut dyn Chip, nonce: [u8; 16]) -> Result<Vec<u8>> {
    done(chip, "prove the receipts", &Command::ProveReceipts { nonce })
}

/// Tells the card that all receipts up to this one were collected.
///
/// # Errors
/// [`SceneError::Card`].
pub fn collect(chip: &mut dyn Chip, receipt: &[u8]) -> Result<()> {
    let command = Command::CollectReceipts {
        number: super::read_receipt(receipt)?.number,
        held: held(receipt),
    };
    done(chip, "collect receipts", &command).map(drop)
}

/// What shows that somebody has a receipt.
#[must_use]
pub fn held(receipt: &[u8]) -> Digest {
    sha256_of(&[COLLECTION_PREFIX, receipt])
}

/// Switches an application off or on, with consent.
///
/// # Errors
/// [`SceneError::Card`].
pub fn set_active(chip: &mut dyn Chip, aid: Aid, active: bool) -> Result<()> {
    consent(chip)?;
    let command = if active {
        Command::ActivateFile { aid }
    } else {
        Command::DeactivateFile { aid }
    };
    done(chip, "switch an application", &command).map(drop)
}

/// Gives a PIN of the card its tries back and a new value, by the unblocking code.
///
/// # Errors
/// [`SceneError::Card`].
pub fn unblock(chip: &mut dyn Chip, reference: PinReference, new: &[u8]) -> Result<()> {
    let data = [pins::UNBLOCKING, new].concat();
    let command = Command::ResetRetryCounter {
        reference,
        data: &data,
    };
    done(chip, "unblock a PIN", &command).map(drop)
}

/// The user PIN.
///
/// # Errors
/// [`SceneError::Card`].
pub fn verify_user(chip: &mut dyn Chip) -> Result<()> {
    let command = Command::Verify {
        reference: PinReference::User,
        pin: Some(pins::USER),
    };
    done(chip, "verify the user PIN", &command).map(drop)
}

/// GET DATA.
///
/// # Errors
/// [`SceneError::Card`].
pub fn get_data(chip: &mut dyn Chip, tag: u16, selector: &[u8]) -> Result<Vec<u8>> {
    done(chip, "get data", &Command::GetData { tag, selector })
}

/// What the card says of itself.
///
/// # Errors
/// [`SceneError::Card`].
pub fn status(chip: &mut dyn Chip) -> Result<data::CardStatus> {
    Ok(data::CardStatus::read(&get_data(chip, data::CARD_STATUS, &[])?)?)
}
