//! From TOML to bytes.

use std::ops::Range;
use std::path::{Component, Path};

use apdu_spec::access::{AccessRules, Subject};
use apdu_spec::aid::Aid;
use apdu_spec::file::FileKind;
use apdu_spec::limits::{MANIFEST_MAX, PACKAGE_MAX};
use apdu_spec::package::{FileEntry, KeyEntry, KeyType, KeyUsage, ManifestBuilder, OnReplace, PinEntry};
use apdu_spec::reference::{LOCAL_FIRST, LOCAL_LAST};
use toml::Spanned;

use super::rule::Rules;
use super::source::{self, Content, Place, Source};
use crate::error::Result;
use crate::file;

/// The only format of the TOML.
const FORMAT: i64 = 1;

/// Builds manifest and content.
pub(super) fn build(text: &str, base: &Path, name: &str) -> Result<Vec<u8>> {
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
    if label.is_empty() || label.len() > apdu_spec::package::LABEL_MAX || label.chars().any(char::is_control)
    {
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
    let keys = source
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
        .collect::<Result_<Vec<_>>>();
    let rules = rules.map_err(|error| place.error(&(0..0), error))?;
    let files: Vec<FileEntry> = parts.files.iter().map(|file| file.entry).collect();
    let builder = ManifestBuilder {
        aid,
        version: *source.version.get_ref(),
        label,
        quota,
        rules: &rules,
        files: &files,
        pins: &pins,
        keys: &keys,
    };
    let mut package = vec![0; MANIFEST_MAX];
    let length = builder
        .write(&mut package)
        .map_err(|error| blame(&builder, &parts, &source, error))?;
    package.truncate(length);
    package.extend_from_slice(&parts.content);
    if package.len() > PACKAGE_MAX {
        return Err(place.error(
            &(0..0),
            format!("the package has {} bytes, more than {PACKAGE_MAX}", package.len()),
        ));
    }
    Ok(package)
}

type Result_<T> = apdu_spec::tlv::Result<T>;

/// Finds the entry with which the manifest stops being a good one.
fn blame(
    builder: &ManifestBuilder<'_>,
    parts: &Parts<'_>,
    source: &Source,
    error: apdu_spec::tlv::Error,
) -> crate::Error {
    let mut buffer = [0; MANIFEST_MAX];
    let mut fails = |files: usize, pins: usize, keys: usize| {
        let shorter = ManifestBuilder {
            files: builder.files.get(..files).unwrap_or_default(),
            pins: builder.pins.get(..pins).unwrap_or_default(),
            keys: builder.keys.get(..keys).unwrap_or_default(),
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

/// A file and where in the TOML its path is.
struct PlacedFile {
    entry: FileEntry,
    span: Range<usize>,
}

/// What is gathered while the TOML is read from top to bottom, folders before files.
struct Parts<'a> {
    place: Place<'a>,
    base: &'a Path,
    rules: Rules,
    files: Vec<PlacedFile>,
    content: Vec<u8>,
}

impl Parts<'_> {
    fn folder(&mut self, folder: &Spanned<source::Folder>) -> Result<()> {
        let source::Folder {
            path,
            access,
            on_replace,
        } = folder.get_ref();
        let (parent, id) = self.locate(path)?;
        let rule = self
            .rules
            .place(access, Subject::Directory, &path.span(), self.place)?;
        let (kind, replace) = (FileKind::Dedicated, replace(*on_replace));
        let entry = FileEntry {
            position: 0,
            kind,
            id,
            parent,
            short_id: None,
            rule,
            replace,
            size: 0,
            initial: 0,
        };
        self.add(entry, path)
    }

    fn file(&mut self, file: &Spanned<source::File>) -> Result<()> {
        let source::File {
            path,
            short_id,
            size,
            access,
            on_replace,
            content,
        } = file.get_ref();
        let (parent, id) = self.locate(path)?;
        let rule = self
            .rules
            .place(access, Subject::File, &path.span(), self.place)?;
        let bytes = content
            .as_ref()
            .map(|content| self.bytes(content))
            .transpose()?
            .unwrap_or_default();
        let span = content.as_ref().map_or_else(|| path.span(), Spanned::span);
        let Ok(initial) = u16::try_from(bytes.len()) else {
            return Err(self.place.error(
                &span,
                format!("{} bytes are more than a file can hold", bytes.len()),
            ));
        };
        let size = size.as_ref().map_or(initial, |size| *size.get_ref());
        if initial > size {
            return Err(self
                .place
                .error(&span, format!("{initial} bytes do not fit a size of {size}")));
        }
        let short_id = match short_id {
            Some(short) if !matches!(short.get_ref(), 1..=0x1E) => {
                return Err(self.place.error(&short.span(), "a short id is 1 to 30"));
            }
            short => short.as_ref().map(|short| *short.get_ref()),
        };
        let (kind, replace) = (FileKind::Transparent, replace(*on_replace));
        let entry = FileEntry {
            position: 0,
            kind,
            id,
            parent,
            short_id,
            rule,
            replace,
            size,
            initial,
        };
        self.content.extend_from_slice(&bytes);
        self.add(entry, path)
    }

    fn add(&mut self, mut entry: FileEntry, path: &Spanned<String>) -> Result<()> {
        let twice = |file: &PlacedFile| file.entry.parent == entry.parent && file.entry.id == entry.id;
        if self.files.iter().any(twice) {
            return Err(self
                .place
                .error(&path.span(), format!("the path {} is used twice", path.get_ref())));
        }
        entry.position = u8::try_from(self.files.len() + 1)
            .map_err(|_| self.place.error(&path.span(), "too many files"))?;
        self.files.push(PlacedFile {
            entry,
            span: path.span(),
        });
        Ok(())
    }

    /// Position of the parent folder (0 for the application's own) and file id of a path like `0200/0201`.
    fn locate(&self, path: &Spanned<String>) -> Result<(u8, u16)> {
        let (mut parent, mut names) = (0, path.get_ref().split('/').peekable());
        while let Some(name) = names.next() {
            let id = (name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .then(|| u16::from_str_radix(name, 16).ok())
                .flatten();
            let Some(id) = id else {
                let cause = "a path is file ids of four hexadecimal digits, divided by \"/\"";
                return Err(self.place.error(&path.span(), cause));
            };
            if names.peek().is_none() {
                return Ok((parent, id));
            }
            let is_folder = |file: &&PlacedFile| {
                file.entry.parent == parent && file.entry.id == id && file.entry.kind == FileKind::Dedicated
            };
            parent = match self.files.iter().find(is_folder) {
                Some(folder) => folder.entry.position,
                None => {
                    return Err(self
                        .place
                        .error(&path.span(), format!("there is no folder {name} before it")));
                }
            };
        }
        Err(self.place.error(&path.span(), "an empty path"))
    }

    fn pin(&mut self, pin: &Spanned<source::Pin>) -> Result<(PinEntry<'static>, Vec<u8>)> {
        let source::Pin {
            reference,
            minimum,
            tries,
            transport,
            access,
            on_replace,
        } = pin.get_ref();
        let rule = self
            .rules
            .place(access, Subject::Pin, &reference.span(), self.place)?;
        let check = |ok: bool, span: Range<usize>, cause: &str| {
            if ok {
                Ok(())
            } else {
                Err(self.place.error(&span, cause))
            }
        };
        let value = self.bytes(transport)?;
        check(
            (4..=16).contains(minimum.get_ref()),
            minimum.span(),
            "a PIN's minimum length is 4 to 16",
        )?;
        check(
            (1..=15).contains(tries.get_ref()),
            tries.span(),
            "tries are 1 to 15",
        )?;
        let fits = (usize::from(*minimum.get_ref())..=PinEntry::MAX).contains(&value.len());
        check(
            fits,
            transport.span(),
            "a transport value has the PIN's minimum length to 16 bytes",
        )?;
        let entry = PinEntry {
            reference: self.reference(reference)?,
            minimum: *minimum.get_ref(),
            tries: *tries.get_ref(),
            rule,
            replace: replace(*on_replace),
            transport: &[],
        };
        Ok((entry, value))
    }

    fn key(&mut self, key: &Spanned<source::Key>) -> Result<KeyEntry> {
        let source::Key {
            reference,
            kind,
            usage,
            access,
            on_replace,
        } = key.get_ref();
        Ok(KeyEntry {
            reference: self.reference(reference)?,
            kind: match kind {
                source::KeyType::P256 => KeyType::P256,
            },
            usage: match usage {
                source::KeyUsage::Sign => KeyUsage::Sign,
                source::KeyUsage::Agree => KeyUsage::Agree,
            },
            rule: self
                .rules
                .place(access, Subject::Key, &reference.span(), self.place)?,
            replace: replace(*on_replace),
        })
    }

    fn reference(&self, reference: &Spanned<String>) -> Result<u8> {
        u8::from_str_radix(reference.get_ref(), 16)
            .ok()
            .filter(|byte| (LOCAL_FIRST..=LOCAL_LAST).contains(byte))
            .ok_or_else(|| {
                self.place
                    .error(&reference.span(), "a reference is \"81\" to \"8F\"")
            })
    }

    fn bytes(&self, content: &Spanned<Content>) -> Result<Vec<u8>> {
        match content.get_ref() {
            Content::Text(text) => Ok(text.as_bytes().to_vec()),
            Content::Hex(digits) => {
                let digits: String = digits
                    .chars()
                    .filter(|character| !character.is_ascii_whitespace())
                    .collect();
                hex::decode(digits).map_err(|error| self.place.error(&content.span(), error))
            }
            Content::File(path) => {
                let path = Path::new(path);
                if !path.components().all(|part| matches!(part, Component::Normal(_))) {
                    return Err(self
                        .place
                        .error(&content.span(), "content files lie beside or below the TOML"));
                }
                file::read(&self.base.join(path), PACKAGE_MAX)
                    .map_err(|error| self.place.error(&content.span(), error))
            }
        }
    }
}

const fn replace(written: source::OnReplace) -> OnReplace {
    match written {
        source::OnReplace::Keep => OnReplace::Keep,
        source::OnReplace::Reset => OnReplace::Reset,
        source::OnReplace::Remove => OnReplace::Remove,
    }
}
