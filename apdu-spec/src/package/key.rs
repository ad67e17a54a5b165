//! Entries of a manifest: keys, what kinds there are and what each may be for.

use core::fmt;

use super::entry::{ENTRY, ON_REPLACE, OnReplace, REFERENCE, RULE, SEALED, TRIES, local, tries};
use crate::fields::coded;
use crate::tlv::{Reader, Result, Tag, Writer};

const KIND: Tag = Tag(0x80);
const USAGE: Tag = Tag(0x81);

coded! {
    /// What kind of key.
    KeyType {
        /// A key pair on P-256.
        P256 = 0x01, "P-256";
        /// A key of AES-128.
        Aes128 = 0x02, "AES-128";
        /// A key of AES-256.
        Aes256 = 0x03, "AES-256";
        /// A key of HMAC with SHA-256, 32 bytes.
        Hmac = 0x04, "HMAC-SHA-256";
    }
}

coded! {
    /// What a key is for: one purpose, so that what one operation gives is never good for another.
    KeyUsage {
        /// Signing.
        Sign = 0x01, "sign";
        /// Key agreement.
        Agree = 0x02, "agree";
        /// Enciphering.
        Encipher = 0x04, "encipher";
        /// Deciphering.
        Decipher = 0x08, "decipher";
        /// Enciphering and deciphering.
        Cipher = 0x0C, "cipher";
        /// Computing MACs.
        ComputeMac = 0x10, "compute-mac";
        /// Verifying MACs.
        VerifyMac = 0x20, "verify-mac";
        /// Computing and verifying MACs.
        Mac = 0x30, "mac";
        /// Showing others that this is the card.
        AuthenticateCard = 0x40, "authenticate-card";
        /// Showing the card who is there.
        AuthenticateOther = 0x80, "authenticate-other";
        /// Both ways.
        AuthenticateBoth = 0xC0, "authenticate-both";
    }
}

impl KeyUsage {
    /// Bit: the key signs.
    pub const SIGN: u8 = 0x01;
    /// Bit: the key agrees on secrets.
    pub const AGREE: u8 = 0x02;
    /// Bit: the key enciphers.
    pub const ENCIPHER: u8 = 0x04;
    /// Bit: the key deciphers.
    pub const DECIPHER: u8 = 0x08;
    /// Bit: the key computes MACs.
    pub const COMPUTE_MAC: u8 = 0x10;
    /// Bit: the key verifies MACs.
    pub const VERIFY_MAC: u8 = 0x20;
    /// Bit: INTERNAL and MUTUAL AUTHENTICATE.
    pub const INTERNAL: u8 = 0x40;
    /// Bit: EXTERNAL and MUTUAL AUTHENTICATE; the key has a try counter.
    pub const EXTERNAL: u8 = 0x80;

    /// Whether wrong answers under the key are counted.
    #[must_use]
    pub const fn has_tries(self) -> bool {
        self.code() & Self::EXTERNAL != 0
    }
}

impl KeyType {
    /// Whether a key of this kind can be for that.
    #[must_use]
    pub const fn allows(self, usage: KeyUsage) -> bool {
        let possible = match self {
            Self::P256 => KeyUsage::SIGN | KeyUsage::AGREE | KeyUsage::INTERNAL,
            Self::Aes128 | Self::Aes256 => !(KeyUsage::SIGN | KeyUsage::AGREE),
            Self::Hmac => {
                KeyUsage::COMPUTE_MAC | KeyUsage::VERIFY_MAC | KeyUsage::INTERNAL | KeyUsage::EXTERNAL
            }
        };
        usage.code() & !possible == 0
    }

    /// Length of the secret part, in bytes.
    #[must_use]
    pub const fn secret_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::P256 | Self::Aes256 | Self::Hmac => 32,
        }
    }
}

/// A key of an application. Without a sealed value it is empty until the card makes it.
///
/// SPEC.md section 4.1: `A0 { 83 reference, 80 type, 81 usage, [82 tries], 85 rule, 86 on replace, [89 sealed value] }`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyEntry<'a> {
    /// 81 to 8F.
    pub reference: u8,
    /// What kind of key.
    pub kind: KeyType,
    /// What it is for.
    pub usage: KeyUsage,
    /// Wrong answers before it blocks, 1 to 15; there when somebody authenticates with it, and only then.
    pub tries: Option<u8>,
    /// Place of its access rule, from 0.
    pub rule: u8,
    /// What becomes of it when a package replaces the application.
    pub replace: OnReplace,
    /// The secret part, which only the card that the manifest's [`Seal`](super::Seal) names can open.
    pub sealed: Option<&'a [u8]>,
}

/// The sealed value by its length.
impl fmt::Debug for KeyEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEntry")
            .field("reference", &self.reference)
            .field("kind", &self.kind)
            .field("usage", &self.usage)
            .field("tries", &self.tries)
            .field("rule", &self.rule)
            .field("replace", &self.replace)
            .field("sealed", &self.sealed.map(<[u8]>::len))
            .finish()
    }
}

impl<'a> KeyEntry<'a> {
    /// Whether it is named only to be removed.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.replace == OnReplace::Remove
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut fields = reader.nested(ENTRY)?;
        let reference = fields.code(REFERENCE, local)?;
        let kind = fields.code(KIND, KeyType::from_code)?;
        let usage = fields.code(USAGE, |code| {
            KeyUsage::from_code(code).filter(|usage| kind.allows(*usage))
        })?;
        let entry = Self {
            reference,
            kind,
            usage,
            tries: if usage.has_tries() {
                Some(fields.code(TRIES, tries)?)
            } else {
                None
            },
            rule: fields.byte(RULE)?,
            replace: fields.code(ON_REPLACE, OnReplace::from_code)?,
            sealed: if fields.is_empty() {
                None
            } else {
                let fits = |value: &&[u8]| value.len() == kind.secret_length();
                Some(fields.convert(SEALED, |value| Some(value).filter(fits))?)
            },
        };
        fields.finish()?;
        Ok(entry)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.byte(REFERENCE, self.reference)?;
            w.byte(KIND, self.kind.code())?;
            w.byte(USAGE, self.usage.code())?;
            self.tries.iter().try_for_each(|&tries| w.byte(TRIES, tries))?;
            w.byte(RULE, self.rule)?;
            w.byte(ON_REPLACE, self.replace.code())?;
            self.sealed.iter().try_for_each(|value| w.object(SEALED, value))
        })
    }
}
