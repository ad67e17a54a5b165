//! The manifest: what an application consists of.

use core::fmt;

use super::entry::{FileEntry, PinEntry};
use super::key::KeyEntry;
use super::seal::{SEAL, Seal};
use super::tree::{References, Tree};
use crate::access::AccessRules;
use crate::aid::Aid;
use crate::fields::readable;
use crate::limits::{
    MANIFEST_FILES, MANIFEST_KEYS, MANIFEST_MAX, MANIFEST_PINS, MANIFEST_RULES, PACKAGE_MAX,
};
use crate::tlv::{Error, ErrorKind, Reader, Result, Tag, Writer};

/// The whole manifest.
pub const MANIFEST: Tag = Tag(0xEB);
const FORMAT: Tag = Tag(0x80);
const AID: Tag = Tag(0x4F);
const VERSION: Tag = Tag(0x81);
const LABEL: Tag = Tag(0x50);
const QUOTA: Tag = Tag(0x82);
const RULES: Tag = Tag(0xA3);
const RULE: Tag = Tag(0xAB);
const FILES: Tag = Tag(0xA4);
const PINS: Tag = Tag(0xA5);
const KEYS: Tag = Tag(0xA6);
const ENTRY: Tag = Tag(0xA0);

const FORMAT_1: u8 = 0x01;
/// Longest label, in bytes of UTF-8.
pub const LABEL_MAX: usize = 32;

/// A manifest that keeps every rule of SPEC.md section 4.1.
///
/// `EB { 80 format (01), 4F AID, 81 version, 50 label, 82 quota, A3 { AB rule, ... }, A4 { A0 file, ... },
/// [A5 { A0 PIN, ... }], [A6 { A0 key, ... }], [A7 seal] }`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Manifest<'a> {
    encoded: &'a [u8],
    aid: Aid,
    version: u32,
    label: &'a str,
    quota: u32,
    // Values of A3 to A6, known to be well formed; empty where absent.
    rules: &'a [u8],
    files: &'a [u8],
    pins: &'a [u8],
    keys: &'a [u8],
    seal: Option<Seal<'a>>,
    total_initial: u32,
}

/// Without transport values.
impl fmt::Debug for Manifest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("aid", &self.aid)
            .field("version", &self.version)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

impl<'a> Manifest<'a> {
    /// Reads a complete EB object of at most [`MANIFEST_MAX`] bytes and checks every rule.
    ///
    /// # Errors
    /// Whatever is wrong, and where. An entry that breaks a rule together with others (an identifier used twice, a
    /// parent that is not an earlier DF, too deep, a rule that is not there, more than the quota) is an
    /// [`ErrorKind::InvalidValue`] of A0 where the entry begins.
    pub fn parse(input: &'a [u8]) -> Result<Self> {
        if input.len() > MANIFEST_MAX {
            return Err(Error {
                position: 0,
                kind: ErrorKind::InvalidValue { tag: MANIFEST },
            });
        }
        let mut reader = Reader::new(input);
        let mut fields = reader.nested(MANIFEST)?;
        fields.constant(FORMAT, FORMAT_1)?;
        let aid = fields.convert(AID, Aid::new)?;
        let version = fields.u32(VERSION)?;
        let label = fields.convert(LABEL, |value| readable(value, 1..=LABEL_MAX))?;
        let quota = fields.u32(QUOTA)?;
        let rules = fields.nested(RULES)?;
        let files = fields.nested(FILES)?;
        let pins = optional(&mut fields, PINS)?;
        let keys = optional(&mut fields, KEYS)?;
        let unsealed = fields.invalid(SEAL);
        let seal = if fields.is_empty() {
            None
        } else {
            Some(Seal::read(&mut fields)?)
        };
        fields.finish()?;
        reader.finish()?;

        let rule_count = check_rules(rules.clone())?;
        let room = u32::try_from(PACKAGE_MAX.saturating_sub(input.len())).unwrap_or_default();
        let total_initial = check_files(files.clone(), rule_count, quota, room)?;
        if let Some(pins) = &pins {
            check_pins(pins.clone(), rule_count)?;
        }
        if let Some(keys) = &keys {
            check_keys(keys.clone(), rule_count)?;
        }
        let manifest = Self {
            encoded: input,
            aid,
            version,
            label,
            quota,
            rules: rules.remaining(),
            files: files.remaining(),
            pins: pins.map(|pins| pins.remaining()).unwrap_or_default(),
            keys: keys.map(|keys| keys.remaining()).unwrap_or_default(),
            seal,
            total_initial,
        };
        // A seal that seals nothing would only tell one card from the other; content sealed for nobody stays shut.
        let seals =
            manifest.files().any(|file| file.sealed) || manifest.keys().any(|key| key.sealed.is_some());
        if seal.is_some() == seals {
            Ok(manifest)
        } else {
            Err(unsealed)
        }
    }

