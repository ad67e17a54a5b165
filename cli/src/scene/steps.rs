//! The steps of a card's life as APDUs, over anything that answers them.

mod agreement;
mod exchange;
mod personal;

use apdu_spec::certificate::Certificate;
use apdu_spec::command::{Command, Expected};
use apdu_spec::object::{Mode, Receipt, Sdi, Signed, StoringRequest};
use apdu_spec::reason::Reason;
use apdu_spec::reference::PinReference;
use apdu_spec::status::Status;
use parties::crypto::sha256_of;
use parties::evidence::Evidence;

use super::wares::Ware;
use super::{Parties, Result, SceneError, granted};

pub use agreement::{
    authenticate, authentication, carry_out, challenge, collect, drop_request, get_data, held, load_list,
    open_command, open_in, receipt_head, send, set_active, share_key, status, storing, unblock, verify_user,
};
pub use exchange::{Answer, Chip, done, encode, exchange, last_reason};
pub use personal::{Blank, enrol, personalise, register_with, request_registration};

/// PINs of a scene. They are shown to everybody and protect nothing.
pub mod pins {
    /// Transport value of the consent PIN.
    pub const CONSENT_TRANSPORT: &[u8] = b"000000";
    /// The consent PIN after the holder changed it.
    pub const CONSENT: &[u8] = b"246810";
    /// Transport value of the user PIN.
    pub const USER_TRANSPORT: &[u8] = b"0000";
    /// The user PIN after the holder changed it.
    pub const USER: &[u8] = b"1357";
    /// The code that unblocks both.
    pub const UNBLOCKING: &[u8] = b"97531864";
}

/// Digest of the user information of every scene's card.
#[must_use]
pub fn user_information() -> [u8; 32] {
    sha256_of(&[b"salt of a scene.", b"A. N. Other"])
}

/// A registered card: its certificate and receipt 0.
#[derive(Clone, Debug)]
pub struct Registered {
    /// RC, 7F21.
    pub certificate: Vec<u8>,
    /// Receipt 0, F0.
    pub receipt: Vec<u8>,
}

/// Has a personalised card registered by the issuer.
///
/// # Errors
/// [`SceneError::Card`] or [`SceneError::Refused`].
pub fn register(chip: &mut dyn Chip, parties: &Parties) -> Result<Registered> {
    let certificate = request_certificate(chip, parties)?;
    verify_certificate(chip, parties.issuer.certificate().encoded())?;
    let receipt = done(
        chip,
        "register",
        &Command::Register {
            certificate: &certificate,
            release: None,
        },
    )?;
    Ok(Registered { certificate, receipt })
}

/// The card's RI and the issuer's RC over it.
///
/// # Errors
/// [`SceneError::Card`] or [`SceneError::Refused`].
pub fn request_certificate(chip: &mut dyn Chip, parties: &Parties) -> Result<Vec<u8>> {
    let nonce = parties::crypto::random::<16>()?;
    let request = done(
        chip,
        "request registration",
        &Command::RequestRegistration { nonce },
    )?;
    let terms = parties.terms(user_information());
    granted(
        parties
            .issuer
            .register(&request, &nonce, &terms, 1, parties.today)?,
    )
}

/// PSO VERIFY CERTIFICATE.
///
/// # Errors
/// [`SceneError::Card`].
pub fn verify_certificate(chip: &mut dyn Chip, certificate: &[u8]) -> Result<()> {
    done(chip, "verify certificate", &certificate_command(certificate)?).map(drop)
}

/// PSO VERIFY CERTIFICATE as a command.
///
/// # Errors
/// [`SceneError::Coding`] for what is not a certificate.
pub fn certificate_command(certificate: &[u8]) -> Result<Command<'_>> {
    Ok(Command::VerifyCertificate {
        body_and_signature: inner(certificate)?,
    })
}

/// The value of a 7F21 object.
fn inner(certificate: &[u8]) -> Result<&[u8]> {
    Ok(apdu_spec::tlv::Reader::new(certificate).value(apdu_spec::certificate::CERTIFICATE)?)
}

/// The holder changes both transport PINs.
///
/// # Errors
/// [`SceneError::Card`].
pub fn change_pins(chip: &mut dyn Chip) -> Result<()> {
    let consent = [pins::CONSENT_TRANSPORT, pins::CONSENT].concat();
    let user = [pins::USER_TRANSPORT, pins::USER].concat();
    for (reference, data) in [(PinReference::Consent, &consent), (PinReference::User, &user)] {
        done(
            chip,
            "change PIN",
            &Command::ChangeReferenceData { reference, data },
        )?;
    }
    Ok(())
}

/// The holder consents to the next storing operation.
///
/// # Errors
/// [`SceneError::Card`].
pub fn consent(chip: &mut dyn Chip) -> Result<()> {
    let command = Command::Verify {
        reference: PinReference::Consent,
        pin: Some(pins::CONSENT),
    };
    done(chip, "consent", &command).map(drop)
}

/// Opens a storing request in mode 2 and gives SR.
///
/// # Errors
/// [`SceneError::Card`].
pub fn open(chip: &mut dyn Chip, sdi: &Sdi) -> Result<Vec<u8>> {
    open_in(chip, Mode::ViaIssuer, sdi)
}

/// The two signatures over a request.
#[derive(Clone, Debug)]
pub struct Signatures {
    /// Number of the request.
    pub number: u32,
    /// SAR, F0.
    pub first: Vec<u8>,
    /// SA, F0.
    pub second: Vec<u8>,
}

