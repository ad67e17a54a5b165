//! From TOML to bytes.

use std::path::Path;

use apdu_spec::access::AccessRules;
use apdu_spec::aid::Aid;
use apdu_spec::limits::{MANIFEST_MAX, PACKAGE_MAX};
use apdu_spec::package::{Chunk, FileEntry, KeyEntry, LABEL_MAX, Manifest, ManifestBuilder, PinEntry};
use apdu_spec::tlv;
use toml::Spanned;

use super::parts::Parts;
use super::rule::Rules;
use super::seal::{Recipient, Sealing};
use super::source::{Place, Source};
use crate::error::{Error, Result};

/// The only format of the TOML.
const FORMAT: i64 = 1;

/// Builds manifest and content.
pub(super) fn build(text: &str, base: &Path, name: &str, recipient: Option<&Recipient>) -> Result<Vec<u8>> {
    let place = Place { text, name };
    let source = place.parse()?;
    if *source.format.get_ref() != FORMAT {
        return Err(place.error(
            &source.format.span(),
            format!("format {FORMAT} is the only one known"),
        ));
    }
    let aid: Aid = parse(&source.aid, place, "an AID is 5 to 16 bytes in hexadecimal")?;
    let label = source.label.get_ref().as_str();
    if label.is_empty() || label.len() > LABEL_MAX || label.chars().any(char::is_control) {
        return Err(place.error(
            &source.label.span(),
            "a label is 1 to 32 bytes without control characters",
        ));
    }
    let mut parts = Parts {
        place,
        base,
        rules: Rules::default(),
        files: Vec::new(),
        content: Vec::new(),
    };
    source
        .folders
        .iter()
        .try_for_each(|folder| parts.folder(folder))?;
    source.files.iter().try_for_each(|file| parts.file(file))?;
    let transports = source
        .pins
        .iter()
        .map(|pin| parts.pin(pin))
        .collect::<Result<Vec<_>>>()?;
    let pins: Vec<PinEntry<'_>> = transports
        .iter()
        .map(|(entry, transport)| PinEntry { transport, ..*entry })
        .collect();
    let mut brought = source
        .keys
        .iter()
        .map(|key| parts.key(key))
        .collect::<Result<Vec<_>>>()?;
    let quota = quota(&source, &parts)?;
    let rules = parts
        .rules
        .values()
        .iter()
        .map(|rule| AccessRules::new(rule))
        .collect::<tlv::Result<Vec<_>>>();
    let rules = rules.map_err(|error| place.error(&(0..0), error))?;
    let files: Vec<FileEntry<'_>> = parts
        .files
        .iter()
        .map(|file| FileEntry {
            lengths: &file.lengths,
            ..file.entry
        })
        .collect();
    let sealed_file = parts.files.iter().find(|file| file.entry.sealed);
    let sealed_key = source.keys.iter().find(|key| key.get_ref().value.is_some());
    let sealed = sealed_file
        .map(|file| file.span.clone())
        .or_else(|| sealed_key.map(|key| key.get_ref().reference.span()));
    let sealing = match (sealed, recipient) {
        (None, None) => None,
        (Some(_), Some(recipient)) => Some(Sealing::new(recipient, &aid)?),
        (Some(span), None) => {
            let cause =
                "this is sealed, so the package is built for one card: \"symbolon provider seal-package\"";
            return Err(place.error(&span, cause));
        }
        (None, Some(_)) => {
            return Err(Error::input(
                name,
                "no file of it is to be sealed (sealed = true), and no key has a value",
            ));
        }
    };
    if let Some(sealing) = &sealing {
        for (entry, value) in &mut brought {
            if let Some(value) = value {
                sealing.apply_to_key(entry.reference, value)?;
            }
        }
    }
    let keys: Vec<KeyEntry<'_>> = brought
        .iter()
        .map(|(entry, value)| KeyEntry {
            sealed: value.as_deref().map(Vec::as_slice),
            ..*entry
        })
        .collect();
    let builder = ManifestBuilder {
        aid,
        version: *source.version.get_ref(),
        label,
        quota,
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
        seal: sealing.as_ref().map(Sealing::seal),
    };
    let mut package = vec![0; MANIFEST_MAX];
    let length = builder
        .write(&mut package)
        .map_err(|error| blame(&builder, &parts, &source, error))?;
    package.truncate(length);
    let chunks: Vec<Chunk> = Manifest::parse(&package)
        .map_err(|error| place.error(&(0..0), error))?
        .chunks()
        .collect();
    package.extend_from_slice(&parts.content);
    if let (Some(sealing), Some(content)) = (&sealing, package.get_mut(length..)) {
        sealing.apply(chunks.into_iter(), content)?;
    }
    if package.len() > PACKAGE_MAX {
        return Err(place.error(
            &(0..0),
            format!("the package has {} bytes, more than {PACKAGE_MAX}", package.len()),
        ));
    }
    Ok(package)
}

/// Finds the entry with which the manifest stops being a good one.
fn blame(builder: &ManifestBuilder<'_>, parts: &Parts<'_>, source: &Source, error: tlv::Error) -> Error {
    let mut buffer = [0; MANIFEST_MAX];
    let mut fails = |files: usize, pins: usize, keys: usize| {
        let files = builder.files.get(..files).unwrap_or_default();
        let own = builder.keys.get(..keys).unwrap_or_default();
        let shorter = ManifestBuilder {
            files,
            seal: builder.seal.filter(|_| {
                files.iter().any(|file| file.sealed) || own.iter().any(|key| key.sealed.is_some())
            }),
            pins: builder.pins.get(..pins).unwrap_or_default(),
            keys: own,
            ..*builder
        };
        shorter.write(&mut buffer).is_err()
    };
    let (files, pins) = (builder.files.len(), builder.pins.len());
    let spans = || {
        let files = parts.files.iter().map(|file| file.span.clone());
        let pins = source.pins.iter().map(|pin| pin.get_ref().reference.span());
        files
            .chain(pins)
            .chain(source.keys.iter().map(|key| key.get_ref().reference.span()))
    };
    let culprit = (1..=spans().count()).find(|&count| {
        fails(
            count.min(files),
            count.saturating_sub(files).min(pins),
            count.saturating_sub(files + pins),
        )
    });
    let span = culprit.and_then(|count| spans().nth(count - 1)).unwrap_or(0..0);
    parts.place.error(
        &span,
        format!("not allowed in a manifest: {error} of the manifest"),
    )
}

fn quota(source: &Source, parts: &Parts<'_>) -> Result<u32> {
    let total: u32 = parts.files.iter().map(|file| u32::from(file.entry.size)).sum();
    match &source.quota {
        None => Ok(total),
        Some(quota) if *quota.get_ref() >= total => Ok(*quota.get_ref()),
        Some(quota) => Err(parts
            .place
            .error(&quota.span(), format!("the files alone need a quota of {total}"))),
    }
}

/// Reads a value with `FromStr`.
fn parse<T: std::str::FromStr>(value: &Spanned<String>, place: Place<'_>, cause: &str) -> Result<T> {
    value
        .get_ref()
        .parse()
        .map_err(|_| place.error(&value.span(), cause))
}
