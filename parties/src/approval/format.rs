//! The JSON of an approval file. Unknown, missing or repeated fields are refused; what people read must agree with
//! what is signed.

use serde::{Deserialize, Serialize};

use super::{Approval, REFUSALS_MAX};
use crate::error::{Error, Position, Result};
use crate::evidence::comparison;

/// The only version.
const VERSION: u32 = 1;

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
    dpr: Option<String>,
    sar: Option<String>,
    sa: Option<String>,
    refusals: Vec<String>,
    receipt: Option<String>,
}

/// Fields that follow from the request.
fn derived(approval: &Approval) -> Result<(u8, String, String, Option<String>, String)> {
    let request = approval.storing_request()?;
    let mut buffer = [0; apdu_spec::object::Sdi::MAX];
    let length = request
        .sdi
        .write_body(&mut buffer)
        .map_err(Error::tlv("storing data"))?;
    Ok((
        request.header.mode.code(),
        request.sdi.operation.name().to_owned(),
        comparison(&approval.request),
        request.sdi.package.map(|package| hex::encode(package.package)),
        hex::encode(buffer.get(..length).unwrap_or_default()),
    ))
}

pub(super) fn write(approval: &Approval) -> Result<String> {
    let (mode, operation, comparison_code, package_digest, sdi) = derived(approval)?;
    let optional = |object: &Option<Vec<u8>>| object.as_ref().map(hex::encode);
    let file = File {
        version: VERSION,
        mode,
        operation,
        comparison_code,
        package_digest,
        sdi,
        sr: hex::encode(&approval.request),
        rc: hex::encode(&approval.card_certificate),
        irc: hex::encode(&approval.issuer_certificate),
        dpr: optional(&approval.provider_certificate),
        sar: optional(&approval.first),
        sa: optional(&approval.second),
        refusals: approval.refusals.iter().map(hex::encode).collect(),
        receipt: optional(&approval.receipt),
    };
    let mut text = serde_json::to_string_pretty(&file).map_err(|error| Error::input("approval", error))?;
    text.push('\n');
    Ok(text)
}

pub(super) fn read(name: &str, json: &[u8]) -> Result<Approval> {
    if json.len() > super::FILE_MAX {
        return Err(Error::input(
            name,
            format!("longer than {} bytes", super::FILE_MAX),
        ));
    }
    let file: File = serde_json::from_slice(json).map_err(|error| {
        let full = error.to_string();
        let cause = full
            .rsplit_once(" at line ")
            .map_or(full.as_str(), |(cause, _)| cause);
        Error::at(name, Position::Line(error.line(), error.column()), cause)
    })?;
    let field = |field: &str, cause: &dyn std::fmt::Display| {
        Error::at(name, Position::Field(field.to_owned(), None), cause)
    };
    if file.version != VERSION {
        return Err(field(
            "version",
            &format!("{} is not known, only {VERSION}", file.version),
        ));
    }
    if file.refusals.len() > REFUSALS_MAX {
        return Err(field("refusals", &format!("more than {REFUSALS_MAX}")));
    }
    let bytes = |field: &str, digits: &str| decode(name, field, digits);
    let (sr, rc, irc) = (
        bytes("sr", &file.sr)?,
        bytes("rc", &file.rc)?,
        bytes("irc", &file.irc)?,
    );
    let mut approval = Approval::new(&sr, &rc, &irc).map_err(|error| match &error {
        Error::Input(inner) if inner.name.starts_with("storing") => field("sr", &inner.cause),
        Error::Input(inner) if inner.name.starts_with("card") => field("rc", &inner.cause),
        _ => field("irc", &error),
    })?;
    if let Some(dpr) = &file.dpr {
        approval
            .set_provider_certificate(&bytes("dpr", dpr)?)
            .map_err(|error| field("dpr", &error))?;
    }
    if let Some(sar) = &file.sar {
        approval
            .set_first(&bytes("sar", sar)?)
            .map_err(|error| field("sar", &error))?;
    }
    if let Some(sa) = &file.sa {
        approval
            .set_second(&bytes("sa", sa)?)
            .map_err(|error| field("sa", &error))?;
    }
    for refusal in &file.refusals {
        approval
            .add_refusal(&bytes("refusals", refusal)?)
            .map_err(|error| field("refusals", &error))?;
    }
    if let Some(receipt) = &file.receipt {
        approval
            .set_receipt(&bytes("receipt", receipt)?)
            .map_err(|error| field("receipt", &error))?;
    }
    let (mode, operation, comparison_code, package_digest, sdi) = derived(&approval)?;
    for (name, agrees) in [
        ("mode", file.mode == mode),
        ("operation", file.operation == operation),
        ("comparison_code", file.comparison_code == comparison_code),
        ("package_digest", file.package_digest == package_digest),
        ("sdi", file.sdi == sdi),
    ] {
        if !agrees {
            return Err(field(name, &"does not agree with the storing request (sr)"));
        }
    }
    Ok(approval)
}

fn decode(name: &str, field: &str, digits: &str) -> Result<Vec<u8>> {
    hex::decode(digits).map_err(|error| {
        let position = match error {
            hex::FromHexError::InvalidHexCharacter { index, .. } => Some(index),
            _ => None,
        };
        Error::at(name, Position::Field(field.to_owned(), position), error)
    })
}
