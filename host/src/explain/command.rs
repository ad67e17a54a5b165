//! Commands: ours by [`Command`], anybody else's by its header. ISO/IEC 7816-4:2020, 5.4 and annex A.

use apdu_spec::aid::Aid;
use apdu_spec::apdu::{CommandApdu, Header};
use apdu_spec::command::{BinaryFile, Command, Expected, SelectReply, SelectTarget, is_sensitive};
use apdu_spec::data::TAGS;
use apdu_spec::reference::{KeyReference, PinReference};

use super::names::Context;
use super::object::{data_object, items, object};
use super::{Item, hexadecimal};
use crate::card::words;

/// What stands for a secret; its length is not told.
pub(super) const HIDDEN: &str = "(hidden)";

/// What a command is about, for its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Data objects, text, anything.
    Object,
    /// The card's data object with this tag.
    Data(u16),
    /// Bytes that mean nothing to us.
    Bytes,
    /// A secret.
    Hidden,
}

/// Whether nothing behind the header may be shown, whoever's card it is: a PIN or a key may be in it.
#[must_use]
pub const fn is_secret(header: &Header) -> bool {
    // VERIFY, CHANGE REFERENCE DATA, DISABLE and ENABLE VERIFICATION REQUIREMENT, RESET RETRY COUNTER, in both codings; PUT KEY
    // of GlobalPlatform; PUT DATA with odd INS, by which other cards import keys.
    matches!(
        header.instruction,
        0x20 | 0x21 | 0x24 | 0x25 | 0x26 | 0x27 | 0x28 | 0x29 | 0x2C | 0x2D | 0xD8 | 0xDB
    ) || is_encipher(header)
        || is_sensitive(header)
}

/// PERFORM SECURITY OPERATION, ENCIPHER: what is given is not for everybody.
const fn is_encipher(header: &Header) -> bool {
    header.instruction == 0x2A && matches!(header.p1, 0x82 | 0x84 | 0x86) && header.p2 == 0x80
}

/// PERFORM SECURITY OPERATION, DECIPHER: what comes back is not.
const fn is_decipher(header: &Header) -> bool {
    header.instruction == 0x2A && header.p1 == 0x80 && matches!(header.p2, 0x82 | 0x84 | 0x86)
}

/// What a whole command says: its name, what it is about, and how to understand its reply.
pub(super) fn explain(apdu: &CommandApdu<'_>, hidden: bool) -> (Item, Reply) {
    let header = apdu.header();
    let secret = hidden || is_secret(&header);
    let reply = if is_decipher(&header) {
        Reply::Hidden
    } else {
        Reply::Object
    };
    if secret {
        return (masked(&header), reply);
    }
    match Command::decode(apdu) {
        Ok(command) => ours(&command, reply),
        Err(_) => (foreign(apdu), reply),
    }
}

/// What may be said of a command with a secret.
fn masked(header: &Header) -> Item {
    let name = name(header);
    let mut inner = vec![];
    if matches!(header.instruction, 0x20..=0x2D) {
        let pin = match PinReference::from_byte(header.p2) {
            Some(reference) => words(reference),
            None => format!("reference {:02X}", header.p2),
        };
        inner.push(Item::new("about", pin));
    } else {
        inner.push(about_tag(u16::from_be_bytes([header.p1, header.p2])));
    }
    inner.push(Item::new("data", HIDDEN));
    Item::new(name, header_text(header)).with(inner)
}

fn about_tag(tag: u16) -> Item {
    let words = TAGS.iter().find(|row| row.0 == tag).map_or("", |row| row.1);
    Item::new("object", format!("{tag:04X} {words}").trim_end())
}

fn header_text(header: &Header) -> String {
    hexadecimal(&[header.class, header.instruction, header.p1, header.p2])
}

