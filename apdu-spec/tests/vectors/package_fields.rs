//! What `vectors/packages.json` says of a manifest.

use serde_json::{Value, json};
use symbolon_apdu_spec::file::FileKind;
use symbolon_apdu_spec::package::{FileEntry, KeyEntry, Manifest, PinEntry};

use super::hex;

fn file_fields(file: &FileEntry<'_>) -> Value {
    let mut fields = json!({
        "position": file.position,
        "kind": match file.kind {
            FileKind::Transparent => "transparent EF",
            FileKind::Records(format) => format.structure.name(),
            FileKind::Dedicated => "DF",
        },
        "id": file.id,
        "parent": file.parent,
        "short_id": file.short_id,
        "rule": file.rule,
        "replace": file.replace.name(),
        "size": file.size,
        "initial": file.initial,
        "sealed": file.sealed,
    });
    if let Some(format) = file.kind.records() {
        fields["record_length"] = format.length.into();
        fields["records"] = format.number.into();
        fields["initial_records"] = file.initial_records().into();
        fields["lengths"] = file.lengths.into();
    }
    fields
}

pub fn fields(manifest: &Manifest<'_>) -> Value {
    let pin = |pin: PinEntry<'_>| {
        json!({
            "reference": pin.reference,
            "minimum": pin.minimum,
            "tries": pin.tries,
            "rule": pin.rule,
            "replace": pin.replace.name(),
            "transport": hex(pin.transport),
        })
    };
    let key = |key: KeyEntry| {
        json!({
            "reference": key.reference,
            "type": key.kind.name(),
            "usage": key.usage.name(),
            "tries": key.tries,
            "sealed": key.sealed.map(hex),
            "rule": key.rule,
            "replace": key.replace.name(),
        })
    };
    json!({
        "aid": manifest.aid().to_string(),
        "version": manifest.version(),
        "label": manifest.label(),
        "quota": manifest.quota(),
        "rules": manifest.rules().map(|rule| hex(rule.as_bytes())).collect::<Vec<_>>(),
        "files": manifest.files().map(|file| file_fields(&file)).collect::<Vec<_>>(),
        "pins": manifest.pins().map(pin).collect::<Vec<_>>(),
        "keys": manifest.keys().map(key).collect::<Vec<_>>(),
        "total_initial": manifest.total_initial(),
        "seal": manifest.seal().map(|seal| json!({ "card": hex(seal.card), "ephemeral": hex(seal.ephemeral) })),
    })
}
