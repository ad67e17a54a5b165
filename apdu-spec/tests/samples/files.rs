//! File control parameters of an EF and of a DF. Shared by several test programs.

use symbolon_apdu_spec::access::AccessRules;
use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::file::{FileControl, FileKind, LifeCycle, RecordFormat, Structure};

pub(crate) fn elementary_file() -> FileControl<'static> {
    FileControl {
        size: Some(200),
        kind: FileKind::Transparent,
        id: 0x0101,
        aid: None,
        short_id: Some(0x1E),
        life_cycle: None,
        rules: AccessRules::ALWAYS_READ,
        version: None,
    }
}

pub(crate) fn record_file() -> FileControl<'static> {
    let format = RecordFormat {
        structure: Structure::LinearVariable,
        length: 0xFF,
        number: 0xFE,
    };
    FileControl {
        size: Some(1000),
        kind: FileKind::Records(format),
        ..elementary_file()
    }
}

pub(crate) fn dedicated_file() -> FileControl<'static> {
    FileControl {
        size: None,
        kind: FileKind::Dedicated,
        id: 0x7F10,
        aid: Aid::new(&[0xF0, 0x11, 0x22, 0x33, 0x44, 0x01]),
        short_id: None,
        life_cycle: Some(LifeCycle::Operational),
        rules: AccessRules::NONE,
        version: Some(3),
    }
}