fn ours(command: &Command<'_>, reply: Reply) -> (Item, Reply) {
    let mut inner = Vec::new();
    let mut add = |label: &str, value: String| inner.push(Item::new(label, value));
    let mut reply = reply;
    let mut objects = Vec::new();
    match *command {
        Command::Select {
            target,
            reply: asked,
            next,
        } => {
            add(target_label(&target), target_text(&target));
            if next {
                add("which", "the next that matches".to_owned());
            }
            add("answer", select_reply(asked).to_owned());
        }
        Command::ReadBinary { file, offset, length } => {
            add("file", binary_file(file));
            add("from byte", offset.to_string());
            add("length", expected(length));
            // Part of an object is none.
            if offset > 0 {
                reply = Reply::Bytes;
            }
        }
        Command::UpdateBinary { file, offset, data } => {
            add("file", binary_file(file));
            add("from byte", offset.to_string());
            add("length", data.len().to_string());
            objects = object(data);
        }
        Command::DeactivateFile { aid } | Command::ActivateFile { aid } => {
            add("application", aid.to_string())
        }
        Command::GetData { tag, selector } => {
            inner.push(about_tag(tag));
            if !selector.is_empty() {
                inner.push(Item::new("which", hexadecimal(selector)));
            }
            reply = Reply::Data(tag);
        }
        Command::PutData { tag, value } => {
            inner.push(about_tag(tag));
            objects = data_object(tag, value);
        }
        Command::GetChallenge { length } => {
            add("bytes", length.to_string());
            reply = Reply::Bytes;
        }
        Command::Verify { reference, pin: None } => add("how it stands with", words(reference)),
        Command::ExternalAuthenticate { authentication } => objects = object(authentication),
        Command::GenerateKeyPair {
            reference,
            template,
            make,
        } => {
            add("key", key(reference));
            add("for", format!("{template:?}").to_lowercase());
            add(
                "what",
                if make {
                    "make a new one"
                } else {
                    "read the public part"
                }
                .to_owned(),
            );
        }
        Command::VerifyCertificate { body_and_signature } => {
            objects = items(body_and_signature, Context::Certificate)
        }
        Command::RequestRegistration { nonce } | Command::ProveReceipts { nonce } => {
            add("nonce", hexadecimal(&nonce));
        }
        Command::Register { certificate, release } => {
            objects = object(certificate);
            objects.extend(release.map(object).unwrap_or_default());
        }
        Command::OpenRequest {
            mode, sdi_encoded, ..
        } => {
            add("mode", format!("{} ({})", mode.code(), mode.name()));
            objects = object(sdi_encoded);
        }
        Command::Authorize {
            number,
            first,
            second,
        } => {
            add("request", number.to_string());
            objects = object(first);
            objects.extend(second.map(object).unwrap_or_default());
        }
        Command::DropRequest { number }
        | Command::LowerFloor { number }
        | Command::RemoveApplication { number } => {
            add("request", number.to_string());
        }
        Command::CollectReceipts { number, held } => {
            add("up to receipt", number.to_string());
            add("digest", hexadecimal(&held));
        }
        Command::LoadRevocationList { list } => objects = object(list),
        Command::LoadSharedKey { key } => objects = object(key),
        Command::LoadBlock {
            index,
            last,
            number,
            block,
        } => {
            add("request", number.to_string());
            add(
                "block",
                format!("{index}{}", if last { ", the last" } else { "" }),
            );
            add("length", format!("{} bytes", block.len()));
        }
        Command::GetResponse { length } => add("length", expected(length)),
        // Shown as it stands in traces; no secret is in it.
        ref other => add("what", format!("{other:?}")),
    }
    inner.append(&mut objects);
    (Item::new(command.name(), "").with(inner), reply)
}

