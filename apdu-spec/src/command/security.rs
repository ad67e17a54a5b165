//! VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, EXTERNAL AUTHENTICATE, GENERATE ASYMMETRIC KEY PAIR, PSO VERIFY
//! CERTIFICATE.
//!
//! ISO/IEC 7816-4:2020, 11.6; ISO/IEC 7816-8:2019, 5.2 and 5.9; BSI TR-03110-3, B.11.

use super::case::{Frame, OPEN, case_3, case_4, without_reply};
use super::{Command, EncodeError, operation};
use crate::apdu::CommandApdu;
use crate::limits::{PIN_MAX, PIN_MIN, UNBLOCKING_CODE_MAX, UNBLOCKING_CODE_MIN};
use crate::object::SIGNED;
use crate::package::KeyUsage;
use crate::reference::{KeyReference, PinReference};
use crate::status::Status;
use crate::tlv::{self, Reader, Tag, Writer};

const REFERENCE: Tag = Tag(0x83);
const BODY: Tag = Tag(0x7F4E);
const SIGNATURE: Tag = Tag(0x5F37);
const PUBLIC_KEY: Tag = Tag(0x7F49);
const POINT: Tag = Tag(0x86);

const MAKE: u8 = 0x80;
const READ: u8 = 0x81;
/// Certificate, self-descriptive, verified with the key its CAR names.
const VERIFY_CERTIFICATE: u16 = 0x00BE;

/// What a key is for, as GENERATE ASYMMETRIC KEY PAIR names it: a control reference template (ISO/IEC 7816-4:2020, 10.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyTemplate {
    /// B6: signatures.
    Signature,
    /// A6: key agreement.
    Agreement,
    /// A4: authentication.
    Authentication,
    /// B8: confidentiality.
    Cipher,
    /// B4: cryptographic checksums.
    Mac,
}

impl KeyTemplate {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Signature,
        Self::Agreement,
        Self::Authentication,
        Self::Cipher,
        Self::Mac,
    ];

    const fn tag(self) -> Tag {
        match self {
            Self::Signature => Tag(0xB6),
            Self::Agreement => Tag(0xA6),
            Self::Authentication => Tag(0xA4),
            Self::Cipher => Tag(0xB8),
            Self::Mac => Tag(0xB4),
        }
    }

    /// The template of keys that are for this.
    #[must_use]
    pub const fn of(usage: KeyUsage) -> Self {
        match usage {
            KeyUsage::Sign => Self::Signature,
            KeyUsage::Agree => Self::Agreement,
            KeyUsage::Encipher | KeyUsage::Decipher | KeyUsage::Cipher => Self::Cipher,
            KeyUsage::ComputeMac | KeyUsage::VerifyMac | KeyUsage::Mac => Self::Mac,
            KeyUsage::AuthenticateCard | KeyUsage::AuthenticateOther | KeyUsage::AuthenticateBoth => {
                Self::Authentication
            }
        }
    }
}

pub(super) fn decode_verify<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let reference = pin_reference(apdu)?;
    without_reply(apdu)?;
    let pin = match apdu.data.len() {
        0 => None,
        PIN_MIN..=PIN_MAX => Some(apdu.data),
        _ => return Err(Status::WRONG_LENGTH),
    };
    Ok(Command::Verify { reference, pin })
}

pub(super) fn decode_change<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let reference = pin_reference(apdu)?;
    let data = case_3(apdu)?;
    if !(2 * PIN_MIN..=2 * PIN_MAX).contains(&data.len()) {
        return Err(Status::WRONG_LENGTH);
    }
    Ok(Command::ChangeReferenceData { reference, data })
}

pub(super) fn decode_reset<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let reference = pin_reference(apdu)?;
    if matches!(reference, PinReference::Local(_)) {
        return Err(Status::REFERENCED_DATA_NOT_FOUND);
    }
    let data = case_3(apdu)?;
    if !(UNBLOCKING_CODE_MIN + PIN_MIN..=UNBLOCKING_CODE_MAX + PIN_MAX).contains(&data.len()) {
        return Err(Status::WRONG_LENGTH);
    }
    Ok(Command::ResetRetryCounter { reference, data })
}

pub(super) fn decode_authenticate<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    // A signed object is longer than any MAC, and nothing answers it.
    let by_key = operation::is_mac(apdu.data.len()) || apdu.expected.is_some();
    if apdu.p1 != 0 || apdu.p2 != 0 || by_key {
        return operation::decode_external(apdu);
    }
    let mut reader = Reader::new(case_3(apdu)?);
    let authentication = reader
        .object(SIGNED)
        .and_then(|object| reader.finish().map(|()| object.encoded))
        .map_err(|_| Status::INCORRECT_DATA)?;
    Ok(Command::ExternalAuthenticate { authentication })
}

