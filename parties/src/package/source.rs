//! The TOML as it is written: docs/package-format.md.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{Error, Position, Result};
use crate::plain;

/// Longest TOML, in bytes.
pub(super) const SOURCE_MAX: usize = 1 << 20;

/// Access modes and their conditions, as text.
pub(super) type Access = BTreeMap<Spanned<String>, Spanned<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Source {
    /// Of this TOML.
    pub(super) format: Spanned<i64>,
    pub(super) aid: Spanned<String>,
    pub(super) version: Spanned<u32>,
    pub(super) label: Spanned<String>,
    pub(super) quota: Option<Spanned<u32>>,
    #[serde(default, rename = "folder")]
    pub(super) folders: Vec<Spanned<Folder>>,
    #[serde(default, rename = "file")]
    pub(super) files: Vec<Spanned<File>>,
    #[serde(default, rename = "pin")]
    pub(super) pins: Vec<Spanned<Pin>>,
    #[serde(default, rename = "key")]
    pub(super) keys: Vec<Spanned<Key>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Folder {
    pub(super) path: Spanned<String>,
    #[serde(default)]
    pub(super) access: Access,
    pub(super) on_replace: OnReplace,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    pub(super) path: Spanned<String>,
    pub(super) short_id: Option<Spanned<u8>>,
    pub(super) size: Option<Spanned<u16>>,
    pub(super) access: Access,
    pub(super) on_replace: OnReplace,
    pub(super) content: Option<Spanned<Content>>,
    pub(super) records: Option<Spanned<Records>>,
    pub(super) sealed: Option<Spanned<bool>>,
}

/// Of a file that has records rather than bytes.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Records {
    pub(super) structure: Structure,
    pub(super) length: u8,
    pub(super) number: u8,
    #[serde(default)]
    pub(super) content: Vec<Spanned<Content>>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Structure {
    LinearFixed,
    LinearVariable,
    Cyclic,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) reference: Spanned<String>,
    pub(super) minimum: Spanned<u8>,
    pub(super) tries: Spanned<u8>,
    pub(super) transport: Spanned<Content>,
    pub(super) access: Access,
    pub(super) on_replace: OnReplace,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Key {
    pub(super) reference: Spanned<String>,
    #[serde(rename = "type")]
    pub(super) kind: KeyType,
    pub(super) usage: Spanned<KeyUsage>,
    pub(super) tries: Option<Spanned<u8>>,
    pub(super) value: Option<Spanned<Content>>,
    pub(super) access: Access,
    pub(super) on_replace: OnReplace,
}

/// Bytes: written out, or in a file beside the TOML.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Content {
    Text(String),
    Hex(String),
    File(String),
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OnReplace {
    Keep,
    Reset,
    Remove,
}

#[derive(Deserialize, Clone, Copy)]
pub(super) enum KeyType {
    #[serde(rename = "P-256")]
    P256,
    #[serde(rename = "AES-128")]
    Aes128,
    #[serde(rename = "AES-256")]
    Aes256,
    #[serde(rename = "HMAC-SHA-256")]
    Hmac,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyUsage {
    Sign,
    Agree,
    Encipher,
    Decipher,
    Cipher,
    ComputeMac,
    VerifyMac,
    Mac,
    AuthenticateCard,
    AuthenticateOther,
    AuthenticateBoth,
}

/// Where errors are: the text and what it is called.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) name: &'a str,
}

impl Place<'_> {
    pub(super) fn parse(self) -> Result<Source> {
        if self.text.len() > SOURCE_MAX {
            return Err(Error::input(self.name, format!("longer than {SOURCE_MAX} bytes")));
        }
        toml::from_str(self.text).map_err(|error| match error.span() {
            Some(span) => self.error(&span, plain::kinds(error.message())),
            None => Error::input(self.name, plain::kinds(error.message())),
        })
    }

    /// An error at the start of `span`.
    pub(super) fn error(self, span: &Range<usize>, cause: impl ToString) -> Error {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Error::at(self.name, Position::Line(line, column), cause.to_string())
    }
}
