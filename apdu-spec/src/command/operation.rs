//! MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION and INTERNAL AUTHENTICATE: what an application's keys are used with.
//! SPEC.md section 5.1.
//!
//! ISO/IEC 7816-4:2020, 11.5.11 and 11.6.2; ISO/IEC 7816-8:2019, 5.4 to 5.12. PSO VERIFY CERTIFICATE is in `security`.

use super::case::{Frame, OPEN, case_3, case_4, parameters, without_reply};
use super::{Command, EncodeError, security};
use crate::apdu::CommandApdu;
use crate::limits::{CHALLENGE_MAX, CHALLENGE_MIN};
use crate::reference::{LOCAL_FIRST, LOCAL_LAST};
use crate::status::Status;
use crate::tlv::{self, Reader, Tag, Writer};

const PRIVATE_KEY: Tag = Tag(0x84);
const KEY: Tag = Tag(0x83);
const PUBLIC_KEY: Tag = Tag(0x7F49);
const POINT: Tag = Tag(0x86);
const AGREEMENT: Tag = Tag(0xA6);
const PLAIN: Tag = Tag(0x80);
const MAC: Tag = Tag(0x8E);
const DIGEST: Tag = Tag(0x9A);
const SIGNATURE: Tag = Tag(0x9E);

const RESTORE: u16 = 0xF301;
const SIGN: u16 = 0x9E9A;
const VERIFY_SIGNATURE: u16 = 0x00A8;
const HASH: u16 = 0x9080;
const ENCIPHER: u16 = 0x8680;
const DECIPHER: u16 = 0x8086;
const COMPUTE_MAC: u16 = 0x8E80;
const VERIFY_MAC: u16 = 0x00A2;
const VERIFY_CERTIFICATE: u16 = 0x00BE;

/// What a key is chosen for: a control reference template and a side of it. ISO/IEC 7816-4:2020, 10.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// 41 B6: COMPUTE DIGITAL SIGNATURE.
    Sign,
    /// 81 B6: VERIFY DIGITAL SIGNATURE.
    VerifySignature,
    /// 41 A6: DECIPHER, to agree on a secret.
    Agree,
    /// 81 B8: ENCIPHER.
    Encipher,
    /// 41 B8: DECIPHER.
    Decipher,
    /// 41 B4: COMPUTE CRYPTOGRAPHIC CHECKSUM.
    ComputeMac,
    /// 81 B4: VERIFY CRYPTOGRAPHIC CHECKSUM.
    VerifyMac,
    /// 41 A4: INTERNAL AUTHENTICATE.
    AuthenticateCard,
    /// 81 A4: EXTERNAL and MUTUAL AUTHENTICATE.
    AuthenticateOther,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Sign,
        Self::VerifySignature,
        Self::Agree,
        Self::Encipher,
        Self::Decipher,
        Self::ComputeMac,
        Self::VerifyMac,
        Self::AuthenticateCard,
        Self::AuthenticateOther,
    ];

    /// P1 and P2 of MANAGE SECURITY ENVIRONMENT, SET.
    const fn parameters(self) -> u16 {
        match self {
            Self::Sign => 0x41B6,
            Self::VerifySignature => 0x81B6,
            Self::Agree => 0x41A6,
            Self::Encipher => 0x81B8,
            Self::Decipher => 0x41B8,
            Self::ComputeMac => 0x41B4,
            Self::VerifyMac => 0x81B4,
            Self::AuthenticateCard => 0x41A4,
            Self::AuthenticateOther => 0x81A4,
        }
    }

    const fn tag(self) -> Tag {
        match self {
            Self::Sign | Self::Agree | Self::AuthenticateCard => PRIVATE_KEY,
            _ => KEY,
        }
    }
}

/// A key that a security environment is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeyName<'a> {
    /// 81 to 8F, a key of the current application.
    Local(u8),
    /// A public key, 04 `||` X `||` Y, to verify a signature with.
    Point(&'a [u8; 65]),
    /// The holder reference of the certificate verified last, to verify a signature with its key.
    Holder(&'a [u8]),
}

/// The holder reference of a certificate: 8 to 16 bytes (BSI TR-03110-3, A.6.1).
const HOLDER: core::ops::RangeInclusive<usize> = 8..=16;

pub(super) fn decode_environment<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let given = parameters(apdu);
    if given == RESTORE {
        without_reply(apdu)?;
        return if apdu.data.is_empty() {
            Ok(Command::RestoreEnvironment)
        } else {
            Err(Status::WRONG_LENGTH)
        };
    }
    let purpose = Purpose::ALL
        .into_iter()
        .find(|purpose| purpose.parameters() == given)
        .ok_or(Status::INCORRECT_PARAMETERS)?;
    let key = key_name(case_3(apdu)?, purpose).map_err(|_| Status::INCORRECT_DATA)?;
    match key {
        // The card's own keys have references too, and no command chooses them (SPEC.md section 5).
        KeyName::Local(reference) if !is_local(reference) => Err(Status::REFERENCED_DATA_NOT_FOUND),
        key => Ok(Command::SetEnvironment { purpose, key }),
    }
}