    /// The complete EB object, block 0 of the package.
    #[must_use]
    pub const fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// The application.
    #[must_use]
    pub const fn aid(&self) -> Aid {
        self.aid
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Its name for people, 1 to 32 bytes without control characters.
    #[must_use]
    pub const fn label(&self) -> &'a str {
        self.label
    }

    /// How many bytes of content it may ever have.
    #[must_use]
    pub const fn quota(&self) -> u32 {
        self.quota
    }

    /// Length of the content that follows the manifest, in bytes.
    #[must_use]
    pub const fn total_initial(&self) -> u32 {
        self.total_initial
    }

    /// The access rules in their order.
    pub fn rules(&self) -> impl Iterator<Item = AccessRules<'a>> + use<'a> {
        let mut reader = Reader::new(self.rules);
        core::iter::from_fn(move || AccessRules::new(reader.value(RULE).ok()?).ok())
    }

    /// The access rule at this place, from 0.
    #[must_use]
    pub fn rule(&self, index: u8) -> Option<AccessRules<'a>> {
        self.rules().nth(usize::from(index))
    }

    /// For which card its sealed files and keys are; there whenever one is sealed.
    #[must_use]
    pub const fn seal(&self) -> Option<Seal<'a>> {
        self.seal
    }

    /// The files in their order.
    pub fn files(&self) -> impl Iterator<Item = FileEntry<'a>> + use<'a> {
        let mut reader = Reader::new(self.files);
        (1_u8..).map_while(move |position| FileEntry::read(&mut reader, position).ok())
    }

    /// The PINs in their order.
    pub fn pins(&self) -> impl Iterator<Item = PinEntry<'a>> + use<'a> {
        let mut reader = Reader::new(self.pins);
        core::iter::from_fn(move || PinEntry::read(&mut reader).ok())
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = KeyEntry<'a>> + use<'a> {
        let mut reader = Reader::new(self.keys);
        core::iter::from_fn(move || KeyEntry::read(&mut reader).ok())
    }
}

fn optional<'a>(fields: &mut Reader<'a>, tag: Tag) -> Result<Option<Reader<'a>>> {
    let there = fields.peek()?.is_some_and(|object| object.tag == tag);
    if there {
        fields.nested(tag).map(Some)
    } else {
        Ok(None)
    }
}

/// Counts the rules; all are well formed and at most 32.
fn check_rules(mut rules: Reader<'_>) -> Result<u8> {
    let mut count = 0;
    while !rules.is_empty() {
        let invalid = rules.invalid(RULE);
        AccessRules::read(rules.nested(RULE)?)?;
        count += 1;
        if count > MANIFEST_RULES {
            return Err(invalid);
        }
    }
    u8::try_from(count).map_err(|_| rules.invalid(RULE))
}

