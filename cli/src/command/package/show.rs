//! `symbolon package show`

use std::path::{Path, PathBuf};

use clap::Args;
use parties::package::{Description, Package, RecordsDescription};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Doing, Result};
use crate::kind;
use crate::output::{self, Outcome};
use crate::page::Page;

/// Show what a package holds
///
/// Files, access rules, PINs, keys and digests. Transport values of PINs are counted, never shown.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  symbolon package show notes.pkg")]
pub struct Show {
    /// The package
    pub package: PathBuf,
}

/// A package in a file.
#[derive(Serialize)]
pub struct ShownPackage {
    file: String,
    #[serde(flatten)]
    description: Description,
    #[serde(skip)]
    done: Option<&'static str>,
}

impl Show {
    /// Does it.
    ///
    /// # Errors
    /// When the file is not a package that keeps every rule.
    pub fn run(self, _context: &Context) -> Result<Outcome> {
        let package = kind::package(&self.package)?;
        Ok(Outcome::new(
            "package show",
            &ShownPackage::new(&package, &self.package)?,
        ))
    }
}

impl ShownPackage {
    /// The package in `file`.
    pub(crate) fn new(package: &Package, file: &Path) -> Result<Self> {
        let description = package.describe().doing("describe the package")?;
        Ok(Self {
            file: file.display().to_string(),
            description,
            done: None,
        })
    }

    /// The same, with what was done to it.
    pub(crate) fn done(self, done: &'static str) -> Self {
        Self {
            done: Some(done),
            ..self
        }
    }
}

impl output::Show for ShownPackage {
    fn show(&self, page: &mut Page) {
        let package = &self.description;
        let name = format!("{}, version {}", package.label, package.version);
        match self.done {
            Some(done) => page.done(format!("{} {done}: {name}.", self.file)),
            None => page.heading(name),
        }
        page.field("AID", &package.aid);
        page.field(
            "size",
            format!("{} bytes in {} blocks", package.size, package.blocks),
        );
        page.field("quota", format!("{} bytes of content", package.quota));
        page.field("package digest", &package.package_digest);
        page.field("manifest digest", &package.manifest_digest);
        if let Some(card) = &package.sealed_for {
            page.field("sealed for card", card);
        }
        let files = package.files.iter().map(|file| {
            let kind = if file.folder { "folder" } else { "file" };
            let size = match (file.folder, file.initial) {
                (true, _) => String::new(),
                (false, _) if let Some(records) = &file.records => records_of(records, file.sealed),
                (false, 0) => format!("{} bytes", file.size),
                (false, initial) if file.sealed => format!("{} bytes, {initial} sealed", file.size),
                (false, initial) => format!("{} bytes, {initial} filled", file.size),
            };
            vec![
                file.path.clone(),
                kind.into(),
                size,
                file.access.clone(),
                file.on_replace.into(),
            ]
        });
        page.heading("Files");
        page.table(
            &["file", "kind", "size", "access", "on replace"],
            files.collect(),
            "  none",
        );
        let pins = package.pins.iter().map(|pin| {
            let what = format!("at least {} characters, {} tries", pin.minimum, pin.tries);
            vec![
                pin.reference.clone(),
                what,
                pin.access.clone(),
                pin.on_replace.into(),
            ]
        });
        if !package.pins.is_empty() {
            page.heading("PINs");
            page.table(&["PIN", "what", "access", "on replace"], pins.collect(), "");
        }
        let keys = package.keys.iter().map(|key| {
            let what = format!("{}, to {}", key.kind, key.usage);
            vec![
                key.reference.clone(),
                what,
                key.access.clone(),
                key.on_replace.into(),
            ]
        });
        if !package.keys.is_empty() {
            page.heading("Keys");
            page.table(&["key", "what", "access", "on replace"], keys.collect(), "");
        }
    }
}

fn records_of(records: &RecordsDescription, sealed: bool) -> String {
    let most = if records.structure == "linear variable" {
        "up to "
    } else {
        ""
    };
    let filled = match (records.initial, sealed) {
        (0, _) => String::new(),
        (count, true) => format!(", {count} sealed"),
        (count, false) => format!(", {count} filled"),
    };
    format!(
        "{}, {} records of {most}{} bytes{filled}",
        records.structure, records.number, records.length
    )
}
