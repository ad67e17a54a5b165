//! A package for people and for JSON. Transport values are counted, never shown.

use apdu_spec::access::{AccessRules, Subject};
use apdu_spec::file::FileKind;
use apdu_spec::package::{FileEntry, Manifest};
use serde::Serialize;

use super::Package;
use crate::error::Result;

/// What a package holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Application identifier, hexadecimal.
    pub aid: String,
    /// Version.
    pub version: u32,
    /// Name for people.
    pub label: String,
    /// Bytes of content it may ever have.
    pub quota: u32,
    /// Bytes of the package.
    pub size: u32,
    /// Number of blocks in which it travels.
    pub blocks: usize,
    /// SHA-256 of the package, hexadecimal.
    pub package_digest: String,
    /// SHA-256 of its manifest, hexadecimal.
    pub manifest_digest: String,
    /// SHA-256 of its first block, hexadecimal.
    pub first_block_digest: String,
    /// The only card that can open what is sealed, hexadecimal; none if nothing is.
    pub sealed_for: Option<String>,
    /// Folders and files, in the order of the manifest.
    pub files: Vec<FileDescription>,
    /// PINs.
    pub pins: Vec<PinDescription>,
    /// Keys.
    pub keys: Vec<KeyDescription>,
}

/// A folder or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileDescription {
    /// File ids from the application's folder on, `0200/0201`.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Short identifier.
    pub short_id: Option<u8>,
    /// Size in bytes.
    pub size: u16,
    /// Bytes of it that the package fills.
    pub initial: u16,
    /// Its records, if it has any.
    pub records: Option<RecordsDescription>,
    /// Access rule.
    pub access: String,
    /// Whether only one card can read what the package fills it with.
    pub sealed: bool,
    /// What a later version does to it.
    pub on_replace: &'static str,
}

/// The records of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordsDescription {
    /// Linear fixed, linear variable or cyclic.
    pub structure: &'static str,
    /// Bytes of each, or of the longest.
    pub length: u8,
    /// How many there can be.
    pub number: u8,
    /// How many the package fills.
    pub initial: u8,
}

/// A PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PinDescription {
    /// Reference, hexadecimal.
    pub reference: String,
    /// Shortest value.
    pub minimum: u8,
    /// Wrong tries before it blocks.
    pub tries: u8,
    /// Bytes of its transport value.
    pub transport_length: usize,
    /// Access rule.
    pub access: String,
    /// What a later version does to it.
    pub on_replace: &'static str,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyDescription {
    /// Reference, hexadecimal.
    pub reference: String,
    /// What kind of key.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is for.
    pub usage: &'static str,
    /// Wrong answers before it blocks, where others authenticate with it.
    pub tries: Option<u8>,
    /// Whether the package brings it, for one card.
    pub sealed: bool,
    /// Access rule.
    pub access: String,
    /// What a later version does to it.
    pub on_replace: &'static str,
}

pub(super) fn describe(package: &Package) -> Result<Description> {
    let manifest = package.manifest()?;
    let files: Vec<FileEntry<'_>> = manifest.files().collect();
    let digests = package.digests();
    let access = |rule, subject| {
        let rules = manifest.rule(rule).unwrap_or(AccessRules::NONE);
        if rules == AccessRules::NONE {
            "never".to_owned()
        } else {
            rules.named(subject).to_string()
        }
    };
    Ok(Description {
        aid: package.aid().to_string(),
        version: package.version(),
        label: package.label().to_owned(),
        quota: manifest.quota(),
        size: digests.size,
        blocks: package.blocks().len(),
        package_digest: hex::encode(digests.package),
        manifest_digest: hex::encode(digests.manifest),
        first_block_digest: hex::encode(digests.first_block),
        sealed_for: package.card().map(hex::encode),
        files: files
            .iter()
            .map(|file| {
                let folder = file.kind == FileKind::Dedicated;
                FileDescription {
                    path: path(file, &files),
                    folder,
                    short_id: file.short_id,
                    size: file.size,
                    initial: file.initial,
                    records: file.kind.records().map(|format| RecordsDescription {
                        structure: format.structure.name(),
                        length: format.length,
                        number: format.number,
                        initial: file.initial_records(),
                    }),
                    sealed: file.sealed,
                    access: access(file.rule, if folder { Subject::Directory } else { Subject::File }),
                    on_replace: file.replace.name(),
                }
            })
            .collect(),
        pins: pins(&manifest, &access),
        keys: keys(&manifest, &access),
    })
}

fn path(file: &FileEntry<'_>, files: &[FileEntry<'_>]) -> String {
    let own = format!("{:04X}", file.id);
    match files.iter().find(|other| other.position == file.parent) {
        Some(folder) => format!("{}/{own}", path(folder, files)),
        None => own,
    }
}

fn pins(manifest: &Manifest<'_>, access: &impl Fn(u8, Subject) -> String) -> Vec<PinDescription> {
    let describe = |pin: apdu_spec::package::PinEntry<'_>| PinDescription {
        reference: format!("{:02X}", pin.reference),
        minimum: pin.minimum,
        tries: pin.tries,
        transport_length: pin.transport.len(),
        access: access(pin.rule, Subject::Pin),
        on_replace: pin.replace.name(),
    };
    manifest.pins().map(describe).collect()
}

fn keys(manifest: &Manifest<'_>, access: &impl Fn(u8, Subject) -> String) -> Vec<KeyDescription> {
    let describe = |key: apdu_spec::package::KeyEntry<'_>| KeyDescription {
        reference: format!("{:02X}", key.reference),
        kind: key.kind.name(),
        usage: key.usage.name(),
        tries: key.tries,
        sealed: key.sealed.is_some(),
        access: access(key.rule, Subject::Key),
        on_replace: key.replace.name(),
    };
    manifest.keys().map(describe).collect()
}