const fn target_label(target: &SelectTarget<'_>) -> &'static str {
    match target {
        SelectTarget::MasterFile => "file",
        SelectTarget::ChildDf(_) => "folder here",
        SelectTarget::ChildEf(_) => "file here",
        SelectTarget::Aid(_) => "application",
        SelectTarget::PathFromMf(_) => "path from the MF",
        SelectTarget::PathFromCurrent(_) => "path from here",
        _ => "file",
    }
}

fn target_text(target: &SelectTarget<'_>) -> String {
    match *target {
        SelectTarget::MasterFile => "3F00, the MF".to_owned(),
        SelectTarget::FileId(id) | SelectTarget::ChildDf(id) | SelectTarget::ChildEf(id) => {
            format!("{id:04X}")
        }
        SelectTarget::Aid(bytes) => match Aid::new(bytes) {
            Some(aid) => aid.to_string(),
            None => format!("{}, the beginning of an AID", hexadecimal(bytes)),
        },
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

const fn select_reply(reply: SelectReply) -> &'static str {
    match reply {
        SelectReply::Fci => "FCI",
        SelectReply::Fcp => "FCP",
        SelectReply::Fmd => "FMD",
        SelectReply::Nothing => "nothing",
    }
}

fn binary_file(file: BinaryFile) -> String {
    match file {
        BinaryFile::Current => "the current one".to_owned(),
        #[allow(
            unreachable_patterns,
            reason = "ways to name a file that come to the wire later are shown as they are"
        )]
        other => format!("{other:?}"),
    }
}

fn expected(length: Expected) -> String {
    match length {
        Expected::Exactly(length) => format!("{length} bytes"),
        other => match other.maximum() {
            256 | 65_536 => "as much as there is".to_owned(),
            most => format!("{most} bytes"),
        },
    }
}

fn key(reference: KeyReference) -> String {
    match reference {
        KeyReference::Registration => "registration key".to_owned(),
        KeyReference::KeyAgreement => "key-agreement key".to_owned(),
        KeyReference::Local(byte) => format!("key {byte:02X} of the application"),
    }
}

/// A command of somebody else, or a wrong one, by its header.
fn foreign(apdu: &CommandApdu<'_>) -> Item {
    let header = apdu.header();
    let mut inner = vec![Item::new("class", class(header.class))];
    inner.push(Item::new("P1 P2", format!("{:02X} {:02X}", header.p1, header.p2)));
    if !apdu.data.is_empty() {
        inner.push(Item::new("data", format!("{} bytes", apdu.data.len())).with(object(apdu.data)));
    }
    if let Some(expected) = apdu.expected {
        inner.push(Item::new("Le", expected.to_string()));
    }
    Item::new(name(&header), header_text(&header)).with(inner)
}

/// ISO/IEC 7816-4:2020, 5.4.1.
fn class(byte: u8) -> String {
    if byte == 0xFF {
        return "reserved".to_owned();
    }
    if byte & 0x80 != 0 {
        return format!("{byte:02X}, proprietary");
    }
    let (channel, secure) = if byte & 0x40 == 0 {
        (byte & 0x03, byte & 0x0C != 0)
    } else {
        ((byte & 0x0F) + 4, byte & 0x20 != 0)
    };
    let chained = if byte & 0x10 != 0 { ", chained" } else { "" };
    let secure = if secure { ", secure messaging" } else { "" };
    format!("{byte:02X}, channel {channel}{secure}{chained}")
}

/// The command's name: the standard's, or GlobalPlatform's for proprietary classes.
pub(super) fn name(header: &Header) -> &'static str {
    if header.class & 0x80 != 0
        && let Some(row) = GLOBAL_PLATFORM.iter().find(|row| row.0 == header.instruction)
    {
        return row.1;
    }
    match (header.instruction, header.p1, header.p2) {
        (0x2A, 0x9E, 0x9A) => "PSO COMPUTE DIGITAL SIGNATURE",
        (0x2A, 0x00, 0xA8) => "PSO VERIFY DIGITAL SIGNATURE",
        (0x2A, 0x90, _) => "PSO HASH",
        (0x2A, 0x8E, 0x80) => "PSO COMPUTE CRYPTOGRAPHIC CHECKSUM",
        (0x2A, 0x00, 0xA2) => "PSO VERIFY CRYPTOGRAPHIC CHECKSUM",
        (0x2A, 0x00, 0xAE | 0xBE) => "PSO VERIFY CERTIFICATE",
        (0x2A, ..) if is_encipher(header) => "PSO ENCIPHER",
        (0x2A, ..) if is_decipher(header) => "PSO DECIPHER",
        (instruction, ..) => STANDARD
            .iter()
            .find(|row| row.0 == instruction)
            .map_or("unknown command", |row| row.1),
    }
}

