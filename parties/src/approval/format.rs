//! The JSON of an approval file. Unknown, missing or repeated fields are refused; what people read must agree with
//! what is signed.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::{Approval, EXTRAS_MAX, FILE_MAX, REFUSALS_MAX};
use crate::error::{Error, Position, Result};
use crate::evidence::comparison;
use crate::plain;
use crate::provider::encode;

/// The only version that is written and read.
const VERSION: u32 = 2;
/// What symbolon 0.1 wrote.
const OLD_VERSION: u32 = 1;
/// Most objects in one list: more than any list may have, so that the list itself says so.
const LIST_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    mode: u8,
    operation: String,
    comparison_code: String,
    package_digest: Option<String>,
    sdi: String,
    sr: String,
    rc: String,
    irc: String,
    links: Vec<String>,
    dpr: Option<String>,
    certifier: Option<String>,
    evidence: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shared_keys: Vec<String>,
    refusals: Vec<String>,
    receipt: Option<String>,
}

/// What every version has.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

/// Fields that follow from the request.
fn derived(approval: &Approval) -> Result<(u8, String, String, Option<String>, String)> {
    let request = approval.storing_request()?;
    Ok((
        request.header.mode.code(),
        request.sdi.operation.name().to_owned(),
        comparison(&approval.request),
        request.sdi.package.map(|package| hex::encode(package.package)),
        hex::encode(encode(&request.sdi)?),
    ))
}

pub(super) fn write(approval: &Approval) -> Result<String> {
    let (mode, operation, comparison_code, package_digest, sdi) = derived(approval)?;
    let optional = |object: &Option<Vec<u8>>| object.as_ref().map(hex::encode);
    let list = |objects: &[Vec<u8>]| objects.iter().map(hex::encode).collect();
    to_text(&File {
        version: VERSION,
        mode,
        operation,
        comparison_code,
        package_digest,
        sdi,
        sr: hex::encode(&approval.request),
        rc: hex::encode(&approval.card_certificate),
        irc: hex::encode(&approval.issuer_certificate),
        links: list(&approval.links),
        dpr: optional(&approval.provider_certificate),
        certifier: optional(&approval.certifier_certificate),
        evidence: list(&approval.evidence),
        shared_keys: list(&approval.shared_keys),
        refusals: list(&approval.refusals),
        receipt: optional(&approval.receipt),
    })
}

/// JSON as people read it, with a newline at the end.
pub(crate) fn to_text(file: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(file).map_err(|error| Error::input("file", error))?;
    text.push('\n');
    Ok(text)
}

/// Reads JSON of at most `limit` bytes and this version.
pub(crate) fn from_text<'a, T: Deserialize<'a>>(
    name: &str,
    json: &'a [u8],
    limit: usize,
    version: impl Fn(u32) -> std::result::Result<(), String>,
) -> Result<T> {
    if json.len() > limit {
        return Err(Error::input(name, format!("longer than {limit} bytes")));
    }
    let malformed = |error: serde_json::Error| {
        let position = Position::Line(error.line().max(1), error.column().max(1));
        Error::at(name, position, plain::json(&error))
    };
    // The version first: a file of another one has other fields.
    if let Ok(found) = serde_json::from_slice::<AnyVersion>(json) {
        version(found.version).map_err(|cause| field(name, "version", &cause))?;
    }
    serde_json::from_slice(json).map_err(malformed)
}

/// An error about a field.
pub(crate) fn field(name: &str, field: &str, cause: &dyn Display) -> Error {
    Error::at(name, Position::Field(field.to_owned(), None), cause)
}

pub(super) fn read(name: &str, json: &[u8]) -> Result<Approval> {
    let file: File = from_text(name, json, FILE_MAX, |version| match version {
        VERSION => Ok(()),
        OLD_VERSION => Err("1 is of symbolon 0.1, whose cards speak wire format 0.1: \
                            finish it with that program, or open the request again"
            .into()),
        other => Err(format!("{other} is not known, only {VERSION}")),
    })?;
    let bytes = |field: &str, digits: &str| decode(name, field, digits);
    let (sr, rc, irc) = (
        bytes("sr", &file.sr)?,
        bytes("rc", &file.rc)?,
        bytes("irc", &file.irc)?,
    );
    let mut approval = Approval::new(&sr, &rc, &irc).map_err(|error| match &error {
        Error::Input(inner) if inner.name.starts_with("storing") => field(name, "sr", &inner.cause),
        Error::Input(inner) if inner.name.starts_with("card") => field(name, "rc", &inner.cause),
        _ => field(name, "irc", &error),
    })?;
    type Setter = fn(&mut Approval, &[u8]) -> Result<()>;
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let lists: [(&str, Vec<String>, usize, Setter); 7] = [
        ("links", file.links, EXTRAS_MAX, Approval::add_link),
        ("dpr", one(&file.dpr), 1, Approval::set_provider_certificate),
        (
            "certifier",
            one(&file.certifier),
            1,
            Approval::set_certifier_certificate,
        ),
        ("evidence", file.evidence, LIST_MAX, Approval::add_evidence),
        (
            "shared_keys",
            file.shared_keys,
            EXTRAS_MAX,
            Approval::add_shared_key,
        ),
        ("refusals", file.refusals, REFUSALS_MAX, Approval::add_refusal),
        ("receipt", one(&file.receipt), 1, Approval::set_receipt),
    ];
    for (member, values, most, set) in lists {
        if values.len() > most {
            return Err(field(name, member, &format!("more than {most}")));
        }
        let mut seen = Vec::new();
        for value in &values {
            let object = bytes(member, value)?;
            if seen.contains(&object) {
                return Err(field(name, member, &"the same object twice"));
            }
            set(&mut approval, &object).map_err(|error| field(name, member, &error))?;
            seen.push(object);
        }
    }
    let (mode, operation, comparison_code, package_digest, sdi) = derived(&approval)?;
    for (member, agrees) in [
        ("mode", file.mode == mode),
        ("operation", file.operation == operation),
        ("comparison_code", file.comparison_code == comparison_code),
        ("package_digest", file.package_digest == package_digest),
        ("sdi", file.sdi == sdi),
    ] {
        if !agrees {
            return Err(field(
                name,
                member,
                &"does not agree with the storing request (sr)",
            ));
        }
    }
    Ok(approval)
}

/// Reads the hexadecimal digits of a field.
pub(crate) fn decode(name: &str, field: &str, digits: &str) -> Result<Vec<u8>> {
    hex::decode(digits).map_err(|error| {
        let position = match error {
            hex::FromHexError::InvalidHexCharacter { index, .. } => Some(index),
            _ => None,
        };
        Error::at(name, Position::Field(field.to_owned(), position), error)
    })
}
