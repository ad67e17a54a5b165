//! One exchange of signed objects between the parties of the vectors.

use symbolon_apdu_spec::certificate::Role;
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, Consent, ContentEntry, Digest, FLAG_KEY_MADE_BY_ISSUER, FirstAuthorization,
    Header, Mode, NO_PREVIOUS, Operation, PackageDigests, ProviderId, Receipt, ReceiptContent,
    ReceiptOperation, Refusal, Sdi, SecondAuthorization, StoringRequest,
};
use symbolon_apdu_spec::reason::Reason;

use super::world::{self, point, sha256, signed, written};

pub fn header(mode: Mode, role: Role, certificate: &[u8], previous: Digest) -> Header {
    let certificate = sha256(certificate);
    Header {
        mode,
        role,
        certificate,
        previous,
        algorithm: Algorithm::EcdsaP256Sha256,
    }
}

pub fn museum() -> ProviderId {
    ProviderId {
        root: sha256(&world::data_root()),
        name: "GBMUSEUM".parse().unwrap(),
    }
}

pub fn sdi(operation: Operation, version: u32) -> Sdi {
    let digests = PackageDigests {
        size: 4321,
        package: sha256(b"the package"),
        manifest: sha256(b"its manifest"),
        first_block: sha256(b"its first block"),
    };
    Sdi {
        operation,
        aid: "A000000F5E01".parse().unwrap(),
        version,
        package: matches!(operation, Operation::Store | Operation::Replace).then_some(digests),
        provider: museum(),
        expiry: "2026-12-31".parse().unwrap(),
    }
}

/// An object of the exchange: name, kind, key that signed it, encoding.
pub type Made = (&'static str, &'static str, u8, Vec<u8>);

/// Registration, then an application stored in mode 2 and deleted in mode 3.
pub fn exchange() -> Vec<Made> {
    let (rc, irc, dpr) = (world::card(), world::issuer(), world::provider());
    let date = "2026-03-01".parse().unwrap();
    let list = sha256(&leaf());
    let registration = Receipt {
        header: header(Mode::Registration, Role::Card, &rc, NO_PREVIOUS),
        number: 0,
        request: 0,
        operation: ReceiptOperation::Registration,
        content: None,
        authorizers: Authorizers::new(&[sha256(&irc)]).unwrap(),
        content_counter: 0,
        content_list: sha256(b""),
        date,
        consent: Consent::None,
        flags: 0,
    };
    let receipt_0 = signed(5, &written(|out| registration.write_body(out)));
    let request = StoringRequest {
        header: header(Mode::ViaIssuer, Role::Card, &rc, sha256(&receipt_0)),
        sdi: sdi(Operation::Store, 1),
        card: sha256(&point(5)),
        issuer_root: sha256(&world::issuer_root()),
        data_root: sha256(&world::data_root()),
        number: 1,
        nonce: *b"the card's nonce",
        consent: Consent::Pin,
        date,
        content_counter: 0,
    };
    let sr = signed(5, &written(|out| request.write_body(out)));
    let card_certificate = sha256(&rc);
    let first = FirstAuthorization {
        header: header(Mode::ViaIssuer, Role::Issuer, &irc, sha256(&sr)),
        card_certificate,
    };
    let sar = signed(3, &written(|out| first.write_body(out)));
    let second = SecondAuthorization {
        header: header(Mode::ViaIssuer, Role::Provider, &dpr, sha256(&sar)),
    };
    let sa = signed(4, &written(|out| second.write_body(out)));
    let stored = Receipt {
        header: header(Mode::ViaIssuer, Role::Card, &rc, sha256(&receipt_0)),
        number: 1,
        request: 1,
        operation: ReceiptOperation::Storing(Operation::Store),
        content: Some(ReceiptContent {
            aid: request.sdi.aid,
            version: 1,
            package: sha256(b"the package"),
            storing_request: sha256(&sr),
        }),
        authorizers: Authorizers::new(&[sha256(&irc), sha256(&dpr)]).unwrap(),
        content_counter: 1,
        content_list: list,
        date,
        consent: Consent::Pin,
        flags: 0,
    };
    let receipt_1 = signed(5, &written(|out| stored.write_body(out)));
    let deleting = StoringRequest {
        header: header(Mode::ViaProvider, Role::Card, &rc, sha256(&receipt_1)),
        sdi: sdi(Operation::Delete, 1),
        number: 2,
        content_counter: 1,
        ..request
    };
    let sr_2 = signed(5, &written(|out| deleting.write_body(out)));
    let sar_2 = FirstAuthorization {
        header: header(Mode::ViaProvider, Role::Provider, &dpr, sha256(&sr_2)),
        card_certificate,
    };
    let sar_2 = signed(4, &written(|out| sar_2.write_body(out)));
    let refusal = Refusal {
        header: header(Mode::ViaProvider, Role::Issuer, &irc, sha256(&sar_2)),
        reason: Reason::PolicyForbids.code(),
        text: "Das Mus\u{e9}e bleibt.",
    };
    let silent = Refusal {
        reason: 0xFE,
        text: "",
        ..refusal
    };
    let repudiable = Receipt {
        operation: ReceiptOperation::Storing(Operation::Delete),
        authorizers: Authorizers::new(&[[1; 32], [2; 32], [3; 32], [4; 32]]).unwrap(),
        number: u32::MAX,
        flags: FLAG_KEY_MADE_BY_ISSUER,
        ..stored
    };
    vec![
        ("receipt 0, of the registration", "receipt", 5, receipt_0),
        ("SR, store via the issuer", "SR", 5, sr),
        ("SAR of the issuer", "SAR", 3, sar),
        ("SA of the provider", "SA", 4, sa),
        ("receipt 1, of the storing", "receipt", 5, receipt_1),
        ("SR, delete via the provider", "SR", 5, sr_2),
        ("SAR of the provider", "SAR", 4, sar_2),
        (
            "refusal of the issuer",
            "refusal",
            3,
            signed(3, &written(|out| refusal.write_body(out))),
        ),
        (
            "refusal with a reason of a later version",
            "refusal",
            3,
            signed(3, &written(|out| silent.write_body(out))),
        ),
        (
            "receipt of a card whose key its issuer made, four authorizers",
            "receipt",
            5,
            signed(5, &written(|out| repudiable.write_body(out))),
        ),
    ]
}

pub const SALT: [u8; 16] = *b"sixteen byte slt";

pub fn entry() -> Vec<u8> {
    let entry = ContentEntry {
        aid: "A000000F5E01".parse().unwrap(),
        version: 1,
        package: sha256(b"the package"),
        provider: museum(),
    };
    written(|out| entry.write(out))
}

pub fn leaf() -> Digest {
    sha256(&[&SALT[..], &entry()].concat())
}