/// Has both parties sign a request.
///
/// # Errors
/// [`SceneError::Refused`] if one refuses.
pub fn sign(parties: &Parties, request: &[u8], certificate: &[u8], ware: &Ware) -> Result<Signatures> {
    let evidence = Evidence {
        request,
        card_certificate: certificate,
        issuer_certificate: parties.issuer.certificate().encoded(),
        provider_certificate: None,
        first: None,
    };
    let first = granted(parties.issuer.authorize(&evidence, None, parties.today)?)?;
    let second = granted(parties.provider.authorize(
        &Evidence {
            first: Some(&first),
            ..evidence
        },
        Some(&ware.digests()),
        None,
        parties.today,
    )?)?;
    Ok(Signatures {
        number: read_request(request)?.number,
        first,
        second,
    })
}

/// SR taken apart.
///
/// # Errors
/// [`SceneError::Coding`].
pub fn read_request(request: &[u8]) -> Result<StoringRequest> {
    Ok(Signed::parse(request)?.storing_request()?)
}

/// A receipt taken apart.
///
/// # Errors
/// [`SceneError::Coding`].
pub fn read_receipt(receipt: &[u8]) -> Result<Receipt> {
    Ok(Signed::parse(receipt)?.receipt()?)
}

/// Gives the card the provider's certificate and both signatures.
///
/// # Errors
/// [`SceneError::Card`].
pub fn authorize(chip: &mut dyn Chip, parties: &Parties, signatures: &Signatures) -> Result<()> {
    verify_certificate(chip, parties.provider.certificate().encoded())?;
    let Signatures {
        number,
        first,
        second,
    } = signatures;
    done(
        chip,
        "authorize",
        &Command::Authorize {
            number: *number,
            first,
            second: Some(second),
        },
    )
    .map(drop)
}

/// LOAD APPLICATION for one block.
///
/// # Errors
/// [`SceneError::Coding`] for a package with too many blocks.
pub fn load_command(ware: &Ware, index: usize, number: u32) -> Result<Command<'_>> {
    let block = ware
        .blocks()
        .get(index)
        .ok_or_else(|| SceneError::Coding("no such block".into()))?;
    let index16 = u16::try_from(index).map_err(|_| SceneError::Coding("too many blocks".into()))?;
    Ok(Command::LoadBlock {
        index: index16,
        last: index + 1 == ware.blocks().len(),
        number,
        block,
    })
}

/// Loads all blocks from `from` on and gives the receipt.
///
/// # Errors
/// [`SceneError::Card`].
pub fn load(chip: &mut dyn Chip, ware: &Ware, from: usize, number: u32) -> Result<Vec<u8>> {
    let mut receipt = Vec::new();
    for index in from..ware.blocks().len() {
        receipt = done(chip, "load a block", &load_command(ware, index, number)?)?;
    }
    Ok(receipt)
}

/// Stores or replaces in mode 2, from the holder's consent to the receipt.
///
/// # Errors
/// [`SceneError::Card`] or [`SceneError::Refused`].
pub fn store(
    chip: &mut dyn Chip,
    parties: &Parties,
    certificate: &[u8],
    ware: &Ware,
    sdi: &Sdi,
) -> Result<Vec<u8>> {
    consent(chip)?;
    let request = open(chip, sdi)?;
    let signatures = sign(parties, &request, certificate, ware)?;
    authorize(chip, parties, &signatures)?;
    load(chip, ware, 0, signatures.number)
}

/// Deletes in mode 2, from the holder's consent to the receipt.
///
/// # Errors
/// [`SceneError::Card`] or [`SceneError::Refused`].
pub fn remove(
    chip: &mut dyn Chip,
    parties: &Parties,
    certificate: &[u8],
    ware: &Ware,
    sdi: &Sdi,
) -> Result<Vec<u8>> {
    consent(chip)?;
    let request = open(chip, sdi)?;
    let signatures = sign(parties, &request, certificate, ware)?;
    authorize(chip, parties, &signatures)?;
    consent(chip)?;
    done(
        chip,
        "remove",
        &Command::RemoveApplication {
            number: signatures.number,
        },
    )
}

/// Reads a file of an application from its start.
///
/// # Errors
/// [`SceneError::Card`].
pub fn read_file(chip: &mut dyn Chip, aid: &[u8], id: u16) -> Result<Vec<u8>> {
    use apdu_spec::command::{BinaryFile, SelectReply, SelectTarget};
    let nothing = SelectReply::Nothing;
    done(
        chip,
        "select",
        &Command::Select {
            target: SelectTarget::Aid(aid),
            reply: nothing,
            next: false,
        },
    )?;
    done(
        chip,
        "select",
        &Command::Select {
            target: SelectTarget::ChildEf(id),
            reply: nothing,
            next: false,
        },
    )?;
    let mut content = Vec::new();
    loop {
        let offset = u16::try_from(content.len()).map_err(|_| SceneError::Coding("file too long".into()))?;
        let length = Expected::Available { extended: true };
        let command = Command::ReadBinary {
            file: BinaryFile::Current,
            offset,
            length,
        };
        let answer = exchange(chip, &encode(&command)?)?;
        match answer.status {
            Status::SUCCESS if !answer.data.is_empty() => content.extend_from_slice(&answer.data),
            Status::WRONG_OFFSET if !content.is_empty() => return Ok(content),
            status => {
                return Err(SceneError::Card {
                    step: "read",
                    status,
                    reason: Reason::None,
                });
            }
        }
    }
}

/// The public point in a card's certificate.
///
/// # Errors
/// [`SceneError::Coding`].
pub fn card_point(certificate: &[u8]) -> Result<[u8; 65]> {
    Ok(*Certificate::parse(certificate)?.point)
}
