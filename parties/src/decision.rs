//! Yes or no, and a signed no.
//!
//! SPEC.md section 4: a refusal (E8) says who refused which object and why. Malformed input is no decision but an
//! [`Error`]: nobody signs over what cannot be read.

use std::fmt;

use apdu_spec::certificate::Role;
use apdu_spec::object::Body;
use apdu_spec::object::{Algorithm, Header, Mode, REFUSAL_TEXT_MAX, Refusal, RevocationList, Signed};
use apdu_spec::reason::Reason;

use crate::certificate::OwnedCertificate;
use crate::crypto::{Digest, sha256};
use crate::error::{Error, Result};
use crate::shared_key::CardKey;
use crate::signer::Signer;

/// Room for any body or signed object of SPEC.md section 4.
const OBJECT_MAX: usize = RevocationList::MAX + Signed::OVERHEAD;

/// Why something is not agreed to, before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The code.
    pub reason: Reason,
    /// What exactly.
    pub text: String,
}

impl Denial {
    /// A denial; the text is cut to what a refusal can carry.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        let mut shown = String::new();
        for character in text.into().chars().filter(|character| !character.is_control()) {
            if shown.len() + character.len_utf8() > REFUSAL_TEXT_MAX {
                break;
            }
            shown.push(character);
        }
        Self { reason, text: shown }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.ends_with(self.reason.meaning()) {
            return f.write_str(&self.text);
        }
        write!(f, "{}: {}", self.reason, self.text)
    }
}

/// An `Err` with a [`Denial`].
pub(crate) fn deny<T>(reason: Reason, text: impl Into<String>) -> std::result::Result<T, Denial> {
    Err(Denial::new(reason, text))
}

/// A refusal as it leaves the party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRefusal {
    /// The code.
    pub reason: Reason,
    /// What exactly.
    pub text: String,
    /// SHA-256 of the object refused.
    pub refused: Digest,
    /// The refusal, F0.
    pub object: Vec<u8>,
}

/// What a party answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes: the certificate or signed object.
    Granted(Vec<u8>),
    /// No.
    Refused(SignedRefusal),
}

impl Decision {
    /// The object granted, if it was.
    #[must_use]
    pub fn granted(self) -> Option<Vec<u8>> {
        match self {
            Self::Granted(object) => Some(object),
            Self::Refused(_) => None,
        }
    }
}

/// Who signs: a key and the certificate over it.
pub(crate) struct Desk<'a, S> {
    pub(crate) role: Role,
    pub(crate) certificate: &'a OwnedCertificate,
    pub(crate) signer: &'a S,
}

impl<S: Signer> Desk<'_, S> {
    /// The header of an object by this signer that follows `previous`.
    pub(crate) fn header(&self, mode: Mode, previous: Digest) -> Header {
        Header {
            mode,
            role: self.role,
            certificate: *self.certificate.digest(),
            previous,
            algorithm: Algorithm::EcdsaP256Sha256,
        }
    }

    /// Signs a body.
    pub(crate) fn sign<'b>(&self, body: &impl Body<'b>) -> Result<Vec<u8>> {
        sign_object(body, self.signer)
    }

    /// Authorizes what comes before: signs what `body` makes of the header, or MACs it with a key that the card shares.
    pub(crate) fn authorize<'b, B: Body<'b>>(
        &self,
        mode: Mode,
        previous: Digest,
        key: Option<&CardKey>,
        body: impl FnOnce(Header) -> B,
    ) -> Result<Vec<u8>> {
        let header = self.header(mode, previous);
        let Some(key) = key else {
            return self.sign(&body(header));
        };
        let body = body(Header {
            algorithm: Algorithm::AesCmac,
            ..header
        });
        seal(&body, |body, out| {
            let mac = key.mac(body)?;
            Signed::assemble_mac(body, &mac, out).map_err(unwritable)
        })
    }

    /// Signs a refusal of `object`.
    pub(crate) fn refuse(&self, mode: Mode, object: &[u8], denial: Denial) -> Result<SignedRefusal> {
        let refused = sha256(object);
        let Denial { reason, text } = denial;
        let body = Refusal {
            header: self.header(mode, refused),
            reason: reason.code(),
            text: &text,
        };
        let object = self.sign(&body)?;
        Ok(SignedRefusal {
            reason,
            text,
            refused,
            object,
        })
    }
}

/// Writes a body, signs it and joins both.
///
/// # Errors
/// [`Error::Unfit`] for a body that cannot be written; what the signer answers.
pub fn sign_object<'b>(body: &impl Body<'b>, signer: &impl Signer) -> Result<Vec<u8>> {
    seal(body, |body, out| {
        let signature = signer.sign(body)?;
        Signed::assemble(body, &signature, out).map_err(unwritable)
    })
}

fn seal<'b>(body: &impl Body<'b>, join: impl FnOnce(&[u8], &mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    let (mut buffer, mut signed) = ([0; OBJECT_MAX], vec![0; OBJECT_MAX]);
    let length = body.write_complete(&mut buffer).map_err(unwritable)?;
    let length = join(buffer.get(..length).unwrap_or_default(), &mut signed)?;
    signed.truncate(length);
    Ok(signed)
}

fn unwritable(error: apdu_spec::tlv::Error) -> Error {
    Error::Unfit(format!("cannot write the object to be signed: {error}"))
}
