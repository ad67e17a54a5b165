//! What commands about keys say: which key, for what.

use apdu_spec::command::{KeyName, Purpose};
use apdu_spec::object::Digest;
use apdu_spec::reference::KeyReference;

use super::super::hexadecimal;

pub(super) fn card_key(reference: KeyReference) -> String {
    match reference {
        KeyReference::Registration => "registration key".to_owned(),
        KeyReference::KeyAgreement => "key-agreement key".to_owned(),
        KeyReference::Local(byte) => format!("key {byte:02X} of the application"),
    }
}

/// A key as MANAGE SECURITY ENVIRONMENT names it.
pub(super) fn named(key: &KeyName<'_>) -> String {
    match key {
        KeyName::Local(byte) => format!("key {byte:02X} of the application"),
        KeyName::Point(point) => format!("the public key {}", hexadecimal(*point)),
        KeyName::Holder(holder) => format!("that of the certificate of {}", String::from_utf8_lossy(holder)),
    }
}

/// A key of the current application, or the one that MANAGE SECURITY ENVIRONMENT chose.
pub(super) fn local(key: Option<u8>) -> String {
    key.map_or("the one that was chosen".to_owned(), |key| {
        format!("key {key:02X} of the application")
    })
}

/// What a key is chosen for.
pub(super) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Sign => "signing",
        Purpose::VerifySignature => "verifying signatures",
        Purpose::Agree => "agreeing on a secret",
        Purpose::Encipher => "enciphering",
        Purpose::Decipher => "deciphering",
        Purpose::ComputeMac => "computing MACs",
        Purpose::VerifyMac => "verifying MACs",
        Purpose::AuthenticateCard => "showing that the card is there",
        Purpose::AuthenticateOther => "showing that somebody else has it",
    }
}

/// What is signed.
pub(super) fn digest(digest: Option<&Digest>) -> String {
    digest.map_or("the one that the card kept".to_owned(), |digest| {
        hexadecimal(digest)
    })
}
