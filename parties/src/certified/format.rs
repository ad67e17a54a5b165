//! The JSON of a file of certified data. Unknown, missing or repeated fields are refused; what people read must agree
//! with what is signed.

use serde::{Deserialize, Serialize};

use super::Certified;
use crate::approval::{EXTRAS_MAX, FILE_MAX, REFUSALS_MAX, decode, field, from_text, to_text};
use crate::error::Result;
use crate::provider::encode;

/// The only version.
const VERSION: u32 = 1;
/// Tells this file from an approval.
const KIND: &str = "certified data";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: String,
    version: u32,
    mode: u8,
    operation: String,
    package_digest: Option<String>,
    sdi: String,
    links: Vec<String>,
    dpr: String,
    sdci: String,
    certifier: Option<String>,
    countersignature: Option<String>,
    refusals: Vec<String>,
}

pub(super) fn write(certified: &Certified) -> Result<String> {
    let sdi = certified.sdi()?;
    let list = |objects: &[Vec<u8>]| objects.iter().map(hex::encode).collect();
    to_text(&File {
        kind: KIND.to_owned(),
        version: VERSION,
        mode: certified.mode()?.code(),
        operation: sdi.operation.name().to_owned(),
        package_digest: sdi.package.map(|package| hex::encode(package.package)),
        sdi: hex::encode(encode(&sdi)?),
        links: list(&certified.links),
        dpr: hex::encode(&certified.provider_certificate),
        sdci: hex::encode(&certified.data),
        certifier: certified.certifier_certificate.as_ref().map(hex::encode),
        countersignature: certified.countersignature.as_ref().map(hex::encode),
        refusals: list(&certified.refusals),
    })
}

pub(super) fn read(name: &str, json: &[u8]) -> Result<Certified> {
    let file: File = from_text(name, json, FILE_MAX, |version| match version {
        VERSION => Ok(()),
        other => Err(format!("{other} is not known, only {VERSION}")),
    })?;
    if file.kind != KIND {
        return Err(field(name, "kind", &format!("not {KIND:?}")));
    }
    let bytes = |member: &str, digits: &str| decode(name, member, digits);
    let mut certified = Certified::new(&bytes("dpr", &file.dpr)?, &bytes("sdci", &file.sdci)?)
        .map_err(|error| field(name, "sdci", &error))?;
    match (&file.certifier, &file.countersignature) {
        (None, None) => {}
        (Some(certifier), Some(object)) => certified
            .set_countersignature(
                &bytes("certifier", certifier)?,
                &bytes("countersignature", object)?,
            )
            .map_err(|error| field(name, "countersignature", &error))?,
        _ => {
            return Err(field(
                name,
                "countersignature",
                &"comes with the data certifier's certificate, or not at all",
            ));
        }
    }
    type Setter = fn(&mut Certified, &[u8]) -> Result<()>;
    let lists: [(&str, &[String], usize, Setter); 2] = [
        ("links", &file.links, EXTRAS_MAX, Certified::add_link),
        ("refusals", &file.refusals, REFUSALS_MAX, Certified::add_refusal),
    ];
    for (member, values, most, set) in lists {
        if values.len() > most {
            return Err(field(name, member, &format!("more than {most}")));
        }
        for value in values {
            set(&mut certified, &bytes(member, value)?).map_err(|error| field(name, member, &error))?;
        }
    }
    let sdi = certified.sdi()?;
    for (member, agrees) in [
        ("mode", file.mode == certified.mode()?.code()),
        ("operation", file.operation == sdi.operation.name()),
        (
            "package_digest",
            file.package_digest == sdi.package.map(|package| hex::encode(package.package)),
        ),
        ("sdi", file.sdi == hex::encode(encode(&sdi)?)),
    ] {
        if !agrees {
            return Err(field(
                name,
                member,
                &"does not agree with the certified data (sdci)",
            ));
        }
    }
    Ok(certified)
}
