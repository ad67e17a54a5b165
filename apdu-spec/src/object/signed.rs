//! A body with its signature.

use super::{
    AUTHENTICATION, Algorithm, CERTIFIED_DATA, CertifiedData, FIRST_AUTHORIZATION, FirstAuthorization,
    Header, Mac, RECEIPT, RECEIPT_HEAD, REFUSAL, REGISTRAR_CERTIFIED_DATA, RELEASE, REVOCATION_LIST, Receipt,
    Refusal, RegistrarCertifiedData, SECOND_AUTHORIZATION, SHARED_KEY, SIGNATURE, SIGNED, STORING_REQUEST,
    SecondAuthorization, Signature, StoringRequest,
};
use crate::fields::moved;
use crate::tlv::{Error, ErrorKind, Reader, Result, Tag, Writer};

/// Tag and length of a signature or MAC.
const PROOF_HEADER: usize = 3;
/// Tag and length of a signature, and the signature.
const SIGNATURE_OBJECT: usize = PROOF_HEADER + 64;

/// Every body there is.
const BODIES: [Tag; 12] = [
    STORING_REQUEST,
    FIRST_AUTHORIZATION,
    SECOND_AUTHORIZATION,
    CERTIFIED_DATA,
    REGISTRAR_CERTIFIED_DATA,
    RECEIPT,
    REFUSAL,
    RECEIPT_HEAD,
    SHARED_KEY,
    AUTHENTICATION,
    REVOCATION_LIST,
    RELEASE,
];

/// What shows who made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof<'a> {
    /// A signature, which everybody can check.
    Signature(&'a Signature),
    /// A MAC, of SAR and SA only: whoever can check it could have made it.
    Mac(&'a Mac),
}

impl<'a> Proof<'a> {
    fn read(value: &'a [u8], body: Tag) -> Option<Self> {
        match value.len() {
            64 => value.try_into().ok().map(Self::Signature),
            16 if matches!(body, FIRST_AUTHORIZATION | SECOND_AUTHORIZATION) => {
                value.try_into().ok().map(Self::Mac)
            }
            _ => None,
        }
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Signature(signature) => *signature,
            Self::Mac(mac) => *mac,
        }
    }

    /// How the header of its body must say that it was made.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Signature(_) => Algorithm::EcdsaP256Sha256,
            Self::Mac(_) => Algorithm::AesCmac,
        }
    }

    /// The signature, if it is one.
    #[must_use]
    pub const fn signature(&self) -> Option<&'a Signature> {
        match self {
            Self::Signature(signature) => Some(signature),
            Self::Mac(_) => None,
        }
    }
}

/// What can stand inside a [`Signed`] object.
pub trait Body<'a>: Sized {
    /// Tag of the body.
    const TAG: Tag;

    /// Who signs it, and how.
    fn header(&self) -> &Header;

    /// Reads the elements of the body; what is left over, the caller refuses.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    fn read_fields(fields: &mut Reader<'a>) -> Result<Self>;

    /// Writes the elements of the body.
    ///
    /// # Errors
    /// [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) for what reading would refuse;
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    fn write_fields(&self, writer: &mut Writer<'_>) -> Result<()>;

    /// Reads a complete body and nothing else.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where.
    fn read_complete(input: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let mut fields = reader.nested(Self::TAG)?;
        let body = Self::read_fields(&mut fields)?;
        fields.finish()?;
        reader.finish()?;
        Ok(body)
    }

    /// Writes the complete body, the bytes to be signed, to the start of `out` and gives its length.
    ///
    /// # Errors
    /// As [`Self::write_fields`].
    fn write_complete(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(Self::TAG, |w| self.write_fields(w))?;
        Ok(writer.len())
    }
}

/// `F0 { body, 5F37 signature }`: SPEC.md section 4. Nothing is known of the body yet but its tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The complete F0 object, which the next object's header hashes.
    pub encoded: &'a [u8],
    /// The complete body object, which is signed.
    pub body: &'a [u8],
    /// The body's tag.
    pub tag: Tag,
    /// The signature or MAC over `body`.
    pub proof: Proof<'a>,
}

impl<'a> Signed<'a> {
    /// Bytes that [`Self::assemble`] adds to a body, at most.
    pub const OVERHEAD: usize = SIGNATURE_OBJECT + 4;

    /// Reads a complete F0 object.
    ///
    /// # Errors
    /// Whatever is wrong with the encoding, and where; [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) of F0 for a body of unknown tag.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(input);
        let mut fields = reader.nested(SIGNED)?;
        let invalid = fields.invalid(SIGNED);
        let body = fields.any()?;
        if !BODIES.contains(&body.tag) {
            return Err(invalid);
        }
        let proof = fields.convert(SIGNATURE, |value| Proof::read(value, body.tag))?;
        fields.finish()?;
        reader.finish()?;
        Ok(Self {
            encoded: input,
            body: body.encoded,
            tag: body.tag,
            proof,
        })
    }

    /// Joins a complete body and the signature over it into an F0 object at the start of `out`; gives its length.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn assemble(body: &[u8], signature: &Signature, out: &mut [u8]) -> Result<usize> {
        Self::join(body, signature, out)
    }

    /// As [`Self::assemble`], with a MAC.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn assemble_mac(body: &[u8], mac: &Mac, out: &mut [u8]) -> Result<usize> {
        Self::join(body, mac, out)
    }

    fn join(body: &[u8], proof: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(SIGNED, |w| {
            w.raw(body)?;
            w.object(SIGNATURE, proof)
        })?;
        Ok(writer.len())
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`UnexpectedTag`](crate::tlv::ErrorKind::UnexpectedTag) for another body, [`InvalidValue`](crate::tlv::ErrorKind::InvalidValue) of 5F37 for a
    /// signature or MAC where the header says the other, else whatever is wrong with it; positions count from the start of the F0 object.
    pub fn read<T: Body<'a>>(&self) -> Result<T> {
        let proof = PROOF_HEADER + self.proof.as_bytes().len();
        let offset = self.encoded.len().saturating_sub(self.body.len() + proof);
        let body = T::read_complete(self.body).map_err(|error: Error| moved(error, offset))?;
        if body.header().algorithm == self.proof.algorithm() {
            Ok(body)
        } else {
            Err(Error {
                position: self.encoded.len().saturating_sub(proof),
                kind: ErrorKind::InvalidValue { tag: SIGNATURE },
            })
        }
    }

    /// The body as an SR.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn storing_request(&self) -> Result<StoringRequest> {
        self.read()
    }

    /// The body as a SAR.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn first_authorization(&self) -> Result<FirstAuthorization> {
        self.read()
    }

    /// The body as an SA.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn second_authorization(&self) -> Result<SecondAuthorization> {
        self.read()
    }

    /// The body as an SDCI.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn certified_data(&self) -> Result<CertifiedData> {
        self.read()
    }

    /// The body as an SDCI'.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn registrar_certified_data(&self) -> Result<RegistrarCertifiedData> {
        self.read()
    }

    /// The body as a receipt.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn receipt(&self) -> Result<Receipt> {
        self.read()
    }

    /// The body as a refusal.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn refusal(&self) -> Result<Refusal<'a>> {
        self.read()
    }
}
