//! Commands with PINs, certificates and keys.

use symbolon_apdu_spec::command::{Command, KeyName, KeyTemplate, Purpose};
use symbolon_apdu_spec::reference::{KeyReference, PinReference};

use super::object;

pub(crate) fn each(with: &mut dyn FnMut(&str, Command<'_>)) {
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
    operations(with);
    let body_and_signature = [object(&[0x7F, 0x4E], 200), object(&[0x5F, 0x37], 64)].concat();
    with(
        "verify a certificate",
        Command::VerifyCertificate {
            body_and_signature: &body_and_signature,
        },
    );
}

/// What an application's keys are used with.
fn operations(with: &mut dyn FnMut(&str, Command<'_>)) {
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
        for (which, key) in [("", Some(0x81)), (" with the key chosen", None)] {
            with(
                &format!("authenticate by {name}{which}"),
                Command::AuthenticateByKey {
                    key,
                    random: None,
                    mac,
                },
            );
            with(
                &format!("authenticate mutually by {name}{which}"),
                Command::AuthenticateByKey { key, random, mac },
            );
        }
    }
    for (name, key) in [("a key", Some(0x81)), ("the key chosen", None)] {
        let challenge = &[9; 16];
        with(
            &format!("have the card answer with {name}"),
            Command::InternalAuthenticate { key, challenge },
        );
    }
}