const fn is_local(reference: u8) -> bool {
    matches!(reference, LOCAL_FIRST..=LOCAL_LAST)
}

fn key_name(data: &[u8], purpose: Purpose) -> tlv::Result<KeyName<'_>> {
    let mut reader = Reader::new(data);
    let name = if purpose == Purpose::VerifySignature {
        match reader.optional(KEY)? {
            Some(holder) if HOLDER.contains(&holder.len()) => KeyName::Holder(holder),
            Some(_) => return Err(reader.invalid(KEY)),
            None => KeyName::Point(point(&mut reader)?),
        }
    } else {
        KeyName::Local(reader.byte(purpose.tag())?)
    };
    reader.finish()?;
    Ok(name)
}

fn point<'a>(reader: &mut Reader<'a>) -> tlv::Result<&'a [u8; 65]> {
    let mut inner = reader.nested(PUBLIC_KEY)?;
    let point = inner.bytes(POINT)?;
    inner.finish()?;
    Ok(point)
}

pub(super) fn decode_operation<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let malformed = |_: tlv::Error| Status::INCORRECT_DATA;
    Ok(match parameters(apdu) {
        VERIFY_CERTIFICATE => return security::decode_certificate(apdu),
        SIGN => {
            let digest = match apdu.data {
                [] => {
                    super::case::case_2(apdu)?;
                    None
                }
                digest => {
                    case_4(apdu)?;
                    Some(digest.try_into().map_err(|_| Status::WRONG_LENGTH)?)
                }
            };
            Command::Sign { digest }
        }
        VERIFY_SIGNATURE => {
            let (digest, signature) = signed(case_3(apdu)?).map_err(malformed)?;
            Command::VerifySignature { digest, signature }
        }
        HASH => {
            let answer = apdu.expected.is_some();
            let data = if answer { case_4(apdu)? } else { case_3(apdu)? };
            Command::Hash { data, answer }
        }
        ENCIPHER => Command::Encipher { data: case_4(apdu)? },
        DECIPHER => match case_4(apdu)? {
            data if data.starts_with(&[0xA6]) => Command::Agree {
                point: agreement(data).map_err(malformed)?,
            },
            data => Command::Decipher { data },
        },
        COMPUTE_MAC => Command::ComputeMac { data: case_4(apdu)? },
        VERIFY_MAC => {
            let (data, mac) = protected(case_3(apdu)?).map_err(malformed)?;
            Command::VerifyMac { data, mac }
        }
        _ => return Err(Status::INCORRECT_PARAMETERS),
    })
}

/// `[9A digest] 9E signature`.
fn signed(data: &[u8]) -> tlv::Result<(Option<&[u8; 32]>, &[u8; 64])> {
    let mut reader = Reader::new(data);
    let has_digest = reader.peek()?.is_some_and(|object| object.tag == DIGEST);
    let digest = if has_digest {
        Some(reader.bytes(DIGEST)?)
    } else {
        None
    };
    let signature = reader.bytes(SIGNATURE)?;
    reader.finish()?;
    Ok((digest, signature))
}

/// `80 data 8E MAC`.
fn protected(data: &[u8]) -> tlv::Result<(&[u8], &[u8])> {
    let mut reader = Reader::new(data);
    let plain = reader.value(PLAIN)?;
    let mac = reader.convert(MAC, |mac| is_mac(mac.len()).then_some(mac))?;
    reader.finish()?;
    Ok((plain, mac))
}

/// `A6 { 7F49 { 86 point } }`.
fn agreement(data: &[u8]) -> tlv::Result<&[u8; 65]> {
    let mut reader = Reader::new(data);
    let mut inner = reader.nested(AGREEMENT)?;
    let point = point(&mut inner)?;
    inner.finish()?;
    reader.finish()?;
    Ok(point)
}

