//! Commands of the storing protocol.

use symbolon_apdu_spec::command::Command;
use symbolon_apdu_spec::object::{Mode, Operation};

use super::{object, sdi, sdi_encoded};

pub(crate) fn each(with: &mut dyn FnMut(&str, Command<'_>)) {
    with(
        "request registration",
        Command::RequestRegistration { nonce: [9; 16] },
    );
    let (certificate, release) = (object(&[0x7F, 0x21], 500), object(&[0xF0], 239));
    for (name, release) in [
        ("register", None),
        ("register with a release", Some(&release[..])),
    ] {
        with(
            name,
            Command::Register {
                certificate: &certificate,
                release,
            },
        );
    }
    for (index, &operation) in Operation::ALL.iter().enumerate() {
        let (mode, encoded) = (Mode::ALL[index + 1], sdi_encoded(operation));
        let command = Command::OpenRequest {
            mode,
            sdi: sdi(operation),
            sdi_encoded: &encoded,
        };
        with(&format!("open a request to {}", operation.name()), command);
    }
    let (first, second) = (object(&[0xF0], 300), object(&[0xF0], 200));
    for (name, second) in [
        ("authorize", Some(&second[..])),
        ("authorize with one object", None),
    ] {
        with(
            name,
            Command::Authorize {
                number: 1,
                first: &first,
                second,
            },
        );
    }
    with("drop", Command::DropRequest { number: 0xFFFF_FFFF });
    with("lower a floor", Command::LowerFloor { number: 3 });
    with(
        "prove the newest receipt",
        Command::ProveReceipts { nonce: [8; 16] },
    );
    with(
        "collect receipts",
        Command::CollectReceipts {
            number: 5,
            held: [6; 32],
        },
    );
    with(
        "take in a revocation list",
        Command::LoadRevocationList {
            list: &object(&[0xF0], 1811),
        },
    );
    with(
        "take in a shared key",
        Command::LoadSharedKey {
            key: &object(&[0xF0], 277),
        },
    );
    let block = object(&[0xED], 1838);
    with(
        "load the first block",
        Command::LoadBlock {
            index: 0,
            last: false,
            number: 1,
            block: &block,
        },
    );
    with(
        "load the last block",
        Command::LoadBlock {
            index: 0x7FFF,
            last: true,
            number: 1,
            block: &block,
        },
    );
    with("remove", Command::RemoveApplication { number: 2 });
}