const GLOBAL_PLATFORM: [(u8, &str); 9] = [
    (0xF2, "GET STATUS"),
    (0xF0, "SET STATUS"),
    (0xD8, "PUT KEY"),
    (0xE2, "STORE DATA"),
    (0xE4, "DELETE"),
    (0xE6, "INSTALL"),
    (0xE8, "LOAD"),
    (0x50, "INITIALIZE UPDATE"),
    (0xCA, "GET DATA"),
];

/// ISO/IEC 7816-4:2020, table 4 and those of parts 7, 8, 9 and 13.
const STANDARD: [(u8, &str); 58] = [
    (0x04, "DEACTIVATE FILE"),
    (0x0C, "ERASE RECORD"),
    (0x0E, "ERASE BINARY"),
    (0x0F, "ERASE BINARY"),
    (0x10, "PERFORM SCQL OPERATION"),
    (0x12, "PERFORM TRANSACTION OPERATION"),
    (0x14, "PERFORM USER OPERATION"),
    (0x20, "VERIFY"),
    (0x21, "VERIFY"),
    (0x22, "MANAGE SECURITY ENVIRONMENT"),
    (0x24, "CHANGE REFERENCE DATA"),
    (0x25, "CHANGE REFERENCE DATA"),
    (0x26, "DISABLE VERIFICATION REQUIREMENT"),
    (0x28, "ENABLE VERIFICATION REQUIREMENT"),
    (0x2A, "PERFORM SECURITY OPERATION"),
    (0x2C, "RESET RETRY COUNTER"),
    (0x2D, "RESET RETRY COUNTER"),
    (0x40, "APPLICATION MANAGEMENT REQUEST"),
    (0x41, "APPLICATION MANAGEMENT REQUEST"),
    (0x44, "ACTIVATE FILE"),
    (0x46, "GENERATE ASYMMETRIC KEY PAIR"),
    (0x47, "GENERATE ASYMMETRIC KEY PAIR"),
    (0x70, "MANAGE CHANNEL"),
    (0x82, "EXTERNAL AUTHENTICATE"),
    (0x84, "GET CHALLENGE"),
    (0x86, "GENERAL AUTHENTICATE"),
    (0x87, "GENERAL AUTHENTICATE"),
    (0x88, "INTERNAL AUTHENTICATE"),
    (0xA0, "SEARCH BINARY"),
    (0xA1, "SEARCH BINARY"),
    (0xA2, "SEARCH RECORD"),
    (0xA4, "SELECT"),
    (0xA5, "SELECT DATA"),
    (0xB0, "READ BINARY"),
    (0xB1, "READ BINARY"),
    (0xB2, "READ RECORD"),
    (0xB3, "READ RECORD"),
    (0xC0, "GET RESPONSE"),
    (0xC2, "ENVELOPE"),
    (0xC3, "ENVELOPE"),
    (0xCA, "GET DATA"),
    (0xCB, "GET DATA"),
    (0xD0, "WRITE BINARY"),
    (0xD1, "WRITE BINARY"),
    (0xD2, "WRITE RECORD"),
    (0xD6, "UPDATE BINARY"),
    (0xD7, "UPDATE BINARY"),
    (0xDA, "PUT DATA"),
    (0xDB, "PUT DATA"),
    (0xDC, "UPDATE RECORD"),
    (0xDD, "UPDATE RECORD"),
    (0xE0, "CREATE FILE"),
    (0xE2, "APPEND RECORD"),
    (0xE4, "DELETE FILE"),
    (0xE6, "TERMINATE DF"),
    (0xE8, "TERMINATE EF"),
    (0xEA, "LOAD APPLICATION"),
    (0xFE, "TERMINATE CARD USAGE"),
];
