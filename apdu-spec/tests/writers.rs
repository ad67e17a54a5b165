//! Writers refuse what readers refuse.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

use symbolon_apdu_spec::certificate::{CertificateRequestBuilder, IssuerExtension, ProviderExtension, Role};
use symbolon_apdu_spec::date::Date;
use symbolon_apdu_spec::object::{
    Algorithm, Authorizers, CertifiedData, Consent, Digest, FLAG_KEY_MADE_BY_ISSUER, FLAG_MAC, FLAG_RESCUE,
    Header, Mode, Operation, PackageDigests, ProviderId, Receipt, ReceiptContent, ReceiptHead,
    ReceiptOperation, Refusal, RevocationList, Sdi, SharedKey, StoringRequest,
};

/// A writer that wrote what no reader takes would make a party sign something worthless.
#[test]
fn what_reading_refuses_is_not_written() {
    let header = Header {
        mode: Mode::ViaIssuer,
        role: Role::Issuer,
        certificate: [0; 32],
        previous: [0; 32],
        algorithm: Algorithm::EcdsaP256Sha256,
    };
    let provider = ProviderId {
        root: [0; 32],
        name: "DEX".parse().unwrap(),
    };
    let (aid, expiry) = ("A000000001".parse().unwrap(), Date::MAX);
    let sdi = Sdi {
        operation: Operation::Store,
        aid,
        version: 1,
        package: None,
        provider,
        expiry,
    };
    let out = &mut [0; 1024];
    assert!(sdi.write_body(out).is_err());
    let sdi = Sdi {
        operation: Operation::Delete,
        ..sdi
    };
    assert!(sdi.write_body(out).is_ok());
    let lowered = Sdi {
        operation: Operation::LowerFloor,
        ..sdi
    };
    assert!(lowered.write_body(out).is_ok());
    let package = Some(PackageDigests {
        size: 1,
        package: [0; 32],
        manifest: [0; 32],
        first_block: [0; 32],
    });
    for sdi in [sdi, lowered] {
        let wrong = Sdi { package, ..sdi };
        assert!(wrong.write_body(out).is_err());
        assert!(CertifiedData { header, sdi: wrong }.write_body(out).is_err());
    }
    let request = StoringRequest {
        header,
        sdi,
        card: [0; 32],
        issuer_root: [0; 32],
        data_root: [0; 32],
        number: 0,
        nonce: [0; 16],
        consent: Consent::None,
        date: Date::MIN,
        content_counter: 0,
    };
    assert!(request.write_body(out).is_err());
    let head = ReceiptHead {
        header,
        receipts: 1,
        nonce: [0; 16],
        date: Date::MIN,
    };
    assert!(head.write_body(out).is_err());
    let content = ReceiptContent {
        aid,
        version: 1,
        package: [0; 32],
        storing_request: [0; 32],
    };
    let receipt = Receipt {
        header: Header {
            role: Role::Card,
            ..header
        },
        number: 1,
        request: 1,
        operation: ReceiptOperation::Storing(Operation::LowerFloor),
        content: Some(content),
        authorizers: Authorizers::new(&[[0; 32]]).unwrap(),
        content_counter: 0,
        content_list: [0; 32],
        date: Date::MIN,
        consent: Consent::Pin,
        flags: FLAG_KEY_MADE_BY_ISSUER | FLAG_RESCUE | FLAG_MAC,
        files: None,
    };
    assert!(receipt.write_body(out).is_ok());
    for wrong in [
        Receipt { header, ..receipt },
        Receipt {
            content: None,
            ..receipt
        },
        Receipt {
            operation: ReceiptOperation::Registration,
            ..receipt
        },
        Receipt {
            flags: 0x08,
            ..receipt
        },
        Receipt { number: 0, ..receipt },
        Receipt {
            files: Some([0; 32]),
            ..receipt
        },
    ] {
        assert!(wrong.write_body(out).is_err(), "{wrong:?}");
    }
    let list =
        |revoked: &[Digest]| RevocationList::new(header, 1, Date::MIN, revoked, &mut [0; 2000]).is_ok();
    let ascending: Vec<Digest> = (0..49).map(|byte| [byte; 32]).collect();
    assert!(list(&[]) && list(&ascending[..48]));
    assert!(!list(&ascending) && !list(&[[2; 32], [1; 32]]) && !list(&[[1; 32], [1; 32]]));
    let key = SharedKey {
        header,
        card: [0; 32],
        version: 1,
        ephemeral: &[2; 65],
        sealed: &[0; 16],
    };
    assert!(key.write_body(out).is_err());
    let long = "x".repeat(121);
    for text in ["\u{7}", "\u{9b}", &long] {
        assert!(
            Refusal {
                header,
                reason: 0,
                text
            }
            .write_body(out)
            .is_err(),
            "{text:?}"
        );
    }
    assert!(Authorizers::new(&[]).is_none() && Authorizers::new(&[[0; 32]; 5]).is_none());
    assert!(IssuerExtension::encode(&[], &mut [0; 200]).is_err());
    assert!(IssuerExtension::encode(&[[0; 32]; 5], &mut [0; 200]).is_err());
    assert!(ProviderExtension::encode(&[aid; 9], &mut [0; 200]).is_err());
    let compressed = CertificateRequestBuilder {
        holder: "DEX00001".parse().unwrap(),
        point: &[2; 65],
        card: None,
    };
    assert!(compressed.write_body(out).is_err());
}
