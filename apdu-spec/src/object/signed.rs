//! A body with its signature.

use super::{
    FIRST_AUTHORIZATION, FirstAuthorization, RECEIPT, REFUSAL, Receipt, Refusal, SECOND_AUTHORIZATION,
    SIGNATURE, SIGNED, STORING_REQUEST, SecondAuthorization, Signature, StoringRequest,
};
use crate::fields::moved;
use crate::tlv::{Error, Reader, Result, Tag, Writer};

/// Tag and length of a signature, and the signature.
const SIGNATURE_OBJECT: usize = 3 + 64;

/// What can stand inside a [`Signed`] object.
pub trait Body<'a>: Sized {
    /// Tag of the body.
    const TAG: Tag;

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
    /// The signature over `body`.
    pub signature: &'a Signature,
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
        let known = [
            STORING_REQUEST,
            FIRST_AUTHORIZATION,
            SECOND_AUTHORIZATION,
            RECEIPT,
            REFUSAL,
        ]
        .contains(&body.tag);
        if !known {
            return Err(invalid);
        }
        let signature = fields.bytes(SIGNATURE)?;
        fields.finish()?;
        reader.finish()?;
        Ok(Self {
            encoded: input,
            body: body.encoded,
            tag: body.tag,
            signature,
        })
    }

    /// Joins a complete body and the signature over it into an F0 object at the start of `out`; gives its length.
    ///
    /// # Errors
    /// [`Overflow`](crate::tlv::ErrorKind::Overflow).
    pub fn assemble(body: &[u8], signature: &Signature, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(SIGNED, |w| {
            w.raw(body)?;
            w.object(SIGNATURE, signature)
        })?;
        Ok(writer.len())
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`UnexpectedTag`](crate::tlv::ErrorKind::UnexpectedTag) for another body, else whatever is wrong with it; positions count from the start
    /// of the F0 object.
    pub fn read<T: Body<'a>>(&self) -> Result<T> {
        let offset = self
            .encoded
            .len()
            .saturating_sub(self.body.len() + SIGNATURE_OBJECT);
        T::read_complete(self.body).map_err(|error: Error| moved(error, offset))
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
