//! Content that only one card can read: SPEC.md section 4.1.1.

use crate::aid::Aid;
use crate::certificate::Point;
use crate::fields::Digest;
use crate::limits::CHUNK;
use crate::object::ProviderId;
use crate::tlv::{Reader, Result, Tag, Writer};

/// The element of the manifest.
pub(super) const SEAL: Tag = Tag(0xA7);
const CARD: Tag = Tag(0x86);
const EPHEMERAL: Tag = Tag(0x88);
const AID: Tag = Tag(0x4F);

/// What stands in the derivation of the key that opens sealed content.
pub const SEALED_CONTENT_LABEL: &[u8] = b"symbolon sealed content 1";
/// Blocks of AES in a chunk.
const BLOCKS: u32 = 16;
const _: () = assert!(CHUNK == 256);

/// For which card the sealed files of a package are, and the point made for this package alone.
///
/// `A7 { 86 card, 88 ephemeral point }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal<'a> {
    /// SHA-256 of the 65-byte point of the card's registration key.
    pub card: &'a Digest,
    /// 04 `||` X `||` Y.
    pub ephemeral: &'a Point,
}

impl<'a> Seal<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut fields = reader.nested(SEAL)?;
        let seal = Self {
            card: fields.bytes(CARD)?,
            ephemeral: fields.bytes(EPHEMERAL)?,
        };
        fields.finish()?;
        Ok(seal)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(SEAL, |w| {
            w.object(CARD, self.card)?;
            w.object(EPHEMERAL, self.ephemeral)
        })
    }
}

/// To whom the key of sealed content belongs: `4F AID || A6 provider`. Who takes a seal over into a package of his own gets
/// another key.
#[derive(Clone, Copy, Debug)]
pub struct SealContext {
    bytes: [u8; Self::MAX],
    length: usize,
}

impl SealContext {
    /// Longest, in bytes.
    const MAX: usize = 18 + 49;

    /// Of an application of a provider.
    ///
    /// # Errors
    /// None in fact: the room is that of the longest AID and name.
    pub fn new(aid: &Aid, provider: &ProviderId) -> Result<Self> {
        let mut bytes = [0; Self::MAX];
        let mut writer = Writer::new(&mut bytes);
        writer.object(AID, aid.as_bytes())?;
        provider.write(&mut writer)?;
        let length = writer.len();
        Ok(Self { bytes, length })
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The counter block with which a chunk begins (AES in counter mode, NIST SP 800-38A): the file's place in the manifest, eleven
/// zeros, the number of AES blocks before it in the file.
#[must_use]
pub fn counter_block(file: u8, chunk: u16) -> [u8; 16] {
    let [a, b, c, d] = (u32::from(chunk) * BLOCKS).to_be_bytes();
    [file, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
}

/// The counter block with which the sealed value of a key begins: its reference, 81 to 8F, which is no file's place, and zeros.
#[must_use]
pub fn key_counter_block(reference: u8) -> [u8; 16] {
    counter_block(reference, 0)
}
