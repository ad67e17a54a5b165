//! What a card may have had on it before its registration, as receipt 0 tells it.

use super::hex;
use super::world::{sha256, written};
use serde_json::{Value, json};
use symbolon_apdu_spec::access::AccessRules;
use symbolon_apdu_spec::file::{FileControl, FileKind, LifeCycle};
use symbolon_apdu_spec::object::FoundFile;

/// A file's place, and an EF's content.
type File = (u8, u16, Option<&'static [u8]>);

fn entry(&(depth, id, content): &File) -> Vec<u8> {
    let found = FoundFile {
        depth,
        control: FileControl {
            size: content.map(|content| u16::try_from(content.len()).unwrap()),
            kind: match content {
                Some(_) => FileKind::Transparent,
                None => FileKind::Dedicated,
            },
            id,
            aid: None,
            short_id: None,
            life_cycle: Some(LifeCycle::Operational),
            rules: match content {
                Some(_) => AccessRules::ALWAYS_READ,
                None => AccessRules::NONE,
            },
            version: None,
        },
        content: content.map(sha256),
    };
    written(|out| found.write(out))
}

fn list(name: &str, files: &[File]) -> Value {
    let all: Vec<u8> = files.iter().flat_map(entry).collect();
    let fields: Vec<_> = files
        .iter()
        .map(|file| json!({ "content": file.2.map(hex), "entry": hex(&entry(file)) }))
        .collect();
    json!({ "name": name, "files": fields, "digest": hex(&sha256(&all)) })
}

/// `files_found` of objects.json.
pub fn all() -> Value {
    json!([
        list("nothing", &[]),
        list(
            "a file, a folder with one, and a file behind it",
            &[
                (1, 0x4F01, Some(b"serial 1")),
                (1, 0x5000, None),
                (2, 0x0102, Some(b"within")),
                (1, 0x6000, Some(&[0; 3])),
            ]
        ),
    ])
}
