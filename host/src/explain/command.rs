//! Commands: ours by [`Command`], anybody else's by its header. ISO/IEC 7816-4:2020, 5.4 and annex A.

mod files;
mod foreign;
mod keys;
mod ours;

use apdu_spec::apdu::{CommandApdu, Header};
use apdu_spec::command::{Command, is_sensitive};
use apdu_spec::data::TAGS;
use apdu_spec::reference::PinReference;

pub(super) use foreign::name;

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
        Ok(command) => ours::ours(&command, apdu.data, reply),
        Err(_) => (foreign::foreign(apdu), reply),
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