/// Gives the sum of the initial lengths; it fits `room`, and the sum of the sizes fits `quota`.
fn check_files(mut files: Reader<'_>, rules: u8, quota: u32, room: u32) -> Result<u32> {
    let (mut tree, mut sizes, mut initial) = (Tree::default(), 0, 0);
    for position in 1_u8.. {
        if files.is_empty() {
            break;
        }
        let invalid = files.invalid(ENTRY);
        let file = FileEntry::read(&mut files, position)?;
        tree.add(file).ok_or(invalid)?;
        sizes += u32::from(file.size);
        initial += u32::from(file.initial);
        if file.rule >= rules || sizes > quota || initial > room {
            return Err(invalid);
        }
    }
    Ok(initial)
}

fn check_pins(mut pins: Reader<'_>, rules: u8) -> Result<()> {
    check_references(&mut pins, MANIFEST_PINS, rules, |reader| {
        PinEntry::read(reader).map(|pin| (pin.reference, pin.rule))
    })
}

fn check_keys(mut keys: Reader<'_>, rules: u8) -> Result<()> {
    check_references(&mut keys, MANIFEST_KEYS, rules, |reader| {
        KeyEntry::read(reader).map(|key| (key.reference, key.rule))
    })
}

/// At least one entry, at most `most`, each of a reference of its own and with a rule that is there.
fn check_references<'a>(
    list: &mut Reader<'a>,
    most: usize,
    rules: u8,
    read: impl Fn(&mut Reader<'a>) -> Result<(u8, u8)>,
) -> Result<()> {
    let mut used = References::default();
    for _ in 0..most {
        let invalid = list.invalid(ENTRY);
        let (reference, rule) = read(list)?;
        used.add(reference).ok_or(invalid)?;
        if rule >= rules {
            return Err(invalid);
        }
        if list.is_empty() {
            return Ok(());
        }
    }
    list.finish()
}

/// A manifest about to be written.
#[derive(Clone, Copy, Debug)]
pub struct ManifestBuilder<'a> {
    /// The application.
    pub aid: Aid,
    /// Its version.
    pub version: u32,
    /// Its name for people, 1 to 32 bytes without control characters.
    pub label: &'a str,
    /// How many bytes of content it may ever have.
    pub quota: u32,
    /// Access rules, at most 32, which the others name by place.
    pub rules: &'a [AccessRules<'a>],
    /// Files, at most 64, a DF before what lies in it.
    pub files: &'a [FileEntry<'a>],
    /// PINs, at most 8.
    pub pins: &'a [PinEntry<'a>],
    /// Keys, at most 8.
    pub keys: &'a [KeyEntry<'a>],
    /// For which card; there when a file or key is sealed, and only then.
    pub seal: Option<Seal<'a>>,
}

impl ManifestBuilder<'_> {
    /// Writes the EB object to the start of `out` and gives its length.
    ///
    /// # Errors
    /// Whatever [`Manifest::parse`] refuses, with the position in what was written; [`ErrorKind::Overflow`].
    pub fn write(&self, out: &mut [u8]) -> Result<usize> {
        let mut writer = Writer::new(out);
        writer.nested(MANIFEST, |w| {
            w.byte(FORMAT, FORMAT_1)?;
            w.object(AID, self.aid.as_bytes())?;
            w.u32(VERSION, self.version)?;
            w.object(LABEL, self.label.as_bytes())?;
            w.u32(QUOTA, self.quota)?;
            w.nested(RULES, |w| {
                self.rules
                    .iter()
                    .try_for_each(|rule| w.object(RULE, rule.as_bytes()))
            })?;
            w.nested(FILES, |w| self.files.iter().try_for_each(|file| file.write(w)))?;
            if !self.pins.is_empty() {
                w.nested(PINS, |w| self.pins.iter().try_for_each(|pin| pin.write(w)))?;
            }
            if !self.keys.is_empty() {
                w.nested(KEYS, |w| self.keys.iter().try_for_each(|key| key.write(w)))?;
            }
            if let Some(seal) = &self.seal {
                seal.write(w)?;
            }
            Ok(())
        })?;
        Manifest::parse(writer.written())?;
        Ok(writer.len())
    }
}

// The bound that keeps positions of files in one byte.
const _: () = assert!(MANIFEST_FILES < 256);
