//! One of everything: commands that every card understands. Shared by several test programs.

mod files;
pub(crate) mod records;

use files::{dedicated_file, elementary_file};
use symbolon_apdu_spec::aid::Aid;
use symbolon_apdu_spec::certificate::Mnemonic;
use symbolon_apdu_spec::command::{
    BinaryFile, Command, Expected, FileChange, KeyName, KeyTemplate, Purpose, SelectReply, SelectTarget,
};
use symbolon_apdu_spec::data::{ReceiptOfSelector, ReceiptSelector};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::object::{Mode, Operation, PackageDigests, ProviderId, Sdi};
use symbolon_apdu_spec::reference::{KeyReference, PinReference};

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
    use SelectReply::{Fci, Fcp, Fmd, Nothing};
    let targets = [
        ("the MF", SelectTarget::MasterFile, Fci),
        ("by file id", SelectTarget::FileId(0x2F00), Fcp),
        ("child DF", SelectTarget::ChildDf(0x7F10), Fmd),
        ("child EF", SelectTarget::ChildEf(0x0101), Nothing),
        ("parent", SelectTarget::Parent, Fcp),
        ("by AID", SelectTarget::Aid(b"\xF0SYMBOLON"), Fci),
        ("by one byte of AID", SelectTarget::Aid(&[0xF0]), Nothing),
        (
            "path from MF",
            SelectTarget::PathFromMf(&[0x7F, 0x10, 0x01, 0x01]),
            Nothing,
        ),
        (
            "path from the current DF",
            SelectTarget::PathFromCurrent(&[0x01, 0x01]),
            Fcp,
        ),
    ];
    for (name, target, reply) in targets {
        with(
            &format!("select {name}"),
            Command::Select {
                target,
                reply,
                next: false,
            },
        );
    }
    let target = SelectTarget::Aid(&[0xF0, 0x11]);
    with(
        "select next by AID",
        Command::Select {
            target,
            reply: Fci,
            next: true,
        },
    );

    for change in [
        FileChange::Activate,
        FileChange::Deactivate,
        FileChange::TerminateEf,
        FileChange::TerminateDf,
        FileChange::Delete,
    ] {
        for id in [None, Some(0x0011)] {
            let name = format!("{change:?} {}", id.map_or("the current file", |_| "a child"));
            with(&name, Command::ManageFile { change, id });
        }
    }
    with("terminate the card", Command::TerminateCardUsage);
    for number in [None, Some(1), Some(3)] {
        with(
            &format!("open channel {number:?}"),
            Command::OpenChannel { number },
        );
        with(
            &format!("close channel {number:?}"),
            Command::CloseChannel { number },
        );
    }

    let all = Expected::Available { extended: false };
    let (current, short) = (BinaryFile::Current, BinaryFile::ShortId(0x1E));
    with(
        "read everything",
        Command::ReadBinary {
            file: current,
            offset: 0,
            length: all,
        },
    );
    let length = Expected::Available { extended: true };
    with(
        "read everything, extended",
        Command::ReadBinary {
            file: current,
            offset: 0x7FFF,
            length,
        },
    );
    with(
        "read 200",
        Command::ReadBinary {
            file: short,
            offset: 0xFF,
            length: Expected::Exactly(200),
        },
    );
    with(
        "read exactly 256",
        Command::ReadBinary {
            file: current,
            offset: 1,
            length: Expected::Exactly(256),
        },
    );
    with(
        "update one byte",
        Command::UpdateBinary {
            file: short,
            offset: 4,
            data: &[0xAA],
        },
    );
    with(
        "update 300 bytes",
        Command::UpdateBinary {
            file: current,
            offset: 0x100,
            data: &[0xBB; 300],
        },
    );
    records::each(&mut with);
    with(
        "create an EF",
        Command::CreateFile {
            fcp: elementary_file(),
        },
    );
    with(
        "create a DF",
        Command::CreateFile {
            fcp: dedicated_file(),
        },
    );

    let aid = sdi(Operation::Store).aid;
    with("deactivate", Command::DeactivateFile { aid });
    with("activate", Command::ActivateFile { aid });

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

    with(
        "tries left",
        Command::Verify {
            reference: PinReference::User,
            pin: None,
        },
    );
    with(
        "verify",
        Command::Verify {
            reference: PinReference::Consent,
            pin: Some(b"123456"),
        },
    );
    with(
        "verify local",
        Command::Verify {
            reference: PinReference::Local(0x8F),
            pin: Some(&[b'9'; 16]),
        },
    );
    let reference = PinReference::User;
    with(
        "change",
        Command::ChangeReferenceData {
            reference,
            data: b"1234567890",
        },
    );
    with(
        "unblock the user PIN",
        Command::ResetRetryCounter {
            reference,
            data: b"123456789876",
        },
    );
    with(
        "unblock the consent PIN",
        Command::ResetRetryCounter {
            reference: PinReference::Consent,
            data: &[b'7'; 28],
        },
    );
    let authentication = object(&[0xF0], 208);
    with(
        "authenticate",
        Command::ExternalAuthenticate {
            authentication: &authentication,
        },
    );
    for (name, reference, template) in [
        (
            "registration key",
            KeyReference::Registration,
            KeyTemplate::Signature,
        ),
        (
            "key-agreement key",
            KeyReference::KeyAgreement,
            KeyTemplate::Agreement,
        ),
        (
            "local signature key",
            KeyReference::Local(0x81),
            KeyTemplate::Signature,
        ),
        (
            "local agreement key",
            KeyReference::Local(0x8F),
            KeyTemplate::Agreement,
        ),
        (
            "local authentication key",
            KeyReference::Local(0x82),
            KeyTemplate::Authentication,
        ),
        ("local cipher key", KeyReference::Local(0x83), KeyTemplate::Cipher),
        ("local MAC key", KeyReference::Local(0x84), KeyTemplate::Mac),
    ] {
        for (verb, make) in [("make", true), ("read", false)] {
            with(
                &format!("{verb} {name}"),
                Command::GenerateKeyPair {
                    reference,
                    template,
                    make,
                },
            );
        }
    }
    operations(&mut with);
    let body_and_signature = [object(&[0x7F, 0x4E], 200), object(&[0x5F, 0x37], 64)].concat();
    with(
        "verify a certificate",
        Command::VerifyCertificate {
            body_and_signature: &body_and_signature,
        },
    );

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
    with("get response", Command::GetResponse { length: all });
    with(
        "get response of 1000",
        Command::GetResponse {
            length: Expected::Exactly(1000),
        },
    );
}

