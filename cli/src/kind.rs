//! Which of our files a file is: somebody who names the wrong one is told so, rather than where reading it ended.
//!
//! What belongs here: telling by a look. What does not: reading ([`parties`]), which alone decides what is good.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use apdu_spec::certificate::{Certificate, CertificateRequest};
use apdu_spec::object::Signed;
use parties::approval::Approval;
use parties::certified::Certified;
use parties::file;
use parties::package::Package;
use serde_json::Value;

use crate::failure::{Doing, Failure, Result};

/// As much of a file as is looked at: more than any file of ours but a card image has.
const LOOK: usize = 128 * 1024;

/// Whether a file looks like a card's image, or like nothing at all; a page of one that was begun starts with SYM.
#[must_use]
pub fn is_card_image(path: &Path) -> bool {
    let mut first = [0; 3];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && matches!(&first, b"SYM" | [0xFF, 0xFF, 0xFF])
}

/// A kind of file that commands take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An approval.
    Approval,
    /// Data that a provider certified for every card.
    Certified,
    /// A package.
    Package,
    /// The TOML of a package.
    Source,
    /// A certificate.
    Certificate,
    /// A party's request for a certificate.
    Request,
    /// A signed object: a revocation list, a release, a receipt head.
    Object,
    /// A card's image.
    Image,
}

impl Kind {
    /// What the file looks like, if it looks like anything of ours.
    fn of(path: &Path) -> Option<Self> {
        if path.extension().is_some_and(|extension| extension == "toml") {
            return Some(Self::Source);
        }
        let mut bytes = Vec::new();
        File::open(path)
            .ok()?
            .take(LOOK as u64)
            .read_to_end(&mut bytes)
            .ok()?;
        match bytes.as_slice() {
            [b'S', b'Y', b'M', ..] => Some(Self::Image),
            [0xEB, ..] => Some(Self::Package),
            [0xF0, ..] => Some(Self::Object),
            [0x7F, 0x21, ..] if CertificateRequest::parse(&bytes).is_ok() => Some(Self::Request),
            [0x7F, 0x21, ..] => Some(Self::Certificate),
            text => {
                let json: Value = serde_json::from_slice(text).ok()?;
                match json.get("kind").and_then(Value::as_str) {
                    Some("certified data") => Some(Self::Certified),
                    _ => json.get("sr").map(|_| Self::Approval),
                }
            }
        }
    }

    /// Whether it is more than a likeness of the first bytes, which what a card keeps or signs may have by chance.
    fn is_whole(self, path: &Path) -> bool {
        let read = || file::read(path, LOOK).ok();
        match self {
            Self::Package => Package::read(path).is_ok(),
            Self::Object => read().is_some_and(|bytes| Signed::parse(&bytes).is_ok()),
            Self::Certificate => read().is_some_and(|bytes| Certificate::parse(&bytes).is_ok()),
            _ => true,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Approval => "an approval",
            Self::Certified => "certified data",
            Self::Package => "a package",
            Self::Source => "the source of a package",
            Self::Certificate => "a certificate",
            Self::Request => "a certificate request",
            Self::Object => "a signed object",
            Self::Image => "the image of a card",
        }
    }

    /// Which file is wanted, and which command makes one.
    const fn wanted(self) -> &'static str {
        match self {
            Self::Approval => "Name the file that \"symbolon approval request\" wrote.",
            Self::Certified => "Name the file that \"symbolon provider certify\" wrote.",
            Self::Package => "Name the file that \"symbolon package build\" wrote.",
            Self::Source => "Name the TOML file that a package is built from.",
            Self::Certificate => "Name the certificate that the registrar gave.",
            Self::Request => "Name the party's request.cvr, which \"symbolon party new\" wrote.",
            Self::Object => "Name the file that came from the party.",
            Self::Image => "Name the file that \"symbolon sim new\" made.",
        }
    }

    /// The failure to read `path` as this kind: says so if it is a file of another kind.
    #[must_use]
    pub fn explain_other(self, path: &Path, failure: Failure) -> Failure {
        match Self::of(path) {
            Some(kind) if kind != self => Failure {
                message: format!("{} is {}, not {}", path.display(), kind.words(), self.words()),
                remedy: self.wanted().to_owned(),
                ..failure
            },
            _ => failure,
        }
    }

    /// The same, and says so too if it is none of ours.
    #[must_use]
    pub fn explain(self, path: &Path, failure: Failure) -> Failure {
        let name = path.display().to_string();
        match Self::of(path) {
            Some(_) => self.explain_other(path, failure),
            None if path.is_file() => Failure {
                message: format!(
                    "{name} is not {}, or not all of it: {}",
                    self.words(),
                    // It is named already, but a line and column need the name before them.
                    failure
                        .message
                        .strip_prefix(&format!("{name}: "))
                        .or_else(|| failure.message.strip_prefix(&format!("{name}, ")))
                        .unwrap_or(&failure.message)
                ),
                remedy: format!(
                    "{} If it is the right one, get it again from where it came.",
                    self.wanted()
                ),
                ..failure
            },
            None => failure,
        }
    }
}

/// Makes sure that no file is lost whose name was mistaken for that of an output: `made` takes the place of its own kind, and what is
/// none of ours (`None`) the place of what is none of ours. Pipes and devices are written to.
///
/// # Errors
/// When something else is there.
pub(crate) fn spare(step: &str, path: &Path, made: Option<Kind>) -> Result<()> {
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
    let there = if is_file { Kind::of(path) } else { return Ok(()) };
    let what = match (there, made) {
        (Some(there), Some(made)) if there != made => there.words().to_owned(),
        (Some(there), None) if there.is_whole(path) => there.words().to_owned(),
        (None, Some(made)) => format!("not {}", made.words()),
        _ => return Ok(()),
    };
    Err(Failure::usage(
        step,
        format!("{} is there already, and is {what}", path.display()),
        "Choose another name, or remove the file first.",
    ))
}

/// Reads an approval file.
///
/// # Errors
/// When it cannot be read, or is something else.
pub fn approval(path: &Path) -> Result<Approval> {
    let read = Approval::read(path).doing("read the approval file");
    read.map_err(|failure| Kind::Approval.explain(path, failure))
}

/// Reads a file of certified data.
///
/// # Errors
/// As [`approval`].
pub fn certified(path: &Path) -> Result<Certified> {
    let read = Certified::read(path).doing("read the certified data");
    read.map_err(|failure| Kind::Certified.explain(path, failure))
}

/// Reads a package.
///
/// # Errors
/// As [`approval`].
pub fn package(path: &Path) -> Result<Package> {
    let read = Package::read(path).doing("read the package");
    read.map_err(|failure| Kind::Package.explain(path, failure))
}
