//! Entries of a manifest: files, PINs and keys.

use core::fmt;

use crate::fields::coded;
use crate::file::FileKind;
use crate::reference::{LOCAL_FIRST, LOCAL_LAST};
use crate::tlv::{Reader, Result, Tag, Writer};

/// Any entry.
const ENTRY: Tag = Tag(0xA0);
const REFERENCE: Tag = Tag(0x83);
const RULE: Tag = Tag(0x85);
const ON_REPLACE: Tag = Tag(0x86);

const DESCRIPTOR: Tag = Tag(0x82);
const FILE_ID: Tag = Tag(0x83);
const PARENT: Tag = Tag(0x87);
const SHORT_ID: Tag = Tag(0x88);
const SIZE: Tag = Tag(0x80);
const INITIAL: Tag = Tag(0x81);
const SEALED: Tag = Tag(0x89);

const MINIMUM: Tag = Tag(0x81);
const TRIES: Tag = Tag(0x82);
const TRANSPORT: Tag = Tag(0x84);

const KEY_TYPE: Tag = Tag(0x80);
const USAGE: Tag = Tag(0x81);

const TRANSPARENT: u8 = 0x01;
const DEDICATED: u8 = 0x38;
const IS_SEALED: u8 = 0x01;

coded! {
    /// What becomes of an object when the next version replaces this one.
    OnReplace {
        /// What the card has stays.
        Keep = 0x00, "keep";
        /// It begins anew.
        Reset = 0x01, "reset";
        /// It is not there any more.
        Remove = 0x02, "remove";
    }
}

coded! {
    /// What kind of key.
    KeyType {
        /// A key pair on P-256.
        P256 = 0x01, "P-256";
    }
}

coded! {
    /// What a key is for.
    KeyUsage {
        /// Signing.
        Sign = 0x01, "sign";
        /// Key agreement.
        Agree = 0x02, "agree";
    }
}

/// A file of an application.
///
/// SPEC.md section 4.1: `A0 { 82 descriptor, 83 file id, 87 parent, [88 short id], 85 rule, 86 on replace, and for an
/// EF: 80 size, 81 initial length, [89 sealed (01)] }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Place in the manifest, from 1; [`ManifestBuilder`](super::ManifestBuilder) counts itself.
    pub position: u8,
    /// EF or DF.
    pub kind: FileKind,
    /// File identifier.
    pub id: u16,
    /// Place of the DF it lies in, 0 for the application's own.
    pub parent: u8,
    /// Short identifier of an EF, 01 to 1E.
    pub short_id: Option<u8>,
    /// Place of its access rule, from 0.
    pub rule: u8,
    /// What becomes of it when a package replaces the application.
    pub replace: OnReplace,
    /// Size in bytes; 0 for a DF.
    pub size: u16,
    /// How many bytes of the package's content it gets; 0 for a DF.
    pub initial: u16,
    /// Whether its content can be read only by the card that the manifest's [`Seal`](super::Seal) names.
    pub sealed: bool,
}

impl FileEntry {
    /// Whether it is named only to be removed.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.replace == OnReplace::Remove
    }

    pub(super) fn read(reader: &mut Reader<'_>, position: u8) -> Result<Self> {
        let mut fields = reader.nested(ENTRY)?;
        let kind = fields.code(DESCRIPTOR, |code| match code {
            TRANSPARENT => Some(FileKind::Transparent),
            DEDICATED => Some(FileKind::Dedicated),
            _ => None,
        })?;
        let is_ef = kind == FileKind::Transparent;
        let id = fields.field(FILE_ID, |id| free_id(u16::from_be_bytes(id)))?;
        let parent = fields.byte(PARENT)?;
        let has_short = is_ef && fields.peek()?.is_some_and(|object| object.tag == SHORT_ID);
        let short_id = if has_short {
            Some(fields.code(SHORT_ID, short_id)?)
        } else {
            None
        };
        let rule = fields.byte(RULE)?;
        let replace = fields.code(ON_REPLACE, OnReplace::from_code)?;
        let size = if is_ef { fields.u16(SIZE)? } else { 0 };
        let initial = if is_ef {
            fields.field(INITIAL, |bytes| {
                Some(u16::from_be_bytes(bytes)).filter(|&initial| initial <= size)
            })?
        } else {
            0
        };
        // What has no content has nothing to seal.
        let sealed = initial > 0 && !fields.is_empty();
        if sealed {
            fields.constant(SEALED, IS_SEALED)?;
        }
        fields.finish()?;
        Ok(Self {
            position,
            kind,
            id,
            parent,
            short_id,
            rule,
            replace,
            size,
            initial,
            sealed,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        let is_ef = self.kind == FileKind::Transparent;
        writer.nested(ENTRY, |w| {
            w.byte(DESCRIPTOR, if is_ef { TRANSPARENT } else { DEDICATED })?;
            w.u16(FILE_ID, self.id)?;
            w.byte(PARENT, self.parent)?;
            self.short_id
                .iter()
                .try_for_each(|&short_id| w.byte(SHORT_ID, short_id))?;
            w.byte(RULE, self.rule)?;
            w.byte(ON_REPLACE, self.replace.code())?;
            if is_ef {
                w.u16(SIZE, self.size)?;
                w.u16(INITIAL, self.initial)?;
                if self.sealed {
                    w.demand(SEALED, self.initial > 0)?;
                    w.byte(SEALED, IS_SEALED)?;
                }
                return Ok(());
            }
            w.demand(SIZE, self.size == 0 && self.initial == 0 && !self.sealed)
        })
    }
}

/// Identifiers of the MF, the current DF, nothing, and the card's own EFs are not free.
fn free_id(id: u16) -> Option<u16> {
    (!matches!(id, 0x0000 | 0x2F00..=0x2F02 | 0x3F00 | 0x3FFF | 0xFFFF)).then_some(id)
}

fn short_id(id: u8) -> Option<u8> {
    matches!(id, 0x01..=0x1E).then_some(id)
}

fn local(reference: u8) -> Option<u8> {
    matches!(reference, LOCAL_FIRST..=LOCAL_LAST).then_some(reference)
}

/// A PIN of an application.
///
/// SPEC.md section 4.1: `A0 { 83 reference, 81 minimum length, 82 tries, 85 rule, 86 on replace, 84 transport value }`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PinEntry<'a> {
    /// 81 to 8F.
    pub reference: u8,
    /// Shortest value, 4 to 16 bytes.
    pub minimum: u8,
    /// Wrong tries before it blocks, 1 to 15.
    pub tries: u8,
    /// Place of its access rule, from 0.
    pub rule: u8,
    /// What becomes of it when a package replaces the application.
    pub replace: OnReplace,
    /// The value it starts with, which must be changed before it opens anything; `minimum` to 16 bytes.
    pub transport: &'a [u8],
}

