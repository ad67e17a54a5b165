//! One of everything: commands that every card understands. Shared by several test programs.

pub(crate) mod file_commands;
mod files;
pub(crate) mod records;
mod security;
mod storing;

use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::certificate::Mnemonic;
use symbolon_apdu_spec::command::{Command, Expected};
use symbolon_apdu_spec::data::{ReceiptOfSelector, ReceiptSelector};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::object::{Operation, PackageDigests, ProviderId, Sdi};

/// Enough for any data field.
pub(crate) const ROOM: usize = 2048;

pub(crate) fn sdi(operation: Operation) -> Sdi {
    let digests = PackageDigests {
        size: 4096,
        package: [1; 32],
        manifest: [2; 32],
        first_block: [3; 32],
    };
    Sdi {
        operation,
        aid: Aid::new(&[0xF0, 0x11, 0x22, 0x33, 0x44, 0x01]).unwrap(),
        version: 7,
        package: matches!(operation, Operation::Store | Operation::Replace).then_some(digests),
        provider: ProviderId {
            root: [4; 32],
            name: Mnemonic::new(b"XXPROVIDER").unwrap(),
        },
        expiry: "2027-12-31".parse::<Date>().unwrap(),
    }
}

pub(crate) fn sdi_encoded(operation: Operation) -> Vec<u8> {
    let mut out = vec![0; ROOM];
    let length = sdi(operation).write_body(&mut out).unwrap();
    out.truncate(length);
    out
}

/// Object `tag` of `length` bytes 5A, as a certificate, an authorization or a block is for whoever only passes it on.
pub(crate) fn object(tag: &[u8], length: u16) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let length_bytes: &[u8] = match length {
        0..=0x7F => &[low],
        0x80..=0xFF => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [tag, length_bytes, &vec![0x5A; usize::from(length)]].concat()
}

/// Names every sample and gives it to `with`.
pub(crate) fn each(mut with: impl FnMut(&str, Command<'_>)) {
    file_commands::each(&mut with);
    records::each(&mut with);
    security::each(&mut with);
    storing::each(&mut with);

    with(
        "card status",
        Command::GetData {
            tag: 0x0101,
            selector: &[],
        },
    );
    with(
        "receipt 5",
        Command::GetData {
            tag: 0x0109,
            selector: &ReceiptSelector(5).to_bytes(),
        },
    );
    with(
        "receipt of a request",
        Command::GetData {
            tag: 0x0109,
            selector: &ReceiptOfSelector([0xC7; 32]).to_bytes(),
        },
    );
    with(
        "version floors",
        Command::GetData {
            tag: 0x010B,
            selector: &[],
        },
    );
    with(
        "put a root",
        Command::PutData {
            tag: 0x0102,
            value: &object(&[0x7F, 0x21], 400),
        },
    );
    with(
        "put the user PIN",
        Command::PutData {
            tag: 0x0121,
            value: b"123456",
        },
    );
    with(
        "put the unblocking code",
        Command::PutData {
            tag: 0x0123,
            value: b"12345678",
        },
    );
    with(
        "put a registration key",
        Command::PutData {
            tag: 0x0124,
            value: &[0x21; 32],
        },
    );
    with("8 random bytes", Command::GetChallenge { length: 8 });
    with("256 random bytes", Command::GetChallenge { length: 256 });

    let all = Expected::Available { extended: false };
    with("get response", Command::GetResponse { length: all });
    with(
        "get response of 1000",
        Command::GetResponse {
            length: Expected::Exactly(1000),
        },
    );
}
