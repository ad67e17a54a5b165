//! Folders and files of the TOML, one by one, as entries of a manifest; `secrets` has its PINs and keys.

mod secrets;

use std::ops::Range;
use std::path::{Component, Path};

use apdu_spec::access::Subject;
use apdu_spec::file::{FileKind, RecordFormat, Structure};
use apdu_spec::limits::PACKAGE_MAX;
use apdu_spec::package::{FileEntry, OnReplace};
use toml::Spanned;

use super::rule::Rules;
use super::source::{self, Content, Place};
use crate::error::Result;
use crate::file;

/// A file and where in the TOML its path is.
pub(super) struct PlacedFile {
    /// Without the lengths.
    pub(super) entry: FileEntry<'static>,
    /// Of the records, where they may differ.
    pub(super) lengths: Vec<u8>,
    pub(super) span: Range<usize>,
}

/// What a file is, and what it holds at first.
struct Filling {
    kind: FileKind,
    bytes: Vec<u8>,
    /// Of each record, where they may differ.
    lengths: Vec<u8>,
    /// Its size, if none is given.
    size: Option<u16>,
}

/// What is gathered while the TOML is read from top to bottom, folders before files.
pub(super) struct Parts<'a> {
    pub(super) place: Place<'a>,
    pub(super) base: &'a Path,
    pub(super) rules: Rules,
    pub(super) files: Vec<PlacedFile>,
    pub(super) content: Vec<u8>,
}

impl Parts<'_> {
    pub(super) fn folder(&mut self, folder: &Spanned<source::Folder>) -> Result<()> {
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
            lengths: &[],
            sealed: false,
        };
        self.add(entry, Vec::new(), path)
    }

    pub(super) fn file(&mut self, file: &Spanned<source::File>) -> Result<()> {
        let source::File {
            path,
            short_id,
            size,
            access,
            on_replace,
            content,
            records,
            sealed,
        } = file.get_ref();
        let (parent, id) = self.locate(path)?;
        let rule = self
            .rules
            .place(access, Subject::File, &path.span(), self.place)?;
        let Filling {
            kind,
            bytes,
            lengths,
            size: own_size,
        } = self.filling(content.as_ref(), records.as_ref())?;
        let content = content.as_ref().map(Spanned::span);
        let span = content
            .or(records.as_ref().map(Spanned::span))
            .unwrap_or_else(|| path.span());
        let Ok(initial) = u16::try_from(bytes.len()) else {
            return Err(self.place.error(
                &span,
                format!("{} bytes are more than a file can hold", bytes.len()),
            ));
        };
        let size_span = size.as_ref().map_or_else(|| span.clone(), Spanned::span);
        let size = size
            .as_ref()
            .map_or(own_size.unwrap_or(initial), |size| *size.get_ref());
        if !kind.fits(size) {
            let cause = "records of one length need a size of length times number, or none; others of the longest to that";
            return Err(self.place.error(&size_span, cause));
        }
        if initial > size {
            return Err(self
                .place
                .error(&span, format!("{initial} bytes do not fit a size of {size}")));
        }
        let sealed = match sealed {
            Some(sealed) if *sealed.get_ref() && initial == 0 => {
                return Err(self.place.error(&sealed.span(), "there is no content to seal"));
            }
            sealed => sealed.as_ref().is_some_and(|sealed| *sealed.get_ref()),
        };
        let short_id = match short_id {
            Some(short) if !matches!(short.get_ref(), 1..=0x1E) => {
                return Err(self.place.error(&short.span(), "a short id is 1 to 30"));
            }
            short => short.as_ref().map(|short| *short.get_ref()),
        };
        let replace = replace(*on_replace);
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
            lengths: &[],
            sealed,
        };
        self.content.extend_from_slice(&bytes);
        self.add(entry, lengths, path)
    }

    /// What a file is and holds at first.
    fn filling(
        &self,
        content: Option<&Spanned<Content>>,
        records: Option<&Spanned<source::Records>>,
    ) -> Result<Filling> {
        let Some(records) = records else {
            return Ok(Filling {
                kind: FileKind::Transparent,
                bytes: content
                    .map(|content| self.bytes(content))
                    .transpose()?
                    .unwrap_or_default(),
                lengths: Vec::new(),
                size: None,
            });
        };
        if let Some(content) = content {
            let cause = "the content of records stands with them: records = { ..., content = [ ... ] }";
            return Err(self.place.error(&content.span(), cause));
        }
        let source::Records {
            structure,
            length,
            number,
            content,
        } = records.get_ref();
        let format = RecordFormat {
            structure: match structure {
                source::Structure::LinearFixed => Structure::LinearFixed,
                source::Structure::LinearVariable => Structure::LinearVariable,
                source::Structure::Cyclic => Structure::Cyclic,
            },
            length: *length,
            number: *number,
        };
        let kind = FileKind::new(format.structure.descriptor(), Some((*length, *number)));
        let Some(kind) = kind.filter(|_| content.len() <= usize::from(*number)) else {
            let cause = "records have 1 to 255 bytes, a file 1 to 254 of them, and no more content than that";
            return Err(self.place.error(&records.span(), cause));
        };
        let (mut bytes, mut lengths) = (Vec::new(), Vec::new());
        for record in content {
            let mut own = self.bytes(record)?;
            let fits = u8::try_from(own.len())
                .ok()
                .filter(|own| (1..=*length).contains(own));
            let Some(own_length) = fits else {
                let cause = format!("{} bytes are no record of 1 to {length}", own.len());
                return Err(self.place.error(&record.span(), cause));
            };
            if format.is_fixed() {
                own.resize(usize::from(*length), 0);
            } else {
                lengths.push(own_length);
            }
            bytes.append(&mut own);
        }
        Ok(Filling {
            kind,
            bytes,
            lengths,
            size: Some(format.most()),
        })
    }

    fn add(&mut self, mut entry: FileEntry<'static>, lengths: Vec<u8>, path: &Spanned<String>) -> Result<()> {
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
            lengths,
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