fn pin_reference(apdu: &CommandApdu<'_>) -> Result<PinReference, Status> {
    if apdu.p1 != 0 {
        return Err(Status::INCORRECT_PARAMETERS);
    }
    PinReference::from_byte(apdu.p2).ok_or(Status::REFERENCED_DATA_NOT_FOUND)
}

pub(super) fn decode_generate<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let make = match (apdu.p1, apdu.p2) {
        (MAKE, 0) => true,
        (READ, 0) => false,
        _ => return Err(Status::INCORRECT_PARAMETERS),
    };
    let (template, byte) = template(case_4(apdu)?).map_err(|_| Status::INCORRECT_DATA)?;
    let reference = KeyReference::from_byte(byte).ok_or(Status::REFERENCED_DATA_NOT_FOUND)?;
    match reference {
        KeyReference::Registration if template != KeyTemplate::Signature => Err(Status::INCORRECT_DATA),
        KeyReference::KeyAgreement if template != KeyTemplate::Agreement => Err(Status::INCORRECT_DATA),
        _ => Ok(Command::GenerateKeyPair {
            reference,
            template,
            make,
        }),
    }
}

fn template(data: &[u8]) -> tlv::Result<(KeyTemplate, u8)> {
    let mut reader = Reader::new(data);
    let tag = reader.peek()?.map(|object| object.tag);
    let template = KeyTemplate::ALL
        .into_iter()
        .find(|template| tag == Some(template.tag()))
        .unwrap_or(KeyTemplate::Signature);
    let mut inner = reader.nested(template.tag())?;
    let byte = inner.byte(REFERENCE)?;
    inner.finish()?;
    reader.finish()?;
    Ok((template, byte))
}

pub(super) fn decode_certificate<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let body_and_signature = case_3(apdu)?;
    let mut reader = Reader::new(body_and_signature);
    let objects = reader
        .object(BODY)
        .and_then(|_| reader.array::<64>(SIGNATURE))
        .and_then(|_| reader.finish());
    objects.map_err(|_| Status::INCORRECT_DATA)?;
    Ok(Command::VerifyCertificate { body_and_signature })
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let instruction = command.instruction();
    Ok(match *command {
        Command::Verify { reference, pin } => {
            writer.raw(pin.unwrap_or_default())?;
            Frame::new(instruction, 0, reference.to_byte(), None)
        }
        Command::ChangeReferenceData { reference, data } => {
            writer.raw(data)?;
            Frame::new(instruction, 0, reference.to_byte(), None)
        }
        Command::ResetRetryCounter { reference, data } => {
            writer.raw(data)?;
            Frame::new(instruction, 0, reference.to_byte(), None)
        }
        Command::ExternalAuthenticate { authentication } => {
            writer.raw(authentication)?;
            Frame::new(instruction, 0, 0, None)
        }
        Command::GenerateKeyPair {
            reference,
            template,
            make,
        } => {
            writer.nested(template.tag(), |w| w.byte(REFERENCE, reference.to_byte()))?;
            Frame::new(instruction, if make { MAKE } else { READ }, 0, OPEN)
        }
        Command::VerifyCertificate { body_and_signature } => {
            writer.raw(body_and_signature)?;
            let [p1, p2] = VERIFY_CERTIFICATE.to_be_bytes();
            Frame::new(instruction, p1, p2, None)
        }
        _ => return Err(EncodeError::OutOfRange),
    })
}

/// Reads the reply to GENERATE ASYMMETRIC KEY PAIR, `7F49 { 86 point }`, and gives the point: 04, X, Y.
///
/// # Errors
/// Any other encoding; whether the point lies on the curve is not checked.
pub fn read_public_key(reply: &[u8]) -> tlv::Result<[u8; 65]> {
    let mut reader = Reader::new(reply);
    let mut inner = reader.nested(PUBLIC_KEY)?;
    let at = inner.invalid(POINT);
    let point: [u8; 65] = inner.array(POINT)?;
    inner.finish()?;
    reader.finish()?;
    if point.starts_with(&[0x04]) {
        Ok(point)
    } else {
        Err(at)
    }
}

/// Writes the reply to GENERATE ASYMMETRIC KEY PAIR to `out` and tells its length.
///
/// # Errors
/// [`tlv::ErrorKind::Overflow`].
pub fn write_public_key(point: &[u8; 65], out: &mut [u8]) -> tlv::Result<usize> {
    let mut writer = Writer::new(out);
    writer.nested(PUBLIC_KEY, |w| w.object(POINT, point))?;
    Ok(writer.len())
}
