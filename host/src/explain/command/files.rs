//! What commands about files say: which file, which record, what becomes of it.

use apdu_spec::aid::Aid;
use apdu_spec::command::{
    BinaryAction, BinaryAddress, BinaryFile, Expected, RecordAction, RecordChange, RecordFile, RecordName,
    RecordRange, SearchStart, SelectReply, SelectTarget,
};

use super::super::object::object;
use super::super::{Item, hexadecimal};

pub(super) const fn target_label(target: &SelectTarget<'_>) -> &'static str {
    match target {
        SelectTarget::MasterFile => "file",
        SelectTarget::ChildDf(_) => "folder here",
        SelectTarget::ChildEf(_) => "file here",
        SelectTarget::Aid(_) => "application",
        SelectTarget::LastAid(_) => "last application",
        SelectTarget::PreviousAid(_) => "previous application",
        SelectTarget::PathFromMf(_) => "path from the MF",
        SelectTarget::PathFromCurrent(_) => "path from here",
        _ => "file",
    }
}

pub(super) fn target_text(target: &SelectTarget<'_>) -> String {
    match *target {
        SelectTarget::MasterFile => "3F00, the MF".to_owned(),
        SelectTarget::FileId(id) | SelectTarget::ChildDf(id) | SelectTarget::ChildEf(id) => {
            format!("{id:04X}")
        }
        SelectTarget::Aid(bytes) | SelectTarget::LastAid(bytes) | SelectTarget::PreviousAid(bytes) => {
            match Aid::new(bytes) {
                Some(aid) => aid.to_string(),
                None => format!("{}, the beginning of an AID", hexadecimal(bytes)),
            }
        }
        SelectTarget::PathFromMf(path) | SelectTarget::PathFromCurrent(path) => {
            path.chunks(2).map(hexadecimal).collect::<Vec<_>>().join("/")
        }
        SelectTarget::Parent => "the folder around this one".to_owned(),
        #[allow(
            unreachable_patterns,
            reason = "ways to select that come to the wire later are shown as they are"
        )]
        ref other => format!("{other:?}"),
    }
}

pub(super) const fn select_reply(reply: SelectReply) -> &'static str {
    match reply {
        SelectReply::Fci => "FCI",
        SelectReply::Fcp => "FCP",
        SelectReply::Fmd => "FMD",
        SelectReply::Nothing => "nothing",
    }
}

pub(super) fn binary_file(file: BinaryFile) -> String {
    match file {
        BinaryFile::Current => "the current one".to_owned(),
        BinaryFile::ShortId(id) => format!("the one with short id {id:02X}"),
        #[allow(
            unreachable_patterns,
            reason = "ways to name a file that come to the wire later are shown as they are"
        )]
        other => format!("{other:?}"),
    }
}

pub(super) fn expected(length: Expected) -> String {
    match length {
        Expected::Exactly(length) => format!("{length} bytes"),
        other => match other.maximum() {
            256 | 65_536 => "as much as there is".to_owned(),
            most => format!("{most} bytes"),
        },
    }
}

/// What is done to bytes of a file.
pub(super) fn bytes(address: BinaryAddress, action: &BinaryAction<'_>) -> Vec<Item> {
    let mut inner = vec![Item::new(
        "file",
        match address {
            BinaryAddress::Offset(file) | BinaryAddress::Objects(file) => binary_file(file),
            BinaryAddress::FileId(id) => format!("{id:04X}, here"),
        },
    )];
    let mut add = |label: &str, value: String| inner.push(Item::new(label, value));
    match *action {
        BinaryAction::Read { offset, length } => {
            add("from byte", offset.to_string());
            add("length", expected(length));
        }
        BinaryAction::Update { offset, data } | BinaryAction::Write { offset, data } => {
            add("from byte", offset.to_string());
            add("length", data.len().to_string());
            inner.extend(object(data));
        }
        BinaryAction::Erase { from, to } => {
            add("from byte", from.to_string());
            add(
                "up to",
                to.map_or("the end".to_owned(), |to| format!("byte {to}, which stays")),
            );
        }
        BinaryAction::Search { offset, pattern, .. } => {
            add("from byte", offset.to_string());
            add(
                "sought",
                match pattern {
                    [] => "the first erased byte".to_owned(),
                    pattern => hexadecimal(pattern),
                },
            );
        }
    }
    inner
}

/// What is done to records of a file.
pub(super) fn records(file: RecordFile, action: &RecordAction<'_>) -> Vec<Item> {
    let mut inner = vec![Item::new(
        "file",
        match file {
            RecordFile::Current => "the current one".to_owned(),
            RecordFile::ShortId(id) => format!("the one with short id {id:02X}"),
        },
    )];
    let mut add = |label: &str, value: String| inner.push(Item::new(label, value));
    match *action {
        RecordAction::Read { records, length } => {
            add("records", range(records));
            add("length", expected(length));
        }
        RecordAction::ReadPart {
            record,
            offset,
            length,
        } => {
            add("record", record_name(record));
            add("from byte", offset.to_string());
            add("length", expected(length));
        }
        RecordAction::Write { record, data } | RecordAction::Update { record, data } => {
            add("record", record_name(record));
            add("length", data.len().to_string());
            inner.extend(object(data));
        }
        RecordAction::UpdatePart {
            record,
            change,
            offset,
            data,
        } => {
            add("record", record_name(record));
            add("from byte", offset.to_string());
            add("length", data.len().to_string());
            add("how", record_change(change).to_owned());
        }
        RecordAction::Append { data } => {
            add("length", data.len().to_string());
            inner.extend(object(data));
        }
        RecordAction::Search {
            record,
            backward,
            start,
            pattern,
            ..
        } => {
            add("from record", record_name(record));
            add(
                "direction",
                if backward { "backward" } else { "forward" }.to_owned(),
            );
            match start {
                SearchStart::Beginning => {}
                SearchStart::Offset(offset) => add("in each, from byte", offset.to_string()),
                SearchStart::Value(value) => add("in each, from the first", format!("{value:02X}")),
            }
            add("sought", hexadecimal(pattern));
        }
        RecordAction::Erase { records } => add("records", range(records)),
    }
    inner
}

fn record_name(name: RecordName) -> String {
    match name {
        RecordName::First => "the first".to_owned(),
        RecordName::Last => "the last".to_owned(),
        RecordName::Next => "the next".to_owned(),
        RecordName::Previous => "the one before".to_owned(),
        RecordName::Current => "the current one".to_owned(),
        RecordName::Number(number) => number.to_string(),
    }
}

fn range(range: RecordRange) -> String {
    match range {
        RecordRange::One(name) => record_name(name),
        RecordRange::ToLast(name) => format!("from {} to the last", record_name(name)),
        RecordRange::FromLast(name) => format!("from the last to {}", record_name(name)),
    }
}

const fn record_change(change: RecordChange) -> &'static str {
    match change {
        RecordChange::Replace => "in place of what is there",
        RecordChange::And => "AND with what is there",
        RecordChange::Or => "OR with what is there",
        RecordChange::Xor => "XOR with what is there",
    }
}
