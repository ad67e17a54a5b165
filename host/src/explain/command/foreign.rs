//! Commands of other cards, and wrong ones, by their headers: ISO/IEC 7816-4:2020, 5.4 and annex A.

use apdu_spec::apdu::{CommandApdu, Header};

use super::super::Item;
use super::super::object::object;
use super::{header_text, is_decipher, is_encipher};

/// A command of somebody else, or a wrong one, by its header.
pub(super) fn foreign(apdu: &CommandApdu<'_>) -> Item {
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
pub(in super::super) fn name(header: &Header) -> &'static str {
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
const STANDARD: [(u8, &str); 59] = [
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
    (0xEC, "REMOVE APPLICATION"),
    (0xFE, "TERMINATE CARD USAGE"),
];