/// P1 00, P2 a key of the application, or 00 for the one that was chosen.
fn key_or_chosen(apdu: &CommandApdu<'_>) -> Result<Option<u8>, Status> {
    match (apdu.p1, apdu.p2) {
        (0, 0) => Ok(None),
        (0, reference) if is_local(reference) => Ok(Some(reference)),
        (0, _) => Err(Status::REFERENCED_DATA_NOT_FOUND),
        _ => Err(Status::INCORRECT_PARAMETERS),
    }
}

pub(super) fn decode_internal<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let key = key_or_chosen(apdu)?;
    let challenge = case_4(apdu)?;
    if (CHALLENGE_MIN..=CHALLENGE_MAX).contains(&challenge.len()) {
        Ok(Command::InternalAuthenticate { key, challenge })
    } else {
        Err(Status::WRONG_LENGTH)
    }
}

/// Whether so many bytes are a MAC.
pub(super) const fn is_mac(length: usize) -> bool {
    matches!(length, 16 | 32)
}

/// EXTERNAL AUTHENTICATE by a key; with Le it is MUTUAL AUTHENTICATE.
pub(super) fn decode_external<'a>(apdu: &CommandApdu<'a>) -> Result<Command<'a>, Status> {
    let key = key_or_chosen(apdu)?;
    let (random, mac) = if apdu.expected.is_some() {
        let (random, mac) = case_4(apdu)?
            .split_first_chunk::<16>()
            .ok_or(Status::WRONG_LENGTH)?;
        (Some(random), mac)
    } else {
        (None, case_3(apdu)?)
    };
    if is_mac(mac.len()) {
        Ok(Command::AuthenticateByKey { key, random, mac })
    } else {
        Err(Status::WRONG_LENGTH)
    }
}

pub(super) fn encode(command: &Command<'_>, writer: &mut Writer<'_>) -> Result<Frame, EncodeError> {
    let instruction = command.instruction();
    let write_point = |w: &mut Writer<'_>, point: &[u8; 65]| w.nested(PUBLIC_KEY, |w| w.object(POINT, point));
    let (parameters, expected) = match *command {
        Command::SetEnvironment { purpose, key } => {
            match key {
                KeyName::Local(reference) => writer.byte(purpose.tag(), reference)?,
                KeyName::Point(point) => write_point(writer, point)?,
                KeyName::Holder(holder) => writer.object(KEY, holder)?,
            }
            (purpose.parameters(), None)
        }
        Command::RestoreEnvironment => (RESTORE, None),
        Command::Sign { digest } => {
            writer.raw(digest.map_or(&[], |digest| digest.as_slice()))?;
            (SIGN, OPEN)
        }
        Command::VerifySignature { digest, signature } => {
            digest
                .iter()
                .try_for_each(|digest| writer.object(DIGEST, *digest))?;
            writer.object(SIGNATURE, signature)?;
            (VERIFY_SIGNATURE, None)
        }
        Command::Hash { data, answer } => {
            writer.raw(data)?;
            (HASH, if answer { OPEN } else { None })
        }
        Command::Encipher { data } => {
            writer.raw(data)?;
            (ENCIPHER, OPEN)
        }
        Command::Decipher { data } => {
            writer.raw(data)?;
            (DECIPHER, OPEN)
        }
        Command::Agree { point } => {
            writer.nested(AGREEMENT, |w| write_point(w, point))?;
            (DECIPHER, OPEN)
        }
        Command::ComputeMac { data } => {
            writer.raw(data)?;
            (COMPUTE_MAC, OPEN)
        }
        Command::VerifyMac { data, mac } => {
            writer.object(PLAIN, data)?;
            writer.object(MAC, mac)?;
            (VERIFY_MAC, None)
        }
        Command::InternalAuthenticate { key, challenge } => {
            writer.raw(challenge)?;
            (u16::from(key.unwrap_or_default()), OPEN)
        }
        Command::AuthenticateByKey { key, random, mac } => {
            writer.raw(random.map_or(&[], |random| random.as_slice()))?;
            writer.raw(mac)?;
            (
                u16::from(key.unwrap_or_default()),
                if random.is_some() { OPEN } else { None },
            )
        }
        _ => return Err(EncodeError::OutOfRange),
    };
    let [p1, p2] = parameters.to_be_bytes();
    Ok(Frame::new(instruction, p1, p2, expected))
}