/// What an application's keys are used with.
fn operations(with: &mut impl FnMut(&str, Command<'_>)) {
    let (point, signature, digest) = ([4; 65], [5; 64], [6; 32]);
    for purpose in Purpose::ALL {
        let own = purpose != Purpose::VerifySignature;
        let key = if own {
            KeyName::Local(0x8F)
        } else {
            KeyName::Point(&point)
        };
        with(
            &format!("choose a key to {purpose:?}"),
            Command::SetEnvironment { purpose, key },
        );
    }
    let (purpose, key) = (Purpose::VerifySignature, KeyName::Holder(b"XXPROV00001"));
    with(
        "choose the key of a certificate",
        Command::SetEnvironment { purpose, key },
    );
    with("restore the environment", Command::RestoreEnvironment);
    for (name, answer) in [("hash", false), ("hash and answer", true)] {
        with(
            name,
            Command::Hash {
                data: &[7; 300],
                answer,
            },
        );
    }
    for (name, digest) in [("of a digest", Some(&digest)), ("of what was hashed", None)] {
        with(&format!("signature {name}"), Command::Sign { digest });
        let signature = &signature;
        with(
            &format!("verify a signature {name}"),
            Command::VerifySignature { digest, signature },
        );
    }
    with("encipher", Command::Encipher { data: b"plain" });
    with("decipher", Command::Decipher { data: &[0x80; 34] });
    with("agree", Command::Agree { point: &point });
    with("compute a MAC", Command::ComputeMac { data: b"message" });
    for (name, mac) in [("CMAC", &digest[..16]), ("HMAC", &digest)] {
        let (data, random) = (&b"message"[..], Some(&[8; 16]));
        with(&format!("verify a {name}"), Command::VerifyMac { data, mac });
        let key = 0x81;
        with(
            &format!("authenticate by {name}"),
            Command::AuthenticateByKey {
                key,
                random: None,
                mac,
            },
        );
        with(
            &format!("authenticate mutually by {name}"),
            Command::AuthenticateByKey { key, random, mac },
        );
    }
    for (name, key) in [("a key", Some(0x81)), ("the key chosen", None)] {
        let challenge = &[9; 16];
        with(
            &format!("have the card answer with {name}"),
            Command::InternalAuthenticate { key, challenge },
        );
    }
}
