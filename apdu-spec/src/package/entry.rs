//! Entries of a manifest: files and PINs.

use core::fmt;

use crate::fields::coded;
use crate::file::{FileKind, Structure};
use crate::reference::{LOCAL_FIRST, LOCAL_LAST};
use crate::tlv::{Reader, Result, Tag, Writer};

/// Any entry.
pub(super) const ENTRY: Tag = Tag(0xA0);
pub(super) const REFERENCE: Tag = Tag(0x83);
pub(super) const RULE: Tag = Tag(0x85);
pub(super) const ON_REPLACE: Tag = Tag(0x86);

const DESCRIPTOR: Tag = Tag(0x82);
const FILE_ID: Tag = Tag(0x83);
const PARENT: Tag = Tag(0x87);
const SHORT_ID: Tag = Tag(0x88);
const SIZE: Tag = Tag(0x80);
const INITIAL: Tag = Tag(0x81);
pub(super) const SEALED: Tag = Tag(0x89);
const FORMAT: Tag = Tag(0x8A);
const LENGTHS: Tag = Tag(0x8B);

const MINIMUM: Tag = Tag(0x81);
pub(super) const TRIES: Tag = Tag(0x82);
const TRANSPORT: Tag = Tag(0x84);

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

/// A file of an application.
///
/// SPEC.md section 4.1: `A0 { 82 descriptor, 83 file id, 87 parent, [88 short id], 85 rule, 86 on replace, and for an
/// EF: 80 size, 81 initial length, [8A record length, number of records], [8B lengths of the initial records],
/// [89 sealed (01)] }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEntry<'a> {
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
    /// The length of each record that the package fills, where they may differ: of a linear variable EF.
    pub lengths: &'a [u8],
    /// Whether its content can be read only by the card that the manifest's [`Seal`](super::Seal) names.
    pub sealed: bool,
}

impl<'a> FileEntry<'a> {
    /// Whether it is named only to be removed.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.replace == OnReplace::Remove
    }

    /// How many records the package fills; 0 for a file without records.
    #[must_use]
    pub fn initial_records(&self) -> u8 {
        match self.kind {
            FileKind::Records(format) if format.is_fixed() => {
                u8::try_from(self.initial / u16::from(format.length)).unwrap_or(u8::MAX)
            }
            FileKind::Records(_) => u8::try_from(self.lengths.len()).unwrap_or(u8::MAX),
            FileKind::Transparent | FileKind::Dedicated => 0,
        }
    }

    /// Whether size, initial length and records agree.
    fn is_consistent(&self) -> bool {
        match self.kind {
            FileKind::Dedicated => self.size == 0 && self.initial == 0 && self.lengths.is_empty(),
            FileKind::Transparent => self.initial <= self.size && self.lengths.is_empty(),
            FileKind::Records(format) if format.is_fixed() => {
                let whole = self.initial.is_multiple_of(u16::from(format.length));
                format.fits(self.size) && self.initial <= self.size && whole && self.lengths.is_empty()
            }
            FileKind::Records(format) => {
                let sum = self.lengths.iter().map(|&length| u32::from(length)).sum::<u32>();
                format.fits(self.size)
                    && self.initial <= self.size
                    && sum == u32::from(self.initial)
                    && self.lengths.len() <= usize::from(format.number)
                    && self
                        .lengths
                        .iter()
                        .all(|length| (1..=format.length).contains(length))
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'a>, position: u8) -> Result<Self> {
        let mut fields = reader.nested(ENTRY)?;
        let descriptor = fields.byte(DESCRIPTOR)?;
        let invalid = fields.invalid(DESCRIPTOR);
        let has_records = Structure::from_descriptor(descriptor).is_some();
        let kind = FileKind::new(descriptor, None);
        let is_ef = has_records || kind.ok_or(invalid)? == FileKind::Transparent;
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
        let inconsistent = fields.invalid(FORMAT);
        let kind = match kind {
            Some(kind) => kind,
            None => fields.field(FORMAT, |[length, number]| {
                FileKind::new(descriptor, Some((length, number)))
            })?,
        };
        let varies = initial > 0 && kind.records().is_some_and(|format| !format.is_fixed());
        let lengths = if varies { fields.value(LENGTHS)? } else { &[] };
        // What has no content has nothing to seal.
        let sealed = initial > 0 && !fields.is_empty();
        if sealed {
            fields.constant(SEALED, IS_SEALED)?;
        }
        fields.finish()?;
        let entry = Self {
            position,
            kind,
            id,
            parent,
            short_id,
            rule,
            replace,
            size,
            initial,
            lengths,
            sealed,
        };
        if entry.is_consistent() {
            Ok(entry)
        } else {
            Err(inconsistent)
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<()> {
        writer.nested(ENTRY, |w| {
            w.byte(DESCRIPTOR, self.kind.descriptor())?;
            w.u16(FILE_ID, self.id)?;
            w.byte(PARENT, self.parent)?;
            self.short_id
                .iter()
                .try_for_each(|&short_id| w.byte(SHORT_ID, short_id))?;
            w.byte(RULE, self.rule)?;
            w.byte(ON_REPLACE, self.replace.code())?;
            w.demand(SIZE, self.is_consistent())?;
            w.demand(SEALED, self.initial > 0 || !self.sealed)?;
            if !self.kind.is_ef() {
                return Ok(());
            }
            w.u16(SIZE, self.size)?;
            w.u16(INITIAL, self.initial)?;
            if let Some(format) = self.kind.records() {
                w.object(FORMAT, &[format.length, format.number])?;
            }
            if !self.lengths.is_empty() {
                w.object(LENGTHS, self.lengths)?;
            }
            if self.sealed {
                w.byte(SEALED, IS_SEALED)?;
            }
            Ok(())
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

/// Wrong tries before a PIN or key blocks.
pub(super) fn tries(tries: u8) -> Option<u8> {
    matches!(tries, 1..=15).then_some(tries)
}

pub(super) fn local(reference: u8) -> Option<u8> {
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
        let tries = fields.code(TRIES, tries)?;
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