/// Without the transport value.
impl fmt::Debug for PinEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            reference,
            minimum,
            tries,
            rule,
            replace,
            transport: _,
        } = self;
        f.debug_struct("PinEntry")
            .field("reference", reference)
            .field("minimum", minimum)
            .field("tries", tries)
            .field("rule", rule)
            .field("replace", replace)
            .finish_non_exhaustive()
    }
}

impl<'a> PinEntry<'a> {
    /// Longest value, in bytes.
    pub const MAX: usize = 16;

    /// Whether it is named only to be removed.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.replace == OnReplace::Remove
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut fields = reader.nested(ENTRY)?;
        let reference = fields.code(REFERENCE, local)?;
        let minimum = fields.code(MINIMUM, |minimum| matches!(minimum, 4..=16).then_some(minimum))?;
        let tries = fields.code(TRIES, |tries| matches!(tries, 1..=15).then_some(tries))?;
        let rule = fields.byte(RULE)?;
        let replace = fields.code(ON_REPLACE, OnReplace::from_code)?;
        let lengths = usize::from(minimum)..=Self::MAX;
        let transport = fields.convert(TRANSPORT, |value| lengths.contains(&value.len()).then_some(value))?;
        fields.finish()?;
        Ok(Self {
            reference,
            minimum,
            tries,
            rule,
            replace,
            transport,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.byte(REFERENCE, self.reference)?;
            w.byte(MINIMUM, self.minimum)?;
            w.byte(TRIES, self.tries)?;
            w.byte(RULE, self.rule)?;
            w.byte(ON_REPLACE, self.replace.code())?;
            w.object(TRANSPORT, self.transport)
        })
    }
}

/// A key of an application; empty until the card generates it.
///
/// SPEC.md section 4.1: `A0 { 83 reference, 80 type, 81 usage, 85 rule, 86 on replace }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// 81 to 8F.
    pub reference: u8,
    /// What kind of key.
    pub kind: KeyType,
    /// What it is for.
    pub usage: KeyUsage,
    /// Place of its access rule, from 0.
    pub rule: u8,
    /// What becomes of it when a package replaces the application.
    pub replace: OnReplace,
}

impl KeyEntry {
    /// Whether it is named only to be removed.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.replace == OnReplace::Remove
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut fields = reader.nested(ENTRY)?;
        let entry = Self {
            reference: fields.code(REFERENCE, local)?,
            kind: fields.code(KEY_TYPE, KeyType::from_code)?,
            usage: fields.code(USAGE, KeyUsage::from_code)?,
            rule: fields.byte(RULE)?,
            replace: fields.code(ON_REPLACE, OnReplace::from_code)?,
        };
        fields.finish()?;
        Ok(entry)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.byte(REFERENCE, self.reference)?;
            w.byte(KEY_TYPE, self.kind.code())?;
            w.byte(USAGE, self.usage.code())?;
            w.byte(RULE, self.rule)?;
            w.byte(ON_REPLACE, self.replace.code())
        })
    }
}
